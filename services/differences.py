"""Two contents of an entry compared field by field, in the words of the form: what was taken out, what was put in."""

from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cus_portal.accounts.models import Institution
from services.exchange.kinds import BASIS, SERVICE
from services.models import FormTemplate, Locality, Location, Programme, Service, ServiceArea, TargetGroup, Topic

DIRECT = "direct_entry"
# These words lead to other entries by code; people read their names.
NAMED = {
    "areas": (ServiceArea, "short_name"),
    "groups": (TargetGroup, "name"),
    "topics": (Topic, "name"),
    "localities": (Locality, "name"),
    "places": (Location, "name"),
    "provider": (Institution, "name"),
    "instead": (Service, "plain_name"),
    "programme": (Programme, "name"),
    "form": (FormTemplate, "name"),
}
CONFIDENTIAL = gettext_lazy("confidential place")


@dataclass(frozen=True)
class Line:
    """One field of an entry, as lines to read."""

    word: str
    label: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    label: str
    taken_out: tuple[str, ...]
    put_in: tuple[str, ...]


class Names:
    """The names behind the codes, each list read once. Of the places those are named that the reader may know."""

    def __init__(self, places):
        self._places = places
        self._lists = {}

    def __call__(self, word, code):
        if word not in self._lists:
            model, column = NAMED[word]
            rows = self._places if model is Location else model.objects.all()
            self._lists[word] = dict(rows.values_list("code", column))
        return self._lists[word].get(code, str(CONFIDENTIAL) if word == "places" else code)


def lines_of(content, names):
    """Return everything that an entry says, in the order of its form."""
    found = []
    for word, column in SERVICE.columns.items():
        if word in content:
            found.append(_line(word, SERVICE.model, column, content[word]))
    for word in ("provider", "instead"):
        if word in content:
            label = SERVICE.model._meta.get_field(word).verbose_name
            found.append(Line(word, capfirst(label), (names(word, content[word]),)))
    for word, (many, _kind) in SERVICE.links.items():
        if word in content:
            label = SERVICE.model._meta.get_field(many).verbose_name
            found.append(Line(word, capfirst(label), tuple(names(word, code) for code in content[word])))
    for part in SERVICE.parts:
        if part.word in content:
            rows = tuple(_row(part, row, names) for row in content[part.word])
            found.append(Line(part.word, capfirst(part.model._meta.verbose_name_plural), rows))
    return found + [_basis(row, names) for row in content.get("basis", [])]


def differences(before, after, names):
    """Return the Changes between two contents, {} standing for none; empty when both say the same."""
    old = {line.word: line for line in lines_of(before, names)}
    new = {line.word: line for line in lines_of(after, names)}
    found = []
    for word in [*new, *(word for word in old if word not in new)]:
        first = old[word].lines if word in old else ()
        second = new[word].lines if word in new else ()
        if first != second:
            taken_out, put_in = apart(first, second)
            found.append(Change((new.get(word) or old[word]).label, taken_out, put_in))
    return found


def apart(first, second):
    """Return the lines that only the first and only the second has; a line that moved is in both."""
    taken_out, put_in = [], []
    for act, start, end, other_start, other_end in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if act != "equal":
            taken_out += first[start:end]
            put_in += second[other_start:other_end]
    return tuple(taken_out), tuple(put_in)


def _line(word, model, column, value):
    if word == DIRECT:
        return Line(word, capfirst(model._meta.get_field("direct_entry").verbose_name), (value,))
    field = model._meta.get_field(column)
    return Line(word, capfirst(field.verbose_name), _lines(field, value))


def _lines(field, value):
    """Return a value as lines: a long text by its paragraphs, a list by its items, a choice by its words."""
    if isinstance(field, ArrayField):
        words = dict(field.base_field.flatchoices)
        return tuple(str(words.get(one, one)) for one in value)
    if isinstance(field, models.TextField):
        return tuple(line.strip() for line in str(value).splitlines() if line.strip())
    return (_shown(field, value),)


def _shown(field, value):
    if field.flatchoices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(field, models.DateField):
        return date_format(date.fromisoformat(value), "j E Y")
    return str(value)


def _row(part, row, names):
    """Return one row of a part as a sentence: every field with its label."""
    said = [f"{_label(part.model, column)}: {', '.join(_lines(part.model._meta.get_field(column), row[word]))}"
            for word, column in part.columns.items() if word in row]  # fmt: skip
    said += [f"{_label(part.model, column)}: {names(word, row[word])}" for word, (column, _kind) in
             part.references.items() if word in row]  # fmt: skip
    return "; ".join(said)


def _label(model, column):
    return capfirst(model._meta.get_field(column).verbose_name)


def _basis(row, names):
    """Return a basis under its programme and first day, a line for each of its conditions."""
    programme, first = row["programme"], row["from"]
    label = _("Basis: %(programme)s, from %(day)s") % {
        "programme": names("programme", programme),
        "day": date_format(date.fromisoformat(first), "j E Y"),
    }
    lines = [
        f"{_label(BASIS.model, column)}: {', '.join(_lines(BASIS.model._meta.get_field(column), row[word]))}"
        for word, column in BASIS.columns.items()
        if word in row and row[word] is not False
    ]
    lines += [_row(part, one, names) for part in BASIS.parts for one in row.get(part.word, [])]
    return Line(f"basis {programme} {first}", label, tuple(lines))
