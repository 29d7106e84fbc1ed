"""What the desk reads of a referral that came: whether the person is known, what it may join, what was done so far."""

import re
from datetime import timedelta

import pytest
from django.contrib import admin
from django.urls import reverse

from coordination.models import IncomingReferral
from coordination.workflow import INCOMING
from residents.actions import restrict_file
from residents.models import RestrictedFile
from tests import personas
from tests.coordination_world import make_case, make_incoming
from tests.desk import now, words
from tests.factories import NOW, make_request

pytestmark = pytest.mark.django_db
NOBODY = "nie ma takiej osoby"


def accepting(incoming):
    return reverse("admin:coordination_incomingreferral_move", args=[incoming.pk, "accept"])


def sent_for(person, **facts):
    named = {"first_name": person.first_name, "last_name": person.last_name}
    return make_incoming(personas.institution(personas.CLINIC), **named | facts)


def test_the_page_tells_that_the_person_is_known_whose_case_it_is_until_it_has_its_request(sign_in, ola, tomek):
    case = make_case(tomek)
    incoming = sent_for(case.resident)
    page = words(sign_in(ola).get(incoming.get_absolute_url()))
    assert "Być może już znana osoba" in page
    assert f"{case.case_sign}, koordynator Tomek Lis" in page
    accepted = sent_for(case.resident, status="accepted")
    assert "Być może już znana osoba" not in words(sign_in(ola).get(accepted.get_absolute_url()))


def test_of_a_person_in_a_restricted_file_it_says_what_it_says_of_a_stranger(sign_in, ola, kasia, danuta):
    case = make_case(kasia)
    restrict_file(case.resident, kind=RestrictedFile.Kind.VIOLENCE, by=kasia, now=now())
    page = words(sign_in(ola).get(sent_for(case.resident).get_absolute_url()))
    assert "Być może już znana osoba" not in page
    assert NOBODY in page


def test_accepting_asks_of_a_request_to_join_only_where_there_is_one(sign_in, ola, clinic):
    client = sign_in(ola)
    page = client.get(accepting(make_incoming(clinic)))
    assert "joins" not in page.context["form"].fields
    assert page.context["facts"] == []  # and no empty box above the form
    known = make_request(applicant={"first_name": "Leon", "last_name": "Żuk", "phone": "600700800"})
    page = client.get(accepting(make_incoming(clinic, phone="600 700 800")))
    choices = [str(label) for _key, label in page.context["form"].fields["joins"].choices]
    assert choices == ["nie: otwórz nowe zgłoszenie", f"{known.reference}, {known.received_on:%d.%m.%Y}"]


def test_the_history_of_what_came_tells_each_act_as_done():
    page = admin.site.get_model_admin(IncomingReferral)
    told = {step.name for step in INCOMING if step.name in page.past}
    assert told == {step.name for step in INCOMING}


def test_its_sender_reads_in_the_heading_whose_turn_it_is_and_until_when(sign_in, bartek, clinic, time_machine):
    time_machine.move_to(NOW)
    client = sign_in(bartek)

    def heading(status, **facts):
        row = make_incoming(clinic, status=status, **facts)
        page = client.get(reverse("coordination:sent_to_centre_one", args=[row.pk])).content.decode()
        assert row.number in page
        return re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)[1].strip()

    assert heading("sent") == "Teraz kolej: CUS, do 26 listopada 2026"
    assert heading("info_requested").startswith("Twoja kolej: odpowiedz na pytanie do ")
    assert heading("rejected").startswith("Twoja kolej: przyjmij wynik i zamknij skierowanie do ")
    assert heading("waitlisted") == "Oczekuje na miejsce"
    assert heading("withdrawn") == "Wycofane przez nadawcę"
    assert heading("sent", now=NOW - timedelta(days=41)) == "CUS się spóźnia: termin minął 16 października 2026"


def test_the_inbox_counts_the_questions_of_the_centre_and_leads_to_them(sign_in, bartek, clinic):
    client = sign_in(bartek)
    inbox = reverse("coordination:inbox")
    make_incoming(clinic)
    assert client.get(inbox).context["asked_by_centre"] == 0
    asked = make_incoming(clinic, status="info_requested")
    make_incoming(personas.institution(personas.PCPR), status="info_requested")
    page = client.get(inbox)
    assert page.context["asked_by_centre"] == 1
    assert "centrum pyta o to, co wysłano" in words(page)
    shown = client.get(page.context["asked_url"]).context["rows"]
    assert [row for row, _state in shown] == [asked]
    rejected = make_incoming(clinic, status="rejected")
    form = client.get(reverse("coordination:sent_to_centre_move", args=[rejected.pk, "acknowledge"]))
    assert "Co zmienia się w Twojej instytucji" in words(form)
