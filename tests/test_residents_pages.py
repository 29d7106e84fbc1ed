"""The resident's pages: filing in steps, the receipt, following by number and code. Nothing typed is ever lost."""

import re
import uuid
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cus_portal.crypto import decrypt
from cus_portal.throttle import hit
from residents.actions import ask_resident
from residents.models import Attachment, RequestItem, ServiceRequest
from residents.notices import NoticeError, load_notice
from tests.factories import NOW, make_locality, make_notice, make_service, publish_again
from tests.intake import (
    ANSWER,
    CHECK,
    DONE,
    MAIL,
    NEW,
    PHONE,
    STATUS,
    TRACK,
    YOU,
    begin,
    errors,
    fill,
    html,
    scan,
    send,
    step,
)

LEAVE = 'action="/zgloszenie/wyjscie/"'


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def speech(db):
    return make_service(slug="terapia-logopedyczna")


# -- the way through ----------------------------------------------------------------------------
def test_of_a_long_catalogue_the_form_holds_what_a_page_can_hold(client, speech, monkeypatch):
    """With 10,000 services the first step of a request was 2 MB."""
    monkeypatch.setattr("residents.journey.MOST_TO_TICK", 2)
    make_service("Basen", slug="basen")
    make_service("Ktoś do pomocy w domu", slug="opieka", featured=1)
    page = html(client.get(NEW))
    assert re.findall(r'name="services"[^>]*value="([a-z-]+)"', page) == ["opieka"]
    assert "Usług jest dużo więcej." in page
    page = html(client.get(f"{NEW}?usluga=terapia-logopedyczna"))
    assert re.search(r'value="terapia-logopedyczna"[^>]*checked', page)
    assert step(client, "", {"services": ["terapia-logopedyczna", "opieka"]}).url == "/zgloszenie/pilne/"
    page = html(client.get(f"{NEW}?usluga=basen"))
    ticked = re.findall(r'name="services"[^>]*value="([a-z-]+)"[^>]*checked', page)
    assert sorted(ticked) == ["basen", "opieka", "terapia-logopedyczna"]


def test_a_request_goes_through_its_steps_to_a_number_and_a_code(client, speech):
    make_notice()
    village = make_locality()
    page = client.get(f"{NEW}?usluga=terapia-logopedyczna")
    assert re.search(r'value="terapia-logopedyczna"[^>]*checked', html(page))
    response = step(client, "", {"services": ["terapia-logopedyczna"], "own_words": "chwila oddechu dla mnie"})
    assert response.url == "/zgloszenie/pilne/"
    assert step(client, "pilne", {}).url == "/zgloszenie/dla-kogo/"
    assert step(client, "dla-kogo", {"basis": "statutory"}).url == "/zgloszenie/osoba/"
    child = {"first_name": "Zosia", "last_name": "Bocian", "relation": "córka", "pesel": "192 228 12306"}
    child |= {"locality": village.code, "birth_date": "28.02.2019", "communication": ["easy"]}
    assert step(client, "osoba", child).url == "/zgloszenie/podstawa/"
    assert step(client, "podstawa", {"document": "birth", "mine": ["own"]}).url == "/zgloszenie/ty/"
    assert step(client, "ty", {"first_name": "Marek", "last_name": "Bocian"}).url == "/zgloszenie/kontakt/"
    contact = {"contact_by": "email", "email": "marek@demo.example", "phone": "+48600100200"}
    assert step(client, "kontakt", contact).url == CHECK
    page = html(client.get(CHECK))
    for said in ("Terapia logopedyczna", "chwila oddechu dla mnie", "Zosia", "córka", "Wronów", "28 lutego 2019"):
        assert said in page
    statement = f"statement_{client.get(CHECK).context['form'].initial['shown']}"
    assert send(client, files=[scan()], **{statement: "on"}).url == DONE

    request = ServiceRequest.objects.get()
    assert (request.reference, request.channel, request.language) == ("CUS-2026-0001", "portal", "pl")
    assert request.privacy_notice.version == "2026-01"
    assert [str(item) for item in request.items.all()] == ["Terapia logopedyczna", "chwila oddechu dla mnie"]
    applicant, person = request.parties.order_by("role")
    assert (applicant.first_name, applicant.basis, applicant.relation) == ("Marek", "statutory", "córka")
    assert (applicant.document, person.communication) == ("birth", ["easy"])
    assert [item.for_applicant for item in request.items.all()] == [False, True]
    statement = request.statements.get()
    assert (statement.version.service, statement.is_given) == (speech, True)
    assert statement.text.startswith("Terapia logopedyczna: ")
    assert (applicant.email, applicant.phone) == ("marek@demo.example", "600 100 200")
    assert (person.first_name, person.pesel, person.locality) == ("Zosia", "19222812306", village)
    assert person.birth_date == date(2019, 2, 28)
    assert Attachment.objects.get().request == request
    page = html(client.get(DONE))
    assert request.reference in page
    assert request.access_code in page
    assert "26 listopada 2026" in page


