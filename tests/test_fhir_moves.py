"""What an institution's program does with a referral beyond taking it: each move of the table, with its documents."""

import base64
import json
from datetime import timedelta

import pytest
from django.test import Client

from coordination import fhir
from coordination.actions.referrals import accept_referral
from coordination.actions.telling import add_note
from coordination.fhir_written import MOVES_TO
from coordination.models import Referral
from coordination.taking_down import take_down
from coordination.workflow import REFERRAL
from cus_portal.accounts.actors import PartnerSystem
from cus_portal.audit.models import AuditEvent
from residents.actions import restrict_file
from residents.actions.requests import keep_files
from residents.models import Attachment, Consent
from residents.models.attachment import VirusCheck
from tests.coordination_world import make_case, make_consent, make_referral
from tests.factories import NOW, TODAY
from tests.fhir_world import System, conforming, problem
from tests.intake import PDF, scan

pytestmark = pytest.mark.django_db
RECEIVERS = ("coordination.answer_referral", "coordination.conclude_referral")
S = Referral.Status


@pytest.fixture(autouse=True)
def november(time_machine, private_files):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def system(pcpr, beata):
    return System(pcpr)


def kept_with(case, name):
    return keep_files(case.requests.get(), [scan(name)], held=0)[0]


def state(code):
    return fhir.concept("referral-state", code)


def paper(held=PDF, title="zaświadczenie.pdf"):
    return {
        "type": fhir.concept("task-part", "document"),
        "valueAttachment": {"title": title, "data": base64.b64encode(held).decode()},
    }


def test_each_move_of_a_receiver_can_be_written():
    """Whose hands it is in at the institution is a matter of its people, who have accounts."""
    written = {move for moves in MOVES_TO.values() for move in moves.values()} | {"ask", "redirect", "verify"}
    assert written == {step.name for step in REFERRAL if step.permission in RECEIVERS}


def test_a_question_is_asked_and_its_answer_read(system, case, pcpr):
    referral = make_referral(case, pcpr, opened=True)
    asked = {"status": "requested", "businessStatus": state("info_requested")}
    assert problem(system.put(referral, **asked), 422) == "required"
    told = conforming(system.put(referral, **asked, note=[{"text": "Czy jest orzeczenie?"}], output=[paper()]))
    assert (told["status"], told["businessStatus"]["coding"][0]["code"]) == ("requested", "info_requested")
    assert [note["text"] for note in told["note"]] == ["Czy jest orzeczenie?"]
    referral.refresh_from_db()
    assert (referral.status, referral.days_left, referral.returned.count()) == (S.INFO_REQUESTED, 10, 1)
    # The Task sent back as it was read asks nothing again; a second question is refused.
    assert system.put(referral, **asked, note=told["note"]).status_code == 200
    assert problem(system.put(referral, **asked, note=[{"text": "A renta?"}]), 409) == "conflict"
    assert referral.notes.count() == 1


def test_news_are_written_and_read_once(system, case, pcpr):
    referral = make_referral(case, pcpr, status=S.IN_PROGRESS, opened=True)
    assert problem(system.put(referral, status="in-progress"), 422) == "required"
    told = conforming(system.put(referral, status="in-progress", note=[{"text": "Chodzi chętnie."}]))
    assert [note["text"] for note in told["note"]] == ["Chodzi chętnie."]
    assert problem(system.put(referral, status="in-progress", note=[{"text": "Chodzi chętnie."}]), 412) == "conflict"
    referral.refresh_from_db()
    assert problem(system.put(referral, status="in-progress", note=told["note"]), 422) == "required"
    system.put(referral, status="in-progress", note=[*told["note"], {"text": "Bez zmian."}])
    assert [note.text for note in referral.notes.all()] == ["Chodzi chętnie.", "Bez zmian."]
    accepted = make_referral(make_case(case.coordinator), pcpr, status=S.ACCEPTED, opened=True)
    assert conforming(system.put(accepted, status="accepted", note=[{"text": "Dzwonimy."}]))["status"] == "accepted"


