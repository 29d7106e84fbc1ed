"""What a row of a worklist shows: the same cells on the screen and in the file."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db.models import F, OuterRef, Subquery
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from coordination.models import IncomingReferral, Plan, PlanNote, Referral
from coordination.presentation import held
from coordination.workflow import DESTRUCTION, INCOMING, PLAN, REFERRAL
from cus_portal.workflow import STATE_KINDS
from residents.models import RequestItem
from residents.workflow import ITEM, REQUEST


@dataclass(frozen=True)
class Cell:
    """A value as the file has it; on the screen it may be a link, a tag, a day."""

    value: str | int | date | None
    url: str = ""
    links: tuple[tuple[str, str], ...] = ()  # words and address of each, where the value names several
    tag: str = ""
    tick: str = ""  # with it the row can be ticked: which row, and the version that is seen

    @property
    def is_day(self):
        return isinstance(self.value, date)


@dataclass(frozen=True)
class Table:
    """How the rows of one subject are fetched, ordered and shown."""

    header: tuple
    cells: Callable
    joined: Callable

    def labelled(self, row, on):
        """Return the cells with the names of their columns."""
        return list(zip(self.header, self.cells(row, on), strict=True))


def short_name(person):
    """Krystyna W.: enough for whoever knows the case, little for whoever looks over the shoulder."""
    return f"{person.first_name} {person.last_name[:1]}.".strip(" .") + ("." if person.last_name else "")


def lateness(day, on) -> Cell:
    """Return how late, or until when: in days, or as the day."""
    if day is None:
        return Cell(None)
    if day < on:
        days = (on - day).days
        return Cell(ngettext("%(n)d day late", "%(n)d days late", days) % {"n": days}, tag="late")
    return Cell(day)


def referral_state(referral) -> Cell:
    """Return the state with what matters most beside it."""
    words = referral.get_status_display()
    if referral.status == Referral.Status.SENT and referral.opened_at is None:
        words = _("sent, not opened")
    elif referral.status == Referral.Status.ACCEPTED and referral.first_contact_on is None:
        words = _("accepted, no contact yet")
    elif referral.status == Referral.Status.INFO_REQUESTED:
        words = _("to complete: we")
    elif referral.status == Referral.Status.ON_HOLD:
        words = held(referral)
    if why := referral.reason_of_state():
        words = _("%(state)s, %(why)s") % {"state": words, "why": why}
    if referral.priority == Referral.Priority.URGENT:
        words = _("urgent, %(state)s") % {"state": words}
    kind = "warn" if referral.status in Referral.PAUSED else STATE_KINDS[REFERRAL.waiting_for[referral.status]]
    return Cell(words, tag=kind)


def due_of_referral(referral, on) -> Cell:
    """Return what is due. Whoever waits for a place is never late: from that day on the person is asked again."""
    asked_again_on = referral.respond_by if referral.status == Referral.Status.WAITLISTED else None
    if asked_again_on and asked_again_on <= on:
        return Cell(_("ask: is the place still wanted?"), tag="mine")
    return lateness(referral.respond_by, on)


PREPARED = Plan.objects.in_preparation().filter(case=OuterRef("pk")).order_by()  # a case prepares one at most
NOTES = PlanNote.objects.filter(plan=OuterRef("pk")).order_by("-on", "-pk")

# What referral_cells reads: the texts of a referral and of its service stay where they are.
REFERRAL_COLUMNS = (
    *("number", "version", "kind", "status", "priority", "opened_at", "first_contact_on", "respond_by", "area"),
    *("accept_reason", "reject_reason", "fail_reason", "hold_cause"),
    "acknowledged_at",  # with it a row is no more acknowledged
    *("case__resident__first_name", "case__resident__last_name"),
    *("case__coordinator__first_name", "case__coordinator__last_name"),
    *("receiver__short_name", "service__plain_name"),
)


def referral_cells(referral, on):
    return [
        Cell(referral.number, url=referral.get_absolute_url()),
        Cell(short_name(referral.case.resident)),
        Cell(referral.receiver.short_name),
        Cell(str(referral.service or referral.area or referral.get_kind_display())),
        referral_state(referral),
        Cell(referral.case.coordinator.get_full_name()),
        due_of_referral(referral, on),
    ]


def incoming_cells(row, on):
    """Return what the desk's own list shows, and nothing of the person."""
    words = row.get_status_display()
    if row.priority == Referral.Priority.URGENT:
        words = _("urgent, %(state)s") % {"state": words}
    return [
        Cell(row.number, url=row.get_absolute_url()),
        Cell(row.sender.short_name if row.sender_id else row.sender_name),
        Cell(row.get_kind_display()),
        Cell(words, tag=STATE_KINDS[INCOMING.waiting_for[row.status]]),
        Cell(row.assigned_to.get_full_name() if row.assigned_to_id else _("nobody yet")),
        Cell(None) if row.status == IncomingReferral.Status.WAITLISTED else lateness(row.respond_by, on),
    ]


