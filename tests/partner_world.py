"""Systems of other institutions for the tests."""

from datetime import timedelta

from coordination.actions.partners import make_token
from coordination.models import PartnerToken
from tests import personas
from tests.factories import NOW, TODAY


def make_partner_token(institution, **fields):
    """Return a token and its secret."""
    facts = {"name": "system testowy", "valid_to": TODAY + timedelta(days=30)} | fields
    token = PartnerToken(institution=institution, **facts)
    return token, make_token(token, by=personas.person("beata"), now=NOW)
