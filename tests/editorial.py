"""What the tests of the organiser's room share: a second organiser, a public entry, what a form is filled with."""

from datetime import date

from cus_portal.accounts.models import Membership, User
from cus_portal.accounts.roles import Role
from cus_portal.audit.log import record
from services.models import Service, ServiceVersion
from services.publishing import publish_all
from tests import personas
from tests.factories import NOW, make_service


def second_organiser():
    user, created = User.objects.get_or_create(
        email="marta@demo.example", defaults={"first_name": "Marta", "last_name": "Czyż"}
    )
    if created:
        Membership.objects.create(
            user=user,
            institution=personas.institution(personas.CENTRE),
            role=Role.ORGANISER,
            valid_from=date(2020, 1, 1),
        )
    return user


def make_public(plain_name="Terapia logopedyczna", **fields):
    """Return a service whose published version people read."""
    service = make_service(plain_name, **fields)
    publish_all(now=NOW)
    return service


def written_by(user, service, **fields):
    """Change the draft as the user's form does."""
    Service.objects.filter(pk=service.pk).update(**fields)
    record("service.change", service, by=user, fields=sorted(fields))
    service.refresh_from_db()
    return service


def public(service):
    return ServiceVersion.objects.current().get(service=service)
