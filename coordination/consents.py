"""What stops when a consent is withdrawn: the open referrals that rest on it."""

from coordination.models import Referral
from coordination.workflow import REFERRAL
from residents.actions.consents import stops_with_consent


@stops_with_consent
def stop_referrals(consent, *, by, now) -> list[str]:
    """Stop each open referral; return the numbers of all by which the receiver has got data.

    The rows are held one after another in one order: an answer of the receiver comes wholly before or wholly after.
    """
    numbers = []
    sent = Referral.objects.filter(consent=consent, statute="", sent_at__isnull=False)
    told = sent.exclude(status=Referral.Status.WITHDRAWN)
    for referral in told.select_for_update(of=("self",), no_key=True).order_by("pk"):
        referral.consent = consent
        if referral.status in REFERRAL["stop"].sources:
            REFERRAL.move(referral, "stop", by=by, ended_at=now)
        numbers.append(referral.number)
    return numbers
