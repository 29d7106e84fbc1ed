"""What the owner of a request does on the status page besides: the contact, the receipt, on a phone of others."""

import io

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from pypdf import PdfReader

from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import compose
from residents.actions import ask_resident, correct_contact
from residents.actions.requests import CONTACT_OF_FILER, CONTACT_OF_REQUEST
from residents.models import ServiceRequest
from tests.factories import NOW, holder_of, make_request
from tests.intake import DONE, MAIL, PHONE, STATUS, TRACK, errors, fill, html, prove, send

CONTACT, RECEIPT = "/moja-sprawa/kontakt/", "/moja-sprawa/potwierdzenie/"
EMAIL = {"contact_by": "email", "email": "nowy@demo.example", "phone": "", "contact_note": "wieczorem"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


def text_of(response):
    reader = PdfReader(io.BytesIO(response.content))
    return " ".join(page.extract_text() for page in reader.pages)


# -- the contact --------------------------------------------------------------------------------
def test_case_52_the_contact_is_corrected_and_the_next_mail_goes_to_the_new_address(client, ola):
    """What was written wrong once is put right by its owner."""
    request = make_request(applicant=MAIL)
    prove(client, request)
    assert 'value="krystyna@demo.example"' in html(client.get(CONTACT))
    assert client.post(CONTACT, EMAIL).url == STATUS
    request.refresh_from_db()
    assert (request.contact_by, request.contact_note) == ("email", "wieczorem")
    ask_resident(request, text="?", by=ola, now=NOW)
    assert compose(Message.objects.get(template="question_asked")).to == ["nowy@demo.example"]
    assert "Kontakt został poprawiony" in html(client.get(STATUS))
    event = AuditEvent.objects.about(request).get(action="servicerequest.correct")
    assert (event.facts, event.reason) == ({}, "")


def test_a_contact_that_cannot_work_is_said_and_nothing_changes(client):
    request = make_request(applicant=MAIL)
    prove(client, request)
    assert list(errors(client.post(CONTACT, {"contact_by": "post"}))) == ["address"]
    assert request.parties.get().email == MAIL["email"]


def test_case_10_discreet_contact_begins_at_once_and_ends_only_by_a_talk(client, ola):
    """Whoever has got hold of the code cannot make us write home again."""
    request = make_request(applicant=MAIL)
    ask_resident(request, text="?", by=ola, now=NOW)
    prove(client, request)
    assert client.post(CONTACT, PHONE | {"safe_contact": "on"}).url == STATUS
    assert compose(Message.objects.get(template="question_asked")) is None
    assert client.post(CONTACT, PHONE | {"email": "sprawca@demo.example"}).url == STATUS
    request.refresh_from_db()
    assert request.safe_contact
    assert list(errors(client.post(CONTACT, EMAIL))) == ["contact_by"]


def test_a_stranger_corrects_nothing(client):
    assert client.get(CONTACT).url == client.get(RECEIPT).url == TRACK
    request, other = make_request(applicant=MAIL), make_request()
    contact = dict.fromkeys([*CONTACT_OF_REQUEST, *CONTACT_OF_FILER], "")
    with pytest.raises(PermissionDenied):
        correct_contact(request, contact=contact, by=holder_of(other), now=NOW)
    assert request.parties.get().email == MAIL["email"]


# -- the receipt --------------------------------------------------------------------------------
def test_the_receipt_prints_as_a_tagged_document_with_number_and_code(client):
    fill(client, needs={"own_words": "ktoś do pomocy w domu"})
    send(client)
    assert RECEIPT in html(client.get(DONE))
    response = client.get(RECEIPT)
    request = ServiceRequest.objects.get()
    assert b"/StructTreeRoot" in response.content
    text = text_of(response)
    for said in (request.reference, request.access_code, "26 listopada 2026", "ktoś do pomocy w domu"):
        assert said in text
    assert "Wilga" not in text
    assert response["Cache-Control"].startswith("max-age=0")


@pytest.mark.parametrize(
    "facts", [{"safe_contact": True}, {"person": {"last_name": "Wilga"}, "applicant": MAIL | {"basis": "institution"}}]
)
def test_case_10_a_receipt_that_may_lie_about_at_home_does_not_say_what_was_asked_for(client, facts):
    prove(client, make_request(needs=[(None, "grupa wsparcia")], **facts))
    assert "grupa wsparcia" not in text_of(client.get(RECEIPT))
