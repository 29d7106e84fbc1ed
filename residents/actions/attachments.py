"""Files of a request in quarantine: asked about at the scanner, one after the other."""

from django.db import transaction

from cus_portal.accounts.actors import SystemActor
from cus_portal.antivirus import ScannerAwayError, is_on, virus_in
from cus_portal.audit.log import record
from residents.models import Attachment
from residents.models.attachment import VirusCheck


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
