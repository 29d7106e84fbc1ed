"""How a receiver without an account is reached: by a signed link to one referral, mailed to its address on record.

Programs open the links in mails too, so a visit shows a button and changes nothing; the press lets this browser in and
uses the link up. Whoever comes by a link that was used, passed on, replaced or is too old may have a new one mailed: to
the address on record, never to another. Its session then ends as well.
"""

import uuid
from collections.abc import Iterable
from datetime import date, timedelta

from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

from coordination.colleagues import Colleagues
from coordination.models import IncomingReferral, PartnerToken, Referral, ReferralLink
from coordination.models.link import ASK_SALT, LINK_SALT
from cus_portal.accounts.actors import ReferralLinkHolder
from cus_portal.accounts.models import Institution, Membership
from cus_portal.accounts.roles import Role

LEADS_FOR = timedelta(days=30)
READY_TO_SHOW = (
    "referral__case__resident__locality",
    "referral__case__coordinator",
    "referral__sender",
    "referral__receiver",
    "referral__service",
    "referral__consent",
)


def to_be_called(referrals: Iterable[Referral], *, on: date) -> dict[int, str]:
    """Return why the receiver has to be called, of those where no account, no system and no link leads to it."""
    referrals = list(referrals)
    there = {"institution__in": {row.receiver_id for row in referrals}}
    workers = Membership.objects.in_force(on).filter(role=Role.INSTITUTION_WORKER, user__is_active=True, **there)
    systems = PartnerToken.objects.in_force(on).filter(**there).order_by()
    reached = set(workers.values_list("institution", flat=True).union(systems.values_list("institution", flat=True)))
    return {
        row.pk: _why_called(row) for row in referrals if row.receiver_id not in reached and not row.may_go_by_link()
    }


def _why_called(referral: Referral) -> str:
    if referral.receiver.email:
        return _(
            "Nobody there has an account and the address is not confirmed by phone: they will be asked to ring you up."
        )
    unreached = _("Nobody there has an account, and we have no e-mail address of them: no message reaches them.")
    if referral.status in Referral.ACCEPTED:
        way = _("Tell them yourself what changes.")
    elif referral.receiver.phone:
        way = _("Call %(phone)s, or print it and hand it over.") % {"phone": referral.receiver.phone}
    else:
        way = _("Print it and hand it over.")
    return f"{unreached} {way}"


def addressees(referral, *, on: date) -> list:
    """Return the receiver's workers and its mailbox; where nobody has an account, a new link to this one referral."""
    found = referral.receiver.addressees(Role.INSTITUTION_WORKER, on=on)
    if found == [referral.receiver] and referral.may_go_by_link():
        return [new_link(referral, on=on)]
    return found


def answerers(referral, *, on: date) -> list:
    """Return who of the receiver is written to about what is to be done: whoever has it in hand today, or all."""
    in_charge = Colleagues([referral.receiver_id], on=on).in_charge(referral) if referral.assigned_to_id else None
    return [in_charge] if in_charge else addressees(referral, on=on)


def new_link(referral, *, on: date) -> ReferralLink:
    """Return a link with a new key; the one before leads nowhere from now on."""
    fresh = {"key": uuid.uuid4(), "address": referral.receiver.email, "last_day": on + LEADS_FOR, "used_at": None}
    return ReferralLink.objects.update_or_create(referral=referral, defaults=fresh)[0]


def holder_of(link: ReferralLink) -> ReferralLinkHolder:
    return ReferralLinkHolder(
        referral_id=link.referral_id, institution=link.referral.receiver.short_name, address=link.address
    )


def read(signed: str) -> tuple[int, str] | None:
    """Return which referral the link named and its key; None when it is not whole or nobody here has made it."""
    try:
        referral, key = signing.loads(signed, salt=LINK_SALT)
    except signing.BadSignature:
        return None
    return referral, key


def withdrawn(referral: int, signed: str = "") -> Referral | None:
    """Return the referral if it was taken back; to the holder of a link no longer than a link leads.

    Each message makes a new key, that of the withdrawal too: what is told to the one before rests on the signature
    alone, and so does not say who was asked, or for what.
    """
    if signed:
        try:
            signing.loads(signed, salt=LINK_SALT, max_age=LEADS_FOR)
        except signing.SignatureExpired:
            return None
    rows = Referral.objects.select_related("receiver", "case").filter(status=Referral.Status.WITHDRAWN)
    found = rows.filter(pk=referral, link__isnull=False).first()
    return found if found and found.may_go_by_link() else None


def standing(referral: int, key: str, *, on: date) -> ReferralLink | None:
    """Return the link of that key when it leads to its referral on the day."""
    link = ReferralLink.objects.filter(referral=referral, key=key).select_related(*READY_TO_SHOW).first()
    return link if link and link.leads_on(on) else None


# -- asking for a new one -----------------------------------------------------------------------
def path_to_ask(referral: int) -> str:
    """Return the page where a new link is asked for: it shows nothing, and mails to the address on record only."""
    return reverse("referral_link:ask", args=[signing.Signer(salt=ASK_SALT).sign(referral)])


def asked_for(signed: str) -> Referral | None:
    try:
        referral = signing.Signer(salt=ASK_SALT).unsign(signed)
    except signing.BadSignature:
        return None
    return Referral.objects.select_related("case", "receiver", "consent").filter(pk=referral).first()


def way_to(obj, recipient) -> str:
    """Return where a reminder leads: an institution that is written to itself has nobody who could sign in."""
    if isinstance(obj, Referral) and isinstance(recipient, Institution):
        return path_to_ask(obj.pk)
    if isinstance(obj, IncomingReferral) and not recipient.works_at_centre():
        return reverse("coordination:sent_to_centre_one", args=[obj.pk])
    return obj.get_absolute_url()
