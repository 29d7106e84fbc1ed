"""Writing a request down to finish it another day, and forgetting it."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import override

from cus_portal.notifications.outbox import notify
from residents.models import SavedDraft
from residents.models.account import email_index
from residents.models.draft import SALT

KEPT_FOR = timedelta(days=14)
WARNED_BEFORE = timedelta(days=3)


@transaction.atomic
def save_draft(
    *, token: UUID, said: str, email: str, language: str, now: datetime, is_delicate: bool = False
) -> SavedDraft:
    """Keep what was written so far and mail the link to it. Saved again, it is the same draft with a longer life.

    What is delicate opens by the link alone: whoever deletes the mail must not find it in an account again.
    """
    on = timezone.localdate(now)
    facts = {"said": said, "email": email, "language": language, "saved_at": now, "delete_on": on + KEPT_FOR}
    facts["email_index"] = "" if is_delicate else email_index(email)
    draft, _created = SavedDraft.objects.update_or_create(token=token, defaults=facts | {"warned_on": None})
    _mail(draft, "draft_saved", f"draft-saved:{draft.pk}:{now.timestamp():.0f}")
    return draft


def saved_draft(link: str) -> SavedDraft | None:
    """Return the draft that a mailed link leads to; None when it was changed, is too old, sent or deleted."""
    try:
        key = signing.loads(link, salt=SALT, max_age=KEPT_FOR + WARNED_BEFORE)
    except signing.BadSignature:
        return None
    return SavedDraft.objects.filter(key=key).first()


def forget_draft(token: UUID) -> None:
    """Delete what was saved under the token: it was sent, or nobody wants it."""
    SavedDraft.objects.filter(token=token).delete()


@transaction.atomic
def tidy_drafts(*, on: date) -> int:
    """Warn of the drafts whose end is near, delete those whose end has come; return how many went.

    None goes without a warning three days before: after an outage the warning goes out first, and the end waits.
    """
    near = SavedDraft.objects.select_for_update().filter(warned_on=None, delete_on__lte=on + WARNED_BEFORE)
    near = list(near.order_by("pk"))
    SavedDraft.objects.filter(pk__in=[draft.pk for draft in near]).update(
        warned_on=on, delete_on=Greatest(F("delete_on"), on + WARNED_BEFORE)
    )
    for draft in near:
        draft.delete_on = max(draft.delete_on, on + WARNED_BEFORE)
        _mail(draft, "draft_ends", f"draft-ends:{draft.pk}:{draft.delete_on}")
    ended = SavedDraft.objects.filter(delete_on__lte=on, warned_on__lte=on - WARNED_BEFORE)
    return ended.delete()[0]


def _mail(draft, template, dedupe_key):
    with override(draft.language):
        day = date_format(draft.delete_on, "j E Y")
    notify(draft, template, dedupe_key=dedupe_key, day=day)
