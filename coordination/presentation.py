"""How a referral reads on the screen of each side: whose move, until when, what to do."""

from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from coordination.conditions import CONSENT_ENDS_SOON
from coordination.models import IncomingReferral, Referral
from coordination.workflow import INCOMING, REFERRAL
from cus_portal.workflow import STATE_KINDS, Party

S = Referral.Status
IN = IncomingReferral.Status


@dataclass(frozen=True)
class State:
    """A referral's state as one side sees it."""

    label: str
    kind: str  # of the tag
    whose: str
    mine: bool
    due: object
    days_late: int

    @property
    def lateness(self):
        return ngettext("%(n)s day late", "%(n)s days late", self.days_late) % {"n": self.days_late}


def state_of(referral, *, received, on, position=None) -> State:
    """Read the state for the receiver's people (`received`) or for the sender's; `position` in its waiting list."""
    party = Party.NOBODY if referral.acknowledged_at else REFERRAL.waiting_for[referral.status]
    mine = party == (Party.INSTITUTION if received else Party.CENTRE)
    nobody = party == Party.NOBODY
    # On the waiting list the day is the person's, who is asked then whether the place is still wanted.
    due = None if nobody or referral.status == S.WAITLISTED else referral.respond_by
    days_late = (on - due).days if due and due < on and referral.status in Referral.CAN_BE_LATE else 0
    if days_late > 0:
        kind = "late"
    elif nobody:
        kind = "plain"
    elif referral.status in Referral.PAUSED:
        kind = "warn"
    else:
        kind = "mine" if mine else "wait"
    if mine:
        whose = _("your move")
    elif nobody:
        whose = _("nobody has to do anything")
    else:
        whose = referral.sender.short_name if received else referral.receiver.short_name
    label = str(referral.get_status_display())
    if referral.status == S.SENT and referral.opened_at is None:
        label = _("sent, not opened yet")
    if referral.status == S.ON_HOLD:
        label = held(referral)
    if why := referral.reason_of_state():
        label = _("%(state)s, %(why)s") % {"state": label, "why": why}
    if position:
        label = _("%(state)s, number %(n)s in order") % {"state": label, "n": position}
    if referral.unverified_since:
        label = _("%(state)s, not confirmed in writing") % {"state": label}
    if referral.acknowledged_at:
        label = _("%(state)s, loop closed") % {"state": label}
    elif referral.person_said == Referral.Said.DISPUTED and not received:
        label = _("%(state)s, the person says otherwise") % {"state": label}
    return State(label, kind, whose, mine, due, max(days_late, 0))


def sent_to_us(row: IncomingReferral, *, on) -> State:
    """Read what came to the centre for the people of its sender: whose move, and until when it is answered."""
    party = Party.NOBODY if row.acknowledged_at else INCOMING.waiting_for[row.status]
    mine, label = party == Party.INSTITUTION, str(row.get_status_display())
    if row.acknowledged_at:
        label = _("%(state)s, loop closed") % {"state": label}
    elif row.status == IN.REDIRECTED:
        label = _("passed on, not taken up there yet") if row.is_handed_on else _("passed on, taken up there")
    whose = {Party.INSTITUTION: _("your move"), Party.CENTRE: _("the centre's move")}.get(party, "")
    due = None if party == Party.NOBODY or row.status == IN.WAITLISTED else row.respond_by
    days_late = max((on - due).days, 0) if due else 0
    kind = {Party.INSTITUTION: "mine", Party.CENTRE: "wait"}.get(party, STATE_KINDS[party])
    return State(label, kind, whose or _("nobody has to do anything"), mine, due, days_late)


# Because of whom it stands, beside the state; "other" says no more than the state.
HELD = {
    Referral.HoldCause.PERSON: gettext_lazy("%(state)s because of the person"),
    Referral.HoldCause.INSTITUTION: gettext_lazy("%(state)s because of the institution"),
}


