"""Files of a request: in quarantine until the scanner has answered, and confidential where that was said."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from cus_portal.accounts.actors import SystemActor
from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.antivirus import ScannerAwayError, is_on, virus_in
from cus_portal.audit.log import record
from residents.actions.requests import keep_files
from residents.models import Attachment, Case, ServiceRequest
from residents.models.attachment import VirusCheck


@transaction.atomic
def keep_confidential(request: ServiceRequest, *, files: Collection[Attachment], by: User, now: datetime):
    """Say which files of the request only the team of its case reads, and no other worker of the centre."""
    require(by, "residents.keep_confidential", request)
    chosen = {file.pk for file in files}
    known = request.attachments.visible_to(by).in_bulk()
    if not chosen <= set(known):
        raise ValidationError({"files": _("Choose files of this request.")})
    for file in known.values():
        if file.is_confidential != (file.pk in chosen):
            file.is_confidential = not file.is_confidential
            file.save(update_fields=["is_confidential"])
            record("attachment.confide" if file.is_confidential else "attachment.open", file, by=by)
    return request


@transaction.atomic
def add_papers(case: Case, *, files: Sequence, by: User, now: datetime) -> Case:
    """Keep papers that the team got, with the newest request of the case: it reads them, and no status page tells."""
    require(by, "residents.write_note", case)
    request = request_for_papers(case)
    if request is None:
        raise ValidationError({"files": _("The case has no request, and papers are kept with one.")})
    rows = keep_files(request, files, held=request.attachments.count(), confidential=True, by_team=True)
    record("case.papers", case, by=by, files=len(rows))
    return case


def request_for_papers(case: Case) -> ServiceRequest | None:
    """Return the request with which papers of the case are kept and go: its own newest, else one of before."""
    newest = ServiceRequest.objects.behind(case).order_by("-received_on", "-pk")
    return newest.filter(case=case).first() or newest.first()


def check_attachments() -> int:
    """Ask about each file that waits; return how many got an answer. A scanner that is away is asked next time."""
    answered = 0
    while is_on() and _check_next():
        answered += 1
    return answered


@transaction.atomic
def _check_next():
    """Ask about the oldest file that waits and that no other worker is at; return its key, or None."""
    waiting = Attachment.objects.filter(virus_check=VirusCheck.WAITING).order_by("pk")
    attachment = waiting.select_for_update(skip_locked=True, of=("self",)).first()
    if attachment is None:
        return None
    try:
        with attachment.file.open("rb") as file:
            virus = virus_in(file)
    except ScannerAwayError:
        return None
    attachment.virus_check = VirusCheck.INFECTED if virus else VirusCheck.CLEAN
    attachment.save(update_fields=["virus_check"])
    if virus:
        record("attachment.infected", attachment, by=SystemActor())
        transaction.on_commit(lambda: attachment.file.storage.delete(attachment.file.name))
    return attachment.pk
