"""A consent given anew; and taken back: what rests on it stops at once, and whoever has the data is told to destroy
them.

What was done lawfully before stays as it was: states that have ended, outcomes, figures and the evidence.
"""

from collections.abc import Callable
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cus_portal.accounts.permissions import require
from cus_portal.accounts.roles import Role
from cus_portal.audit.log import record
from cus_portal.notifications.outbox import notify
from residents.models import Case, Consent, ConsentRenewal, PrivacyNotice, RequestItem

_stoppers: list[Callable] = []


def stops_with_consent(function: Callable) -> Callable:
    """Register what stops with a consent: function(consent, by, now) returns the numbers that its receiver knows."""
    _stoppers.append(function)
    return function


@transaction.atomic
def renew_consent(
    consent: Consent, *, form: str, given_on: date, valid_until: date | None = None, by, now: datetime
) -> Consent:
    """Write down that the person gave this consent anew; None lets it last until it is withdrawn.

    Raises ValidationError for what is withdrawn or does not end, and for days that are not of a later consent.
    """
    require(by, "residents.see_to_consent", consent)
    standing = Consent.objects.select_for_update(no_key=True).get(pk=consent.pk)
    _check_renewal(standing, form=form, given_on=given_on, valid_until=valid_until, on=timezone.localdate(now))
    ConsentRenewal.objects.create(
        consent=standing,
        form=form,
        given_on=given_on,
        clause=PrivacyNotice.objects.current(given_on),
        former_until=standing.valid_until,
        valid_until=valid_until,
        taken_by=by,
    )
    Consent.objects.filter(pk=standing.pk).update(valid_until=valid_until)
    consent.valid_until = valid_until
    record("consent.renew", consent, by=by)
    return consent


def _check_renewal(consent, *, form, given_on, valid_until, on):
    if consent.withdrawn_at:
        raise ValidationError(_("This consent has been withdrawn already."))
    if consent.valid_until is None:
        raise ValidationError(_("This consent lasts until it is withdrawn."))
    if form not in Consent.Form.values:
        raise ValidationError({"form": _("Choose one of the list.")})
    if given_on > on:
        raise ValidationError({"given_on": _("Consent cannot be given in the future.")})
    before = max([consent.given_on, *consent.renewals.values_list("given_on", flat=True)])
    if given_on < before:
        raise ValidationError({"given_on": _("The consent that ends was given later.")})
    if valid_until and valid_until <= max(on, consent.valid_until):
        raise ValidationError({"valid_until": _("Choose a day after today and after the last day until now.")})


@transaction.atomic
def withdraw_consent(consent: Consent, *, form: str, by, now: datetime) -> Consent:
    """Take the consent back as the person asks: no reason is needed, and all or nothing of this happens."""
    require(by, "residents.withdraw_consent", consent)
    if form not in Consent.Form.values:
        raise ValidationError({"form": _("Choose one of the list.")})
    standing = Consent.objects.filter(pk=consent.pk, withdrawn_at=None)
    if not standing.update(withdrawn_at=now, withdrawal_form=form):
        raise ValidationError(_("This consent has been withdrawn already."))
    consent.withdrawn_at, consent.withdrawal_form = now, form
    record("consent.withdraw", consent, by=by)
    numbers = [number for stop in _stoppers for number in stop(consent, by=by, now=now)]
    forwarded = RequestItem.objects.filter(consent=consent, status=RequestItem.Status.FORWARDED)
    numbers += forwarded.values_list("request__reference", flat=True).distinct()
    _tell_receiver(consent, numbers, on=timezone.localdate(now))
    _tell_coordinator(consent, by=by)
    return consent


@transaction.atomic
def see_to_consent(consent: Consent, *, note: str, by, now: datetime) -> Consent:
    """Write down what changes for the person, now that the data do not travel any more."""
    require(by, "residents.see_to_consent", consent)
    if not Consent.objects.to_see_to().filter(pk=consent.pk).update(seen_to_at=now, seen_to_note=note):
        raise ValidationError(_("Somebody has seen to this already."))
    consent.seen_to_at, consent.seen_to_note = now, note
    record("consent.see_to", consent, by=by)
    return consent


def _tell_receiver(consent, numbers, *, on):
    """Write to the receiver once, with the numbers of all it concerns; where it has got nothing, not at all."""
    for recipient in consent.receiver.addressees(Role.INSTITUTION_WORKER, on=on) if numbers else ():
        notify(
            recipient,
            "consent_withdrawn",
            dedupe_key=f"consent-withdrawn:{consent.pk}:{recipient._meta.model_name}:{recipient.pk}",
            numbers=", ".join(numbers),
            request_id=consent.request_id,
        )


def _tell_coordinator(consent, *, by):
    case = consent.request.case
    if case is None or case.coordinator_id == by.pk:
        return
    notify(
        case.coordinator,
        "case_news",
        dedupe_key=f"consent-withdrawn:{consent.pk}:coordinator",
        about=case,
        only_while=[Case.Status.OPEN],
        number=case.case_sign,
        what="consent",
        path=consent.get_absolute_url(),
    )
