"""The month's figures: one table of counts, frozen once made.

DEFINITIONS numbers the meaning of the figures; change it with any change of what is counted. The rows are words and
numbers as they were on the day, so a frozen report reads the same for ever. No figure of referrals counts a protected
one or one of a restricted file.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Exists, F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination import community, complaints, crisis, referral_reports, spans, surveys, unmet
from coordination.figures import Percentile, days_between, rounded, with_total
from coordination.filters import start_of
from coordination.models import Plan, Referral, ReportSnapshot, ServiceRecord
from coordination.reckoning import QUARTER_GAPS, QUARTER_PERSONS
from coordination.suppression import CELL, COUNT, FIGURE
from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.accounts.roles import Role
from cus_portal.audit.log import record
from cus_portal.notifications.outbox import notify
from residents.models import Case, RequestItem, RequestParty, ServiceRequest, UnmetNeed
from services.models import Locality, ServiceArea

DEFINITIONS = 14


def month_name(first: date) -> str:
    """Return "październik 2026": months are no names in Polish, and Django writes them as such."""
    return date_format(first, "F Y").lower()


@dataclass(frozen=True)
class Period:
    """A month, from its first day to its last."""

    first: date

    @classmethod
    def of(cls, day: date) -> "Period":
        return cls(day.replace(day=1))

    @property
    def last(self) -> date:
        return self.first + relativedelta(months=1) - timedelta(days=1)

    @property
    def previous(self) -> "Period":
        return Period(self.first - relativedelta(months=1))

    @property
    def days(self):
        """Both ends, for columns that hold a day."""
        return (self.first, self.last)

    def moments(self, column) -> Q:
        """Return the condition that a moment lies in the month, on the clock in Poland."""
        return Q(**{f"{column}__gte": start_of(self.first), f"{column}__lt": start_of(self.last + timedelta(days=1))})

    def __str__(self):
        return month_name(self.first)


class Year(Period):
    """A year, from its first day to its last."""

    @property
    def last(self) -> date:
        return self.first.replace(month=12, day=31)

    def __str__(self):
        return str(self.first.year)


@dataclass(frozen=True)
class Report:
    """One table: its title, what its columns are, how its rows are counted.

    `has_total`: the last row is the sum of the others; `has_whole`: the first number of a row is the sum of the others.
    """

    name: str
    title: str | Promise
    columns: tuple
    rows: Callable
    note: str | Promise = ""
    has_total: bool = False
    has_whole: bool = False

    def table(self, period, on) -> dict:
        return {
            "name": self.name,
            "title": str(self.title),
            "note": str(self.note),
            "columns": [[str(label), kind] for label, kind in self.columns],
            "has_total": self.has_total,
            "has_whole": self.has_whole,
            "rows": [[str(row[0]), *row[1:]] for row in self.rows(period, on)],
        }


def share(part, whole):
    return round(100 * part / whole) if whole else None


# -- requests and needs -------------------------------------------------------------------------
def requests_by_channel(period, on):
    filed = ServiceRequest.objects.filter(received_on__range=period.days).order_by()
    needs = dict(filed.values_list("channel").annotate(n=Count("items")))
    requests = dict(filed.values_list("channel").annotate(n=Count("pk")))
    return with_total(
        [channel.label, requests.get(channel, 0), needs.get(channel, 0)] for channel in ServiceRequest.Channel
    )


def needs_by_result(period, on):
    decided = RequestItem.objects.filter(period.moments("decided_at")).order_by()
    found = dict(decided.values_list("status").annotate(n=Count("pk")))
    results = [status for status in RequestItem.Status if status not in RequestItem.UNDECIDED]
    return with_total([status.label, found.get(status, 0)] for status in results)


def time_to_settle(period, on):
    """From the day of receipt to the day of the last decision."""
    decided = RequestItem.objects.filter(request=OuterRef("pk")).order_by().values("request")
    settled = (
        ServiceRequest.objects.filter(status=ServiceRequest.Status.SETTLED)
        .annotate(settled_at=Subquery(decided.annotate(last=Max("decided_at")).values("last")))
        .filter(period.moments("settled_at"))
        .annotate(settled_on=TruncDate("settled_at"))
        .order_by()
    )
    days = days_between("received_on", "settled_on")
    counted = settled.aggregate(n=Count("pk"), median=Percentile(days, share=0.5), p90=Percentile(days, share=0.9))
    return [[_("settled in the month"), counted["n"], rounded(counted["median"]), rounded(counted["p90"])]]


# -- referrals ----------------------------------------------------------------------------------
def services_by_provider(period, on):
    """What was done in the month, by the provider whose contract it was."""
    rows = ServiceRecord.objects.filter(period.moments("starts_at")).by_provider()
    units = ("hours", "visits", "rides")
    columns = [*units, *(f"surplus_{unit}" for unit in units)]
    return [[row["provider"], row["persons"], *(rounded(row[name]) for name in columns)] for row in rows]


def outcomes(period, on):
    ended = Referral.objects.without_secrets().order_by()
    met = dict(
        ended.filter(status=Referral.Status.COMPLETED, outcome_on__range=period.days)
        .values_list("outcome")
        .annotate(n=Count("pk"))
    )
    failed = dict(
        ended.filter(period.moments("ended_at"), status=Referral.Status.NOT_FULFILLED)
        .values_list("fail_reason")
        .annotate(n=Count("pk"))
    )
    return with_total(
        [[outcome.label, met.get(outcome, 0)] for outcome in Referral.Outcome]
        + [
            [_("not fulfilled: %(reason)s") % {"reason": reason.label}, failed.get(reason, 0)]
            for reason in Referral.FailReason
        ]
    )


def overdue(period, on):
    """The clock's figures hold for the day of counting."""
    late_plans = Case.objects.awaiting_plan().filter(plan_due_moved_on__lt=on)
    return [
        [_("requests whose answer is late"), ServiceRequest.objects.overdue(on).count()],
        [_("cases whose plan is late"), late_plans.count()],
        [_("referrals whose next step is late"), Referral.objects.without_secrets().overdue(on).count()],
    ]


