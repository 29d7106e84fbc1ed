"""The public catalogue: home page, list with search and filters, one service's page."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cus_portal.paging import page_of
from services.filters import ServiceFilter
from services.models import Service, ServiceVersion, TargetGroup
from services.presentation import card_of, facts_of, office_facts_of, steps_of, tags_of
from services.publishing import preview

PER_PAGE = 20
MOST_WANTED = 5
BREAKS_SHOWN = 10
SIMILAR_SHOWN = 5


@login_not_required
@require_safe
def home(request):
    today = timezone.localdate()
    wanted = ServiceVersion.objects.offered(today).for_list().featured()[:MOST_WANTED]
    return render(
        request,
        "services/home.html",
        {
            "doors": TargetGroup.objects.filter(on_home=True),
            "most_wanted": [card_of(version, today) for version in wanted],
        },
    )


@login_not_required
@require_safe
def service_list(request):
    today = timezone.localdate()
    found = ServiceFilter(request.GET, ServiceVersion.objects.in_force(today).for_list(), on=today)
    page = page_of(found.qs, request.GET.get("page"), per_page=PER_PAGE)
    breaks = found.filter_queryset(ServiceVersion.objects.on_break(today).for_list())[:BREAKS_SHOWN]
    return render(
        request,
        "services/list.html",
        {
            "form": found.form,
            "narrowed": found.narrowed(),
            "page": page,
            "cards": [card_of(version, today) for version in page],
            "breaks": [card_of(version, today) for version in breaks],
            "similar": [] if page.object_list else similar_to(request.GET.get("q", ""), today),
        },
    )


def similar_to(words, today):
    """Return what has some of the words, for a list that would else be empty."""
    found = ServiceVersion.objects.in_force(today).for_list().matching_some(words[:100])
    return [card_of(version, today) for version in found[:SIMILAR_SHOWN]]


@login_not_required
@require_safe
def service_detail(request, slug):
    today = timezone.localdate()
    version = ServiceVersion.objects.current().filter(slug=slug).first() or draft_of(slug, request.user)
    return render(
        request,
        "services/detail.html",
        {
            "version": version,
            "page": version.page,
            "is_draft": version.pk is None,
            "state": version.availability(today),
            "basis": version.basis_shown(today),
            "next_start": version.next_start(today),
            "tags": tags_of(version, today),
            "facts": facts_of(version, today),
            "office_facts": office_facts_of(version, today),
            "steps": steps_of(version.page),
        },
    )


def draft_of(slug, user):
    """Return what is not public yet as it would be shown, to those who may see the working copies."""
    if not user.has_perm("services.view_service"):
        raise Http404
    return preview(get_object_or_404(Service.objects.visible_to(user), slug=slug))
