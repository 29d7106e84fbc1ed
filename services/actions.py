"""What staff does with the catalogue: publish, archive, take back to draft."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from services.models import Programme, Service
from services.workflow import PROGRAMME, SERVICE


@transaction.atomic
def publish_service(service: Service, *, by, now: datetime) -> Service:
    """Show the service to everybody. Without a basis nobody could say by what right it is given."""
    if not service.programme_services.exists():
        raise ValidationError(_("First add a basis: by which programme or law, and from which day."))
    SERVICE.move(service, "publish", by=by)
    return service


@transaction.atomic
def archive_service(service: Service, *, by, now: datetime) -> Service:
    """Take the service off the lists; its page stays and says that it has ended."""
    SERVICE.move(service, "archive", by=by)
    return service


@transaction.atomic
def reopen_service(service: Service, *, by, now: datetime) -> Service:
    SERVICE.move(service, "reopen", by=by)
    return service


@transaction.atomic
def publish_programme(programme: Programme, *, by, now: datetime) -> Programme:
    """Put the programme in force from its first day, with all services that hang on it."""
    PROGRAMME.move(programme, "publish", by=by)
    return programme


@transaction.atomic
def archive_programme(programme: Programme, *, by, now: datetime) -> Programme:
    PROGRAMME.move(programme, "archive", by=by)
    return programme


@transaction.atomic
def reopen_programme(programme: Programme, *, by, now: datetime) -> Programme:
    PROGRAMME.move(programme, "reopen", by=by)
    return programme
