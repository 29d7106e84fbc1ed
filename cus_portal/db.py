"""What every model may use: abstract bases, Polish order, folded search keys, gap-free numbers."""

import unicodedata

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import connection, models
from django.db.migrations.operations.base import Operation
from django.db.models import F, Value
from django.db.models.functions import Coalesce, Concat, Lower, Now, Right
from django.utils.translation import gettext_lazy as _

ALPHABET = "aąbcćdeęfghijklłmnńoópqrsśtuvwxyzźż"
# One private code point for each letter keeps Polish order in every build of PostgreSQL: the wheels lack ICU.
ORDER_KEYS = "".join(chr(0x4E00 + position) for position in range(len(ALPHABET)))
ACCENTED = "ąćęłńóśźżáàâäåãăčçďđéèêëěíìîïľĺňñöôőõòřŕšșşťțţúùûüůűýÿž"
PLAIN = "acelnoszzaaaaaaaccddeeeeeiiiillnnooooorrssstttuuuuuuyyz"
FOLDED = str.maketrans(ACCENTED, PLAIN)


class Translate(models.Func):
    function = "TRANSLATE"
    arity = 3
    output_field = models.TextField()


def _joined(fields):
    """Join names of character fields, or expressions: a TextField comes as Cast(name, CharField())."""
    columns = [F(field) if isinstance(field, str) else field for field in fields]
    parts = []
    for column in columns:
        parts += [Coalesce(column, Value("")), Value(" ")]
    return Concat(*parts[:-1], output_field=models.TextField()) if len(fields) > 1 else columns[0]


def polish_sort(*fields):
    """Return a stored column that sorts the fields in Polish order (a ą b … z ź ż), case ignored."""
    return models.GeneratedField(
        expression=Translate(Lower(_joined(fields)), Value(ALPHABET), Value(ORDER_KEYS)),
        output_field=models.TextField(db_collation="C"),
        db_persist=True,
        editable=False,
    )


def search_key(*fields):
    """Return a stored column of the fields in lower case without diacritics (ł too), for ranges and trigrams."""
    return models.GeneratedField(
        expression=Translate(Lower(_joined(fields)), Value(ACCENTED), Value(PLAIN)),
        output_field=models.TextField(db_collation="C"),
        db_persist=True,
        editable=False,
    )


def digits_key(field, *, last):
    """Return a stored column of the last digits of a field, so that a number is found however it was written."""
    digits = models.Func(
        F(field), Value(r"\D"), Value(""), Value("g"), function="REGEXP_REPLACE", output_field=models.TextField()
    )
    return models.GeneratedField(
        expression=Right(digits, last), output_field=models.TextField(), db_persist=True, editable=False
    )


def fold(text):
    """Do in Python what search_key() does in the database; NUL and other control characters become spaces."""
    folded = text.lower().translate(FOLDED)
    if not folded.isprintable():
        folded = "".join(" " if unicodedata.category(letter) in {"Cc", "Cs"} else letter for letter in folded)
    return " ".join(folded.split())


class BuildIndex(AddIndexConcurrently):
    """Build an index of a big table while others write to it, in a migration with `atomic = False`.

    Safe to run again: what a run that broke off has left, built or not, goes first.
    """

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        name = schema_editor.quote_name(self.index.name)
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        super().database_forwards(app_label, schema_editor, from_state, to_state)


class CreateTables(Operation):
    """Create the tables of many models at once, with all that hangs on them: indexes, constraints, triggers.

    Django draws every model anew after each operation of a migration: where all models hang together, as ours do by
    the user, that was 80 seconds for an empty database. Here they are drawn once, so the order of models is free too.
    """

    reversible = False

    def __init__(self, models):
        self.models = models

    def state_forwards(self, app_label, state):
        state.__dict__.pop("apps", None)  # what is drawn of it: database_forwards draws it when all is in
        for model in self.models:
            model.state_forwards(app_label, state)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        for model in self.models:
            model.database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self):
        return f"Create {len(self.models)} tables"


class Workflowed(models.Model):
    """A row with a status, which only cus_portal.workflow writes, and a version that guards against lost updates."""

    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    class Meta:
        abstract = True


class NumberSeries(models.Model):
    """The last number given in a series and year. Its row lock makes numbers gap-free: a rollback gives it back."""

    series = models.CharField(max_length=60)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "year"], name="a_series_counts_once_a_year")]

    def __str__(self):
        return f"{self.series}/{self.year}: {self.last}"


def next_number(series, year):
    """Return the next number of the series in that year, from 1, without gaps. Call it inside the transaction."""
    if not connection.in_atomic_block:
        raise RuntimeError("next_number() outside a transaction would leave gaps.")
    table = connection.ops.quote_name(NumberSeries._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} AS counter (series, year, last) VALUES (%s, %s, 1)"  # noqa: S608
            " ON CONFLICT (series, year) DO UPDATE SET last = counter.last + 1 RETURNING last",
            [series, year],
        )
        return cursor.fetchone()[0]
