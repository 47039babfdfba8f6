"""Search text enters SQLite's index by one statement for a batch (`projection`), no more by a trigger for each row."""

from django.db import migrations


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER registers_fts_insert", params=None)


class Migration(migrations.Migration):
    dependencies = [("registers", "0003_forgotten")]
    operations = [migrations.RunPython(drop, migrations.RunPython.noop)]
