"""Transport keys that a partner told."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("federation", "0006_introduced")]

    operations = [
        migrations.AddField("partner", "told_keys", models.TextField(blank=True, default="")),
    ]
