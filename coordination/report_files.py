"""A frozen report as drawings, a spreadsheet and a PDF. What may be seen is decided before it comes here."""

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format, localize
from django.utils.translation import gettext as _

from coordination.reports import Period, month_name
from coordination.suppression import HIDDEN
from cus_portal import charts
from cus_portal.documents import render_pdf
from cus_portal.exports import workbook_bytes

# Which tables are drawn, by which of their columns, in which colour.
DRAWN = {"needs": (1, "mine"), "referrals": (1, "theirs")}


def drawings(tables):
    """Return what the charts draw: (title, rows, series). Hidden cells have no bar, so their rows are left out."""
    drawn = []
    for table in tables:
        if table["name"] in DRAWN:
            column, kind = DRAWN[table["name"]]
            body = table["rows"][:-1] if table["has_total"] else table["rows"]
            rows = [(row[0], [row[column]], "") for row in body if row[column] != HIDDEN]
            if rows:
                drawn.append((table["title"], rows, [(kind, table["columns"][column][0])]))
    return drawn


def facts(snapshot):
    return [
        (_("Month"), month_name(snapshot.period)),
        (_("Edition"), snapshot.edition),
        (_("Counted"), counted(snapshot)),
        (_("Ordered by"), snapshot.made_by.get_full_name() if snapshot.made_by else _("the calendar")),
        (_("Version of the definitions"), snapshot.definition),
    ]


def counted(snapshot):
    """Return when the figures were counted, and that the month was not over then, if so."""
    moment = timezone.localtime(snapshot.as_of)
    words = date_format(moment, "j E Y, H:i")
    if moment.date() <= Period(snapshot.period).last:
        return _("%(moment)s, before the month was over") % {"moment": words}
    return words


def shown(cell):
    return "–" if cell is None else localize(cell)


def title_of(snapshot):
    return _("Report: %(month)s") % {"month": month_name(snapshot.period)}


def xlsx(snapshot, tables) -> bytes:
    return workbook(title_of(snapshot), facts(snapshot), tables)


def workbook(title, facts_of_it, tables) -> bytes:
    """Return a workbook with a sheet for each table; the name of a sheet has no room for a whole title."""
    about = [title, *(f"{term}: {value}" for term, value in facts_of_it)]
    return workbook_bytes(
        (
            table["title"],
            [label for label, _kind in table["columns"]],
            table["rows"],
            [table["title"], *about, table["note"]],
        )
        for table in tables
    )


def pdf(snapshot, tables) -> bytes:
    pictures = [charts.bar_chart(*drawing) for drawing in drawings(tables)]
    return printed(
        _("Monthly report"), title_of(snapshot), facts(snapshot), tables, pictures, _("Nothing in this month.")
    )


def printed(eyebrow, title, facts_of_it, tables, pictures, nothing) -> bytes:
    return render_pdf(
        "report",
        {
            "title": title,
            "eyebrow": eyebrow,
            "centre": settings.CENTRE,
            "facts": facts_of_it,
            "facts_header": [_("What"), _("Value")],
            "nothing": nothing,
            "charts": [
                {"title": picture.title, "svg": charts.svg(picture), "alt": picture.description}
                for picture in pictures
                if picture.has_figures
            ],
            "tables": [
                {
                    "title": table["title"],
                    "note": table["note"],
                    "columns": [label for label, _kind in table["columns"]],
                    "words": table.get("words", 1),
                    "rows": [[shown(cell) for cell in row] for row in table["rows"]],
                }
                for table in tables
            ],
        },
    )


# -- the pack of a quarter ------------------------------------------------------------------------------
def pack_facts(quarter, snapshots):
    """Return of each month of the quarter when it was counted, or that it was not."""
    editions = {one.period: _("edition %(n)d, %(day)s") % {"n": one.edition, "day": counted(one)} for one in snapshots}
    return [
        (month_name(month), editions.get(month, _("not counted yet, not in this pack"))) for month in quarter.months
    ]


def pack_title(quarter):
    return _("Quarterly pack: %(quarter)s") % {"quarter": quarter}


def pack_xlsx(quarter, snapshots, tables) -> bytes:
    return workbook(pack_title(quarter), pack_facts(quarter, snapshots), tables)


def pack_pdf(quarter, snapshots, tables) -> bytes:
    return printed("", pack_title(quarter), pack_facts(quarter, snapshots), tables, [], _("Nothing in this quarter."))
