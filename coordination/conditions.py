"""Which rows the lists of work hold on a day, each as a condition that can be counted, negated and joined."""

from datetime import datetime, time, timedelta

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import JSONObject, TruncDate
from django.utils import timezone

from coordination.areas import handed_to_others, paid_by_nobody, paid_by_others
from coordination.begun import without_help
from coordination.models import Plan, PlanVersion, Provision, Referral, incoming
from coordination.workflow import PLAN, REFERRAL
from cus_portal.workflow import Party
from residents.models import Case, Consent, QueuePlace, RequestItem, UnmetNeed
from residents.models.consent import closed_to
from residents.terms import plan_terms
from residents.workflow import REQUEST

PLAN_DUE_SOON = timedelta(days=7)
PLAN_ENDS_SOON = timedelta(days=30)
CONSENT_ENDS_SOON = timedelta(days=30)
AT_REST_AFTER = timedelta(days=30)
NOT_BEGUN_AFTER = timedelta(days=30)
APPEAL_DUE_SOON = timedelta(days=2)


def everything(on):
    return Q()


def late(on):
    """Return what ReferralQuerySet.overdue() asks of live rows, as a condition that can be counted and negated."""
    return Q(status__in=Referral.CAN_BE_LATE, respond_by__lt=on)


def late_for(first, last=None):
    """Return the part of what is late whose next step was due so many days ago."""
    upto = lambda on: Q(respond_by__gte=on - timedelta(days=last)) if last else Q()  # noqa: E731
    return lambda on: late(on) & Q(respond_by__lte=on - timedelta(days=first)) & upto(on)


def not_opened(on):
    return Q(status=Referral.Status.SENT, opened_at=None)


def came_unopened(on):
    return incoming.unopened()


def came_and_late(on):
    return incoming.late(on)


def moved_next_by(*parties, among=Referral.OPEN):
    statuses = [
        status for status in REFERRAL.waiting_statuses(*parties) if status in among and status not in Referral.PAUSED
    ]
    return lambda on: Q(status__in=statuses) & ~late(on)


def paused(on):
    return Q(status__in=Referral.PAUSED) & ~late(on)


def without_approved_plan(on):
    return Q(plan_approved_on=None, plan_due_moved_on__lte=on + PLAN_DUE_SOON)


def ending(on):
    return Q(status__in=Plan.OPEN, in_force_until__lte=on + PLAN_ENDS_SOON)


def without_note(on):
    return Q(status__in=Plan.OPEN, note_due_on__lte=on)


def waiting_for(workflow, *parties):
    return lambda on: Q(status__in=workflow.waiting_statuses(*parties))


def in_preparation(on):
    return Q(status__in=Plan.IN_PREPARATION) & waiting_for(PLAN, Party.CENTRE)(on)


def at_rest(on, user=None):
    """No open plan, no live referral of which the user may know, no service that is given.

    Of the few cases of one worker each is looked up; for whoever sees every case all that moves is read once.
    """
    kinds = (
        Referral.objects.live().known_to(user),
        Plan.objects.filter(status__in=Plan.OPEN),
        Provision.objects.active(),
    )
    looked_up = user is not None and not user.has_perm("residents.view_every_case")
    resting = Q(opened_on__lte=on - AT_REST_AFTER)
    for rows in kinds:
        moving = Exists(rows.filter(case=OuterRef("pk"))) if looked_up else Q(pk__in=rows.values("case"))
        resting &= ~moving
    return resting


def _granted_after_a_plan():
    """Return the needs granted in open cases whose first plan is approved: no clock of the case tells of them."""
    needs = RequestItem.objects.granted_to_plan_for()
    return needs.filter(request__case__status=Case.Status.OPEN, request__case__plan_approved_on__isnull=False)


