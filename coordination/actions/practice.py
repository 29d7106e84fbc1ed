"""The good-practice card goes out as a numbered version, and is taken back whole."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from coordination.models import GoodPractice
from coordination.workflow import GOOD_PRACTICE


@transaction.atomic
def publish_practice(practice: GoodPractice, *, by, now: datetime) -> GoodPractice:
    """Let the public read the card as it is written now; what it read before is kept."""
    last, content = practice.versions.first(), practice.as_content()
    if practice.status == GoodPractice.Status.PUBLISHED and last and last.content == content:
        raise ValidationError(_("Nothing has changed since this card was published."))
    GOOD_PRACTICE.move(practice, "publish", by=by)
    practice.versions.create(number=last.number + 1 if last else 1, content=content, published_by=by, published_at=now)
    return practice


@transaction.atomic
def withdraw_practice(practice: GoodPractice, *, by, now: datetime) -> GoodPractice:
    """Show the card no longer; its versions stay."""
    GOOD_PRACTICE.move(practice, "withdraw", by=by)
    return practice
