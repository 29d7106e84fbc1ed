"""What a malicious neighbour, a curious colleague and a second tab try: nothing leaks, nothing is lost."""

import re
import uuid
from datetime import date, timedelta

import pytest
import time_machine
from django.contrib.admin.sites import site
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from coordination.actions import plans
from coordination.disclosure import disclosed_by
from coordination.jobs import tidy
from coordination.models import Plan, PlanItem
from cus_portal.accounts.models import Institution, Session
from cus_portal.files import shown_name
from cus_portal.forms import DayField
from cus_portal.throttle import Throttle, client_address
from cus_portal.workflow import TransitionNotAllowed
from residents.actions import answer_question, ask_resident
from residents.models import RequestQuestion, Resident, ServiceRequest
from tests import personas
from tests.coordination_world import make_case, make_draft, make_plan, make_referral
from tests.factories import NOW, TODAY, holder_of, make_notice, make_request
from tests.intake import ANSWER, DONE, STATUS, TRACK, errors, html, prove

CALL = "/oddzwonimy/"
ADD = "/admin/residents/servicerequest/add/"
ODD_NUMBERS = ["²", "٣", "9" * 30, "9" * 5000, "-1", "\x00", "1 OR 1=1"]


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def call_form(client):
    make_notice()
    initial = client.get(CALL).context["form"].initial
    return {name: initial[name] for name in ("token", "notice")}


# -- one filing under one token ---------------------------------------------------------------------
def test_a_token_found_on_a_shared_phone_gives_nobody_the_number_of_another(client, db):
    hidden = call_form(client)
    client.post(CALL, hidden | {"phone": "600100200", "name": "Wilga"})
    first = ServiceRequest.objects.get()
    for neighbour in (client, Client()):
        neighbour.post(CALL, hidden | {"phone": "601999888", "name": "Gil"})
        shown = html(neighbour.get(DONE))
        assert first.reference not in shown
        assert first.access_code not in shown
    assert ServiceRequest.objects.count() == 2


def test_the_next_caller_typed_over_the_last_form_is_filed_at_the_desk(sign_in, ola):
    client = sign_in(ola)
    token = {"submit_token": str(uuid.uuid4()), "channel": "phone", "received_on": "12.11.2026", "own_words": "zakupy"}
    pages = [client.post(ADD, token | {"last_name": name}).url for name in ("Wilga", "Gil", "Gil")]
    assert pages[0] != pages[1] == pages[2]
    assert ServiceRequest.objects.count() == 2


def test_after_finishing_a_form_still_on_the_screen_is_not_sent_again(db):
    client = Client(enforce_csrf_checks=True)
    hidden = call_form(client) | {"phone": "600100200"}
    hidden["csrfmiddlewaretoken"] = client.cookies["csrftoken"].value
    assert client.post(CALL, hidden).url == DONE
    client.post("/moja-sprawa/zakoncz/", {"csrfmiddlewaretoken": client.cookies["csrftoken"].value})
    assert client.post(CALL, hidden).status_code == 403
    assert client.get(DONE).url == TRACK


# -- guessing and locking out -----------------------------------------------------------------------
def test_a_neighbour_at_one_address_locks_nobody_out_of_his_request(client, db):
    request = make_request()
    for minute in range(0, 55, 5):
        with time_machine.travel(NOW.replace(minute=minute), tick=False):
            for _guess in range(40):
                Client(REMOTE_ADDR="10.0.0.1").post(TRACK, {"reference": request.reference, "code": "ABC-DEF-GHJ"})
    assert prove(client, request).url == STATUS


def test_an_ipv6_subscriber_has_one_address_to_guess_from(rf):
    addresses = {client_address(rf.get("/", REMOTE_ADDR=f"2001:db8:1:2::{tail:x}")) for tail in range(1, 9)}
    assert addresses == {"2001:db8:1:2::"}


