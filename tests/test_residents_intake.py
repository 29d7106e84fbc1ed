"""Who files and by what right, what cannot wait, how to talk with the person: from the form to the desk and back."""

from datetime import date

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from cus_portal.urgency import tells_of_danger
from residents.actions import (
    add_attachments,
    answer_question,
    ask_resident,
    identify_person,
    qualify_item,
    withdraw_item,
    withdraw_request,
)
from residents.actions.life import end_minority
from residents.models import RequestItem, RequestParty, Resident, ServiceRequest
from services.models import EligibilityRule
from tests.factories import NOW, PERSON, at, holder_of, make_request, make_service, publish_again
from tests.intake import CHECK, DONE, MAIL, PHONE, STATUS, YOU, begin, errors, fill, html, prove, scan, send, step

pytestmark = pytest.mark.django_db
QUEUE = reverse("admin:residents_servicerequest_changelist")
MOTHER = {"first_name": "Helena", "last_name": "Wilga"}
Sight = RequestParty.Sight


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


def request_for(person=MOTHER, *, needs=None, mine=(), **acting):
    return make_request(applicant=MAIL | acting, person=person, needs=needs, applicants_needs=mine)


# -- by what right ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("basis", "asked"),
    [
        ("statutory", {"document", "court_sign", "mine"}),
        ("carer", {"person_knows", "own_voice", "mine"}),
        ("proxy", {"scope", "acts_until", "document", "person_knows", "own_voice"}),
        ("institution", {"institution", "document", "person_knows", "own_voice"}),
    ],
)
def test_case_1_and_2_and_3_only_what_goes_with_the_right_is_asked(client, basis, asked):
    """Who files is not whom it is for, and each right has facts of its own."""
    begin(client, basis={"basis": basis})
    assert step(client, "osoba", MOTHER).url == "/zgloszenie/podstawa/"
    assert set(client.get("/zgloszenie/podstawa/").context["form"].fields) == asked


def test_case_2_a_carer_files_and_the_person_has_a_voice_of_her_own(client, sign_in, ola):
    voice = {"person_knows": "unwilling", "own_voice": "Dam sobie radę sama."}
    fill(client, basis={"basis": "carer"}, person=MOTHER, acting=voice)
    assert "Dam sobie radę sama." in html(client.get(CHECK))
    assert send(client).url == DONE
    page = html(sign_in(ola).get(ServiceRequest.objects.get().get_absolute_url()))
    assert "Dam sobie radę sama." in page
    assert "wie i tego nie chce" in page


def test_a_power_of_attorney_that_has_ended_is_said_at_its_day(client):
    begin(client, basis={"basis": "proxy"})
    step(client, "osoba", MOTHER)
    assert list(errors(step(client, "podstawa", {"acts_until": "11.11.2026"}))) == ["scope", "acts_until"]


@pytest.mark.parametrize(
    ("acting", "person", "sight"),
    [
        ({"basis": "carer"}, {}, Sight.ALL),
        ({"basis": "proxy", "scope": "everything"}, {}, Sight.ALL),
        ({"basis": "proxy", "scope": "filing"}, {}, Sight.FILING),
        ({"basis": "proxy", "scope": "everything", "acts_until": date(2026, 11, 12)}, {}, Sight.ALL),
        ({"basis": "proxy", "scope": "everything", "acts_until": date(2026, 11, 11)}, {}, Sight.NONE),
        ({"basis": "institution"}, {}, Sight.FILING),
        ({"basis": "statutory"}, {}, Sight.ALL),
        ({"basis": "statutory"}, {"birth_date": date(2019, 2, 28)}, Sight.ALL),
        ({"basis": "statutory"}, {"birth_date": date(1950, 1, 1)}, Sight.NONE),
        ({"basis": "statutory", "document": "court"}, {"birth_date": date(1950, 1, 1)}, Sight.ALL),
    ],
)
def test_case_1_and_3_what_who_files_may_see_follows_the_right(acting, person, sight):
    """A guardian by a court acts for an adult too."""
    filer, other = RequestParty(**acting), RequestParty(**person)
    assert filer.sight(other, NOW.date()) == sight


