"""The organiser's and the partner's rooms in a real browser: a change is written, sent back, mended and published."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from services.actions import publish_service, send_service_back
from services.models import GuideQuestion, Rating, Service, Synonym, TargetGroup, UnmetSearch
from tests import personas, signing
from tests.editorial import make_public, public
from tests.factories import NOW, make_area
from tests.pages import has_new_pieces, violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_in_as(open_page, name, path, *, size="desktop"):
    client = Client()
    signing.sign_in_as(client, personas.person(name))
    return open_page(path, size=size, cookies=[{"name": "sessionid", "value": client.cookies["sessionid"].value}])


def look(page):
    """Hold what is new to axe, all to the width of a phone. What axe itself does to a page is no problem of ours."""
    page.wait_for_load_state()
    assert page.problems == []
    assert not has_new_pieces(page) or violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")
    page.problems.clear()


def follow(page, name):
    page.get_by_role("link", name=name, exact=True).click()


def press(page, name):
    follow(page, name)
    look(page)


def test_a_change_is_written_sent_back_mended_and_published(open_page):
    service = make_public("Logopeda")
    entry = reverse("admin:services_service_change", args=[service.pk])

    beata = sign_in_as(open_page, "beata", entry)
    look(beata)
    press(beata, "Zmień")
    beata.get_by_role("button", name="Zmień").click()
    look(beata)
    beata.get_by_label("Jedno zdanie").first.fill("Pomoc w nauce mówienia.")
    beata.get_by_role("button", name="Zapisz i kontynuuj edycję").click()
    look(beata)
    assert "Pomoc w nauce mówienia." in beata.locator(".changes").inner_text()
    press(beata, "Przekaż do sprawdzenia")
    beata.get_by_label("Co zostało zmienione i dlaczego?").fill("Prostsze zdanie.")
    beata.get_by_role("button", name="Przekaż do sprawdzenia").click()

    danuta = sign_in_as(open_page, "danuta", reverse("admin:index"), size="phone")
    danuta.get_by_role("link", name="wpisy czekają na Twoje sprawdzenie").click()
    danuta.get_by_role("link", name="Logopeda").first.click()
    look(danuta)
    press(danuta, "Zwróć do poprawy")
    danuta.get_by_label("Co trzeba poprawić?").fill("Dopisz wiek dzieci.")
    danuta.get_by_role("button", name="Zwróć do poprawy").click()

    beata.goto(entry)
    assert "Dopisz wiek dzieci." in beata.locator(".history").inner_text()
    beata.get_by_label("Jedno zdanie").first.fill("Pomoc w nauce mówienia dla dzieci do 7 lat.")
    beata.get_by_role("button", name="Zapisz i kontynuuj edycję").click()
    press(beata, "Przekaż do sprawdzenia")
    beata.get_by_label("Co zostało zmienione i dlaczego?").fill("Jest wiek.")
    beata.get_by_role("button", name="Przekaż do sprawdzenia").click()
    assert not beata.get_by_role("link", name="Opublikuj", exact=True).count()

    danuta.goto(entry)
    press(danuta, "Opublikuj")
    assert "Pomoc w nauce mówienia dla dzieci do 7 lat." in danuta.locator("dl.facts").inner_text()
    danuta.get_by_role("button", name="Opublikuj").click()
    assert public(service).page["summary"] == "Pomoc w nauce mówienia dla dzieci do 7 lat."
    press(danuta, "Wersje i stan na dzień")
    danuta.get_by_role("button", name="Porównaj").click()
    look(danuta)


def test_a_partners_editor_writes_proposes_is_sent_back_and_sends_again(open_page):
    clinic = personas.institution(personas.CLINIC)
    mine, foreign = make_public("Rehabilitacja", provider=clinic), make_public("Logopeda")
    beata, danuta = personas.person("beata"), personas.person("danuta")
    personas.person("hania")
    make_area()

    hania = open_page("/logowanie/", size="phone")
    hania.fill("[name=username]", "hania@demo.example")
    hania.fill("[name=password]", personas.PASSWORD)
    hania.locator("main button[type=submit]").click()
    hania.get_by_role("heading", name="Usługi", level=1).wait_for()
    look(hania)
    assert hania.locator("#result_list tbody a").all_inner_texts() == ["Rehabilitacja"]
    assert hania.goto(reverse("admin:services_service_change", args=[foreign.pk])).status == 404
    hania.problems.clear()

    hania.goto(reverse("admin:services_service_change", args=[mine.pk]))
    follow(hania, "Zmień")
    hania.get_by_role("button", name="Zmień").click()
    hania.get_by_label("Jedno zdanie").first.fill("Ćwiczenia z fizjoterapeutą.")
    hania.get_by_role("button", name="Zapisz i kontynuuj edycję").click()
    look(hania)
    follow(hania, "Przekaż do sprawdzenia")
    hania.get_by_label("Co zostało zmienione i dlaczego?").fill("Prostsze zdanie.")
    hania.get_by_role("button", name="Przekaż do sprawdzenia").click()
    mine.refresh_from_db()
    send_service_back(mine, reason="Dopisz, czy trzeba skierowania.", by=beata, now=NOW)

    hania.goto(reverse("admin:services_service_change", args=[mine.pk]))
    assert "Dopisz, czy trzeba skierowania." in hania.locator(".history").inner_text()
    hania.get_by_label("Jedno zdanie").first.fill("Ćwiczenia z fizjoterapeutą, ze skierowaniem.")
    hania.get_by_role("button", name="Zapisz i kontynuuj edycję").click()
    follow(hania, "Przekaż do sprawdzenia")
    hania.get_by_label("Co zostało zmienione i dlaczego?").fill("Jest skierowanie.")
    hania.get_by_role("button", name="Przekaż do sprawdzenia").click()
    assert not hania.get_by_role("link", name="Opublikuj", exact=True).count()
    mine.refresh_from_db()
    publish_service(mine, by=danuta, now=NOW)
    assert public(mine).page["summary"] == "Ćwiczenia z fizjoterapeutą, ze skierowaniem."

    hania.goto(reverse("admin:services_service_add"))
    for heading in ("Dla kogo", "Gdzie i jak"):
        hania.locator("summary", has=hania.get_by_role("heading", name=heading, exact=True)).click()
    look(hania)
    words = {"plain_name": "Gimnastyka", "summary": "Ruch.", "description": "Ćwiczymy.", "name": "Gimnastyka"}
    for field, text in {**words, "for_whom": "seniorzy"}.items():
        hania.fill(f"#id_{field}", text)
    for group in ("areas", "delivery_modes"):
        hania.locator(f"#id_{group} input").first.check()
    hania.get_by_role("button", name="Zapisz i kontynuuj edycję").click()
    follow(hania, "Przekaż do sprawdzenia")
    hania.get_by_label("Co zostało zmienione i dlaczego?").fill("Nowa oferta.")
    hania.get_by_role("button", name="Przekaż do sprawdzenia").click()
    hania.get_by_text("czeka na drugą osobę").first.wait_for()
    proposed = Service.objects.get(plain_name="Gimnastyka")
    assert (proposed.provider, proposed.status) == (clinic, "review")


ROOMS = ["synonym", "unmetsearch", "rating", "guidequestion", "targetgroup"]


def test_the_organisers_smaller_rooms_are_accessible_and_fit_a_phone(open_page):
    service = make_public("Logopeda")
    Synonym.objects.create(words="jąkanie", terms="logopeda")
    UnmetSearch.objects.create(text="smok", number=3, last_month=date(2026, 11, 1))
    Rating.objects.create(service=service, month=date(2026, 11, 1), helped=1, failed=2)
    TargetGroup.objects.create(code="senior", name="Senior", hint="pomoc w domu", position=1)
    question = GuideQuestion.objects.create(code="start", text="Co się dzieje?", is_start=True)
    question.answers.create(code="mowa", position=1, label="Kłopoty z mową", advice="Zadzwoń.")
    page = sign_in_as(open_page, "beata", reverse("admin:services_service_import_hsds"), size="phone")
    look(page)
    for room in ROOMS:
        page.goto(reverse(f"admin:services_{room}_changelist"))
        look(page)
        page.locator("#result_list tbody a").first.click()
        look(page)
    for room in ("synonym", "guidequestion", "agreement"):
        page.goto(reverse(f"admin:services_{room}_add"))
        look(page)
    page.locator(".field-institution .select2-selection").click()
    assert page.locator(".select2-dropdown input").get_attribute("aria-label") == "Instytucja"


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_of_what_another_saved_meanwhile_both_versions_are_shown_also_of_a_row_inside_the_form(open_page, size):
    question = GuideQuestion.objects.create(code="start", text="Co się dzieje?", is_start=True)
    mowa, sen = (
        question.answers.create(code=code, position=position, label=code, advice="Zadzwoń.")
        for position, code in enumerate(("mowa", "sen"), start=1)
    )
    page = sign_in_as(open_page, "beata", reverse("admin:services_guidequestion_change", args=[question.pk]), size=size)
    GuideQuestion.objects.filter(pk=question.pk).update(text="Z czym masz kłopot?")
    question.answers.filter(pk=mowa.pk).update(label="Mówienie")
    sen.delete()
    page.fill("[name=text]", "Czego potrzebujesz?")
    page.fill("[name=answers-0-label]", "Mowa i słuch")
    for words in ("Z czym masz kłopot?", "Mówienie"):
        assert page.locator(".preserve-lines", has_text=words).count() == 0
    page.locator("[name=_save]").first.click()
    look(page)
    for words in ("Z czym masz kłopot?", "Mówienie"):
        page.locator(".preserve-lines", has_text=words).wait_for()
    page.locator("[name=_save]").first.click()
    page.wait_for_url("**/guidequestion/")
    question.refresh_from_db()
    assert question.text == "Czego potrzebujesz?"
    assert sorted(question.answers.values_list("label", flat=True)) == ["Mowa i słuch", "sen"]
