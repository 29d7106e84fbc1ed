"""The tables of a page as a file: CSV below each other, XLSX a sheet each, PDF on paper.

They are made of what the page itself is drawn from, so that no number can differ and none is there that is not shown.
"""

from decimal import ROUND_HALF_UP, Decimal
from itertools import chain

from django.utils.formats import localize
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from coordination import report_files
from cus_portal.exports import XLSX_TYPE, csv_response, file_response
from cus_portal.templatetags.portal import day


def table(title, head, rows, *, note="", words=1):
    """Return a table of a file; its first `words` columns are words, the rest are numbers."""
    cells = [[cell if cell is None or isinstance(cell, int | Decimal) else str(cell) for cell in row] for row in rows]
    columns = [(str(label), "") for label in head]
    return {"title": str(title), "columns": columns, "rows": cells, "note": str(note), "words": words}


def response(file_format, name, title, facts, tables):
    if file_format == "csv":
        return csv_response(name, [title], list(chain(facts, *map(_lines, tables))))
    if file_format == "pdf":
        paper = report_files.printed("", title, facts, tables, [], _("Nothing in this time."))
        return file_response(paper, f"{name}.pdf", "application/pdf")
    return file_response(report_files.workbook(title, facts, tables), f"{name}.xlsx", XLSX_TYPE)


def _lines(of):
    """Return a table as lines of a CSV: the comma of the language, for a spreadsheet takes 1.5 for the first of May."""
    rows = [[localize(cell) if isinstance(cell, Decimal) else cell for cell in row] for row in of["rows"]]
    return [
        [],
        [of["title"]],
        *([[of["note"]]] if of["note"] else []),
        [label for label, _kind in of["columns"]],
        *rows,
    ]


def of_dashboard(shown):
    """Return the tables of the dashboard without rows of its lists: these leave from their own pages."""
    chart, place = shown["chart"], _("Institution")
    tables = [_tiles(shown), _queues(shown["queues"]) if shown["queues"] else None]
    if shown["institutions"]:
        moves = [label for _kind, label in chart["series"]]
        moved = [[name, *numbers, sum(numbers)] for name, numbers, _url in chart["rows"]]
        title = _("Live referrals by institution and whose move it is")
        tables += [
            table(title, [place, *moves, _("Together")], moved),
            _speeds(shown),
            *(table(one["title"], one["head"], one["rows"], note=_notes(one)) for one in shown["reasons_of_year"]),
            _matrix(_("Institutions by state"), place, shown["institution_matrix"]),
        ]
        if shown["reason_matrix"]["rows"]:
            title = _("Institutions by why they did not accept, until the loop is closed")
            tables.append(_matrix(title, place, shown["reason_matrix"]))
        tables.append(_matrix(_("Areas by state"), _("Area"), shown["area_matrix"]))
    if shown["loads"]:
        tables.append(_loads(shown["loads"]))
    if shown["care_teams"]:
        rows = [(role, number) for role, _none, number, _url in shown["care_teams"]]
        tables.append(table(_("Care teams: open cases by role"), [_("Role in the care team"), _("open cases")], rows))
    return [one for one in tables if one]


def _tiles(shown):
    rows = [(heading, one.label, one.count) for heading, group in shown["tiles"] for one in group]
    rows += [(_("Overdue"), one.label, one.count) for one in shown["overdue_parts"]]
    return table(_("Today"), [_("Group"), _("What"), _("How many")], rows, words=2)


def _queues(rows):
    numbers = [(name, number) for name, _queue, number, _url in rows]
    return table(_("Queues"), [_("Service and year"), _("Waiting")], numbers)


def _notes(one):
    return " ".join(filter(None, (one["note"], one["folded"])))


def _matrix(title, first, matrix):
    rows = [[name, *(number for number, _url in cells)] for name, cells in matrix["rows"]]
    return table(title, [first, *matrix["states"]], rows)


def _speeds(shown):
    rows = []
    for row, speed in shown["institutions"]:
        said = (speed.median, speed.median_net, speed.p90, speed.accepted) if speed else (None,) * 4
        rows.append((row.name, row.total, *said, speed.usual_reason if speed else ""))
    head = [_("live"), _("median"), _("median without our delay"), _("9 of 10 within"), _("accepted, %")]
    note = [_("Answers of the last twelve months, in days, counted this morning")]
    if shown["institutions_left"]:
        left = _("institutions with fewer live referrals, not shown: %(n)d") % {"n": shown["institutions_left"]}
        note.append(left)
    title = _("How fast institutions answer")
    return table(title, [_("Institution"), *head, _("usual refusal")], rows, note="; ".join(note))


def _loads(loads):
    rows = [(one.name, one.cases[0], one.teams and one.teams[0], one.live[0], one.late[0]) for one in loads]
    head = [_("Worker"), _("leads open cases"), _("on care teams"), _("live referrals"), _("of them late")]
    return table(_("Work in hand"), head, rows)


def of_gaps(shown):
    one, together = shown["table"], _("together")
    rows = [[place, *(cell.count for cell in cells)] for place, cells in one.rows]
    rows.append([together, *(cell.count for cell in one.sums), one.total.count])
    title = _("Needs with no partner by town or village and area")
    return [table(title, [_("Town or village"), *one.areas, together], rows)]


def of_resources(shown):
    """Return the tables that this reader's page has: contracts and needs are not in everybody's."""
    places = [(row.basis.service, row.limit, row.taken, row.free, row.waiting) for row in shown["places"]]
    head = [_("Service"), _("Limit"), _("Taken"), _("Free"), _("Waiting")]
    tables = [table(_("Places and queues"), head, places, words=2)]
    if "whole" in shown:
        tables += [_waiting(shown["waiting"]), _contracts(shown["contracts"])]
    tables += [_done(month, rows) for month, rows in shown["months"]]
    if "whole" in shown:
        lacking = [(place, number) for place, number, _url in shown["lacking"]]
        tables.append(table(_("Unmet needs by town or village"), [_("Town or village"), _("How many")], lacking))
    return tables


def _waiting(rows):
    return table(_("Needs that wait"), [_("What"), _("How many")], [(words, number) for words, number, _url in rows])


def _contracts(uses):
    rows = [
        (
            one.contract.basis.service.plain_name,
            one.contract.agreement.institution.short_name,
            one.used,
            one.percent,
            one.alarm,
            one.left,
            one.spent,
            day(one.contract.valid_to) if one.contract.valid_to else "",
        )
        for one in uses
    ]
    head = [_("Service"), _("Provider"), _("Used"), _("used, %"), _("Warning"), _("Left"), _("Spent"), _("To")]
    return table(_("Contracts"), head, rows, words=len(head))


def _done(month, rows):
    done = [
        (row["provider"], row["persons"], *(_tenths(row[of]) for of in ("hours", "visits", "rides")), row["beyond"])
        for row in rows
    ]
    head = [_("Provider"), _("persons"), _("hours"), _("visits"), _("rides"), _("beyond, not paid")]
    return table(f"{_('What providers have done')}: {capfirst(month)}", head, done)


def _tenths(value):
    """Return the number as floatformat:"-1" writes it on the page."""
    kept = value.quantize(Decimal("0.1"), ROUND_HALF_UP)
    return int(kept) if kept == int(kept) else kept