def consent_end(consent, *, covered_by, asks, on) -> tuple[str, str]:
    """Return colour and words of the last day of the consent on which a referral rests.

    `covered_by` is what covers it on that day, be it given anew; `asks` tells whether somebody who reads this has to
    ask the person once it ends.
    """
    if consent.withdrawn_at:
        return "plain", pgettext("consent", "withdrawn")
    if consent.valid_until is None:
        return "plain", _("in force until it is withdrawn")
    last = date_format(consent.valid_until, "j E Y")
    if consent.is_in_force(on):
        if asks and consent.valid_until <= on + CONSENT_ENDS_SOON:
            return "warn", _("until %(day)s: ask the person anew in time") % {"day": last}
        return "plain", _("until %(day)s") % {"day": last}
    if covered_by:
        day = date_format(covered_by.given_on, "j E Y")
        return "plain", _("ended on %(last)s; the consent of %(day)s goes on from it") % {"last": last, "day": day}
    if asks:
        return "late", _("ended on %(day)s: ask the person anew") % {"day": last}
    return "plain", _("ended on %(day)s") % {"day": last}


def held(referral) -> str:
    return str(HELD.get(referral.hold_cause, "%(state)s")) % {"state": referral.get_status_display()}


def headline(referral, state, *, received) -> str:
    """Say in the page's heading what to do, or what is true."""
    names = {"who": state.whose, "day": date_format(state.due, "j E Y") if state.due else ""}
    if state.mine and not received and referral.person_said == Referral.Said.DISPUTED:
        return _("The person says that it was otherwise: find out by %(day)s") % names
    if state.mine:
        return str(TO_DO[received].get(referral.status, _("It is your turn"))) % names
    if referral.acknowledged_at:
        return _("The loop is closed")
    if state.days_late:
        return _("%(who)s is late: it was due on %(day)s") % names
    if state.due and state.whose:
        return _("%(who)s moves next, by %(day)s") % names
    return str(ENDED_AS.get(referral.status, state.label))


TO_DO = {
    True: {
        S.SENT: gettext_lazy("It is your turn: answer by %(day)s"),
        S.WAITLISTED: gettext_lazy("The person waits for a place with you"),
        S.ACCEPTED: gettext_lazy("It is your turn: meet the person by %(day)s"),
        S.IN_PROGRESS: gettext_lazy("It is your turn: send news or the outcome by %(day)s"),
        S.ON_HOLD: gettext_lazy("On hold: look at it again by %(day)s"),
    },
    False: {
        S.DRAFT: gettext_lazy("Check what the institution will see, then send"),
        S.INFO_REQUESTED: gettext_lazy("It is your turn: answer the question by %(day)s"),
        S.COMPLETED: gettext_lazy("It is your turn: close the loop by %(day)s"),
        S.NOT_FULFILLED: gettext_lazy("It could not be done. Close the loop by %(day)s"),
        S.REJECTED: gettext_lazy("The institution does not accept it. Close the loop by %(day)s"),
        S.EXPIRED: gettext_lazy("Nobody answered. Close the loop by %(day)s"),
    },
}
ENDED_AS = {
    S.WITHDRAWN: gettext_lazy("This referral was withdrawn"),
    S.ENTERED_IN_ERROR: gettext_lazy("This referral was entered in error"),
    S.COMPLETED: gettext_lazy("This referral is completed"),
    S.REJECTED: gettext_lazy("This referral was not accepted"),
    S.NOT_FULFILLED: gettext_lazy("This referral could not be fulfilled"),
    S.EXPIRED: gettext_lazy("This referral has expired"),
    S.REDIRECTED: gettext_lazy("This referral was passed on"),
}


def headline_of_sent(row: IncomingReferral, state: State) -> str:
    """Say to the people of its sender what to do, or by when the centre does what comes next."""
    names = {"who": settings.CENTRE["short_name"], "day": date_format(state.due, "j E Y") if state.due else ""}
    if state.mine:
        return str(TO_DO[False][S.INFO_REQUESTED if row.status == IN.INFO_REQUESTED else S.COMPLETED]) % names
    if not state.due:
        return str(capfirst(state.label))
    return (
        _("%(who)s is late: it was due on %(day)s") if state.days_late else _("%(who)s moves next, by %(day)s")
    ) % names


