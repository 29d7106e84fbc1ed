"""The catalogue outside its own pages: the sheet to print, the search box for other sites."""

from csp.decorators import csp_replace
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from services.models import ServiceVersion
from services.record import Record
from services.sheets import sheet_of

LARGE = "duzy"
KEPT_FOR = 24 * 60 * 60


@login_not_required
@require_safe
def sheet(request, slug):
    """Show the service as a PDF, in normal or large print. One that was made today is not made again."""
    today = timezone.localdate()
    version = get_object_or_404(ServiceVersion.objects.listed(), slug=slug)
    large = request.GET.get("druk") == LARGE
    key = f"sheet:{version.pk}:{version.modified_at.timestamp()}:{get_language()}:{large}:{today}"
    pdf = cache.get(key)
    if pdf is None:
        address = request.build_absolute_uri(version.get_absolute_url())
        pdf = sheet_of(Record(version, on=today), address=address, large=large)
        cache.set(key, pdf, KEPT_FOR)
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{slug}.pdf"'
    return response


@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})
@login_not_required
@require_safe
def widget(request):
    """A search box that a school or a parish puts on its own page. It asks nothing and sets no cookie."""
    return render(request, "services/widget.html", {"address": request.build_absolute_uri(reverse("services:list"))})


@login_not_required
@require_safe
def widget_help(request):
    """Say how to put the search box on another site, with the lines to copy."""
    address = request.build_absolute_uri(reverse("services:widget"))
    return render(request, "services/widget_help.html", {"address": address})