def test_an_ipv4_address_written_as_ipv6_is_one_address_and_not_everybodys(rf):
    written = [client_address(rf.get("/", REMOTE_ADDR=f"::ffff:10.0.0.{tail}")) for tail in (1, 2)]
    assert written == ["10.0.0.1", "10.0.0.2"]


def test_a_forged_header_changes_nothing_where_no_proxy_of_ours_stands(rf, settings):
    forged = rf.get("/", headers={"X-Forwarded-For": "9.9.9.9"}, REMOTE_ADDR="10.0.0.1")
    assert client_address(forged) == "10.0.0.1"
    settings.PROXY_COUNT = 1
    assert client_address(rf.get("/", headers={"X-Forwarded-For": "cokolwiek"})) is None


def test_a_password_guessed_at_behind_our_proxy_locks_its_guesser_only(db, settings, ola):
    settings.PROXY_COUNT = 1
    guess = {"username": ola.email, "password": "zgaduje-zgaduje"}
    for _time in range(5):
        Client().post("/logowanie/", guess, headers={"X-Forwarded-For": "9.9.9.9"})
    right = {"username": ola.email, "password": personas.PASSWORD}
    locked = Client().post("/logowanie/", right, headers={"X-Forwarded-For": "9.9.9.9"})
    welcome = Client().post("/logowanie/", right, headers={"X-Forwarded-For": "10.1.1.1"})
    assert (locked.status_code, welcome.status_code) == (429, 302)


@pytest.mark.parametrize(
    "guesses",
    [
        [("ola@demo.example", "10.0.0.1"), ("OLA@demo.example", "10.0.0.1"), ("Ola@Demo.Example", "10.0.0.1")],
        [("ola@demo.example", f"2001:db8:1:2::{tail}") for tail in range(1, 4)],
    ],
    ids=["capital letters", "addresses of one subscriber"],
)
def test_another_way_to_write_a_name_or_address_gives_no_further_tries(db, ola, guesses):
    for name, address in [*guesses, *guesses]:
        Client(REMOTE_ADDR=address).post("/logowanie/", {"username": name, "password": "zgaduje-zgaduje"})
    right = {"username": ola.email, "password": personas.PASSWORD}
    assert Client(REMOTE_ADDR=guesses[-1][1]).post("/logowanie/", right).status_code == 429


# -- a stale page -----------------------------------------------------------------------------------
def test_the_answer_to_an_earlier_question_is_not_taken_for_the_next_one(client, ola):
    request = make_request()
    ask_resident(request, text="Czy mieszka Pani sama?", by=ola, now=NOW)
    prove(client, request)
    shown = re.search(r'name="question" value="(\d+)"', html(client.get(ANSWER)))[1]
    answer_question(request, answer="tak", by=holder_of(request), now=NOW)
    ask_resident(request, text="Czy rezygnuje Pani z obiadów?", by=ola, now=NOW)
    late = client.post(ANSWER, {"question": shown, "answer": "tak, sama"})
    assert "tak, sama" in html(late)
    assert "Czy rezygnuje Pani z obiadów?" in html(late)
    assert list(errors(late)) == ["__all__"]
    assert RequestQuestion.objects.get(answered_at=None).answer == ""


def item_facts(plan, pcpr):
    days = {"starts_on": f"{plan.starts_on:%d.%m.%Y}", "ends_on": f"{plan.ends_on:%d.%m.%Y}"}
    return {"goal": "Zakupy", "action": "sąsiadka", "provider": pcpr.pk, "version": plan.version} | days


def test_two_clicks_add_one_item_to_a_plan(sign_in, tomek, pcpr):
    plan = make_plan(make_case(tomek), items=0)
    client, url = sign_in(tomek), reverse("admin:coordination_plan_move", args=[plan.pk, "add_item"])
    first, second = (client.post(url, item_facts(plan, pcpr)) for _click in range(2))
    assert (first.status_code, second.status_code) == (302, 200)
    assert "Tomek Lis" in html(second)
    assert plan.items.count() == 1


