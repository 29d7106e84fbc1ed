"""Referrals as FHIR R4 for the systems of other institutions: what they read, what they write, what they never see."""

import json
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coordination import fhir
from coordination.actions.partners import make_token, revoke_token
from coordination.models import PartnerToken, Referral
from cus_portal.accounts.models import Institution
from cus_portal.audit.models import AuditEvent
from residents.actions import restrict_file
from residents.models import Consent
from tests.coordination_world import make_case, make_referral
from tests.factories import NOW, TODAY
from tests.fhir_world import System, conforming, problem

pytestmark = pytest.mark.django_db
PERSONAL = ("Krystyna", "Wilga", "600 100 200", "Lipowa", "48030500029")


@pytest.fixture(autouse=True)
def november(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def system(pcpr, beata):
    return System(pcpr)


# -- who is let in ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "said", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp4"}, {"Authorization": "Bearer"}]
)
def test_without_a_valid_token_nothing_is_told(case, pcpr, said):
    referral = make_referral(case, pcpr)
    for path in ("Task", f"Task/{referral.pk}", f"ServiceRequest/{referral.pk}"):
        response = Client(headers=said).get(f"/api/fhir/{path}")
        assert problem(response, 401) == "login"
        assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_token_that_was_revoked_has_ended_or_whose_institution_has_closed_opens_nothing(
    system, beata, pcpr, time_machine
):
    assert system.get("Task").status_code == 200
    time_machine.move_to(NOW + timedelta(days=31))
    assert problem(system.get("Task"), 401) == "login"
    time_machine.move_to(NOW, tick=False)
    Institution.objects.filter(pk=pcpr.pk).update(is_active=False)
    assert problem(system.get("Task"), 401) == "login"
    Institution.objects.filter(pk=pcpr.pk).update(is_active=True)
    revoke_token(system.token, by=beata, now=NOW)
    assert problem(system.get("Task"), 401) == "login"


def test_tokens_are_not_guessed_and_not_asked_without_end(pcpr, beata, system):
    guesses = [Client(headers={"Authorization": "Bearer x"}).get("/api/fhir/Task").status_code for _try in range(21)]
    assert (guesses[0], guesses[-1]) == (401, 429)
    assert system.get("Task").status_code == 200


def test_only_a_hash_of_the_token_is_kept_and_the_room_shows_it_once(sign_in, beata, pcpr):
    client = sign_in(beata)
    asked = {"institution": pcpr.pk, "name": "Program PCPR", "valid_to": "31.12.2026"}
    page = client.post(reverse("admin:coordination_partnertoken_add"), asked, follow=True)
    secret = str(next(iter(page.context["messages"]))).rpartition(" ")[2]
    token = PartnerToken.objects.get()
    assert Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/fhir/Task").status_code == 200
    assert secret not in json.dumps(PartnerToken.objects.values().get(), default=str)
    change = reverse("admin:coordination_partnertoken_change", args=[token.pk])
    assert secret not in client.get(change).content.decode()
    assert AuditEvent.objects.get(action="partnertoken.add").facts == {"institution": pcpr.pk}
    client.post(reverse("admin:coordination_partnertoken_move", args=[token.pk, "revoke"]), {"confirm": "1"})
    token.refresh_from_db()
    assert token.revoked_at == NOW


def test_a_token_is_made_by_the_organiser_for_a_year_at_most(sign_in, beata, danuta, pcpr):
    asked = {"institution": pcpr.pk, "name": "x", "valid_to": "31.12.2027"}
    page = sign_in(beata).post(reverse("admin:coordination_partnertoken_add"), asked)
    assert page.context["adminform"].form.errors["valid_to"]
    with pytest.raises(PermissionDenied):
        make_token(PartnerToken(institution=pcpr, name="x", valid_to=TODAY), by=danuta, now=NOW)
    assert not PartnerToken.objects.exists()


