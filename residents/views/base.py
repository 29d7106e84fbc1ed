"""What the resident's pages share: no cache keeps them, a browser sees for half an hour what it filed or proved."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from residents.models import ServiceRequest

FILED, TRACKED = "request_filed", "request_tracked"
KEPT_FOR = timedelta(minutes=30)


def public_page(view):
    """For a page that anybody opens and no cache keeps."""
    return sensitive_post_parameters()(never_cache(login_not_required(view)))


def posted(request):
    """Return data and files for a form that is bound by a POST, even an empty one."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def quick_exit(needed):
    """Return where the button leads by which somebody in danger leaves the page, or nothing where it is not needed."""
    return settings.CENTRE["quick_exit"] if needed else ""


def let_follow(request, known, now):
    """Let this browser see the request for a while, under a session that nobody knew before."""
    request.session.cycle_key()
    request.session[TRACKED] = {"pk": known.pk, "until": (now + KEPT_FOR).timestamp()}


def kept_request(request, key):
    """Return the request that this browser filed or proved a short while ago, or None."""
    kept = request.session.get(key)
    if not kept or kept["until"] < timezone.now().timestamp():
        return None
    return ServiceRequest.objects.select_related("case").filter(pk=kept["pk"]).first()
