"""Who is told of an entry on its way: whoever may review it, and its authors when it comes back."""

from datetime import date

from django.urls import reverse

from cus_portal.accounts.models import User
from cus_portal.accounts.roles import Role
from cus_portal.notifications.outbox import notify
from services.models import Programme, Service, Status
from services.review import authors_of

# Where an organiser is left who did not write it, the director of a small centre is not troubled.
REVIEWERS = (Role.ORGANISER, Role.DIRECTOR)


def reviewers_besides(authors, *, on: date) -> list[User]:
    """Return who may look at what these people wrote: the other organisers, or the director where there is none."""
    for role in REVIEWERS:
        if people := list(User.objects.holding(role, on=on).exclude(pk__in=authors).order_by("pk")):
            return people
    return []


def tell_reviewers(entry: Service | Programme, *, on: date) -> None:
    for reviewer in reviewers_besides(authors_of(entry), on=on):
        _tell(reviewer, "entry_to_review", entry, only_while=Status.REVIEW)


def tell_authors(entry: Service | Programme, *, by) -> None:
    for author in User.objects.filter(pk__in=authors_of(entry)).exclude(pk=by.pk).order_by("pk"):
        _tell(author, "entry_sent_back", entry, only_while=Status.DRAFT)


def tell_reviewers_of_import(count: int, *, key: str, by, on: date) -> None:
    """Tell of all entries of one import at once."""
    path = f"{reverse('admin:services_service_changelist')}?state={Status.REVIEW}"
    for reviewer in reviewers_besides([by.pk], on=on):
        notify(reviewer, "import_to_review", dedupe_key=f"import:{key}:{reviewer.pk}", count=count, path=path)


def _tell(person, template, entry, *, only_while):
    kind = entry._meta.model_name
    notify(
        person,
        template,
        dedupe_key=f"{template}:{kind}:{entry.pk}:{entry.version}:{person.pk}",
        about=entry,
        only_while=[only_while],
        name=str(entry),
        path=reverse(f"admin:services_{kind}_change", args=[entry.pk]),
    )
