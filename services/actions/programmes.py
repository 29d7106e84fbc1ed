"""A programme on its way: drafted, reviewed, published by a second person, amended with a reason, archived."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from services.actions.news import tell_authors, tell_reviewers
from services.models import Programme, Service
from services.publishing import refresh_pages
from services.workflow import PROGRAMME


@transaction.atomic
def submit_programme(programme: Programme, *, note: str, by, now: datetime) -> Programme:
    PROGRAMME.move(programme, "submit", by=by, reason=note)
    tell_reviewers(programme, on=timezone.localdate(now))
    return programme


@transaction.atomic
def take_programme_back(programme: Programme, *, by, now: datetime) -> Programme:
    PROGRAMME.move(programme, "take_back", by=by)
    return programme


@transaction.atomic
def send_programme_back(programme: Programme, *, reason: str, by, now: datetime) -> Programme:
    PROGRAMME.move(programme, "send_back", by=by, reason=reason)
    tell_authors(programme, by=by)
    return programme


@transaction.atomic
def publish_programme(programme: Programme, *, by, now: datetime) -> Programme:
    """Put the programme in force from its first day, with all services that hang on it."""
    PROGRAMME.move(programme, "publish", by=by)
    _refresh(programme, now=now)
    return programme


@transaction.atomic
def publish_programme_alone(programme: Programme, *, reason: str, by, now: datetime) -> Programme:
    PROGRAMME.move(programme, "publish_alone", by=by, reason=reason)
    _refresh(programme, now=now)
    return programme


@transaction.atomic
def amend_programme(programme: Programme, *, reason: str, by, now: datetime, **fields) -> Programme:
    """Change a programme that is public, as the resolution that amends it says; every page follows at once."""
    PROGRAMME.move(programme, "amend", by=by, reason=reason, **fields)
    _refresh(programme, now=now)
    return programme


@transaction.atomic
def archive_programme(programme: Programme, *, reason: str, by, now: datetime) -> Programme:
    """Take the programme out of force, with all bases that hang on it."""
    PROGRAMME.move(programme, "archive", by=by, reason=reason)
    _refresh(programme, now=now)
    return programme


@transaction.atomic
def reopen_programme(programme: Programme, *, reason: str, by, now: datetime) -> Programme:
    PROGRAMME.move(programme, "reopen", by=by, reason=reason)
    _refresh(programme, now=now)
    return programme


def _refresh(programme, *, now):
    refresh_pages(Service.objects.filter(programme_services__programme=programme), now=now)