def case_cells(case, on):
    return [
        Cell(case.case_sign, url=case.get_absolute_url()),
        Cell(short_name(case.resident)),
        Cell(case.opened_on),
        plan_of_case(case),
        Cell(case.coordinator.get_full_name()),
        Cell(None) if case.plan_approved_on else lateness(case.plan_due_moved_on, on),
    ]


def not_begun_cells(case, on):
    needs = ((one["name"], reverse("admin:residents_requestitem_change", args=[one["pk"]])) for one in case.named)
    return case_with(case, on, tuple(needs))


def consent_cells(case, on):
    consents = (
        (
            f"{one['name']}, {date_format(date.fromisoformat(one['day']), 'j E Y')}",
            reverse("admin:residents_consent_change", args=[one["pk"]]),
        )
        for one in case.named
    )
    return case_with(case, on, tuple(consents))


def case_with(case, on, links):
    """Return the cells of a case that is in a list by something else than its plan, and by what."""
    sign, person, opened, _plan, coordinator, _due = case_cells(case, on)
    return [sign, person, Cell(", ".join(words for words, _url in links), links=links), opened, coordinator]


def plan_of_case(case) -> Cell:
    """Return how far the plan is that the case prepares, and so whose move it is; else whether one was approved."""
    if state := case.plan_in_preparation:
        return Cell(str(Plan.Status(state).label), tag="wait" if state == Plan.Status.SUBMITTED else "mine")
    if case.plan_approved_on:
        return Cell(str(Plan.Status.APPROVED.label), tag="plain")
    return Cell(pgettext("plan", "not begun"), tag="mine")


def plan_cells(plan, on):
    return [
        Cell(plan.case.case_sign, url=plan.get_absolute_url()),
        Cell(short_name(plan.case.resident)),
        Cell(plan.starts_on),
        Cell(plan.get_status_display(), tag=STATE_KINDS[PLAN.waiting_for[plan.status]]),
        Cell(plan.case.coordinator.get_full_name()),
        lateness(plan.in_force_until or plan.ends_on, on),
    ]


def note_cells(plan, on):
    *shown, _ends = plan_cells(plan, on)
    return [*shown, Cell(plan.noted_on), lateness(plan.note_due_on, on)]


def request_cells(request, on):
    return [
        Cell(request.reference, url=request.get_absolute_url()),
        Cell(request.received_on),
        Cell(request.get_channel_display()),
        Cell(request.get_status_display(), tag=STATE_KINDS[REQUEST.waiting_for[request.status]]),
        Cell(request.assigned_to.get_full_name() if request.assigned_to else _("nobody yet")),
        lateness(request.due_on, on),
    ]


def unmet_cells(line, on):
    return [
        Cell(line.opened_on, url=line.get_absolute_url()),
        Cell(str(line.locality or _("not given"))),
        Cell(str(line.area.short_name if line.area_id else _("not said yet"))),
        Cell(str(line.service or _("in own words"))),
        Cell(line.get_reason_display()),
    ]


def waiting_cells(need, on):
    place = getattr(need, "queue_place", None)  # of the row in which the need waits now, whatever row it came by
    queue = place and reverse("admin:residents_requestitem_queue", args=[place.basis_id])
    return [
        Cell(need.request.reference, url=reverse("admin:residents_requestitem_change", args=[need.pk])),
        Cell(need.service.plain_name if need.service else _("in own words"), url=queue or ""),
        Cell(need.request.received_on),
        Cell(need.get_status_display(), tag=STATE_KINDS[ITEM.waiting_for[need.status]]),
        Cell(need.request.assigned_to.get_full_name() if need.request.assigned_to else _("nobody yet")),
    ]


def need_cells(need, on):
    return [
        Cell(need.request.reference, url=reverse("admin:residents_requestitem_change", args=[need.pk])),
        Cell(need.service.plain_name if need.service else _("in own words")),
        Cell(need.request.received_on),
        Cell(need.get_status_display(), tag=STATE_KINDS[ITEM.waiting_for[need.status]]),
        Cell(need.request.assigned_to.get_full_name() if need.request.assigned_to else _("nobody yet")),
        _due_of_need(need, on),
    ]


def _due_of_need(need, on):
    """Return the next day that counts for the need: of its appeal, of its offer, else of the answer to the request."""
    appeal = getattr(getattr(need, "refusal", None), "appeal", None)
    if appeal and not appeal.result:
        return Cell(None) if appeal.forwarded_on else lateness(appeal.forward_by, on)
    if need.status == RequestItem.Status.OFFERED:
        return lateness(need.queue_place.offered_until, on)
    runs = need.answer_is_due and not need.clock_stands
    return lateness(need.due_on, on) if runs else Cell(None)


def destruction_cells(one, on):
    return [
        Cell(one.number, url=one.get_absolute_url()),
        Cell(one.drawn_up_on),
        Cell(one.get_status_display(), tag=STATE_KINDS[DESTRUCTION.waiting_for[one.status]]),
        Cell(one.archive_sign),
        Cell(one.object_until),
    ]