def test_a_pause_has_a_reason_and_a_day_and_ends_as_it_began(system, case, kasia, pcpr):
    met = make_referral(case, pcpr, status=S.IN_PROGRESS, opened=True)
    new = make_referral(make_case(kasia), pcpr, status=S.ACCEPTED, opened=True)
    pause = {"restriction": {"period": {"end": "2026-12-20"}}, "statusReason": {"text": "Pobyt w szpitalu."}}
    assert problem(system.put(met, status="on-hold"), 422) == "required"
    past = pause | {"restriction": {"period": {"end": "2026-11-01"}}}
    assert problem(system.put(met, status="on-hold", **past), 422) == "business-rule"
    for referral in (met, new):
        told = conforming(system.put(referral, status="on-hold", **pause))
        assert told["restriction"] == {"period": {"end": "2026-12-20"}}
        referral.refresh_from_db()
        assert referral.status == S.ON_HOLD
    assert problem(system.put(new, status="in-progress"), 409) == "conflict"  # nobody has met the person
    assert problem(system.put(met, status="accepted", executionPeriod={"start": "2026-11-20"}), 409) == "conflict"
    assert conforming(system.put(met, status="in-progress"))["status"] == "in-progress"
    again = conforming(system.put(new, status="accepted", executionPeriod={"start": "2026-11-20"}))
    assert (again["status"], again["executionPeriod"]) == ("accepted", {"start": "2026-11-20"})


def test_it_is_passed_on_to_whom_the_person_agreed(system, case, pcpr, clinic):
    referral = make_referral(case, pcpr, opened=True)
    there = next(
        entry["resource"]
        for entry in conforming(system.get(f"Organization?name={clinic.name[:8]}"))["entry"]
        if entry["resource"]["id"] == str(clinic.pk)
    )
    assert conforming(system.get(f"Organization/{clinic.pk}")) == there
    assert set(there) == {"resourceType", "id", "active", "name", "alias"}
    passed = {"status": "cancelled", "businessStatus": state("redirected"), "statusReason": {"text": "To ich zadanie."}}
    to = {"owner": {"reference": f"Organization/{clinic.pk}"}}
    own = {"owner": {"reference": f"Organization/{pcpr.pk}"}}
    assert problem(system.put(referral, **passed), 422) == "required"
    assert problem(system.put(referral, **passed, owner={"reference": "Organization/x"}), 422) == "required"
    assert problem(system.put(referral, **passed, **own), 422) == "required"
    assert problem(system.put(referral, **passed, **to), 422) == "business-rule"  # no consent
    assert not Referral.objects.filter(parent=referral).exists()
    make_consent(case, clinic)
    assert conforming(system.put(referral, **passed, **to))["status"] == "cancelled"
    child = Referral.objects.get(parent=referral)
    assert (child.status, child.receiver, child.disclosed) == (S.SENT, clinic, referral.disclosed)
    assert problem(system.get(f"Task/{child.pk}"), 404) == "not-found"
    assert System(clinic).get(f"Task/{child.pk}").json()["status"] == "requested"


def test_a_refusal_is_taken_back_once_and_names_whom_to_ask(system, case, pcpr):
    referral = make_referral(case, pcpr, opened=True)
    instead = {"type": fhir.concept("task-part", "ask-instead"), "valueString": "Caritas, tel. 87 610 00 00"}
    refusal = {"status": "rejected", "statusReason": fhir.concept("reject-reason", "no_place", "Pełna lista.")}
    told = conforming(system.put(referral, **refusal, output=[instead]))
    assert told["output"] == [instead]
    referral.refresh_from_db()
    assert referral.ask_instead == "Caritas, tel. 87 610 00 00"
    assert conforming(system.put(referral, status="requested"))["status"] == "received"
    referral.refresh_from_db()
    assert (referral.status, referral.reject_reason) == (S.SENT, "")
    conforming(system.put(referral, **refusal))
    referral.refresh_from_db()
    assert problem(system.put(referral, status="requested"), 409) == "conflict"


@pytest.mark.parametrize("reason", ["no_service", "wrong_address", "no_place", "not_eligible", "other"])
def test_a_refusal_has_to_name_whom_to_ask(reason, system, case, pcpr):
    referral = make_referral(case, pcpr, opened=True)
    refusal = {"status": "rejected", "statusReason": fhir.concept("reject-reason", reason, "To nie my.")}
    assert problem(system.put(referral, **refusal), 422) == "required"
    referral.refresh_from_db()
    assert referral.status == S.SENT
    instead = {"type": fhir.concept("task-part", "ask-instead"), "valueString": "Nie wiemy."}
    assert conforming(system.put(referral, **refusal, output=[instead]))["output"] == [instead]