# -- what is read -----------------------------------------------------------------------------------
def test_a_referral_is_sealed_until_the_system_says_that_it_received_it(system, case, pcpr):
    referral = make_referral(case, pcpr)
    for path in ("Task", f"Task/{referral.pk}", f"ServiceRequest/{referral.pk}"):
        response = system.get(path)
        conforming(response)
        assert not any(part in response.content.decode() for part in (*PERSONAL, referral.need))
    assert not AuditEvent.objects.filter(action=AuditEvent.READ).exists()
    referral.refresh_from_db()
    assert referral.opened_at is None
    task = conforming(system.put(referral, status="received"))
    assert task["status"] == "received"
    told = {one["type"]["coding"][0]["code"]: one["valueString"] for one in task["input"]}
    assert told == referral.disclosed
    referral.refresh_from_db()
    assert (referral.opened_at, referral.opened_by) == (NOW, None)
    asked = conforming(system.get(f"ServiceRequest/{referral.pk}"))
    assert asked["reasonCode"] == [{"text": referral.need}]
    reads = AuditEvent.objects.filter(action=AuditEvent.READ, object_id=referral.pk)
    assert {(event.actor_label, event.facts["screen"]) for event in reads} == {
        ("PCPR, przez swój system system testowy", "fhir")
    }
    hidden = {"48030500029", "Lipowa", "Mieszkam sama", "krystyna@"} - set(referral.disclosed.values())
    whole = json.dumps([task, asked], ensure_ascii=False)
    assert not any(part in whole for part in hidden)


def test_a_system_finds_the_referrals_of_its_institution_and_no_other(system, case, kasia, pcpr, clinic, danuta):
    mine = make_referral(case, pcpr)
    foreign = make_referral(make_case(kasia), clinic)
    drafted, withdrawn = (make_referral(make_case(kasia), pcpr, status=one) for one in ("draft", "withdrawn"))
    without_consent = make_referral(make_case(kasia), pcpr)
    Consent.objects.filter(pk=without_consent.consent_id).update(withdrawn_at=NOW, withdrawal_form="oral")
    shut = make_referral(make_case(kasia), pcpr)
    Referral.objects.filter(pk=shut.pk).update(shut_at=NOW)
    protected = make_referral(make_case(kasia), pcpr)
    restrict_file(protected.case, kind="violence", by=kasia, now=NOW)
    bundle = conforming(system.get("Task"))
    assert [entry["fullUrl"].partition("/api/fhir/")[2] for entry in bundle["entry"]] == [
        f"Task/{mine.pk}",
        f"ServiceRequest/{mine.pk}",
    ]
    for hidden in (foreign, drafted, withdrawn, without_consent, shut, protected):
        assert problem(system.get(f"Task/{hidden.pk}"), 404) == "not-found"
        assert problem(system.get(f"ServiceRequest/{hidden.pk}"), 404) == "not-found"
        assert problem(system.put(hidden, status="received"), 404) == "not-found"


def test_tasks_are_found_by_their_status_and_walked_by_links(system, kasia, pcpr):
    rows = [make_referral(make_case(kasia), pcpr) for _number in range(3)]
    accepted = make_referral(make_case(kasia), pcpr, status="accepted")

    def found(path):
        bundle = conforming(system.get(path))
        links = {link["relation"]: link["url"].partition("/api/fhir/")[2] for link in bundle["link"]}
        ids = [int(one["resource"]["id"]) for one in bundle.get("entry", []) if one["search"]["mode"] == "match"]
        return ids, links.get("next")

    assert found("Task?status=accepted")[0] == [accepted.pk]
    assert found("Task?status=rejected,nonsense")[0] == []
    first, following = found("Task?status=requested&_count=2")
    second, end = found(following)
    assert first + second == sorted((row.pk for row in rows), reverse=True)
    assert end is None
    Referral.objects.filter(pk=rows[0].pk).update(opened_at=NOW)
    asked = make_referral(make_case(kasia), pcpr, status="info_requested", opened=True)
    assert found("Task?status=received")[0] == [rows[0].pk]
    assert found("Task?status=requested")[0] == [asked.pk, rows[2].pk, rows[1].pk]
    assert len(found("Task?status=requested,received")[0]) == 4
    for one in system.get("Task?status=requested").json()["entry"][::2]:
        assert one["resource"]["status"] == "requested"


