"""The first room of each role, the dashboard, and the lists behind its numbers."""

from dataclasses import replace

from django.contrib.admin import site
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination import board, page_files, worklists
from coordination import gaps as lacking
from coordination import resources as found
from coordination import signing as names
from coordination.columns import TABLES, table_of
from coordination.filters import filters_for
from coordination.models import Referral
from coordination.views.saved import save_bar
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record_export
from cus_portal.bulk import BulkMoves
from cus_portal.exported import MOST_ROWS
from cus_portal.exports import ExportForm, chosen_in, list_response
from cus_portal.paging import MARK, capped_count, slice_of
from cus_portal.planned import kept_planned
from residents.models import RequestItem, UnmetNeed

PER_PAGE = 50
# The first room whose door opens: the right it asks for, and where it is.
ROOMS = (
    ("coordination.view_dashboard", "coordination:dashboard"),
    ("residents.add_servicerequest", "admin:residents_servicerequest_changelist"),
    ("coordination.view_inbox", "coordination:inbox"),
    ("coordination.view_visits", "coordination:visits"),
    ("coordination.view_report", "coordination:reports"),
    ("audit.view_auditevent", "admin:audit_auditevent_changelist"),
    ("services.revise_service", "admin:services_service_changelist"),
    ("accounts.view_user", "admin:index"),
)


@require_safe
def start(request):
    """Lead whoever signed in to the room where his day begins."""
    name = next((name for permission, name in ROOMS if request.user.has_perm(permission)), "services:home")
    return redirect(name)


@require_http_methods(["GET", "HEAD", "POST"])
def dashboard(request):
    """Show the board; on POST, whose statements say who acts and so cannot stay planned, hand it over as a file."""
    return board_of(request) if request.method == "POST" else kept_planned()(board_of)(request)


def board_of(request):
    require(request.user, "coordination.view_dashboard")
    today = timezone.localdate()
    rows, filters = board.live_and_filters(request.user, request.GET, today)
    narrowed = filters["referral"]
    institutions = board.rows_by("receiver", "institution", rows, narrowed, shown=board.INSTITUTIONS_SHOWN)
    opened = worklists.open_to(request.user)
    rooms, opened = board.rooms(request.user, opened), [one for one in opened if not one.beside]
    counted = board.counts(opened, rows, filters, sorted(row.key for row in institutions), today)
    speeds = board.speeds(counted)
    refused = board.reasons(rows, institutions, narrowed)
    tiles, overdue_parts = board.tiles(request.user, filters, opened, counted)
    return shown_or_saved(
        request,
        "dashboard",
        {
            "today": today,
            "filter": narrowed,
            "tiles": tiles,
            "rooms": rooms,
            "queues": board.queues(request.user, filters["queue"], counted.get("queues", 0)),
            "standing_in": board.standing_in(request.user, today),
            "overdue": board.overdue_rows(rows, narrowed, today),
            "overdue_parts": overdue_parts,
            "overdue_header": TABLES["referral"].header,
            "overdue_url": narrowed.link(board.list_url("overdue")),
            "institutions": [(row, speeds.get(row.key)) for row in institutions],
            "institutions_left": len({row["receiver"] for row in rows}) - len(institutions),
            "institution_matrix": board.matrix(institutions),
            "reason_matrix": refused,
            "sums": board.sums(rows, counted, refused),
            "reasons_of_year": board.reasons_of_year(counted, institutions),
            "area_matrix": board.matrix(board.rows_by("area", "area", rows, narrowed)),
            "loads": board.loads(rows, filters, counted),
            "care_teams": board.care_teams(narrowed),
            "chart": board.chart(institutions),
            **save_bar(request.user, narrowed),
        },
        (_("Dashboard"), page_files.of_dashboard, Referral),
    )


def shown_or_saved(request, name, context, saved):
    """Show a page of tables; on POST hand them over as a file, out of what the page is drawn from.

    `saved` says what the file is called, what makes its tables of the context, and of which objects they tell.
    """
    form = ExportForm(request.POST or None)
    if not form.is_valid():
        return render(request, f"coordination/{name}.html", context | {"export_form": form})
    title, tables_of, model = saved
    tables, today = tables_of(context), timezone.localdate()
    rows = sum(len(one["rows"]) for one in tables)
    record_export(model, by=request.user, screen=name, rows=rows, reason=form.cleaned_data["reason"])
    facts = [(_("As of"), f"{today:%d.%m.%Y}"), *(chosen_in(context["filter"].form) if "filter" in context else ())]
    return page_files.response(form.cleaned_data["file_format"], f"{name}-{today:%Y-%m-%d}", title, facts, tables)


