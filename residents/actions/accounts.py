"""A resident's account: entered by a mailed link, with requests joined by number and code; left as easily."""

from datetime import date, datetime, timedelta

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from cus_portal.accounts.actors import AccountHolder
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from cus_portal.identity.waiting import WaitingAssertion
from cus_portal.notifications.outbox import notify
from residents.models import (
    AccountLink,
    JoinedRequest,
    RequestParty,
    ResidentAccount,
    SavedDraft,
    ServiceRequest,
    WatchedSearch,
)
from residents.models.account import LINK_SALT, email_index
from residents.models.numbers import pesel_index

LINK_OPENS_FOR = timedelta(hours=1)
LINK_KEPT_FOR = timedelta(days=1)
ACCOUNT_KEPT_FOR = timedelta(days=730)
JOINED_AT_MOST = 50


# -- the way in ---------------------------------------------------------------------------------
@transaction.atomic
def send_account_link(email: str, *, language: str, now: datetime) -> AccountLink:
    """Mail a link to that address, whether anybody has an account there or not: the first link opened makes one."""
    link = AccountLink.objects.create(email=email.strip().lower(), language=language, made_at=now)
    notify(link, "account_link", dedupe_key=f"account-link:{link.pk}")
    return link


def account_link(link: str, *, now: datetime) -> AccountLink | None:
    """Return the link that was mailed as this address; None when it is not whole or too old."""
    try:
        key = signing.loads(link, salt=LINK_SALT)
    except signing.BadSignature:
        return None
    return AccountLink.objects.filter(key=key, made_at__gt=now - LINK_OPENS_FOR).first()


@transaction.atomic
def enter_account(link: AccountLink, *, now: datetime) -> ResidentAccount | None:
    """Use the link up and return the account of its mailbox; None when somebody was faster."""
    if not AccountLink.objects.filter(pk=link.pk, used_at=None).update(used_at=now):
        return None
    account, is_new = ResidentAccount.objects.update_or_create(
        email_index=email_index(link.email),
        defaults={"entered_at": now},
        create_defaults={"email": link.email, "language": link.language, "created_at": now, "entered_at": now},
    )
    record("residentaccount.enter", account, by=AccountHolder(account_id=account.pk), is_new=is_new)
    return account


@transaction.atomic
def enter_by_identity(
    *, name: str, pesel: str, account: ResidentAccount | None, language: str, now: datetime
) -> ResidentAccount:
    """Return the account of the person a provider vouches for.

    Somebody in an account that has no person yet becomes its person; nobody's account changes the person it has.
    """
    index = pesel_index(pesel)
    known = ResidentAccount.objects.select_for_update().filter(pesel_index=index).first()
    if known is None and account is not None and not account.pesel_index:
        known = ResidentAccount.objects.select_for_update().get(pk=account.pk)
    is_new = known is None
    known = known or ResidentAccount(language=language, created_at=now)
    known.name, known.pesel, known.pesel_index = name, pesel, index
    known.verified_at = known.entered_at = now
    known.save()
    record("residentaccount.identify", known, by=AccountHolder(account_id=known.pk), is_new=is_new)
    return known


@transaction.atomic
def leave_everywhere(account: ResidentAccount, *, by: AccountHolder) -> None:
    """Sign the account out on every device."""
    require(by, "residents.keep_account", account)
    ResidentAccount.objects.filter(pk=account.pk).update(epoch=F("epoch") + 1)
    record("residentaccount.leave_everywhere", account, by=by)


# -- what is in it ------------------------------------------------------------------------------
@transaction.atomic
def join_request(account: ResidentAccount, request: ServiceRequest, *, by: AccountHolder, now: datetime) -> None:
    """Let the account open a request whose number and code were just proved. One request may be in several."""
    require(by, "residents.keep_account", account)
    joined = JoinedRequest.objects.filter(account=account)
    if joined.exclude(request=request).count() >= JOINED_AT_MOST:
        raise ValidationError(_("No more requests fit in here. Take one out first."), code="full")
    guarded = {
        "was_discreet": request.safe_contact,
        "by_code_of_person": request.code_is_the_persons,
        "restricted_file_id": request.restricted_file_id,
    }
    JoinedRequest.objects.update_or_create(account=account, request=request, defaults={"joined_at": now, **guarded})
    record("servicerequest.join_account", request, by=by)


@transaction.atomic
def take_out(joined: JoinedRequest, *, by: AccountHolder) -> None:
    """Take a request out of the account; the request itself stays as it is."""
    require(by, "residents.keep_account", joined.account)
    record("servicerequest.leave_account", joined.request, by=by)
    joined.delete()


@transaction.atomic
def choose_mails(account: ResidentAccount, *, wanted: list[str], language: str, by: AccountHolder) -> None:
    """Choose the events of which a mail is wanted."""
    require(by, "residents.keep_account", account)
    account.unwanted = [event for event in ResidentAccount.Event.values if event not in wanted]
    account.language = language
    account.save(update_fields=["unwanted", "language"])
    record("residentaccount.choose_mails", account, by=by)


def tell_accounts(request: ServiceRequest, event: str, *, dedupe_key: str) -> None:
    """Write to those who joined the request under another address than that of who filed, and want to know."""
    joined = JoinedRequest.objects.lying_open().filter(request=request).exclude(account__unwanted__contains=[event])
    told = list(joined.select_related("account"))
    if not told:
        return
    filer = request.parties.filter(role=RequestParty.Role.APPLICANT).first()
    known = email_index(filer.email) if filer and filer.email else ""
    for row in told:
        if row.account.email_index and row.account.email_index != known:
            notify(row, "account_news", dedupe_key=f"{dedupe_key}:{row.pk}")


def drafts_of(account: ResidentAccount):
    """Return what was saved to be finished by links to the same mailbox, without what was delicate."""
    mine = SavedDraft.objects.exclude(email_index="").filter(email_index=account.email_index)
    return mine.order_by("delete_on", "pk")


# -- the end ------------------------------------------------------------------------------------
@transaction.atomic
def delete_account(account: ResidentAccount, *, by: AccountHolder) -> None:
    """Delete the account with what was joined to it and what its mailbox watches.

    The requests stay, under their numbers and codes.
    """
    require(by, "residents.keep_account", account)
    WatchedSearch.objects.of_mailbox(account.email_index).delete()
    record("residentaccount.delete", account, by=by)
    account.delete()


@transaction.atomic
def tidy_accounts(*, on: date) -> int:
    """Delete links a day old, and accounts that nobody entered for two years; return how many accounts went.

    Nothing is lost with an account: its requests stay, and the same mailbox opens a new one.
    """
    now = timezone.make_aware(datetime.combine(on, datetime.min.time()))
    AccountLink.objects.filter(made_at__lt=now - LINK_KEPT_FOR).delete()
    WaitingAssertion.objects.filter(made_at__lt=now).delete()
    unused = ResidentAccount.objects.filter(entered_at__lt=now - ACCOUNT_KEPT_FOR)
    number = unused.count()
    unused.delete()
    return number
