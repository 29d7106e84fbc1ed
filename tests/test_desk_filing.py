"""The desk: filing for those who come, call or write; files, reads and history."""

import uuid
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from cus_portal.audit.models import AuditEvent
from residents.actions import add_attachments, propose_refusal, take_up
from residents.models import Attachment, ServiceRequest
from services.models import BasisLoad, CatalogueStamp, ProgrammeService, PublicBasis
from services.publishing import publish_all
from tests import personas
from tests.desk import ADD, GROUNDS, PDF, PESEL, QUEUE, file_today, move, now, page, search, words
from tests.factories import PERSON, make_case, make_resident, make_service


@pytest.fixture
def filed(db):
    return file_today(applicant=PERSON | {"pesel": PESEL})


# -- filing at the desk --------------------------------------------------------------------------
def typed(client, **fields):
    form = client.get(ADD).context["form"]
    return {
        "submit_token": str(form.initial["submit_token"]),
        "channel": "phone",
        "received_on": timezone.localdate().strftime("%d.%m.%Y"),
    } | fields


def test_a_call_is_taken_with_a_need_and_a_phone_number(sign_in, db, ola):
    service = make_service("Dowóz do lekarza")
    client = sign_in(ola)
    response = client.post(ADD, typed(client, service_1=service.pk, phone="600100200"))
    filed = ServiceRequest.objects.get()
    assert response.url == reverse("admin:residents_servicerequest_receipt", args=[filed.pk])
    assert (filed.channel, filed.filed_by, filed.status) == ("phone", ola, "submitted")
    assert filed.items.get().service == service
    receipt = words(client.get(response.url))
    assert filed.reference in receipt
    assert filed.access_code in receipt


def test_a_need_is_found_by_the_words_of_the_search_and_nothing_typed_is_lost(sign_in, db, ola):
    other, care = make_service("Basen"), make_service("Usługi opiekuńcze", keywords="opiekunka")
    publish_all(now=timezone.now())
    client = sign_in(ola)
    data = typed(client, find="szukam opiekunki", last_name="Wilga", safe_contact="on", birth_date="12.11.1948")
    data["certificates"] = ["severe", "waiting"]
    answer = client.post(ADD, data)  # Enter after the words
    form = answer.context["form"]
    assert form.fields["service_1"].choices[1:] == [
        ("Znalezione dla: „szukam opiekunki”", [(care.pk, "Usługi opiekuńcze")]),
        ("Wszystkie pozostałe usługi", [(other.pk, "Basen")]),
    ]
    assert [form[name].value() for name in ("last_name", "safe_contact", "birth_date")] == ["Wilga", "on", "12.11.1948"]
    assert form["certificates"].value() == ["severe", "waiting"]
    assert not form.errors
    assert client.post(ADD, data | {"find": "", "search": "1", "own_words": "zakupy"}).status_code == 200
    nothing = client.post(ADD, data | {"find": "hipopotam"})
    assert "Nic nie znaleziono dla: „hipopotam”" in nothing.content.decode()
    assert len(nothing.context["form"].fields["service_1"].choices) == 3
    assert not ServiceRequest.objects.exists()
    client.post(ADD, data | {"found_for": "szukam opiekunki", "service_1": care.pk})  # Enter in another field
    filed = ServiceRequest.objects.get()
    assert (filed.items.get().service, filed.safe_contact) == (care, True)


def test_of_a_long_catalogue_the_desk_is_offered_what_it_searched_for_and_chose(sign_in, db, ola, monkeypatch):
    monkeypatch.setattr("residents.filing_forms.MOST_LISTED", 2)
    other, care, _third = make_service("Basen"), make_service("Opieka", keywords="opiekunka"), make_service("Psycholog")
    client = sign_in(ola)
    assert len(client.get(ADD).context["form"].fields["service_1"].choices) == 1
    data = typed(client, find="szukam opiekunki", last_name="Wilga", service_2=other.pk)
    assert client.post(ADD, data).context["form"].fields["service_1"].choices[1:] == [
        ("Znalezione dla: „szukam opiekunki”", [(care.pk, "Opieka")]),
        ("Wybrane wcześniej", [(other.pk, "Basen")]),
    ]
    client.post(ADD, data | {"find": "", "found_for": "szukam opiekunki", "service_1": care.pk})
    assert {item.service for item in ServiceRequest.objects.get().items.all()} == {care, other}