def test_no_page_asks_about_income_or_needs_an_account(client, speech):
    fill(client)
    for path in (NEW, "/zgloszenie/ty/", "/zgloszenie/kontakt/", CHECK):
        page = html(client.get(path))
        assert not re.search(r'name="[^"]*(income|dochod)', page)
        asked = " ".join(re.findall(r"<(?:label|legend)[^>]*>(.*?)</(?:label|legend)>", page, re.DOTALL))
        assert not re.search(r"doch[oó]d|zarob|zarab|income", asked, re.IGNORECASE)
        assert "hasło" not in page.lower()


def test_a_step_cannot_be_jumped_over(client, speech):
    assert client.get("/zgloszenie/kontakt/").url == NEW
    assert client.get(CHECK).url == NEW
    step(client, "", {"own_words": "opieka"})
    assert client.get("/zgloszenie/osoba/").url == "/zgloszenie/pilne/"
    assert client.get("/zgloszenie/nie-ma-takiego/").url == "/zgloszenie/pilne/"


def test_going_back_shows_what_was_said_and_leads_on_to_the_last_page(client, speech):
    fill(client, you=YOU | {"birth_date": "12.11.1948"})
    page = html(client.get("/zgloszenie/ty/"))
    assert 'value="Krystyna"' in page
    assert 'value="12.11.1948"' in page
    assert step(client, "ty", YOU | {"first_name": "Krysia"}).url == CHECK
    assert "Krysia" in html(client.get(CHECK))


def test_a_changed_mind_about_whom_it_is_for_asks_for_that_person(client, speech):
    fill(client)
    assert step(client, "dla-kogo", {"basis": "carer"}).url == "/zgloszenie/osoba/"
    assert client.get(CHECK).url == "/zgloszenie/osoba/"


# -- once ---------------------------------------------------------------------------------------
def test_a_double_click_a_reload_and_the_back_button_file_one_request(client, speech):
    fill(client)
    token = client.get(CHECK).context["form"].initial["token"]
    for _click in range(3):
        assert client.post(CHECK, {"token": token, "notice": ""}).url == DONE
    assert ServiceRequest.objects.count() == RequestItem.objects.count() == 1
    assert client.get(CHECK).url == DONE
    assert client.get(DONE).status_code == client.get(DONE).status_code == 200


def test_a_second_tab_that_sends_the_same_files_nothing_more(client, speech):
    fill(client)
    token = client.get(CHECK).context["form"].initial["token"]
    session = dict(client.session.items())
    client.post(CHECK, {"token": token, "notice": ""})
    late = client.session
    late.clear()
    late.update(session)  # the second click read the session before the first had written it
    late.save()
    assert client.post(CHECK, {"token": token, "notice": ""}).url == DONE
    assert ServiceRequest.objects.count() == 1


def test_after_one_request_another_may_be_filed(client, speech):
    for _time in range(2):
        fill(client)
        send(client)
    assert list(ServiceRequest.objects.order_by("pk").values_list("reference", flat=True)) == [
        "CUS-2026-0001",
        "CUS-2026-0002",
    ]