# -- plans --------------------------------------------------------------------------------------
def plans_made(period, on):
    made = Plan.objects.filter(period.moments("approved_at")).order_by()
    counted = made.annotate(approved_on=TruncDate("approved_at")).aggregate(
        made=Count("pk"), in_time=Count("pk", filter=Q(approved_on__lte=F("case__plan_due_moved_on")))
    )
    ended = dict(
        Plan.objects.filter(ended_on__range=period.days).order_by().values_list("status").annotate(n=Count("pk"))
    )
    return [
        [_("plans approved"), counted["made"], None],
        [_("of them within 30 days"), counted["in_time"], share(counted["in_time"], counted["made"])],
        [_("plans completed"), ended.get(Plan.Status.COMPLETED, 0), None],
        [_("plans ended early"), ended.get(Plan.Status.ENDED_EARLY, 0), None],
    ]


# -- by area and place --------------------------------------------------------------------------
def needs_by_area(period, on):
    """A service of two areas counts in both."""
    items = RequestItem.objects.filter(request__received_on__range=period.days).order_by()
    found = dict(items.filter(service__isnull=False).values_list("service__areas").annotate(n=Count("pk")))
    rows = [[f"{area.number}. {area.name}", found.get(area.pk, 0)] for area in ServiceArea.objects.all()]
    return [*rows, [_("in own words, no service named"), items.filter(service=None).count()]]


def requests_by_locality(period, on):
    """The place written on the request, of the person the help is for."""
    other = RequestParty.objects.filter(request=OuterRef("request"), role=RequestParty.Role.PERSON)
    people = (
        RequestParty.objects.filter(request__received_on__range=period.days)
        .filter(Q(role=RequestParty.Role.PERSON) | ~Exists(other))
        .order_by()
    )
    found = dict(people.values_list("locality").annotate(n=Count("pk")))
    rows = [[place.name, found[place.pk]] for place in Locality.objects.filter(pk__in=[key for key in found if key])]
    return with_total([*rows, [_("not given"), found.get(None, 0)]])


