"""The public catalogue: home page, list with search and filters, one service's page, the map of places, forms."""

from datetime import datetime, time, timedelta
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cus_portal.files import serve_private
from cus_portal.page_cache import keep
from cus_portal.paging import nearest_page
from cus_portal.throttle import client_address
from services.catalogue import catalogue
from services.filters import CatalogueForm, Found, day_asked
from services.home import home_lines
from services.map import map_of
from services.models import FormTemplate, Service, ServiceVersion
from services.presentation import alert_lines, cards_of, doors_of
from services.publishing import preview
from services.record import Place, body_of
from services.unmet import count_unmet

PER_PAGE = 20
MOST_WANTED = 5
BREAKS_SHOWN = 10
SIMILAR_SHOWN = 5
DAY = "na-dzien"


@login_not_required
@require_safe
def home(request):
    now = timezone.localtime()
    today, entries = now.date(), catalogue()
    day = entries.day(today)
    wanted = [place for place in entries.featured if day.offered >> place & 1]
    response = render(
        request,
        "services/home.html",
        {
            "alerts": alert_lines(entries.alerts_on(today)),
            "doors": doors_of(entries),
            "most_wanted": cards_of(entries, wanted[:MOST_WANTED], today),
            "lines": home_lines(today),
        },
    )
    return keep(response, seconds=seconds_until(None, now))


@login_not_required
@require_safe
def service_list(request):
    now = timezone.localtime()
    day, no_day = day_asked(request.GET.get(DAY), now.date())
    entries = catalogue()
    form = CatalogueForm(request.GET, entries)
    found = Found(entries, entries.day(day), form, now=now)
    page = nearest_page(Paginator(found, PER_PAGE), request.GET.get("page"))
    if found.is_unanswered:
        where = {name: found.chosen.get(name, "") for name in ("place", "area")}
        count_unmet(found.question.text, address=client_address(request), on=now.date(), **where)
    on_break = found.narrowed(found.day.on_break) if page.number == 1 else 0
    breaks = entries.in_order(on_break, 0, BREAKS_SHOWN)
    similar = found.similar(SIMILAR_SHOWN) if page.number == 1 else []
    response = render(
        request,
        "services/list.html",
        {
            "alerts": alert_lines(entries.alerts_on(now.date())),
            "form": form,
            "found": found,
            "page": page,
            "cards": cards_of(entries, page.object_list, day, question=found.question),
            "breaks": cards_of(entries, breaks, day, question=found.question),
            "more_breaks": on_break.bit_count() - len(breaks),
            "similar": cards_of(entries, similar, day, question=found.question),
            "other_day": day if day != now.date() else None,
            "no_day": no_day,
            "quick_exit": settings.CENTRE["quick_exit"] if found.is_delicate else "",
        },
    )
    if is_common(request.META["QUERY_STRING"], found, page):
        keep(response, seconds=seconds_until(found.open_until, now))
    return response


def is_common(query, found, page):
    """Tell whether many people ask just this: no words, at most one choice, written as our own links and form do.

    So the addresses that may be kept are few, whatever anybody makes up.
    """
    pairs = parse_qsl(query, keep_blank_values=True)
    known = {**found.chosen, **({"page": str(page.number)} if page.number > 1 else {})}
    filled = [(name, value) for name, value in pairs if value]
    as_form = [name for name, _value in pairs] == [*found.form.fields, DAY]
    return (
        len(found.chosen) <= 1
        and filled == list(known.items())
        and (as_form or len(filled) == len(pairs))
        and urlencode(pairs) == query
    )


@login_not_required
@require_safe
def service_detail(request, slug):
    now = timezone.localtime()
    day, no_day = day_asked(request.GET.get(DAY), now.date())
    entries = catalogue()
    version, load = entries.with_page(slug, day)
    if version is None and (moved_to := moved(slug)):
        return redirect(moved_to, permanent=True)
    is_draft = version is None
    if is_draft:
        version = draft_of(slug, request.user, now=now)
    address = request.build_absolute_uri(version.get_absolute_url())
    body = body_of(version, load, entries, on=day, now=now, address=address, no_day=no_day)
    response = render(request, "services/detail.html", {"body": body})
    if not request.META["QUERY_STRING"] and not is_draft:
        keep(response, seconds=seconds_until(body.changes_at, now))
    return response


def moved(slug):
    """Return the public version of the service that once had this address, if there is one."""
    former = ServiceVersion.objects.filter(slug=slug).order_by("-public_from").values("service")[:1]
    return ServiceVersion.objects.current().filter(service=former).first()


def draft_of(slug, user, *, now):
    """Return what is not public yet as it would be shown, to those who may see the working copies."""
    if not user.has_perm("services.view_service"):
        raise Http404
    return preview(get_object_or_404(Service.objects.visible_to(user), slug=slug), now=now)


@login_not_required
@require_safe
def map_page(request):
    now = timezone.localtime()
    entries = catalogue()
    in_force = entries.day(now.date()).in_force
    rows = [(row, (entries.at(code) & in_force).bit_count()) for code, row in entries.locations.items()]
    places = [(Place(row, now.date(), now), count) for row, count in rows]
    somewhere_in = {code: locality.name for locality in entries.localities for code in locality.inside}
    response = render(
        request,
        "services/map.html",
        {
            "places": [
                {"place": place, "count": count, "somewhere_in": somewhere_in.get(place.row["code"])}
                for place, count in places
            ],
            "map": map_of([place.row for place, _count in places], entries.localities),
            "alerts": alert_lines(entries.alerts_on(now.date(), places=entries.locations)),
        },
    )
    ends = [place.opening.state[2] for place, _count in places if place.opening.state]
    if not request.META["QUERY_STRING"]:
        keep(response, seconds=seconds_until(min(ends, default=None), now))
    return response


@login_not_required
@require_safe
def form_download(request, code):
    """Give an empty form to whoever wants it; nothing is recorded, for nobody's data are in it."""
    form = get_object_or_404(FormTemplate.objects.visible_to(request.user), code=code)
    return serve_private(form.file, name=form.file_name, content_type=form.content_type)


def seconds_until(moment, now):
    """Return for how long a page stays true: until the moment, at the latest until the next day begins."""
    midnight = timezone.make_aware(datetime.combine(now.date() + timedelta(1), time()))
    return max(int((min(moment or midnight, midnight) - now).total_seconds()), 0)
