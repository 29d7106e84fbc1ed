"""The centre's indicators beside those of other municipalities, for the steering team and the house."""

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from coordination import smup
from coordination.models import ReportSnapshot
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record_export
from cus_portal.exports import XLSX_TYPE, file_response, workbook_bytes

FIRST_YEAR = 2019  # of the Act


@require_safe
def smup_year(request, year):
    table, others, problem = _table(request, year)
    years = [other for other in (year - 1, year + 1) if FIRST_YEAR <= other <= timezone.localdate().year]
    context = {"year": year, "years": years, "tables": [table], "has_references": bool(others), "problem": problem}
    return render(
        request,
        "coordination/smup_year.html",
        context | {"file": smup.FILE, "list_url": reverse("coordination:reports")},
    )


@require_safe
def smup_year_xlsx(request, year):
    table, _others, _problem = _table(request, year)
    record_export(ReportSnapshot, by=request.user, screen=f"smup-{year}", rows=len(table["rows"]), reason="")
    sheet = (table["title"], table["head"], table["rows"], [table["note"]])
    return file_response(workbook_bytes([sheet]), f"smup-{year}.xlsx", XLSX_TYPE)


def _table(request, year):
    require(request.user, "coordination.view_report")
    if not FIRST_YEAR <= year <= timezone.localdate().year:
        raise Http404
    others, problem = [], ""
    try:
        others = smup.references()
    except ValueError as error:
        problem = str(error)
    return smup.table(year, request.user, others), others, problem
