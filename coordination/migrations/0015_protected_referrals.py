from django.db import migrations, models

from cus_portal.db import BuildIndex


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('coordination', '0014_papers_and_classes'),
    ]

    operations = [
        BuildIndex(
            model_name='referral',
            index=models.Index(fields=['case'], condition=models.Q(confidentiality='protected'), name='protected_referrals'),
        ),
    ]
