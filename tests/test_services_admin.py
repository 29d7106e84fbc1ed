"""The organiser's room: entries written, reviewed and published by hand."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from cus_portal.audit.models import AuditEvent
from services.actions import propose_service, publish_service, revise_service, submit_service, take_service_back
from services.models import (
    Agreement,
    Alert,
    CatalogueStamp,
    FormTemplate,
    GuideQuestion,
    Location,
    OpeningRule,
    Service,
    ServiceStep,
    TargetGroup,
    Topic,
)
from services.review import authors_of
from tests.desk import PDF
from tests.editorial import filled, make_public, public, row, written_by
from tests.factories import NOW, at, make_area, make_form, make_locality, make_programme, make_service
from tests.real_catalogue import put_real_catalogue

pytestmark = pytest.mark.django_db
PAGE_QUERIES = 60


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def page(service):
    return reverse("admin:services_service_change", args=[service.pk])


def move(service, name):
    return reverse("admin:services_service_move", args=[service.pk, name])


def save(client, service, **changes):
    """Open the page, change some fields and save; return the answer."""
    return client.post(page(service), filled(client.get(page(service)), **changes))


def saved(client, service, **changes):
    response = save(client, service, **changes)
    assert response.status_code == 302, (response.context["errors"], response.context["adminform"].form.errors)
    service.refresh_from_db()
    return service


# -- writing --------------------------------------------------------------------------------------
def test_the_organiser_writes_submits_and_cannot_write_the_state(sign_in, beata):
    service = make_service("Stara nazwa", status="draft")
    client = sign_in(beata)
    saved(client, service, plain_name="Nowa nazwa", delivery_modes=["at_home", "remote"], status="published")
    assert (service.plain_name, service.delivery_modes, service.status, service.version) == (
        "Nowa nazwa",
        ["at_home", "remote"],
        "draft",
        2,
    )
    answer = client.post(move(service, "submit"), {"version": 2, "note": "Nowa nazwa.", "checked": "on"})
    assert answer.status_code == 302
    service.refresh_from_db()
    assert (service.status, service.reviewed_on) == ("review", timezone.localdate())


def test_a_new_entry_begins_as_a_draft_checked_today(sign_in, beata):
    make_service()
    client = sign_in(beata)
    add = reverse("admin:services_service_add")
    fields = {
        "code": "N1",
        "slug": "nowa",
        "plain_name": "Nowa",
        "name": "Nowa",
        "summary": "Zdanie.",
        "evidence": "R",
        "description": "Opis.",
        "for_whom": "wszyscy",
        "delivery_modes": ["remote"],
        "areas": [make_area().pk],
        "provider": beata.memberships.get().institution_id,
    }
    answer = client.post(add, filled(client.get(add), **fields))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    service = Service.objects.get(code="N1")
    assert (service.status, service.reviewed_on) == ("draft", timezone.localdate())


def test_the_longest_forms_of_the_room_stay_under_a_hundred_kilobytes(sign_in, beata):
    put_real_catalogue()
    client = sign_in(beata)
    longest = GuideQuestion.objects.annotate(n=Count("answers")).order_by("-n").first()
    for address in (
        reverse("admin:services_service_add"),
        reverse("admin:services_guidequestion_change", args=[longest.pk]),
    ):
        page = client.get(address).content
        assert len(page) <= 100_000, address
        assert b"<noscript>" in page  # without scripts its rows and long choices cannot be filled in


def test_hours_are_typed_as_people_write_them(sign_in, beata):
    service = make_service(status="draft")
    OpeningRule.objects.create(service=service, weekday=6, opens_at="9:00", closes_at="10:00", note="latem")
    client = sign_in(beata)
    saved(client, service, hours_text="pon-wt 7:30-15:30, 1. sob 9:00-12:00")
    assert client.get(page(service)).context["adminform"].form["hours_text"].value() == (
        "pon-wt 07:30-15:30, 1. sob 09:00-12:00"
    )
    assert service.hours.count() == 4
    answer = save(client, service, hours_text="od rana do nocy", summary="Nie zginie.")
    assert "pon-pt 7:30-15:30" in text(answer)
    assert "Nie zginie." in text(answer)
    assert service.hours.count() == 4


def test_rows_change_places_by_their_numbers(sign_in, beata):
    service = make_service(status="draft")
    for number, title in enumerate(("Pierwszy", "Drugi", "Trzeci"), start=1):
        ServiceStep.objects.create(service=service, position=number, title=title)
    client = sign_in(beata)
    response = client.get(page(service))
    changes = {"steps-0-order": 9, "steps-2-DELETE": "on", **row(response, "steps", 3, title="Nowy", order=1)}
    saved(client, service, **changes)
    assert list(service.steps.values_list("position", "title")) == [(1, "Nowy"), (2, "Drugi"), (3, "Pierwszy")]


def test_of_a_public_basis_the_form_takes_only_the_last_day(sign_in, beata):
    service = make_public()
    revise_service(service, by=beata, now=NOW)
    prefix = "programme_services-0"
    saved(
        sign_in(beata), service, **{f"{prefix}-valid_to": "31.12.2026", f"{prefix}-conditions": "Inne.",
                                    f"{prefix}-fee_kind": "none_set"}
    )  # fmt: skip
    basis = service.programme_services.get()
    assert (basis.valid_to, basis.conditions, basis.fee_kind) == (date(2026, 12, 31), "", "free")


def test_an_entry_that_moved_on_meanwhile_gives_back_what_was_typed(sign_in, beata, danuta):
    service = make_service(status="draft")
    client = sign_in(beata)
    typed = filled(client.get(page(service)), summary="Długo pisane zdanie.")
    submit_service(service, note="x", by=beata, now=NOW)
    answer = client.post(page(service), typed)
    assert "Długo pisane zdanie." in text(answer)
    assert "nie jest już szkicem" in text(answer)
    service.refresh_from_db()
    assert service.summary == "Pomoc dla mieszkańców."


def test_an_income_table_is_written_by_an_author_of_the_service(sign_in, beata):
    service = make_service(status="draft")
    service.programme_services.update(person_units=2, person_unit="ride", person_period="month")
    basis = service.programme_services.get()
    url = reverse("admin:services_programmeservice_change", args=[basis.pk])
    client = sign_in(beata)
    response = client.get(url)
    assert "najwyżej 2 przejazdy w miesiącu" in text(response)
    basis.valid_to = basis.valid_from - timedelta(days=1)
    with pytest.raises(ValidationError, match="przed pierwszym"):
        basis.full_clean()
    answer = client.post(url, filled(response, **row(response, "fee_bands", income_to="1010", percent=10)))
    assert answer.status_code == 302
    assert basis.fee_bands.get().position == 1
    assert authors_of(service) == {beata.pk}


# -- reviewing ------------------------------------------------------------------------------------
def test_the_second_person_reads_what_has_changed_before_the_button(sign_in, beata, danuta):
    service = make_public()
    ServiceStep.objects.create(service=service, position=1, title="Dzwonisz")
    revise_service(service, by=beata, now=NOW)
    written_by(beata, service, summary="Nowe zdanie.")
    submit_service(service, note="Skrócone.", by=beata, now=NOW)
    client = sign_in(danuta)
    queue = client.get(reverse("admin:services_service_changelist"), {"state": "for_me"})
    assert [one.pk for one in queue.context["cl"].result_list] == [service.pk]
    assert "1" in text(client.get(reverse("admin:index")))
    for url in (page(service), move(service, "publish"), reverse("admin:services_service_compare", args=[service.pk])):
        words = text(client.get(url))
        for said in ("Usunięto:", "Pomoc dla mieszkańców.", "Dodano:", "Nowe zdanie.", "Co się dzieje: Dzwonisz"):
            assert said in words, (url, said)
    assert "Skrócone." in text(client.get(move(service, "publish")))
    service.refresh_from_db()
    client.post(move(service, "publish"), {"version": service.version})
    assert public(service).page["summary"] == "Nowe zdanie."
    assert (
        sign_in(beata).get(reverse("admin:services_service_changelist"), {"state": "for_me"}).context["cl"].result_count
        == 0
    )


def test_what_an_entry_said_on_any_past_day_can_be_opened(sign_in, beata, danuta):
    service = make_public()
    revise_service(service, by=beata, now=NOW)
    written_by(beata, service, summary="Nowe zdanie.")
    submit_service(service, note="Skrócone.", by=beata, now=NOW)
    publish_service(service, by=danuta, now=at(date(2026, 11, 20)))
    client = sign_in(beata)
    versions = reverse("admin:services_service_versions", args=[service.pk])
    listed = text(client.get(versions))
    assert "Danuta Orzeł" in listed
    assert "Skrócone." in listed
    for day, summary in (("15.11.2026", "Pomoc dla mieszkańców."), ("20.11.2026", "Nowe zdanie.")):
        assert summary in text(client.get(versions, {"on": day}, follow=True))
    assert "nie był jeszcze opublikowany" in text(client.get(versions, {"on": "1.01.2020"}))
    compared = client.get(reverse("admin:services_service_compare", args=[service.pk]), {"before": "1", "after": "2"})
    assert [one.label for one in compared.context["changes"]] == ["Jedno zdanie"]


# -- what entries refer to --------------------------------------------------------------------------
def test_a_place_saved_by_hand_is_on_the_pages_at_once(sign_in, beata):
    place = Location.objects.create(code="cus", name="Centrum", address="Stara 1")
    service = make_service()
    service.locations.add(place)
    make_public()
    client = sign_in(beata)
    url = reverse("admin:services_location_change", args=[place.pk])
    answer = client.post(url, filled(client.get(url), address="Nowa 2", access=["lift"], hours_text="pon 8:00-15:00"))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    shown = public(service).page["places"][0]
    assert (shown["address"], shown["access"], len(shown["hours"])) == ("Nowa 2", ["lift"], 1)


def test_an_alert_is_set_without_review(sign_in, beata):
    service = make_public()
    client = sign_in(beata)
    add = reverse("admin:services_alert_add")
    answer = client.post(add, filled(client.get(f"{add}?service={service.pk}"), text="Zamknięte do piątku."))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert Alert.objects.get().service == service


@pytest.mark.parametrize(
    ("content", "kept"),
    [(PDF, "application/pdf"), (b"<html><script>x</script></html>", None), (b"\xff\xd8\xff\xe0" + b"x" * 300, None)],
)
def test_a_form_to_download_is_what_it_is_and_not_what_it_is_called(sign_in, beata, content, kept):
    client = sign_in(beata)
    add = reverse("admin:services_formtemplate_add")
    upload = SimpleUploadedFile("wniosek.pdf", content, content_type="application/pdf")
    fields = {"name": "Wniosek", "code": "wniosek", "updated_on": "12.11.2026", "file": upload}
    assert client.post(add, fields).status_code == (302 if kept else 200)
    assert list(FormTemplate.objects.values_list("content_type", flat=True)) == ([kept] if kept else [])


def test_a_form_replaced_by_a_newer_one_is_on_the_pages_at_once(sign_in, beata):
    form, service = make_form(), make_service()
    service.documents.create(position=1, name="Zgoda", form=form)
    make_public()
    stamp = CatalogueStamp.objects.get().value
    editor = sign_in(beata)
    url = reverse("admin:services_formtemplate_change", args=[form.pk])
    answer = editor.post(url, {"name": "Zgoda 2027", "code": form.code, "updated_on": "02.01.2027"})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert public(service).page["documents"][0]["form"]["name"] == "Zgoda 2027"
    assert CatalogueStamp.objects.get().value != stamp


def test_an_agreement_is_told_where_its_service_and_its_institution_are(sign_in, beata, clinic):
    service = make_public()
    agreement = Agreement.objects.create(
        code="u1", institution=clinic, kind="contract", subject="Rehabilitacja w domu", valid_from=date(2026, 1, 1)
    )
    agreement.services.add(service)
    client = sign_in(beata)
    for url in (page(service), reverse("admin:accounts_institution_change", args=[clinic.pk])):
        assert "Rehabilitacja w domu" in text(client.get(url))


# -- a partner's editor -----------------------------------------------------------------------------
def test_a_partners_editor_writes_his_own_entries_and_sees_nothing_else(sign_in, hania, beata, clinic):
    mine = make_public("Rehabilitacja", provider=clinic)
    foreign = make_public("Cudza")
    client = sign_in(hania)
    index = client.get(reverse("admin:index"))
    assert [model["object_name"] for app in index.context["app_list"] for model in app["models"]] == ["Service"]
    listed = client.get(reverse("admin:services_service_changelist"))
    assert [one.pk for one in listed.context["cl"].result_list] == [mine.pk]
    for url in (page(foreign), move(foreign, "revise"), reverse("admin:services_service_versions", args=[foreign.pk])):
        assert client.get(url).status_code == 404
    assert client.post(page(foreign), {"summary": "x"}).status_code == 404
    for form in ("xlsx", "csv"):
        assert client.get(reverse("admin:services_service_export", args=[form])).status_code == 403
    assert not AuditEvent.objects.filter(action=AuditEvent.EXPORT).exists()
    for model in ("programme", "location", "agreement", "alert", "topic", "formtemplate", "programmeservice"):
        assert client.get(reverse(f"admin:services_{model}_changelist")).status_code == 403
    client.post(move(mine, "revise"), {"version": mine.version})
    mine.refresh_from_db()
    assert mine.status == "draft"


def test_a_partners_editor_cannot_touch_what_is_the_centres_own(sign_in, hania, beata, clinic):
    secret = Location.objects.create(code="tajne", name="Dom pod lasem", is_confidential=True)
    service = make_service("Rehabilitacja", provider=clinic, status="draft")
    service.locations.add(secret)
    client = sign_in(hania)
    opened = text(client.get(page(service)))
    assert "Dom pod lasem" not in opened
    assert "Czyj ruch" not in opened
    other = make_service().provider
    prefix = "programme_services-0"
    saved(
        client, service, summary="Nowe zdanie.", locations=[], provider=other.pk, evidence="L", featured=1,
        slug="inny", code="INNY", place_is_confidential="on", editor=beata.pk, **{f"{prefix}-valid_to": "1.01.2026"}
    )  # fmt: skip
    assert (service.summary, service.provider, service.evidence, service.featured) == (
        "Nowe zdanie.", clinic, "R", None
    )  # fmt: skip
    assert not service.place_is_confidential
    assert service.editor is None
    assert service.code != "INNY"
    assert service.programme_services.get().valid_to is None
    assert list(service.locations.all()) == [secret]
    client.post(move(service, "submit"), {"version": service.version, "note": "x"})
    service.refresh_from_db()
    assert service.status == "review"
    for name in ("publish", "publish_alone", "send_back", "archive"):
        assert client.post(move(service, name), {"version": service.version, "reason": "x"}).status_code == 403
    assert not service.versions.exists()


def test_a_partners_editor_proposes_an_entry_of_his_institution_and_the_centre_makes_it_public(
    sign_in, hania, beata, danuta, clinic
):
    client, add = sign_in(hania), reverse("admin:services_service_add")
    asked = client.get(add)
    assert [str(one) for one in asked.context["adminform"].form.fields["provider"].queryset] == [str(clinic)]
    assert "Podstawy usług" not in text(asked)
    answer = client.post(
        add,
        filled(
            asked, plain_name="Łagodna gimnastyka", name="Gimnastyka lecznicza", summary="Ćwiczenia dla seniorów.",
            description="Ćwiczymy dwa razy w tygodniu.", for_whom="seniorzy", delivery_modes=["on_site"],
            areas=[make_area().pk], code="X", slug="x", evidence="L", featured=1, editor=beata.pk,
        ),
    )  # fmt: skip
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    service = Service.objects.get()
    assert (service.provider, service.editor, service.status) == (clinic, hania, "draft")
    assert (service.code, service.slug) == (f"P{timezone.localdate():%y}-001", "lagodna-gimnastyka")
    assert (service.evidence, service.evidence_source, service.featured) == ("B", clinic.name, None)
    client.post(move(service, "submit"), {"version": service.version, "note": "Nowa oferta."})
    service.refresh_from_db()
    assert service.status == "review"
    with pytest.raises(ValidationError, match="Najpierw dodaj podstawę"):
        publish_service(service, by=beata, now=NOW)
    take_service_back(service, by=beata, now=NOW)
    service.programme_services.create(
        programme=make_programme(), valid_from=date(2026, 1, 1), regime="partner", fee_kind="none_set"
    )
    submit_service(service, note="Z podstawą.", by=beata, now=NOW)
    publish_service(service, by=danuta, now=NOW)
    assert public(service).page["provider"]["code"] == clinic.code


def test_a_partners_editor_proposes_nothing_in_anothers_name(sign_in, hania, centre):
    client, add = sign_in(hania), reverse("admin:services_service_add")
    fields = {"plain_name": "Cudza", "name": "Cudza", "summary": "x", "description": "x", "for_whom": "x"}
    more = {"delivery_modes": ["on_site"], "areas": [make_area().pk], "provider": centre.pk}
    answer = client.post(add, filled(client.get(add), **fields, **more))
    assert list(answer.context["adminform"].form.errors) == ["provider"]
    with pytest.raises(PermissionDenied):
        propose_service(Service(plain_name="Cudza", provider=centre), by=hania, now=NOW)
    assert not Service.objects.exists()


def test_two_entries_of_one_name_have_their_own_addresses(hania, clinic):
    made = [
        propose_service(
            Service(plain_name="Gimnastyka", provider=clinic, delivery_modes=["on_site"]), by=hania, now=NOW
        )
        for _number in range(2)
    ]
    assert [one.slug for one in made] == ["gimnastyka", "gimnastyka-p26-002"]


def test_the_editors_list_and_the_rule_agree(hania, clinic):
    rows = [make_service(provider=clinic), make_service(), make_service(provider=clinic, status="draft")]
    for permission in ("view", "revise"):
        assert [hania.has_perm(f"services.{permission}_service", one) for one in rows] == [True, False, True]
    assert set(Service.objects.visible_to(hania)) == {rows[0], rows[2]}
    assert [hania.has_perm("services.change_service", one) for one in rows] == [False, False, True]
    past = rows[1].versions.get()
    past.public_to = NOW
    past.save()
    assert not past._meta.model.objects.visible_to(hania).filter(pk=past.pk).exists()


# -- rights and costs -------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["ola", "tomek", "danuta"])
def test_other_staff_reads_the_catalogue_and_changes_nothing(sign_in, request, name):
    service = make_service("Nazwa")
    client = sign_in(request.getfixturevalue(name))
    shown = client.get(page(service))
    assert (shown.status_code, b"<noscript>" in shown.content) == (200, False)
    assert client.post(page(service), {"plain_name": "Inna"}).status_code == 403
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


def test_the_organiser_puts_right_what_a_door_says_and_not_its_code(sign_in, beata):
    door = TargetGroup.objects.create(code="senior", name="Senior", position=1, on_home=True)
    client = sign_in(beata)
    url = reverse("admin:services_targetgroup_change", args=[door.pk])
    words = {"name": "Osoba starsza", "hint": "pomoc w domu", "hint_uk": "допомога вдома", "on_home": "on"}
    assert client.post(url, words | {"code": "inny"}).status_code == 302
    door.refresh_from_db()
    assert (door.code, door.name, door.hint_uk) == ("senior", "Osoba starsza", "допомога вдома")
    assert "<span>допомога вдома</span>" in text(client.get("/uk/"))
    assert client.get(reverse("admin:services_targetgroup_add")).status_code == 403


@pytest.mark.parametrize("rows", [1, 12])
def test_an_entrys_page_costs_the_same_however_many_rows_it_has(sign_in, beata, rows, django_assert_max_num_queries):
    service = make_service(status="draft")
    for number in range(rows):
        ServiceStep.objects.create(service=service, position=number + 1, title=f"Krok {number}")
        service.documents.create(position=number + 1, name=f"Papier {number}")
        service.eligibility.create(position=number + 1, label=f"Grupa {number}")
    client = sign_in(beata)
    with django_assert_max_num_queries(PAGE_QUERIES):
        client.get(page(service))


@pytest.mark.parametrize(
    "model",
    [*("service", "programme", "programmeservice", "location", "servicearea", "targetgroup", "locality", "topic")],
)
def test_every_list_of_the_catalogue_opens_for_the_organiser(sign_in, beata, model):
    (
        make_service(),
        make_locality(),
        TargetGroup.objects.create(code="senior", name="Senior", position=1),
        Location.objects.create(code="x", name="X"),
    )
    Topic.objects.create(code="t", name="Temat")
    client = sign_in(beata)
    listed = client.get(reverse(f"admin:services_{model}_changelist"))
    assert listed.status_code == 200
    first = listed.context["cl"].result_list[0]
    assert client.get(reverse(f"admin:services_{model}_change", args=[first.pk])).status_code == 200