def test_what_was_said_by_phone_is_confirmed_in_writing(system, case, pcpr, tomek):
    referral = make_referral(case, pcpr, opened=True)
    take_down(
        referral,
        accept_referral,
        by=tomek,
        now=NOW,
        said_by="Jan Kowal, kierownik",
        said_on=TODAY,
        said_how="przez telefon",
        proof="notatka",
        only_spoken=True,
        planned_start_on=TODAY,
    )
    read = conforming(system.get(f"Task/{referral.pk}"))
    assert read["extension"] == [{"url": fhir.extension("unverified-since"), "valueDate": TODAY.isoformat()}]
    confirmed = {"extension": [{"url": fhir.extension("confirmed-in-writing"), "valueString": "Pismo 12/2026"}]}
    assert problem(system.put(referral, status="completed", **confirmed), 422) == "value"
    assert "extension" not in conforming(system.put(referral, status="accepted", **confirmed))
    assert AuditEvent.objects.get(action="referral.verify").reason == "Pismo 12/2026"
    referral.refresh_from_db()
    assert problem(system.put(referral, status="accepted", **confirmed), 409) == "conflict"


def test_whoever_takes_a_person_out_of_turn_says_why(system, case, kasia, pcpr):
    before = NOW - timedelta(days=1)
    first = make_referral(case, pcpr, status=S.WAITLISTED, opened=True, now=before)
    later = make_referral(make_case(kasia), pcpr, status=S.WAITLISTED, opened=True, service=first.service)
    start = {"status": "accepted", "executionPeriod": {"start": "2026-11-20"}}
    assert problem(system.put(later, **start), 422) == "business-rule"
    conforming(system.put(later, **start, statusReason={"text": "Sąd orzekł termin."}))
    assert AuditEvent.objects.get(action="referral.accept").reason == "Sąd orzekł termin."


# -- documents --------------------------------------------------------------------------------------
def test_documents_that_went_along_are_read_once_it_is_opened(system, case, pcpr, clinic):
    document = kept_with(case, "orzeczenie.pdf")
    other = kept_with(case, "inne.pdf")
    referral = make_referral(case, pcpr, attachments=[document])
    foreign = System(clinic)
    make_referral(make_case(case.coordinator), clinic, opened=True)
    for path in (f"DocumentReference/{document.pk}", f"Binary/{document.pk}"):
        assert problem(system.get(path), 404) == "not-found"  # sealed
    told = conforming(system.put(referral, status="received"))
    assert f"DocumentReference/{document.pk}" in [
        one.get("valueReference", {}).get("reference") for one in told["input"]
    ]
    described = conforming(system.get(f"DocumentReference/{document.pk}"))
    named = described["content"][0]["attachment"]
    assert (named["title"], named["contentType"], named["size"]) == ("orzeczenie.pdf", "application/pdf", len(PDF))
    given = system.get(f"Binary/{document.pk}")
    assert (b"".join(given.streaming_content), given["Content-Type"]) == (PDF, "application/pdf")
    packed = system.client.get(f"/api/fhir/Binary/{document.pk}", headers={"Accept": "application/fhir+json"})
    assert base64.b64decode(conforming(packed)["data"]) == PDF
    assert AuditEvent.objects.filter(action=AuditEvent.READ, object_id=document.pk, facts__screen="fhir").count() == 3
    for path in (f"DocumentReference/{other.pk}", f"Binary/{other.pk}", f"Binary/{10**30}"):
        assert problem(system.get(path), 404) == "not-found"
    assert problem(foreign.get(f"Binary/{document.pk}"), 404) == "not-found"
    assert problem(Client().get(f"/api/fhir/Binary/{document.pk}"), 401) == "login"


