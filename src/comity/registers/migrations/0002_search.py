"""The search index: FTS5 over `SearchDoc` on SQLite, generated tsvector columns with GIN on PostgreSQL."""

from django.db import migrations

SQLITE = [
    """CREATE VIRTUAL TABLE registers_fts USING fts5(
        words, people, content='registers_searchdoc', content_rowid='right_id',
        tokenize="unicode61 remove_diacritics 0", prefix='1 2 3'
    )""",
    """CREATE TRIGGER registers_fts_insert AFTER INSERT ON registers_searchdoc BEGIN
        INSERT INTO registers_fts(rowid, words, people) VALUES (new.right_id, new.words, new.people);
    END""",
    """CREATE TRIGGER registers_fts_delete AFTER DELETE ON registers_searchdoc BEGIN
        INSERT INTO registers_fts(registers_fts, rowid, words, people)
        VALUES ('delete', old.right_id, old.words, old.people);
    END""",
    """CREATE TRIGGER registers_fts_update AFTER UPDATE ON registers_searchdoc BEGIN
        INSERT INTO registers_fts(registers_fts, rowid, words, people)
        VALUES ('delete', old.right_id, old.words, old.people);
        INSERT INTO registers_fts(rowid, words, people) VALUES (new.right_id, new.words, new.people);
    END""",
]

POSTGRESQL = [
    """ALTER TABLE registers_searchdoc
        ADD COLUMN words_v tsvector GENERATED ALWAYS AS (to_tsvector('simple', words)) STORED,
        ADD COLUMN people_v tsvector GENERATED ALWAYS AS (to_tsvector('simple', people)) STORED""",
    "CREATE INDEX registers_words_v ON registers_searchdoc USING gin (words_v)",
    "CREATE INDEX registers_people_v ON registers_searchdoc USING gin (people_v)",
]


def build(apps, schema_editor):
    statements = SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL
    for statement in statements:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("registers", "0001_initial")]
    operations = [migrations.RunPython(build, migrations.RunPython.noop)]
