"""A referral passed on: the institution it was sent to, or the coordinator, sends it to another."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.actions.consents import consent_to_hand_over
from coordination.actions.grounds import (
    check_legal_basis,
    check_receiver,
    consent_to,
    handed_over_by,
    live_receiver,
    one_open_referral,
    receiver_of_the_day,
)
from coordination.actions.referrals import new_number
from coordination.actions.telling import tell_coordinator, tell_person, tell_receiver, write_to
from coordination.clocks import answer_due
from coordination.disclosure import disclosed_by
from coordination.models import Referral
from coordination.workflow import REFERRAL
from cus_portal.accounts.models import User
from cus_portal.accounts.roles import Role
from cus_portal.audit.log import record

MOST_LINKS = 5  # the contract of referrals: at most five, then the coordinator decides


class PassedOnTooOftenError(ValidationError):
    """The chain is full."""


def redirect_referral(
    referral, *, by, now, receiver, reason, statute="", consent_form="", consent_given_on=None
) -> Referral:
    """End this referral and send the same need to another institution, as its child; return the child.

    The person must have agreed to the new institution too, which the coordinator may record with it; what rests on a
    statute names the one that asks for it there. No institution is asked twice in one chain, and a chain has at most
    five links: whoever wants a sixth is refused, and the centre learns of it. Why an institution cannot be asked is the
    sender's to know: the receiver learns of no other referral by a refusal.
    """
    knows_all = by.has_perm("coordination.send_referral", referral)
    given = {"form": consent_form, "given_on": consent_given_on}
    try:
        return _pass_on(referral, by=by, now=now, receiver=receiver, reason=reason, statute=statute, consent=given)
    except PassedOnTooOftenError:
        _escalate(referral, by=by, on=timezone.localdate(now))
        raise
    except ValidationError as refused:
        if knows_all or "receiver" not in getattr(refused, "error_dict", {}):
            raise
        words = _(
            "The person has not agreed to this institution, or it was asked already. Ring the coordinator: %(who)s."
        )
        raise ValidationError({"receiver": words % {"who": referral.case.coordinator}}) from None


@transaction.atomic
def _escalate(referral, *, by, on) -> None:
    """Tell the coordinator and the organisers, once, that nobody takes the person on; the log knows of each try."""
    record("referral.passed_on_too_often", referral, by=by, links=MOST_LINKS)
    people = [referral.case.coordinator]
    if referral.confidentiality != Referral.Confidentiality.PROTECTED:
        people += User.objects.holding(Role.ORGANISER, on=on).exclude(pk=referral.case.coordinator_id)
    for person in people:
        write_to(person, "referral_bounced", referral, Referral.OPEN, path=referral.get_absolute_url())


@transaction.atomic
def _pass_on(referral, *, by, now, receiver, reason, statute, consent) -> Referral:
    REFERRAL.check(referral, "redirect", by=by)
    on = timezone.localdate(now)
    chain = [referral, *chain_before(referral)]
    if receiver.pk in {pk for link in chain for pk in (link.receiver_id, link.receiver.merged_into_id)}:
        raise ValidationError({"receiver": _("This institution has already been asked for this person.")})
    if len(chain) >= MOST_LINKS:
        raise PassedOnTooOftenError(
            _("This has been passed on too often. Ring the coordinator: %(who)s.") % {"who": referral.case.coordinator}
        )
    if referral.statute and not statute:
        raise ValidationError({"statute": _("Write the act and article that ask for it at this institution.")})
    if consent["form"]:
        consent_to_hand_over(referral, handed_over_by(referral), by=by, now=now, receiver=receiver, **consent)
    live_receiver(receiver.pk)  # held before the row that moves, as whoever merges two institutions does
    REFERRAL.move(referral, "redirect", by=by, reason=reason, ended_at=now, days_left=None)
    child = _child(referral, receiver, statute if referral.statute else "", on=on)
    with one_open_referral(child.case, child.service, receiver), transaction.atomic():
        child.number = new_number(now)
        child.save()
        child.attachments.set(referral.attachments.all())
    record("referral.draft", child, by=by, to_state=child.status)
    REFERRAL.move(
        child,
        "pass_on",
        by=by,
        disclosed=disclosed_by(child),
        **receiver_of_the_day(child, on=on),
        sent_at=now,
        respond_by=answer_due(child, on=on),
    )
    tell_receiver(child, "referral_sent", on=on, only_while=[Referral.Status.SENT])
    tell_coordinator(referral, "referral_redirected", by=by)
    tell_person(child)
    return child


def _child(referral, receiver, statute, *, on) -> Referral:
    """Return what asks the same of another institution, once that has a legal basis of its own."""
    child = Referral(
        parent=referral,
        statute=statute,
        consent=None if statute else consent_to(receiver, referral, on=on),
        receiver=receiver,
        created_by=referral.created_by,
        **{name: getattr(referral, name) for name in PASSED_ON},
    )
    check_receiver(child)
    try:
        check_legal_basis(child, on=on, more=handed_over_by(referral))
    except ValidationError:
        raise ValidationError(
            {
                "receiver": _(
                    "The person has not agreed to this institution. Ask first, and record here how and when the consent"
                    " was given."
                )
            }
        ) from None
    return child


PASSED_ON = (
    "case",
    "kind",
    "priority",
    "plan_item",
    "sender",
    "service",
    "area",
    "need",
    "wanted_outcome",
    "disclosed_fields",
    "confidentiality",
)


def chain_before(referral) -> list[Referral]:
    """Return the referrals this one was passed on from, the nearest first."""
    links: list[Referral] = []
    while referral.parent_id and len(links) < MOST_LINKS:
        referral = referral.parent
        links.append(referral)
    return links


def chain_after(referral) -> list[Referral]:
    """Return the referrals this one was passed on to, in their order."""
    links: list[Referral] = []
    while len(links) < MOST_LINKS:
        following = Referral.objects.filter(parent=referral).select_related("receiver").first()
        if following is None:
            break
        referral = following
        links.append(following)
    return links
