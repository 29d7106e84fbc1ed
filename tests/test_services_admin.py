"""The organiser's room: entries written, reviewed and published by hand."""

from datetime import date

import pytest
from django.urls import reverse

from services.models import Location, Service, TargetGroup
from tests.factories import make_locality, make_service

pytestmark = pytest.mark.django_db


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def test_the_organiser_edits_submits_and_cannot_write_the_state(sign_in, beata):
    service = make_service("Stara nazwa", status="draft")
    row = service.programme_services.get()
    page = reverse("admin:services_service_change", args=[service.pk])
    client = sign_in(beata)
    form = {
        **{name: getattr(service, name) for name in ("code", "name", "slug", "summary", "description", "for_whom")},
        "plain_name": "Nowa nazwa",
        "areas": [area.pk for area in service.areas.all()],
        "provider": service.provider_id,
        "delivery_modes": ["at_home", "remote"],
        "evidence": "R",
        "reviewed_on": "2026-11-20",
        "status": "published",
        "programme_services-TOTAL_FORMS": 1,
        "programme_services-INITIAL_FORMS": 1,
        "programme_services-0-id": row.pk,
        "programme_services-0-service": service.pk,
        "programme_services-0-programme": row.programme_id,
        "programme_services-0-valid_from": "2021-01-01",
        "programme_services-0-regime": "programme",
        "programme_services-0-fee_kind": "free",
        "documents-TOTAL_FORMS": 0,
        "documents-INITIAL_FORMS": 0,
        "steps-TOTAL_FORMS": 1,
        "steps-INITIAL_FORMS": 0,
        "steps-0-position": 1,
        "steps-0-title": "Dzwonisz",
    }
    assert client.get(page).status_code == 200
    response = client.post(page, form)
    assert response.status_code == 302, response.context["errors"]
    service.refresh_from_db()
    assert (service.plain_name, service.delivery_modes, service.status) == (
        "Nowa nazwa",
        ["at_home", "remote"],
        "draft",
    )
    assert (service.version, service.steps.get().title) == (2, "Dzwonisz")
    move = reverse("admin:services_service_move", args=[service.pk, "submit"])
    assert client.post(move, {"version": service.version, "note": "Nowa nazwa."}).status_code == 302
    assert Service.objects.get().status == "review"


@pytest.mark.parametrize("name", ["ola", "tomek", "danuta"])
def test_other_staff_reads_the_catalogue_and_changes_nothing(sign_in, request, name):
    service = make_service("Nazwa")
    client = sign_in(request.getfixturevalue(name))
    page = reverse("admin:services_service_change", args=[service.pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"plain_name": "Inna"}).status_code == 403
    assert client.get(reverse("admin:services_service_add")).status_code == 403
    assert Service.objects.get().plain_name == "Nazwa"


@pytest.mark.parametrize("rows", [1, 12])
def test_the_organisers_list_costs_the_same_however_long(sign_in, beata, rows, django_assert_max_num_queries):
    for number in range(rows):
        make_service(f"Usługa {number}", valid_to=date(2026, 12, 31) if number else None)
    client = sign_in(beata)
    with django_assert_max_num_queries(10):
        page = client.get(reverse("admin:services_service_changelist"))
    assert "bez daty końca" in text(page)


def test_the_organiser_finds_a_service_by_folded_words(sign_in, beata):
    make_service("Łóżko"), make_service("Logopeda")
    page = sign_in(beata).get(reverse("admin:services_service_changelist"), {"q": "lozko"})
    assert [service.plain_name for service in page.context["cl"].result_list] == ["Łóżko"]


@pytest.mark.parametrize("model", ["service", "programme", "location", "servicearea", "targetgroup", "locality"])
def test_every_list_of_the_catalogue_opens_for_the_organiser(sign_in, beata, model):
    (
        make_service(),
        make_locality(),
        TargetGroup.objects.create(code="senior", name="Senior", position=1),
        Location.objects.create(code="x", name="X"),
    )
    page = sign_in(beata).get(reverse(f"admin:services_{model}_changelist"))
    assert page.status_code == 200
    row = page.context["cl"].result_list[0]
    assert sign_in(beata).get(reverse(f"admin:services_{model}_change", args=[row.pk])).status_code == 200