def test_case_1_a_proxy_for_filing_only_sees_that_it_is_filed_and_no_answer(client, tomek):
    request = request_for(basis="proxy", scope="filing", needs=[(make_service(), ""), (None, "obiady")])
    qualify_item(request.items.first(), answer="Zapraszamy w środę.", by=tomek, now=NOW)
    prove(client, request)
    page = html(client.get(STATUS))
    assert "Zapraszamy w środę." not in page
    assert "przyznan" not in page
    assert "Odpowiedź przekażemy osobie" in page
    for path in ("/moja-sprawa/wycofaj/", "/moja-sprawa/wycofaj/2/"):
        assert client.get(path).url == client.post(path).url == STATUS
    with pytest.raises(PermissionDenied):
        withdraw_request(request, by=holder_of(request), now=NOW)
    with pytest.raises(PermissionDenied):
        withdraw_item(request.items.last(), by=holder_of(request), now=NOW)
    assert not RequestItem.objects.filter(status="withdrawn").exists()


def test_a_school_answers_what_it_is_asked_about_its_filing(client, ola):
    request = request_for(basis="institution", institution="szkoła")
    ask_resident(request, text="Prosimy o opinię.", by=ola, now=NOW)
    prove(client, request)
    assert "Prosimy o opinię." in html(client.get(STATUS))
    assert client.post("/moja-sprawa/odpowiedz/", {"answer": "W załączniku", "files": [scan()]}).url == STATUS


def test_case_40_on_the_day_the_child_is_of_age_the_parents_access_ends(client):
    """With the number of the brief: 18 on 23 November 2026."""
    child = {"first_name": "Jan", "last_name": "Bocian", "pesel": "08312312314"}
    request = request_for(child, basis="statutory", needs=[(None, "psycholog"), (None, "oddech")], mine=(1,))
    with time_machine.travel(at(date(2026, 11, 22)), tick=False):
        prove(client, request)
        assert "psycholog" in html(client.get(STATUS))
    with time_machine.travel(at(date(2026, 11, 23)), tick=False):
        prove(client, request)
        page = html(client.get(STATUS))
        assert "Nie działasz tu już za tę osobę" in page
        assert "psycholog" not in page
        assert "oddech" in page
        for act in (add_attachments, answer_question):
            extra = {"answer": "x"} if act is answer_question else {"files": [scan()]}
            with pytest.raises(PermissionDenied):
                act(request, by=holder_of(request), now=at(date(2026, 11, 23)), **extra)


def test_case_24_and_40_once_of_age_the_person_reads_the_own_needs_with_a_code_of_their_own(client, ola):
    """The new code opens the child's needs, and not the father's."""
    child = {"first_name": "Jan", "last_name": "Bocian", "birth_date": date(2008, 11, 23)}
    request = request_for(child, basis="statutory", needs=[(None, "psycholog"), (None, "oddech")], mine=(1,))
    identify_person(request, resident=None, by=ola, now=NOW)
    day = date(2026, 11, 23)
    end_minority(on=day)
    with time_machine.travel(at(day), tick=False):
        assert prove(client, request).status_code == 200  # the father's code
        prove(client, ServiceRequest.objects.get())
        page = html(client.get(STATUS))
        assert "psycholog" in page
        assert "oddech" not in page
        assert client.get("/moja-sprawa/wycofaj/2/").status_code == 404
        assert client.get("/moja-sprawa/wycofaj/1/").status_code == 200


def test_case_23_and_24_one_form_holds_the_needs_of_two_people_and_mixes_none(client, tomek):
    """A child's therapy and the father's own rest."""
    make_service(slug="logopeda")
    needs = {"services": ["logopeda"], "own_words": "odpoczynek"}
    fill(client, needs=needs, basis={"basis": "institution"}, person=MOTHER)
    fill(client, needs=needs, basis={"basis": "carer"}, person=MOTHER, acting={"mine": ["own"]})
    assert send(client).url == DONE
    assert list(RequestItem.objects.values_list("own_words", "for_applicant")) == [("", False), ("odpoczynek", True)]
    request = request_for(basis="proxy", scope="filing", needs=[(None, "jej"), (None, "moje")], mine=(1,))
    for item in request.items.all():
        qualify_item(item, answer=f"odpowiedź: {item.own_words}", by=tomek, now=NOW)
    prove(client, request)
    page = html(client.get(STATUS))
    assert "odpowiedź: moje" in page
    assert "odpowiedź: jej" not in page


