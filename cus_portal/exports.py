"""Rows to CSV, XLSX and PDF. A cell that a spreadsheet would take for a formula is made text."""

import csv
import io
import re
from datetime import date
from itertools import chain, islice, zip_longest

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from cus_portal.documents import render_pdf
from cus_portal.forms import FilterForm

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHEET_NAME = 31
NARROWEST, WIDEST = 12, 48
MOST_ON_PAPER = 500
MEASURED = 200  # rows that decide how wide the columns are; the rest of a long list is not waited for
FORBIDDEN_IN_SHEET_NAMES = re.compile(r"\s*[\\*?:/\[\]]+\s*")


def guarded(value):
    """Return the value, text behind an apostrophe where a spreadsheet would run it."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


def csv_text(header, rows):
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";")  # what a Polish Excel expects
    writer.writerow([guarded(str(cell)) for cell in header])
    for row in rows:
        writer.writerow([guarded(cell) for cell in row])
    return buffer.getvalue()


def csv_response(name, header, rows):
    response = HttpResponse("\ufeff" + csv_text(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def xlsx_bytes(title, header, rows, *, notes=()):
    """Return a workbook of one sheet: notes on top, a bold header, then the rows."""
    return workbook_bytes([(title, header, rows, notes)])


def sheet_name(title):
    """Return the title as a sheet may be called: 31 characters, cut between words, some of them not allowed."""
    title = FORBIDDEN_IN_SHEET_NAMES.sub(" ", title).strip()
    return title if len(title) <= SHEET_NAME else title[: SHEET_NAME + 1].rpartition(" ")[0] or title[:SHEET_NAME]


def workbook_bytes(sheets):
    """Return a workbook of several sheets, each of (title, header, rows, notes)."""
    from openpyxl import Workbook  # 7 MB that only those who export pay for
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    for title, header, rows, notes in sheets:
        sheet = book.create_sheet(sheet_name(title))
        rows = iter(rows)
        first = list(islice(rows, MEASURED))
        for position, width in enumerate(widths([header, *first]), start=1):
            sheet.column_dimensions[get_column_letter(position)].width = width
        sheet.freeze_panes = f"A{len(notes) + 2}"
        for note in notes:
            sheet.append([guarded(str(note))])
        sheet.append([_bold(sheet, guarded(str(label))) for label in header])
        for row in chain(first, rows):
            sheet.append([guarded(cell) for cell in row])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def widths(rows):
    """Return how wide each column has to be for its longest cell, within reason."""
    found = []
    for row in rows:
        needed = [len(str(cell)) + 4 for cell in row]
        found = [max(pair) for pair in zip_longest(found, needed, fillvalue=0)]
    return [max(NARROWEST, min(WIDEST, width)) for width in found]


def _bold(sheet, value):
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    cell = WriteOnlyCell(sheet, value=value)
    cell.font = Font(bold=True)
    return cell


def chosen_in(form):
    """Return (label, words) of what a form of filters was narrowed by, for the notes above a file."""
    chosen = []
    for bound in form:
        value = form.data.get(bound.name)
        if value and not bound.errors:
            words = dict(getattr(bound.field, "choices", ())).get(value, value)
            chosen.append((str(bound.label), str(words)))
    return chosen


def list_response(file_format, name, title, header, rows, *, notes=()):
    """Return a list as the file that was asked for; `notes` are pairs of words that stand above it."""
    title = str(title)
    if file_format == "csv":
        return csv_response(name, header, rows)
    if file_format == "pdf":
        return file_response(pdf_bytes(title, header, rows, notes=notes), f"{name}.pdf", "application/pdf")
    above = [f"{term}: {value}" for term, value in notes]
    return file_response(xlsx_bytes(title, header, rows, notes=above), f"{name}.xlsx", XLSX_TYPE)


def pdf_bytes(title, header, rows, *, notes=()):
    """Return the list on paper: the first rows of a long one, which says so."""
    number = str(len(rows))
    if len(rows) > MOST_ON_PAPER:
        number = _("the first %(most)d of %(number)d; save a spreadsheet to have them all") % {
            "most": MOST_ON_PAPER,
            "number": len(rows),
        }
    cells = [[written(cell) for cell in row] for row in rows[:MOST_ON_PAPER]]
    lengths = [max(map(len, column)) for column in zip(*cells, strict=True)] or [0]
    return render_pdf(
        "list",
        {
            "title": title,
            "lang": get_language(),
            "centre": settings.CENTRE,
            "facts": [*notes, (_("Rows"), number)],
            "facts_header": [_("What"), _("Value")],
            "columns": header,
            "rows": cells,
            "widest": lengths.index(max(lengths)),
        },
    )


def written(cell):
    if cell is None or cell == "":
        return "–"
    return f"{cell:%d.%m.%Y}" if isinstance(cell, date) else str(cell)


def file_response(content, name, content_type):
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


class ExportForm(FilterForm):
    """Why a list with people in it leaves the portal, and as what."""

    FORMATS = (
        ("xlsx", gettext_lazy("XLSX (spreadsheet)")),
        ("csv", gettext_lazy("CSV (text)")),
        ("pdf", gettext_lazy("PDF (on paper, 500 rows at most)")),
    )

    reason = forms.CharField(
        label=gettext_lazy("What is the file for?"),
        help_text=gettext_lazy("Kept in the audit with your name."),
        min_length=5,
        max_length=200,
    )
    file_format = forms.ChoiceField(label=gettext_lazy("Format"), choices=FORMATS)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="id_file_%s", **kwargs)  # the filters above have a reason too
