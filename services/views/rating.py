"""Did it help? One button each for yes and no, on a page of its own: a kept page can hold no form."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cus_portal.throttle import client_address, hit
from services.forms import RatingForm
from services.models import ServiceVersion
from services.presentation import said
from services.ratings import count_rating, mark_of, rated_by, remember


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def rate_service(request, slug):
    version = get_object_or_404(ServiceVersion.objects.listed().select_related("service"), slug=slug)
    return _rate(
        request,
        mark=mark_of("service", str(version.service_id)),
        about={"service": version.service},
        back=version.get_absolute_url(),
        name=said(version.card["plain_name"]),
    )


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def rate_search(request):
    words = request.GET.get("q", "").strip()[:100]
    if not words:
        return redirect("services:list")
    back = f"{reverse('services:list')}?{urlencode({'q': words})}"
    return _rate(request, mark=mark_of("search", words), about={"question": words}, back=back, name=words)


def _rate(request, *, mark, about, back, name):
    rated, now = rated_by(request), timezone.localtime()
    form = RatingForm(request.POST or None)
    if mark not in rated and form.is_valid():
        if hit("rating", client_address(request), limit=20, minutes=60, now=now):
            count_rating(**about, helped=form.cleaned_data["helped"] == "yes", on=now.date())
            response = redirect(request.get_full_path())
            remember(response, [*rated, mark], secure=request.is_secure())
            return response
        form.add_error(None, _("Too many answers came from your network within the hour. Thank you all the same."))
    context = {"form": form, "back": back, "name": name, "is_search": "question" in about, "rated": mark in rated}
    return render(request, "services/rate.html", context)
