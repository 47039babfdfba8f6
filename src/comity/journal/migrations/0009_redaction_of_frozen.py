"""A redaction may be of an entry of the frozen journal from which its own goes on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("journal", "0008_doubt")]

    operations = [
        migrations.AddField(
            "redaction", "origin", models.CharField(blank=True, db_index=True, default="", max_length=255)
        ),
    ]
