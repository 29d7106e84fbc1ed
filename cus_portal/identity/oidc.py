"""OpenID Connect: the code flow with PKCE, state and nonce, as Authlib does it."""

from functools import cache

import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import OAuth
from joserfc.errors import JoseError
from requests import RequestException

from cus_portal.identity.asserted import Refused, asserted

log = structlog.get_logger(__name__)
METADATA = "/.well-known/openid-configuration"
PATIENCE = 10  # seconds for an answer of the provider
LEEWAY = 60  # seconds by which two clocks may differ


@cache
def client_of(provider):
    options = provider.options
    return OAuth().register(
        f"identity_{provider.role}",
        server_metadata_url=options["issuer"].rstrip("/") + METADATA,
        client_id=options["client_id"],
        client_secret=options["client_secret"],
        client_kwargs={
            "scope": options.get("scope", "openid profile email"),
            "code_challenge_method": "S256",
            "default_timeout": PATIENCE,
        },
    )


def begin(request, provider, *, back):
    asked = {"acr_values": " ".join(provider.strong)} if provider.strong else {}
    try:
        return client_of(provider).authorize_redirect(request, back, **asked)
    except (RequestException, AuthlibBaseError, ValueError, KeyError) as error:
        raise _refused(error) from None


def finish(request, provider, *, now):
    if request.GET.get("error") == "access_denied":
        raise Refused(Refused.CANCELLED)
    must_be = {
        "iss": {"essential": True, "value": provider.options["issuer"]},
        "aud": {"essential": True, "value": provider.options["client_id"]},
        "exp": {"essential": True},
        "sub": {"essential": True},
    }
    try:
        client = client_of(provider)
        token = client.authorize_access_token(request, claims_options=must_be, leeway=LEEWAY)
        found = dict(token["userinfo"])  # of the checked id_token: KeyError where there was none
        if provider.options.get("userinfo"):
            more = client.userinfo(token=token)
            if more.get("sub") != found["sub"]:
                raise Refused
            found = dict(more) | found
    except (RequestException, AuthlibBaseError, JoseError, ValueError, KeyError, TypeError) as error:
        raise _refused(error) from None
    # Whoever's address is not verified with the provider may be anybody.
    if provider.role == "staff" and found.get("email_verified") is not True:
        raise Refused
    return asserted(provider, found, str(found.get("acr") or ""))


def _refused(error):
    log.warning("identity_refused", error=type(error).__name__)
    return Refused()
