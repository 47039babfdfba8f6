"""The vault's rows come in bulk: PostgreSQL checks no foreign key for them (`docs/adr/0010`)."""

import django.db.models.deletion
from django.db import migrations, models

from comity.journal.operations import AlterFieldOnPostgreSQL


class Migration(migrations.Migration):
    dependencies = [("journal", "0009_redaction_of_frozen")]

    operations = [
        AlterFieldOnPostgreSQL(
            "opening",
            "journal",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                to="journal.journal",
            ),
        ),
    ]
