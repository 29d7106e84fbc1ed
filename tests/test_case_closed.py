"""A closed case: ended when all its needs have ended, never edited after, and gone on with in a linked one."""

import inspect
from collections import defaultdict
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.forms.models import model_to_dict
from django.urls import reverse

import residents.actions
from coordination.actions import plans, referrals
from coordination.disclosure import disclosed_by
from coordination.models import Plan, PlanItem, PlanNote, Referral, ReferralNote
from cus_portal.workflow import TransitionNotAllowed
from residents.actions import assessments, consents, propose_refusal, reopen_case, sign_refusal, waitlist_item
from residents.models import AssessmentDraft, Case, NeedsAssessment, RequestItem, ServiceRequest
from tests import personas
from tests.coordination_world import make_case, make_consent, make_plan, make_referral
from tests.desk import GROUNDS, move, page, words
from tests.factories import NOW, TODAY, make_service
from tests.factories import make_case as open_case_of_a_request

FINISH = {"reason": "goal_reached", "summary": "Cel osiągnięty."}
# What the law or the keepers may still do; each of it leaves the case itself as it is.
STILL_DONE = {
    *("reopen_case", "restrict_file", "withdraw_consent", "see_to_consent"),
    *("write_message", "write_about_case", "draft_letter"),
}
# Parts of other acts, or reading: none of them is called from outside on its own.
NO_ACTS = {
    *("add_note", "tell_coordinator", "settle_if_decided", "keep_draft", "end_items", "free_place"),
    "check_consent_lasts",
}


def close(case):
    return plans.finish_case(case, by=case.coordinator, now=NOW, **FINISH)


@pytest.fixture
def closed(tomek, pcpr):
    """A case with a plan, a referral, an assessment, that is closed."""
    case = open_case_of_a_request()
    said = {"seen": 0, "token": uuid4(), "place": "stays", "situation": "…", "needs": "…"}
    assessments.write_assessment(case, **said, held_on=TODAY, valid_until=date(2027, 11, 12), by=tomek, now=NOW)
    make_plan(case, status=Plan.Status.COMPLETED)
    referral = make_referral(case, pcpr, status="completed")
    referrals.acknowledge_outcome(referral, by=tomek, now=NOW, acknowledgement="…", person_told=True)
    return close(case)


# -- how it closes --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("state", ["filed", "waits", "refused"])
def test_case_23_a_case_closes_when_all_its_needs_have_ended(state, tomek, danuta):
    case = make_case(tomek)
    item = case.requests.get().items.get()
    RequestItem.objects.filter(pk=item.pk).update(service=make_service(), programme_service=None)
    item.refresh_from_db()
    if state == "waits":
        row = item.service.programme_services.get()
        RequestItem.objects.filter(pk=item.pk).update(programme_service=row)
        waitlist_item(RequestItem.objects.get(pk=item.pk), by=tomek, now=NOW)
    if state == "refused":
        propose_refusal(item, **GROUNDS, by=tomek, now=NOW)
        sign_refusal(item, by=danuta, now=NOW)
    with pytest.raises(TransitionNotAllowed, match=item.request.reference):
        close(case)
    case.refresh_from_db()
    assert case.status == Case.Status.OPEN


# -- never edited after ---------------------------------------------------------------------------------------
def rows_of(case):
    """Return every row of the case as it is in the database."""
    of_case = {
        Case: {"pk": case.pk},
        ServiceRequest: {"case": case},
        RequestItem: {"request__case": case},
        NeedsAssessment: {"case": case},
        AssessmentDraft: {"case": case},
        Plan: {"case": case},
        PlanItem: {"plan__case": case},
        PlanNote: {"plan__case": case},
        Referral: {"case": case},
        ReferralNote: {"referral__case": case},
    }
    return {model.__name__: list(model.objects.filter(**key).order_by("pk").values()) for model, key in of_case.items()}


def subjects_of(case):
    request = case.requests.get()
    plan = case.plans.get()
    return {
        "case": case,
        "request": request,
        "item": request.items.get(),
        "plan": plan,
        "plan item": plan.items.get(),
        "referral": case.referrals.get(),
        "subject": case,
        "consent": request.consents.first() or make_consent(case, personas.institution(personas.CLINIC)),
    }


def arguments():
    """Return something for each name of an argument: what it is matters little, for the act is refused before."""
    kasia, clinic = personas.person("kasia"), personas.institution(personas.CLINIC)
    return {
        "contact": defaultdict(str), "token": uuid4(), "now": NOW, "starts_on": TODAY, "form": "oral", "said": {},
        "ends_on": TODAY + timedelta(days=180), "coordinator": kasia, "worker": kasia, "files": [], "reason": "other",
        "receiver": clinic, "provider": clinic, "kind": "violence", "units": 1, "resident": None, "person_told": True,
        "seen": 1, "place": "stays", "service": make_service(),
    }  # fmt: skip