TABLES = {
    "referral": Table(
        (
            gettext_lazy("No."),
            gettext_lazy("Person"),
            gettext_lazy("Institution"),
            gettext_lazy("Matter"),
            gettext_lazy("State"),
            gettext_lazy("Coordinator"),
            gettext_lazy("Due"),
        ),
        referral_cells,
        # "urgent" sorts behind "routine".
        lambda rows: (
            rows.select_related("case__resident", "case__coordinator", "receiver", "service", "area")
            .only(*REFERRAL_COLUMNS)
            .order_by("-priority", F("respond_by").asc(nulls_last=True), "pk")
        ),
    ),
    "incoming": Table(
        (
            gettext_lazy("No."),
            gettext_lazy("From"),
            gettext_lazy("Kind"),
            gettext_lazy("State"),
            gettext_lazy("Taken up by"),
            gettext_lazy("Due"),
        ),
        incoming_cells,
        lambda rows: rows.select_related("sender", "assigned_to").order_by("-priority", "respond_by", "pk"),
    ),
    "case": Table(
        (
            gettext_lazy("Case sign"),
            gettext_lazy("Person"),
            gettext_lazy("Opened"),
            gettext_lazy("Plan"),
            gettext_lazy("Coordinator"),
            gettext_lazy("Plan due"),
        ),
        case_cells,
        lambda rows: (
            rows.select_related("resident", "coordinator")
            .defer("resident__pesel")
            .annotate(plan_in_preparation=Subquery(PREPARED.values("status")[:1]))
            .order_by("plan_due_on", "pk")
        ),
    ),
    "plan": Table(
        (
            gettext_lazy("Case sign"),
            gettext_lazy("Person"),
            gettext_lazy("Begins"),
            gettext_lazy("State"),
            gettext_lazy("Coordinator"),
            gettext_lazy("Ends"),
        ),
        plan_cells,
        lambda rows: (
            rows.select_related("case__resident", "case__coordinator")
            .defer("case__resident__pesel")
            .order_by(F("in_force_until").asc(nulls_last=True), "pk")
        ),
    ),
    "request": Table(
        (
            gettext_lazy("No."),
            gettext_lazy("Received"),
            gettext_lazy("Channel"),
            gettext_lazy("State"),
            gettext_lazy("Taken up by"),
            gettext_lazy("Answer due"),
        ),
        request_cells,
        lambda rows: rows.select_related("assigned_to").defer("access_code").order_by("due_on", "pk"),
    ),
    "unmet": Table(
        (
            gettext_lazy("Since"),
            gettext_lazy("Town or village"),
            gettext_lazy("Area"),
            gettext_lazy("Service"),
            gettext_lazy("Reason"),
        ),
        unmet_cells,
        lambda rows: rows.select_related("locality", "area", "service").order_by("opened_on", "pk"),
    ),
    "need": Table(
        (
            gettext_lazy("Request"),
            gettext_lazy("Service"),
            gettext_lazy("Received"),
            gettext_lazy("State"),
            gettext_lazy("Taken up by"),
            gettext_lazy("Due"),
        ),
        need_cells,
        lambda rows: (
            rows.with_clock()
            .select_related("request__assigned_to", "service", "refusal__appeal", "queue_place", "programme_service")
            .defer("request__access_code")
            .order_by("pk")
        ),
    ),
    "queue": Table(
        (
            gettext_lazy("Request"),
            gettext_lazy("Service"),
            gettext_lazy("Received"),
            gettext_lazy("State"),
            gettext_lazy("Taken up by"),
        ),
        waiting_cells,
        lambda rows: (
            rows.select_related("request__assigned_to", "service", "queue_place", "programme_service")
            .defer("request__access_code")
            .order_by("pk")
        ),
    ),
    "destruction": Table(
        (
            gettext_lazy("No."),
            gettext_lazy("Drawn up"),
            gettext_lazy("State"),
            gettext_lazy("Consent of the State Archive"),
            gettext_lazy("Lines may be taken off until"),
        ),
        destruction_cells,
        lambda rows: rows.order_by("pk"),
    ),
}


def cases_and(what) -> tuple:
    """Return the header of a list of cases that says by what each is in it."""
    sign, person, opened, _plan, coordinator, _due = TABLES["case"].header
    return sign, person, what, opened, coordinator


# What a list shows otherwise than the others of its subject: what it is about, and what comes first by it.
OWN_TABLES = {
    "not-begun": Table(cases_and(gettext_lazy("Need")), not_begun_cells, TABLES["case"].joined),
    "consents-ending": Table(cases_and(gettext_lazy("Consent and its last day")), consent_cells, TABLES["case"].joined),
    "consents-withdrawn": Table(cases_and(gettext_lazy("Consent, withdrawn on")), consent_cells, TABLES["case"].joined),
    "plans-without-note": Table(
        (*TABLES["plan"].header[:-1], gettext_lazy("Last note"), gettext_lazy("Note due")),
        note_cells,
        lambda rows: (
            rows.select_related("case__resident", "case__coordinator")
            .defer("case__resident__pesel")
            .annotate(noted_on=Subquery(NOTES.values("on")[:1]))
            .order_by("note_due_on", "pk")
        ),
    ),
}


def table_of(worklist) -> Table:
    return OWN_TABLES.get(worklist.name) or TABLES[worklist.subject]