@pytest.mark.parametrize("rows", [1, 12])
def test_the_cost_of_a_bundle_does_not_grow_with_its_rows(system, kasia, pcpr, rows, django_assert_max_num_queries):
    for _number in range(rows):
        referral = make_referral(make_case(kasia), pcpr)
        Referral.objects.filter(pk=referral.pk).update(opened_at=NOW)
    with django_assert_max_num_queries(8):
        assert len(system.get("Task").json()["entry"]) == 2 * rows


def test_every_state_that_a_receiver_sees_has_its_status_in_fhir():
    shown = {state for state in Referral.Status if state not in Referral.HIDDEN_FROM_RECEIVER}
    assert set(fhir.TASK_STATUS) == shown == {code for code, _label in fhir.CODES["referral-state"]}


def test_the_lists_of_codes_are_published_with_their_version(db):
    """Whoever changes a code raises fhir.VERSION, and writes both here."""
    anybody = Client()
    codes = {}
    for name in fhir.CODES:
        published = conforming(anybody.get(f"/api/fhir/CodeSystem/{name}"))
        conforming(anybody.get(f"/api/fhir/ValueSet/{name}"))
        assert published["version"] == "1.3.0"
        assert published["count"] == len(published["concept"])
        codes[name] = " ".join(one["code"] for one in published["concept"])
    assert codes == {
        "referral-state": "sent info_requested waitlisted accepted in_progress on_hold completed not_fulfilled rejected"
        " redirected expired",
        "accept-reason": "as_asked in_part conditions other",
        "reject-reason": "no_place no_service not_eligible wrong_address already_served other",
        "fail-reason": "no_show lost_contact moved died resigned no_place",
        "hold-cause": "person institution other",
        "outcome": "met partly_met not_met",
        "disclosed-data": "name birth_date pesel address phone email contact applicant situation plan_needs goal"
        " documents",
        "task-part": "outcome ask-instead document",
    }
    conforming(anybody.get("/api/fhir/metadata"))
    assert problem(anybody.get("/api/fhir/CodeSystem/nonsense"), 404) == "not-found"


# -- what is written --------------------------------------------------------------------------------
def test_a_system_leads_a_referral_from_its_receipt_to_the_outcome(system, case, pcpr):
    referral = make_referral(case, pcpr)

    def put(**said):
        referral.refresh_from_db()
        return conforming(system.put(referral, **said))

    assert put(status="received")["status"] == "received"
    assert put(status="accepted", executionPeriod={"start": "2026-11-16"})["executionPeriod"] == {"start": "2026-11-16"}
    assert put(status="in-progress", executionPeriod={"start": "2026-11-12T10:00:00+01:00"})["status"] == "in-progress"
    outcome = [{"type": {"text": "outcome"}, "valueCodeableConcept": fhir.concept("outcome", "partly_met")}]
    done = put(
        status="completed",
        executionPeriod={"end": "2026-11-12"},
        output=outcome,
        note=[{"text": "Odbyły się dwa spotkania."}],
    )
    assert done["status"] == "completed"
    referral.refresh_from_db()
    assert (referral.outcome, referral.closing_note) == ("partly_met", "Odbyły się dwa spotkania.")
    moves = AuditEvent.objects.filter(object_type="coordination.referral", actor_label__startswith="PCPR, przez")
    assert {"referral.open", "referral.accept", "referral.start", "referral.complete"} <= set(
        moves.values_list("action", flat=True)
    )


def test_a_refusal_brings_its_code_and_words(system, case, pcpr):
    referral = make_referral(case, pcpr)
    system.put(referral, status="received")
    assert problem(system.put(referral, status="rejected"), 422) == "required"
    why = fhir.concept("reject-reason", "no_place", "Pełna lista.")
    instead = {"type": fhir.concept("task-part", "ask-instead"), "valueString": "Caritas"}
    refused = system.put(referral, status="rejected", statusReason=why, output=[instead])
    assert conforming(refused)["statusReason"]["coding"][0]["code"] == "no_place"
    referral.refresh_from_db()
    assert (referral.status, referral.reject_reason, referral.closing_note) == ("rejected", "no_place", "Pełna lista.")