# What the person is told of it, at the person's own page.
TOLD_THE_PERSON = {
    S.SENT: gettext_lazy("We have asked. We wait for the answer."),
    S.INFO_REQUESTED: gettext_lazy("It asked us something. We answer it."),
    S.WAITLISTED: gettext_lazy("You are on its waiting list."),
    S.ACCEPTED: gettext_lazy("It will help you. It begins on %(day)s."),
    S.IN_PROGRESS: gettext_lazy("The help is under way."),
    S.ON_HOLD: gettext_lazy("The help has stopped for a time."),
    S.COMPLETED: gettext_lazy("It says that the help was given."),
    S.NOT_FULFILLED: gettext_lazy("The help could not be given. Your coordinator tells you more."),
    S.REJECTED: gettext_lazy("It cannot help. Your coordinator looks for another way."),
    S.EXPIRED: gettext_lazy("It did not answer. Your coordinator looks for another way."),
    S.WITHDRAWN: gettext_lazy("Withdrawn. Nobody is asked any more."),
}


def told_to_the_person(referral, position=None) -> str:
    if position:
        return _("You are number %(n)s on its waiting list.") % {"n": position}
    if referral.status == S.ON_HOLD and referral.hold_cause == Referral.HoldCause.PERSON:
        return _("The help waits for you: you are in hospital, away, or you asked for a pause.")
    begins = referral.planned_start_on
    return str(TOLD_THE_PERSON[referral.status]) % {"day": date_format(begins, "j E Y") if begins else ""}


CAME_TOLD = {
    IN.SENT: gettext_lazy("It has come to us. We will answer."),
    IN.INFO_REQUESTED: gettext_lazy("We have asked the institution a question."),
    IN.WAITLISTED: gettext_lazy("You wait for a place with us."),
    IN.ACCEPTED: gettext_lazy("We have accepted it. We will be in touch."),
    IN.IN_PROGRESS: gettext_lazy("Our help has begun."),
    IN.ON_HOLD: gettext_lazy("It is on hold for now. Ask us why."),
    IN.COMPLETED: gettext_lazy("We told the institution on %(day)s: %(outcome)s."),
    IN.NOT_FULFILLED: gettext_lazy("We told the institution that the help did not come about."),
    IN.REJECTED: gettext_lazy("We did not accept it. Ask us why, and whom to ask instead."),
    IN.REDIRECTED: gettext_lazy("We have passed it on to another institution: %(where)s."),
    IN.WITHDRAWN: gettext_lazy("The institution took it back."),
    IN.EXPIRED: gettext_lazy("The institution did not answer our question."),
}


def told_of_incoming(incoming) -> str:
    """Return in words for the person how it stands with what an institution sent to us: a row with its `where`."""
    day = timezone.localdate(incoming.ended_at) if incoming.ended_at else None
    facts = {"day": date_format(day, "j E Y") if day else "", "outcome": incoming.get_outcome_display()}
    return str(CAME_TOLD[incoming.status]) % (facts | {"where": incoming.where})


def handed_over(incoming) -> list[tuple[str, str]]:
    """Return to whom it was passed on, one after another, and what came of it."""
    links = incoming.handovers.select_related("receiver__merged_into")
    return [(_("Passed on to"), _link(incoming, link)) for link in links]


def _link(incoming, link):
    where, heir = link.receiver.name, link.receiver.merged_into
    if heir:
        where = _("%(where)s (now: %(heir)s)") % {"where": where, "heir": heir.name}
    names = {"where": where, "day": date_format(link.handed_over_on, "j E Y")}
    if link.sent_back_on:
        end = date_format(link.sent_back_on, "j E Y")
        return _("%(where)s on %(day)s, sent back on %(end)s") % (names | {"end": end})
    if incoming.taken_up_on:
        end = date_format(incoming.taken_up_on, "j E Y")
        return _("%(where)s on %(day)s, taken up there on %(end)s") % (names | {"end": end})
    until = date_format(incoming.respond_by, "j E Y")
    return _("%(where)s on %(day)s, to be taken up there until %(until)s") % (names | {"until": until})