# -- bad input: at its field, nothing lost ------------------------------------------------------
def test_nothing_chosen_is_said_at_the_services_and_the_story_stays(client, speech):
    response = step(client, "", {"situation": "Córka mówi niewyraźnie."})
    assert list(errors(response)) == ["services"]
    assert "Córka mówi niewyraźnie." in html(response)


def test_a_service_that_ended_meanwhile_is_named_and_the_rest_stays(client, speech):
    ended = make_service("Teleopieka", slug="teleopieka", valid_to=date(2026, 11, 12))
    fill(client, needs={"services": [speech.slug, ended.slug], "own_words": "obiady"})
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        fill(client, needs={"services": [speech.slug], "own_words": "obiady"})
    fill(client, needs={"services": [speech.slug, ended.slug], "own_words": "obiady"})
    ended.programme_services.update(valid_to=date(2026, 11, 11))
    publish_again(ended)
    assert client.get(CHECK).url == NEW
    page = client.get(NEW)
    assert "Teleopieka" in errors(page)["services"][0]
    assert "obiady" in html(page)
    assert re.search(r'value="terapia-logopedyczna"[^>]*checked', html(page))
    assert send_is_refused(client)
    assert not ServiceRequest.objects.exists()


def send_is_refused(client):
    return client.post(CHECK, {"token": str(uuid.uuid4()), "notice": ""}).url == NEW


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("44051401358", "ostatnia cyfra"),
        ("02381307589", "nie ma w kalendarzu"),
        ("4405140135", "11 cyfr"),
        ("440514013591", "11 cyfr"),
        ("4405140135a", "same cyfry|tylko cyfry"),
    ],
)
def test_a_wrong_pesel_says_why(client, speech, number, said):
    begin(client, {"own_words": "opieka"})
    response = step(client, "ty", YOU | {"pesel": number})
    assert list(errors(response)) == ["pesel"]
    assert re.search(said, errors(response)["pesel"][0])
    assert f'value="{number}"' in html(response)
    assert 'value="Wilga"' in html(response)


@pytest.mark.parametrize("number", ["44051401359", "440514 01359", "02122401358", "02211307589", "86113012307", ""])
def test_a_right_pesel_or_none_is_taken(client, speech, number):
    begin(client, {"own_words": "opieka"})
    assert step(client, "ty", YOU | {"pesel": number}).url == "/zgloszenie/kontakt/"


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"birth_date": "31.02.1948"}, "birth_date"),
        ({"birth_date": "13.11.2026"}, "birth_date"),
        ({"birth_date": "01.01.1848"}, "birth_date"),
        ({"birth_date": "15.05.1944", "pesel": "44051412315"}, "birth_date"),
        ({"first_name": "x" * 61}, "first_name"),
        ({"last_name": ""}, "last_name"),
        ({"last_name": "Wil\x00ga"}, "last_name"),
        ({"last_name": "Wil\u202ega"}, "last_name"),
        ({"locality": "atlantyda"}, "locality"),
    ],
)
def test_a_wrong_fact_about_a_person_is_said_at_its_field(client, speech, facts, field):
    begin(client, {"own_words": "opieka"})
    response = step(client, "ty", YOU | facts)
    assert list(errors(response)) == [field]
    assert 'aria-invalid="true"' in html(response)
    assert client.get(CHECK).url == "/zgloszenie/ty/"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, "contact_by"),
        ({"contact_by": "phone"}, "phone"),
        ({"contact_by": "phone", "phone": "sześćset"}, "phone"),
        ({"contact_by": "phone", "phone": "12"}, "phone"),
        ({"contact_by": "phone", "phone": "81 123 4"}, "phone"),
        ({"contact_by": "email"}, "email"),
        ({"contact_by": "email", "email": "marek@"}, "email"),
        ({"contact_by": "post"}, "address"),
        ({"contact_by": "post", "address": "Wronów 5", "postal_code": "2420"}, "postal_code"),
        ({"contact_by": "email", "email": "a@demo.example", "safe_contact": "on"}, "contact_by"),
        (PHONE | {"contact_note": "x" * 201}, "contact_note"),
    ],
)
def test_a_contact_that_cannot_work_is_said_at_its_field(client, speech, said, field):
    begin(client, {"own_words": "opieka"})
    step(client, "ty", YOU)
    assert list(errors(step(client, "kontakt", said))) == [field]


