"""Who is told of what happens to a referral, and what is said in its conversation."""

from django.utils.formats import date_format

from coordination.links import addressees
from coordination.models import Referral, ReferralNote
from cus_portal.audit.log import label_of
from cus_portal.notifications.outbox import notify
from residents.actions.accounts import tell_accounts
from residents.models import ResidentAccount

TOLD = (Referral.Kind.SERVICE_REFERRAL, Referral.Kind.HANDOVER, Referral.Kind.COOPERATION_REQUEST)

# What a receiver reads instead of these about a protected one: it asks to destroy copies, and to ring up.
TAKEN_BACK = dict.fromkeys(("referral_withdrawn", "consent_withdrawn"), "referral_protected_taken_back")


def add_note(referral, kind, text, *, by) -> ReferralNote:
    """Whoever has no account is named as the audit names him."""
    name = "" if by.pk else label_of(by)
    return ReferralNote.objects.create(referral=referral, kind=kind, text=text, author_id=by.pk, author_name=name)


def tell_receiver(referral, template, *, on, only_while=(), to=addressees) -> None:
    """Where nobody could sign in, as with a mailbox alone, or the access has ended, the message leads nowhere."""
    recipients = to(referral, on=on)
    leads = recipients != [referral.receiver] and referral.is_shown_to_receiver()
    path = referral.get_absolute_url() if leads else ""
    for recipient in recipients:
        write_to(recipient, template, referral, only_while, path=path)


def tell_coordinator(referral, template, *, by, only_while=()) -> None:
    """Write to the coordinator of the case, unless he did it himself."""
    if by.pk == referral.case.coordinator_id:
        return
    write_to(referral.case.coordinator, template, referral, only_while, path=referral.get_absolute_url())


def is_told_to_the_person(referral) -> bool:
    """Tell whether the person follows it by the code of the request: by consent, nothing protected or restricted."""
    return (
        referral.consent_id is not None
        and not referral.statute
        and referral.kind in TOLD
        and referral.confidentiality != Referral.Confidentiality.PROTECTED
        and referral.case.restricted_file_id is None
    )


def tell_person(referral) -> None:
    """Write that there is news, and not what: that stands on the person's own page. Not where contact is discreet."""
    if not is_told_to_the_person(referral):
        return
    request = referral.consent.request
    key = f"help-news:{referral.pk}:{referral.version}"
    notify(request, "help_news", dedupe_key=key, about=referral, number=request.reference)
    tell_accounts(request, ResidentAccount.Event.NEWS, dedupe_key=f"account-{key}")


def write_to(recipient, template, referral, only_while=(), *, path) -> None:
    """Number, days and path only: the page behind the path asks who you are. Of a protected one the path alone."""
    facts = {
        "number": referral.number,
        "institution": referral.receiver.name,
        "due": date_format(referral.respond_by, "j E Y"),
    }
    key = f"{template}:{referral.pk}:{referral.version}:{recipient._meta.model_name}:{recipient.pk}"
    if referral.confidentiality == Referral.Confidentiality.PROTECTED:
        template, facts = TAKEN_BACK.get(template, "referral_protected"), {}
    notify(recipient, template, dedupe_key=key, about=referral, only_while=only_while, path=path, **facts)
