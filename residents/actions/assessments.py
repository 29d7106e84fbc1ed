"""Recognising needs: a draft that is kept while it is typed, versions that come of it once."""

import json
import uuid
from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from residents.models import AssessmentDraft, Case, NeedsAssessment

WRITE = "residents.write_assessment"


class WrittenMeanwhile(Exception):  # noqa: N818
    """Somebody wrote a version that whoever sends this one has not seen."""

    def __init__(self, newest: NeedsAssessment):
        self.newest = newest
        super().__init__(newest.number)


@transaction.atomic
def write_assessment(
    case: Case,
    *,
    seen: int,
    token: UUID,
    held_on: date,
    place: str,
    situation: str,
    needs: str,
    valid_until: date,
    present: str = "",
    wishes: str = "",
    resources: str = "",
    obstacles: str = "",
    by: User,
    now: datetime,
) -> NeedsAssessment:
    """Write the next version over none that the author has not seen. The same sent again is the same version."""
    require(by, WRITE, case)
    facts = {
        "held_on": held_on,
        "place": place,
        "present": present,
        "situation": situation,
        "needs": needs,
        "wishes": wishes,
        "resources": resources,
        "obstacles": obstacles,
        "valid_until": valid_until,
    }
    token = uuid.uuid5(token, repr(facts))
    Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    if known := NeedsAssessment.objects.filter(case=case, submit_token=token).first():
        return known
    newest = case.assessments.first()
    number = newest.number if newest else 0
    if newest and number != seen:
        raise WrittenMeanwhile(newest)
    if held_on > timezone.localdate(now):
        raise ValidationError({"held_on": _("This day has not come yet.")})
    if valid_until <= held_on:
        raise ValidationError({"valid_until": _("Choose a day after the talk.")})
    written = NeedsAssessment.objects.create(
        case=case, number=number + 1, author=by, written_at=now, submit_token=token, **facts
    )
    AssessmentDraft.objects.filter(case=case, author=by, about=AssessmentDraft.ASSESSMENT).delete()
    record("case.assess", case, by=by, number=written.number)
    return written


@transaction.atomic
def keep_assessment_draft(case: Case, *, said: Mapping[str, str], by: User, now: datetime) -> AssessmentDraft:
    """Keep what was typed so far, right or not."""
    require(by, WRITE, case)
    return keep_draft(case, AssessmentDraft.ASSESSMENT, said, by=by, now=now)


def keep_draft(case: Case, about: str, said: Mapping[str, str], *, by: User, now: datetime) -> AssessmentDraft:
    kept = {"said": json.dumps(dict(said)), "saved_at": now}
    draft, _created = AssessmentDraft.objects.update_or_create(case=case, author=by, about=about, defaults=kept)
    return draft


def move_draft_name(obj: models.Model, move: str) -> str:
    """Return the name of the draft of what is written with a move of this object."""
    return f"{obj._meta.model_name}-{obj.pk}-{move}"


def forget_move_draft(case: Case, obj: models.Model, move: str, *, author: User) -> None:
    AssessmentDraft.objects.filter(case=case, author=author, about=move_draft_name(obj, move)).delete()