def test_over_long_text_is_refused_and_kept_on_the_page(client, speech):
    story = "opieka " * 800
    response = step(client, "", {"own_words": "pomoc", "situation": story})
    assert list(errors(response)) == ["situation"]
    assert story.strip() in html(response)


def test_more_needs_than_one_request_holds_are_refused(client, db):
    slugs = [make_service(f"Usługa {number}").slug for number in range(11)]
    assert "10" in errors(step(client, "", {"services": slugs}))["services"][0]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([scan("wirus.pdf", b"MZ" + b"\0" * 300)], "wirus"),
        ([scan("puste.pdf", b"")], "pust"),
        ([scan(f"{number}.pdf") for number in range(6)], "6"),
    ],
)
def test_a_file_that_cannot_be_taken_is_said_at_the_files_and_the_rest_stays(client, speech, files, said):
    fill(client)
    response = send(client, files=files)
    assert list(errors(response)) == ["files"]
    assert said in " ".join(errors(response)["files"])
    assert not ServiceRequest.objects.exists()
    assert send(client).url == DONE


def test_a_file_over_the_limit_is_told_its_limit(client, speech, settings):
    settings.ATTACHMENT_MAX_BYTES = 100
    fill(client)
    assert "100" in errors(send(client, files=[scan()]))["files"][0]


def test_a_notice_that_changed_while_the_page_was_open_is_shown_again(client, speech):
    make_notice()
    fill(client)
    token = client.get(CHECK).context["form"].initial["token"]
    make_notice("2026-02")
    response = client.post(CHECK, {"token": token, "notice": "2026-01"})
    assert list(errors(response)) == ["__all__"]
    assert not ServiceRequest.objects.exists()


# -- what is kept, and for how long -------------------------------------------------------------
def test_what_was_typed_is_sealed_in_the_session_and_gone_after_two_hours(client, speech):
    fill(client, you=YOU | {"pesel": "51030212301"})
    kept = client.session["request_draft"]
    assert "Wilga" not in kept
    assert "51030212301" in decrypt(kept, purpose="residents.request_draft")
    with time_machine.travel(NOW + timedelta(hours=2, minutes=1), tick=False):
        assert client.get(CHECK).url == NEW
        assert "Krystyna" not in html(client.get(NEW))


def test_what_was_typed_can_be_deleted_at_once(client, speech):
    fill(client)
    client.post("/zgloszenie/od-nowa/")
    assert client.get(CHECK).url == NEW


def test_filing_is_throttled_by_address_and_loses_nothing(client, speech):
    for _request in range(19):
        hit("file", "127.0.0.1", limit=20, minutes=60, now=NOW)
    fill(client)
    assert send(client).url == DONE
    fill(client)
    assert list(errors(send(client))) == ["__all__"]
    assert ServiceRequest.objects.count() == 1
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        assert send(client).url == DONE


# -- being called back --------------------------------------------------------------------------
def test_a_phone_number_is_enough_to_be_called_back(client, db):
    make_notice()
    page = client.get("/oddzwonimy/")
    hidden = {name: page.context["form"].initial[name] for name in ("token", "notice")}
    for _click in range(2):
        assert client.post("/oddzwonimy/", hidden | {"phone": "600100200", "contact_note": "rano"}).url == DONE
    request = ServiceRequest.objects.get()
    assert (request.contact_by, request.contact_note) == ("phone", "rano")
    assert request.parties.get().phone == "600 100 200"
    assert str(request.items.get()) == "Proszę o telefon."
    assert request.access_code in html(client.get(DONE))


