"""Frozen reports: the list, one report on screen, as a spreadsheet, as a PDF; and the order of a new edition."""

from datetime import date, timedelta

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from coordination import diagnosis, jobs, report_files
from coordination.board import VIEW_RESOURCES
from coordination.models import ReportSnapshot
from coordination.outside import tables_for
from coordination.packs import Quarter, quarters_for, snapshots_of, tables_of
from coordination.reports import REPORTS, UNMET, UNMET_ENDS, Period, Year, month_name
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record, record_export
from cus_portal.exports import XLSX_TYPE, file_response, workbook_bytes
from cus_portal.forms import PortalForm
from cus_portal.paging import MARK, slice_of
from residents.models import UnmetNeed

PER_PAGE = 24
MONTHS_OFFERED = 13
QUARTERS_OFFERED = 4
FAILURES_SHOWN_FOR = timedelta(days=7)
FIRST_YEAR = 2019  # of the Act


class OrderForm(PortalForm):
    month = forms.ChoiceField(
        label=gettext_lazy("Month"),
        help_text=gettext_lazy("What is frozen stays as it is; a new count becomes the next edition."),
    )

    def __init__(self, *args, on, **kwargs):
        super().__init__(*args, **kwargs)
        months = [Period.of(on)]
        while len(months) < MONTHS_OFFERED:
            months.append(months[-1].previous)
        self.fields["month"].choices = [(f"{month.first:%Y-%m}", str(month)) for month in months]

    def period(self):
        year, month = self.cleaned_data["month"].split("-")
        return Period(date(int(year), int(month), 1))


@require_safe
def reports(request):
    require(request.user, "coordination.view_report")
    now = timezone.now()
    may_order = request.user.has_perm("coordination.make_report")
    snapshots = ReportSnapshot.objects.visible_to(request.user).defer("tables").select_related("made_by")
    return render(
        request,
        "coordination/report_list.html",
        {
            "part": slice_of(snapshots, request.GET.get(MARK), per_page=PER_PAGE),
            "may_order": may_order,
            "quarters": quarters_for(request.user)[:QUARTERS_OFFERED],
            "in_the_house": request.user.works_at_centre(),
            "may_see_resources": request.user.has_perm(VIEW_RESOURCES),
            "year": timezone.localdate(now).year,
            "last_year": timezone.localdate(now).year - 1,
            "form": OrderForm(on=timezone.localdate(now)) if may_order else None,
            "pending": jobs.pending_orders(now=now) if may_order else [],
            "failed": jobs.failed_runs(since=now - FAILURES_SHOWN_FOR) if may_order else [],
        },
    )


@require_POST
def report_order(request):
    require(request.user, "coordination.make_report")
    now = timezone.now()
    form = OrderForm(request.POST, on=timezone.localdate(now))
    if form.is_valid():
        jobs.order_report(form.period(), by=request.user, now=now)
        messages.success(request, _("The report is being counted. It will be on this list in a minute."))
    else:
        messages.error(request, _("Choose a month from the list."))
    return redirect("coordination:reports")


@require_safe
def report_detail(request, pk):
    snapshot, tables = _seen(request, pk)
    return render(
        request,
        "coordination/report_detail.html",
        {
            "snapshot": snapshot,
            "month": month_name(snapshot.period),
            "tables": [table | {"head": [label for label, _kind in table["columns"]]} for table in tables],
            "charts": report_files.drawings(tables),
            "facts": report_files.facts(snapshot),
            "suppressed": not request.user.works_at_centre(),
            "list_url": reverse("coordination:reports"),
        },
    )


@require_safe
def report_xlsx(request, pk):
    snapshot, tables = _seen(request, pk)
    record("report.xlsx", snapshot, by=request.user)
    return file_response(report_files.xlsx(snapshot, tables), _name(snapshot, "xlsx"), XLSX_TYPE)


@require_safe
def report_pdf(request, pk):
    snapshot, tables = _seen(request, pk)
    record("report.pdf", snapshot, by=request.user)
    return file_response(report_files.pdf(snapshot, tables), _name(snapshot, "pdf"), "application/pdf")


