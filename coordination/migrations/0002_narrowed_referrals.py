from django.db import migrations, models

NARROWED_BY = {
    "referrals_of_a_receiver": "receiver",
    "referrals_of_an_area": "area",
    "referrals_of_a_kind": "kind",
}


class Migration(migrations.Migration):
    dependencies = [("coordination", "0001_schema")]

    operations = [
        migrations.AddIndex("referral", models.Index(fields=[column, "-sent_at", "-id"], name=name))
        for name, column in NARROWED_BY.items()
    ]
