"""What a third party tells: taken without a name, no request until a worker decides, the person's own refusal."""

from uuid import UUID

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from cus_portal.accounts.actors import PublicActor
from cus_portal.audit.models import AuditEvent
from residents.actions import close_report, look_into, report_need, restrict_file, turn_into_request
from residents.models import Case, NeedReport, RequestParty, ServiceRequest
from tests.desk import move, page, told, words
from tests.factories import NOW
from tests.intake import errors, html

NEW, DONE, ANSWER = "/zglos-potrzebe/", "/zglos-potrzebe/przyjete/", "/zglos-potrzebe/odpowiedz/"
REPORTS = reverse("admin:residents_needreport_changelist")
TOKEN = UUID("1c9e6679-7425-40de-944b-e07fc1f90ae7")
SEEN = {"kind": "need", "what_seen": "Sąsiadka od trzech dni nie otwiera okna.", "token": TOKEN}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


def make_report(**facts):
    return report_need(**{"what_seen": "Dziecko samo w domu.", "token": TOKEN} | facts, by=PublicActor(), now=NOW)


def test_case_67_somebody_unnamed_tells_what_was_seen_and_no_request_and_no_case_begins(client):
    """No forced identity."""
    for _click in range(2):
        assert client.post(NEW, SEEN).url == DONE
    report = NeedReport.objects.get()
    assert (report.reference, report.reporter, report.status) == ("CUS-S-2026-0001", "", "new")
    assert not ServiceRequest.objects.exists()
    assert not Case.objects.exists()
    assert report.reference in html(client.get(DONE))
    event = AuditEvent.objects.about(report).get()
    assert (event.action, event.facts) == ("needreport.submit", {})


def test_case_67_an_anonymous_question_is_taken_too_and_answered_without_a_request(client, ola):
    client.post(NEW, {"kind": "question", "what_seen": "Czy dowozicie obiady?", "token": TOKEN})
    report = NeedReport.objects.get()
    assert report.access_code in html(client.get(DONE))
    close_report(report, close_reason="answered", note="Oddzwoniono.", by=ola, now=NOW)
    assert not ServiceRequest.objects.exists()


def test_case_67_whoever_asked_without_a_name_reads_the_answer_by_number_and_code(client, ola):
    asked = make_report(kind="question", what_seen="Czy dowozicie obiady?")
    proof = {"reference": asked.reference.lower(), "code": asked.access_code.lower()}
    assert "Czy dowozicie" not in html(client.get(ANSWER))
    assert client.post(ANSWER, proof | {"code": "AAA-AAA-AAA"}).status_code == 200
    assert client.post(ANSWER, proof | {"reference": "CUS-S-2026-0099"}).status_code == 200
    assert client.post(ANSWER, proof).url == ANSWER
    assert "Jeszcze nie odpowiedzieliśmy" in html(client.get(ANSWER))
    close_report(asked, close_reason="answered", note="Sprawdzono.", answer="Tak, od poniedziałku.", by=ola, now=NOW)
    shown = html(client.get(ANSWER))
    assert "Tak, od poniedziałku." in shown
    assert "Sprawdzono." not in shown
    client.post("/moja-sprawa/zakoncz/")
    assert "Tak, od poniedziałku." not in html(client.get(ANSWER))


def test_of_a_need_nothing_is_told_to_who_reported_it(client, ola):
    report = make_report(kind="need")
    assert report.access_code == ""
    with pytest.raises(ValidationError):
        close_report(report, close_reason="answered", note="x", answer="Pomagamy.", by=ola, now=NOW)
    client.post(ANSWER, {"reference": report.reference, "code": ""})
    assert "Pomagamy" not in html(client.get(ANSWER))


def test_the_page_has_the_numbers_and_the_quick_exit_and_says_what_is_missing(client):
    page = html(client.get(NEW))
    assert "116 111" in page
    assert 'action="/zgloszenie/wyjscie/"' in page
    assert list(errors(client.post(NEW, {"token": TOKEN}))) == ["kind", "what_seen"]
    assert client.get(DONE).url == NEW


