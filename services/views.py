"""The public catalogue: home page, list with search and filters, one service's page."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cus_portal.paging import page_of
from services.filters import ServiceFilter
from services.models import Service, TargetGroup
from services.presentation import card_of, facts_of, office_facts_of, steps_of, tags_of

PER_PAGE = 20
MOST_WANTED = 5
BREAKS_SHOWN = 10
SIMILAR_SHOWN = 5


@login_not_required
@require_safe
def home(request):
    today = timezone.localdate()
    wanted = Service.objects.offered(today).for_list(today).featured()[:MOST_WANTED]
    return render(
        request,
        "services/home.html",
        {
            "doors": TargetGroup.objects.filter(on_home=True),
            "most_wanted": [card_of(service, today) for service in wanted],
        },
    )


@login_not_required
@require_safe
def service_list(request):
    today = timezone.localdate()
    found = ServiceFilter(request.GET, Service.objects.in_force(today).for_list(today), on=today)
    page = page_of(found.qs, request.GET.get("page"), per_page=PER_PAGE)
    breaks = found.filter_queryset(Service.objects.on_break(today).for_list(today))[:BREAKS_SHOWN]
    return render(
        request,
        "services/list.html",
        {
            "form": found.form,
            "narrowed": found.narrowed(),
            "page": page,
            "cards": [card_of(service, today) for service in page],
            "breaks": [card_of(service, today) for service in breaks],
            "similar": [] if page.object_list else similar_to(request.GET.get("q", ""), today),
        },
    )


def similar_to(words, today):
    """Return what has some of the words, for a list that would else be empty."""
    found = Service.objects.in_force(today).for_list(today).matching_some(words[:100])
    return [card_of(service, today) for service in found[:SIMILAR_SHOWN]]


@login_not_required
@require_safe
def service_detail(request, slug):
    today = timezone.localdate()
    service = get_object_or_404(Service.objects.visible_to(request.user).for_page(today), slug=slug)
    return render(
        request,
        "services/detail.html",
        {
            "service": service,
            "state": service.availability(today),
            "row": service.shown_row,
            "next_start": service.next_start(today),
            "tags": tags_of(service, today),
            "facts": facts_of(service),
            "office_facts": office_facts_of(service, today),
            "steps": steps_of(service),
        },
    )
