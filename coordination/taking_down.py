"""The receiver's answer by phone or on paper, recorded by the centre in its name."""

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coordination.actions.referrals import check_past_day
from coordination.actions.telling import add_note
from coordination.actors import InTheNameOf
from coordination.models import Referral, ReferralNote
from coordination.workflow import REFERRAL
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record


@transaction.atomic
def take_down(referral, action, *, by, now, said_by, said_on, said_how, proof, only_spoken=False, **answer) -> None:
    """Do the receiver's act `action` in its name, with who said it, when, how and what proves it.

    Only the sender's coordinator may; `said_how` is the words for it. What was only spoken counts as unverified until
    it is confirmed in writing.
    """
    require(by, "coordination.send_referral", referral)
    check_past_day(referral, "said_on", said_on, timezone.localdate(now))
    action(referral, by=InTheNameOf(by, referral), now=now, **answer)
    said = _("%(how)s, %(day)s, %(who)s. %(proof)s") % {
        "how": said_how,
        "day": date_format(said_on, "j E Y"),
        "who": said_by,
        "proof": proof,
    }
    add_note(referral, ReferralNote.Kind.TAKEN_DOWN, said, by=by)
    referral.unverified_since = said_on if only_spoken else None
    Referral.objects.filter(pk=referral.pk).update(unverified_since=referral.unverified_since)
    record("referral.taken_down", referral, by=by)


@transaction.atomic
def verify_answer(referral, *, by, now, reason) -> Referral:
    """Note that what was said is confirmed in writing: by the paper that came, or by the institution itself."""
    REFERRAL.move(referral, "verify", by=by, reason=reason, unverified_since=None)
    return referral