NUMBER = (gettext_lazy("how many"), COUNT)
REPORTS = {
    report.name: report
    for report in (
        Report(
            "persons",
            gettext_lazy("People"),
            ((gettext_lazy("Who"), ""), NUMBER),
            spans.persons,
            note=gettext_lazy("Each person counts once in a row; the rows overlap."),
        ),
        Report(
            "requests",
            gettext_lazy("Requests by channel"),
            ((gettext_lazy("Channel"), ""), (gettext_lazy("requests"), COUNT), (gettext_lazy("needs"), COUNT)),
            requests_by_channel,
            note=gettext_lazy("By the day of receipt."),
            has_total=True,
        ),
        Report(
            "needs",
            gettext_lazy("Needs by result"),
            ((gettext_lazy("Result"), ""), NUMBER),
            needs_by_result,
            note=gettext_lazy("Decided in the month, in the state of the day of counting."),
            has_total=True,
        ),
        Report(
            "settling",
            gettext_lazy("Time from request to settling"),
            (
                (gettext_lazy("Requests"), ""),
                (gettext_lazy("settled"), COUNT),
                (gettext_lazy("median, days"), FIGURE),
                (gettext_lazy("nine of ten within, days"), FIGURE),
            ),
            time_to_settle,
            note=gettext_lazy("Calendar days from receipt to the last decision, waiting for the resident included."),
        ),
        Report(
            "services",
            gettext_lazy("Services by provider"),
            (
                (gettext_lazy("Provider"), ""),
                (gettext_lazy("persons"), COUNT),
                (gettext_lazy("hours"), FIGURE),
                (gettext_lazy("visits"), FIGURE),
                (gettext_lazy("rides"), FIGURE),
                (gettext_lazy("hours beyond, not paid"), FIGURE),
                (gettext_lazy("visits beyond, not paid"), FIGURE),
                (gettext_lazy("rides beyond, not paid"), FIGURE),
            ),
            services_by_provider,
            note=gettext_lazy("Done in the month, in the state of the day of counting."),
        ),
        Report(*referral_reports.SENT, has_whole=True),
        Report(*referral_reports.CAME, has_whole=True),
        Report(
            "outcomes",
            gettext_lazy("Outcomes of referrals"),
            ((gettext_lazy("Outcome"), ""), NUMBER),
            outcomes,
            has_total=True,
        ),
        *(
            Report(name, title, ((words, ""), *referral_reports.OUTCOME_COLUMNS), rows)
            for name, title, words, rows in referral_reports.OUTCOMES_BY
        ),
        Report(
            "acceptances",
            gettext_lazy("Referrals accepted, by how"),
            referral_reports.ACCEPTANCE_COLUMNS,
            referral_reports.acceptances,
            note=gettext_lazy("Decided in the period."),
            has_total=True,
        ),
        Report(
            "refusals",
            gettext_lazy("Referrals not accepted, by reason"),
            referral_reports.REFUSAL_COLUMNS,
            referral_reports.refusals,
            note=gettext_lazy("Decided in the period."),
            has_total=True,
        ),
        Report(
            "exceptions",
            gettext_lazy("Accepted out of turn or over the limit"),
            referral_reports.EXCEPTION_COLUMNS,
            referral_reports.exceptions,
            note=gettext_lazy("Accepted in the period. The reason of each stands in the history of its referral."),
            has_total=True,
        ),
        Report(
            "overdue",
            gettext_lazy("Overdue"),
            ((gettext_lazy("What"), ""), NUMBER),
            overdue,
            note=gettext_lazy("On the day of counting."),
        ),
        Report(
            "plans",
            gettext_lazy("Individual plans"),
            ((gettext_lazy("Plans"), ""), NUMBER, (gettext_lazy("%"), FIGURE)),
            plans_made,
        ),
        Report(
            "areas",
            gettext_lazy("Needs by area of social services"),
            ((gettext_lazy("Area"), ""), NUMBER),
            needs_by_area,
            note=gettext_lazy("A service of two areas counts in both, so the rows do not add up."),
        ),
        Report(
            "localities",
            gettext_lazy("Requests by town and village"),
            ((gettext_lazy("Place"), ""), NUMBER),
            requests_by_locality,
            note=gettext_lazy("As written on the request, of the person the help is for."),
            has_total=True,
        ),
        Report(
            "unmet",
            gettext_lazy("Unmet needs by reason"),
            (
                (gettext_lazy("Reason"), ""),
                (gettext_lazy("arisen"), COUNT),
                (gettext_lazy("met after all"), COUNT),
                (gettext_lazy("waiting at the end"), COUNT),
            ),
            unmet.by_reason,
            note=gettext_lazy("A need counts once, in the period in which it arose, by the reason it has now."),
            has_total=True,
        ),
        Report(
            "unmet-localities",
            gettext_lazy("Unmet needs by town and village"),
            ((gettext_lazy("Place"), ""), NUMBER),
            unmet.by_locality,
            note=gettext_lazy("Arisen in the period. Of restricted files the place is not told."),
            has_total=True,
        ),
        Report(
            "unmet-areas",
            gettext_lazy("Unmet needs by area of social services"),
            ((gettext_lazy("Area"), ""), NUMBER),
            unmet.by_area,
            note=gettext_lazy("Arisen in the period. A service of several areas counts in the first of them."),
            has_total=True,
        ),
        Report(
            "unmet-searches",
            gettext_lazy("Searched for and not found"),
            ((gettext_lazy("What"), ""), NUMBER),
            unmet.searches,
            note=gettext_lazy("Without those that turned out to be another word for a service we have."),
        ),
        Report(
            "crisis",
            gettext_lazy("Services begun in a crisis, before the decision"),
            (
                (gettext_lazy("Service"), ""),
                (gettext_lazy("began"), COUNT),
                (gettext_lazy("ended"), COUNT),
                (gettext_lazy("given at the end"), COUNT),
            ),
            crisis.by_service,
            note=gettext_lazy("Those of restricted files are counted with the others, and no small number has a name."),
            has_total=True,
        ),
        Report(
            "complaints",
            gettext_lazy("Complaints and suggestions"),
            (
                (gettext_lazy("Kind"), ""),
                (gettext_lazy("came"), COUNT),
                (gettext_lazy("got an answer"), COUNT),
                (gettext_lazy("of them in time"), COUNT),
                (gettext_lazy("well founded, wholly or partly"), COUNT),
                (gettext_lazy("passed on"), COUNT),
                (gettext_lazy("left without examination"), COUNT),
            ),
            complaints.by_kind,
            note=gettext_lazy("Came in the period; ended in the period, whenever they came."),
            has_total=True,
        ),
        Report(
            "satisfaction",
            gettext_lazy("How people say it was"),
            (
                (gettext_lazy("Service"), ""),
                (gettext_lazy("answers"), COUNT),
                (gettext_lazy("helped, %"), FIGURE),
                (gettext_lazy("respected, %"), FIGURE),
                (gettext_lazy("in time, %"), FIGURE),
                (gettext_lazy("would tell a friend, %"), FIGURE),
            ),
            surveys.satisfaction,
            note=gettext_lazy("Of the services with five answers and more in the period; 100 % is yes by everybody."),
        ),
        Report(
            "response",
            gettext_lazy("Who answered how it was"),
            (
                (gettext_lazy("Who"), ""),
                (gettext_lazy("asked"), COUNT),
                (gettext_lazy("of them answered"), COUNT),
                (gettext_lazy("%"), FIGURE),
            ),
            surveys.response_rate,
        ),
        Report(
            "community",
            gettext_lazy("Supporting actions"),
            ((gettext_lazy("What"), ""), NUMBER),
            community.done,
            note=gettext_lazy("Not services: nobody is qualified for them."),
        ),
        Report(
            QUARTER_PERSONS,
            gettext_lazy("People of the quarter and of the year so far"),
            (
                (gettext_lazy("Who"), ""),
                (gettext_lazy("in the quarter"), COUNT),
                (gettext_lazy("since January"), COUNT),
            ),
            spans.persons_of_quarter,
            note=gettext_lazy("Each person counts once in a row. Counted with the last month of a quarter."),
        ),
        Report(
            QUARTER_GAPS,
            gettext_lazy("Needs with no partner: places and areas"),
            (
                (gettext_lazy("Place"), ""),
                *[(str(number), CELL) for number in spans.AREAS],
                (gettext_lazy("other"), CELL),
            ),
            spans.gaps_of_quarter,
            note=gettext_lazy(
                "Arisen in the quarter and met by nobody until the day of counting. The columns are the areas by their "
                "numbers in the Act. Counted with the last month of a quarter."
            ),
        ),
    )
}
UNMET_ENDS = Report(
    "unmet-ends",
    gettext_lazy("What became of unmet needs"),
    (
        (gettext_lazy("Reason"), ""),
        (gettext_lazy("arisen"), COUNT),
        (gettext_lazy("still open"), COUNT),
        (gettext_lazy("met after all"), COUNT),
        *[(one.label, COUNT) for one in UnmetNeed.BY_HAND if one != UnmetNeed.Outcome.MISTAKE],
        (gettext_lazy("ended otherwise"), COUNT),
    ),
    unmet.by_end,
    note=gettext_lazy("Arisen in the period, in the state of today. Written down by mistake is left out."),
    has_total=True,
)
UNMET = ("unmet", "unmet-localities", "unmet-areas", "unmet-searches")


