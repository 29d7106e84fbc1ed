"""A consent that ends is given anew: what rests on it goes on."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.actions.referrals import LOOK_AGAIN
from coordination.models import Referral
from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from residents.models import Consent, PrivacyNotice, RequestItem


@transaction.atomic
def renew_consent(
    consent: Consent, *, form: str, given_on: date, valid_until: date | None = None, by: User, now: datetime
) -> Consent:
    """Write down that the person gave a consent anew, and let what is open rest on it from now on.

    Receiver, data and purpose stay as they are. The former consent is kept: it says on what the data went out.
    """
    require(by, "residents.see_to_consent", consent)
    former = Consent.objects.select_for_update(no_key=True).get(pk=consent.pk)
    _check_renewal(former, form=form, given_on=given_on, valid_until=valid_until, on=timezone.localdate(now))
    kept = ("request", "receiver", "data_scope", "data_fields", "purpose", "purpose_note")
    anew = Consent.objects.create(
        **{name: getattr(former, name) for name in kept},
        form=form,
        given_on=given_on,
        valid_until=valid_until,
        clause=PrivacyNotice.objects.current(given_on),
        taken_by=by,
    )
    moved = _let_rest_on(anew, former, by=by)
    moved += RequestItem.objects.filter(consent=former, status=RequestItem.Status.FORWARDED).update(consent=anew)
    if not moved:
        raise ValidationError(_("Nothing open rests on this consent. A new referral asks for one of its own."))
    record("consent.renew", former, by=by, consent=anew.pk)
    return anew


def _check_renewal(former, *, form, given_on, valid_until, on):
    if former.withdrawn_at:
        raise ValidationError(_("This consent was withdrawn. A new referral asks for one of its own."))
    if former.valid_until is None:
        raise ValidationError(_("This consent lasts until it is withdrawn."))
    if form not in Consent.Form.values:
        raise ValidationError({"form": _("Choose one of the list.")})
    if given_on > on:
        raise ValidationError({"given_on": LOOK_AGAIN})
    if given_on < former.given_on:
        raise ValidationError({"given_on": _("The consent that ends was given later.")})
    if valid_until and valid_until <= max(on, former.valid_until):
        raise ValidationError({"valid_until": _("Choose a day after today and after the end of the former consent.")})


def _let_rest_on(anew, former, *, by):
    """Move the open referrals over, one after another in one order; return how many."""
    rows = Referral.objects.open().filter(consent=former, statute="")
    resting = list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))
    for referral in resting:
        Referral.objects.filter(pk=referral.pk).update(consent=anew, version=F("version") + 1)
        record("referral.consent_renewed", referral, by=by)
    return len(resting)
