"""What the reports tell of referrals beyond their numbers. Nothing protected or restricted is counted."""

from collections import defaultdict

from django.db.models import Case, Count, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce, TruncDate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.figures import Percentile, days_between, days_to_answer, rounded, with_total
from coordination.models import IncomingReferral, Referral
from coordination.suppression import COUNT, FIGURE
from residents.models.person import ADULT, OLDER, years_before

S = Referral.Status
IN = IncomingReferral.Status
EXCEPTION_COLUMNS = (
    (gettext_lazy("Institution and service"), ""),
    (gettext_lazy("before others who had waited longer"), COUNT),
    (gettext_lazy("how many were passed over"), COUNT),
    (gettext_lazy("though no place was left"), COUNT),
)

OUTCOME_COLUMNS = (
    *((outcome.label, COUNT) for outcome in Referral.Outcome),
    (gettext_lazy("not fulfilled"), COUNT),
)
ACCEPTANCE_COLUMNS = (
    (gettext_lazy("Institution"), ""),
    *((reason.label, COUNT) for reason in Referral.AcceptReason),
)
REFUSAL_COLUMNS = (
    (gettext_lazy("Institution"), ""),
    *((reason.label, COUNT) for reason in Referral.RejectReason),
)


def counted():
    return Referral.objects.without_secrets().exclude(status__in=[S.DRAFT, S.ENTERED_IN_ERROR]).order_by()


def exceptions(period, on):
    """Who was accepted before others who had waited longer, or though no place was left, by institution and service."""
    accepted = counted().filter(Q(passed_over__gt=0) | Q(is_over_limit=True), period.moments("decided_at"))
    rows = (
        accepted.values("receiver__name", "service__plain_name")
        .annotate(
            out_of_order=Count("pk", filter=Q(passed_over__gt=0)),
            over_limit=Count("pk", filter=Q(is_over_limit=True)),
            passed=Sum("passed_over"),
        )
        .order_by("receiver__name", F("service__plain_name").asc(nulls_last=True))
    )
    return with_total(
        [
            _("%(institution)s: %(service)s")
            % {
                "institution": row["receiver__name"],
                "service": row["service__plain_name"] or _("no service named"),
            },
            row["out_of_order"],
            row["passed"],
            row["over_limit"],
        ]
        for row in rows
    )


# -- outcomes and refusals ----------------------------------------------------------------------
def outcomes_by_institution(period, on):
    rows = _outcomes(period, "receiver__name").order_by("receiver__name")
    return [[name, *numbers] for name, *numbers in rows]


def outcomes_by_area(period, on):
    """A service of two areas counts in both."""
    rows = _outcomes(period, "service__areas__number", "service__areas__name")
    rows = rows.order_by(F("service__areas__number").asc(nulls_last=True))
    return [[f"{number}. {name}" if name else _("no area"), *numbers] for number, name, *numbers in rows]


def outcomes_by_locality(period, on):
    """The place where the person of the case lives."""
    where = {
        "place": Coalesce("kept_locality", "case__resident__locality"),
        "place_name": Coalesce("kept_locality__name", "case__resident__locality__name"),
    }
    rows = _outcomes(period, "place", "place_name", **where).order_by(F("place_name").asc(nulls_last=True), "place")
    return [[name or _("not given"), *numbers] for _key, name, *numbers in rows]


def outcomes_by_age(period, on):
    """How old the person of the case is at the end of the period."""
    born = "case__resident__birth_date"
    age = Case(
        When(~Q(kept_age=""), then=F("kept_age")),
        When(**{f"{born}__isnull": True}, then=Value("")),
        When(**{f"{born}__gt": years_before(period.last, ADULT)}, then=Value("child")),
        When(**{f"{born}__gt": years_before(period.last, OLDER)}, then=Value("adult")),
        default=Value("older"),
    )
    found = {name: numbers for name, *numbers in _outcomes(period, "age", age=age)}
    labels = [*Referral.AgeGroup.choices, ("", _("not given"))]
    return [[label, *found[name]] for name, label in labels if name in found]


def outcomes_by_sex(period, on):
    """The digit of each PESEL is read while counting, and kept of nobody on record."""
    found = defaultdict(lambda: [0] * len(OUTCOME_COLUMNS))
    for kept, pesel, *numbers in _outcomes(period, "kept_sex", "case__resident__pesel"):
        sex = kept or (Referral.Sex.of(pesel) if pesel else "")
        found[sex] = [before + more for before, more in zip(found[sex], numbers, strict=True)]
    labels = [*Referral.Sex.choices, ("", _("not given"))]
    return [[label, *found[name]] for name, label in labels if name in found]


def _outcomes(period, *keys, **named):
    """Count what was completed, by outcome, and what could not be done, for each value of the keys."""
    done = Q(status=S.COMPLETED, outcome_on__range=period.days)
    failed = Q(period.moments("ended_at"), status=S.NOT_FULFILLED)
    numbers = {f"n_{outcome}": Count("pk", filter=Q(outcome=outcome)) for outcome in Referral.Outcome}
    numbers["n_failed"] = Count("pk", filter=failed)
    rows = counted().filter(done | failed).annotate(**named).values(*keys).annotate(**numbers)
    return rows.values_list(*keys, *numbers)


def acceptances(period, on):
    """How each institution accepted what it decided on in the period."""
    return _by_institution(counted().exclude(accept_reason=""), "accept_reason", Referral.AcceptReason, period)


