"""What apps above the catalogue say on the home page: a line and where it leads, while there is something to say."""

from collections.abc import Callable
from datetime import date

Line = tuple[str, str]
_lines: list[Callable[[date], Line | None]] = []


def on_home_page(function: Callable[[date], Line | None]) -> Callable:
    """Register a function of the day that returns (words, address), or None."""
    _lines.append(function)
    return function


def home_lines(on: date) -> list[Line]:
    return [line for function in _lines if (line := function(on))]