def test_what_has_no_place_says_so_at_the_choice_and_once_more_for_the_person(sign_in, db, ola):
    full, closed, free, queue = (make_service(name) for name in ("Basen", "Dowóz", "Opieka", "Obiady"))
    bases = ProgrammeService.objects.order_by("pk")
    bases.update(capacity=2, capacity_period="year", keeps_waiting_list=True)
    bases.filter(service=closed).update(keeps_waiting_list=False)
    for basis in bases:
        load = {"taken": 1 if basis.service in (free, queue) else 2, "waiting": 3 if basis.service == queue else 0}
        BasisLoad.objects.update_or_create(basis=basis, defaults=load | {"counted_at": now()})
    client = sign_in(ola)
    names = dict(client.get(ADD).context["form"].fields["service_1"].choices)
    assert names[full.pk] == "Basen (dziś bez miejsc, jest lista oczekujących)"
    assert names[queue.pk] == "Obiady (w kolejce: 3)"
    assert names[closed.pk] == "Dowóz (dziś bez miejsc i bez listy oczekujących)"
    assert names[free.pk] == "Opieka"
    data = typed(client, service_1=closed.pk, service_2=free.pk, last_name="Wilga", address="Lipowa 7")
    receipt = words(client.get(client.post(ADD, data).url))
    assert "Powiedz osobie od razu: Dowóz (dziś bez miejsc i bez listy oczekujących)." in receipt
    assert receipt.count("dziś bez miejsc") == 1
    assert ServiceRequest.objects.get().contact_by == "post"


def test_between_two_editions_the_search_says_so_and_a_look_at_the_person_goes_on_below(sign_in, db, ola):
    care = make_service("Usługi opiekuńcze", keywords="opiekunka")
    publish_all(now=timezone.now())
    yesterday = timezone.localdate() - timedelta(days=1)
    PublicBasis.objects.update(valid_to=yesterday, comes_back=True)
    CatalogueStamp.objects.update(value=uuid.uuid4())
    client = sign_in(ola)
    form = client.post(ADD, typed(client, find="opiekunka", phone="600100200", check="1")).context["form"]
    assert f"Przerwa między edycjami, więc nie ma na liście: {care.plain_name}." in form.fields["service_1"].help_text
    assert [name for name, field in form.fields.items() if "autofocus" in field.widget.attrs] == ["contact_note"]


def test_a_double_click_at_the_desk_files_once(sign_in, db, ola):
    client = sign_in(ola)
    data = typed(client, own_words="zakupy", last_name="Wilga")
    first, second = client.post(ADD, data), client.post(ADD, data)
    assert first.url == second.url
    assert ServiceRequest.objects.count() == 1


def test_case_46_a_letter_is_filed_with_the_day_it_came_and_its_scan(sign_in, db, ola):
    """The clock runs from the day of receipt, not of the entry."""
    day = timezone.localdate() - timedelta(days=3)
    client = sign_in(ola)
    scan = SimpleUploadedFile("wniosek.pdf", PDF, content_type="application/pdf")
    data = typed(client, own_words="opieka", last_name="Wilga", channel="paper", received_on=f"{day:%d.%m.%Y}")
    client.post(ADD, data | {"files": scan})
    filed = ServiceRequest.objects.get()
    assert (filed.received_on, filed.channel) == (day, "paper")
    assert filed.attachments.get().name == "wniosek.pdf"