def test_case_41_somebody_of_sixteen_asks_alone_and_nothing_goes_home(client, sign_in, ola):
    fill(client, needs={"own_words": "psycholog"}, you=YOU | {"birth_date": "12.11.2010"})
    assert "Nie masz jeszcze 18 lat" in html(client.get(CHECK))
    assert send(client).url == DONE
    page = html(sign_in(ola).get(ServiceRequest.objects.get().get_absolute_url()))
    assert "bez jego wiedzy nic do domu" in page


def test_case_66_a_wrong_service_is_changed_and_the_words_the_term_and_the_place_stay(client, sign_in, tomek):
    chosen, meant = make_service("Rehabilitacja", slug="a"), make_service("Asystent", slug="b")
    request = make_request(needs=[(chosen, "")])
    item = request.items.get()
    desk = sign_in(tomek)
    url = reverse("admin:residents_requestitem_move", args=[item.pk, "change_service"])
    assert list(errors(desk.post(url, {"service": chosen.pk, "reason": "x", "version": item.version}))) == ["service"]
    desk.post(url, {"service": meant.pk, "reason": "Pani prosi o asystenta.", "version": item.version})
    item.refresh_from_db()
    assert (item.service, item.own_words) == (meant, "Rehabilitacja")
    assert item.programme_service == meant.programme_services.get()
    known = ServiceRequest.objects.get()
    assert (known.due_on, item.created_at) == (request.due_on, request.items.get().created_at)
    client.logout()
    prove(client, request)
    page = html(client.get(STATUS))
    assert "Asystent: przeniesione do usługi, o którą chodziło" in page
    assert "Pani prosi" not in page


# -- statements ---------------------------------------------------------------------------------
def test_a_statement_is_kept_with_its_words_and_version_even_when_it_is_not_ticked(client):
    service = make_service("Asystent", slug="asystent")
    EligibilityRule.objects.create(service=service, position=1, label="Dorosły z orzeczeniem")
    publish_again(service)
    fill(client, needs={"services": ["asystent"]})
    assert send(client).url == DONE
    statement = ServiceRequest.objects.get().statements.get()
    assert statement.text == "Asystent: Wiem, dla kogo jest ta pomoc: Dorosły z orzeczeniem. Z tego, co wiem, tak jest."
    assert (statement.is_given, statement.version) == (False, service.versions.order_by("-number").first())


def test_a_service_that_changed_while_the_page_was_open_is_shown_again(client):
    service = make_service("Asystent", slug="asystent")
    fill(client, needs={"services": ["asystent"]})
    initial = client.get(CHECK).context["form"].initial
    type(service).objects.filter(pk=service.pk).update(for_whom="dorośli")
    publish_again(service)
    sent = {name: initial[name] for name in ("token", "notice", "shown")}
    assert list(errors(client.post(CHECK, sent))) == ["__all__"]
    assert send(client).url == DONE


# -- talking and meeting ------------------------------------------------------------------------
def test_case_65_what_is_needed_for_talking_is_kept_with_the_person_for_the_next_time(client, sign_in, ola):
    """The second visit knows it too."""
    you = YOU | {"communication": ["sign", "large"], "communication_note": "syn tłumaczy"}
    fill(client, you=you)
    send(client)
    first = ServiceRequest.objects.get()
    assert "polski język migowy (PJM)" in html(sign_in(ola).get(first.get_absolute_url()))
    identify_person(first, resident=None, by=ola, now=NOW)
    resident = Resident.objects.get()
    assert (resident.communication, resident.communication_note) == (["sign", "large"], "syn tłumaczy")
    second = make_request(applicant=PERSON | {"communication": ["at_home"]})
    identify_person(second, resident=resident, by=ola, now=NOW)
    resident.refresh_from_db()
    assert resident.communication == ["sign", "large", "at_home"]
    third = make_request()
    identify_person(third, resident=resident, by=ola, now=NOW)
    page = html(sign_in(ola).get(third.get_absolute_url()))
    assert "polski język migowy (PJM)" in page


