"""The limit that public pages are measured against: bare Django, one indexed SELECT, a template of the same size."""

from django.http import HttpResponse
from django.template import engines
from django.urls import path

from services.models import ServiceVersion

LIST = """<!DOCTYPE html><html lang="pl"><head><title>Lista</title></head><body><ul>
{% for row in rows %}<li><a href="/uslugi/{{ row.slug }}/"><strong>{{ row.card.plain_name.pl }}</strong></a>
<br><span>{{ row.card.summary.pl }}</span></li>{% endfor %}</ul><p>{{ filler }}</p></body></html>"""
DETAIL = """<!DOCTYPE html><html lang="pl"><head><title>{{ row.page.plain_name }}</title></head><body>
<h1>{{ row.page.plain_name }}</h1><p>{{ row.page.summary }}</p><p>{{ row.page.description }}</p>
<p>{{ filler }}</p></body></html>"""
_templates = {}
in_memory = {}  # address: bytes, set by the measurement


def _render(source, context):
    if source not in _templates:
        _templates[source] = engines["django"].from_string(source)
    return HttpResponse(_templates[source].render(context))


def bare_list(request, size):
    rows = ServiceVersion.objects.filter(public_to=None).order_by("name_sort", "pk").only("slug", "card")[:20]
    return _render(LIST, {"rows": rows, "filler": "x" * max(size - 5000, 0)})


def bare_detail(request, slug, size):
    row = ServiceVersion.objects.only("slug", "page").get(slug=slug, public_to=None)
    return _render(DETAIL, {"row": row, "filler": "x" * max(size - 1000, 0)})


def bare(get_response):
    """Lead to these pages, as a middleware."""

    def answer(request):
        request.urlconf = "benchmarks.bare"
        return get_response(request)

    return answer


def memory(request, name):
    return HttpResponse(in_memory[name])


urlpatterns = [
    path("list/<int:size>/", bare_list),
    path("detail/<slug:slug>/<int:size>/", bare_detail),
    path("memory/<slug:name>/", memory),
]
