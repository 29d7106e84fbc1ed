"""What is done with the link to a referral: opened once, and mailed anew."""

from datetime import date, datetime

from django.db import transaction

from coordination.actions.referrals import check_consent_lasts, mark_opened
from coordination.links import addressees, holder_of
from coordination.models import Referral, ReferralLink
from cus_portal.accounts.actors import SystemActor
from cus_portal.audit.log import record
from cus_portal.notifications.outbox import notify
from cus_portal.workflow import TransitionNotAllowed


def open_link(link: ReferralLink, *, now: datetime) -> ReferralLink:
    """Use the link up and note who opened the referral first; of two who press at once one comes in."""
    check_consent_lasts(link.referral, by=holder_of(link), now=now)
    with transaction.atomic():
        if not ReferralLink.objects.filter(pk=link.pk, key=link.key, used_at=None).update(used_at=now):
            raise TransitionNotAllowed
        mark_opened(link.referral, by=holder_of(link), now=now)
    return link


@transaction.atomic
def send_new_link(referral: Referral, *, on: date) -> None:
    """Mail a new link to the address on record; nothing where the referral is no longer shown to its receiver.

    Where somebody has an account by now, it is his way, and he is told so.
    """
    if not referral.is_shown_to_receiver():
        return
    for recipient in addressees(referral, on=on):
        if isinstance(recipient, ReferralLink):
            key = f"referral_link:{recipient.key}"
            number = "" if referral.confidentiality == Referral.Confidentiality.PROTECTED else referral.number
            notify(recipient, "referral_link", dedupe_key=key, about=referral, number=number)
            record("referral.link", referral, by=SystemActor())
