"""Pages of big lists: walked by marks, as fast at any depth, and counted up to a limit.

A mark is a place in the order of a list, sealed: the values that an order goes by may be names of people.
"""

import json
from dataclasses import dataclass, replace

from django.core.exceptions import FieldDoesNotExist
from django.core.paginator import Paginator
from django.db.models import F, OrderBy, Q
from django.db.models.constants import LOOKUP_SEP
from django.utils.functional import cached_property

from cus_portal.crypto import decrypt, encrypt

COUNT_LIMIT = 10_000
MARK = "p"  # in the address; the name that Django's admin leaves out of its links to filters and orders
AFTER, BEFORE = "after", "before"


def capped_count(rows):
    """Return how many rows there are; COUNT_LIMIT + 1 stands for any more, so the cost does not grow with history."""
    return rows.order_by()[: COUNT_LIMIT + 1].count()


class CappedPaginator(Paginator):
    """Numbered pages of a list that stays short."""

    @cached_property
    def count(self):
        return capped_count(self.object_list)


def page_of(rows, number, *, per_page):
    """Return the page asked for; a page that is no number, too small or too large gives the nearest one."""
    return nearest_page(CappedPaginator(rows, per_page), number)


def nearest_page(paginator, number):
    try:
        wanted = int(number or 1)
    except ValueError:
        wanted = 1
    return paginator.page(min(max(wanted, 1), paginator.num_pages))


@dataclass(frozen=True)
class Slice:
    """Some rows of a list that is walked by marks; `previous` and `following` lead on, empty where nothing is."""

    rows: list
    previous: str = ""
    following: str = ""


def slice_of(rows, mark, *, per_page):
    """Return the rows behind or before a mark, in the order of the queryset.

    A mark that is none, or belongs to another list or order, gives the start; when all that stood behind a mark has
    gone, the end is shown.
    """
    keys = keys_of(rows)
    rows = rows.annotate(**{key.name: key.expression for key in keys})
    purpose = f"paging.{rows.model._meta.label_lower}.{','.join(map(str, keys))}"
    way, place = _opened(mark, purpose)

    def shown(found, *, previous, following):
        return Slice(
            rows=found,
            previous=_sealed(BEFORE, found[0], keys, purpose) if previous else "",
            following=_sealed(AFTER, found[-1], keys, purpose) if following else "",
        )

    if way == AFTER:
        found = _walk(rows, keys, place, per_page + 1)
        if found:
            return shown(found[:per_page], previous=True, following=len(found) > per_page)
    if way:
        backwards = [key.reversed for key in keys]
        found = _walk(rows, backwards, place if way == BEFORE else None, per_page + 1)
        if len(found) > per_page:
            return shown(found[per_page - 1 :: -1], previous=True, following=way == BEFORE)
    found = _walk(rows, keys, None, per_page + 1)
    return shown(found[:per_page], previous=False, following=len(found) > per_page)


@dataclass(frozen=True)
class Key:
    """One column of an order. Where nulls may be, it says on which side they stand, so that the order is total."""

    name: str
    expression: object
    label: str
    descending: bool
    nulls_first: bool | None

    def __str__(self):
        return f"{'-' if self.descending else ''}{self.label}"

    @property
    def reversed(self):
        nulls_first = None if self.nulls_first is None else not self.nulls_first
        return replace(self, descending=not self.descending, nulls_first=nulls_first)

    @property
    def order(self):
        return OrderBy(
            F(self.name),
            descending=self.descending,
            nulls_first=self.nulls_first or None,
            nulls_last=self.nulls_first is False or None,
        )

    def at(self, value):
        return Q(**{f"{self.name}__isnull": True} if value is None else {self.name: value})

    def behind(self, value):
        """Return conditions of what stands behind the value, the nearest first."""
        if value is None:
            return [Q(**{f"{self.name}__isnull": False})] if self.nulls_first else []
        further = Q(**{f"{self.name}__{'lt' if self.descending else 'gt'}": value})
        return [further, self.at(None)] if self.nulls_first is False else [further]


def keys_of(rows):
    """Return the Keys of the order that a queryset has, with the primary key as the last where rows may tie."""
    order = list(_columns(rows.model, rows.query.order_by or rows.model._meta.ordering))
    descending = bool(order) and order[-1][1].descending
    order.append(("pk", OrderBy(F("pk"), descending=descending)))
    keys = []
    for label, part in order:
        fields = fields_along(rows.model, label)
        nulls_first = None
        if not fields or any(field.null for field in fields):
            # As PostgreSQL has them unless told otherwise, and so its indexes: nulls are more than any value.
            nulls_first = bool(part.nulls_first or (part.descending and not part.nulls_last))
        keys.append(Key(f"mark_{len(keys)}", part.expression, label, part.descending, nulls_first))
        if len(fields) == 1 and fields[0].unique and not fields[0].null:
            break
    return keys


def _columns(model, order, before="", *, turned=False):
    """Yield what an order goes by, as (path, OrderBy). A relation stands for the order of what it leads to."""
    for part in order:
        if isinstance(part, str):
            part = OrderBy(F(before + part.lstrip("-")), descending=part.startswith("-") != turned)
        elif not isinstance(part, OrderBy):
            part = part.asc()
        path = getattr(part.expression, "name", "")
        fields = fields_along(model, path)
        if fields and fields[-1].is_relation and not path.endswith(fields[-1].attname):
            ordering = fields[-1].related_model._meta.ordering or ["pk"]
            yield from _columns(model, ordering, path + LOOKUP_SEP, turned=part.descending)
        else:
            yield path, part


def fields_along(model, path):
    """Return the fields that a path leads through; none for what is no path, such as an annotation."""
    fields = []
    for name in path.split(LOOKUP_SEP):
        try:
            fields.append(model._meta.pk if name == "pk" else model._meta.get_field(name))
        except FieldDoesNotExist:
            return []
        model = fields[-1].related_model
    return fields


def _walk(rows, keys, place, count):
    """Return so many rows behind a place, or from the start.

    Rows that tie with the place in all keys but the last come first, then those that tie in one key fewer: each is one
    range of an index on the keys, which a single condition with OR would not be. By several keys only the rows are
    searched for so, and all else is joined to what was found: PostgreSQL may take what is behind a place for little,
    and would join and sort all of it.
    """
    ordered = rows.order_by(*(key.order for key in keys))
    if place is None:
        return list(ordered[:count])
    conditions = _behind(keys, place)
    if len(conditions) == 1:
        return list(ordered.filter(*conditions)[:count])
    found = []
    for condition in conditions:
        found += ordered.filter(condition).values_list("pk", flat=True)[: count - len(found)]
        if len(found) == count:
            break
    whole = rows.order_by().in_bulk(found)
    return [whole[pk] for pk in found if pk in whole]


def _behind(keys, place):
    conditions, tied = [], Q()
    for key, value in zip(keys, place, strict=True):
        conditions = [tied & behind for behind in key.behind(value)] + conditions
        tied &= key.at(value)
    return conditions


def _sealed(way, row, keys, purpose):
    place = [getattr(row, key.name) for key in keys]
    return encrypt(json.dumps([way, *place], default=str, ensure_ascii=False), purpose=purpose)


def _opened(mark, purpose):
    """Return the way and the place that a mark names, or neither."""
    try:
        way, *place = json.loads(decrypt(mark or "", purpose=purpose))
    except ValueError:
        return None, None
    return way, place
