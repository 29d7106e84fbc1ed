"""“Is it for this person?” in the request form and at the desk: told in plain words, never in anybody's way."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import translation

from residents.actions import identify_person, qualify_item
from residents.actions.people import add_address
from residents.fit import in_words, verdicts_of
from residents.models import RequestItem, RequestParty, ServiceRequest
from services.eligibility import Fit
from services.models import EligibilityRule, ProgrammeService, ServiceText
from tests.factories import (
    NOW,
    PERSON,
    TODAY,
    make_locality,
    make_programme,
    make_request,
    make_service,
    publish_again,
)
from tests.intake import CHECK, DONE, NEW, PHONE, STATUS, YOU, begin, fill, html, prove, send, step

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


def ways(service, *rules):
    for position, rule in enumerate(rules, start=1):
        EligibilityRule.objects.create(service=service, position=position, **rule)
    return publish_again(service)


@pytest.fixture
def speech():
    service = make_service(slug="logopeda", otherwise="Starszemu pomoże lekarz.", instead=make_service("Lekarz"))
    return ways(service, {"label": "Dziecko od 2 do 10 lat", "age_from": 2, "age_to": 10})


@pytest.fixture
def assistant():
    return ways(
        make_service("Asystent", slug="asystent"),
        {"label": "Dorosły z orzeczeniem", "age_from": 16, "certificates": ["severe", "moderate"]},
    )


def verdict(request, position=1):
    items = list(request.items.select_related("programme_service__programme"))
    return verdicts_of(request, items).get(request.items.get(position=position).pk)


# -- the form -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("facts", "word", "reason"),
    [
        ({"birth_date": "01.05.2020"}, "tak", ""),
        ({"pesel": "20250112346"}, "tak", ""),
        ({"birth_date": "01.05.1980"}, "raczej nie", "dla osób od 2 do 10 lat."),
        ({}, "być może", "dla osób od 2 do 10 lat."),
    ],
)
def test_the_form_says_of_each_service_whether_it_is_for_the_person_and_files_it_all_the_same(
    client, speech, facts, word, reason
):
    fill(client, needs={"services": ["logopeda"]}, basis={"basis": "statutory"}, person=YOU | facts)
    page = html(client.get(CHECK))
    said = page.split('class="fit"')[1].split("</section>")[0]
    assert f">{word}</span>" in said
    assert reason in said
    assert ("Starszemu pomoże lekarz." in said) == (word == "raczej nie")
    assert ("Lekarz</a>" in said) == (word == "raczej nie")
    assert send(client).url == DONE
    assert RequestItem.objects.get().status == RequestItem.Status.SUBMITTED


def test_papers_are_asked_for_only_where_a_service_depends_on_them_and_only_of_who_needs_help(
    client, speech, assistant
):
    fill(client, needs={"services": ["logopeda"]})
    assert 'name="certificates"' not in html(client.get("/zgloszenie/ty/"))
    fill(client, needs={"services": ["asystent"]}, basis={"basis": "carer"}, person=YOU)
    assert 'name="certificates"' not in html(client.get("/zgloszenie/ty/"))
    page = html(client.get("/zgloszenie/osoba/"))
    assert [value in page for value in ('value="severe"', 'value="moderate"', 'value="light"')] == [True, True, False]


@pytest.mark.parametrize(
    ("ticked", "word", "kept"),
    [
        (["moderate"], "tak", ["moderate"]),
        (["waiting"], "być może", ["waiting"]),
        (["none"], "raczej nie", []),
        ([], "być może", None),
    ],
)
def test_papers_that_were_ticked_count_and_are_told_to_the_desk(client, sign_in, ola, assistant, ticked, word, kept):
    you = YOU | {"birth_date": "01.05.1980", "certificates": ticked}
    fill(client, needs={"services": ["asystent"]}, you=you)
    assert f">{word}</span>" in html(client.get(CHECK)).split('class="fit"')[1]
    send(client)
    assert RequestParty.objects.get().certificates == kept
    page = html(sign_in(ola).get(ServiceRequest.objects.get().get_absolute_url()))
    assert f">{word}</span>" in page


def test_a_paper_and_none_of_them_do_not_go_together(client, assistant):
    begin(client, {"services": ["asystent"]})
    response = step(client, "ty", YOU | {"certificates": ["severe", "none"]})
    assert list(response.context["form"].errors) == ["certificates"]


def test_case_16_a_yes_or_no_question_of_a_service_is_asked_of_who_needs_help_and_decides_the_answer(
    client, sign_in, ola
):
    """Where somebody lives is what he says; "rather not" is another answer than "elsewhere"."""
    question = "Czy mieszkasz samotnie?"
    ways(make_service("Teleopieka", slug="teleopieka"), {"label": "Kto mieszka samotnie", "question": question})
    begin(client, {"services": ["teleopieka"]})
    (name,) = (name for name in client.get("/zgloszenie/ty/").context["form"].fields if name.startswith("question_"))
    told = {}
    for reply, place in (("", ""), ("yes", ""), ("no", ""), ("yes", "elsewhere")):
        step(client, "ty", YOU | {name: reply, "locality": place})
        step(client, "kontakt", PHONE)
        told[reply, place] = client.get(CHECK).context["fits"][0]["verdict"].fit
    assert told == {("", ""): Fit.MAYBE, ("yes", ""): Fit.YES, ("no", ""): Fit.NO, ("yes", "elsewhere"): Fit.NO}
    assert question in html(client.get(CHECK))
    assert send(client).url == DONE
    party = RequestParty.objects.get()
    assert (party.answers, party.lives_elsewhere, party.locality) == ({question: True}, True, None)
    page = html(sign_in(ola).get(ServiceRequest.objects.get().get_absolute_url()))
    assert f"{question} tak" in page
    assert "poza gminą" in page


def test_an_answer_stays_with_its_question_when_other_services_are_ticked(client):
    for name, question in (("A", "Czy masz psa?"), ("B", "Czy masz kota?")):
        ways(make_service(name, slug=name.lower()), {"label": name, "question": question})
    begin(client, {"services": ["b"]})
    (cat,) = (name for name in client.get("/zgloszenie/ty/").context["form"].fields if name.startswith("question_"))
    step(client, "ty", YOU | {cat: "yes"})
    step(client, "kontakt", PHONE)
    step(client, "", {"services": ["a", "b"]})
    assert [fit["verdict"].fit for fit in client.get(CHECK).context["fits"]] == [Fit.MAYBE, Fit.YES]
    send(client)
    assert RequestParty.objects.get().answers == {"Czy masz kota?": True}


# -- the desk -----------------------------------------------------------------------------------
def test_a_need_is_held_against_the_basis_under_which_it_was_filed():
    old, new = make_programme(code="stary"), make_programme(code="nowy")
    service = make_service(valid_to=date(2021, 6, 30))
    for programme, first in ((old, date(2022, 1, 1)), (new, date(2026, 11, 13))):
        ProgrammeService.objects.create(
            service=service,
            programme=programme,
            valid_from=first,
            valid_to=date(2026, 11, 12) if programme == old else None,
            regime=ProgrammeService.Regime.PROGRAMME,
            fee_kind=ProgrammeService.Fee.FREE,
        )
    ways(
        service,
        {"label": "Dawniej", "age_from": 60, "programme": old},
        {"label": "Teraz", "age_from": 70, "programme": new},
    )
    request = make_request(needs=[(service, "")], applicant=PERSON | {"birth_date": date(1961, 1, 1)})
    assert request.items.get().programme_service.programme == old
    with time_machine.travel(date(2027, 3, 1)):
        assert verdict(request).fit == Fit.YES


def test_rules_written_after_the_filing_do_not_count_for_it(speech):
    request = make_request(needs=[(speech, "")], applicant=PERSON | {"birth_date": date(2019, 1, 1)})
    speech.eligibility.update(age_to=4)
    publish_again(speech, now=request.created_at.replace(year=request.created_at.year + 1))
    assert verdict(request).fit == Fit.YES
    later = make_request(needs=[(speech, "")], applicant=PERSON | {"birth_date": date(2019, 1, 1)})
    ServiceRequest.objects.filter(pk=later.pk).update(created_at=later.created_at.replace(year=9000))
    later.refresh_from_db()
    assert verdict(later).fit == Fit.NO


def test_the_person_who_needs_help_counts_and_not_who_files():
    village = make_locality("Babin")
    service = make_service()
    service.localities.add(village)
    ways(service, {"label": "Senior", "age_from": 60})
    child, mother = PERSON | {"birth_date": date(1990, 1, 1)}, {"last_name": "Wilga", "birth_date": date(1950, 1, 1)}
    request = make_request(needs=[(service, "")], applicant=child, person=mother | {"locality": village})
    assert verdict(request).fit == Fit.YES
    request.parties.filter(role="person").update(locality=make_locality("Wronów"))
    with translation.override("pl"):
        words = in_words(verdict(ServiceRequest.objects.get()))
    assert words[0].endswith("</span> To pomoc tylko dla osób z tych miejscowości: Babin.")


def test_residence_is_that_of_the_day_of_receipt_once_the_person_is_known_with_an_address(ola):
    village = make_locality("Babin")
    service = make_service()
    service.localities.add(village)
    ways(service, {"label": "Senior", "age_from": 60})
    request = make_request(
        needs=[(service, "")], applicant=PERSON | {"birth_date": date(1950, 1, 1), "locality": village}, on=TODAY
    )
    identify_person(request, resident=None, by=ola, now=NOW)
    assert verdict(request).fit == Fit.YES
    moved = {"kind": "lives", "locality": make_locality("Wronów"), "by": ola, "now": NOW}
    add_address(request.resident, valid_from=TODAY + timedelta(days=1), **moved)
    assert verdict(request).fit == Fit.YES
    request.resident.addresses.all().delete()
    add_address(request.resident, valid_from=TODAY, **moved)
    assert verdict(request).fit == Fit.NO


def test_a_need_in_own_words_has_no_answer_and_a_broken_pesel_none_either(speech):
    request = make_request(needs=[(speech, ""), (None, "obiady")], applicant=PERSON | {"pesel": "99999999999"})
    assert verdict(request, 2) is None
    assert verdict(request).fit == Fit.MAYBE


def test_the_desk_reads_why_and_what_else_there_is_and_decides_freely(sign_in, ola, tomek, speech):
    request = make_request(needs=[(speech, "")], applicant=PERSON | {"birth_date": date(1980, 1, 1)})
    item = request.items.get()
    client = sign_in(ola)
    for url in (request.get_absolute_url(), reverse("admin:residents_requestitem_change", args=[item.pk])):
        page = html(client.get(url))
        assert "raczej nie" in page
        assert "dla osób od 2 do 10 lat." in page
        assert "Starszemu pomoże lekarz. Lekarz" in page
    assert qualify_item(item, by=tomek, now=NOW).status == RequestItem.Status.QUALIFIED


def test_papers_told_at_the_desk_count_too(sign_in, ola, assistant):
    client, add = sign_in(ola), reverse("admin:residents_servicerequest_add")
    token = client.get(add).context["form"].initial["submit_token"]
    today = NOW.strftime("%d.%m.%Y")
    said = {
        "channel": "phone",
        "received_on": today,
        "submit_token": token,
        "service_1": assistant.pk,
        "phone": "600100200",
    }
    client.post(add, said | {"birth_date": "01.05.1980", "certificates": ["moderate"]})
    request = ServiceRequest.objects.get()
    assert request.parties.get().certificates == ["moderate"]
    assert verdict(request).fit == Fit.YES


# -- public names -------------------------------------------------------------------------------
def test_residents_see_the_public_name_in_their_language_and_never_the_working_copy(client, tomek):
    speech = make_service("Logopeda", slug="logopeda")
    polish = make_service("Obiady", slug="obiady")
    ServiceText.objects.create(service=speech, language="uk", plain_name="Логопед")
    publish_again(speech)
    for service in (speech, polish):
        type(service).objects.filter(pk=service.pk).update(plain_name="Robocza nazwa", name="Robocza", status="draft")
    marked = '<span lang="pl">Obiady</span>'
    request = make_request(needs=[(speech, ""), (polish, "")])
    qualify_item(request.items.get(position=2), by=tomek, now=NOW)
    prove(client, request)
    step(client, "", {"services": ["logopeda", "obiady"]})
    fill(client, needs={"services": ["logopeda", "obiady"]})
    pages = [html(client.get(f"/uk{path}")) for path in (NEW, CHECK, STATUS)]
    pages.append(html(client.get("/uk/moja-sprawa/wycofaj/1/")))
    for page in pages:
        assert "Логопед" in page
        assert "Robocz" not in page
    for page in pages[:3]:
        assert marked in page
    assert f"{marked}: " in pages[2]
    assert "Logopeda" in html(client.get(STATUS))
