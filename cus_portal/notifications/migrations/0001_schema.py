import django.db.models.functions.datetime
from django.db import migrations, models
from cus_portal.db import CreateTables


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('notifications', '0001_initial'),
        ('notifications', '0002_mails_that_came_back'),
        ('notifications', '0003_index_of_undelivered'),
        ('notifications', '0001_tables'),
    ]

    dependencies = [
    ]

    operations = [
        CreateTables([
            migrations.CreateModel(
                name='Message',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('dedupe_key', models.CharField(max_length=200, unique=True, verbose_name='key')),
                    ('template', models.CharField(max_length=60, verbose_name='template')),
                    ('recipient_type', models.CharField(max_length=80, verbose_name='kind of recipient')),
                    ('recipient_id', models.BigIntegerField(verbose_name='recipient')),
                    ('about_type', models.CharField(blank=True, max_length=80, verbose_name='kind of object')),
                    ('about_id', models.BigIntegerField(null=True, verbose_name='object')),
                    ('only_while', models.JSONField(default=list, verbose_name='only while its state is')),
                    ('context', models.JSONField(default=dict, verbose_name='facts')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='written')),
                    ('due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='due')),
                    ('lease_until', models.DateTimeField(null=True, verbose_name='leased until')),
                    ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                    ('last_error', models.CharField(blank=True, max_length=200, verbose_name='last error')),
                    ('sent_at', models.DateTimeField(null=True, verbose_name='sent')),
                    ('dead_at', models.DateTimeField(null=True, verbose_name='given up')),
                    ('dropped_at', models.DateTimeField(null=True, verbose_name='dropped: no longer needed, or no address')),
                    ('bounced_at', models.DateTimeField(null=True, verbose_name='came back')),
                    ('bounce_code', models.CharField(blank=True, max_length=20, verbose_name='why it came back')),
                    ('seen_to_at', models.DateTimeField(null=True, verbose_name='seen to')),
                ],
                options={
                    'verbose_name': 'message',
                    'verbose_name_plural': 'messages',
                    'ordering': ['-id'],
                    'indexes': [
                        models.Index(condition=models.Q(('dead_at', None), ('dropped_at', None), ('sent_at', None)), fields=['due_at', 'id'], name='messages_to_send'),
                        models.Index(condition=models.Q(('dead_at__isnull', False)), fields=['-dead_at'], name='messages_given_up'),
                        models.Index(fields=['about_type', 'about_id'], name='messages_about_an_object'),
                        models.Index(condition=models.Q(('seen_to_at', None), models.Q(('dead_at__isnull', False), ('bounced_at__isnull', False), _connector='OR')), fields=['recipient_type', 'recipient_id'], name='messages_undelivered'),
                    ],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(models.Q(('dead_at', None), ('sent_at', None)), models.Q(('dropped_at', None), ('sent_at', None)), models.Q(('dead_at', None), ('dropped_at', None)), _connector='OR'), name='a_message_has_one_end'),
                        models.CheckConstraint(condition=models.Q(('bounced_at', None), ('sent_at__isnull', False), _connector='OR'), name='a_message_comes_back_after_it_was_sent'),
                    ],
                },
            ),
        ]),
    ]