def test_words_and_ticks_of_danger_are_kept_and_shown_to_the_desk(client, sign_in, ola):
    client.post(NEW, SEEN | {"what_seen": "Mąż ją bije.", "red_flags": ["child"]})
    assert NeedReport.objects.get().red_flags == ["child", "words"]
    assert "pilne" in words(sign_in(ola).get(REPORTS))


def test_the_desk_looks_into_it_and_turns_it_into_a_request_with_the_persons_consent(client, sign_in, ola):
    report = make_report(concerns="dom obok szkoły", red_flags=["danger"])
    desk = sign_in(ola)
    assert "dom obok szkoły" in words(desk.get(page(report)))
    desk.post(move(report, "look_into"), {"version": report.version})
    report.refresh_from_db()
    assert (report.status, report.assigned_to) == ("in_review", ola)
    facts = {"own_words": "opieka", "last_name": "Wilga", "ground": "consent", "version": report.version}
    response = desk.post(move(report, "turn"), facts)
    request = ServiceRequest.objects.get()
    assert response.url == request.get_absolute_url(), told(response)
    assert (request.channel, request.situation) == ("report", "Dziecko samo w domu.")
    assert (request.is_urgent, request.safe_contact) == (True, True)
    assert request.parties.get().basis == RequestParty.Basis.SELF
    report.refresh_from_db()
    assert (report.status, report.request, report.ground) == ("turned", request, "consent")
    assert not Case.objects.exists()


def test_case_12_for_a_child_at_risk_the_law_stands_in_place_of_consent_and_is_named(ola, sign_in):
    report = make_report()
    response = sign_in(ola).post(move(report, "turn"), {"own_words": "x", "ground": "law", "version": report.version})
    assert list(errors(response)) == ["legal_basis"]
    with pytest.raises(ValidationError):
        turn_into_request(report, own_words="opieka", ground="law", by=ola, now=NOW)
    assert not ServiceRequest.objects.exists()
    request = turn_into_request(
        report, own_words="opieka nad dzieckiem", ground="law", legal_basis="art. 12 ustawy", by=ola, now=NOW
    )
    assert request.parties.get().basis == RequestParty.Basis.LAW
    assert report.legal_basis == "art. 12 ustawy"


def test_case_58_that_the_person_does_not_want_help_is_the_persons_refusal_and_not_the_centres(ola):
    report = look_into(make_report(), by=ola, now=NOW)
    close_report(report, close_reason="unwilling", note="Rozmowa w domu, bez zagrożenia.", by=ola, now=NOW)
    report.refresh_from_db()
    assert (report.status, report.close_reason) == ("closed", "unwilling")
    assert not ServiceRequest.objects.exists()


def test_strangers_see_no_report_and_nobody_from_outside_moves_one(sign_in, ewa, iwona):
    report = make_report()
    client = sign_in(iwona)
    assert [client.get(address).status_code for address in (page(report), REPORTS)] == [404, 403]
    for act in (look_into, close_report):
        with pytest.raises(PermissionDenied):
            act(report, by=ewa, now=NOW, **({} if act is look_into else {"close_reason": "known", "note": "x"}))
    report.refresh_from_db()
    assert report.status == "new"


def test_case_9_a_report_goes_with_its_request_into_the_restricted_file(ola, tomek):
    report = make_report()
    request = turn_into_request(report, own_words="opieka", ground="consent", by=tomek, now=NOW)
    restrict_file(request, kind="child", by=tomek, now=NOW)
    assert not NeedReport.objects.visible_to(ola).exists()
    report = NeedReport.objects.get()
    assert not ola.has_perm("residents.view_needreport", report)
    assert NeedReport.objects.visible_to(tomek).exists()
    assert tomek.has_perm("residents.view_needreport", report)


@pytest.mark.parametrize("rows", [1, 12])
def test_the_list_costs_the_same_however_many_reports(sign_in, ola, rows, django_assert_max_num_queries):
    for number in range(rows):
        make_report(what_seen=f"Widziałam {number}.")
    client = sign_in(ola)
    client.get(REPORTS)
    with django_assert_max_num_queries(14):
        assert client.get(REPORTS).status_code == 200
