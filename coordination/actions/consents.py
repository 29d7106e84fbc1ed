"""Consents to hand data to an institution, as they are recorded with a referral."""

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.actions.grounds import LOOK_AGAIN, check_fields
from coordination.disclosure import DISCLOSABLE
from coordination.models import Referral
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from residents.models import Consent, PrivacyNotice, ServiceRequest
from residents.models.consent import closed_to


def record_consent(
    case, *, by, now, receiver, form, given_on, data_fields, purpose, purpose_note="", valid_until=None, protected=False
) -> Consent:
    """Write down the consent to hand data to this receiver, on the newest request behind the case.

    `data_fields` names the data as the referral does: what is not among them does not travel on this consent. Written
    down twice, as when a draft is written anew, it stays one: taken back, it stops all that rests on it. Only what is
    `protected` itself comes to rest on one that until now protected referrals alone have.
    """
    require(by, "coordination.send_referral", case)
    check_fields(data_fields)
    request = ServiceRequest.objects.behind(case).order_by("-received_on", "-pk").first()
    if request is None:
        raise ValidationError(_("This case has no request on which a consent could be recorded."))
    if given_on > timezone.localdate(now):
        raise ValidationError({"consent_given_on": LOOK_AGAIN})
    if purpose not in Consent.Purpose.values:
        raise ValidationError({"consent_for": _("Choose one of the list.")})
    given = {
        "request": request,
        "receiver": receiver,
        "form": form,
        "given_on": given_on,
        "valid_until": valid_until,
        "data_fields": list(data_fields),
        "purpose": purpose,
        "purpose_note": purpose_note,
    }
    standing = Consent.objects.filter(**given, withdrawn_at=None).order_by("pk")
    if known := (standing if protected else standing.exclude(closed_to())).first():
        return known
    consent = Consent.objects.create(
        **given,
        clause=PrivacyNotice.objects.current(given_on),
        data_scope=", ".join(str(DISCLOSABLE[name].label) for name in data_fields)[:300],
        taken_by=by,
        for_protected=protected,
    )
    record("consent.add", consent, by=by)  # not on the case: more people read its history
    return consent


def consent_to_hand_over(referral, names, *, receiver, by, now, form, given_on) -> Consent:
    """Record the consent to hand these data of the referral to the receiver; it lasts as long as that one did."""
    lasts_until = referral.consent.valid_until
    return record_consent(
        referral.case,
        by=by,
        now=now,
        receiver=receiver,
        form=form,
        given_on=given_on,
        data_fields=[name for name in DISCLOSABLE if name in names],
        purpose=referral.consent.purpose,
        purpose_note=referral.consent.purpose_note,
        valid_until=lasts_until if lasts_until and lasts_until >= given_on else None,
        protected=referral.confidentiality == Referral.Confidentiality.PROTECTED,
    )