def filled(parameter, known):
    if parameter.name in known:
        return known[parameter.name]
    return TODAY if parameter.name.endswith("_on") or parameter.name in ("on", "valid_until") else "…"


def acts():
    for module in (residents.actions, assessments, plans, referrals, consents):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            parameters = inspect.signature(function).parameters
            if "by" in parameters and not name.startswith("_"):
                yield name, function, list(parameters.values())


def test_case_71_no_act_of_anybody_writes_on_a_closed_case(closed, danuta):
    subjects, before, tried, refused = subjects_of(closed), rows_of(closed), set(), set()
    known, wrote = arguments(), set()
    for name, act, (first, *others) in acts():
        in_plan = act.__module__ == plans.__name__ and first.name == "item"
        subject = subjects["plan item"] if in_plan else subjects.get(first.name)
        if subject is None or name in STILL_DONE | NO_ACTS | {"finish_case", "close_case"}:
            continue
        for who in (closed.coordinator, danuta):
            given = {one.name: filled(one, known) for one in others if one.default is one.empty and one.name != "by"}
            fresh = type(subject).objects.get(pk=subject.pk)
            point = transaction.savepoint()
            try:
                act(fresh, by=who, **given)
            except (PermissionDenied, TransitionNotAllowed, ValidationError, ValueError):
                refused.add(name)
            if rows_of(closed) != before:
                wrote.add(name)
            transaction.savepoint_rollback(point)
            tried.add(name)
    assert {"add_plan_item", "qualify_item", "draft_referral", "draft_plan", "assign_case", "write_assessment"} <= tried
    assert len(tried) > 40
    assert (wrote, tried - refused) == (set(), set())


def test_the_page_of_a_closed_case_says_how_to_go_on(closed, sign_in, tomek):
    request = closed.requests.get()
    receipt = reverse("admin:residents_servicerequest_receipt", args=[request.pk])
    desk = sign_in(tomek)
    assert receipt not in desk.get(request.get_absolute_url()).content.decode()
    assert desk.get(receipt).status_code == 403
    client = sign_in(tomek)
    shown = client.get(page(closed)).content.decode()
    assert move(closed, "reopen") in shown
    assert move(closed, "assign") not in shown
    answer = client.post(move(closed, "assign"), {"coordinator": personas.person("kasia").pk})
    assert "otwórz ją ponownie" in words(answer).lower()


# -- gone on with ---------------------------------------------------------------------------------------------
def test_reopening_makes_a_linked_case_and_leaves_the_closed_one_as_it_was(closed, sign_in, tomek):
    before = model_to_dict(closed)
    client = sign_in(tomek)
    row = make_service().programme_services.get()
    type(row).objects.update(filing_class="4012")
    RequestItem.objects.filter(request__case=closed).update(service=row.service_id, programme_service=row)
    sent = client.post(
        move(closed, "reopen"), {"reason": "same_need", "note": "Znów sama.", "coordinator": tomek.pk, "version": "1"}
    )
    opened = Case.objects.get(follows=closed)
    assert sent.url == opened.get_absolute_url()
    assert model_to_dict(Case.objects.get(pk=closed.pk)) == before
    assert (opened.status, opened.resident_id, opened.reopen_note) == ("open", closed.resident_id, "Znów sama.")
    assert opened.case_sign == "CUS.4012.1.2026"
    assert closed.case_sign in words(client.get(page(opened)))
    assert opened.case_sign in words(client.get(page(closed)))
    with pytest.raises(ValidationError, match=opened.case_sign):
        reopen_case(closed, reason="mistake", coordinator=tomek, by=tomek, now=NOW)


@pytest.mark.parametrize("name", ["ola", "kasia", "ewa", "iwona", "root", "stranger"])
def test_nobody_else_reopens(name, closed, tomek):
    with pytest.raises(PermissionDenied):
        reopen_case(closed, reason="mistake", coordinator=tomek, by=personas.person(name), now=NOW)
    assert not Case.objects.exclude(follows=None).exists()


def test_an_open_case_is_not_reopened_and_the_reason_is_coded(closed, tomek):
    with pytest.raises(PermissionDenied):
        reopen_case(make_case(tomek), reason="mistake", coordinator=tomek, by=tomek, now=NOW)
    with pytest.raises(ValidationError):
        reopen_case(closed, reason="bo tak", coordinator=tomek, by=tomek, now=NOW)


def test_what_was_asked_of_discretion_and_consented_to_before_holds_in_the_linked_case(closed, clinic, tomek):
    closed.requests.update(safe_contact=True)
    opened = reopen_case(closed, reason="same_need", coordinator=tomek, by=tomek, now=NOW)
    service, given = make_service(), make_consent(closed, clinic)
    draft = referrals.draft_referral(
        opened, by=tomek, now=NOW, receiver=clinic, need="…", service=service, consent=given, disclosed_fields=["phone"]
    )
    assert "dyskret" in disclosed_by(draft)["contact"].lower()
    assert referrals.send_referral(draft, by=tomek, now=NOW).status == "sent"