def test_an_acceptance_brings_its_code_and_words_and_what_is_sent_back_as_read_says_nothing(system, case, pcpr):
    referral = make_referral(case, pcpr)
    system.put(referral, status="received")
    start = {"executionPeriod": {"start": "2026-11-16"}}
    in_part = fhir.concept("accept-reason", "in_part", "Dwa razy w tygodniu.")
    no_place = fhir.concept("reject-reason", "no_place")
    assert problem(system.put(referral, status="accepted", statusReason=no_place, **start), 422) == "required"
    read = conforming(system.put(referral, status="accepted", statusReason=in_part, **start))
    assert read["statusReason"] == fhir.concept("accept-reason", "in_part")
    referral.refresh_from_db()
    assert (referral.accept_reason, referral.notes.get().text) == ("in_part", "Dwa razy w tygodniu.")
    pause = {"restriction": {"period": {"end": "2026-12-15"}}, "note": [{"text": "Remont."}]}
    conforming(system.put(referral, status="on-hold", statusReason=read["statusReason"], **pause))
    referral.refresh_from_db()
    assert (referral.status, referral.hold_cause) == ("on_hold", "other")
    assert AuditEvent.objects.get(action="referral.hold").reason == "Remont."


def test_nothing_happens_by_what_is_stale_incomplete_or_not_the_receivers(system, case, pcpr):
    referral = make_referral(case, pcpr)
    url = f"/api/fhir/Task/{referral.pk}"
    start = {"executionPeriod": {"start": "2026-11-16"}}
    assert problem(system.put(referral, status="accepted", **start), 409) == "conflict"  # sealed still
    system.put(referral, status="received")
    assert problem(system.client.put(url, "{}", "application/json"), 428) == "required"
    assert problem(system.put(referral, version=7, status="accepted", **start), 412) == "conflict"
    for body in ("", "[]", "nonsense", '{"resourceType": "Patient"}', '{"resourceType": "Task", "id": "0"}'):
        sent = system.client.put(url, body, "application/json", headers={"If-Match": f'W/"{referral.version}"'})
        assert problem(sent, 400) == "structure"
    for wrong in (
        {},
        {"executionPeriod": []},
        {"executionPeriod": {"start": 7}},
        {"executionPeriod": {"start": "2026-02-30"}},
    ):
        assert problem(system.put(referral, status="accepted", **wrong), 422) == "required"
    assert (
        problem(system.put(referral, status="accepted", executionPeriod={"start": "2026-11-01"}), 422)
        == "business-rule"
    )
    for status in ("cancelled", "entered-in-error", "draft", "", 7, None, "nonsense"):
        assert problem(system.put(referral, status=status), 422) == "value"
    assert problem(system.put(referral, status="completed"), 409) == "conflict"
    referral.refresh_from_db()
    assert referral.status == Referral.Status.SENT
    assert not AuditEvent.objects.filter(action__in=["referral.accept", "referral.complete"]).exists()


def test_whoever_comes_second_is_told_that_it_has_changed(system, case, pcpr):
    referral = make_referral(case, pcpr)
    system.put(referral, status="received")
    start = {"executionPeriod": {"start": "2026-11-16"}}
    assert system.put(referral, status="accepted", **start).status_code == 200
    assert problem(system.put(referral, status="accepted", **start), 412) == "conflict"
    assert AuditEvent.objects.filter(action="referral.accept").count() == 1


ASKED = r"(Task|ServiceRequest|DocumentReference|Binary|Organization)/[0-9a-z.-]{1,30}(\?[a-z_=&0-9]*)?"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["get", "put", "post", "delete", "patch", "head", "options"]),
    path=st.one_of(st.text(max_size=30), st.from_regex(ASKED)),
    body=st.one_of(st.binary(max_size=30), st.recursive(st.none() | st.integers() | st.text(max_size=9), st.lists).map(
        lambda value: json.dumps(value).encode())),
)  # fmt: skip
def test_whatever_is_asked_is_answered_in_json(system, method, path, body):
    client = system.client
    client.raise_request_exception = False
    response = getattr(client, method)(
        f"/api/fhir/{quote(path, safe='/?=&')}",
        **({"data": body, "content_type": "application/json"} if method in {"put", "post", "patch"} else {}),
    )
    assert response.status_code < 500
    assert response["Content-Type"].startswith("application/fhir+json")
