"""What may leave the house of a table: no number from one to four, and none from which one could be reckoned.

Whoever reads may know the sum of a column from another table, and how this works. In a column with a small number the
next larger number goes too, with each that equals it: then nobody can tell which of the hidden ones was the small one.
He may hold earlier editions of the table too: a number that differs from theirs by one to four is as small as these.
"""

from collections.abc import Collection, Sequence

SMALL = 5
HIDDEN = "#"  # the sign of Polish statistics for what may not be published
COUNT, FIGURE = "count", "figure"  # a figure follows from counts: a median, a share
CELL = "cell"  # of a table whose noughts are hidden like its small numbers, and which has no sums


def suppress(table: dict, earlier: Sequence[dict] = ()) -> dict:
    """Return the table as it may leave beside its earlier editions; sums over hidden counts and figures go too."""
    kinds = [kind for _label, kind in table["columns"]]
    body = table["rows"][:-1] if table["has_total"] else table["rows"]
    hidden = {
        (row, column)
        for column, kind in enumerate(kinds)
        if kind == COUNT
        for row in hidden_rows(_column(body, column), changed=_changed(table, column, earlier))
    }
    hidden |= {
        (row, column)
        for column, kind in enumerate(kinds)
        if kind == CELL
        for changed in [_changed(table, column, earlier)]
        for row, cells in enumerate(body)
        if cells[column] < SMALL or row in changed
    }
    rows_hit = {row for row, _column in hidden}
    hidden |= {(row, column) for row in rows_hit for column, kind in enumerate(kinds) if kind == FIGURE}
    if table["has_whole"]:
        hidden |= {(row, 1) for row in rows_hit}
    if table["has_total"]:
        hidden |= {(len(body), column) for _row, column in hidden}
        if any(kind == COUNT and says_itself(_column(body, column)) for column, kind in enumerate(kinds)):
            return table | {"rows": []}
    rows = [
        [HIDDEN if (row, column) in hidden else cell for column, cell in enumerate(cells)]
        for row, cells in enumerate(table["rows"])
    ]
    return table | {"rows": rows}


def _column(body, column):
    return [cells[column] for cells in body]


def _changed(table, column, earlier) -> set[int]:
    """Return the rows whose number differs a little from that of an earlier edition.

    A row is known there by its names and the column by its words: an earlier definition may have had others.
    """
    found = set()
    for edition in earlier:
        if table["columns"][column] not in edition["columns"]:
            continue
        place = edition["columns"].index(table["columns"][column])
        before = {_names(edition, cells): cells[place] for cells in edition["rows"]}
        for row, cells in enumerate(table["rows"]):
            if 0 < abs((cells[column] or 0) - (before.get(_names(table, cells)) or 0)) < SMALL:
                found.add(row)
    return found


def _names(table, cells) -> tuple:
    return tuple(cell for cell, (_label, kind) in zip(cells, table["columns"], strict=True) if kind == "")


def hidden_rows(values: list[int], *, changed: Collection[int] = ()) -> set[int]:
    """Return which numbers of a column go: the small ones, and the next larger with its equals, or else the noughts."""
    small = {row for row, value in enumerate(values) if 0 < value < SMALL or row in changed}
    if not small:
        return set()
    others = [value for row, value in enumerate(values) if row not in small and value >= SMALL]
    companion = min(others, default=0)
    return small | {row for row, value in enumerate(values) if value == companion}


def says_itself(values: list[int]) -> bool:
    """Tell whether nothing but ones stands there: with a known sum each row would give itself away by its name."""
    return len(values) > 1 and set(values) == {1}
