"""SAML 2.0: a signed request by redirect, a signed assertion by POST, as python3-saml checks it.

The provider posts from its own site, so the browser sends no cookie of ours with it. What was asserted waits, sealed,
for a few minutes, until the same browser fetches it with its session: only there is known what had been asked.
"""

import json
from urllib.parse import urlsplit

import structlog
import xmlsec
from django.conf import settings
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import override
from lxml.etree import LxmlError
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Saml
from onelogin.saml2.errors import OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from cus_portal.identity.asserted import Refused, asserted
from cus_portal.identity.waiting import WAITS_FOR, WaitingAssertion
from cus_portal.throttle import hit

log = structlog.get_logger(__name__)
ASKED = "saml_asked"
KEY = "klucz"


def begin(request, provider, *, back):
    auth = _auth(provider)
    address = auth.login(return_to=back)
    request.session[ASKED] = auth.get_last_request_id()
    return HttpResponseRedirect(address)


def receive(request, provider, *, now):
    """Check what was posted and keep it waiting; return its key."""
    auth = _auth(provider, {"SAMLResponse": request.POST.get("SAMLResponse", "")})
    try:
        auth.process_response()
    except (
        OneLogin_Saml2_Error,
        OneLogin_Saml2_ValidationError,
        LxmlError,
        xmlsec.Error,
        ValueError,
        TypeError,
    ) as error:
        raise _refused(type(error).__name__) from None
    answers = auth.get_last_response_in_response_to()
    if auth.get_errors() or not auth.is_authenticated() or not answers:
        raise _refused(",".join(auth.get_errors()) or "unasked")
    # The browser's session is asked later; an assertion that is sent twice is stopped here already.
    if not hit("saml-assertion", auth.get_last_assertion_id(), limit=1, minutes=60, now=now):
        raise _refused("replayed")
    WaitingAssertion.objects.filter(made_at__lt=now - WAITS_FOR).delete()
    level = _level(auth)
    kept = {"attributes": auth.get_attributes(), "level": level}
    key = get_random_string(32)
    WaitingAssertion.objects.create(key=key, answers=answers, sealed=json.dumps(kept), made_at=now)
    return key


def finish(request, provider, *, now):
    asked = request.session.pop(ASKED, "")
    waiting = WaitingAssertion.objects.filter(key=request.GET.get(KEY, "")[:32], made_at__gt=now - WAITS_FOR).first()
    if waiting is None or not WaitingAssertion.objects.filter(pk=waiting.pk).delete()[0]:
        raise _refused("not waiting")
    if not asked or waiting.answers != asked:
        raise _refused("another browser")
    kept = json.loads(waiting.sealed)
    return asserted(provider, kept["attributes"], kept["level"])


def metadata(provider):
    """Return our own description, for the provider to read in."""
    described = OneLogin_Saml2_Settings(_settings(provider), sp_validation_only=True)
    return described.get_sp_metadata()


def _auth(provider, posted=None):
    own = urlsplit(settings.PUBLIC_URL)
    data = {
        "https": "on" if own.scheme == "https" else "off",
        "http_host": own.netloc,
        "script_name": urlsplit(_address("residents:node_receive")).path,
        "get_data": {},
        "post_data": posted or {},
    }
    return OneLogin_Saml2_Auth(data, old_settings=_settings(provider))


def _settings(provider):
    options = provider.options
    return {
        "strict": True,
        "sp": {
            "entityId": _address("residents:node_metadata"),
            "assertionConsumerService": {
                "url": _address("residents:node_receive"),
                "binding": Saml.BINDING_HTTP_POST,
            },
            "NameIDFormat": Saml.NAMEID_UNSPECIFIED,
            "x509cert": options["own_certificate"],
            "privateKey": options["own_key"],
        },
        "idp": {
            "entityId": options["entity_id"],
            "singleSignOnService": {"url": options["sign_in_url"], "binding": Saml.BINDING_HTTP_REDIRECT},
            "x509cert": options["certificate"],
        },
        "security": {
            "authnRequestsSigned": True,
            "wantAssertionsSigned": True,
            "wantAssertionsEncrypted": bool(options.get("encrypted")),
            "wantNameId": False,
            "signMetadata": True,
            "rejectDeprecatedAlgorithm": True,
            "signatureAlgorithm": Saml.RSA_SHA256,
            "digestAlgorithm": Saml.SHA256,
            "requestedAuthnContext": list(provider.strong) or False,
        },
    }


def _level(auth):
    """Return the level of assurance of the assertion that was checked."""
    found = auth.get_last_authn_contexts()
    return found[0] if found else ""


def _address(name):
    with override(settings.LANGUAGE_CODE):
        return settings.PUBLIC_URL + reverse(name)


def _refused(why):
    log.warning("identity_refused", error=why)
    return Refused()
