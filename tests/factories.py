"""Things of the domain, made the way the portal makes them: through its actions where that is cheap."""

from datetime import date, datetime
from itertools import count
from zoneinfo import ZoneInfo

from django.utils.text import slugify

from cus_portal.accounts.actors import LinkHolder, PublicActor
from residents.actions import Filing, identify_person, open_case, qualify_item, submit_request
from residents.models import PrivacyNotice, Resident, ServiceRequest
from residents.models.person import pesel_fields
from services.models import FormTemplate, Locality, Programme, ProgrammeService, Service, ServiceArea, Status
from services.publishing import publish, publish_all
from tests import personas

WARSAW = ZoneInfo("Europe/Warsaw")
TODAY = date(2026, 11, 12)
NOW = datetime(2026, 11, 12, 14, 5, tzinfo=WARSAW)
PERSON = {"first_name": "Krystyna", "last_name": "Wilga", "phone": "600 100 200"}
_numbers = count(1)


def at(day, hour=12, minute=0):
    """Return a moment on the wall clock of that day in Poland."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=WARSAW)


def make_area(number=1):
    area, _created = ServiceArea.objects.get_or_create(
        number=number, defaults={"code": f"area-{number}", "name": f"Obszar {number}", "short_name": f"Obszar {number}"}
    )
    return area


def make_locality(name="Wronów"):
    place, _created = Locality.objects.get_or_create(
        code=slugify(name.translate(str.maketrans("łŁ", "lL"))),
        defaults={"name": name, "kind": "village", "teryt": "0609015"},
    )
    return place


def make_programme(**fields):
    number = next(_numbers)
    return Programme.objects.create(
        **{
            "code": f"programme-{number}",
            "kind": Programme.Kind.COUNCIL,
            "name": f"Program {number}",
            "valid_from": date(2021, 1, 1),
            "status": "published",
        }
        | fields
    )


def make_service(
    plain_name="Terapia logopedyczna", *, valid_from=date(2021, 1, 1), valid_to=None, public=True, **fields
):
    """Return a service with one basis, in force in the given time.

    It is public unless it is a draft, or nobody is to look for it: what a publication writes takes most of the time.
    """
    number = next(_numbers)
    service = Service.objects.create(
        **{
            "code": f"T{number}",
            "slug": f"usluga-{number}",
            "name": plain_name,
            "plain_name": plain_name,
            "summary": "Pomoc dla mieszkańców.",
            "description": "Pomoc dla mieszkańców.",
            "for_whom": "mieszkańcy gminy",
            "provider": personas.institution(personas.CENTRE),
            "delivery_modes": [Service.Delivery.ON_SITE],
            "evidence": Service.Evidence.REALISTIC,
            "reviewed_on": date(2026, 1, 1),
            "status": "published",
        }
        | fields
    )
    service.areas.add(make_area())
    ProgrammeService.objects.create(
        programme=Programme.objects.filter(code="programme-of-tests").first()
        or make_programme(code="programme-of-tests"),
        service=service,
        valid_from=valid_from,
        valid_to=valid_to,
        regime=ProgrammeService.Regime.PROGRAMME,
        fee_kind=ProgrammeService.Fee.FREE,
    )
    return publish_again(service) if public else service


def make_form(code="zgoda", **fields):
    """Put an empty form into the register of those that people download."""
    return FormTemplate.objects.create(
        **{
            "code": code,
            "name": "Zgoda rodzica",
            "file": f"{code}.pdf",
            "content_type": "application/pdf",
            "size": 8,
            "updated_on": date(2026, 1, 1),
        }
        | fields
    )


def publish_again(service=None, *, now=NOW):
    """Make public what a test has changed: in one service, or wherever it was."""
    if service is None:
        publish_all(now=now)
    elif service.status in (Status.PUBLISHED, Status.ARCHIVED):
        publish(service, by=None, now=now)
    return service


def make_notice(version="2026-01"):
    notice, _created = PrivacyNotice.objects.get_or_create(
        version=version,
        defaults={
            "valid_from": date(2026, 1, 1),
            "title": "Ochrona danych",
            "short": "Dane przetwarza Centrum.",
            "body": [{"heading": "Administrator", "text": "Centrum Usług Społecznych."}],
        },
    )
    return notice


def make_filing(*, needs=None, on=TODAY, **fields):
    return Filing(
        **{
            "channel": ServiceRequest.Channel.PORTAL,
            "received_on": on,
            "needs": [(None, "ktoś do pomocy w domu")] if needs is None else needs,
            "applicant": PERSON,
        }
        | fields
    )


def make_request(*, needs=None, by=None, now=NOW, **fields):
    """File a request as anybody would on the public page, or as the given clerk."""
    fields.setdefault("on", now.astimezone(WARSAW).date())
    return submit_request(make_filing(needs=needs, **fields), by=by or PublicActor(), now=now)


def holder_of(request):
    """Return whoever proved number and code of the request."""
    return LinkHolder(request_id=request.pk)


def make_resident(first_name="Krystyna", last_name="Wilga", *, pesel="", **fields):
    return Resident.objects.create(first_name=first_name, last_name=last_name, **pesel_fields(pesel), **fields)


def make_case(*, coordinator=None, resident=None, request=None, now=NOW, **fields):
    """Open a case as a coordinator does: request, person, one qualified need."""
    coordinator = coordinator or personas.person("tomek")
    request = request or make_request(now=now, **fields)
    qualify_item(request.items.first(), by=coordinator, now=now)
    request.refresh_from_db()
    identify_person(request, resident=resident, by=coordinator, now=now)
    return open_case(request, coordinator=coordinator, by=coordinator, now=now)
