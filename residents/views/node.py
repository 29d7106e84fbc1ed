"""Coming in by the national node or another provider of identities; none of it is there until one is configured."""

from functools import wraps

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from cus_portal.identity.asserted import Refused
from cus_portal.identity.port import begin, finish, protocol
from cus_portal.throttle import client_address, hit
from residents.actions import enter_by_identity
from residents.models import pesel_problem
from residents.views.base import account_of, public_page, quick_exit, seat

LANGUAGE, TOGETHER = "node_language", "node_together"
SAML = "saml"
TRIES = 30
NO_PESEL = "no_pesel"


class SeeOther(HttpResponseRedirect):
    status_code = 303  # whatever came by POST, the browser goes on with a GET


def of_provider(view):
    """For an address that only answers where a provider for residents is configured."""

    @public_page
    @wraps(view)
    def checked(request, *args, **kwargs):
        provider = settings.IDENTITY.get("residents")
        if provider is None:
            raise Http404
        if not hit("node", client_address(request), limit=TRIES, minutes=10, now=timezone.now()):
            return refused(request, Refused.FAILED)
        try:
            return view(request, provider, *args, **kwargs)
        except Refused as refusal:
            return refused(request, refusal.why)

    return checked


def refused(request, why):
    """Say what to do instead. What came back is neither shown nor kept."""
    context = {"why": why, "quick_exit": quick_exit(needed=True)}
    return render(request, "residents/node_refused.html", context, status=403)


def address_of(name):
    """Return an address as the provider knows it: one, whatever language the person reads."""
    with override(settings.LANGUAGE_CODE):
        return settings.PUBLIC_URL + reverse(name)


@of_provider
@require_safe
def node_begin(request, provider):
    request.session[LANGUAGE] = get_language()
    request.session[TOGETHER] = "razem" in request.GET
    return begin(request, provider, back=address_of("residents:node_return"))


@of_provider
@require_safe
def node_return(request, provider):
    """Let in whom the provider vouches for, if it says by which PESEL."""
    now = timezone.now()
    person = finish(request, provider, now=now)
    if provider.strong and not person.is_strong:
        raise Refused
    claims = person.claims
    pesel = "".join(letter for letter in claims["pesel"] if letter.isascii() and letter.isdigit())
    if pesel_problem(pesel):
        raise Refused(NO_PESEL)
    language = request.session.pop(LANGUAGE, get_language())
    # Only who said so: on a device that others use, somebody else's mailbox may still be open.
    together = request.session.pop(TOGETHER, False)
    account = enter_by_identity(
        name=f"{claims['first_name']} {claims['last_name']}".strip(),
        pesel=pesel,
        account=account_of(request) if together else None,
        language=language,
        now=now,
    )
    seat(request, account, now, is_person=True)
    with override(language):
        return redirect("residents:my_matters")


@csrf_exempt
@of_provider
@require_POST
def node_receive(request, provider):
    """Take what a SAML provider posts from its own site; the browser fetches it with its session."""
    if provider.kind != SAML:
        raise Http404
    key = protocol(provider).receive(request, provider, now=timezone.now())
    fetched_at = f"{reverse('residents:node_return')}?{protocol(provider).KEY}={key}"
    return SeeOther(fetched_at)


@of_provider
@require_safe
def node_metadata(request, provider):
    if provider.kind != SAML:
        raise Http404
    return HttpResponse(protocol(provider).metadata(provider), content_type="application/samlmetadata+xml")