# -- frozen -------------------------------------------------------------------------------------
@transaction.atomic
def make_monthly_report(period: Period, *, by, now) -> ReportSnapshot:
    """Count the month and freeze it as its next edition; tell the directors."""
    require(by, "coordination.make_report")
    on = timezone.localdate(now)
    _lock(period)
    known = ReportSnapshot.objects.filter(period=period.first).aggregate(last=Coalesce(Max("edition"), 0))
    with translation.override(settings.LANGUAGE_CODE):
        snapshot = ReportSnapshot.objects.create(
            period=period.first,
            edition=known["last"] + 1,
            definition=DEFINITIONS,
            as_of=now,
            made_by_id=by.pk,
            tables=[report.table(period, on) for report in REPORTS.values()],
        )
    record("report.make", snapshot, by=by, edition=snapshot.edition)
    for director in User.objects.holding(Role.DIRECTOR, on=on):
        notify(
            director,
            "report_ready",
            dedupe_key=f"report-ready:{snapshot.pk}:{director.pk}",
            period=f"{period.first:%m.%Y}",
            edition=snapshot.edition,
            path=snapshot.get_absolute_url(),
        )
    return snapshot


def _lock(period):
    """Let editions of one month be made one after another, so that each gets its own number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"report:{period.first}"])
