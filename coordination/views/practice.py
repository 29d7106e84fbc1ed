"""Good-practice cards: the page of each, and the same as data."""

from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from coordination.models import GoodPractice
from coordination.practice import card, schema
from services.api.views import for_other_sites

JSON = {"ensure_ascii": False, "indent": 1}
# A card's parts under their headings on the page; title, summary and contact stand elsewhere.
SECTIONS = ("problem", "for_whom", "what_is_done", "results", "resources", "advice")


@login_not_required
@require_safe
def practice(request, code):
    found = get_object_or_404(GoodPractice.objects.public(), code=code)
    label = GoodPractice._meta.get_field
    sections = [(label(part).verbose_name, found.content[part]) for part in SECTIONS if found.content[part]]
    context = {"practice": found, "card": found.content, "sections": sections}
    return render(request, "coordination/practice.html", context)


@for_other_sites
def practices_data(request):
    cards = [card(one) for one in GoodPractice.objects.public()]
    return JsonResponse({"cards": cards}, json_dumps_params=JSON)


@for_other_sites
def practice_data(request, code):
    return JsonResponse(card(get_object_or_404(GoodPractice.objects.public(), code=code)), json_dumps_params=JSON)


@for_other_sites
def practice_schema(request):
    return JsonResponse(schema(), json_dumps_params=JSON)
