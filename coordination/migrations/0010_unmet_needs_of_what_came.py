import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """What the centre had to refuse to others is in the register of unmet needs."""

    dependencies = [
        ("coordination", "0009_handovers_of_what_came"),
        ("residents", "0004_papers_of_the_team"),
    ]

    operations = [
        migrations.AddField(
            model_name="incomingreferral",
            name="unmet",
            field=models.OneToOneField(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="incoming",
                to="residents.unmetneed",
                verbose_name="line in the register of unmet needs",
            ),
        ),
    ]
