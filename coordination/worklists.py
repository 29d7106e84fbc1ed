"""The lists of work: one table behind the dashboard's tiles, the lists they open and the files made of them.

Each live referral is in exactly one of the referral lists: what is late comes first, the rest goes by whose move it
is, as the workflow's table says. A list says what it holds (conditions.py); visible_to(user) says whose rows are in it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Q, QuerySet, Value
from django.db.models.functions import JSONObject
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from coordination import conditions
from coordination.models import DestructionList, IncomingReferral, Plan, Referral
from coordination.workflow import DESTRUCTION, PLAN
from cus_portal.workflow import Party
from residents.models import Case, RequestItem, ServiceRequest, UnmetNeed
from residents.workflow import ITEM, REQUEST

Need = RequestItem.Status
SIGN, DUE, MINE, OTHERS, ALL = "sign", "due", "mine", "others", "all"
GROUPS = {
    SIGN: _("To approve and sign"),
    DUE: _("Late, or soon"),
    MINE: _("Our move"),
    OTHERS: _("Waiting for others"),
    ALL: _("All together"),
}
GROUP_OF_KIND = {"late": DUE, "mine": MINE, "theirs": OTHERS, "hold": OTHERS, "plain": ALL}


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
    # the list of which it is a part: it stands below that list, not among the tiles
    part_of: str = ""
    # what whoever signs these rows holds; to everybody else they wait for another
    signed_with: str = ""
    # whether it rests on what not everybody knows who sees its rows
    by_user: bool = False
    # whether the dashboard leads to it without counting: what was granted is read of every open case
    beside: bool = False
    # by what a case is in it: it is named beside the case
    named: Callable[[date], QuerySet] | None = None
    # whether a row may be there by a secret alone: its file has those that everybody may know of
    by_secrets: bool = False

    def rows(self, user, on: date) -> QuerySet:
        return SUBJECTS[self.subject](user).filter(self.seen_by(user).holds(on))

    def seen_by(self, user) -> "Worklist":
        """Return the list as it is for this user; as it stands, it tells what everybody may know."""
        if not self.by_user:
            return self
        named = self.named and partial(self.named, user=user)
        return replace(self, holds=partial(self.holds, user=user), named=named)

    def of(self, rows: QuerySet, on: date) -> QuerySet:
        """Return the rows that the list holds, each with that by which it is there, where the list names it."""
        held = rows.filter(self.holds(on))
        return held.annotate(named=ArraySubquery(self.named(on))) if self.named else held

    def group(self, user) -> str:
        """Return under which heading of the dashboard the list stands for this user."""
        if self.signed_with:
            return SIGN if user.has_perm(self.signed_with) else OTHERS
        return GROUP_OF_KIND[self.kind]


# -- whose rows ---------------------------------------------------------------------------------
def referrals(user):
    """Return the live referrals; their cases are open, and only through these is a coordinator's part found at once."""
    return Referral.objects.live().of_open_cases(user)


def incoming(user):
    return IncomingReferral.objects.visible_to(user).watched()


def cases(user):
    return Case.objects.visible_to(user).open()


def plans(user):
    return Plan.objects.of_open_cases(user).filter(status__in=Plan.OPEN)


def requests(user):
    return ServiceRequest.objects.visible_to(user).open()


def unmet_needs(user):
    return UnmetNeed.objects.visible_to(user).open().counted()


def needs(user):
    """Return the needs about which somebody outside the desk does something: a person, the director, the board."""
    offered_or_decided = (Need.OFFERED, Need.REFUSAL_PROPOSED, Need.REFUSED, Need.DISCONTINUED)
    return RequestItem.objects.visible_to(user).filter(status__in=offered_or_decided)


def waiting(user):
    """Return the needs that wait for a place, in the queues of the programme rows."""
    return RequestItem.objects.visible_to(user).filter(status=Need.WAITLISTED)


def destruction_lists(user):
    return DestructionList.objects.visible_to(user)


SUBJECTS = {
    "referral": referrals,
    "incoming": incoming,
    "case": cases,
    "plan": plans,
    "request": requests,
    "unmet": unmet_needs,
    "need": needs,
    "queue": waiting,
    "destruction": destruction_lists,
}


