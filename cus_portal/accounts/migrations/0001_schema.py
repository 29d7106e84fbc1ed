import cus_portal.crypto
import cus_portal.db
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models
from cus_portal.db import CreateTables


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('accounts', '0001_initial'),
        ('accounts', '0002_institution_krs'),
        ('accounts', '0003_indexes_of_lists'),
        ('accounts', '0004_catalogue_editor'),
        ('accounts', '0005_keepers_of_restricted_files'),
        ('accounts', '0006_sessions_and_kept_forms'),
        ('accounts', '0007_authorisations'),
        ('accounts', '0008_absences'),
        ('accounts', '0009_community'),
        ('accounts', '0010_visiting_worker'),
        ('accounts', '0001_tables'),
        ('accounts', '0002_directory'),
        ('accounts', '0003_saved_filters'),
        ('accounts', '0004_confirmed_email'),
        ('accounts', '0005_words_of_rules'),
    ]

    dependencies = [
        ('cus_portal', '0001_schema'),  # its extensions
    ]

    operations = [
        CreateTables([
            migrations.CreateModel(
                name='Unit',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='units', to='accounts.institution', verbose_name='institution')),
                    ('name', models.CharField(max_length=160, verbose_name='name')),
                    ('address', models.CharField(blank=True, max_length=200, verbose_name='address')),
                    ('phone', models.CharField(blank=True, max_length=40, verbose_name='phone')),
                    ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                    ('opening', models.CharField(blank=True, max_length=200, verbose_name='working hours')),
                    ('name_sort', models.GeneratedField(db_persist=True, expression=cus_portal.db.Translate(django.db.models.functions.text.Lower(models.F('name')), models.Value('aąbcćdeęfghijklłmnńoópqrsśtuvwxyzźż'), models.Value('一丁丂七丄丅丆万丈三上下丌不与丏丐丑丒专且丕世丗丘丙业丛东丝丞丟丠両丢')), output_field=models.TextField(db_collation='C'))),
                ],
                options={
                    'verbose_name': 'unit of an institution',
                    'verbose_name_plural': 'units of institutions',
                    'ordering': ['name_sort', 'pk'],
                    'constraints': [
                        models.UniqueConstraint(fields=('institution', 'name'), name='an_institution_has_a_unit_of_a_name_once', violation_error_code='name', violation_error_message='The institution has a unit of this name already.'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Contact',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contacts', to='accounts.institution', verbose_name='institution')),
                    ('name', models.CharField(max_length=140, verbose_name='first name and surname')),
                    ('function', models.CharField(help_text='Director, care homes, family courts…', max_length=160, verbose_name='what for')),
                    ('phone', models.CharField(blank=True, max_length=40, verbose_name='phone')),
                    ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                    ('valid_from', models.DateField(verbose_name='from')),
                    ('valid_to', models.DateField(blank=True, null=True, verbose_name='to')),
                ],
                options={
                    'verbose_name': 'contact person',
                    'verbose_name_plural': 'contact people',
                    'ordering': ['-valid_from', 'pk'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='a_contact_ends_after_it_begins', violation_error_code='valid_to', violation_error_message='The last day must not be earlier than the first day.'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='FormerName',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='former_names', to='accounts.institution', verbose_name='institution')),
                    ('name', models.CharField(max_length=200, verbose_name='name')),
                    ('short_name', models.CharField(max_length=60, verbose_name='short name')),
                    ('until', models.DateField(verbose_name='last day')),
                ],
                options={
                    'verbose_name': 'former name of an institution',
                    'verbose_name_plural': 'former names of institutions',
                    'ordering': ['-until', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='SavedFilter',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_filters', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                    ('path', models.CharField(max_length=100, verbose_name='list')),
                    ('name', models.CharField(max_length=60, verbose_name='name')),
                    ('query', models.CharField(blank=True, max_length=500, verbose_name='filters')),
                    ('role', models.CharField(blank=True, choices=[('director', 'director'), ('organiser', 'organiser of social services'), ('plan_approver', 'authorised to approve plans'), ('coordinator', 'coordinator of individual plans'), ('clerk', 'intake clerk'), ('community', 'community organiser'), ('protection', 'keeper of restricted files'), ('dpo', 'data protection officer'), ('institution_worker', "institution's worker"), ('visiting_worker', "provider's worker who comes to people"), ('catalogue_editor', "editor of the institution's services"), ('steering', 'member of the steering team')], max_length=20, verbose_name='shared with')),
                    ('is_default', models.BooleanField(default=False, verbose_name='the list opens with it')),
                ],
                options={
                    'verbose_name': 'saved filter',
                    'verbose_name_plural': 'saved filters',
                    'ordering': ['path', 'name', 'pk'],
                    'indexes': [
                        models.Index(fields=['role', 'path'], name='saved_filters_of_a_role'),
                    ],
                    'constraints': [
                        models.UniqueConstraint(fields=('owner', 'path', 'name'), name='a_saved_filter_has_a_name_of_its_own'),
                        models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('owner', 'path'), name='a_list_opens_with_one_filter'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Session',
                fields=[
                    ('session_key', models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name='session key')),
                    ('session_data', models.TextField(verbose_name='session data')),
                    ('expire_date', models.DateTimeField(db_index=True, verbose_name='expire date')),
                    ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                    ('device', models.CharField(blank=True, max_length=40, verbose_name='device')),
                    ('signed_in_at', models.DateTimeField(null=True, verbose_name='signed in')),
                    ('seen_at', models.DateTimeField(null=True, verbose_name='last seen')),
                ],
                options={
                    'verbose_name': 'session',
                    'verbose_name_plural': 'sessions',
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='Institution',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.SlugField(max_length=60, unique=True, verbose_name='code')),
                    ('name', models.CharField(max_length=200, verbose_name='name')),
                    ('short_name', models.CharField(max_length=60, verbose_name='short name')),
                    ('kind', models.CharField(choices=[('cus', 'social services centre'), ('pcpr', 'county family support centre'), ('rops', 'regional social policy centre'), ('county', 'county office'), ('job_office', 'job office'), ('clinic', 'health care unit'), ('counselling', 'psychological and educational counselling centre'), ('school', 'school or kindergarten'), ('culture', 'culture, library or sport'), ('care_home', 'care home or support centre'), ('ngo', 'non-governmental organisation'), ('social_economy', 'social economy entity'), ('police_court', 'police, court or prosecutor'), ('municipal', 'municipal unit'), ('state', 'state institution'), ('firm', 'firm'), ('church', 'parish or religious organisation'), ('other', 'other')], max_length=20, verbose_name='kind')),
                    ('nip', models.CharField(blank=True, max_length=10, verbose_name='NIP')),
                    ('regon', models.CharField(blank=True, max_length=14, verbose_name='REGON')),
                    ('krs', models.CharField(blank=True, max_length=10, verbose_name='KRS')),
                    ('address', models.CharField(blank=True, max_length=200, verbose_name='address')),
                    ('phone', models.CharField(blank=True, max_length=40, verbose_name='phone')),
                    ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                    ('confirmed_email', models.EmailField(blank=True, editable=False, max_length=254, verbose_name='e-mail confirmed by phone')),
                    ('website', models.URLField(blank=True, verbose_name='website')),
                    ('ade', models.CharField(blank=True, help_text='As it stands in the base of e-delivery addresses: AE:PL-12345-67890-ABCDE-12.', max_length=40, validators=[django.core.validators.RegexValidator('\\AAE:PL-[0-9]{5}-[0-9]{5}-[A-Z]{5}-[0-9]{2}\\Z', 'An e-delivery address looks like this: AE:PL-12345-67890-ABCDE-12.')], verbose_name='e-delivery address')),
                    ('opening', models.CharField(blank=True, max_length=200, verbose_name='working hours')),
                    ('preferred_way', models.CharField(choices=[('portal', 'in this portal'), ('e_delivery', 'by e-delivery'), ('email', 'by e-mail'), ('phone', 'by phone'), ('post', 'by post')], default='portal', max_length=10, verbose_name='wants to be reached')),
                    ('note', models.TextField(blank=True, verbose_name='what it does')),
                    ('is_centre', models.BooleanField(default=False, verbose_name='is the centre itself')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                    ('closed_on', models.DateField(editable=False, null=True, verbose_name='closed on')),
                    ('merged_into', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='predecessors', to='accounts.institution', verbose_name='taken over by')),
                    ('name_sort', models.GeneratedField(db_persist=True, expression=cus_portal.db.Translate(django.db.models.functions.text.Lower(models.F('name')), models.Value('aąbcćdeęfghijklłmnńoópqrsśtuvwxyzźż'), models.Value('一丁丂七丄丅丆万丈三上下丌不与丏丐丑丒专且丕世丗丘丙业丛东丝丞丟丠両丢')), output_field=models.TextField(db_collation='C'))),
                ],
                options={
                    'verbose_name': 'institution',
                    'verbose_name_plural': 'institutions',
                    'ordering': ['name_sort', 'pk'],
                    'constraints': [
                        models.UniqueConstraint(condition=models.Q(('is_centre', True)), fields=('is_centre',), name='there_is_one_centre_in_a_portal', violation_error_code='is_centre', violation_error_message='Another institution is the centre already.'),
                        models.CheckConstraint(condition=models.Q(('closed_on', None), ('is_active', False), _connector='OR'), name='a_closed_institution_is_not_active', violation_error_code='is_active', violation_error_message='A closed institution is not active.'),
                        models.CheckConstraint(condition=models.Q(('merged_into', None), ('closed_on__isnull', False), _connector='OR'), name='what_was_taken_over_is_closed', violation_error_code='closed_on', violation_error_message='Write on what day the institution closed.'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='User',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('password', models.CharField(max_length=128, verbose_name='password')),
                    ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                    ('email', models.EmailField(max_length=254, unique=True, verbose_name='e-mail')),
                    ('first_name', models.CharField(max_length=60, verbose_name='first name')),
                    ('last_name', models.CharField(max_length=80, verbose_name='last name')),
                    ('phone', models.CharField(blank=True, max_length=40, verbose_name='phone')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                    ('is_superuser', models.BooleanField(default=False, help_text='Manages accounts. Does not read cases.', verbose_name='keeps the machine running')),
                    ('name_sort', models.GeneratedField(db_persist=True, expression=cus_portal.db.Translate(django.db.models.functions.text.Lower(django.db.models.functions.text.Concat(django.db.models.functions.comparison.Coalesce(models.F('last_name'), models.Value('')), models.Value(' '), django.db.models.functions.comparison.Coalesce(models.F('first_name'), models.Value('')), output_field=models.TextField())), models.Value('aąbcćdeęfghijklłmnńoópqrsśtuvwxyzźż'), models.Value('一丁丂七丄丅丆万丈三上下丌不与丏丐丑丒专且丕世丗丘丙业丛东丝丞丟丠両丢')), output_field=models.TextField(db_collation='C'))),
                ],
                options={
                    'verbose_name': 'user',
                    'verbose_name_plural': 'users',
                    'ordering': ['name_sort', 'pk'],
                    'indexes': [
                        models.Index(fields=['name_sort', 'id'], name='accounts_in_polish_order'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Authorisation',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='authorisations', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                    ('number', models.CharField(max_length=40, unique=True, verbose_name='number')),
                    ('scope', models.TextField(help_text='Which data, for what tasks.', verbose_name='scope')),
                    ('valid_from', models.DateField(verbose_name='valid from')),
                    ('valid_to', models.DateField(blank=True, help_text='The last day. After it the account opens nothing.', null=True, verbose_name='valid to')),
                    ('issued_by', models.CharField(help_text='Who signed it, and in what office.', max_length=120, verbose_name='issued by')),
                ],
                options={
                    'verbose_name': 'authorisation to process data',
                    'verbose_name_plural': 'authorisations to process data',
                    'ordering': ['-valid_from', '-pk'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='an_authorisation_ends_after_it_begins', violation_error_code='valid_to', violation_error_message='The last day must not be earlier than the first day.'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Absence',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='absences', to=settings.AUTH_USER_MODEL, verbose_name='who is away')),
                    ('first_day', models.DateField(verbose_name='first day')),
                    ('last_day', models.DateField(verbose_name='last day')),
                    ('stands_in', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who stands in')),
                ],
                options={
                    'verbose_name': 'absence',
                    'verbose_name_plural': 'absences',
                    'ordering': ['-last_day', '-pk'],
                    'indexes': [
                        models.Index(fields=['user', 'last_day'], name='absences_of_a_worker'),
                    ],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day'))), name='an_absence_ends_after_it_begins', violation_error_code='last_day', violation_error_message='The last day comes before the first.'),
                        models.CheckConstraint(condition=models.Q(('stands_in', None), models.Q(('stands_in', models.F('user')), _negated=True), _connector='OR'), name='nobody_stands_in_for_himself', violation_error_code='stands_in', violation_error_message='Choose somebody else to stand in.'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Membership',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                    ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='accounts.institution', verbose_name='institution')),
                    ('role', models.CharField(choices=[('director', 'director'), ('organiser', 'organiser of social services'), ('plan_approver', 'authorised to approve plans'), ('coordinator', 'coordinator of individual plans'), ('clerk', 'intake clerk'), ('community', 'community organiser'), ('protection', 'keeper of restricted files'), ('dpo', 'data protection officer'), ('institution_worker', "institution's worker"), ('visiting_worker', "provider's worker who comes to people"), ('catalogue_editor', "editor of the institution's services"), ('steering', 'member of the steering team')], max_length=20, verbose_name='role')),
                    ('valid_from', models.DateField(verbose_name='valid from')),
                    ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                ],
                options={
                    'verbose_name': 'membership',
                    'verbose_name_plural': 'memberships',
                    'ordering': ['institution', 'user', 'pk'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='a_membership_ends_after_it_begins', violation_error_code='valid_to', violation_error_message='The last day must not be earlier than the first day.'),
                        models.UniqueConstraint(fields=('user', 'institution', 'role', 'valid_from'), name='a_role_begins_once_on_a_day', violation_error_code='valid_from', violation_error_message='This person has this role there from that day already. Change that row.'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='KeptForm',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='kept_form', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                    ('path', models.TextField(verbose_name='page')),
                    ('fields', cus_portal.crypto.EncryptedTextField(verbose_name='fields')),
                    ('had_files', models.BooleanField(default=False, verbose_name='had files')),
                    ('kept_at', models.DateTimeField(verbose_name='kept at')),
                ],
                options={
                    'verbose_name': 'kept form',
                    'verbose_name_plural': 'kept forms',
                },
            ),
        ]),
    ]