def to_take_into_the_plan(on):
    """A need was granted since the last approval, and the 30 days of its request end within a week or are over."""
    since = on + PLAN_DUE_SOON - timedelta(days=plan_terms(on).within_days)
    approved = PlanVersion.objects.filter(plan__case=OuterRef("request__case"), approved_at__gte=OuterRef("decided_at"))
    needs = _granted_after_a_plan().filter(request__received_on__lte=since)
    return Q(pk__in=needs.filter(~Exists(approved)).values("request__case"))


def needs_not_begun(on, user=None):
    """Return those granted a month ago or longer for which nothing is given and no institution is asked."""
    before = timezone.make_aware(datetime.combine(on - NOT_BEGUN_AFTER, time.min))
    needs = _granted_after_a_plan().filter(service__isnull=False, decided_at__lt=before)
    known = Referral.objects.all().known_to(user)
    return without_help(needs, referrals=known, statuses=(*Referral.OPEN, Referral.Status.COMPLETED))


def granted_and_not_begun(on, user=None):
    return Q(pk__in=needs_not_begun(on, user).values("request__case"))


def named_needs(on, user=None):
    """Return of a case, whose key stands outside, the needs by which it is among those."""
    needs = needs_not_begun(on, user).filter(request__case=OuterRef("pk")).order_by("pk")
    return needs.values(each=JSONObject(pk="pk", name="service__plain_name"))


def with_withdrawn_consent(on, user=None):
    return Q(pk__in=_withdrawn_consents(user).values("request__case"))


def named_withdrawn_consents(on, user=None):
    """Return of a case, whose key stands outside, the consents by which it is among those, and since when."""
    consents = _withdrawn_consents(user).filter(request__case=OuterRef("pk")).order_by("withdrawn_at", "pk")
    return consents.values(each=JSONObject(pk="pk", name="receiver__short_name", day=TruncDate("withdrawn_at")))


def _withdrawn_consents(user):
    return Consent.objects.to_see_to().exclude(closed_to(user))


def with_ending_consent(on, user=None):
    """A consent on which an open referral rests ends within 30 days, or has ended and was not given anew."""
    return Q(pk__in=_resting_on_ending_consents(on, user).values("case"))


def named_consents(on, user=None):
    """Return of a case, whose key stands outside, the consents by which it is among those."""
    resting = _resting_on_ending_consents(on, user).filter(case=OuterRef(OuterRef("pk")))
    consents = Consent.objects.filter(pk__in=resting.values("consent")).order_by("valid_until", "pk")
    return consents.values(each=JSONObject(pk="pk", name="receiver__short_name", day="valid_until"))


def _resting_on_ending_consents(on, user):
    resting = Referral.objects.open().filter(statute="", consent__withdrawn_at=None).known_to(user)
    return resting.filter(consent__valid_until__lte=on + CONSENT_ENDS_SOON)


def served_elsewhere(on):
    return Q(pk__in=paid_by_nobody(on).values("case"))


def back_here(on, user=None):
    """Another municipality still pays for somebody who lives here again, or has the matter that was handed over."""
    return Q(pk__in=paid_by_others(on).values("case")) | Q(pk__in=handed_to_others(on, user).values("case"))


def answer_late(on):
    return waiting_for(REQUEST, Party.CENTRE)(on) & Q(due_on__lt=on)


def to_answer(on):
    return waiting_for(REQUEST, Party.CENTRE)(on) & Q(due_on__gte=on)


def undelivered(on):
    return Q(refusal__signed_at__isnull=False, refusal__delivered_on=None)


def appeal_to_pass_on(on):
    appeal = {"result": "", "forwarded_on": None, "forward_by__lte": on + APPEAL_DUE_SOON}
    return Q(**{f"refusal__appeal__{name}": value for name, value in appeal.items()})


def appeal_with_the_board(on):
    return Q(refusal__appeal__result="", refusal__appeal__forwarded_on__isnull=False)


def gaps(on):
    return Q(reason__in=UnmetNeed.GAPS)


def to_ask_by_phone(on):
    return Q(pk__in=QueuePlace.objects.to_ask_by_phone(on).values("item"))
