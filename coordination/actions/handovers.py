"""What came and belongs elsewhere: passed on by letter (KPA art. 65), watched until taken up there, or sent back."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.actions.chains import MOST_LINKS, PassedOnTooOftenError
from coordination.actions.grounds import LOOK_AGAIN, live_receiver
from coordination.actions.incoming import say
from coordination.clocks import answer_due
from coordination.incoming_mail import tell_desk, tell_leaders, tell_sender_and_person
from coordination.models import Handover, IncomingReferral, ReferralNote
from coordination.workflow import INCOMING
from cus_portal.accounts.models import Institution, User
from cus_portal.audit.log import record
from cus_portal.workflow import TransitionNotAllowed


def redirect_incoming(
    incoming: IncomingReferral,
    *,
    receiver: Institution,
    text: str,
    by: User,
    now: datetime,
    sign: str = "",
    agreed_on: date | None = None,
    statute: str = "",
) -> IncomingReferral:
    """Hand it over to another institution, and tell the sender whom to ask.

    The letter of handover goes out on paper or by e-delivery; here stand its day, its sign, what allows it, and until
    when it is to be taken up there. Nobody is handed the same twice, and a chain has at most five links: of a sixth the
    centre's leaders learn. A request that was opened keeps its own life: its needs are passed on there.
    """
    try:
        ground = {"sign": sign, "agreed_on": agreed_on, "statute": statute}
        return _hand_over(incoming, receiver, ground, text=text, by=by, now=now)
    except PassedOnTooOftenError:
        _escalate(incoming, by=by, on=timezone.localdate(now))
        raise


@transaction.atomic
def _hand_over(incoming, receiver, ground, *, text, by, now):
    INCOMING.check(incoming, "redirect", by=by)
    on = timezone.localdate(now)
    if receiver.is_centre or receiver.pk == incoming.sender_id:
        raise ValidationError({"receiver": _("Choose another institution than the centre and the sender.")})
    if ground["agreed_on"] and ground["agreed_on"] > on:
        raise ValidationError({"agreed_on": LOOK_AGAIN})
    if not (ground["agreed_on"] or ground["statute"]):
        raise ValidationError(
            {
                "agreed_on": _(
                    "Write when the person agreed to this institution, or the act and article that ask for it."
                )
            }
        )
    asked = list(incoming.handovers.values_list("receiver", "receiver__merged_into"))
    if any(receiver.pk in link for link in asked):
        raise ValidationError({"receiver": _("This institution has already sent it back.")})
    if len(asked) >= MOST_LINKS:
        raise PassedOnTooOftenError(
            _("Five institutions have sent it back. Deal with it here; the organiser and the director know.")
        )
    live_receiver(receiver.pk)
    taken_up_by = answer_due(incoming, on=on)
    INCOMING.move(incoming, "redirect", by=by, ended_at=now, days_left=None, respond_by=taken_up_by)
    incoming.handovers.create(receiver=receiver, handed_over_on=on, **ground)
    say(incoming, ReferralNote.Kind.HANDOVER, f"{receiver.short_name}: {text}", by=by, now=now)
    tell_sender_and_person(incoming, on=on)
    return incoming


@transaction.atomic
def _escalate(incoming, *, by, on):
    record("incomingreferral.passed_on_too_often", incoming, by=by, links=MOST_LINKS)
    tell_leaders(incoming, by=by, on=on)


@transaction.atomic
def take_up_elsewhere(incoming: IncomingReferral, *, said_by: str, answered_on: date, by: User, now: datetime):
    """Write down who said there that they have taken it up; from then on it is theirs."""
    INCOMING.check(incoming, "take_up", by=by)
    if not incoming.is_handed_on:
        raise TransitionNotAllowed(_("It is already written down that it was taken up there."))
    link = _standing(incoming, answered_on, now)
    INCOMING.move(incoming, "take_up", by=by, taken_up_on=answered_on)
    Handover.objects.filter(pk=link.pk).update(said_by=said_by)
    tell_sender_and_person(incoming, on=timezone.localdate(now))
    return incoming


@transaction.atomic
def take_back_incoming(
    incoming: IncomingReferral, *, said_by: str, answered_on: date, text: str, by: User, now: datetime
):
    """Take back what was passed on and is not theirs either; our time to answer begins anew, and the sender learns."""
    INCOMING.check(incoming, "take_back", by=by)
    link, on = _standing(incoming, answered_on, now), timezone.localdate(now)
    answer_by = answer_due(incoming, on=on)
    INCOMING.move(incoming, "take_back", by=by, ended_at=None, decided_at=None, taken_up_on=None, respond_by=answer_by)
    Handover.objects.filter(pk=link.pk).update(said_by=said_by, sent_back_on=answered_on)
    say(incoming, ReferralNote.Kind.SENT_BACK, f"{link.receiver.short_name}: {text}", by=by, now=now)
    tell_sender_and_person(incoming, on=on)
    tell_desk(incoming, by=by, on=on)
    return incoming


def _standing(incoming, answered_on, now):
    """Return the link that stands, once the day of its answer fits it."""
    link = incoming.handovers.select_related("receiver").get(sent_back_on=None)
    if answered_on > timezone.localdate(now):
        raise ValidationError({"answered_on": LOOK_AGAIN})
    if answered_on < link.handed_over_on:
        raise ValidationError({"answered_on": _("This day lies before it was handed over.")})
    return link
