"""Who is written to about what comes in: numbers and paths only, and of a protected one the path alone."""

from django.urls import reverse

from coordination.actions.telling import TOLD
from coordination.models import IncomingReferral
from cus_portal.accounts.models import User
from cus_portal.accounts.roles import Role
from cus_portal.notifications.outbox import notify
from residents.actions.accounts import tell_accounts
from residents.models import ResidentAccount


def tell_sender(incoming: IncomingReferral, *, on) -> None:
    """Write to the sender's people; who has no account is told by whoever answers, as the page says."""
    path = reverse("coordination:sent_to_centre_one", args=[incoming.pk])
    for recipient in incoming.sender.addressees(Role.INSTITUTION_WORKER, on=on):
        _write(recipient, "incoming_news", incoming, path)


def tell_sender_and_person(incoming: IncomingReferral, *, on) -> None:
    """Write to both that there is news; the person reads on the page of the request, with a code of her own, what.

    Nothing of what others may not know by that code, and nothing that a statute asked for.
    """
    tell_sender(incoming, on=on)
    request = incoming.request
    follows = request is not None and request.code_is_the_persons and request.restricted_file_id is None
    if follows and not incoming.is_protected and not incoming.statute and incoming.kind in TOLD:
        key = f"help-news:incoming:{incoming.pk}:{incoming.version}"
        notify(request, "help_news", dedupe_key=key, about=incoming, number=request.reference)
        tell_accounts(request, ResidentAccount.Event.NEWS, dedupe_key=f"account-{key}")


def tell_desk(incoming: IncomingReferral, *, by, on) -> None:
    """Write to whoever has it in hand; of a protected one that nobody has, to those who may open it."""
    people = [incoming.assigned_to] if incoming.assigned_to_id else []
    if not people and incoming.is_protected:
        people = keepers_of_protected(incoming, on=on)
    for person in people:
        if person.pk != by.pk:
            _write(person, "incoming_desk", incoming, incoming.get_absolute_url())


def tell_leaders(incoming: IncomingReferral, *, by, on) -> None:
    """Write to those who lead the centre, as far as they may open it, that nobody takes the person on."""
    for person in keepers_of_protected(incoming, on=on):
        if person.pk != by.pk:
            _write(person, "referral_bounced", incoming, incoming.get_absolute_url())


def keepers_of_protected(incoming, *, on) -> list[User]:
    """Return who may open it; once it is a request, only those who are let into its file."""
    rows = User.objects.holding(Role.ORGANISER, on=on) | User.objects.holding(Role.DIRECTOR, on=on)
    people = rows.distinct().order_by("pk")
    return [person for person in people if person.has_perm("coordination.view_incomingreferral", incoming)]


def _write(recipient, template, incoming, path):
    facts = {"number": incoming.number}
    key = f"{template}:{incoming.pk}:{incoming.version}:{recipient._meta.model_name}:{recipient.pk}"
    if incoming.is_protected:
        template, facts = "referral_protected", {}
    notify(recipient, template, dedupe_key=key, about=incoming, path=path, **facts)
