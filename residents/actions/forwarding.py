"""Passing a need, or several needs of one request, on to other bodies: each with a consent, none of it a refusal."""

from collections.abc import Collection
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cus_portal.accounts.models import Institution, User
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from residents.actions.cases import person_of
from residents.actions.items import decide, decide_and_tell, tell_and_settle
from residents.letter_texts import HANDED_OVER, text_of_handover
from residents.models import Consent, Letter, PrivacyNotice, RequestItem, ServiceRequest


@transaction.atomic
def forward_item(
    item: RequestItem,
    *,
    receiver: Institution,
    data_scope: str,
    purpose_note: str,
    form: str,
    given_on: date,
    valid_until: date | None = None,
    answer: str = "",
    by: User,
    now: datetime,
) -> RequestItem:
    """Pass the need on to another body, with the consent that lets its data travel."""
    said = {"data_scope": data_scope, "purpose_note": purpose_note, "form": form}
    consent = _take_consent(item.request, receiver, given_on=given_on, valid_until=valid_until, by=by, now=now, **said)
    return decide_and_tell(item, "forward", by=by, now=now, answer=answer, forwarded_to=receiver, consent=consent)


@transaction.atomic
def forward_request(
    request: ServiceRequest,
    *,
    parts: dict[Institution, list[RequestItem]],
    data: Collection[str],
    purpose_note: str,
    form: str,
    given_on: date,
    valid_until: date | None = None,
    answer: str = "",
    by: User,
    now: datetime,
) -> list[Letter]:
    """Pass the request on in whole or in part: each body gets its needs, a consent and a letter of its own.

    What stays with nobody else goes on here. The person is told once, by the last of the needs.
    """
    require(by, "residents.triage_item", request)
    if not any(parts.values()):
        raise ValidationError(_("Choose for at least one need to whom it goes."))
    letters, last = [], None
    scope = ", ".join(str(HANDED_OVER[name]).lower() for name in HANDED_OVER if name in data)
    said = {
        "data_scope": scope,
        "purpose_note": purpose_note,
        "form": form,
        "given_on": given_on,
        "valid_until": valid_until,
    }
    for receiver, items in parts.items():
        consent = _take_consent(request, receiver, by=by, now=now, **said)
        for last in items:
            last.request = request
            decide(last, "forward", by=by, now=now, answer=answer, forwarded_to=receiver, consent=consent)
        letters.append(_letter_of_handover(request, items, consent, data, by=by))
    record("servicerequest.forward", request, by=by, receivers=len(letters))
    tell_and_settle(last, by=by, now=now)
    return letters


def _take_consent(request, receiver, *, data_scope, purpose_note, form, given_on, valid_until, by, now):
    on = timezone.localdate(now)
    if receiver.is_centre or not receiver.is_active:
        raise ValidationError({"receiver": _("Choose another institution that is active.")})
    if given_on > on:
        raise ValidationError({"given_on": _("Consent cannot be given in the future.")})
    if valid_until and valid_until < on:
        raise ValidationError({"valid_until": _("This consent has ended. Ask the person for a new one.")})
    if not (data_scope.strip() and purpose_note.strip()):
        raise ValidationError(_("Consent names which data go and what for."))
    return Consent.objects.create(
        request=request,
        receiver=receiver,
        data_scope=data_scope,
        purpose=Consent.Purpose.FORWARDING,
        purpose_note=purpose_note,
        form=form,
        given_on=given_on,
        clause=PrivacyNotice.objects.current(given_on),
        valid_until=valid_until,
        taken_by=by,
    )


def _letter_of_handover(request, items, consent, data, *, by):
    text = text_of_handover(request, items, consent, data, person_of(request))
    letter = Letter.objects.create(
        request=request,
        consent=consent,
        kind=Letter.Kind.HANDOVER,
        recipient=consent.receiver.name,
        address=consent.receiver.address,
        subject=text.subject,
        body=text.body,
        drafted_by=by,
    )
    record("letter.draft", letter, by=by, kind=letter.kind)
    return letter
