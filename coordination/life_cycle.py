"""The life of a referral, written once for both directions: which move, from where to where, and whose it is.

What goes out has the centre as its sender and an institution as its receiver; for what comes in it is the other way
round. The moves of CONTRACT are the same for both; what one direction has alone stands below, with its reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from coordination.models import IncomingReferral, Referral
from cus_portal.workflow import STAY, Transition

S = Referral.Status
AT_RECEIVER = tuple(status for status in Referral.OPEN if status != S.DRAFT)


class Side(Enum):
    """Whose move it is, whichever way the referral goes."""

    SENDER = auto()
    RECEIVER = auto()
    TEAM = auto()  # the receiver's people among themselves
    EITHER = auto()
    PASSES_ON = auto()  # the receiver, or the centre where it is the sender
    CLOSES = auto()  # the sender, when the outcome is known
    WITHDRAWS = auto()  # the sender, and the person where the consent is on record here
    PERSON = auto()
    CLOCK = auto()
    REGISTER = auto()  # the centre, which keeps the register of both


@dataclass(frozen=True)
class Row:
    name: str
    label: str | Promise
    sources: tuple[str, ...]
    target: str
    side: Side
    danger: bool = False


UNDER_WAY = (S.ACCEPTED, S.IN_PROGRESS, S.ON_HOLD)

CONTRACT = (
    Row("ask", _("Ask for more"), (S.SENT,), S.INFO_REQUESTED, Side.RECEIVER),
    Row("reply", _("Reply"), (S.INFO_REQUESTED,), S.SENT, Side.SENDER),
    Row("accept", _("Accept"), (S.SENT, S.WAITLISTED), S.ACCEPTED, Side.RECEIVER),
    Row("waitlist", _("Put on the waiting list"), (S.SENT,), S.WAITLISTED, Side.RECEIVER),
    Row("start", _("Record the first contact"), (S.ACCEPTED,), S.IN_PROGRESS, Side.RECEIVER),
    Row("report", _("Write how it goes"), (S.ACCEPTED, S.IN_PROGRESS), STAY, Side.RECEIVER),
    Row("hold", _("Put on hold"), (S.ACCEPTED, S.IN_PROGRESS), S.ON_HOLD, Side.RECEIVER),
    Row("resume", _("Go on"), (S.ON_HOLD,), S.IN_PROGRESS, Side.RECEIVER),
    Row("plan_anew", _("Plan the beginning anew"), (S.ON_HOLD,), S.ACCEPTED, Side.RECEIVER),
    Row("complete", _("Record the outcome"), UNDER_WAY, S.COMPLETED, Side.RECEIVER),
    Row("redirect", _("Pass on to another"), (S.SENT, S.WAITLISTED, S.ACCEPTED), S.REDIRECTED, Side.PASSES_ON, True),
    Row("fail", _("It could not be done"), UNDER_WAY, S.NOT_FULFILLED, Side.EITHER, True),
    Row("reject", _("Do not accept"), (S.SENT, S.WAITLISTED, S.INFO_REQUESTED), S.REJECTED, Side.RECEIVER, True),
    Row("reopen", _("Take it back: we can help after all"), (S.REJECTED,), S.SENT, Side.RECEIVER),
    Row("claim", _("Take it in hand"), AT_RECEIVER, STAY, Side.TEAM),
    Row("hand_over", _("Hand over to a colleague"), AT_RECEIVER, STAY, Side.TEAM),
    Row("give_back", _("Put it back for everybody"), AT_RECEIVER, STAY, Side.TEAM),
    Row("withdraw", _("Withdraw the referral"), AT_RECEIVER, S.WITHDRAWN, Side.WITHDRAWS, True),
    Row("expire", _("Expire"), (S.SENT, S.INFO_REQUESTED, S.WAITLISTED), S.EXPIRED, Side.CLOCK, True),
    Row(
        "acknowledge",
        _("Close the loop"),
        (S.COMPLETED, S.NOT_FULFILLED, S.REJECTED, S.EXPIRED),
        STAY,
        Side.CLOSES,
    ),
    Row("confirm", _("It was so"), (S.COMPLETED,), STAY, Side.PERSON),
    Row("dispute", _("It was otherwise"), (S.COMPLETED,), STAY, Side.PERSON),
    Row(
        "discard",
        _("Mark as entered in error"),
        tuple(status for status in S if status != S.ENTERED_IN_ERROR),
        S.ENTERED_IN_ERROR,
        Side.REGISTER,
        True,
    ),
)

# Drafts are the centre's own; the consent is on record here, so its withdrawal stops what rests on it; the centre takes
# an answer down in the institution's name and has it confirmed later; it asks those who wait at another's door.
OUTGOING_ONLY = (
    Transition("change", _("Change"), (S.DRAFT,), STAY, "coordination.send_referral"),
    Transition("send", _("Send"), (S.DRAFT,), S.SENT, "coordination.send_referral"),
    Transition("pass_on", _("Send on"), (S.DRAFT,), S.SENT, "coordination.pass_on_referral"),
    # Whoever may take it back may keep it.
    Transition("still_wanted", _("The person still wants it"), (S.WAITLISTED,), STAY, "coordination.withdraw_referral"),
    Transition(
        "verify",
        _("It is confirmed in writing"),
        (*AT_RECEIVER, S.COMPLETED, S.NOT_FULFILLED, S.REJECTED),
        STAY,
        "coordination.conclude_referral",
    ),
    Transition(
        "stop",
        _("Stop: the consent is withdrawn"),
        AT_RECEIVER,
        S.WITHDRAWN,
        "coordination.stop_referral",
        True,
    ),
)


def transitions(sides: Mapping[Side, str]) -> list[Transition]:
    """Return the contract's rows as the moves of one direction."""
    return [Transition(row.name, row.label, row.sources, row.target, sides[row.side], row.danger) for row in CONTRACT]


