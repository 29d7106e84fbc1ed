"""Several referrals of a case in one go: written down together, sent each for itself."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.actions.consents import record_consent
from coordination.actions.grounds import newest_consent
from coordination.actions.referrals import draft_referral, send_referral
from coordination.disclosure import usual_confidentiality
from coordination.models import Referral
from cus_portal.workflow import TransitionNotAllowed
from residents.models import Consent


@transaction.atomic
def draft_several(case, *, by, now, targets: Iterable[dict], consent=None, statute="", **told) -> list[Referral]:
    """Write one draft for each target, all or none; `told` is what they have in common.

    `consent` says how, when and until when the person agreed: one is recorded for each receiver. Without it and
    without a statute the newest consent in force to each receiver carries its referral.
    """
    drafts, bases = [], {}
    for target in targets:
        receiver = target["receiver"]
        if not statute and receiver not in bases:
            bases[receiver] = (
                consent_of_today(case, receiver, told, by=by, on=timezone.localdate(now))
                if consent is None
                else consent_to(case, by=by, now=now, target=target, told=told, **consent)
            )
        basis = {"statute": statute, "consent": bases.get(receiver)}
        drafts.append(draft_referral(case, by=by, now=now, **target, **told, **basis))
    return drafts


def consent_to(case, *, by, now, target, told, **given) -> Consent:
    """Record the consent to hand the chosen data to the target's receiver."""
    return record_consent(
        case,
        by=by,
        now=now,
        receiver=target["receiver"],
        data_fields=told["disclosed_fields"],
        purpose_note=str(target.get("service") or "")[:300],
        protected=class_of(case, told) == Referral.Confidentiality.PROTECTED,
        **given,
    )


def class_of(case, told) -> str:
    return told.get("confidentiality") or usual_confidentiality(case)


def consent_of_today(case, receiver, told, *, by, on) -> Consent:
    what = case, receiver, told["kind"], told["disclosed_fields"]
    consent = newest_consent(*what, confidentiality=class_of(case, told), on=on, by=by)
    if consent is None:
        raise ValidationError(
            _("No consent to %(receiver)s for this and to these data is in force.") % {"receiver": receiver.short_name}
        )
    return consent


def send_several(referrals, *, by, now) -> tuple[list[Referral], list[tuple[Referral, str]]]:
    """Send each in a transaction of its own; return what went out, and what did not with the reason."""
    sent, kept = [], []
    for referral in referrals:
        try:
            sent.append(send_referral(referral, by=by, now=now))
        except ValidationError as error:
            kept.append((referral, " ".join(error.messages)))
        except (PermissionDenied, TransitionNotAllowed) as error:
            kept.append((referral, str(error) or _("You have no right to this.")))
    return sent, kept
