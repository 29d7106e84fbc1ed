"""Events for other municipalities, and who comes to them: asked by mail first, then a place or the waiting list."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.models import ExchangeEvent, ExchangeSignUp
from coordination.models.exchange import SIGN_UP_SALT
from coordination.workflow import EXCHANGE_EVENT
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from cus_portal.notifications.outbox import notify
from residents.models.account import email_index

LEFT_FOR = timedelta(days=3)  # without a word of confirmation
KEPT_AFTER = timedelta(days=30)
REMINDED = (timedelta(days=1), timedelta(days=7))  # before the day, the last first
TOLD_OF = {"on", "at", "until", "place"}
PUBLISHED = ExchangeEvent.Status.PUBLISHED


# -- the event -----------------------------------------------------------------------------------
@transaction.atomic
def publish_event(event: ExchangeEvent, *, by, now: datetime) -> ExchangeEvent:
    """Put the event on the public page and let people sign up."""
    if event.on <= timezone.localdate(now):
        raise ValidationError(_("This day has come already. Correct the day of the event first."))
    EXCHANGE_EVENT.move(event, "publish", by=by, published_at=now)
    return event


@transaction.atomic
def call_off_event(event: ExchangeEvent, *, reason: str, by, now: datetime) -> ExchangeEvent:
    """Call the event off and tell everybody who has a place or waits for one."""
    EXCHANGE_EVENT.move(event, "call_off", by=by, call_off_reason=reason)
    for guest in event.sign_ups.confirmed():
        _write(guest, "exchange_called_off", key="called-off")
    return event


@transaction.atomic
def event_changed(event: ExchangeEvent, *, fields: Iterable[str], by, now: datetime) -> None:
    """Tell the guests when day, hour or place is another one; give out the places that were added."""
    if event.status != PUBLISHED:
        return
    if TOLD_OF.intersection(fields):
        for guest in event.sign_ups.confirmed():
            _write(guest, "exchange_changed", key=f"changed:{now.timestamp():.0f}", only_while=[PUBLISHED])
    move_up(event, now=now)


@transaction.atomic
def count_guests(event: ExchangeEvent, *, by, now: datetime, **came: int) -> ExchangeEvent:
    """Write down how many of each sign-up came; the sum stays when the names are forgotten."""
    if event.on > timezone.localdate(now):
        raise ValidationError(_("This event has not been yet."))
    EXCHANGE_EVENT.move(event, "count", by=by, came=sum(came.values()))
    guests = list(event.sign_ups.confirmed())
    for guest in guests:
        guest.came = came.get(f"guest_{guest.pk}")
    ExchangeSignUp.objects.bulk_update(guests, ["came"])
    return event


# -- the guests ----------------------------------------------------------------------------------
@transaction.atomic
def sign_up_for(event: ExchangeEvent, *, email: str, language: str, now: datetime, **facts) -> None:
    """Write down who wants to come and ask the mailbox. What was confirmed stays: its owner gets the link again."""
    if not event.takes_sign_ups(timezone.localdate(now)):
        raise ValidationError(_("Signing up for this event is over."))
    mailbox = {"event": event, "email_index": email_index(email)}
    facts |= {"email": email.strip().lower(), "language": language, "asked_at": now}
    guest, is_new = ExchangeSignUp.objects.get_or_create(**mailbox, defaults=facts)
    if not is_new and guest.confirmed_at is None:
        ExchangeSignUp.objects.filter(pk=guest.pk).update(**facts)
    _write(guest, "exchange_confirm", key=f"confirm:{now.timestamp():.0f}", only_while=[PUBLISHED])


def guest_of(link: str) -> ExchangeSignUp | None:
    """Return the sign-up that a mailed link leads to; None when the link was changed or the sign-up is deleted."""
    try:
        key = signing.loads(link, salt=SIGN_UP_SALT)
    except signing.BadSignature:
        return None
    return ExchangeSignUp.objects.select_related("event").filter(key=key).first()


@transaction.atomic
def confirm_sign_up(guest: ExchangeSignUp, *, now: datetime) -> ExchangeSignUp:
    """Give a place while enough are free, else one on the waiting list. Pressed twice, it is done once."""
    event = _locked(guest.event_id)
    guest = _still_there(guest)
    if guest.confirmed_at is not None:
        return guest
    if event.status != PUBLISHED or event.on < timezone.localdate(now):
        raise ValidationError(_("Signing up for this event is over."))
    guest.confirmed_at = now
    if guest.people <= free_places(event):
        guest.coming_since = now
    guest.save(update_fields=["confirmed_at", "coming_since"])
    return guest


@transaction.atomic
def change_people(guest: ExchangeSignUp, *, people: int, now: datetime) -> ExchangeSignUp:
    """Write down that more or fewer come. Who has a place keeps it; who waits may fit in now."""
    event = _locked(guest.event_id)
    guest = _still_there(guest)
    if not event.may_change_people(timezone.localdate(now)):
        raise ValidationError(_("The number can be changed until the day before."))
    free = free_places(event)
    if guest.coming_since and people > guest.people + free:
        words = _("So many places are not free. At most %(number)d of you can come.")
        raise ValidationError({"people": words % {"number": guest.people + free}})
    guest.people = people
    guest.save(update_fields=["people"])
    move_up(event, now=now, who_knows=guest)
    guest.refresh_from_db()
    return guest


@transaction.atomic
def give_up_place(guest: ExchangeSignUp, *, now: datetime) -> None:
    """Forget the sign-up; whoever waits gets the place."""
    event = _locked(guest.event_id)
    guest.delete()
    move_up(event, now=now)


@transaction.atomic
def take_off_guest(event: ExchangeEvent, *, who: ExchangeSignUp, by, now: datetime) -> ExchangeEvent:
    """Take somebody off who called; whoever waits gets the place."""
    require(by, "coordination.change_exchangeevent", event)
    give_up_place(who, now=now)
    record("exchangeevent.take_off", event, by=by)
    return event


@transaction.atomic
def move_up(event: ExchangeEvent, *, now: datetime, who_knows: ExchangeSignUp | None = None) -> int:
    """Give free places to those who wait, in their order: who is too many for what is free waits on.

    They are written to, but for the one who looks at the page now.
    """
    event = _locked(event.pk)
    if event.status != PUBLISHED or event.on <= timezone.localdate(now):
        return 0
    free, moved = free_places(event), 0
    for guest in event.sign_ups.waiting():
        if guest.people <= free:
            guest.coming_since = now
            guest.save(update_fields=["coming_since"])
            if guest != who_knows:
                _write(guest, "exchange_moved_up", key="moved-up", only_while=[PUBLISHED])
            free, moved = free - guest.people, moved + 1
    return moved


def _locked(event):
    return ExchangeEvent.objects.select_for_update().get(pk=event)


def _still_there(guest):
    try:
        return ExchangeSignUp.objects.get(pk=guest.pk)
    except ExchangeSignUp.DoesNotExist:  # given up at the same moment, in another window
        raise ValidationError(_("This sign-up has been deleted.")) from None


def free_places(event: ExchangeEvent) -> int:
    return max(event.places - sum(event.sign_ups.coming().values_list("people", flat=True)), 0)


def _write(guest, template, *, key, only_while=()):
    notify(guest, template, dedupe_key=f"exchange:{key}:{guest.pk}", about=guest.event, only_while=only_while)


# -- the clock -----------------------------------------------------------------------------------
def remind_guests(*, on: date) -> int:
    """Remind whoever has a place a week and a day before; who got it later than that day is not reminded of it."""
    told = 0
    rows = ExchangeSignUp.objects.coming().filter(
        event__status=PUBLISHED, event__on__gt=on, event__on__lte=on + max(REMINDED)
    )
    for guest in rows.select_related("event"):
        due = [guest.event.on - before for before in REMINDED if guest.event.on - before <= on]
        if timezone.localdate(guest.coming_since) < due[0]:
            _write(guest, "exchange_reminder", key=f"reminder:{due[0]}", only_while=[PUBLISHED])
            told += 1
    return told


def forget_guests(*, on: date) -> int:
    """Forget who came a month after the event, and who never confirmed; how many came stays."""
    over = ExchangeSignUp.objects.filter(event__on__lt=on - KEPT_AFTER)
    unconfirmed = ExchangeSignUp.objects.filter(confirmed_at=None, asked_at__date__lte=on - LEFT_FOR)
    return over.delete()[0] + unconfirmed.delete()[0]
