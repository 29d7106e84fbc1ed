"""Files that the receiver sends back with its answer: kept in the sender's case, for its team only."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from cus_portal.audit.log import record
from residents.actions.requests import keep_files
from residents.models import ServiceRequest


def with_papers(action):
    """Return the receiver's act with files that may come along with it, both or neither."""

    @transaction.atomic
    def act(referral, *, by, now, files=(), **answer):
        action(referral, by=by, now=now, **answer)
        if files:
            take_papers(referral, files, by=by)
        return referral

    return act


def take_papers(referral, files, *, by):
    """Keep them with the newest request of the case; they are removed with it. The act they came with had its right."""
    newest = ServiceRequest.objects.behind(referral.case).order_by("-received_on", "-pk")
    request = newest.filter(case=referral.case_id).first() or newest.first()
    if request is None:
        raise ValidationError({"files": _("Files cannot be kept here. Send them by post, please.")})
    rows = keep_files(request, files, held=referral.returned.count(), confidential=True)
    referral.returned.add(*rows)
    record("referral.papers", referral, by=by, files=len(rows))
