"""Whose data an object holds: one table, filled by the apps, by which the log is asked about a person.

A path leads from the object to the number of the person, as in a filter.
"""

from collections import defaultdict
from collections.abc import Callable

from django.apps import apps
from django.db.models import Model, Q

NOBODY = Q(pk=None)
_paths: dict[str, str] = {}
_untold: dict[str, Q] = {}  # which rows the person is not told of
_finders: list[Callable[[str], int | None]] = []
_things: list[Callable[[str], Model | None]] = []


def about_person(model: str, path: str, *, untold: str = "", secret: Q = NOBODY) -> None:
    """Say how the objects of a model lead to the person whose data they hold.

    `untold` leads to a column that is filled where the person, or who reads over the shoulder, must not learn of them;
    so must nobody of those for which `secret` holds.
    """
    if model in _paths:
        raise ValueError(f"{model} leads to a person already.")
    _paths[model] = path
    _untold[model] = secret | (Q(**{f"{untold}__isnull": False}) if untold else NOBODY)


def finds_person(function):
    """Register a function that knows a person by a text, such as the sign of a case, or returns None."""
    _finders.append(function)
    return function


def finds_thing(function):
    """Register a function that knows an object by the number people write, or returns None."""
    _things.append(function)
    return function


def find_thing(text: str) -> Model | None:
    """Return the object that has the number: what is about nobody known yet is found by it alone."""
    return next(filter(None, (find(text.strip()) for find in _things)), None)


def find_person(text: str) -> int | None:
    """Return the number of the person whom the text names beyond doubt."""
    return next(filter(None, (find(text.strip()) for find in _finders)), None)


def concerning(person_id: int, *, told: bool = False) -> Q:
    """Return the condition of rows of the log about one person; with `told` those the person may be told of.

    The numbers are read first: few, and each then one range of the index on the objects of the log.
    """
    found = NOBODY
    for model, path in _paths.items():
        rows = apps.get_model(model)._base_manager.filter(**{path: person_id})
        if told:
            rows = rows.exclude(_untold[model])
        numbers = list(rows.order_by().values_list("pk", flat=True))
        if numbers:
            found |= Q(object_type=model, object_id__in=numbers)
    return found


def people_of(events) -> dict[tuple[str, int], int]:
    """Return the person of each object that the events are about: one query for each kind of object."""
    numbers = defaultdict(set)
    for event in events:
        if event.object_type in _paths:
            numbers[event.object_type].add(event.object_id)
    return {
        (model, number): person
        for model, wanted in numbers.items()
        for number, person in apps.get_model(model)
        ._base_manager.filter(pk__in=wanted)
        .order_by()
        .values_list("pk", _paths[model])
        if person
    }
