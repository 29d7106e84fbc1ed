"""What stops when a consent is withdrawn: the open referrals that rest on it. And which consents are kept secret."""

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from coordination.actions.telling import write_to
from coordination.models import Referral
from coordination.models.referral import works_on
from coordination.workflow import REFERRAL
from cus_portal.accounts.roles import Role
from residents.actions.consents import stops_with_consent
from residents.models import Consent
from residents.models.consent import closes_consents

PROTECTED = Referral.Confidentiality.PROTECTED


@closes_consents
def of_protected_referrals(user) -> Q:
    """A consent names the receiver. One on which only protected referrals rest is as invisible as they are.

    So is one that was recorded for such a referral, once that rests on another.
    """
    protected, recorded = Referral.objects.filter(confidentiality=PROTECTED), Consent.objects.filter(for_protected=True)
    if user:
        protected = Referral.objects.protected_from(user)
        recorded = recorded.filter(request__case__restricted_file=None)
        recorded = recorded.exclude(works_on(user, "request__case__", "request__case"))
    ordinary = Referral.objects.filter(consent=OuterRef("pk")).exclude(confidentiality=PROTECTED)
    beneath = Q(pk__in=protected.filter(consent__isnull=False).values("consent")) | Q(pk__in=recorded.values("pk"))
    return beneath & ~Exists(ordinary)


@stops_with_consent
def stop_referrals(consent, *, by, now) -> list[str]:
    """Stop each open referral; return the numbers by which the receiver has got data, as a mail may name them.

    The rows are held one after another in one order: an answer of the receiver comes wholly before or wholly after.
    """
    numbers = []
    sent = Referral.objects.filter(consent=consent, statute="", sent_at__isnull=False)
    told = sent.exclude(status=Referral.Status.WITHDRAWN)
    for referral in told.select_for_update(of=("self",), no_key=True).order_by("pk"):
        referral.consent = consent
        if referral.status in REFERRAL["stop"].sources:
            REFERRAL.move(referral, "stop", by=by, ended_at=now)
        if referral.confidentiality == PROTECTED:
            _ask_to_ring(referral, on=timezone.localdate(now))
        else:
            numbers.append(referral.number)
    return numbers


def _ask_to_ring(referral, *, on):
    """Name nothing of a protected one, in a message that only its access list sees; what to destroy is said by phone.

    It leads nowhere: its receiver reads it no more.
    """
    for recipient in referral.receiver.addressees(Role.INSTITUTION_WORKER, on=on):
        write_to(recipient, "consent_withdrawn", referral, path="")