def test_a_stale_page_changes_no_item_and_loses_nothing_typed(sign_in, tomek, pcpr):
    plan = make_plan(make_case(tomek))
    item = plan.items.get()
    client, url = sign_in(tomek), reverse("coordination:plan_item", args=[item.pk])
    seen = item_facts(plan, pcpr)
    assert client.post(url, seen).status_code == 302
    late = client.post(url, seen | {"goal": "Całkiem inny cel"})
    assert late.status_code == 200
    assert "Całkiem inny cel" in html(late)
    assert PlanItem.objects.get(pk=item.pk).goal == "Zakupy"
    client.post(url, seen | {"take_out": "1"})
    assert PlanItem.objects.filter(pk=item.pk).exists()


def test_what_was_agreed_is_the_plan_that_was_on_the_screen(tomek):
    plan = make_plan(make_case(tomek))
    seen = Plan.objects.get(pk=plan.pk)
    plans.remove_plan_item(plan.items.get(), by=tomek, now=NOW)
    with pytest.raises(TransitionNotAllowed):
        plans.agree_plan(seen, by=tomek, now=NOW, agreed_on=TODAY, agreement=Plan.Agreement.SIGNED)
    assert Plan.objects.get(pk=plan.pk).status == Plan.Status.DRAFT


def test_of_two_who_change_an_institution_the_second_does_not_write_over_the_first(sign_in, beata, pcpr):
    client, url = sign_in(beata), reverse("admin:accounts_institution_change", args=[pcpr.pk])
    form = client.get(url).context["adminform"].form
    seen = client.get(url).context["seen"]
    said = {name: value for name, value in form.initial.items() if value not in (None, False)} | {"seen": seen}
    for part in ("agreements", "units", "contacts"):
        said |= {f"{part}-TOTAL_FORMS": 0, f"{part}-INITIAL_FORMS": 0}
    assert client.post(url, said | {"phone": "81 111 11 11"}).status_code == 302
    late = client.post(url, said | {"phone": "82 222 22 22"})
    assert late.status_code == 200
    assert "82 222 22 22" in html(late)
    assert Institution.objects.get(pk=pcpr.pk).phone == "81 111 11 11"


# -- numbers and days nobody means ------------------------------------------------------------------
@pytest.mark.parametrize("number", ODD_NUMBERS)
def test_an_odd_number_in_an_address_or_a_version_breaks_no_page(sign_in, tomek, pcpr, number):
    case = make_case(tomek)
    plan, client = make_plan(case), sign_in(tomek)
    assert client.get(f"/praca/skierowania/nowe/{case.pk}/", {"pozycja": number}).status_code in (200, 404)
    draft = make_draft(case, pcpr)
    assert client.post(f"/praca/skierowania/{draft.pk}/discard/", {"version": number, "reason": ""}).status_code == 200
    url = reverse("admin:coordination_plan_move", args=[plan.pk, "agree"])
    assert client.post(url, {"version": number}).status_code == 200


@pytest.mark.parametrize("day", ["31.12.9999", "9999-12-31", "01.01.0001"])
def test_a_day_beyond_any_calendar_is_refused_in_words(sign_in, tomek, day):
    with pytest.raises(ValidationError):
        DayField().clean(day)
    assert DayField().clean("12.11.1948") == date(1948, 11, 12)
    assert sign_in(tomek).get("/praca/listy/overdue/", {"sent_to": day}).status_code == 200


@pytest.mark.parametrize("words", ["\x00", "a\x00b", "²", "٣٤", "%", "'", "\\"])
def test_odd_words_searched_for_break_no_list(sign_in, tomek, words):
    client = sign_in(tomek)
    for name in ("servicerequest", "resident", "case"):
        found = client.post(reverse(f"admin:residents_{name}_find"), {"q": words})
        assert client.get(found.url).status_code == 200


