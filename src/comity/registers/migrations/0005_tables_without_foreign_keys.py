"""Tables that are derived in bulk: PostgreSQL checks no foreign key for their rows (`docs/adr/0010`)."""

import django.db.models.deletion
from django.db import migrations, models

from comity.journal.operations import AlterFieldOnPostgreSQL

OF_A_RIGHT = {
    "db_constraint": False,
    "on_delete": django.db.models.deletion.CASCADE,
    "to": "registers.right",
}


class Migration(migrations.Migration):
    dependencies = [("registers", "0004_search_in_bulk"), ("journal", "0010_vault_without_foreign_key")]

    operations = [
        AlterFieldOnPostgreSQL(
            "right",
            "journal",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="journal.journal",
            ),
        ),
        *(
            AlterFieldOnPostgreSQL(name, "right", models.ForeignKey(db_index=False, **OF_A_RIGHT))
            for name in ("rightversion", "rightclass", "rightimage")
        ),
        AlterFieldOnPostgreSQL("searchdoc", "right", models.OneToOneField(primary_key=True, serialize=False, **OF_A_RIGHT)),
    ]
