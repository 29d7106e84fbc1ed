"""The entries of the catalogue as tables: one row a service, and one table for each list inside an entry.

The headings are the labels that the organiser knows from the admin; the words of the files are understood as well.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cus_portal.db import fold
from services.exchange.kinds import BASIS, SERVICE, SERVICE_PARTS
from services.hours import write_hours
from services.models import ProgrammeService, Service

YES, NO = gettext_lazy("yes"), gettext_lazy("no")
TRUE_WORDS, FALSE_WORDS = {"tak", "t", "yes", "true", "1", "x", "prawda"}, {"nie", "n", "no", "false", "0", "falsz", ""}
DAY_ZERO = date(1899, 12, 30)  # a day in Excel is the number of days since then
DAY_FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%Y", "%Y-%m-%d %H:%M:%S")
HOURS_WORDS = ("valid_from", "valid_to", "on_days_off", "note")


@dataclass(frozen=True)
class Column:
    """One column: the word it stands for, its heading, and the field that checks it (none: a code or codes)."""

    word: str
    label: str | Promise
    field: models.Field | None = None
    many: bool = False


@dataclass(frozen=True)
class Table:
    """One sheet. `word` is the list of an entry that it holds; the table of the entries themselves has none."""

    word: str
    title: str | Promise
    columns: tuple[Column, ...]

    def by_heading(self):
        """Return {heading or word, folded: column}."""
        named = {fold(column.word): column for column in self.columns}
        return {**named, **{fold(str(column.label)): column for column in self.columns}}


CODE = Column("code", gettext_lazy("code"))


def _columns(model, columns):
    return [
        Column(word, model._meta.get_field(name).verbose_name, model._meta.get_field(name)) for word, name in columns
    ]


def _code_column(model, word, name, *, many=False):
    return Column(word, model._meta.get_field(name).verbose_name, many=many)


def _service_columns():
    words = {word: name for word, name in SERVICE.columns.items() if word not in ("code", "direct_entry_note")}
    words["direct_entry"] = "direct_entry_note"  # the files say where to go; that one may go follows from it
    return (
        CODE,
        *_columns(Service, words.items()),
        *(_code_column(Service, word, name.removesuffix("_id")) for word, (name, _kind) in SERVICE.references.items()),
        *(_code_column(Service, word, name, many=True) for word, (name, _kind) in SERVICE.links.items()),
    )


def _part_columns(part):
    if part.word == "hours":
        others = {word: part.columns[word] for word in HOURS_WORDS}
        return (
            CODE,
            Column("when", gettext_lazy("hours, for example pon-pt 7:30-15:30")),
            *_columns(part.model, others.items()),
        )
    references = [
        _code_column(part.model, word, name.removesuffix("_id")) for word, (name, _kind) in part.references.items()
    ]
    return (CODE, *_columns(part.model, part.columns.items()), *references)


def _basis_columns():
    programme = _code_column(ProgrammeService, "programme", "programme")
    return (CODE, programme, *_columns(ProgrammeService, BASIS.columns.items()))


@cache
def tables():
    """Return all tables, that of the entries first."""
    titles = {
        "documents": gettext_lazy("Documents"),
        "steps": gettext_lazy("Steps"),
        "contacts": gettext_lazy("Contacts"),
        "eligibility": gettext_lazy("For whom"),
        "texts": gettext_lazy("Languages"),
        "hours": gettext_lazy("Hours"),
        "exceptions": gettext_lazy("Exceptions"),
    }
    bands = BASIS.parts[0]
    programme, first = _basis_columns()[1:3]
    return (
        Table("", gettext_lazy("Services"), _service_columns()),
        Table("basis", gettext_lazy("Bases"), _basis_columns()),
        Table(
            bands.word,
            gettext_lazy("Income tables"),
            (CODE, programme, first, *_columns(bands.model, bands.columns.items())),
        ),
        *(Table(part.word, titles[part.word], _part_columns(part)) for part in SERVICE_PARTS),
    )


# -- out ----------------------------------------------------------------------------------------
def rows_of(table, contents):
    """Yield the rows of a table, in the order of the contents."""
    for content in contents:
        for words in _rows_in(table, content):
            yield [_cell(column, words.get(column.word)) for column in table.columns]


def _rows_in(table, content):
    code = {"code": content["code"]}
    if not table.word:
        return [content]
    if table.word == "hours":
        return [code | row for row in _hours_rows(content.get("hours", []))]
    if table.word == BASIS.parts[0].word:
        keys = ("programme", "from")
        return [
            code | {key: basis[key] for key in keys} | band
            for basis in content["basis"]
            for band in basis.get(table.word, [])
        ]
    return [code | row for row in content.get(table.word, [])]


def _hours_rows(rules):
    """Return lines as people write hours; rules that differ in more than the hours stand on lines of their own."""
    groups = {}
    for rule in rules:
        others = {word: rule[word] for word in HOURS_WORDS if word in rule}
        groups.setdefault(tuple(others.items()), []).append({"week_of_month": None, **rule})
    return [{"when": write_hours(same), **dict(others)} for others, same in groups.items()]


def _cell(column, value):
    if column.many:
        return ", ".join(value or [])
    if value is None and column.field is not None and not column.field.null:
        value = column.field.get_default()
    match column.field:
        case None:
            return value or ""
        case models.BooleanField():
            return str(YES if value else NO)
        case ArrayField():
            labels = dict(column.field.base_field.choices)
            return ", ".join(str(labels[one]) for one in value or [])
        case models.DateField():
            return date.fromisoformat(value) if value else ""
        case field if field.choices and value not in (None, ""):
            return str(dict(field.flatchoices)[value])
        case _:
            return "" if value is None else value


# -- in -----------------------------------------------------------------------------------------
def value_of(column, cell):
    """Return what a cell says, typed as its field keeps it. Raises ValidationError in words for who made the sheet."""
    if column.many:
        return [code for code in re.split(r"[,;\s]+", text_of(cell)) if code]
    match column.field:
        case None:
            return text_of(cell)
        case models.BooleanField():
            return _yes_or_no(cell)
        case ArrayField() as field:
            return [_choice(field.base_field, one) for one in re.split(r"\s*[,;]\s*", text_of(cell)) if one]
        case models.DateField():
            return _day(cell)
        case models.TimeField():
            return _time(cell)
        case models.DecimalField():
            return _decimal(cell)
        case models.IntegerField() as field if not field.choices:
            return _whole(cell)
        case field if field.choices:
            return _choice(field, text_of(cell))
        case _:
            return text_of(cell)


def text_of(cell):
    """Return a cell as text: 7.0 is the 7 that somebody typed, and the apostrophe of a guarded formula goes."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = str(cell).strip()
    return text[1:] if re.match(r"'[=+\-@]", text) else text


