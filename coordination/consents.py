"""What stops when a consent is withdrawn: the open referrals that rest on it. And which consents are kept secret."""

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import translation
from django.utils.translation import gettext as _

from coordination.models import Referral
from coordination.workflow import REFERRAL
from residents.actions.consents import stops_with_consent
from residents.models.consent import closes_consents

PROTECTED = Referral.Confidentiality.PROTECTED


@closes_consents
def of_protected_referrals(user) -> Q:
    """A consent names the receiver. One on which only protected referrals rest is as invisible as they are."""
    protected = Referral.objects.protected_from(user) if user else Referral.objects.filter(confidentiality=PROTECTED)
    ordinary = Referral.objects.filter(consent=OuterRef("pk")).exclude(confidentiality=PROTECTED)
    return Q(pk__in=protected.filter(consent__isnull=False).values("consent")) & ~Exists(ordinary)


@stops_with_consent
def stop_referrals(consent, *, by, now) -> list[str]:
    """Stop each open referral; return the numbers by which the receiver has got data: they go into a mail.

    The rows are held one after another in one order: an answer of the receiver comes wholly before or wholly after.
    """
    numbers = []
    sent = Referral.objects.filter(consent=consent, statute="", sent_at__isnull=False)
    told = sent.exclude(status=Referral.Status.WITHDRAWN)
    for referral in told.select_for_update(of=("self",), no_key=True).order_by("pk"):
        referral.consent = consent
        if referral.status in REFERRAL["stop"].sources:
            REFERRAL.move(referral, "stop", by=by, ended_at=now)
        numbers.append(referral.number if referral.confidentiality != PROTECTED else _unnamed())
    return list(dict.fromkeys(numbers))


def _unnamed():
    with translation.override(settings.LANGUAGE_CODE):
        return _("a protected referral, whose number stands in no mail (ask its sender)")