@pytest.mark.parametrize("end", ["consent withdrawn", "shut", "withdrawn", "protected", "restricted", "quarantine"])
def test_a_document_is_gone_with_its_referral(system, case, kasia, pcpr, end):
    document = kept_with(case, "orzeczenie.pdf")
    referral = make_referral(case, pcpr, attachments=[document], opened=True)
    assert b"".join(system.get(f"Binary/{document.pk}").streaming_content) == PDF
    rows = Referral.objects.filter(pk=referral.pk)
    {
        "consent withdrawn": lambda: Consent.objects.filter(pk=referral.consent_id).update(
            withdrawn_at=NOW, withdrawal_form="oral"
        ),
        "shut": lambda: rows.update(shut_at=NOW),
        "withdrawn": lambda: rows.update(status=S.WITHDRAWN),
        "protected": lambda: rows.update(confidentiality="protected"),
        "restricted": lambda: restrict_file(case, kind="violence", by=case.coordinator, now=NOW),
        "quarantine": lambda: Attachment.objects.filter(pk=document.pk).update(virus_check=VirusCheck.WAITING),
    }[end]()
    for path in (f"DocumentReference/{document.pk}", f"Binary/{document.pk}"):
        assert problem(system.get(path), 404) == "not-found"
    assert f"DocumentReference/{document.pk}" not in system.get("Task").content.decode()


def test_documents_come_back_looked_through_and_for_the_team_only(system, case, pcpr):
    referral = make_referral(case, pcpr, status=S.IN_PROGRESS, opened=True)
    done = {
        "status": "completed",
        "executionPeriod": {"end": TODAY.isoformat()},
        "note": [{"text": "Opinia w załączeniu."}],
    }
    outcome = {"type": fhir.concept("task-part", "outcome"), "valueCodeableConcept": fhir.concept("outcome", "met")}
    for wrong in (
        paper(b"MZ\x90 to nie jest dokument", "opinia.pdf"),
        {"valueAttachment": {"title": "x", "data": "%%%"}},
        {"valueAttachment": {"url": "https://example.com/opinia.pdf"}},
        {"valueAttachment": 7},
    ):
        assert system.put(referral, **done, output=[outcome, wrong]).status_code == 422
    assert not Attachment.objects.exists()
    told = conforming(system.put(referral, **done, output=[outcome, paper(title="../opinia 80010112345.exe")]))
    kept = referral.returned.get()
    assert (kept.content_type, kept.is_confidential, kept.size) == ("application/pdf", True, len(PDF))
    assert "80010112345" not in kept.name
    assert [one["valueReference"]["reference"] for one in told["output"] if "valueReference" in one] == [
        f"DocumentReference/{kept.pk}"
    ]
    assert b"".join(system.get(f"Binary/{kept.pk}").streaming_content) == PDF


def test_documents_do_not_get_lost_with_a_move_that_takes_none(system, case, pcpr):
    referral = make_referral(case, pcpr, opened=True)
    start = {"executionPeriod": {"start": "2026-11-16"}, "output": [paper()]}
    assert problem(system.put(referral, status="accepted", **start), 422) == "business-rule"
    assert problem(system.put(referral, status="received", **start), 422) == "business-rule"
    referral.refresh_from_db()
    assert (referral.status, Attachment.objects.count()) == (S.SENT, 0)


def test_what_is_too_long_or_nested_without_end_is_refused(system, case, pcpr):
    referral = make_referral(case, pcpr, opened=True)

    def put(body):
        seen = {"If-Match": f'W/"{referral.version}"'}
        return system.client.put(f"/api/fhir/Task/{referral.pk}", body, "application/fhir+json", headers=seen)

    assert problem(put("[" * 200_000), 400) == "structure"
    assert problem(put(b" " * (14 * 1024 * 1024 + 1)), 413) == "too-long"
    lone = json.dumps(
        {"resourceType": "Task", "id": str(referral.pk), "status": "received", "note": {"text": "\ud800"}}
    )
    assert put(lone).status_code == 200


@pytest.mark.parametrize("rows", [1, 12])
def test_documents_and_notes_cost_a_bundle_nothing_by_row(system, kasia, pcpr, rows, django_assert_max_num_queries):
    for _number in range(rows):
        case = make_case(kasia)
        document = kept_with(case, "x.pdf")
        referral = make_referral(case, pcpr, attachments=[document], opened=True)
        add_note(referral, "news", "Idzie dobrze.", by=PartnerSystem(pcpr.pk, pcpr.short_name, "x"))
    with django_assert_max_num_queries(8):
        assert system.get("Task").content.decode().count('"DocumentReference/') == rows