@require_http_methods(["GET", "HEAD", "POST"])
def worklist(request, name):
    """Show a list; on POST hand it over as a file, with the reason in the audit."""
    today = timezone.localdate()
    chosen = worklists.WORKLISTS.get(name)
    require(request.user, "coordination.view_dashboard")
    if chosen is None or not request.user.has_perm(chosen.permission):
        raise Http404
    chosen = chosen.seen_by(request.user)
    narrowed = filters_for(request.user, request.GET, chosen.subject)[chosen.subject]
    table = table_of(chosen)
    form = ExportForm(request.POST or None)
    if form.is_valid():
        leaving = worklists.WORKLISTS[name] if chosen.by_secrets else chosen
        rows = table.joined(leaving.of(narrowed.qs, today))
        return export(request, chosen, table, rows, form.cleaned_data, today, chosen_in(narrowed.form))
    rows = table.joined(chosen.of(narrowed.qs, today))
    part = slice_of(rows, request.GET.get(MARK), per_page=PER_PAGE)
    bulk_moves, labelled = with_ticks(request, table, list(part.rows), today)
    return render(
        request,
        "coordination/worklist.html",
        {
            "worklist": chosen,
            "filter": narrowed,
            "header": table.header,
            "rows": labelled,
            "bulk_moves": bulk_moves,
            "here": request.get_full_path(),
            "is_narrowed": narrowed.link("") != "",
            "whole_url": request.path,
            "part": part,
            "count": capped_count(rows),
            "export_form": form,
            "dashboard_url": reverse("coordination:dashboard"),
            **save_bar(request.user, narrowed, name),
        },
    )


def with_ticks(request, table, rows, today):
    """Return what the office offers to do with many such rows at once, and the rows, with ticks where it does."""
    labelled = [table.labelled(row, today) for row in rows]
    room = site.get_model_admin(type(rows[0])) if rows and site.has_permission(request) else None
    moves = room.bulk_bar(request, rows) if isinstance(room, BulkMoves) else []
    if moves:
        offered = room.offered_in_bulk(request)
        for row, cells in zip(rows, labelled, strict=True):
            if room.begins_in(row, offered):
                name, first = cells[0]
                cells[0] = (name, replace(first, tick=room.seen_key(row)))
    return moves, labelled


@require_http_methods(["GET", "HEAD", "POST"])
def resources(request):
    """Show places, queues and hours by provider, or save them; to who settles, contracts and open needs too."""
    require(request.user, board.VIEW_RESOURCES)
    today = timezone.localdate()
    context = {"places": found.places(today), "months": found.done_by_provider(today), "year": today.year}
    if request.user.has_perm("coordination.view_settlement"):
        context |= {
            "whole": True,
            "waiting": found.needs_waiting(request.user),
            "contracts": found.contracts_in_use(request.user, today),
            "lacking": found.lacking_by_place(request.user),
        }
    return shown_or_saved(
        request, "resources", context, (_("Resources and needs"), page_files.of_resources, RequestItem)
    )


@require_http_methods(["GET", "HEAD", "POST"])
def gaps(request):
    """Show what people need and nobody here gives, by area and by town or village, or save it as a file."""
    require(request.user, "residents.view_unmetneed")
    today = timezone.localdate()
    narrowed = filters_for(request.user, request.GET, "unmet")["unmet"]
    table = lacking.table(narrowed, today)
    context = {
        "filter": narrowed,
        "table": table,
        "chart": lacking.chart(table),
        "url": lacking.address(narrowed),
        "dashboard_url": reverse("coordination:dashboard"),
    }
    return shown_or_saved(request, "gaps", context, (_("Needs with no partner"), page_files.of_gaps, UnmetNeed))


@require_safe
def signing(request):
    """Show whoever approves what waits for the name, and what is at risk."""
    require(request.user, "coordination.approve_plan")
    today = timezone.localdate()
    to_sign, at_risk = names.waiting_and_at_risk(request.user, today)
    context = {
        "to_sign": to_sign,
        "at_risk": at_risk,
        "complaints": names.complaints(request.user, today),
        "contracts": names.contracts_to_watch(request.user, today),
        "dashboard_url": reverse("coordination:dashboard"),
    }
    return render(request, "coordination/signing.html", context)


def export(request, chosen, table, rows, answers, today, narrowed_by):
    """Hand the rows over as a file, a protected referral to nobody; the audit knows who, what, how many and why.

    Of a very long list it has the first rows, and says so.
    """
    if chosen.subject in ("referral", "incoming"):
        rows = rows.without_secrets()
    first = rows[:MOST_ROWS].iterator(chunk_size=2000)
    lines = [[cell.value for cell in table.cells(row, today)] for row in first]
    record_export(rows.model, by=request.user, screen=chosen.name, rows=len(lines), reason=answers["reason"])
    header = [str(label) for label in table.header]
    name, notes = f"{chosen.name}-{today:%Y-%m-%d}", [(_("As of"), f"{today:%d.%m.%Y}"), *narrowed_by]
    if len(lines) == MOST_ROWS:
        notes.append((_("Rows"), _("the first %(n)d of the list") % {"n": MOST_ROWS}))
    return list_response(answers["file_format"], name, capfirst(chosen.label), header, lines, notes=notes)
