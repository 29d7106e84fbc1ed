"""How far somebody who filed for another may see and act."""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from residents.models import RequestParty, ServiceRequest


def sight_of(request: ServiceRequest, on: date) -> str:
    """Return how much who filed, and holds the code, may see and do on the day."""
    if request.for_whom == ServiceRequest.ForWhom.SELF or request.code_is_the_persons:
        return RequestParty.Sight.ALL
    parties = {party.role: party for party in request.parties.all()}
    filer = parties.get(RequestParty.Role.APPLICANT)
    return filer.sight(parties.get(RequestParty.Role.PERSON), on) if filer else RequestParty.Sight.ALL


def check_filer(request, *, by, now, decides=False):
    """Refuse to whoever came by the code what the right by which he filed does not reach, or no longer."""
    if getattr(by, "request_id", None) is None:
        return
    sight = sight_of(request, timezone.localdate(now))
    if sight == RequestParty.Sight.NONE or (decides and sight != RequestParty.Sight.ALL):
        raise PermissionDenied("residents.acts_for")
