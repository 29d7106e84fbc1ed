"""Who else has a form open: a light mark that goes by itself. It locks nothing; without the cache nobody is shown."""

from datetime import datetime, timedelta

from django.core.cache import cache

from cus_portal.accounts.models import User

LASTS = timedelta(minutes=15)


def open_form(form: str, *, by: User, now: datetime) -> list[tuple[User, datetime]]:
    """Mark that the user has the form open; return who else has, each with since when, the first comer first.

    Two marks at the very same moment may lose one of them: the next opening writes it again.
    """
    marks = _marks(form, now)
    since, _last = marks.get(by.pk, (now, now))
    cache.set(_key(form), marks | {by.pk: (since, now)}, LASTS.total_seconds())
    others = {pk: began for pk, (began, _seen) in marks.items() if pk != by.pk}
    people = User.objects.in_bulk(others) if others else {}
    return sorted(((people[pk], began) for pk, began in others.items() if pk in people), key=lambda one: one[1])


def leave_form(form: str, *, by: User, now: datetime) -> None:
    """Take the mark away: what was typed is written."""
    marks = _marks(form, now)
    if marks.pop(by.pk, None):
        cache.set(_key(form), marks, LASTS.total_seconds())


def _marks(form, now):
    kept = cache.get(_key(form)) or {}
    return {pk: (began, last) for pk, (began, last) in kept.items() if last > now - LASTS}


def _key(form):
    return f"open-form:{form}"
