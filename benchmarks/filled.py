"""What the benchmarks need to fill tables by SQL."""

import contextlib

EMPTY = {"boolean": "false", "ARRAY": "'{}'", "integer": "0", "smallint": "0", "numeric": "0"}


def let_columns_be_empty(connection):
    """Give texts, lists, booleans and counters a default, so that no new column breaks the SQL."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"
            " AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'"
            " AND data_type IN ('text', 'character varying', 'boolean', 'ARRAY', 'integer', 'smallint', 'numeric')"
        )
        for table, column, kind in cursor.fetchall():
            empty = EMPTY.get(kind, "''")
            cursor.execute(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" SET DEFAULT {empty}')


@contextlib.contextmanager
def without_indexes(cursor, table):
    """Drop the indexes of a table that no constraint needs, and make them anew: much faster than one row at a time."""
    cursor.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
        " WHERE i.indrelid = %s::regclass AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)",
        [table],
    )
    indexes = cursor.fetchall()
    for name, _definition in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _name, definition in indexes:
        cursor.execute(definition)
