import cus_portal.crypto
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models
from stdnum.pl import pesel


def write_births(apps, schema_editor):
    """Take the date of birth from the PESEL where only that is on record: coming of age is counted from it."""
    rows = apps.get_model("residents", "Resident").objects.exclude(pesel_index="").filter(birth_date=None)
    for row in rows.only("pk", "pesel").order_by("pk").iterator(chunk_size=2000):
        if pesel.is_valid(row.pesel):
            rows.model.objects.filter(pk=row.pk).update(birth_date=pesel.get_birth_date(row.pesel))


class Migration(migrations.Migration):

    dependencies = [
        ('pghistory', '0007_auto_20250421_0444'),
        ('residents', '0012_who_files_and_what_cannot_wait'),
        ('services', '0017_hints_in_languages'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Household',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
            ],
            options={
                'verbose_name': 'household',
                'verbose_name_plural': 'households',
            },
        ),
        migrations.CreateModel(
            name='HouseholdMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='since')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='until')),
                ('end_reason', models.CharField(blank=True, max_length=200, verbose_name='why it ended')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                ('role', models.CharField(blank=True, max_length=60, verbose_name='who in the household')),
            ],
            options={
                'verbose_name': 'member of a household',
                'verbose_name_plural': 'members of households',
                'ordering': ['household', 'valid_from', 'pk'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='HouseholdMemberEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('id', models.BigIntegerField()),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='since')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='until')),
                ('end_reason', models.CharField(blank=True, max_length=200, verbose_name='why it ended')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                ('role', models.CharField(blank=True, max_length=60, verbose_name='who in the household')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Identifier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='since')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='until')),
                ('end_reason', models.CharField(blank=True, max_length=200, verbose_name='why it ended')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                ('kind', models.CharField(choices=[('pesel', 'former PESEL'), ('passport', 'passport'), ('id_card', 'identity card'), ('residence_card', 'residence card'), ('other', 'other document')], max_length=15, verbose_name='kind')),
                ('country', models.CharField(blank=True, max_length=2, validators=[django.core.validators.RegexValidator('^[A-Z]{2}$', 'Two letters, like UA.')], verbose_name='country')),
                ('number', cus_portal.crypto.EncryptedTextField(verbose_name='number')),
                ('number_index', models.CharField(editable=False, max_length=64)),
                ('number_ends', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), blank=True, default=list, editable=False, size=None)),
            ],
            options={
                'verbose_name': 'number of a person',
                'verbose_name_plural': 'numbers of people',
                'ordering': ['resident', '-valid_from', 'pk'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='IdentifierEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('id', models.BigIntegerField()),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='since')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='until')),
                ('end_reason', models.CharField(blank=True, max_length=200, verbose_name='why it ended')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                ('kind', models.CharField(choices=[('pesel', 'former PESEL'), ('passport', 'passport'), ('id_card', 'identity card'), ('residence_card', 'residence card'), ('other', 'other document')], max_length=15, verbose_name='kind')),
                ('country', models.CharField(blank=True, max_length=2, validators=[django.core.validators.RegexValidator('^[A-Z]{2}$', 'Two letters, like UA.')], verbose_name='country')),
                ('number', cus_portal.crypto.EncryptedTextField(verbose_name='number')),
                ('number_index', models.CharField(editable=False, max_length=64)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Merge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.TextField(verbose_name='reason')),
                ('merged_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='joined')),
                ('moved', models.JSONField(default=dict, editable=False)),
                ('filled', models.JSONField(default=list, editable=False)),
                ('undone_at', models.DateTimeField(null=True, verbose_name='taken apart')),
                ('undo_reason', models.TextField(blank=True, verbose_name='why taken apart')),
            ],
            options={
                'verbose_name': 'joining of two records',
                'verbose_name_plural': 'joinings of records',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Representation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='since')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='until')),
                ('end_reason', models.CharField(blank=True, max_length=200, verbose_name='why it ended')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                ('name', models.CharField(blank=True, max_length=140, verbose_name='first name and surname')),
                ('phone', models.CharField(blank=True, max_length=40, verbose_name='phone')),
                ('basis', models.CharField(choices=[('parent', 'parent'), ('minor_guardian', 'guardian of a minor'), ('guardian', 'guardian of a person who is fully incapacitated'), ('curator', 'curator of a person who is partly incapacitated'), ('proxy', 'proxy'), ('carer', 'de facto carer')], max_length=15, verbose_name='on what basis')),
                ('scope', models.CharField(blank=True, max_length=300, verbose_name='in what')),
                ('limits', models.CharField(blank=True, max_length=300, verbose_name='what a court has limited')),
                ('court_sign', models.CharField(blank=True, max_length=80, verbose_name="sign of the court's file, or of the document")),
                ('gets_letters', models.BooleanField(default=True, verbose_name='letters go to this person')),
                ('address_is_hidden', models.BooleanField(default=False, verbose_name='the address must not be told to this person')),
            ],
            options={
                'verbose_name': 'representation',
                'verbose_name_plural': 'representations',
                'ordering': ['resident', '-valid_from', '-pk'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='RepresentationEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('id', models.BigIntegerField()),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='since')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='until')),
                ('end_reason', models.CharField(blank=True, max_length=200, verbose_name='why it ended')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                ('name', models.CharField(blank=True, max_length=140, verbose_name='first name and surname')),
                ('phone', models.CharField(blank=True, max_length=40, verbose_name='phone')),
                ('basis', models.CharField(choices=[('parent', 'parent'), ('minor_guardian', 'guardian of a minor'), ('guardian', 'guardian of a person who is fully incapacitated'), ('curator', 'curator of a person who is partly incapacitated'), ('proxy', 'proxy'), ('carer', 'de facto carer')], max_length=15, verbose_name='on what basis')),
                ('scope', models.CharField(blank=True, max_length=300, verbose_name='in what')),
                ('limits', models.CharField(blank=True, max_length=300, verbose_name='what a court has limited')),
                ('court_sign', models.CharField(blank=True, max_length=80, verbose_name="sign of the court's file, or of the document")),
                ('gets_letters', models.BooleanField(default=True, verbose_name='letters go to this person')),
                ('address_is_hidden', models.BooleanField(default=False, verbose_name='the address must not be told to this person')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ResidenceTitle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='since')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='until')),
                ('end_reason', models.CharField(blank=True, max_length=200, verbose_name='why it ended')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                ('kind', models.CharField(choices=[('ukr', 'temporary protection (PESEL UKR)'), ('temporary', 'temporary residence permit'), ('permanent', 'permanent residence permit'), ('eu', 'citizen of the European Union'), ('protection', 'refugee or international protection'), ('other', 'other title')], max_length=12, verbose_name='title')),
            ],
            options={
                'verbose_name': 'title of residence',
                'verbose_name_plural': 'titles of residence',
                'ordering': ['resident', '-valid_from', '-pk'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ResidenceTitleEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('id', models.BigIntegerField()),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='since')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='until')),
                ('end_reason', models.CharField(blank=True, max_length=200, verbose_name='why it ended')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                ('kind', models.CharField(choices=[('ukr', 'temporary protection (PESEL UKR)'), ('temporary', 'temporary residence permit'), ('permanent', 'permanent residence permit'), ('eu', 'citizen of the European Union'), ('protection', 'refugee or international protection'), ('other', 'other title')], max_length=12, verbose_name='title')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ResidentAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='since')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='until')),
                ('end_reason', models.CharField(blank=True, max_length=200, verbose_name='why it ended')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                ('kind', models.CharField(choices=[('lives', 'lives here'), ('registered', 'is registered here'), ('stays', 'stays here for a time: hospital, prison, home'), ('no_fixed', 'no fixed address: here is the contact point'), ('letters', 'letters go here')], max_length=10, verbose_name='kind')),
                ('address', models.CharField(blank=True, max_length=120, verbose_name='street and number')),
                ('postal_code', models.CharField(blank=True, max_length=6, verbose_name='postal code')),
                ('elsewhere', models.CharField(blank=True, max_length=120, verbose_name='town or institution outside the list')),
            ],
            options={
                'verbose_name': 'address of a person',
                'verbose_name_plural': 'addresses of people',
                'ordering': ['resident', 'kind', '-valid_from', '-pk'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ResidentAddressEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('id', models.BigIntegerField()),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='since')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='until')),
                ('end_reason', models.CharField(blank=True, max_length=200, verbose_name='why it ended')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                ('kind', models.CharField(choices=[('lives', 'lives here'), ('registered', 'is registered here'), ('stays', 'stays here for a time: hospital, prison, home'), ('no_fixed', 'no fixed address: here is the contact point'), ('letters', 'letters go here')], max_length=10, verbose_name='kind')),
                ('address', models.CharField(blank=True, max_length=120, verbose_name='street and number')),
                ('postal_code', models.CharField(blank=True, max_length=6, verbose_name='postal code')),
                ('elsewhere', models.CharField(blank=True, max_length=120, verbose_name='town or institution outside the list')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ResidentContact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='since')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='until')),
                ('end_reason', models.CharField(blank=True, max_length=200, verbose_name='why it ended')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                ('kind', models.CharField(choices=[('phone', 'phone'), ('email', 'e-mail')], max_length=5, verbose_name='kind')),
                ('value', models.CharField(max_length=254, verbose_name='number or address')),
                ('whose', models.CharField(choices=[('own', "the person's own"), ('shared', 'shared in the family'), ('others', "somebody else's, who passes it on")], default='own', max_length=6, verbose_name='whose')),
                ('verified_on', models.DateField(blank=True, null=True, verbose_name='verified on')),
                ('phone_digits', models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Right(models.Func(models.F('value'), models.Value('\\D'), models.Value(''), models.Value('g'), function='REGEXP_REPLACE', output_field=models.TextField()), 9), output_field=models.TextField())),
            ],
            options={
                'verbose_name': 'contact of a person',
                'verbose_name_plural': 'contacts of people',
                'ordering': ['resident', 'kind', '-valid_from', '-pk'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ResidentContactEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('id', models.BigIntegerField()),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='since')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='until')),
                ('end_reason', models.CharField(blank=True, max_length=200, verbose_name='why it ended')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                ('kind', models.CharField(choices=[('phone', 'phone'), ('email', 'e-mail')], max_length=5, verbose_name='kind')),
                ('value', models.CharField(max_length=254, verbose_name='number or address')),
                ('whose', models.CharField(choices=[('own', "the person's own"), ('shared', 'shared in the family'), ('others', "somebody else's, who passes it on")], default='own', max_length=6, verbose_name='whose')),
                ('verified_on', models.DateField(blank=True, null=True, verbose_name='verified on')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='resident',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='resident',
            name='update_update',
        ),
        migrations.RemoveConstraint(
            model_name='resident',
            name='a_pesel_belongs_to_one_resident',
        ),
        migrations.AddField(
            model_name='resident',
            name='born_about',
            field=models.CharField(blank=True, help_text='A year, or a year and a month: 1950 or 1950-03. Empty when nothing is known.', max_length=7, validators=[django.core.validators.RegexValidator('^(1[89]|20)\\d\\d(-(0[1-9]|1[0-2]))?$', 'Write a year, or a year and a month.')], verbose_name='date of birth, as far as known'),
        ),
        migrations.AddField(
            model_name='resident',
            name='death_source',
            field=models.CharField(blank=True, max_length=200, verbose_name='how the death is known'),
        ),
        migrations.AddField(
            model_name='resident',
            name='died_on',
            field=models.DateField(blank=True, null=True, verbose_name='died on'),
        ),
        migrations.AddField(
            model_name='resident',
            name='merged_into',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='residents.resident', verbose_name='joined to'),
        ),
        migrations.AddField(
            model_name='resident',
            name='moved_out_on',
            field=models.DateField(blank=True, null=True, verbose_name='moved out on'),
        ),
        migrations.AddField(
            model_name='resident',
            name='moved_to',
            field=models.CharField(blank=True, max_length=120, verbose_name='where to'),
        ),
        migrations.AddField(
            model_name='resident',
            name='pesel_doubt',
            field=models.CharField(blank=True, max_length=300, verbose_name='why a PESEL with a wrong check digit is right'),
        ),
        migrations.AddField(
            model_name='residentevent',
            name='born_about',
            field=models.CharField(blank=True, help_text='A year, or a year and a month: 1950 or 1950-03. Empty when nothing is known.', max_length=7, validators=[django.core.validators.RegexValidator('^(1[89]|20)\\d\\d(-(0[1-9]|1[0-2]))?$', 'Write a year, or a year and a month.')], verbose_name='date of birth, as far as known'),
        ),
        migrations.AddField(
            model_name='residentevent',
            name='death_source',
            field=models.CharField(blank=True, max_length=200, verbose_name='how the death is known'),
        ),
        migrations.AddField(
            model_name='residentevent',
            name='died_on',
            field=models.DateField(blank=True, null=True, verbose_name='died on'),
        ),
        migrations.AddField(
            model_name='residentevent',
            name='merged_into',
            field=models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='residents.resident', verbose_name='joined to'),
        ),
        migrations.AddField(
            model_name='residentevent',
            name='moved_out_on',
            field=models.DateField(blank=True, null=True, verbose_name='moved out on'),
        ),
        migrations.AddField(
            model_name='residentevent',
            name='moved_to',
            field=models.CharField(blank=True, max_length=120, verbose_name='where to'),
        ),
        migrations.AddField(
            model_name='residentevent',
            name='pesel_doubt',
            field=models.CharField(blank=True, max_length=300, verbose_name='why a PESEL with a wrong check digit is right'),
        ),
        migrations.AddIndex(
            model_name='resident',
            index=models.Index(condition=models.Q(('pesel_index', ''), _negated=True), fields=['pesel_index'], name='residents_by_pesel'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='resident',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "residents_residentevent" ("address", "birth_date", "born_about", "communication", "communication_note", "created_at", "death_source", "died_on", "email", "first_name", "id", "last_name", "locality_id", "merged_into_id", "moved_out_on", "moved_to", "pesel", "pesel_doubt", "pesel_index", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "postal_code", "restricted_file_id") VALUES (NEW."address", NEW."birth_date", NEW."born_about", NEW."communication", NEW."communication_note", NEW."created_at", NEW."death_source", NEW."died_on", NEW."email", NEW."first_name", NEW."id", NEW."last_name", NEW."locality_id", NEW."merged_into_id", NEW."moved_out_on", NEW."moved_to", NEW."pesel", NEW."pesel_doubt", NEW."pesel_index", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."phone", NEW."postal_code", NEW."restricted_file_id"); RETURN NULL;', hash='3c4c62036ceeeb203919d19ac8ed4b61ea4fdc3b', operation='INSERT', pgid='pgtrigger_insert_insert_424be', table='residents_resident', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='resident',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."birth_date" IS DISTINCT FROM (NEW."birth_date") OR OLD."born_about" IS DISTINCT FROM (NEW."born_about") OR OLD."communication" IS DISTINCT FROM (NEW."communication") OR OLD."communication_note" IS DISTINCT FROM (NEW."communication_note") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."death_source" IS DISTINCT FROM (NEW."death_source") OR OLD."died_on" IS DISTINCT FROM (NEW."died_on") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."first_name" IS DISTINCT FROM (NEW."first_name") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."last_name" IS DISTINCT FROM (NEW."last_name") OR OLD."locality_id" IS DISTINCT FROM (NEW."locality_id") OR OLD."merged_into_id" IS DISTINCT FROM (NEW."merged_into_id") OR OLD."moved_out_on" IS DISTINCT FROM (NEW."moved_out_on") OR OLD."moved_to" IS DISTINCT FROM (NEW."moved_to") OR OLD."pesel" IS DISTINCT FROM (NEW."pesel") OR OLD."pesel_doubt" IS DISTINCT FROM (NEW."pesel_doubt") OR OLD."pesel_index" IS DISTINCT FROM (NEW."pesel_index") OR OLD."phone" IS DISTINCT FROM (NEW."phone") OR OLD."postal_code" IS DISTINCT FROM (NEW."postal_code") OR OLD."restricted_file_id" IS DISTINCT FROM (NEW."restricted_file_id"))', func='INSERT INTO "residents_residentevent" ("address", "birth_date", "born_about", "communication", "communication_note", "created_at", "death_source", "died_on", "email", "first_name", "id", "last_name", "locality_id", "merged_into_id", "moved_out_on", "moved_to", "pesel", "pesel_doubt", "pesel_index", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "postal_code", "restricted_file_id") VALUES (NEW."address", NEW."birth_date", NEW."born_about", NEW."communication", NEW."communication_note", NEW."created_at", NEW."death_source", NEW."died_on", NEW."email", NEW."first_name", NEW."id", NEW."last_name", NEW."locality_id", NEW."merged_into_id", NEW."moved_out_on", NEW."moved_to", NEW."pesel", NEW."pesel_doubt", NEW."pesel_index", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."phone", NEW."postal_code", NEW."restricted_file_id"); RETURN NULL;', hash='951ddad46389cc3740c3dfb4f6bda2a4f52b8507', operation='UPDATE', pgid='pgtrigger_update_update_7908c', table='residents_resident', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='resident',
            constraint=models.UniqueConstraint(condition=models.Q(models.Q(('pesel_index', ''), _negated=True), ('merged_into', None)), fields=('pesel_index',), name='a_pesel_belongs_to_one_resident'),
        ),
        migrations.AddConstraint(
            model_name='resident',
            constraint=models.CheckConstraint(condition=models.Q(('born_about', ''), ('birth_date', None), _connector='OR'), name='a_date_of_birth_is_known_or_about'),
        ),
        migrations.AddConstraint(
            model_name='resident',
            constraint=models.CheckConstraint(condition=models.Q(('died_on', None), models.Q(('death_source', ''), _negated=True), _connector='OR'), name='a_death_has_its_source'),
        ),
        migrations.AddField(
            model_name='householdmember',
            name='household',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='members', to='residents.household', verbose_name='household'),
        ),
        migrations.AddField(
            model_name='householdmember',
            name='recorded_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by'),
        ),
        migrations.AddField(
            model_name='householdmember',
            name='resident',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='residents.resident', verbose_name='resident'),
        ),
        migrations.AddField(
            model_name='householdmemberevent',
            name='household',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='residents.household', verbose_name='household'),
        ),
        migrations.AddField(
            model_name='householdmemberevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='householdmemberevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='residents.householdmember'),
        ),
        migrations.AddField(
            model_name='householdmemberevent',
            name='recorded_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by'),
        ),
        migrations.AddField(
            model_name='householdmemberevent',
            name='resident',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='residents.resident', verbose_name='resident'),
        ),
        migrations.AddField(
            model_name='identifier',
            name='recorded_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by'),
        ),
        migrations.AddField(
            model_name='identifier',
            name='resident',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='identifiers', to='residents.resident', verbose_name='resident'),
        ),
        migrations.AddField(
            model_name='identifierevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='identifierevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='residents.identifier'),
        ),
        migrations.AddField(
            model_name='identifierevent',
            name='recorded_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by'),
        ),
        migrations.AddField(
            model_name='identifierevent',
            name='resident',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='residents.resident', verbose_name='resident'),
        ),
        migrations.AddField(
            model_name='merge',
            name='absorbed',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='residents.resident', verbose_name='record that leads to it'),
        ),
        migrations.AddField(
            model_name='merge',
            name='kept',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='joinings', to='residents.resident', verbose_name='record that stays'),
        ),
        migrations.AddField(
            model_name='merge',
            name='merged_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AddField(
            model_name='merge',
            name='undone_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='taken apart by'),
        ),
        migrations.AddField(
            model_name='representation',
            name='recorded_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by'),
        ),
        migrations.AddField(
            model_name='representation',
            name='representative',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='represents', to='residents.resident', verbose_name='representative, if on record'),
        ),
        migrations.AddField(
            model_name='representation',
            name='resident',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='representations', to='residents.resident', verbose_name='who is represented'),
        ),
        migrations.AddField(
            model_name='representationevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='representationevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='residents.representation'),
        ),
        migrations.AddField(
            model_name='representationevent',
            name='recorded_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by'),
        ),
        migrations.AddField(
            model_name='representationevent',
            name='representative',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='residents.resident', verbose_name='representative, if on record'),
        ),
        migrations.AddField(
            model_name='representationevent',
            name='resident',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='residents.resident', verbose_name='who is represented'),
        ),
        migrations.AddField(
            model_name='residencetitle',
            name='recorded_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by'),
        ),
        migrations.AddField(
            model_name='residencetitle',
            name='resident',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='titles', to='residents.resident', verbose_name='resident'),
        ),
        migrations.AddField(
            model_name='residencetitleevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='residencetitleevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='residents.residencetitle'),
        ),
        migrations.AddField(
            model_name='residencetitleevent',
            name='recorded_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by'),
        ),
        migrations.AddField(
            model_name='residencetitleevent',
            name='resident',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='residents.resident', verbose_name='resident'),
        ),
        migrations.AddField(
            model_name='residentaddress',
            name='locality',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='services.locality', verbose_name='town or village'),
        ),
        migrations.AddField(
            model_name='residentaddress',
            name='recorded_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by'),
        ),
        migrations.AddField(
            model_name='residentaddress',
            name='resident',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='addresses', to='residents.resident', verbose_name='resident'),
        ),
        migrations.AddField(
            model_name='residentaddressevent',
            name='locality',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='services.locality', verbose_name='town or village'),
        ),
        migrations.AddField(
            model_name='residentaddressevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='residentaddressevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='residents.residentaddress'),
        ),
        migrations.AddField(
            model_name='residentaddressevent',
            name='recorded_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by'),
        ),
        migrations.AddField(
            model_name='residentaddressevent',
            name='resident',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='residents.resident', verbose_name='resident'),
        ),
        migrations.AddField(
            model_name='residentcontact',
            name='recorded_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by'),
        ),
        migrations.AddField(
            model_name='residentcontact',
            name='resident',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contacts', to='residents.resident', verbose_name='resident'),
        ),
        migrations.AddField(
            model_name='residentcontactevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='residentcontactevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='residents.residentcontact'),
        ),
        migrations.AddField(
            model_name='residentcontactevent',
            name='recorded_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by'),
        ),
        migrations.AddField(
            model_name='residentcontactevent',
            name='resident',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='residents.resident', verbose_name='resident'),
        ),
        migrations.AddConstraint(
            model_name='householdmember',
            constraint=models.CheckConstraint(condition=models.Q(('valid_from', None), ('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='householdmember_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='householdmember',
            constraint=models.UniqueConstraint(condition=models.Q(('valid_to', None)), fields=('household', 'resident'), name='a_person_is_once_in_a_household'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='householdmember',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "residents_householdmemberevent" ("created_at", "end_reason", "household_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_by_id", "resident_id", "role", "valid_from", "valid_to") VALUES (NEW."created_at", NEW."end_reason", NEW."household_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."recorded_by_id", NEW."resident_id", NEW."role", NEW."valid_from", NEW."valid_to"); RETURN NULL;', hash='596e926d3298ebc0ff716924338420d4c26b26d3', operation='INSERT', pgid='pgtrigger_insert_insert_59ba9', table='residents_householdmember', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='householdmember',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "residents_householdmemberevent" ("created_at", "end_reason", "household_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_by_id", "resident_id", "role", "valid_from", "valid_to") VALUES (NEW."created_at", NEW."end_reason", NEW."household_id", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."recorded_by_id", NEW."resident_id", NEW."role", NEW."valid_from", NEW."valid_to"); RETURN NULL;', hash='c5742e6d54850ad67bf91450d4227134f6aa7ea1', operation='UPDATE', pgid='pgtrigger_update_update_12d99', table='residents_householdmember', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='identifier',
            index=models.Index(fields=['number_index'], name='numbers_of_people_by_number'),
        ),
        migrations.AddIndex(
            model_name='identifier',
            index=django.contrib.postgres.indexes.GinIndex(fields=['number_ends'], name='numbers_of_people_by_end'),
        ),
        migrations.AddConstraint(
            model_name='identifier',
            constraint=models.CheckConstraint(condition=models.Q(('valid_from', None), ('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='identifier_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='identifier',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'pesel'), _negated=True), ('valid_to__isnull', False), _connector='OR'), name='a_pesel_among_documents_is_a_former_one'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='identifier',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "residents_identifierevent" ("country", "created_at", "end_reason", "id", "kind", "number", "number_index", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_by_id", "resident_id", "valid_from", "valid_to") VALUES (NEW."country", NEW."created_at", NEW."end_reason", NEW."id", NEW."kind", NEW."number", NEW."number_index", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."recorded_by_id", NEW."resident_id", NEW."valid_from", NEW."valid_to"); RETURN NULL;', hash='641c5932c8e4c240259c9a0d7cdfcbd45268adb2', operation='INSERT', pgid='pgtrigger_insert_insert_c494d', table='residents_identifier', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='identifier',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."country" IS DISTINCT FROM (NEW."country") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."end_reason" IS DISTINCT FROM (NEW."end_reason") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."number_index" IS DISTINCT FROM (NEW."number_index") OR OLD."recorded_by_id" IS DISTINCT FROM (NEW."recorded_by_id") OR OLD."resident_id" IS DISTINCT FROM (NEW."resident_id") OR OLD."valid_from" IS DISTINCT FROM (NEW."valid_from") OR OLD."valid_to" IS DISTINCT FROM (NEW."valid_to"))', func='INSERT INTO "residents_identifierevent" ("country", "created_at", "end_reason", "id", "kind", "number", "number_index", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_by_id", "resident_id", "valid_from", "valid_to") VALUES (NEW."country", NEW."created_at", NEW."end_reason", NEW."id", NEW."kind", NEW."number", NEW."number_index", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."recorded_by_id", NEW."resident_id", NEW."valid_from", NEW."valid_to"); RETURN NULL;', hash='58ddb4877f07f774ea6bc44005e7825b389bb7be', operation='UPDATE', pgid='pgtrigger_update_update_27d7e', table='residents_identifier', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='merge',
            index=models.Index(condition=models.Q(('undone_at', None)), fields=['kept'], name='joinings_of_a_record'),
        ),
        migrations.AddConstraint(
            model_name='merge',
            constraint=models.CheckConstraint(condition=models.Q(('kept', models.F('absorbed')), _negated=True), name='a_record_is_not_joined_to_itself'),
        ),
        migrations.AddConstraint(
            model_name='merge',
            constraint=models.UniqueConstraint(condition=models.Q(('undone_at', None)), fields=('absorbed',), name='a_record_is_joined_to_one_other'),
        ),
        migrations.AddConstraint(
            model_name='merge',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('undone_at', None), ('undone_by', None)), models.Q(('undone_at__isnull', False), ('undone_by__isnull', False)), _connector='OR'), name='who_took_records_apart_is_known'),
        ),
        migrations.AddConstraint(
            model_name='representation',
            constraint=models.CheckConstraint(condition=models.Q(('valid_from', None), ('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='representation_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='representation',
            constraint=models.CheckConstraint(condition=models.Q(('representative__isnull', False), models.Q(('name', ''), _negated=True), _connector='OR'), name='a_representative_is_known_or_named'),
        ),
        migrations.AddConstraint(
            model_name='representation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('basis__in', ['minor_guardian', 'guardian', 'curator']), _negated=True), models.Q(('court_sign', ''), _negated=True), _connector='OR'), name='a_guardian_has_the_sign_of_the_courts_file'),
        ),
        migrations.AddConstraint(
            model_name='representation',
            constraint=models.CheckConstraint(condition=models.Q(('representative', None), models.Q(('representative', models.F('resident')), _negated=True), _connector='OR'), name='nobody_represents_oneself'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='representation',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "residents_representationevent" ("address_is_hidden", "basis", "court_sign", "created_at", "end_reason", "gets_letters", "id", "limits", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "recorded_by_id", "representative_id", "resident_id", "scope", "valid_from", "valid_to") VALUES (NEW."address_is_hidden", NEW."basis", NEW."court_sign", NEW."created_at", NEW."end_reason", NEW."gets_letters", NEW."id", NEW."limits", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."phone", NEW."recorded_by_id", NEW."representative_id", NEW."resident_id", NEW."scope", NEW."valid_from", NEW."valid_to"); RETURN NULL;', hash='8c364aac80a0f616b9a3a0c85de9e468a298dcc6', operation='INSERT', pgid='pgtrigger_insert_insert_ebc6f', table='residents_representation', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='representation',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "residents_representationevent" ("address_is_hidden", "basis", "court_sign", "created_at", "end_reason", "gets_letters", "id", "limits", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "recorded_by_id", "representative_id", "resident_id", "scope", "valid_from", "valid_to") VALUES (NEW."address_is_hidden", NEW."basis", NEW."court_sign", NEW."created_at", NEW."end_reason", NEW."gets_letters", NEW."id", NEW."limits", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."phone", NEW."recorded_by_id", NEW."representative_id", NEW."resident_id", NEW."scope", NEW."valid_from", NEW."valid_to"); RETURN NULL;', hash='5fe149b90dfa8dbecaee7acccae54739d2113258', operation='UPDATE', pgid='pgtrigger_update_update_d21ce', table='residents_representation', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='residencetitle',
            constraint=models.CheckConstraint(condition=models.Q(('valid_from', None), ('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='residencetitle_ends_after_it_begins'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='residencetitle',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "residents_residencetitleevent" ("created_at", "end_reason", "id", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_by_id", "resident_id", "valid_from", "valid_to") VALUES (NEW."created_at", NEW."end_reason", NEW."id", NEW."kind", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."recorded_by_id", NEW."resident_id", NEW."valid_from", NEW."valid_to"); RETURN NULL;', hash='8d3a463bc70fca4a1744397ce031aaeb493b085e', operation='INSERT', pgid='pgtrigger_insert_insert_9aad2', table='residents_residencetitle', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='residencetitle',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "residents_residencetitleevent" ("created_at", "end_reason", "id", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_by_id", "resident_id", "valid_from", "valid_to") VALUES (NEW."created_at", NEW."end_reason", NEW."id", NEW."kind", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."recorded_by_id", NEW."resident_id", NEW."valid_from", NEW."valid_to"); RETURN NULL;', hash='48ea75dd1a8f0d856b6b5be5e3cac20974c5979e', operation='UPDATE', pgid='pgtrigger_update_update_ffe4b', table='residents_residencetitle', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='residentaddress',
            constraint=models.CheckConstraint(condition=models.Q(('valid_from', None), ('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='residentaddress_ends_after_it_begins'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='residentaddress',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "residents_residentaddressevent" ("address", "created_at", "elsewhere", "end_reason", "id", "kind", "locality_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postal_code", "recorded_by_id", "resident_id", "valid_from", "valid_to") VALUES (NEW."address", NEW."created_at", NEW."elsewhere", NEW."end_reason", NEW."id", NEW."kind", NEW."locality_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."postal_code", NEW."recorded_by_id", NEW."resident_id", NEW."valid_from", NEW."valid_to"); RETURN NULL;', hash='d447347c75d02edaae8041921f608722106e995a', operation='INSERT', pgid='pgtrigger_insert_insert_233c1', table='residents_residentaddress', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='residentaddress',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "residents_residentaddressevent" ("address", "created_at", "elsewhere", "end_reason", "id", "kind", "locality_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postal_code", "recorded_by_id", "resident_id", "valid_from", "valid_to") VALUES (NEW."address", NEW."created_at", NEW."elsewhere", NEW."end_reason", NEW."id", NEW."kind", NEW."locality_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."postal_code", NEW."recorded_by_id", NEW."resident_id", NEW."valid_from", NEW."valid_to"); RETURN NULL;', hash='ef6fdc1da8022b55f9f55ca468efc9f3edffe780', operation='UPDATE', pgid='pgtrigger_update_update_38bcc', table='residents_residentaddress', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='residentcontact',
            index=models.Index(condition=models.Q(('phone_digits', ''), _negated=True), fields=['phone_digits'], name='contacts_by_phone'),
        ),
        migrations.AddIndex(
            model_name='residentcontact',
            index=models.Index(django.db.models.functions.comparison.Collate(django.db.models.functions.text.Reverse('phone_digits'), 'C'), condition=models.Q(('phone_digits', ''), _negated=True), name='contacts_by_end_of_phone'),
        ),
        migrations.AddConstraint(
            model_name='residentcontact',
            constraint=models.CheckConstraint(condition=models.Q(('valid_from', None), ('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='residentcontact_ends_after_it_begins'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='residentcontact',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "residents_residentcontactevent" ("created_at", "end_reason", "id", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_by_id", "resident_id", "valid_from", "valid_to", "value", "verified_on", "whose") VALUES (NEW."created_at", NEW."end_reason", NEW."id", NEW."kind", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."recorded_by_id", NEW."resident_id", NEW."valid_from", NEW."valid_to", NEW."value", NEW."verified_on", NEW."whose"); RETURN NULL;', hash='6cb4c2e18bd4eea5aae5f9bf014dfb1a1f83ef4c', operation='INSERT', pgid='pgtrigger_insert_insert_44144', table='residents_residentcontact', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='residentcontact',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."end_reason" IS DISTINCT FROM (NEW."end_reason") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."recorded_by_id" IS DISTINCT FROM (NEW."recorded_by_id") OR OLD."resident_id" IS DISTINCT FROM (NEW."resident_id") OR OLD."valid_from" IS DISTINCT FROM (NEW."valid_from") OR OLD."valid_to" IS DISTINCT FROM (NEW."valid_to") OR OLD."value" IS DISTINCT FROM (NEW."value") OR OLD."verified_on" IS DISTINCT FROM (NEW."verified_on") OR OLD."whose" IS DISTINCT FROM (NEW."whose"))', func='INSERT INTO "residents_residentcontactevent" ("created_at", "end_reason", "id", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_by_id", "resident_id", "valid_from", "valid_to", "value", "verified_on", "whose") VALUES (NEW."created_at", NEW."end_reason", NEW."id", NEW."kind", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."recorded_by_id", NEW."resident_id", NEW."valid_from", NEW."valid_to", NEW."value", NEW."verified_on", NEW."whose"); RETURN NULL;', hash='5768ba6578497853d6aa537da727c7f268a6e224', operation='UPDATE', pgid='pgtrigger_update_update_f71b1', table='residents_residentcontact', when='AFTER')),
        ),
        migrations.RunPython(write_births, migrations.RunPython.noop),
    ]