def test_case_10_how_to_call_safely_is_told_to_the_desk(client, sign_in, ola):
    """The way, the hours, no message, and what to do when another picks up."""
    safe = {"safe_contact": "on", "leave_no_message": "on", "if_others_answer": "hang_up", "contact_note": "9-11"}
    fill(client, contact=PHONE | safe)
    send(client)
    page = html(sign_in(ola).get(ServiceRequest.objects.get().get_absolute_url()))
    for told in ("tylko dyskretny kontakt", "bez zostawiania wiadomości", "nic nie mówić i odłożyć", "9-11"):
        assert told in page


# -- what cannot wait ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "chcę umrzeć",
        "Chce juz umrzec.",
        "mama mówi, że nie chce już żyć",
        "nie chce mi się żyć",
        "boję się, że się zabije",
        "myśli samobójcze",
        "chcę skończyć ze sobą",
        "mąż mnie bije",
        "boję się wrócić do domu",
        "doznaję przemocy od partnera",
        "uderzył mnie przy dzieciach",
        "in an abusive marriage",
        "домашнє насильство",
        "grozi mi nożem",
        "BOJĘ SIĘ O DZIECKO",
        "nie mam co jeść",
        "dzieci są głodne",
        "nie mamy opału",
        "śpię na ulicy",
        "я не хочу жити",
        "хочу померти",
        "чоловік б’є мене",
        "I want to die",
    ],
)
def test_case_68_words_of_danger_are_found_in_every_form(text):
    assert tells_of_danger("", text)


@pytest.mark.parametrize("text", ["ktoś do pomocy w domu", "umarł mi mąż", "obiady dla mamy", "zabieg w szpitalu"])
def test_everyday_words_are_no_alarm(text):
    assert not tells_of_danger(text)


def test_case_68_a_cry_for_help_shows_the_numbers_before_it_is_sent_and_lies_on_top_in_the_morning(
    client, sign_in, ola
):
    """ "chcę umrzeć" in a web form at night."""
    make_request(now=at(date(2026, 10, 1)))
    step(client, "", {"own_words": "chcę umrzeć"})
    for path in ("/zgloszenie/pilne/", "/zgloszenie/dla-kogo/"):
        step(client, "pilne", {})
        page = html(client.get(path))
        assert "116 123" in page
        assert "W nocy, w weekendy i święta nikt tu nie czyta." in page
    fill(client, needs={"own_words": "chcę umrzeć"})
    assert "116 123" in html(client.get(CHECK))
    assert send(client).url == DONE
    assert "116 123" in html(client.get(DONE))
    cry = ServiceRequest.objects.latest("pk")
    assert (cry.red_flags, cry.is_urgent) == (["words"], True)
    page = html(sign_in(ola).get(QUEUE))
    assert page.index(cry.reference) < page.index("CUS-2026-0001")
    withdraw_request(cry, by=ola, now=NOW)
    assert ServiceRequest.objects.get(pk=cry.pk).on_top is False


@pytest.mark.parametrize("flag", ["danger", "child", "life", "health", "food", "heating"])
def test_what_was_ticked_makes_the_request_urgent_and_never_holds_it_up(client, flag):
    fill(client, urgent={"red_flags": [flag]})
    page = html(client.get(CHECK))
    assert "Nie czekaj na nas: zadzwoń teraz" in page
    assert ('action="/zgloszenie/wyjscie/"' in page) == (flag == "danger")
    assert send(client).url == DONE
    assert ServiceRequest.objects.get().red_flags == [flag]


def test_the_desks_own_entry_is_read_for_words_of_danger_too(ola):
    assert make_request(needs=[(None, "mąż ją bije")], by=ola, channel="phone").is_urgent


# -- the day it came ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("moment", "number"), [(at(date(2027, 1, 1), 0, 30), "CUS-2027-"), (at(date(2026, 7, 1), 0, 30), "CUS-2026-")]
)
def test_case_48_half_an_hour_after_midnight_it_is_the_new_day_and_the_new_year_here(client, moment, number):
    """In UTC it is the day before, on 1 January in the year before."""
    with time_machine.travel(moment, tick=False):
        fill(client)
        assert send(client).url == DONE
    filed = ServiceRequest.objects.get()
    assert filed.received_on == moment.date()
    assert filed.reference.startswith(number)
