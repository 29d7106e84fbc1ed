"""The queue of one programme row as it stood at the end of a day, told by the log alone: on a page and on paper."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time

from django.conf import settings
from django.db.models import Avg, Count, DateField, DurationField, Exists, ExpressionWrapper, F, Max, OuterRef, Q, Value
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from cus_portal.documents import render_pdf
from residents.models import GivenPlace, QueueEvent, QueuePlace, RequestItem
from residents.places import period_of
from services.models import ProgrammeService
from services.sheets import ON_PAPER
from services.units import limit_of_one

ROWS_SHOWN = 200  # of a table on a page; paper has them all


@dataclass(frozen=True)
class Table:
    """A table of the report: its words, and rows of text."""

    title: str
    columns: list[str]
    rows: list[list[str]]
    widest: int  # the column that takes the room on paper
    more: str = ""  # how many rows of it only the paper has

    @property
    def labelled(self):
        """Return each row as pairs of column and text: on a phone a row becomes a card."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class RowInUse:
    """How full a programme row is, and how its queue stands."""

    basis: ProgrammeService
    limit: str
    taken: int | None
    free: int | None
    waiting: int
    offered: int
    mean_wait: int | None
    longest_wait: int | None


def rows_in_use(on: date) -> list[RowInUse]:
    """Return the rows of the day that have a limit, and all that have a queue: where most people wait, first."""
    status = RequestItem.Status
    waits, offered = Q(item__status=status.WAITLISTED), Q(item__status=status.OFFERED)
    days = ExpressionWrapper(Value(on, DateField()) - F("received_on"), output_field=DurationField())
    queues = QueuePlace.objects.filter(waits | offered).order_by().values("basis")
    queues = queues.annotate(
        waiting=Count("pk", filter=waits),
        offered=Count("pk", filter=offered),
        mean=Avg(days, filter=waits),
        longest=Max(days, filter=waits),
    )
    found = {queue["basis"]: queue for queue in queues}
    has_queue = Exists(QueuePlace.objects.filter(basis=OuterRef("pk")))
    limited = Q(pk__in=ProgrammeService.objects.in_force(on).exclude(capacity=None).values("pk"))
    rows = ProgrammeService.objects.filter(limited | Q(has_queue)).select_related("service", "programme", "load")
    rows = rows.order_by("service__name_sort", "-valid_from", "pk")
    return sorted((_in_use(row, found.get(row.pk)) for row in rows), key=lambda row: -row.waiting)


def _in_use(basis, queue):
    load = getattr(basis, "load", None)
    taken = free = None
    if basis.capacity is not None and basis.capacity_period != ProgrammeService.CapacityPeriod.START:
        taken = load.taken if load else 0
        free = max(basis.capacity - taken, 0)
    queue = queue or {"waiting": 0, "offered": 0, "mean": None, "longest": None}
    waits = [queue[name].days if queue[name] is not None else None for name in ("mean", "longest")]
    return RowInUse(basis, _limit(basis), taken, free, queue["waiting"], queue["offered"], *waits)


def _limit(basis):
    each = limit_of_one(basis.person_units, basis.person_unit, basis.person_period)
    if basis.capacity is None:
        whole = _("no limit")
    else:
        whole = f"{basis.capacity} ({basis.get_capacity_unit_display()}, {basis.get_capacity_period_display()})"
    return _("%(whole)s; one person %(limit)s") % {"whole": whole, "limit": each} if each else whole


def end_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.max))


def number_of(item: RequestItem) -> str:
    return item.request.reference


def queue_tables(
    basis: ProgrammeService,
    on: date,
    *,
    by,
    named: Callable[[RequestItem], str] = number_of,
    at_most: int | None = None,
) -> list[Table]:
    """Return who waited at the end of the day, and each skip until then. A closed file is there, without its number."""
    moment = end_of(on)
    queue = QueueEvent.objects.queue(basis, moment)
    waiting = list(queue.select_related("item__request")[:at_most])
    passed = QueueEvent.objects.filter(basis=basis, what=QueueEvent.What.SKIPPED, at__lte=moment)
    skips = list(passed.select_related("item__request", "instead__request", "actor").order_by("-pk")[:at_most])
    mentioned = {event.item_id for event in [*waiting, *skips]} | {skip.instead_id for skip in skips}
    seen = set(RequestItem.objects.visible_to(by).filter(pk__in=mentioned).values_list("pk", flat=True))

    def number(item):
        return named(item) if item.pk in seen else _("closed file")

    return [
        Table(
            _("Who waits, in order"),
            [pgettext("in a queue", "Place"), _("Request"), _("Received"), _("Complete"), _("Why here")],
            [
                [
                    str(place),
                    number(event.item),
                    date_format(event.received_on, "d.m.Y"),
                    _moment(event.complete_at),
                    _why(event),
                ]
                for place, event in enumerate(waiting, start=1)
            ],
            4,
            _more_wait(queue.count() - len(waiting)) if len(waiting) == at_most else "",
        ),
        Table(
            _("Who was passed over, and why"),
            [_("When"), _("Request"), _("In favour of"), _("Reason"), _("By")],
            [
                [_moment(skip.at), number(skip.item), number(skip.instead), skip.reason, str(skip.actor or "")]
                for skip in skips
            ],
            3,
            _more_skips(passed.count() - len(skips)) if len(skips) == at_most else "",
        ),
    ]


def _more_wait(n):
    words = ngettext(
        "%(n)s more waits behind them: the whole queue is on paper (PDF).",
        "%(n)s more wait behind them: the whole queue is on paper (PDF).",
        n,
    )
    return words % {"n": n} if n else ""


def _more_skips(n):
    words = ngettext(
        "%(n)s earlier skip is on paper only (PDF).",
        "%(n)s earlier skips are on paper only (PDF).",
        n,
    )
    return words % {"n": n} if n else ""


def _moment(at):
    return date_format(timezone.localtime(at), "d.m.Y H:i")


def _why(event):
    if event.is_preferred:
        return _("preferred by the programme")
    return _("went to the end on %(day)s") % {"day": _moment(event.moved_at)} if event.moved_at else ""


def queue_facts(basis: ProgrammeService, on: date) -> list[tuple[str, str]]:
    """Return what the row says of its places, and how many are taken in the period of the day as it stands now."""
    held = sum(place.units for place in GivenPlace.objects.held(basis, period_of(basis, on)))
    return [
        (_("Service"), basis.service.name),
        (_("Programme"), str(basis.programme)),
        (_("State at the end of"), date_format(on, "j E Y")),
        (_("Limit"), _limit(basis)),
        (_("Taken or offered now"), f"{held.normalize():f}" if held else "0"),
        (_("Preference"), basis.preference or _("none: the order of requests decides")),
        (_("Without an answer to an offer"), basis.get_unanswered_display()),
    ]


def queue_document(basis: ProgrammeService, on: date, *, by) -> bytes:
    """Return the queue of the day as a tagged PDF."""
    tables = queue_tables(basis, on, by=by)
    return render_pdf(
        "queue",
        {
            "title": _("Queue: %(service)s") % {"service": basis.service.plain_name},
            "lang": get_language(),
            "centre": {name: str(settings.CENTRE[name]) for name in ON_PAPER},
            "brand": settings.CENTRE.get("brand", "#0a5a61"),
            "facts_header": [_("What"), _("Value")],
            "facts": [[term, value] for term, value in queue_facts(basis, on)],
            "nothing": _("Nobody."),
            "tables": [
                {"title": one.title, "columns": one.columns, "rows": one.rows, "widest": one.widest} for one in tables
            ],
        },
    )
