"""What is closed with a restricted file: the referrals of its cases, also those that went out before."""

from django.db.models import F

from coordination.models import Referral
from cus_portal.audit.log import record
from residents.actions.restricted import closes_with_file


@closes_with_file
def protect_referrals(cases, *, by) -> None:
    """Raise the class of each referral to protected. It stays so when the file is an ordinary one again."""
    rows = Referral.objects.filter(case__in=cases).exclude(confidentiality=Referral.Confidentiality.PROTECTED)
    for referral in rows.select_for_update(of=("self",), no_key=True).order_by("pk"):
        Referral.objects.filter(pk=referral.pk).update(
            confidentiality=Referral.Confidentiality.PROTECTED, version=F("version") + 1
        )
        record("referral.protect", referral, by=by)