@require_safe
def unmet_year(request, year):
    """Show the register of unmet needs of a year in figures, in the house: outside it the months are known already."""
    tables = _unmet_tables(request, year)
    return render(
        request,
        "coordination/unmet_year.html",
        {
            "year": year,
            "years": [other for other in (year - 1, year + 1) if FIRST_YEAR <= other <= timezone.localdate().year],
            "tables": [table | {"head": [label for label, _kind in table["columns"]]} for table in tables],
            "list_url": reverse("coordination:reports"),
        },
    )


@require_safe
def unmet_year_xlsx(request, year):
    tables = _unmet_tables(request, year)
    rows = sum(len(table["rows"]) for table in tables)
    record_export(UnmetNeed, by=request.user, screen=f"unmet-{year}", rows=rows, reason="")
    sheets = [
        (table["title"], [label for label, _kind in table["columns"]], table["rows"], [table["note"]])
        for table in tables
    ]
    return file_response(workbook_bytes(sheets), f"niezaspokojone-{year}.xlsx", XLSX_TYPE)


def _unmet_tables(request, year):
    period, on = _year_in_the_house(request, year), timezone.localdate()
    shown = [UNMET_ENDS, *(REPORTS[name] for name in UNMET)]
    return [report.table(period, on) for report in shown]


def _year_in_the_house(request, year):
    """A year beside its months would give back what is hidden in one of them, so it stays in the house."""
    require(request.user, "coordination.view_report")
    if not request.user.works_at_centre():
        raise PermissionDenied
    if not FIRST_YEAR <= year <= timezone.localdate().year:
        raise Http404
    return Year(date(year, 1, 1))


@require_safe
def diagnosis_year(request, year):
    """Show what the diagnosis of needs begins with."""
    context = {
        "year": year,
        "years": [other for other in (year - 1, year + 1) if FIRST_YEAR <= other <= timezone.localdate().year],
        "tables": diagnosis.tables(_year_in_the_house(request, year)),
        "list_url": reverse("coordination:reports"),
    }
    return render(request, "coordination/diagnosis_year.html", context)


@require_safe
def diagnosis_year_xlsx(request, year):
    tables = diagnosis.tables(_year_in_the_house(request, year))
    rows = sum(len(table["rows"]) for table in tables)
    record_export(UnmetNeed, by=request.user, screen=f"diagnosis-{year}", rows=rows, reason="")
    sheets = [(table["title"], table["head"], table["rows"], [table["note"]]) for table in tables]
    return file_response(workbook_bytes(sheets), f"diagnoza-{year}.xlsx", XLSX_TYPE)


@require_safe
def quarter_xlsx(request, year, number):
    quarter, snapshots, tables = _pack(request, year, number)
    return file_response(report_files.pack_xlsx(quarter, snapshots, tables), f"cus-{year}-{number}.xlsx", XLSX_TYPE)


@require_safe
def quarter_pdf(request, year, number):
    quarter, snapshots, tables = _pack(request, year, number)
    return file_response(
        report_files.pack_pdf(quarter, snapshots, tables), f"cus-{year}-{number}.pdf", "application/pdf"
    )


def _pack(request, year, number):
    require(request.user, "coordination.view_report")
    if not (FIRST_YEAR <= year <= timezone.localdate().year and 1 <= number <= 4):
        raise Http404
    quarter = Quarter(year, number)
    snapshots = snapshots_of(quarter, request.user)
    if not snapshots:
        raise Http404
    tables = tables_of(snapshots, request.user)
    rows = sum(len(table["rows"]) for table in tables)
    record_export(ReportSnapshot, by=request.user, screen=f"quarter-{year}-{number}", rows=rows, reason="")
    return quarter, snapshots, tables


def _seen(request, pk):
    require(request.user, "coordination.view_report")
    snapshots = ReportSnapshot.objects.visible_to(request.user).select_related("made_by")
    snapshot = get_object_or_404(snapshots, pk=pk)
    return snapshot, tables_for(snapshot, request.user)


def _name(snapshot, ending):
    return f"cus-{snapshot.period:%Y-%m}-{snapshot.edition}.{ending}"
