"""The community organiser's events that are open to everybody. A place is kept by phone or at the desk."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from coordination.exchange import calendar_file, calendar_of
from coordination.models import CommunityEvent

SHOWN = 50


@login_not_required
@require_safe
def event_list(request):
    ahead = CommunityEvent.objects.open_to_all().ahead(timezone.localdate()).order_by("on", "at", "pk")
    return render(request, "coordination/event_list.html", {"events": ahead[:SHOWN]})


@login_not_required
@require_safe
def event(request, pk):
    found = get_object_or_404(CommunityEvent.objects.open_to_all().with_places(), pk=pk)
    is_over = found.on < timezone.localdate()
    free = None if found.places is None else max(found.places - found.taken, 0)
    return render(request, "coordination/event.html", {"event": found, "is_over": is_over, "free": free})


@login_not_required
@require_safe
def event_calendar(request, pk):
    found = get_object_or_404(CommunityEvent.objects.open_to_all(), pk=pk)
    place = f"{found.locality.name}, {found.place}"
    return calendar_file(calendar_of(found, path=found.public_path, place=place, now=timezone.now()))
