"""Tokens of other institutions' systems: made, used, revoked."""

from datetime import date, datetime

from django.db import transaction

from coordination.models import PartnerToken
from coordination.models.partner import digest_of
from cus_portal.accounts.actors import PartnerSystem
from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record


@transaction.atomic
def make_token(token: PartnerToken, *, by: User, now: datetime) -> str:
    """Keep a new token by its hash; return the secret itself, which is shown this once."""
    require(by, "coordination.add_partnertoken")
    secret = token.write()
    token.made_by, token.made_at = by, now
    token.save(force_insert=True)
    record("partnertoken.add", token, by=by, institution=token.institution_id)
    return secret


@transaction.atomic
def revoke_token(token: PartnerToken, *, by: User, now: datetime) -> PartnerToken:
    """End a token at once; a second time changes nothing."""
    require(by, "coordination.revoke_partnertoken", token)
    if PartnerToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
        record("partnertoken.revoke", token, by=by)
    return token


def system_of(secret: str, *, on: date) -> PartnerSystem | None:
    """Return who asks by this token on the day, or nothing; note the first use of the day."""
    found = PartnerToken.objects.in_force(on).filter(digest=digest_of(secret))
    token = found.select_related("institution").first()
    if token is None:
        return None
    if token.last_used_on != on:
        PartnerToken.objects.filter(pk=token.pk).update(last_used_on=on)
    return PartnerSystem(token.institution_id, token.institution.short_name, token.name)
