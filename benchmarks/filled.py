"""What the benchmarks need to fill tables by SQL."""


def let_columns_be_empty(connection):
    """Give texts, lists and booleans a default, so that SQL names what it fills and no new column breaks it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"
            " AND is_nullable = 'NO' AND column_default IS NULL"
            " AND data_type IN ('text', 'character varying', 'boolean', 'ARRAY')"
        )
        for table, column, kind in cursor.fetchall():
            empty = {"boolean": "false", "ARRAY": "'{}'"}.get(kind, "''")
            cursor.execute(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" SET DEFAULT {empty}')
