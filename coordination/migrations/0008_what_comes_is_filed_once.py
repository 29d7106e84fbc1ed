from django.db import migrations, models


class Migration(migrations.Migration):
    """What institutions send, or the desk takes down, is filed once, however often the button is pressed."""

    dependencies = [("coordination", "0007_reasons_of_what_came")]

    operations = [
        migrations.AddField(
            model_name="incomingreferral",
            name="submit_token",
            field=models.UUIDField(editable=False, null=True, unique=True),
        ),
    ]
