"""Complaints and suggestions (KPA art. 221 to 247): from anybody, within a month, kept from whom they are about."""

import io
from datetime import date, timedelta
from uuid import uuid4

import pypdf
import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from coordination.reports import REPORTS, Period
from cus_portal.accounts.actors import PublicActor
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from residents.actions import (
    Words,
    answer_complaint,
    examine_complaint,
    extend_complaint,
    file_complaint,
    leave_complaint,
    pass_complaint_on,
    sort_complaint,
    to_be_passed_on_by,
)
from residents.documents import complaint_letter
from residents.models import Complaint
from tests import personas
from tests.desk import move, page, words
from tests.factories import NOW, TODAY, at
from tests.intake import errors, html

NEW, DONE, STATUS = "/skargi/", "/skargi/przyjete/", "/skargi/stan/"
ROOM = reverse("admin:residents_complaint_changelist")
ADD = reverse("admin:residents_complaint_add")
TOKEN = "1c9e6679-7425-40de-944b-e07fc1f90ae7"
SAID = {"kind": "complaint", "about": "service", "text": "Nikt nie przyjechał.", "token": TOKEN}
NAMED = {"name": "Jan Kos", "address": "Lipowa 7, 24-200 Bełżyce"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


def complain(*, received_on=TODAY, by=None, now=NOW, **facts):
    said = Words(**{"kind": "complaint", "text": "Nikt nie przyjechał.", "about": "service"} | NAMED | facts)
    return file_complaint(said, received_on=received_on, token=uuid4(), by=by or PublicActor(), now=now)


# -- filing ---------------------------------------------------------------------------------------
def test_kpa_art_221_anybody_complains_without_an_account_and_once(client):
    for _click in range(2):
        assert client.post(NEW, SAID | {"email": "jan@demo.example"}).url == DONE
    complaint = Complaint.objects.get()
    assert (complaint.reference, complaint.status, complaint.channel) == ("CUS-SK-2026-0001", "received", "portal")
    assert complaint.access_code in html(client.get(DONE))
    mail = Message.objects.get()
    assert (mail.template, mail.context) == ("complaint_received", {"number": "CUS-SK-2026-0001"})
    assert AuditEvent.objects.about(complaint).get().facts == {}


def test_the_form_says_what_is_missing_and_that_a_refusal_is_appealed(client):
    assert "odmow" in html(client.get(NEW))
    assert list(errors(client.post(NEW, {"token": TOKEN}))) == ["kind", "about", "text"]
    assert client.get(DONE).url == NEW


def test_each_register_counts_its_own_numbers_of_the_year_without_gaps():
    with transaction.atomic():
        complain()
        transaction.set_rollback(True)
    numbers = [complain(kind=kind).reference for kind in ("complaint", "complaint", "suggestion", "praise")]
    assert numbers == ["CUS-SK-2026-0001", "CUS-SK-2026-0002", "CUS-W-2026-0001", "CUS-PD-2026-0001"]
    assert complain(now=at(date(2027, 1, 2))).reference == "CUS-SK-2027-0001"


@pytest.mark.parametrize(
    ("received", "raw", "moved"),
    [
        (date(2026, 10, 12), date(2026, 11, 12), date(2026, 11, 12)),
        (date(2026, 10, 31), date(2026, 11, 30), date(2026, 11, 30)),
        (date(2026, 10, 1), date(2026, 11, 1), date(2026, 11, 2)),
    ],
)
def test_kpa_art_237_the_month_runs_from_the_day_it_came(received, raw, moved):
    complaint = complain(received_on=received)
    assert (complaint.due_raw_on, complaint.due_on) == (raw, moved)


def test_the_desk_takes_down_what_is_said_and_gives_number_and_code_once(sign_in, ola):
    desk = sign_in(ola)
    assert "Przyjmij skargę" in words(desk.get(reverse("admin:index")))
    taken = desk.post(ADD, SAID | {"channel": "spoken", "received_on": "10.11.2026"})
    complaint = Complaint.objects.get()
    assert (complaint.channel, complaint.received_on, complaint.recorded_by) == ("spoken", date(2026, 11, 10), ola)
    assert complaint.access_code in html(taken)
    assert desk.get(ROOM).status_code == 403
    assert desk.get(page(complaint)).status_code == 404
    late = desk.post(ADD, SAID | {"channel": "paper", "received_on": "13.11.2026"})
    assert list(errors(late)) == ["received_on"]


# -- who may see it -------------------------------------------------------------------------------
def test_kpa_art_229_one_about_the_director_goes_to_the_council_and_she_does_not_find_it(sign_in, danuta, beata):
    complaint = complain(about="director")
    desk = sign_in(danuta)
    assert desk.get(page(complaint)).status_code == 404
    assert complaint.reference not in words(desk.get(ROOM))
    with pytest.raises(PermissionDenied):
        pass_complaint_on(complaint, passed_to="nikt", by=danuta, now=NOW)
    assert to_be_passed_on_by(complaint) == date(2026, 11, 19)
    form = sign_in(beata).get(move(complaint, "pass_on")).context["form"]
    assert form.initial["passed_to"] == "rada gminy"
    pass_complaint_on(complaint, passed_to="Rada Miejska", by=beata, now=NOW)
    assert (complaint.status, complaint.ended_on) == ("passed_on", TODAY)


def test_the_database_lets_nobody_answer_a_complaint_about_the_director_here():
    complaint = complain(about="director")
    with pytest.raises(IntegrityError, match="about_the_director"), transaction.atomic():
        Complaint.objects.filter(pk=complaint.pk).update(status="in_review")


def test_whom_it_is_about_does_not_see_it_whatever_else_he_may_see(sign_in, danuta, beata):
    complaint = complain(about="worker", about_words="pani Beata")
    assert not Complaint.objects.visible_to(beata).exists()
    with pytest.raises(ValidationError):
        examine_complaint(complaint, by=danuta, now=NOW)
    with pytest.raises(ValidationError):
        examine_complaint(complaint, about_worker=danuta, by=danuta, now=NOW)
    examine_complaint(complaint, about_worker=beata, by=danuta, now=NOW)
    assert sign_in(beata).get(page(complaint)).status_code == 404
    assert not Complaint.objects.visible_to(beata).exists()
    assert Complaint.objects.visible_to(danuta).get() == complaint


def test_one_about_something_else_is_unread_by_the_director_until_the_organiser_says_what_it_is_about(
    sign_in, danuta, beata
):
    """Who writes "something else" may mean her; a suggestion or thanks may be read by all."""
    complaint = complain(about="other", text="Chodzi o panią dyrektor.")
    thanks = complain(about="other", kind="praise")
    assert sign_in(danuta).get(page(complaint)).status_code == 404
    assert list(Complaint.objects.visible_to(danuta)) == [thanks]
    assert not danuta.has_perm("residents.view_complaint", complaint)
    with pytest.raises(PermissionDenied):
        sort_complaint(complaint, about="service", by=danuta, now=NOW)
    desk = sign_in(beata)
    assert "powiedz, czego dotyczy" in words(desk.get(page(complaint))).lower()
    told = desk.post(move(complaint, "sort"), {"about": "director", "version": complaint.version}, follow=True)
    assert told.status_code == 200
    complaint.refresh_from_db()
    assert complaint.about == "director"
    assert sign_in(danuta).get(page(complaint)).status_code == 404
    with pytest.raises(ValidationError):
        sort_complaint(complaint, about="service", by=beata, now=NOW)


@pytest.mark.parametrize(("about", "seen_by"), [("office", {"beata", "danuta"}), ("worker", {"danuta"})])
def test_what_was_something_else_goes_to_the_director_once_it_is_said_not_to_be_about_her(
    about, seen_by, sign_in, danuta
):
    complaint = complain(about="other")
    desk = sign_in(personas.person("beata"))
    told = desk.post(move(complaint, "sort"), {"about": about, "version": complaint.version}, follow=True)
    assert told.status_code == 200  # the list: what is about a worker is out of her sight now
    complaint.refresh_from_db()
    for name in ("beata", "danuta"):
        user = personas.person(name)
        assert Complaint.objects.visible_to(user).exists() == (name in seen_by)
        assert user.has_perm("residents.view_complaint", complaint) == (name in seen_by)


def test_one_passed_on_unsorted_stays_out_of_the_directors_sight(danuta, beata):
    complaint = complain(about="other")
    pass_complaint_on(complaint, passed_to="Rada Miejska", by=beata, now=NOW)
    assert not Complaint.objects.visible_to(danuta).exists()
    assert not danuta.has_perm("residents.view_complaint", complaint)


def out_of_office(name):
    """Return the person of that name after his last day: he held his role until yesterday."""
    person = personas.person(name)
    person.memberships.update(valid_to=TODAY - timedelta(days=1))
    return person


def see(complaint):
    """Return who sees it by the list; the rule of the single complaint must say the same."""
    seen = set()
    for name in ("beata", "danuta", "ola"):
        user = personas.person(name)
        listed = Complaint.objects.visible_to(user).filter(pk=complaint.pk).exists()
        assert user.has_perm("residents.view_complaint", complaint) == listed
        seen |= {name} if listed else set()
    return seen


def test_one_about_the_organiser_goes_to_the_director_who_says_who_it_is(client, sign_in, danuta, beata):
    assert client.post(NEW, SAID | {"about": "organiser", "about_words": "pani z biura"}).url == DONE
    complaint = Complaint.objects.get()
    assert see(complaint) == {"danuta"}
    for act in (lambda: sort_complaint(complaint, about="service", by=beata, now=NOW),
                lambda: pass_complaint_on(complaint, passed_to="nikt", by=beata, now=NOW)):  # fmt: skip
        with pytest.raises((PermissionDenied, ValidationError)):
            act()
    with pytest.raises(ValidationError):
        examine_complaint(complaint, by=danuta, now=NOW)
    desk = sign_in(danuta)
    desk.post(move(complaint, "examine"), {"about_worker": beata.pk, "version": complaint.version})
    complaint.refresh_from_db()
    assert (complaint.status, complaint.about_worker) == ("in_review", beata)
    assert see(complaint) == {"danuta"}


def test_without_an_organiser_the_director_says_what_it_is_about_and_passes_on_what_is_about_her(sign_in, beata):
    unsorted, about_her = complain(about="other"), complain(about="director")
    assert see(unsorted) == see(about_her) == {"beata"}
    out_of_office("beata")
    danuta = personas.person("danuta")
    assert see(unsorted) == see(about_her) == {"danuta"}
    with pytest.raises(PermissionDenied):
        examine_complaint(about_her, by=danuta, now=NOW)
    with pytest.raises(PermissionDenied):
        leave_complaint(unsorted, left_because="unclear", by=danuta, now=NOW)
    desk = sign_in(danuta)
    assert unsorted.reference in words(desk.get(ROOM))
    assert "przekaż właściwemu organowi" in words(desk.get(page(about_her))).lower()
    desk.post(move(about_her, "pass_on"), {"passed_to": "Rada Miejska", "version": about_her.version})
    desk.post(move(unsorted, "sort"), {"about": "service", "version": unsorted.version})
    about_her.refresh_from_db()
    unsorted.refresh_from_db()
    assert (about_her.status, unsorted.about) == ("passed_on", "service")
    examine_complaint(unsorted, by=danuta, now=NOW)


@pytest.mark.parametrize("gone", [(), ("beata",), ("danuta",)])
@pytest.mark.parametrize("about", Complaint.About.values)
@pytest.mark.parametrize("kind", Complaint.Kind.values)
def test_there_is_no_complaint_that_nobody_in_office_sees(danuta, beata, kind, about, gone):
    for name in gone:
        out_of_office(name)
    complaint = complain(kind=kind, about=about)
    seen = see(complaint)
    assert seen
    assert not seen & {"ola", *gone}


@pytest.mark.parametrize("gone", [(), ("beata",)])
def test_whom_it_is_about_never_sees_it_even_if_he_is_the_last_in_office(danuta, beata, gone):
    complaint = complain(about="worker")
    examine_complaint(complaint, about_worker=beata, by=danuta, now=NOW)
    for name in gone:
        out_of_office(name)
    assert see(complaint) == {"danuta"}
    out_of_office("danuta")
    assert see(complaint) == set()


# -- the answer -----------------------------------------------------------------------------------
def test_a_complaint_is_examined_answered_and_read_by_number_and_code(client, sign_in, danuta):
    complaint = complain(email="jan@demo.example")
    desk = sign_in(danuta)
    desk.post(move(complaint, "examine"), {"version": complaint.version})
    complaint.refresh_from_db()
    given = {"result": "founded", "answer": "Przepraszamy, kierowca został zmieniony.", "version": complaint.version}
    desk.post(move(complaint, "answer"), given)
    complaint.refresh_from_db()
    assert (complaint.status, complaint.result, complaint.answered_by) == ("answered", "founded", danuta)
    assert list(Message.objects.order_by("pk").values_list("template", flat=True)) == [
        "complaint_received",
        "complaint_news",
    ]
    client.logout()
    proof = {"reference": "sk 2026 1", "code": complaint.access_code.lower()}
    assert client.post(STATUS, proof | {"code": "AAA-AAA-AAA"}).status_code == 200
    assert client.post(STATUS, proof).url == STATUS
    assert "kierowca został zmieniony" in html(client.get(STATUS))
    client.post("/moja-sprawa/zakoncz/")
    assert "kierowca" not in html(client.get(STATUS))


def test_kpa_art_238_a_complaint_found_baseless_has_grounds_and_the_instruction(danuta):
    complaint = examine_complaint(complain(), by=danuta, now=NOW)
    with pytest.raises(ValidationError):
        answer_complaint(complaint, answer="Nie.", result="unfounded", by=danuta, now=NOW)
    with pytest.raises(ValidationError):
        answer_complaint(complaint, answer="Nie.", by=danuta, now=NOW)
    answer_complaint(complaint, answer="Kurs był.", result="unfounded", grounds="§ 3 umowy.", by=danuta, now=NOW)
    letter = pypdf.PdfReader(io.BytesIO(complaint_letter(complaint, on=TODAY)))
    text = " ".join(sheet.extract_text() for sheet in letter.pages)
    for part in ("Jan Kos", "§ 3 umowy.", "art. 239", "Danuta Orzeł", "CUS-SK-2026-0001"):
        assert part in text.replace("\n", " ")


def test_kpa_art_36_a_delay_is_told_with_its_reason_and_a_new_day(client, danuta):
    complaint = complain()
    with pytest.raises(ValidationError):
        extend_complaint(complaint, until=complaint.due_on, reason="x", by=danuta, now=NOW)
    extend_complaint(complaint, until=date(2027, 1, 15), reason="Czekamy na świadka.", by=danuta, now=NOW)
    assert (complaint.due_on, complaint.extended_on) == (date(2027, 1, 15), TODAY)
    assert not Complaint.objects.late(date(2027, 1, 15)).exists()
    client.post(STATUS, {"reference": complaint.reference, "code": complaint.access_code})
    shown = html(client.get(STATUS))
    assert "Czekamy na świadka." in shown
    assert "ponaglenie" in shown


def test_without_name_and_address_it_is_read_but_not_examined(danuta):
    with pytest.raises(ValidationError):
        leave_complaint(complain(), left_because="unnamed", by=danuta, now=NOW)
    unnamed = complain(name="", address="")
    leave_complaint(unnamed, left_because="unnamed", by=danuta, now=NOW)
    assert (unnamed.status, unnamed.left_because) == ("left", "unnamed")


def test_kpa_art_241_a_suggestion_and_thanks_are_answered_without_a_verdict(danuta):
    for kind in ("suggestion", "praise"):
        said = examine_complaint(complain(kind=kind, about="director"), by=danuta, now=NOW)
        answer_complaint(said, answer="Dziękujemy.", by=danuta, now=NOW)
        assert (said.status, said.result) == ("answered", "")


def test_the_figures_tell_what_came_what_was_answered_in_time_and_how_it_ended(danuta, beata):
    answered = [examine_complaint(complain(), by=danuta, now=NOW) for _one in range(3)]
    for number, complaint in enumerate(answered):
        late = NOW + timedelta(days=60) if number == 2 else NOW
        result = "founded" if number else "unfounded"
        answer_complaint(complaint, answer="…", result=result, grounds="…", by=danuta, now=late)
    pass_complaint_on(complain(about="director"), passed_to="rada", by=beata, now=NOW)
    complain(kind="praise")
    table = REPORTS["complaints"].table(Period(date(2026, 11, 1)), TODAY)
    rows = {row[0]: row[1:] for row in table["rows"]}
    assert rows["skarga"] == [4, 2, 2, 1, 1, 0]
    assert rows["razem"] == [5, 2, 2, 1, 1, 0]
    january = REPORTS["complaints"].table(Period(date(2027, 1, 1)), TODAY)["rows"]
    assert january[0][1:] == [0, 1, 0, 1, 0, 0]


@pytest.mark.parametrize("rows", [1, 12])
def test_the_register_costs_the_same_however_long(sign_in, danuta, rows, django_assert_max_num_queries):
    for _one in range(rows):
        complain()
    desk = sign_in(danuta)
    desk.get(ROOM)
    with django_assert_max_num_queries(14):
        assert desk.get(ROOM).status_code == 200