def test_a_call_for_somebody_else_keeps_the_two_apart(sign_in, db, ola):
    client = sign_in(ola)
    data = typed(
        client,
        own_words="rehabilitacja",
        last_name="Wilga",
        first_name="Marek",
        phone="600100200",
        other_first_name="Zosia",
        other_last_name="Wilga",
        basis="statutory",
        pesel=PESEL,
    )
    client.post(ADD, data)
    parties = {party.role: party for party in ServiceRequest.objects.get().parties.all()}
    assert (parties["applicant"].first_name, parties["applicant"].basis) == ("Marek", "statutory")
    assert (parties["person"].first_name, parties["person"].pesel) == ("Zosia", PESEL)
    assert parties["applicant"].pesel == ""


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"last_name": "Wilga"}, "service_1"),
        ({"own_words": "zakupy"}, "last_name"),
        ({"own_words": "zakupy", "phone": "123"}, "phone"),
        ({"own_words": "zakupy", "last_name": "W", "pesel": "48111200008"}, "pesel"),
        ({"own_words": "zakupy", "last_name": "W", "birth_date": "31.02.1948"}, "birth_date"),
        ({"own_words": "z" * 501, "last_name": "W"}, "own_words"),
        ({"own_words": "zakupy", "last_name": "W", "received_on": "01.01.2999"}, "received_on"),
        ({"own_words": "zakupy", "last_name": "W", "channel": "portal"}, "channel"),
        ({"own_words": "zakupy", "last_name": "W", "service_1": "999999"}, "service_1"),
        ({"own_words": "zakupy", "last_name": "W", "email": f"a@{('b' * 60 + '.') * 5}pl"}, "email"),
        # Each of these letters is written as two, so the name is twice as long in the end.
        ({"own_words": "zakupy", "last_name": "\u0958" * 60}, "last_name"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(sign_in, db, ola, fields, field):
    client = sign_in(ola)
    response = client.post(ADD, typed(client, situation="Mieszka sama.", **fields))
    assert response.status_code == 200
    assert field in response.context["form"].errors
    assert "Mieszka sama." in response.content.decode()
    assert not ServiceRequest.objects.exists()


def test_a_scan_of_the_wrong_kind_is_refused(sign_in, db, ola):
    client = sign_in(ola)
    scan = BytesIO(b"MZ\x90\x00 not a scan")
    scan.name = "skan.pdf"
    response = client.post(ADD, typed(client, own_words="zakupy", last_name="W") | {"files": scan})
    assert "files" in response.context["form"].errors
    assert not ServiceRequest.objects.exists()


# -- files and the audit -------------------------------------------------------------------------
@pytest.fixture
def attached(filed, ola):
    add_attachments(filed, files=[SimpleUploadedFile("orzeczenie.pdf", PDF)], by=ola, now=now())
    return Attachment.objects.get()


def test_a_file_is_downloaded_by_who_may_and_the_read_is_logged(sign_in, filed, attached, ola):
    url = reverse("admin:residents_servicerequest_file", args=[filed.pk, attached.pk])
    response = sign_in(ola).get(url)
    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Disposition"].startswith("attachment")
    assert AuditEvent.objects.filter(action="read", object_type="residents.attachment", actor=ola).count() == 1


def test_a_file_is_not_reached_through_another_request(sign_in, attached, ola):
    other = file_today()
    url = reverse("admin:residents_servicerequest_file", args=[other.pk, attached.pk])
    assert sign_in(ola).get(url).status_code == 404
    assert not AuditEvent.objects.filter(object_type="residents.attachment", action="read").exists()


@pytest.mark.parametrize(("name", "status"), [("ewa", 403), ("stranger", 403), ("iwona", 404), ("root", 404)])
def test_a_file_stays_closed_to_others(sign_in, filed, attached, name, status):
    url = reverse("admin:residents_servicerequest_file", args=[filed.pk, attached.pk])
    assert sign_in(personas.person(name)).get(url, follow=True).status_code == status


def test_reading_a_request_a_receipt_and_a_person_is_logged(sign_in, filed, ola):
    resident = make_resident()
    client = sign_in(ola)
    client.get(page(filed))
    client.get(reverse("admin:residents_servicerequest_receipt", args=[filed.pk]))
    client.get(page(resident))
    client.get(move(filed, "identify"))
    client.get(QUEUE)
    reads = AuditEvent.objects.filter(action="read", actor=ola).order_by("id")
    assert [(event.object_type, event.facts["screen"]) for event in reads] == [
        ("residents.servicerequest", "admin"),
        ("residents.servicerequest", "receipt"),
        ("residents.resident", "admin"),
        ("residents.servicerequest", "move:identify"),
    ]


def test_the_history_tells_who_did_what_in_polish(sign_in, filed, ola, tomek):
    take_up(filed, by=ola, now=now())
    item = filed.items.get()
    propose_refusal(item, **GROUNDS, by=tomek, now=now())
    client = sign_in(tomek)
    shown = words(client.get(page(filed)))
    for sentence in ("Złożono zgłoszenie", "Podjęto zgłoszenie", "Potrzeba 1: zaproponowano odmowę"):
        assert sentence in shown
    assert "Tomek Lis" in shown


def test_the_admin_changes_nothing_by_its_own_form(sign_in, filed, ola):
    assert sign_in(ola).post(page(filed), {"status": "settled"}).status_code == 403
    delete = reverse("admin:residents_servicerequest_delete", args=[filed.pk])
    assert sign_in(ola).get(delete).status_code == 403
    filed.refresh_from_db()
    assert filed.status == ServiceRequest.Status.SUBMITTED


# -- residents -----------------------------------------------------------------------------------
def test_residents_are_shown_only_when_searched_for(sign_in, db, ola):
    make_resident("Krystyna", "Wilga", pesel=PESEL)
    where = reverse("admin:residents_resident_changelist")
    client = sign_in(ola)
    assert "Wilga" not in words(client.get(where))
    for text in ("wil", PESEL, "Krystyna Wilga"):
        assert "Wilga Krystyna" in words(client.get(search(client, text, where)))
    assert "Wilga Krystyna" not in words(client.get(search(client, "Nowak", where)))


def test_a_residents_page_lists_requests_and_only_the_cases_one_may_see(sign_in, db, ola, tomek):
    case = make_case(coordinator=tomek)
    request = case.requests.get()
    url = page(case.resident)
    shown = words(sign_in(ola).get(url))
    assert request.reference in shown
    assert case.case_sign not in shown
    assert case.case_sign in words(sign_in(tomek).get(url))