def test_finish_works_from_every_page_that_offers_it(db):
    """A person with a shared phone presses it right after sending; a form without its token would fail."""
    make_notice()
    strict = Client(enforce_csrf_checks=True)
    page = strict.get("/oddzwonimy/")
    hidden = {name: page.context["form"].initial[name] for name in ("token", "notice")}
    secret = {"csrfmiddlewaretoken": strict.cookies["csrftoken"].value}
    assert strict.post("/oddzwonimy/", hidden | secret | {"phone": "600100200"}).url == DONE
    for path in (DONE, STATUS, TRACK):
        form = re.search(r'action="/moja-sprawa/zakoncz/">(.*?)</form>', html(strict.get(path)), re.S)[1]
        assert 'name="csrfmiddlewaretoken"' in form, path
    assert strict.post("/moja-sprawa/zakoncz/", secret).url == TRACK
    assert strict.get(DONE).url == TRACK


def test_no_two_things_on_the_form_have_one_id(client, speech):
    ids = re.findall(r' id="([^"]+)"', html(client.get(NEW)))
    assert len(ids) == len(set(ids))


# -- in danger ----------------------------------------------------------------------------------
def test_who_asks_for_a_secret_place_may_leave_quickly_from_each_step_and_leaves_nothing(client, db):
    make_service(slug="schronienie", place_is_confidential=True)
    assert LEAVE in html(client.get(f"{NEW}?usluga=schronienie"))
    fill(client, needs={"services": ["schronienie"]})
    for path in ("/zgloszenie/ty/", "/zgloszenie/kontakt/", CHECK):
        assert LEAVE in html(client.get(path)), path
    page = client.post("/zgloszenie/wyjscie/")
    assert 'content="0;url=https://www.pogodynka.pl/"' in html(page)
    assert "request_draft" not in client.session
    assert client.get(CHECK).url == NEW


def test_discreet_contact_keeps_the_way_out_at_hand_after_sending_and_leaving_forgets_the_request(client, speech):
    make_notice()
    fill(client, contact=PHONE | {"safe_contact": "on"})
    assert send(client).url == DONE
    assert LEAVE in html(client.get(DONE))
    assert LEAVE in html(client.get(STATUS))
    client.post("/zgloszenie/wyjscie/")
    assert client.get(STATUS).url == TRACK


def test_a_centre_without_a_page_to_leave_to_leads_to_its_own_home_page(client, db, settings):
    settings.CENTRE = settings.CENTRE | {"quick_exit": ""}
    assert 'content="0;url=/"' in html(client.post("/zgloszenie/wyjscie/"))


def test_number_and_code_are_shown_under_a_session_that_nobody_knew_before(client, speech):
    make_notice()
    fill(client)
    before = client.session.session_key
    assert send(client).url == DONE
    assert client.session.session_key != before
    assert client.get(DONE).status_code == 200


def test_nobody_else_is_frightened_by_a_way_out(client, speech):
    fill(client)
    assert LEAVE not in html(client.get(NEW))
    assert LEAVE not in html(client.get(CHECK))


def test_the_receipt_says_whether_it_comes_by_mail_too(client, speech):
    make_notice()
    fill(client, contact=PHONE | {"email": "krystyna@demo.example"})
    send(client)
    assert "Numer i kod wysyłamy też" in html(client.get(DONE))


def test_a_call_needs_a_number(client, db):
    response = client.post("/oddzwonimy/", {"phone": "", "own_words": "obiady", "token": str(uuid.uuid4())})
    assert list(errors(response)) == ["phone"]
    assert "obiady" in html(response)


# -- costs --------------------------------------------------------------------------------------
def test_every_public_page_costs_at_most_six_queries(client, ola, django_assert_max_num_queries):
    make_notice()
    make_locality()
    services = [make_service(f"Usługa {number}") for number in range(12)]
    fill(client, needs={"services": [service.slug for service in services[:10]]})
    steps = [NEW, "/zgloszenie/dla-kogo/", "/zgloszenie/ty/", "/zgloszenie/kontakt/", CHECK]
    for path in [*steps, "/oddzwonimy/", TRACK, "/ochrona-danych/"]:
        with django_assert_max_num_queries(6):
            assert client.get(path).status_code == 200
    send(client)
    request = ServiceRequest.objects.get()
    ask_resident(request, text="?", by=ola, now=NOW)
    with django_assert_max_num_queries(14):
        assert client.get(STATUS).status_code == 200
    for path in [DONE, ANSWER, "/moja-sprawa/dokumenty/", "/moja-sprawa/wycofaj/", TRACK]:
        with django_assert_max_num_queries(6):
            assert client.get(path).status_code == 200


