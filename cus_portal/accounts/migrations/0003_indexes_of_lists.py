from django.db import migrations, models

from cus_portal.db import BuildIndex


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('accounts', '0002_institution_krs'),
    ]

    operations = [
        BuildIndex(
            model_name='user',
            index=models.Index(fields=['name_sort', 'id'], name='accounts_in_polish_order'),
        ),
    ]
