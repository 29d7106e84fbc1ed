"""What the resident's pages share: no cache keeps them, a browser sees for half an hour what it filed or proved."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from cus_portal.throttle import client_address, hit
from residents.models import JoinedRequest, ResidentAccount, ServiceRequest

FILED, TRACKED, ACCOUNT = "request_filed", "request_tracked", "resident_account"
ASKED, COMPLAINED, JUST_FILED = "question_asked", "complaint_tracked", "complaint_filed"
KEPT_FOR = timedelta(minutes=30)
ACCOUNT_OPEN_FOR = timedelta(hours=4)
NO_CODE = "AAA-AAA-AAA"
# Nobody at one address reaches the limit of a number, so nobody locks another person out of his request.
TRIES_BY_ADDRESS, TRIES_BY_NUMBER = 10, 300
NOTED_EVERY = 60  # seconds: a session is not written at each page


def public_page(view):
    """For a page that anybody opens and no cache keeps."""
    return sensitive_post_parameters()(never_cache(login_not_required(view)))


def quick_exit(needed):
    """Return where the button leads by which somebody in danger leaves the page, or nothing where it is not needed."""
    return settings.CENTRE["quick_exit"] if needed else ""


def let_follow(request, known, now, *, joined=None):
    """Let this browser see the request for a while, under a session that nobody knew before.

    `joined`: by what it is opened from an account, and no longer than it stands there.
    """
    request.session.cycle_key()
    by = {"joined": joined.pk} if joined else {}
    request.session[TRACKED] = {"pk": known.pk, "until": (now + KEPT_FOR).timestamp()} | by


def kept_request(request, key):
    """Return the request that this browser filed or proved a short while ago, or None."""
    kept = request.session.get(key)
    if not kept or kept["until"] < timezone.now().timestamp():
        return None
    if "joined" in kept and not JoinedRequest.objects.standing().filter(pk=kept["joined"]).exists():
        return None
    return ServiceRequest.objects.select_related("case").filter(pk=kept["pk"]).first()


def prove(request, form, *, among=None):
    """Return the request, or what else is `among`, of number and code. Nothing tells which of the two was wrong."""
    now, reference = timezone.now(), form.cleaned_data["reference"]
    by_address = hit("track-address", client_address(request), limit=TRIES_BY_ADDRESS, minutes=10, now=now)
    if not by_address or not hit("track-number", reference, limit=TRIES_BY_NUMBER, minutes=60, now=now):
        form.add_error(
            None, _("Too many tries. Wait an hour and try again, or call us: we will tell you on the phone.")
        )
        return None
    rows = ServiceRequest.objects.all() if among is None else among
    found = rows.filter(reference=reference).first()
    fits = constant_time_compare(form.cleaned_data["code"], found.access_code if found else NO_CODE)
    if found and fits:
        return found
    form.add_error(None, _("This number and code do not fit together. Check both on your receipt, or call us."))
    return None


# -- the account ----------------------------------------------------------------------------------
def seat(request, account, now, *, is_person=False):
    """Let this browser into the account, under a session that nobody knew before.

    `is_person`: a provider vouched for who sits there just now; a link in a mailbox proves no person.
    """
    request.session.cycle_key()
    at = now.timestamp()
    kept = {"pk": account.pk, "epoch": account.epoch, "begun": at, "seen": at, "is_person": is_person}
    request.session[ACCOUNT] = kept


def account_of(request):
    """Return the account this browser is in, or None: nobody was there for a while, or it was ended elsewhere."""
    kept, at = request.session.get(ACCOUNT), timezone.now().timestamp()
    if not kept:
        return None
    is_old = at - kept["seen"] >= settings.IDLE_MINUTES * 60 or at - kept["begun"] >= ACCOUNT_OPEN_FOR.total_seconds()
    account = None if is_old else ResidentAccount.objects.filter(pk=kept["pk"], epoch=kept["epoch"]).first()
    if account is None:
        del request.session[ACCOUNT]
        return None
    account.is_person_here = kept["is_person"]
    if at - kept["seen"] >= NOTED_EVERY:
        request.session[ACCOUNT] = kept | {"seen": at}
    return account