@pytest.mark.parametrize("needs", [1, 10])
def test_sending_costs_the_same_whatever_the_number_of_needs(client, db, needs):
    """Under 15 statements and 4 a need, besides what the browser's own session and the test's savepoint cost."""
    services = [make_service(f"Usługa {number}") for number in range(needs)]
    fill(client, needs={"services": [service.slug for service in services]}, contact=PHONE | {"email": MAIL["email"]})
    token, shown = map(client.get(CHECK).context["form"].initial.get, ("token", "shown"))
    with CaptureQueriesContext(connection) as spent:
        assert client.post(CHECK, {"token": token, "notice": "", "shown": shown, "files": [scan()]}).url == DONE
    own = [row["sql"] for row in spent if '_session"' not in row["sql"] and "SAVEPOINT" not in row["sql"]]
    assert len(own) == 17


# -- whatever is typed --------------------------------------------------------------------------
nasty = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="\x00\u202e\u200b\ud7ff\uffff'\"<>{}%\\;=+-@\t\r\n😀", max_size=30),
    st.sampled_from(
        ["{{ 7|add:7 }}", "{% load x %}", "' OR 1=1 --", "=HYPERLINK(1)", "x" * 5000, "٣٤٥", "²", "12.11.²026"]
    ),
)
FIELDS = {
    "": ["services", "own_words", "situation"],
    "pilne": ["red_flags"],
    "dla-kogo": ["basis"],
    "osoba": ["first_name", "last_name", "relation", "birth_date", "pesel", "locality"],
    "podstawa": ["person_knows", "own_voice", "mine"],
    "ty": ["first_name", "last_name", "birth_date", "pesel", "locality"],
    "kontakt": [
        "contact_by",
        "phone",
        "contact_note",
        "email",
        "address",
        "postal_code",
        "safe_contact",
        "if_others_answer",
    ],
    "sprawdz": ["token", "notice", "shown", "files"],
}


@pytest.mark.parametrize("name", FIELDS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_typed_into_the_form_never_breaks_it(client, speech, name, data):
    fill(client, basis={"basis": "carer"}, person=YOU)
    typed = data.draw(st.fixed_dictionaries(dict.fromkeys(FIELDS[name], nasty)))
    assert step(client, name, typed).status_code in {200, 302}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reference=nasty, code=nasty)
def test_whatever_is_typed_as_number_and_code_never_breaks_the_page(client, db, reference, code):
    assert client.post(TRACK, {"reference": reference, "code": code}).status_code == 200
    assert client.get(TRACK, {"nr": reference, "usluga": code}).status_code == 200
    assert client.get(NEW, {"usluga": reference}).status_code == 200


# -- the notice ---------------------------------------------------------------------------------
NOTICE = 'version: "1"\nvalid_from: 2025-01-01\ntitle: T\nshort: S\nbody:\n  - {heading: H, text: %s}\n'


def test_the_notice_is_loaded_once_and_a_shown_version_is_never_rewritten(tmp_path, client, db):
    file = tmp_path / "privacy_notice.yaml"
    file.write_text(NOTICE % "jeden")
    assert [load_notice(file), load_notice(file)] == ["created", "left"]
    file.write_text(NOTICE % "dwa")
    with pytest.raises(NoticeError, match="new version"):
        load_notice(file)
    assert "jeden" in html(client.get("/ochrona-danych/"))


@pytest.mark.parametrize("text", ["", "[", "version: 1\n", "- a\n"])
def test_a_notice_that_lacks_something_is_refused_in_one_line(tmp_path, db, text):
    file = tmp_path / "privacy_notice.yaml"
    file.write_text(text)
    with pytest.raises(NoticeError, match="privacy_notice.yaml"):
        load_notice(file)


def test_the_centres_own_notice_loads(db, settings):
    assert load_notice(settings.CATALOGUE_DIR / "privacy_notice.yaml") == "created"
