"""Papers of a referral: which of the case may go along, what the receiver sends back, what came to us with one."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from coordination.models import Referral
from cus_portal.audit.log import record
from residents.actions.attachments import request_for_papers
from residents.actions.requests import keep_files
from residents.models import Attachment
from residents.models.attachment import withholds_files

MOST_PAPERS = 100


def papers_of(case):
    """Return the newest documents of the case that may go along with a referral."""
    newest = Attachment.objects.behind(case).openable().order_by("-pk")[:MOST_PAPERS]
    return Attachment.objects.filter(pk__in=newest.values("pk")).order_by("-pk")


def keys_of_papers(referral, attachments) -> set[int]:
    """Return their numbers; refuse what is not of the referral's case, or may not be opened."""
    keys = {attachment.pk for attachment in attachments}
    if Attachment.objects.behind(referral.case).openable().filter(pk__in=keys).count() != len(keys):
        raise ValidationError(_("A document of another case cannot go along."))
    return keys


def papers_left(referral):
    """Return those that the receiver cannot open yet."""
    return papers_of(referral.case).exclude(pk__in=referral.attachments.values("pk"))


@withholds_files
def sent_back():
    """Files of receivers, for the team only: of a protected referral the status page must not tell by one of them."""
    return Exists(Referral.returned.through.objects.filter(attachment=OuterRef("pk")))


def take_papers(referral, files, *, by):
    """Keep them with the newest request of the case; they are removed with it. The act they came with had its right."""
    request = request_for_papers(referral.case)
    if request is None:
        raise ValidationError({"files": _("Files cannot be kept here. Send them by post, please.")})
    rows = keep_files(request, files, held=referral.returned.count(), confidential=True)
    referral.returned.add(*rows)
    record("referral.papers", referral, by=by, files=len(rows))


def take_papers_to_us(incoming, files, *, by):
    """Keep them with what came, apart from its request: whoever sees the referral opens them, and its sender."""
    rows = keep_files(None, files, held=incoming.papers.count())
    incoming.papers.add(*rows)
    record("incomingreferral.papers", incoming, by=by, files=len(rows))


def with_papers(action, keep=take_papers):
    """Return the act with files that may come along with it, both or neither."""

    @transaction.atomic
    def act(*referral, by, now, files=(), **answer):
        row = action(*referral, by=by, now=now, **answer)
        if files:
            keep(row, files, by=by)
        return row

    return act


def with_papers_to_us(action):
    """Return what either side does about a referral that comes to the centre, with files."""
    return with_papers(action, take_papers_to_us)
