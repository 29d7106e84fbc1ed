"""What of a quarter's own figures may leave the house, when its months have left already.

No hidden number of a month is to be reckoned from the quarter: a number stays in the house as soon as it would say more
of the months than they show themselves.
"""

from coordination.spans import AREAS
from coordination.suppression import HIDDEN, SMALL

QUARTER_PERSONS, QUARTER_GAPS = "quarter-persons", "quarter-gaps"
PERSONS, BY_PLACE, BY_AREA = "persons", "unmet-localities", "unmet-areas"


def gives_away(value: int, parts: list) -> bool:
    """Tell whether a number tells too much of its parts, whose sum it cannot exceed.

    A hidden part is known to be at least one: what is left for the hidden ones beyond that would say something. What is
    in the whole and not in a part, or in several of them, is a small number of persons as well.
    """
    shown = [part for part in parts if part != HIDDEN]
    hidden = len(parts) - len(shown)
    overlap = sum(shown) - value
    return (
        0 < value < SMALL
        or value - sum(shown) > hidden
        or any(0 < value - part < SMALL for part in shown)
        or (not hidden and 0 < overlap < SMALL)
    )


def reckoned(year: list[tuple]) -> list[dict]:
    """Return the last month's tables as they may leave.

    `year` holds (first day, tables without small numbers) of each month of the year that is frozen, up to this one.
    """
    quarters: list[dict] = []
    for place, (first, tables) in enumerate(year):
        until_now = year[: place + 1]
        since = next(n for n, (month, _tables) in enumerate(until_now) if month.month > first.month - 3)
        named = {table["name"]: table for table in tables}
        if named.get(QUARTER_PERSONS, {}).get("rows"):
            months = _tables(until_now, PERSONS)
            rows = named[QUARTER_PERSONS]["rows"]
            left = [_persons_row(row, n, months, place + 1 - since, quarters) for n, row in enumerate(rows)]
            named[QUARTER_PERSONS] = named[QUARTER_PERSONS] | {"rows": left}
            quarters.append(named[QUARTER_PERSONS])
    if named.get(QUARTER_GAPS, {}).get("rows"):
        months = year[since:]
        rows = _gap_rows(named[QUARTER_GAPS]["rows"], _tables(months, BY_PLACE), _tables(months, BY_AREA))
        named[QUARTER_GAPS] = named[QUARTER_GAPS] | {"rows": rows}
    return list(named.values())


def _tables(months, name):
    return [table for _first, tables in months for table in tables if table["name"] == name]


def _persons_row(row, place, months, in_quarter, quarters):
    words, of_quarter, of_year = row
    parts = [table["rows"][place][1] for table in months]
    whole = [of_quarter, *(cell for table in quarters for cell in table["rows"][place][1:])]
    if of_quarter == HIDDEN or gives_away(of_quarter, parts[-in_quarter:]):
        return [words, HIDDEN, HIDDEN]
    if HIDDEN in (of_year, *parts, *whole) or gives_away(of_year, parts):
        return [words, of_quarter, HIDDEN]
    differs = any(0 < of_year - one < SMALL for one in whole)
    return [words, of_quarter, HIDDEN if differs else of_year]


def _gap_rows(rows, by_place, by_area):
    """Leave nothing of a place or an area whose months would be told by what is shown."""
    cells = [row[1:] for row in rows]
    for row, numbers in zip(rows, cells, strict=True):
        if _tells(numbers, [_of_place(table["rows"], row[0]) for table in by_place]):
            numbers[:] = [HIDDEN] * len(numbers)
    for column, area in enumerate((*AREAS, None)):
        if _tells([numbers[column] for numbers in cells], [_of_area(table["rows"], area) for table in by_area]):
            for numbers in cells:
                numbers[column] = HIDDEN
    return [[row[0], *numbers] for row, numbers in zip(rows, cells, strict=True)]


def _tells(cells, months):
    known = sum(cell for cell in cells if cell != HIDDEN)
    shown = [month for month in months if month != HIDDEN]
    return known > 0 and known - sum(shown) > len(months) - len(shown)


# A month that left the house without its rows is hidden; a row that is missing among others counts nothing.
def _of_place(rows, name):
    return next((row[1] for row in rows if row[0] == name), 0) if rows else HIDDEN


def _of_area(rows, number):
    if not rows:
        return HIDDEN
    if number is None:
        return rows[-2][1]  # in own words: before the sum
    return next((row[1] for row in rows if row[0].startswith(f"{number}. ")), 0)
