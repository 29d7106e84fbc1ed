"""Keeping services in an account, and telling a mailbox what a search newly finds."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache, partial

from django.core import signing
from django.db import transaction
from django.utils import timezone

from cus_portal.accounts.actors import AccountHolder
from cus_portal.accounts.permissions import require
from cus_portal.crypto import blind_index
from cus_portal.notifications.outbox import notify
from residents.models import KeptService, ResidentAccount, WatchedSearch
from residents.models.account import email_index
from residents.models.watch import WATCH_SALT
from residents.watching import MOST_KEPT, Wish
from services.catalogue import catalogue
from services.models import Service

LEFT_FOR = timedelta(days=3)  # without a word of confirmation
WATCHED_FOR = timedelta(days=365)
TOLD_EVERY = timedelta(days=7)
MOST_OF_A_MAILBOX = 10
AT_ONCE = 500


# -- the list ----------------------------------------------------------------------------------
@transaction.atomic
def keep_services(account: ResidentAccount, services: Iterable[int], *, by: AccountHolder) -> None:
    """Put the services on the account's list; what does not fit any more is left out."""
    require(by, "residents.keep_account", account)
    ResidentAccount.objects.select_for_update().get(pk=account.pk)
    there = set(account.kept.values_list("service", flat=True))
    wanted = [pk for pk in dict.fromkeys(services) if pk not in there][: max(MOST_KEPT - len(there), 0)]
    known = Service.objects.filter(pk__in=wanted)
    KeptService.objects.bulk_create([KeptService(account=account, service=service) for service in known])


@transaction.atomic
def let_services_go(account: ResidentAccount, services: Iterable[int], *, by: AccountHolder) -> None:
    require(by, "residents.keep_account", account)
    account.kept.filter(service__in=list(services)).delete()


# -- the searches ------------------------------------------------------------------------------
@transaction.atomic
def watch_search(wish: Wish, *, email: str, language: str, now: datetime) -> WatchedSearch | None:
    """Write the wish down and ask its mailbox to confirm it; asked for again, it is the same one.

    A full mailbox gets nothing, and whoever asks is not told so: he need not know what others have asked for.
    """
    mailbox = email_index(email)
    facts = {"email_index": mailbox, "asked_index": blind_index(f"{mailbox}:{wish.as_json()}")}
    others = WatchedSearch.objects.of_mailbox(mailbox).exclude(asked_index=facts["asked_index"])
    if others.count() >= MOST_OF_A_MAILBOX:
        return None
    asked = {"language": language, "asked_at": now}
    written = {"email": email.strip().lower(), "asked": wish.as_json(), "ends_on": timezone.localdate(now) + LEFT_FOR}
    watch, _new = WatchedSearch.objects.update_or_create(
        **facts, defaults=asked, create_defaults=facts | asked | written
    )
    notify(watch, "watch_asked", dedupe_key=f"watch-asked:{watch.pk}:{now.timestamp():.0f}")
    return watch


def watched_search(link: str) -> WatchedSearch | None:
    """Return the search that a mailed link leads to; None when the link was changed or the search is deleted."""
    try:
        key = signing.loads(link, salt=WATCH_SALT)
    except signing.BadSignature:
        return None
    return WatchedSearch.objects.filter(key=key).first()


@transaction.atomic
def confirm_watch(watch: WatchedSearch, *, now: datetime) -> None:
    """Begin to watch, or go on for another year. What is found now is no news."""
    if watch.confirmed_at is None:
        watch.confirmed_at = now
        watch.known = Wish.from_json(watch.asked).services(catalogue(), now=now) or []
        watch.looked_on = timezone.localdate(now)
    watch.ends_on = timezone.localdate(now) + WATCHED_FOR
    watch.save(update_fields=["confirmed_at", "known", "looked_on", "ends_on"])


def stop_watching(watch: WatchedSearch) -> None:
    """Forget the search and its address."""
    watch.delete()


@transaction.atomic
def look_for_news(*, now: datetime, most: int = AT_ONCE) -> int:
    """Look at those searches that wait longest, and write where something new is found; return how many mails.

    One mailbox is told of one search once a week at most: what comes meanwhile waits for the next mail. So many are
    looked at in one call, each once a day, and equal ones are answered once.
    """
    on = timezone.localdate(now)
    due = list(WatchedSearch.objects.to_look_at(on).select_for_update(skip_locked=True)[:most])
    services, told = cache(partial(Wish.services, catalogue=catalogue(), now=now)), 0
    for watch in due:
        watch.looked_on = on
        found = services(Wish.from_json(watch.asked))
        if found is None:
            continue
        new = sorted(set(found) - set(watch.known))
        if not new:
            watch.known = found
        elif watch.told_on is None or watch.told_on <= on - TOLD_EVERY:
            watch.known, watch.news, watch.told_on = found, new, on
            notify(watch, "watch_news", dedupe_key=f"watch-news:{watch.pk}:{on}")
            told += 1
    WatchedSearch.objects.bulk_update(due, ["looked_on", "known", "news", "told_on"])
    return told


def tidy_watches(*, on: date) -> int:
    """Delete what nobody confirmed and what has come to its end; return how many went."""
    return WatchedSearch.objects.filter(ends_on__lte=on).delete()[0]
