"""Pages of big lists: counted up to a limit, or not counted at all, never read to the end of the table."""

from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.utils.functional import cached_property

COUNT_LIMIT = 10_000


class CappedPaginator(Paginator):
    """A paginator whose count stops at COUNT_LIMIT rows, so its cost does not grow with history."""

    @cached_property
    def count(self):
        return self.object_list.order_by()[: COUNT_LIMIT + 1].count()


def page_of(rows, number, *, per_page):
    """Return the page asked for; a page that is no number, too small or too large gives the nearest one."""
    paginator = CappedPaginator(rows, per_page)
    try:
        wanted = int(number or 1)
    except ValueError:
        wanted = 1
    return paginator.page(min(max(wanted, 1), paginator.num_pages))


@dataclass(frozen=True)
class Slice:
    """Some rows of a list that is walked by marks: `following` continues it, `begun` says it is not the start."""

    rows: list
    following: str
    begun: bool


def slice_of(rows, after, *, by, per_page):
    """Return the rows behind the mark `after`, in the order of a day or moment `by` and the key.

    As fast at any depth: the mark is a place in the index, not a number of rows to skip. A mark that is none gives
    the start of the list.
    """
    name, descending = by.lstrip("-"), by.startswith("-")
    beyond = "lt" if descending else "gt"
    value, key = _read_mark(rows.model._meta.get_field(name), after)
    if key is not None:
        further = Q(**{f"{name}__{beyond}": value}) | Q(**{f"pk__{beyond}": key})
        rows = rows.filter(Q(**{f"{name}__{beyond}e": value}) & further)
    found = list(rows.order_by(by, "-pk" if descending else "pk")[: per_page + 1])
    shown, last = found[:per_page], found[per_page - 1] if len(found) > per_page else None
    following = f"{getattr(last, name).isoformat()}~{last.pk}" if last else ""
    return Slice(rows=shown, following=following, begun=key is not None)


def _read_mark(field, mark):
    """Return the value and the key that a mark names, or nothing."""
    text, _, key = (mark or "").partition("~")
    try:
        value = field.to_python(text)
        key = int(key)
    except (ValidationError, ValueError):
        return None, None
    aware = not isinstance(value, datetime) or value.tzinfo is not None
    return (value, key) if isinstance(value, date) and aware and 0 < key < 2**63 else (None, None)