def refusals(period, on):
    """Why each institution did not accept what it decided on in the period."""
    return _by_institution(counted().filter(status=S.REJECTED), "reject_reason", Referral.RejectReason, period)


def _by_institution(decided, column, reasons, period):
    numbers = {f"n_{reason}": Count("pk", filter=Q(**{column: reason})) for reason in reasons}
    rows = decided.filter(period.moments("decided_at")).values("receiver__name").annotate(**numbers)
    return with_total(rows.order_by("receiver__name").values_list("receiver__name", *numbers))


# -- what was sent, and what came to the centre ---------------------------------------------------
def groups_of(model, waits):
    """Return the columns of both tables that say how things stand: their words, and the states behind them."""
    status = model.Status
    return (
        (waits, (status.SENT, status.INFO_REQUESTED)),
        (gettext_lazy("waits for a place"), (status.WAITLISTED,)),
        (gettext_lazy("accepted, under way"), (status.ACCEPTED, status.IN_PROGRESS, status.ON_HOLD)),
        (gettext_lazy("completed"), (status.COMPLETED,)),
        (gettext_lazy("not fulfilled"), (status.NOT_FULFILLED,)),
        (gettext_lazy("not accepted"), (status.REJECTED,)),
        (gettext_lazy("withdrawn, passed on, expired"), (status.WITHDRAWN, status.REDIRECTED, status.EXPIRED)),
    )


SENT_GROUPS = groups_of(Referral, gettext_lazy("waits for an answer"))
CAME_GROUPS = groups_of(IncomingReferral, gettext_lazy("waits for our answer, or for the sender's"))


def sent_to_institutions(period, on):
    """What was sent to each institution in the period, as it stands on the day of counting, and its answer times."""
    times = (days_between("sent_at", "decided_at"), days_to_answer())
    return _by_course(counted(), "receiver__name", period.moments("sent_at"), SENT_GROUPS, period, times)


def came_by_institution(period, on):
    """What each institution sent us in the period, and the times of our answers.

    They are in days from the one on which it came: a letter has no hour.
    """
    came = IncomingReferral.objects.without_secrets().filter(sender__isnull=False).order_by()
    came = came.exclude(status__in=[IN.HELD, IN.ENTERED_IN_ERROR]).annotate(decided_on=TruncDate("decided_at"))
    times = (days_between("received_on", "decided_on"), days_to_answer("received_on", "decided_on"))
    return _by_course(came, "sender__name", Q(received_on__range=period.days), CAME_GROUPS, period, times)


def _by_course(rows, institution, is_new, groups, period, times):
    """Count what is new of each institution, how it stands, its answers of the period, and their medians in days."""
    states = {f"group_{n}": Count("pk", filter=Q(status__in=group)) for n, (_label, group) in enumerate(groups)}
    new = rows.filter(is_new).values(institution).annotate(new=Count("pk"), **states)
    found = {name: numbers for name, *numbers in new.values_list(institution, "new", *states)}
    gross, net = (Percentile(days, share=0.5) for days in times)
    decided = rows.filter(period.moments("decided_at")).values_list(institution)
    answered = {name: row for name, *row in decided.annotate(number=Count("pk"), gross=gross, net=net)}
    table, none = [], [0] * (1 + len(groups))
    for name in sorted(found.keys() | answered.keys()):
        number, *medians = answered.get(name, (0, None, None))
        table.append([name, *found.get(name, none), number, *map(rounded, medians)])
    return table


SENT = (
    "referrals",
    gettext_lazy("Referrals by institution"),
    (
        (gettext_lazy("Institution"), ""),
        (gettext_lazy("sent"), COUNT),
        *((label, COUNT) for label, _states in SENT_GROUPS),
        (gettext_lazy("answers"), COUNT),
        (gettext_lazy("median answer, days"), FIGURE),
        (gettext_lazy("without our delay, days"), FIGURE),
    ),
    sent_to_institutions,
    gettext_lazy(
        "Sent in the month, in the state of the day of counting. The medians are of answers of that month; "
        "the second leaves out the days in which the institution waited for an answer of ours."
    ),
)
CAME = (
    "incoming",
    gettext_lazy("Referrals that came to us, by institution"),
    (
        (gettext_lazy("Institution"), ""),
        (gettext_lazy("came"), COUNT),
        *((label, COUNT) for label, _states in CAME_GROUPS),
        (gettext_lazy("our answers"), COUNT),
        (gettext_lazy("median answer, days"), FIGURE),
        (gettext_lazy("without the sender's delay, days"), FIGURE),
    ),
    came_by_institution,
    gettext_lazy(
        "Came in the month, in the state of the day of counting. The medians are of our answers of that month; "
        "the second leaves out the days in which we waited for an answer of the sender."
    ),
)
OUTCOMES_BY = (
    (
        "outcomes-institutions",
        gettext_lazy("Outcomes by institution"),
        gettext_lazy("Institution"),
        outcomes_by_institution,
    ),
    ("outcomes-areas", gettext_lazy("Outcomes by area"), gettext_lazy("Area"), outcomes_by_area),
    ("outcomes-localities", gettext_lazy("Outcomes by place"), gettext_lazy("Place"), outcomes_by_locality),
    ("outcomes-ages", gettext_lazy("Outcomes by age"), gettext_lazy("Age"), outcomes_by_age),
    ("outcomes-sexes", gettext_lazy("Outcomes by sex"), gettext_lazy("Sex"), outcomes_by_sex),
)