def _yes_or_no(cell):
    word = fold(text_of(cell))
    if cell is True or word in TRUE_WORDS or word == fold(str(YES)):
        return True
    if cell is False or word in FALSE_WORDS or word == fold(str(NO)):
        return False
    raise ValidationError(_("write yes or no, not “%(text)s”.") % {"text": word[:40]})


def _choice(field, text):
    if not text:
        return ""
    for value, label in field.flatchoices:
        if fold(text) in (fold(str(value)), fold(str(label))):
            return value
    labels = "; ".join(str(label) for _value, label in field.flatchoices)
    raise ValidationError(
        _("there is no choice “%(text)s”. Choose one of: %(choices)s.") % {"text": text[:60], "choices": labels}
    )


def _day(cell):
    """Return a day, also one that a spreadsheet turned into its number."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date) or cell in (None, ""):
        return cell or None
    text = text_of(cell)
    if re.fullmatch(r"[0-9]{5}", text):
        return DAY_ZERO + timedelta(int(text))
    for form in DAY_FORMATS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 a day has no time zone
        except ValueError:
            continue
    raise ValidationError(_("“%(text)s” is no day. Write it as 22.11.2026.") % {"text": text[:40]})


def _time(cell):
    if isinstance(cell, datetime):
        return cell.time()
    if isinstance(cell, time) or cell in (None, ""):
        return cell or None
    if isinstance(cell, float | int) and 0 <= cell < 1:
        minutes = round(float(cell) * 24 * 60)  # a time in Excel is a part of the day
        return time(minutes // 60, minutes % 60) if minutes < 24 * 60 else time(23, 59)
    found = re.fullmatch(r"(\d{1,2})[:.](\d{2})(?::\d{2})?", text_of(cell))
    if found and int(found[1]) < 24 and int(found[2]) < 60:
        return time(int(found[1]), int(found[2]))
    raise ValidationError(_("“%(text)s” is no time of the day.") % {"text": text_of(cell)[:40]})


def _decimal(cell):
    text = re.sub(r"\s|zł|PLN", "", text_of(cell)).replace(",", ".")
    if not text:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValidationError(_("“%(text)s” is no amount. Write it as 3,50.") % {"text": text[:40]}) from None


def _whole(cell):
    text = text_of(cell)
    if not text:
        return None
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise ValidationError(_("“%(text)s” is no whole number.") % {"text": text[:40]})
    return int(text)