WORKLISTS = {
    worklist.name: worklist
    for worklist in (
        Worklist(
            "overdue",
            _("overdue"),
            _("Referrals whose next step is late, on our side or on theirs: urgent ones first, then the longest late."),
            "late",
            "referral",
            conditions.late,
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
            conditions.moved_next_by(Party.CENTRE, Party.DIRECTOR),
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
            conditions.moved_next_by(Party.INSTITUTION),
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
            conditions.paused,
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
            conditions.moved_next_by(Party.CENTRE, among=Referral.WAIT_FOR_ACKNOWLEDGEMENT),
            "coordination.view_referral",
            in_partition=True,
            when_empty=_("Every outcome has been acknowledged."),
        ),
        Worklist(
            "overdue-week",
            _("late up to 7 days"),
            _("Referrals whose next step has been late for a week at most."),
            "late",
            "referral",
            conditions.late_for(1, 7),
            "coordination.view_referral",
            part_of="overdue",
            when_empty=_("Nothing has been late for so long."),
        ),
        Worklist(
            "overdue-month",
            _("late 8 to 30 days"),
            _("Referrals whose next step has been late for more than a week."),
            "late",
            "referral",
            conditions.late_for(8, 30),
            "coordination.view_referral",
            part_of="overdue",
            when_empty=_("Nothing has been late for so long."),
        ),
        Worklist(
            "overdue-longer",
            _("late over 30 days"),
            _("Referrals whose next step has been late for more than a month. Call, or withdraw and ask another."),
            "late",
            "referral",
            conditions.late_for(31),
            "coordination.view_referral",
            part_of="overdue",
            when_empty=_("Nothing has been late for so long."),
        ),
        Worklist(
            "not-opened",
            _("sent, not opened"),
            _("Referrals that nobody at the institution has opened yet. Call, if it is more than a few days."),
            "theirs",
            "referral",
            conditions.not_opened,
            "coordination.view_referral",
            when_empty=_("Every referral has been opened."),
        ),
        Worklist(
            "incoming-late",
            _("came to us, late"),
            _("Referrals of other institutions on which we act next, and are late. Urgent ones stand on top."),
            "late",
            "incoming",
            conditions.came_and_late,
            "coordination.view_incomingreferral",
            when_empty=_("Nothing that came to us is late."),
        ),
        Worklist(
            "incoming-new",
            _("came to us, not opened yet"),
            _("Referrals of other institutions that nobody here has taken up. Open one, and take it up or answer."),
            "mine",
            "incoming",
            conditions.came_unopened,
            "coordination.view_incomingreferral",
            when_empty=_("All that came to us has been taken up."),
        ),
        Worklist(
            "incoming",
            _("all that came to us"),
            _("Referrals of other institutions that are open with us, or passed on and not yet taken up there."),
            "plain",
            "incoming",
            conditions.everything,
            "coordination.view_incomingreferral",
            when_empty=_("Nothing that came to us is open."),
        ),
        Worklist(
            "live",
            _("all live referrals"),
            _("Everything about which somebody still has to do something."),
            "plain",
            "referral",
            conditions.everything,
            "coordination.view_referral",
            when_empty=_("There are no live referrals."),
        ),
        Worklist(
            "cases",
            _("open cases"),
            _("Cases that are open, the longest open on top, and by when a plan is due where none is approved yet."),
            "plain",
            "case",
            conditions.everything,
            "residents.view_case",
            when_empty=_("There are no open cases."),
        ),
        Worklist(
            "plans-due",
            _("plans: 30 days"),
            _("Open cases without an approved plan, whose 30 days have passed or end within a week."),
            "late",
            "case",
            conditions.without_approved_plan,
            "residents.view_case",
            when_empty=_("No plan is due within a week."),
        ),
        Worklist(
            "plans-to-extend",
            _("plans: a new need"),
            _(
                "Cases whose plan was approved before a further need was granted. The 30 days from its request have"
                " passed or end within a week: change the plan, and have it approved."
            ),
            "late",
            "case",
            conditions.to_take_into_the_plan,
            "residents.view_case",
            beside=True,
            when_empty=_("Each granted need is in a plan, or has its days."),
        ),
        Worklist(
            "not-begun",
            _("granted, not begun"),
            _(
                "A service was granted a month ago or longer, nothing is given for it and no institution is asked."
                " Begin it, or let the person give the place up."
            ),
            "late",
            "case",
            conditions.granted_and_not_begun,
            "residents.view_case",
            by_user=True,
            named=conditions.named_needs,
            beside=True,
            when_empty=_("For each granted need something has begun."),
        ),
        Worklist(
            "plans-ending",
            _("plans that end"),
            _("Approved plans that end within 30 days: time for the closing talk, or for a new plan."),
            "mine",
            "plan",
            conditions.ending,
            "coordination.view_plan",
            when_empty=_("No plan ends within 30 days."),
        ),
        Worklist(
            "plans-without-note",
            _("plans: no note"),
            _("Plans in force of which nobody has written for long how they go. Call, or visit the person."),
            "mine",
            "plan",
            conditions.without_note,
            "coordination.view_plan",
            when_empty=_("Each plan has a fresh note."),
        ),
        Worklist(
            "plans-to-approve",
            _("plans to approve"),
            _("Plans that wait for the director."),
            "mine",
            "plan",
            conditions.waiting_for(PLAN, Party.DIRECTOR),
            "coordination.view_plan",
            when_empty=_("No plan waits for approval."),
            signed_with="coordination.approve_plan",
        ),
        Worklist(
            "plans-in-preparation",
            _("plans in preparation"),
            _("Plans to finish, to agree with the person, and to submit."),
            "mine",
            "plan",
            conditions.in_preparation,
            "coordination.view_plan",
            when_empty=_("No plan is being prepared."),
        ),
        Worklist(
            "cases-at-rest",
            _("cases at rest"),
            _("Cases open for a month or longer, without plan, live referral or service. Plan on, or close them."),
            "late",
            "case",
            conditions.at_rest,
            "residents.view_case",
            by_user=True,
            when_empty=_("Something goes on in each case."),
        ),
        Worklist(
            "consents-withdrawn",
            _("consents withdrawn"),
            _("Somebody took a consent back. What rested on it has stopped: agree with the person what comes instead."),
            "late",
            "case",
            conditions.with_withdrawn_consent,
            "residents.view_case",
            by_user=True,
            named=conditions.named_withdrawn_consents,
            by_secrets=True,
            when_empty=_("No withdrawn consent waits for you."),
        ),
        Worklist(
            "consents-ending",
            _("consents that end"),
            _("Open referrals rest on a consent that ends within 30 days or has ended. Ask the person for a new one."),
            "mine",
            "case",
            conditions.with_ending_consent,
            "residents.view_case",
            by_user=True,
            named=conditions.named_consents,
            by_secrets=True,
            when_empty=_("No consent ends within 30 days."),
        ),
        Worklist(
            "served-elsewhere",
            _("moved away, no payer"),
            _(
                "A service runs for somebody who lives in another municipality now, and no agreement says that it pays."
                " Find the agreement and write it down. Nothing ends by itself."
            ),
            "mine",
            "case",
            conditions.served_elsewhere,
            "residents.view_case",
            when_empty=_("For all who are served and live elsewhere somebody pays."),
        ),
        Worklist(
            "back-here",
            _("moved back, another still pays"),
            _(
                "Somebody lives here again, and another municipality still pays for a service or has the matter that we"
                " handed over. Agree with it until when, and write that down."
            ),
            "mine",
            "case",
            conditions.back_here,
            "residents.view_case",
            by_user=True,
            by_secrets=True,
            when_empty=_("For nobody who lives here does another municipality still pay."),
        ),
        Worklist(
            "requests-overdue",
            _("requests: answer late"),
            _("Requests of residents whose answer is late with us."),
            "late",
            "request",
            conditions.answer_late,
            "residents.view_servicerequest",
            when_empty=_("Every request is in time."),
        ),
        Worklist(
            "unmet",
            _("unmet needs"),
            _("What people asked for and did not get here, without their names: for the next programme."),
            "plain",
            "unmet",
            conditions.everything,
            "residents.view_unmetneed",
            when_empty=_("No need is unmet."),
        ),
        Worklist(
            "gaps",
            _("needs with no partner"),
            _(
                "What people need and nobody here gives, without their names: what is lacking, and where. "
                "What was refused because conditions were not met is marked so."
            ),
            "plain",
            "unmet",
            conditions.gaps,
            "residents.view_unmetneed",
            when_empty=_("Somebody meets each need."),
        ),
        Worklist(
            "requests-to-answer",
            _("requests to answer"),
            _("Requests of residents on which we act next, and are in time."),
            "mine",
            "request",
            conditions.to_answer,
            "residents.view_servicerequest",
            when_empty=_("No request waits for us."),
        ),
        Worklist(
            "requests-waiting",
            _("requests: the resident answers"),
            _("Requests whose clock stands until the resident answers."),
            "theirs",
            "request",
            conditions.waiting_for(REQUEST, Party.RESIDENT),
            "residents.view_servicerequest",
            when_empty=_("No resident owes us an answer."),
        ),
        Worklist(
            "offers-open",
            _("places offered"),
            _("Places that are kept until the resident answers, or the day for it passes."),
            "theirs",
            "need",
            conditions.waiting_for(ITEM, Party.RESIDENT),
            "residents.view_requestitem",
            when_empty=_("No offer waits for an answer."),
        ),
        Worklist(
            "queues",
            _("needs in queues"),
            _("Needs that wait for a place. Their order is that of the queue: offer the next place there."),
            "hold",
            "queue",
            conditions.everything,
            "residents.view_queueplace",
            when_empty=_("Nobody waits for a place."),
        ),
        Worklist(
            "to-ask-by-phone",
            _("to ask by phone"),
            _("They wait for a place, get no mail and were not asked for 30 days. Call, and record the answer."),
            "mine",
            "queue",
            conditions.to_ask_by_phone,
            "residents.view_queueplace",
            when_empty=_("Nobody has to be asked by phone whether the place is still wanted."),
        ),
        Worklist(
            "refusals-to-sign",
            _("decisions to sign"),
            _("Refusals and discontinuing decisions that were proposed and wait for the director."),
            "mine",
            "need",
            conditions.waiting_for(ITEM, Party.DIRECTOR),
            "residents.view_requestitem",
            when_empty=_("No decision waits for a signature."),
            signed_with="residents.sign_refusal",
        ),
        Worklist(
            "refusals-undelivered",
            _("decisions: no delivery"),
            _("Signed decisions without a day of delivery: the term to appeal does not run yet."),
            "mine",
            "need",
            conditions.undelivered,
            "residents.view_requestitem",
            when_empty=_("Each decision was delivered."),
        ),
        Worklist(
            "appeals-to-pass-on",
            _("appeals to pass on"),
            _("Appeals whose seven days to reach the board have passed or end within two."),
            "late",
            "need",
            conditions.appeal_to_pass_on,
            "residents.view_requestitem",
            when_empty=_("No appeal is due."),
        ),
        Worklist(
            "appeals-with-the-board",
            _("appeals with the board"),
            _("Appeals that were passed on to the board and have no result yet."),
            "theirs",
            "need",
            conditions.appeal_with_the_board,
            "residents.view_requestitem",
            when_empty=_("No appeal waits for the board."),
        ),
        Worklist(
            "lists-to-sign",
            _("destruction lists"),
            _("Lists of records whose term of keeping has ended."),
            "mine",
            "destruction",
            conditions.waiting_for(DESTRUCTION, Party.DIRECTOR),
            "coordination.sign_destructionlist",
            when_empty=_("No list waits for a signature."),
            signed_with="coordination.sign_destructionlist",
        ),
    )
}
PARTITION = tuple(worklist for worklist in WORKLISTS.values() if worklist.in_partition)
# The lists of referrals, in sets of which a referral is in one list at most.
SETS = {
    "list_name": PARTITION,
    "part_name": tuple(worklist for worklist in WORKLISTS.values() if worklist.part_of),
    "step_name": (WORKLISTS["not-opened"],),
}


def open_to(user) -> list[Worklist]:
    """Return the lists that this user may open."""
    return [worklist.seen_by(user) for worklist in WORKLISTS.values() if user.has_perm(worklist.permission)]


def counts(rows, worklists, on, *more) -> dict:
    """Count the lists in one query, each over the rows of its subject; `more` comes along, built as these parts are."""
    found = dict.fromkeys((worklist.name for worklist in worklists), 0)
    parts = list(more)
    for subject in dict.fromkeys(worklist.subject for worklist in worklists):
        wanted = {one.name: Count("pk", filter=one.holds(on)) for one in worklists if one.subject == subject}
        parts.append(rows[subject].order_by().values(subject=Value(subject)).annotate(numbers=JSONObject(**wanted)))
    if parts:
        for _subject, numbers in parts[0].union(*parts[1:], all=True).values_list("subject", "numbers"):
            found |= numbers
    return found
