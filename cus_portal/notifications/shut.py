"""Which messages a keeper of the outbox must not even see: their subjects name what is closed to him."""

from collections.abc import Callable

from django.db.models import Q

_shut: list[Callable] = []


def shuts_messages(function: Callable) -> Callable:
    """Register a function that returns the condition of the messages closed to a user."""
    _shut.append(function)
    return function


def shut_to(user) -> Q:
    found = Q(pk=None)
    for function in _shut:
        found |= function(user)
    return found