# -- the admin's side doors -------------------------------------------------------------------------
@pytest.mark.parametrize(
    "query", ["pesel_index__startswith=a", "first_name=Krystyna", "access_code__startswith=a", "resident_id=1"]
)
def test_no_column_is_guessed_at_through_an_address(sign_in, tomek, query):
    client = sign_in(tomek)
    for name in ("servicerequest", "resident"):
        model = ServiceRequest if name == "servicerequest" else Resident
        if query.split("=")[0].split("__")[0] in {field.attname for field in model._meta.concrete_fields}:
            assert client.get(reverse(f"admin:residents_{name}_changelist") + f"?{query}").status_code == 400


def test_the_filters_that_a_list_offers_work(sign_in, beata):
    client = sign_in(beata)
    assert client.get(reverse("admin:accounts_institution_changelist"), {"kind__exact": "pcpr"}).status_code == 200
    assert client.get(reverse("admin:services_service_changelist"), {"areas__id__exact": "1"}).status_code == 200
    assert client.get(reverse("admin:residents_servicerequest_changelist"), {"channel": "phone"}).status_code == 200


def test_people_are_not_listed_by_completing_a_field(sign_in, ola, beata, root, pcpr):
    make_case(personas.person("tomek"))
    client, url = sign_in(ola), reverse("admin:autocomplete")
    for room in site._registry.values():
        for field in room.opts.many_to_many + tuple(f for f in room.opts.fields if f.many_to_one):
            key = {"app_label": room.opts.app_label, "model_name": room.opts.model_name, "field_name": field.name}
            response = client.get(url, key | {"term": "Wil"})
            is_public = field.related_model is Institution or field.related_model._meta.app_label == "services"
            assert response.status_code in (403, 404) or is_public, (room, field)
    offered = {"app_label": "accounts", "model_name": "membership", "field_name": "institution", "term": "Powiat"}
    assert sign_in(root).get(url, offered).json()["results"] == [{"id": str(pcpr.pk), "text": pcpr.name}]


# -- what stays behind ------------------------------------------------------------------------------
def test_no_cache_keeps_a_page_of_somebody_who_signed_in(sign_in, ewa, tomek, pcpr):
    referral = make_referral(make_case(tomek), pcpr, opened=True)
    client = sign_in(ewa)
    for url in ("/praca/skierowania/", referral.get_absolute_url(), "/konto/haslo/", "/uslugi/"):
        assert "no-store" in client.get(url)["Cache-Control"]
    client.logout()
    assert not client.get("/uslugi/").has_header("Cache-Control")


def test_what_was_typed_does_not_outlive_its_session(client, db):
    client.post("/zgloszenie/", {"own_words": "zakupy"})
    client.post(TRACK, {"reference": "2026/1", "code": "ABC-DEF-GHJ"})
    tidy(now=NOW + timedelta(hours=1))
    assert Session.objects.exists()
    assert Throttle.objects.exists()
    tidy(now=NOW + timedelta(days=2))
    assert not Session.objects.exists()
    assert not Throttle.objects.exists()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("48030500029.pdf", "dokument"),
        ("skan 480305-00029.pdf", "skan"),
        ("480305 00029 orzeczenie.pdf", "orzeczenie"),
        ("skan 12.11.2026.pdf", "skan 12.11.2026"),
        ("..\\..\\etc/passwd\r\n.pdf", "passwd"),
    ],
)
def test_a_pesel_in_a_files_name_is_not_kept(name, shown):
    assert shown_name(name) == shown


# -- discreet contact -------------------------------------------------------------------------------
def test_a_later_request_does_not_take_the_wish_for_discretion_back(sign_in, tomek, pcpr):
    case = make_case(tomek, safe_contact=True)
    later = make_request()
    ServiceRequest.objects.filter(pk=later.pk).update(
        case=case, resident=case.resident, received_on=TODAY + timedelta(days=1), due_on=TODAY + timedelta(days=40)
    )
    draft = make_draft(case, pcpr, disclosed_fields=["phone"])
    assert "dyskret" in disclosed_by(draft)["contact"].lower()
    client = sign_in(tomek)
    for thing in (case, case.resident):
        page = reverse(f"admin:residents_{thing._meta.model_name}_change", args=[thing.pk])
        assert "dyskret" in html(client.get(page)).lower()
