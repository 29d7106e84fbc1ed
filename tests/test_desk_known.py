"""The desk: who is known already, told while the clerk types, and nothing of what she may not see."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cus_portal.notifications.models import Message
from residents.actions import identify_person, restrict_file, take_up
from residents.models import Resident, RestrictedFile, ServiceRequest
from tests.desk import ADD, PESEL, file_today, now, words
from tests.factories import NOW, PERSON, make_case, make_resident
from tests.test_desk_filing import typed

pytestmark = pytest.mark.django_db
KNOWN = reverse("admin:residents_servicerequest_known")
OTHER_PESEL = "44051401359"


def test_who_is_known_is_told_with_the_open_case_and_its_coordinator(sign_in, ola, tomek):
    case = make_case(coordinator=tomek)
    client = sign_in(ola)
    for said in (
        {"last_name": case.resident.last_name, "first_name": case.resident.first_name},
        {"phone": case.resident.phone},
        {"other_last_name": case.resident.last_name, "other_first_name": case.resident.first_name, "last_name": "Kos"},
    ):
        shown = words(client.post(KNOWN, said))
        assert str(case.resident) in shown, said
        assert case.case_sign in shown
        assert "Tomek Lis" in shown
    assert words(client.post(KNOWN, {"birth_date": "12.11.1948"})).strip() == ""
    assert client.get(KNOWN).status_code == 405


def test_an_open_request_that_nobody_has_linked_yet_is_told_too(sign_in, ola):
    filed = file_today(applicant=PERSON | {"pesel": PESEL})
    take_up(filed, by=ola, now=now())
    shown = words(sign_in(ola).post(KNOWN, {"pesel": PESEL}))
    assert filed.reference in shown
    assert "Ola Wrona" in shown


def test_without_scripts_a_button_tells_it_and_nothing_typed_is_lost(sign_in, ola, tomek):
    case = make_case(coordinator=tomek)
    client = sign_in(ola)
    sent = {
        "check": "1",
        "last_name": case.resident.last_name,
        "first_name": case.resident.first_name,
        "own_words": "zakupy",
        "communication": ["sign"],
        "scope": "filing",
    }
    answer = client.post(ADD, typed(client) | sent)
    assert case.case_sign in words(answer)
    form = answer.context["form"]
    assert [form[name].value() for name in ("own_words", "communication", "scope")] == ["zakupy", ["sign"], "filing"]
    assert not form.errors
    assert not ServiceRequest.objects.exclude(pk__in=case.requests.all()).exists()


@pytest.mark.shows_pesel
def test_a_restricted_person_is_answered_for_as_somebody_unknown(sign_in, ola, kasia):
    hidden = make_resident("Zofia", "Sowińska", pesel=PESEL, phone="600 700 800")
    restrict_file(hidden, kind=RestrictedFile.Kind.VIOLENCE, by=kasia, now=NOW)
    client = sign_in(ola)
    unknown = {"last_name": "Nikt", "first_name": "Taki", "pesel": OTHER_PESEL, "phone": "600 700 801"}
    known = {"last_name": "Sowińska", "first_name": "Zofia", "pesel": PESEL, "phone": "600 700 800"}
    for names in (("last_name", "first_name"), ("pesel",), ("phone",), tuple(known)):
        answers = []
        for said in (unknown, known):
            with CaptureQueriesContext(
                connection,
            ) as asked:
                answer = client.post(KNOWN, {name: said[name] for name in names})
            answers.append((answer.content, len(asked), answer.status_code))
        assert answers[0] == answers[1], names


@pytest.mark.shows_pesel
def test_a_number_of_a_restricted_person_is_taken_as_any_other_and_the_keepers_are_told(
    sign_in, ola, kasia, danuta, beata
):
    hidden = make_resident("Zofia", "Sowińska", pesel=PESEL)
    restrict_file(hidden, kind=RestrictedFile.Kind.VIOLENCE, by=kasia, now=NOW)
    client = sign_in(ola)
    add = reverse("admin:residents_resident_add")
    answers = [
        client.post(add, {"last_name": "Sowińska", "first_name": "Zofia", "pesel": number}, follow=True)
        for number in (PESEL, OTHER_PESEL)
    ]
    taken, other = (Resident.objects.get(pk=int(answer.redirect_chain[0][0].split("/")[-3])) for answer in answers)
    assert (taken.pesel_to_check, other.pesel_to_check) == (True, False)
    same = [words(answer).replace(taken.masked_pesel, "x").replace(other.masked_pesel, "x") for answer in answers]
    for one, person in zip(same, (taken, other), strict=True):
        assert "Sowińska" in one
        assert "do sprawdzenia" not in one, person
    again = client.post(add, {"last_name": "Inna", "first_name": "Ewa", "pesel": PESEL, "is_another": "1"})
    assert "Osoba z tym numerem PESEL jest już znana" in words(again)
    told = Message.objects.filter(template="number_to_check")
    assert [(row.recipient_id, row.context["number"]) for row in told] == [(danuta.pk, str(taken.pk))]
    assert not told.visible_to(beata).exists()
    assert told.visible_to(danuta).count() == 1


@pytest.mark.shows_pesel
def test_a_request_with_the_number_of_a_restricted_person_gets_a_record_of_its_own(ola, kasia, danuta):
    hidden = make_resident("Zofia", "Sowińska", pesel=PESEL)
    restrict_file(hidden, kind=RestrictedFile.Kind.VIOLENCE, by=kasia, now=NOW)
    filed = file_today(applicant=PERSON | {"pesel": PESEL})
    identify_person(filed, resident=None, by=ola, now=now())
    assert filed.resident.pesel_to_check
    assert filed.resident != hidden
    seen = Resident.objects.visible_to(danuta).to_check()
    assert list(seen) == [filed.resident]


def test_the_outbox_names_nothing_that_is_closed_to_its_keeper(sign_in, ola, beata, danuta):
    filed, other = (file_today(applicant=PERSON | {"email": f"k{n}@demo.example"}) for n in (1, 2))
    restrict_file(filed, kind=RestrictedFile.Kind.VIOLENCE, by=ola, now=NOW)
    outbox = reverse("admin:notifications_message_changelist")
    for keeper, sees in ((beata, False), (danuta, True)):
        shown = words(sign_in(keeper).get(outbox))
        assert (filed.reference in shown) == sees, keeper
        assert other.reference in shown
    row = Message.objects.get(recipient_id=filed.pk, template="request_received")
    one = reverse("admin:notifications_message_change", args=[row.pk])
    assert sign_in(beata).get(one).status_code == 404
    assert sign_in(danuta).get(one).status_code == 200


# -- by what right, and how to talk --------------------------------------------------------------
ACTING = {"last_name": "Wilga", "other_first_name": "Zosia", "own_words": "opieka"}


def test_by_what_right_somebody_calls_is_kept_with_the_communication_of_the_person(sign_in, ola):
    client = sign_in(ola)
    said = {
        "basis": "proxy",
        "scope": "filing",
        "document": "power",
        "acts_until": "31.12.2099",
        "relation": "siostra",
        "communication": ["sign"],
        "communication_note": "pętla",
        "leave_no_message": "on",
        "if_others_answer": "hang_up",
    }
    client.post(ADD, typed(client) | ACTING | said)
    filed = ServiceRequest.objects.get()
    filer, person = filed.parties.get(role="applicant"), filed.parties.get(role="person")
    assert (filer.basis, filer.scope, filer.document, filer.relation) == ("proxy", "filing", "power", "siostra")
    assert str(filer.acts_until) == "2099-12-31"
    assert (person.communication, person.communication_note, filer.communication) == (["sign"], "pętla", [])
    assert (filed.leave_no_message, filed.if_others_answer) == (True, "hang_up")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"basis": "carer", "court_sign": "I Ns 1/26"}, "court_sign"),
        ({"basis": "proxy", "document": "birth"}, "document"),
        ({"basis": "proxy", "acts_until": "1.1.2020"}, "acts_until"),
        ({"contact_by": "post"}, "address"),
        ({"contact_by": "email", "email": "a@demo.example", "safe_contact": "on"}, "contact_by"),
        ({"pesel": PESEL, "birth_date": "1.1.1950"}, "birth_date"),
        ({"birth_date": "1.1.1850"}, "birth_date"),
    ],
)
@pytest.mark.shows_pesel
def test_the_rules_are_those_of_the_residents_own_form(sign_in, ola, said, field):
    client = sign_in(ola)
    answer = client.post(ADD, typed(client) | ACTING | said)
    assert list(answer.context["form"].errors) == [field]
    assert not ServiceRequest.objects.exists()


def test_who_calls_for_another_whose_name_is_not_known_yet_is_taken_in(sign_in, ola):
    client = sign_in(ola)
    client.post(ADD, typed(client) | {"phone": "600 100 200", "own_words": "opieka", "basis": "institution"})
    filed = ServiceRequest.objects.get()
    assert filed.for_whom == ServiceRequest.ForWhom.OTHER
    assert filed.parties.get(role="person").get_full_name() == ""
