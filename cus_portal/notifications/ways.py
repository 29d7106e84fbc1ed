"""Recipients that no mail reaches but a way of their own, such as a call of their program's address."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class Way:
    """How rows to one kind of recipient go out. Both functions get (row, now)."""

    name: str | Promise  # what stands in the outbox where a mail has its subject
    compose: Callable  # what has a send(), or None when nothing is to go out any more
    given_up: Callable  # called after the last attempt


_ways: dict[str, Way] = {}


def goes_by(model: str, way: Way) -> None:
    """Let rows to this kind of recipient go out by this way."""
    if model in _ways:
        raise ValueError(f"There is a way to {model} already.")
    _ways[model] = way


def way_of(row) -> Way | None:
    return _ways.get(row.recipient_type)


def other_than_mail() -> list[str]:
    """Return the kinds of recipients that no mail goes to."""
    return list(_ways)
