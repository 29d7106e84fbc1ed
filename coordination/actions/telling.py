"""Who is told of what happens to a referral, and what is said in its conversation."""

from django.utils.formats import date_format

from coordination.links import addressees
from coordination.models import Referral, ReferralNote
from cus_portal.audit.log import label_of
from cus_portal.notifications.outbox import notify


def add_note(referral, kind, text, *, by) -> ReferralNote:
    """Whoever has no account is named as the audit names him."""
    name = "" if by.pk else label_of(by)
    return ReferralNote.objects.create(referral=referral, kind=kind, text=text, author_id=by.pk, author_name=name)


def tell_receiver(referral, template, *, on, only_while=(), to=addressees) -> None:
    """A mailbox alone, to which no link may go, is told to ring up: there is nobody who could sign in."""
    recipients = to(referral, on=on)
    path = "" if recipients == [referral.receiver] else referral.get_absolute_url()
    for recipient in recipients:
        write_to(recipient, template, referral, only_while, path=path)


def tell_coordinator(referral, template, *, by, only_while=()) -> None:
    """Write to the coordinator of the case, unless he did it himself."""
    if by.pk == referral.case.coordinator_id:
        return
    write_to(referral.case.coordinator, template, referral, only_while, path=referral.get_absolute_url())


def write_to(recipient, template, referral, only_while=(), *, path) -> None:
    """Number, days and path only: the page behind the path asks who you are. Of a protected one the path alone."""
    facts = {
        "number": referral.number,
        "institution": referral.receiver.name,
        "due": date_format(referral.respond_by, "j E Y"),
    }
    key = f"{template}:{referral.pk}:{referral.version}:{recipient._meta.model_name}:{recipient.pk}"
    if referral.confidentiality == Referral.Confidentiality.PROTECTED:
        template, facts = "referral_protected", {}
    notify(recipient, template, dedupe_key=key, about=referral, only_while=only_while, path=path, **facts)
