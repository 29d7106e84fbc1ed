"""What entries refer to is saved at once, without review: their pages follow at once too."""

from datetime import datetime

from django.db import transaction

from cus_portal.accounts.models import Institution
from services.models import Alert, FormTemplate, Locality, Location, Service, ServiceArea, TargetGroup, Topic
from services.publishing import refresh_pages

REFERRING = {
    Institution: "provider",
    Location: "locations",
    Topic: "topics",
    ServiceArea: "areas",
    TargetGroup: "target_groups",
    Locality: "localities",
    FormTemplate: "documents__form",
}


@transaction.atomic
def refresh_entries(referred: Institution | Location | Topic | FormTemplate, *, now: datetime) -> None:
    """Make the pages anew that show this institution, place, term of a list or form to download."""
    refresh_pages(Service.objects.filter(**{REFERRING[type(referred)]: referred}), now=now)


@transaction.atomic
def write_hours_of(owner: Service | Location, rules: list[dict]) -> None:
    """Let a service or a place be open by these rules; hours of a term or with a note stay as they are."""
    owner.hours.plain().delete()
    for rule in rules:
        owner.hours.create(**rule)


@transaction.atomic
def alert_changed(alert: Alert, *, now: datetime) -> None:
    """Make the pages anew on which an alert was set, changed or taken away; one about nothing else is on all."""
    services = Service.objects.all()
    if alert.service_id:
        services = services.filter(pk=alert.service_id)
    elif alert.location_id:
        services = services.filter(locations=alert.location_id)
    refresh_pages(services, now=now)
