"""The lists of work: one table behind the dashboard's tiles, the lists they open and the files made of them.

Each live referral is in exactly one of the referral lists: what is late comes first, the rest goes by whose move it
is, as the workflow's table says. A list says what it holds; visible_to(user) says whose rows are in it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from coordination.models import Plan, Referral
from coordination.workflow import REFERRAL
from cus_portal.workflow import Party
from residents.models import Case, ServiceRequest, UnmetNeed

PLAN_DUE_SOON = timedelta(days=7)
PLAN_ENDS_SOON = timedelta(days=30)


@dataclass(frozen=True)
class Worklist:
    """One list: what it is called, whose move it shows, which rows of its subject it holds on a day."""

    name: str
    label: str | Promise
    hint: str | Promise
    kind: str
    subject: str
    holds: Callable[[date], Q]
    permission: str
    in_partition: bool = False
    when_empty: str | Promise = ""

    def rows(self, user, on: date) -> QuerySet:
        return SUBJECTS[self.subject](user).filter(self.holds(on))


# -- whose rows ---------------------------------------------------------------------------------
def referrals(user):
    return Referral.objects.visible_to(user).live()


def cases(user):
    return Case.objects.visible_to(user).open()


def plans(user):
    return Plan.objects.visible_to(user)


def requests(user):
    return ServiceRequest.objects.visible_to(user).open()


def unmet_needs(user):
    return UnmetNeed.objects.visible_to(user).open().counted()


SUBJECTS = {
    "referral": referrals,
    "case": cases,
    "plan": plans,
    "request": requests,
    "unmet": unmet_needs,
}


# -- which rows ---------------------------------------------------------------------------------
def everything(on):
    return Q()


def late(on):
    """Return what ReferralQuerySet.overdue() asks of live rows, as a condition that can be counted and negated."""
    return Q(status__in=Referral.CAN_BE_LATE, respond_by__lt=on)


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


def submitted(on):
    return Q(status=Plan.Status.SUBMITTED)


def answer_late(on):
    return Q(status__in=ServiceRequest.CENTRE_MOVES, due_on__lt=on)


WORKLISTS = {
    worklist.name: worklist
    for worklist in (
        Worklist(
            "overdue",
            _("overdue"),
            _("Referrals whose next step is late, on our side or on theirs. The longest late come first."),
            "late",
            "referral",
            late,
            "coordination.view_referral",
            in_partition=True,
            when_empty=_("Nothing is late."),
        ),
        Worklist(
            "our-move",
            _("our move"),
            _("Referrals to send, and questions of institutions to answer."),
            "mine",
            "referral",
            moved_next_by(Party.CENTRE, Party.DIRECTOR),
            "coordination.view_referral",
            in_partition=True,
            when_empty=_("No referral waits for us."),
        ),
        Worklist(
            "their-move",
            _("their move"),
            _("Referrals on which an institution acts next, and is in time."),
            "theirs",
            "referral",
            moved_next_by(Party.INSTITUTION),
            "coordination.view_referral",
            in_partition=True,
            when_empty=_("No institution owes us an answer."),
        ),
        Worklist(
            "on-hold",
            _("on hold"),
            _("Referrals that wait for a place or have been put on hold."),
            "hold",
            "referral",
            paused,
            "coordination.view_referral",
            in_partition=True,
            when_empty=_("Nothing is on hold."),
        ),
        Worklist(
            "to-acknowledge",
            _("to close"),
            _("The institution has finished. Acknowledge the outcome, write what changed and tell the person."),
            "mine",
            "referral",
            moved_next_by(Party.CENTRE, among=Referral.WAIT_FOR_ACKNOWLEDGEMENT),
            "coordination.view_referral",
            in_partition=True,
            when_empty=_("Every outcome has been acknowledged."),
        ),
        Worklist(
            "live",
            _("all live referrals"),
            _("Everything about which somebody still has to do something."),
            "plain",
            "referral",
            everything,
            "coordination.view_referral",
            when_empty=_("There are no live referrals."),
        ),
        Worklist(
            "plans-due",
            _("plans: 30 days"),
            _("Open cases without an approved plan, whose 30 days have passed or end within a week."),
            "late",
            "case",
            without_approved_plan,
            "residents.view_case",
            when_empty=_("No plan is due within a week."),
        ),
        Worklist(
            "plans-ending",
            _("plans that end"),
            _("Approved plans that end within 30 days: time for the closing talk, or for a new plan."),
            "mine",
            "plan",
            ending,
            "coordination.view_plan",
            when_empty=_("No plan ends within 30 days."),
        ),
        Worklist(
            "plans-without-note",
            _("plans: no note"),
            _("Plans in force of which nobody has written for long how they go. Call, or visit the person."),
            "mine",
            "plan",
            without_note,
            "coordination.view_plan",
            when_empty=_("Each plan has a fresh note."),
        ),
        Worklist(
            "plans-to-approve",
            _("plans to approve"),
            _("Plans that wait for the director."),
            "mine",
            "plan",
            submitted,
            "coordination.view_plan",
            when_empty=_("No plan waits for approval."),
        ),
        Worklist(
            "requests-overdue",
            _("requests: answer late"),
            _("Requests of residents whose answer is late with us."),
            "late",
            "request",
            answer_late,
            "residents.view_servicerequest",
            when_empty=_("Every request is in time."),
        ),
        Worklist(
            "unmet",
            _("unmet needs"),
            _("What people asked for and did not get here, without their names: for the next programme."),
            "plain",
            "unmet",
            everything,
            "residents.view_unmetneed",
            when_empty=_("No need is unmet."),
        ),
    )
}
PARTITION = tuple(worklist for worklist in WORKLISTS.values() if worklist.in_partition)


def open_to(user) -> list[Worklist]:
    """Return the lists that this user may open."""
    return [worklist for worklist in WORKLISTS.values() if user.has_perm(worklist.permission)]


def counts(rows, worklists, on) -> dict[str, int]:
    """Count several lists of one subject in one query."""
    return rows.order_by().aggregate(
        **{worklist.name: Count("pk", filter=worklist.holds(on)) for worklist in worklists}
    )