# -- what comes in ----------------------------------------------------------------------------------
HELD = IncomingReferral.Status.HELD
DESK, PARTNER = "coordination.answer_incoming", "coordination.file_incoming"

# Nobody at the centre drafts what others send. What the centre owes an answer never expires (KPA art. 35-37), and who
# waits for a place is asked by the queue of requests itself. An unknown sender's may be a mistake as well.
INCOMING_SOURCES: dict[str, tuple[str, ...]] = {
    "expire": (S.INFO_REQUESTED,),
    "discard": (HELD, *(status for status in S if status not in (S.DRAFT, S.ENTERED_IN_ERROR))),
}
INCOMING_LABELS = {
    "ask": _("Ask the sender"),
    "accept": _("Accept"),
    "claim": _("Take up"),
    "withdraw": _("Withdraw"),
}

# A sender nobody knows is called back first. Who has no account answers by phone or on paper, and the desk writes it
# down. What the person declines before anything is accepted is no refusal. The class is the desk's to correct. What is
# passed on goes by letter and is watched until it is taken up there; a body that is not the proper one sends it back.
INCOMING_ONLY = (
    Transition("admit", _("The sender is confirmed"), (HELD,), S.SENT, "coordination.admit_sender"),
    Transition("turn_away", _("The sender is not confirmed"), (HELD,), S.REJECTED, "coordination.admit_sender", True),
    Transition("classify", _("Change the class"), (HELD, S.SENT, S.INFO_REQUESTED), STAY, DESK),
    Transition("take_reply", _("Record the reply"), (S.INFO_REQUESTED,), S.SENT, DESK),
    Transition(
        "end",
        _("End: the person does not want help, or cannot be reached"),
        (S.SENT, S.INFO_REQUESTED, S.WAITLISTED),
        S.NOT_FULFILLED,
        DESK,
        True,
    ),
    Transition("take_up", _("It was taken up there"), (S.REDIRECTED,), STAY, DESK),
    Transition("take_back", _("It was sent back to us"), (S.REDIRECTED,), S.SENT, DESK),
    Transition(
        "take_acknowledgement",
        _("Record that the sender knows"),
        IncomingReferral.WAIT_FOR_ACKNOWLEDGEMENT,
        STAY,
        DESK,
    ),
)


def incoming_transitions(sides: Mapping[Side, str]) -> list[Transition]:
    """Return the contract's rows for what comes in, with the states in which this direction differs."""
    return [
        replace(
            step,
            label=INCOMING_LABELS.get(step.name, step.label),
            sources=INCOMING_SOURCES.get(step.name, tuple(status for status in step.sources if status != S.DRAFT)),
        )
        for step in transitions(sides)
    ]
