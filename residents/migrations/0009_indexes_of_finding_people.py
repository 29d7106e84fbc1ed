import django.contrib.postgres.indexes
import django.db.models.functions.comparison
import django.db.models.functions.text
from django.db import migrations, models

from cus_portal.db import BuildIndex


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('residents', '0008_finding_people'),
    ]

    operations = [
        BuildIndex(
            model_name='requestparty',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass('search_name', name='gin_trgm_ops'), name='people_on_requests_by_part'),
        ),
        BuildIndex(
            model_name='requestparty',
            index=models.Index(django.db.models.functions.comparison.Collate(django.db.models.functions.text.Reverse('phone_digits'), 'C'), condition=models.Q(('phone_digits', ''), _negated=True), name='people_on_requests_by_end'),
        ),
        BuildIndex(
            model_name='requestparty',
            index=django.contrib.postgres.indexes.GinIndex(fields=['pesel_ends'], name='people_on_requests_by_ends'),
        ),
        BuildIndex(
            model_name='resident',
            index=models.Index(django.db.models.functions.comparison.Collate(django.db.models.functions.text.Reverse('phone_digits'), 'C'), condition=models.Q(('phone_digits', ''), _negated=True), name='residents_by_end_of_phone'),
        ),
        BuildIndex(
            model_name='resident',
            index=django.contrib.postgres.indexes.GinIndex(fields=['pesel_ends'], name='residents_by_end_of_pesel'),
        ),
        BuildIndex(
            model_name='nameword',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass('word', name='gin_trgm_ops'), name='words_of_names_by_part'),
        ),
    ]