# The history in the past tense: what each act of the tables was.
REFERRAL_PAST = {
    "draft": gettext_lazy("Written down"),
    "change": gettext_lazy("The draft was changed"),
    "send": gettext_lazy("Sent to the institution"),
    "open": gettext_lazy("Opened by the institution"),
    "link": gettext_lazy("A new link was sent to the institution"),
    "verify": gettext_lazy("The spoken answer was confirmed in writing"),
    "papers": gettext_lazy("The institution sent documents"),
    "enclose": gettext_lazy("More documents were sent along"),
    "protect": gettext_lazy("It is protected now"),
    "print": gettext_lazy("The referral was printed"),
    "claim": gettext_lazy("Taken in hand"),
    "hand_over": gettext_lazy("Handed over to a colleague"),
    "give_back": gettext_lazy("Put back for everybody"),
    "ask": gettext_lazy("The institution asked for more"),
    "reply": gettext_lazy("The question was answered"),
    "accept": gettext_lazy("Accepted by the institution"),
    "waitlist": gettext_lazy("Put on the institution's waiting list"),
    "passed_over": gettext_lazy("Somebody who had waited less was accepted before"),
    "start": gettext_lazy("First contact with the person"),
    "report": gettext_lazy("News from the institution"),
    "hold": gettext_lazy("Put on hold by the institution"),
    "resume": gettext_lazy("The institution goes on"),
    "plan_anew": gettext_lazy("The institution planned the beginning anew"),
    "redirect": gettext_lazy("Passed on to another institution"),
    "passed_on_too_often": gettext_lazy("It cannot be passed on any more: the coordinator was asked to step in"),
    "pass_on": gettext_lazy("Sent on from another institution"),
    "reopen": gettext_lazy("The institution took its refusal back"),
    "still_wanted": gettext_lazy("The person still waits for a place"),
    "complete": gettext_lazy("The outcome was recorded"),
    "fail": gettext_lazy("The help could not be given"),
    "reject": gettext_lazy("Not accepted by the institution"),
    "withdraw": gettext_lazy("Withdrawn"),
    "stop": gettext_lazy("Stopped: the person withdrew the consent"),
    "expire": gettext_lazy("Expired without an answer"),
    "acknowledge": gettext_lazy("The loop was closed"),
    "confirm": gettext_lazy("The person confirmed the outcome"),
    "dispute": gettext_lazy("The person says that it was otherwise"),
    "discard": gettext_lazy("Marked as entered in error"),
    "taken_down": gettext_lazy("The centre took the institution's answer down"),
    "follow": gettext_lazy("Went over to the institution that took the receiver over"),
    "shut": gettext_lazy("The institution no longer sees it: its time after the end has passed"),
}
PLAN_PAST = {
    "draft": gettext_lazy("The plan was begun"),
    "change": gettext_lazy("The plan was changed"),
    "add_item": gettext_lazy("An item was added"),
    "change_item": gettext_lazy("An item was changed"),
    "remove_item": gettext_lazy("An item was taken out"),
    "agree": gettext_lazy("The person agreed to the plan"),
    "rework": gettext_lazy("The plan went back to the draft"),
    "submit": gettext_lazy("Submitted for approval"),
    "approve": gettext_lazy("The plan was approved"),
    "send_back": gettext_lazy("The plan was sent back"),
    "note": gettext_lazy("A note on how the plan goes was written"),
    "amend": gettext_lazy("Changes to the approved plan were begun"),
    "drop_changes": gettext_lazy("The changes were left, the plan is as it was approved"),
    "complete": gettext_lazy("The plan was completed"),
    "end_early": gettext_lazy("The plan was ended early"),
    "print": gettext_lazy("The plan was printed"),
}
