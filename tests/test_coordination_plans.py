"""The plan: agreed with the person, approved by another, a year at most, kept word for word, summed up."""

from copy import copy
from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, InternalError, transaction
from django.urls import reverse
from django.utils import timezone

from coordination.actions import plans
from coordination.documents import approval, draft_of, frame, plan_document, plan_for_the_person
from coordination.models import Plan, PlanVersion, Referral
from coordination.workflow import PLAN
from coordination.worklists import WORKLISTS
from cus_portal.accounts.actors import LinkHolder, PublicActor, SystemActor
from cus_portal.accounts.models import Membership
from cus_portal.accounts.permissions import BlockedError
from cus_portal.accounts.roles import Role
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import compose
from cus_portal.workflow import TransitionNotAllowed
from residents.actions import draft_letter, join_team
from residents.models import Case
from tests import personas
from tests.coordination_world import all_done, end_needs, make_case, make_plan, make_referral
from tests.desk import search
from tests.factories import NOW, TODAY, make_service

P = Plan.Status


def item_of(plan):
    return {
        "goal": "Zakupy",
        "action": "sąsiadka",
        "provider": personas.institution(personas.PCPR),
        "starts_on": plan.starts_on,
        "ends_on": plan.ends_on,
    }


CALLS = {
    "change": lambda plan, by: plans.change_plan(
        plan, by=by, now=NOW, starts_on=plan.starts_on, ends_on=plan.ends_on, needs="Inne.", goals="Inne."
    ),
    "add_item": lambda plan, by: plans.add_plan_item(plan, by=by, now=NOW, **item_of(plan)),
    "change_item": lambda plan, by: plans.change_plan_item(plan.items.first(), by=by, now=NOW, **item_of(plan)),
    "remove_item": lambda plan, by: plans.remove_plan_item(plan.items.first(), by=by, now=NOW),
    "agree": lambda plan, by: plans.agree_plan(plan, by=by, now=NOW, agreed_on=TODAY, agreement="signed"),
    "rework": lambda plan, by: plans.rework_plan(plan, by=by, now=NOW),
    "submit": lambda plan, by: plans.submit_plan(plan, by=by, now=NOW),
    "approve": lambda plan, by: plans.approve_plan(plan, by=by, now=NOW),
    "approve_alone": lambda plan, by: plans.approve_own_plan(plan, by=by, now=NOW, reason="Nikogo więcej."),
    "send_back": lambda plan, by: plans.send_back_plan(plan, by=by, now=NOW, reason="Brakuje terminu."),
    "note": lambda plan, by: plans.note_progress(plan, by=by, now=NOW, on=TODAY, kind="phone", text="Dobrze."),
    "amend": lambda plan, by: plans.amend_plan(plan, by=by, now=NOW, reason="Nowa potrzeba."),
    "drop_changes": lambda plan, by: plans.drop_plan_changes(plan, by=by, now=NOW),
    "complete": lambda plan, by: plans.complete_plan(
        plan, by=by, now=NOW, closing_talk_on=TODAY, results="Cel.", items=all_done(plan)
    ),
    "end_early": lambda plan, by: plans.end_plan_early(plan, by=by, now=NOW, end_reason="moved", results="Wyjazd."),
}
ALLOWED = {"tomek": set(CALLS) - {"approve", "approve_alone", "send_back"}, "danuta": {"approve", "send_back"}}


@pytest.fixture
def case(tomek, danuta):
    return make_case(tomek)


def trace(plan):
    counts = AuditEvent.objects.count(), Message.objects.count(), PlanVersion.objects.count()
    return Plan.objects.filter(pk=plan.pk).values().get(), counts


def test_every_move_of_the_table_has_its_call():
    assert set(CALLS) == {step.name for step in PLAN}


@pytest.mark.parametrize("status", P.values)
def test_only_the_moves_of_the_table_happen_and_a_refused_one_leaves_no_trace(status, case, kasia):
    others = {"system": SystemActor(), "public": PublicActor(), "holder": LinkHolder(request_id=1)}
    actors = {name: personas.person(name) for name in [*personas.PEOPLE, "root"]} | others
    make_plan(make_case(kasia))  # the neighbour has a plan of her own
    plan = make_plan(case, status=status)
    before, happened = trace(plan), set()
    loaded = Plan.objects.select_related("case__coordinator", "case__resident").get(pk=plan.pk)
    point = transaction.savepoint()
    for name, actor in actors.items():
        for move, call in CALLS.items():
            try:
                call(copy(loaded), actor)
            except (PermissionDenied, TransitionNotAllowed):
                continue
            happened.add((name, move))
            transaction.savepoint_rollback(point)
        assert trace(plan) == before, name
    moves = {step.name for step in PLAN if status in step.sources} - {"drop_changes"}  # nothing was approved yet
    assert happened == {(name, move) for name, may in ALLOWED.items() for move in may & moves}


@pytest.mark.parametrize("status", P.values)
def test_who_sees_a_plan_is_the_same_in_lists_and_on_the_object(status, case, kasia):
    own, foreign = make_plan(case, status=status), make_plan(make_case(kasia), status=status)
    seen = {}
    for name in [*personas.PEOPLE, "root"]:
        user = personas.person(name)
        for plan in (own, foreign):
            listed = Plan.objects.visible_to(user).filter(pk=plan.pk).exists()
            assert listed == user.has_perm("coordination.view_plan", plan), name
            seen.setdefault(plan.pk, set()).update({name} if listed else ())
    assert seen == {own.pk: {"tomek", "beata", "danuta"}, foreign.pk: {"kasia", "beata", "danuta"}}


# -- writing ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("ends_on", "fits", "told"),
    [
        (date(2027, 2, 10), False, "11 lutego 2027 lub później"),
        (date(2027, 2, 11), True, ""),
        (date(2027, 11, 11), True, ""),
        (date(2027, 11, 12), False, "11 listopada 2027 lub wcześniej"),
    ],
)
def test_a_plan_lasts_three_months_at_least_and_a_year_at_most(ends_on, fits, told, case, tomek):
    fields = {"by": tomek, "now": NOW, "starts_on": TODAY, "needs": "a", "goals": "b"}
    if fits:
        assert plans.draft_plan(case, ends_on=ends_on, **fields).ends_on == ends_on
    else:
        with pytest.raises(ValidationError) as refused:
            plans.draft_plan(case, ends_on=ends_on, **fields)
        assert told in refused.value.message_dict["ends_on"][0]


def test_the_terms_of_a_plan_are_those_of_its_first_day(case, tomek, settings):
    newer = settings.CENTRE["plan_terms"][0] | {"valid_from": date(2027, 1, 1), "at_most_months": 6}
    settings.CENTRE = settings.CENTRE | {"plan_terms": [newer, *settings.CENTRE["plan_terms"]]}
    fields = {"by": tomek, "now": NOW, "ends_on": date(2027, 11, 11), "needs": "a", "goals": "b"}
    with pytest.raises(ValidationError) as refused:
        plans.draft_plan(case, starts_on=date(2027, 1, 1), **fields)
    assert "30 czerwca 2027 lub wcześniej" in refused.value.message_dict["ends_on"][0]
    assert plans.draft_plan(case, starts_on=TODAY, **fields).ends_on == date(2027, 11, 11)


def test_a_case_has_one_open_plan(case, tomek):
    make_plan(case)
    with pytest.raises(TransitionNotAllowed, match="już przygotowywany"):
        make_plan(case)


def test_a_plan_without_items_is_not_submitted(case, tomek):
    plan = make_plan(case, status=P.AGREED, items=0)
    with pytest.raises(ValidationError):
        plans.submit_plan(plan, by=tomek, now=NOW)
    assert Plan.objects.get().status == P.AGREED


def test_items_change_only_in_a_draft_and_lie_within_the_plan(case, tomek, pcpr):
    plan = make_plan(case)
    fields = {"by": tomek, "now": NOW, "goal": "Cel", "provider": pcpr, "service": make_service()}
    with pytest.raises(ValidationError):
        plans.add_plan_item(plan, starts_on=TODAY, ends_on=plan.ends_on + timedelta(days=1), **fields)
    with pytest.raises(ValidationError):
        plans.add_plan_item(plan, starts_on=TODAY, ends_on=TODAY, action="sąsiadka", **fields)
    item = plan.items.get()
    CALLS["agree"](plan, tomek)
    with pytest.raises(TransitionNotAllowed):
        plans.add_plan_item(plan, starts_on=TODAY, ends_on=TODAY, **fields)
    with pytest.raises(TransitionNotAllowed):
        plans.remove_plan_item(item, by=tomek, now=NOW)
    assert plan.items.count() == 1


def test_a_reworked_plan_asks_for_the_agreement_anew(case, tomek):
    plan = make_plan(case, status=P.AGREED)
    plans.rework_plan(plan, by=tomek, now=NOW)
    plan.refresh_from_db()
    assert (plan.status, plan.agreed_on, plan.agreement) == (P.DRAFT, None, "")


# -- approving --------------------------------------------------------------------------------------
def test_case_44_the_author_never_approves_not_even_as_director(case, tomek, centre):
    Membership.objects.create(user=tomek, institution=centre, role=Role.DIRECTOR, valid_from=date(2020, 1, 1))
    plan = make_plan(case, status=P.SUBMITTED)
    both = type(tomek).objects.get(pk=tomek.pk)
    with pytest.raises(PermissionDenied):
        plans.approve_plan(plan, by=both, now=NOW)


@pytest.mark.database
def test_the_database_refuses_an_author_who_approves(case, tomek):
    plan = make_plan(case, status=P.SUBMITTED)
    with pytest.raises(IntegrityError, match="approved_by_another"), transaction.atomic():
        Plan.objects.filter(pk=plan.pk).update(status=P.APPROVED, approved_by=tomek, approved_at=NOW)


def test_whoever_wrote_in_a_plan_since_its_approval_does_not_approve_it(case, tomek, kasia, centre, danuta):
    """Four eyes are of two people, whoever began the plan."""
    join_team(case, user=kasia, role="deputy", valid_from=TODAY, by=tomek, now=NOW)
    Membership.objects.create(user=kasia, institution=centre, role=Role.PLAN_APPROVER, valid_from=date(2020, 1, 1))
    deputy = type(kasia).objects.get(pk=kasia.pk)
    plan = make_plan(case, status=P.AGREED)
    assert deputy.has_perm("coordination.approve_plan", plan)
    plans.submit_plan(plan, by=deputy, now=NOW)
    assert {message.recipient_id for message in Message.objects.filter(template="plan_to_approve")} == {danuta.pk}
    with pytest.raises(PermissionDenied):
        plans.approve_plan(plan, by=deputy, now=NOW)
    plans.approve_plan(plan, by=danuta, now=NOW)
    plans.amend_plan(plan, by=tomek, now=NOW, reason="Nowy cel.")
    plans.agree_plan(plan, by=tomek, now=NOW, agreed_on=TODAY, agreement="signed")
    plans.submit_plan(plan, by=tomek, now=NOW)
    assert deputy.has_perm("coordination.approve_plan", plan), "what was approved is not his draft any more"


def test_where_nobody_else_may_the_director_approves_his_own_plan_with_a_reason(
    case, tomek, danuta, centre, client, sign_in
):
    """The exception is logged and shown: on the plan, in its version and on paper."""
    Membership.objects.create(user=tomek, institution=centre, role=Role.DIRECTOR, valid_from=date(2020, 1, 1))
    alone = type(tomek).objects.get(pk=tomek.pk)
    plan = make_plan(case, status=P.SUBMITTED)
    with pytest.raises(ValidationError, match="Danuta Orzeł"):
        plans.approve_own_plan(plan, by=alone, now=NOW, reason="Nikogo więcej.")
    Membership.objects.filter(user=danuta).update(valid_to=TODAY - timedelta(days=1))
    assert not tomek.has_perm("coordination.approve_plan", plan)
    plan = Plan.objects.get(pk=plan.pk)
    plans.approve_own_plan(plan, by=alone, now=NOW, reason="Nikogo więcej.")
    assert (plan.status, plan.approved_alone) == (P.APPROVED, True)
    logged = AuditEvent.objects.get(action="plan.approve_alone")
    assert (logged.actor_id, logged.reason) == (tomek.pk, "Nikogo więcej.")
    version = plan.versions.get()
    assert "który też go napisał" in approval(version.content)
    sign_in(tomek)
    shown = client.get(plan.get_absolute_url()).content.decode()
    assert "nikt inny nie może" in shown
    assert "Nikogo więcej." in shown


def test_the_document_says_by_whose_authority_it_was_approved(case, beata, danuta, centre):
    version = make_plan(case, status=P.APPROVED).versions.get()
    assert approval(version.content) == "zatwierdza Dyrektor: Danuta Orzeł"
    Membership.objects.create(
        user=beata,
        institution=centre,
        role=Role.PLAN_APPROVER,
        valid_from=date(2026, 1, 1),
        valid_to=date(2030, 12, 31),
    )
    other = make_plan(make_case(personas.person("tomek")), status=P.SUBMITTED)
    plans.approve_plan(other, by=type(beata).objects.get(pk=beata.pk), now=NOW)
    said = approval(other.versions.get().content)
    assert said == "zatwierdza z upoważnienia Dyrektora (od 1 stycznia 2026 do 31 grudnia 2030): Beata Sowa"


@pytest.mark.database
def test_a_version_is_never_overwritten_not_even_by_the_owner_of_the_table(case):
    version = make_plan(case, status=P.APPROVED).versions.get()
    with pytest.raises(InternalError, match="Cannot update"), transaction.atomic():
        PlanVersion.objects.filter(pk=version.pk).update(content={})


@pytest.mark.parametrize("size", ["", "?druk=duzy"])
def test_a_plan_is_printed_before_it_is_approved_for_the_person_to_sign(case, ewa, client, sign_in, tomek, size):
    plan = make_plan(case)
    address = reverse("coordination:plan_draft_pdf", args=[plan.pk]) + size
    sign_in(tomek)
    for move in ("agree", "submit"):
        assert client.get(address).content.startswith(b"%PDF")
        CALLS[move](plan, tomek)
    assert client.get(address).content.startswith(b"%PDF")
    assert not plan.versions.exists()
    assert frame(draft_of(plan), "")["eyebrow"] == f"Sprawa {case}, PROJEKT, jeszcze niezatwierdzony"
    plans.approve_plan(plan, by=personas.person("danuta"), now=NOW)
    assert client.get(address).status_code == 404
    sign_in(ewa)
    assert client.get(address).status_code == 404


def test_case_45_an_organiser_approves_only_while_authorised(case, beata, centre):
    plan = make_plan(case, status=P.SUBMITTED)
    with pytest.raises(PermissionDenied):
        plans.approve_plan(plan, by=beata, now=NOW)
    Membership.objects.create(user=beata, institution=centre, role=Role.PLAN_APPROVER, valid_from=date(2026, 1, 1))
    plans.approve_plan(plan, by=type(beata).objects.get(pk=beata.pk), now=NOW)
    assert plan.approved_by == beata


def test_approval_keeps_the_whole_plan_word_for_word(case, danuta):
    plan = make_plan(case, status=P.APPROVED, items=2)
    version = plan.versions.get()
    assert (version.number, version.approved_by) == (1, danuta)
    assert version.content["needs"] == "Nie robi zakupów sama."
    assert version.content["person"] == "Krystyna Wilga"
    assert [item["goal"] for item in version.content["items"]] == ["Cel 1", "Cel 2"]
    assert version.content["agreed_on"] == TODAY.isoformat()


def test_a_plan_names_a_service_as_the_public_knows_it(case):
    service = make_service("Terapia", name="Terapia logopedyczna")
    type(service).objects.filter(pk=service.pk).update(name="Nazwa robocza", status="draft")
    plan = make_plan(case)
    plan.items.update(service=service, action="")
    assert {item["service"] for item in plans.plan_content(plan)["items"]} == {"Terapia logopedyczna"}


def test_whoever_may_approve_is_told_and_the_author_of_the_answer(case, danuta, tomek):
    plan = make_plan(case, status=P.SUBMITTED)
    asked = Message.objects.get(template="plan_to_approve")
    assert asked.recipient_id == danuta.pk
    mail = compose(asked)
    assert case.case_sign in mail.subject
    assert "Wilga" not in mail.body
    plans.send_back_plan(plan, by=danuta, now=NOW, reason="Brakuje terminu.")
    assert Message.objects.get(template="plan_sent_back").recipient_id == tomek.pk
    assert AuditEvent.objects.first().reason == "Brakuje terminu."


def test_sent_back_and_submitted_again_tells_again(case, danuta, tomek):
    plan = make_plan(case, status=P.SUBMITTED)
    for move, who in (("send_back", danuta), ("agree", tomek), ("submit", tomek)):
        CALLS[move](plan, who)
    assert Message.objects.filter(template="plan_to_approve").count() == 2


def test_the_approved_plan_prints_as_a_tagged_document(case):
    plan = make_plan(case, status=P.APPROVED, items=3)
    for write in (plan_document, plan_for_the_person):
        document = write(plan.versions.get())
        assert document.startswith(b"%PDF")
        assert b"/StructTreeRoot" in document


# -- the end ----------------------------------------------------------------------------------------
@pytest.mark.database
def test_the_database_refuses_a_completed_plan_without_its_summary(case):
    plan = make_plan(case, status=P.APPROVED)
    with pytest.raises(IntegrityError, match="summed_up"), transaction.atomic():
        Plan.objects.filter(pk=plan.pk).update(status=P.COMPLETED)


def finish(case, by):
    return plans.finish_case(case, by=by, now=NOW, reason="goal_reached", summary="Cel osiągnięty.")


def test_a_case_does_not_close_while_its_plan_is_open(case, tomek):
    plan = make_plan(case, status=P.APPROVED)
    with pytest.raises(TransitionNotAllowed, match="Plan tej sprawy"):
        finish(case, tomek)
    CALLS["complete"](plan, tomek)
    end_needs(case)
    assert finish(case, tomek).status == Case.Status.CLOSED


@pytest.mark.parametrize("status", [Referral.Status.DRAFT, Referral.Status.SENT, Referral.Status.REJECTED])
def test_a_case_does_not_close_while_a_referral_is_live(status, case, tomek, pcpr):
    referral = make_referral(case, pcpr, status=status)
    with pytest.raises(TransitionNotAllowed, match=referral.number):
        finish(case, tomek)
    assert Case.objects.get(pk=case.pk).status == Case.Status.OPEN


def test_nothing_begins_in_a_closed_case(case, tomek, pcpr):
    end_needs(case)
    finish(case, tomek)
    with pytest.raises(BlockedError):
        make_plan(Case.objects.get(pk=case.pk))
    with pytest.raises(BlockedError):
        make_referral(Case.objects.get(pk=case.pk), pcpr)


# -- the office -------------------------------------------------------------------------------------
def page_of(plan):
    return reverse("admin:coordination_plan_change", args=[plan.pk])


def move_of(plan, name):
    return reverse("admin:coordination_plan_move", args=[plan.pk, name])


def test_the_plan_is_written_agreed_and_submitted_in_the_office(case, tomek, pcpr, sign_in):
    plan = make_plan(case, items=0)
    client = sign_in(tomek)
    assert client.get(page_of(plan)).status_code == 200
    assert client.get(move_of(plan, "agree")).context["form"].initial == {"agreed_on": timezone.localdate()}
    service = make_service(provider=pcpr)
    fields = {"goal": "Zakupy", "service": service.pk, "provider": ""}  # who gives the service, unless told otherwise
    days = {"starts_on": "12.11.2026", "ends_on": "31.03.2027"}
    for name, data in (
        ("add_item", fields | days),
        ("change", {"starts_on": "12.11.2026", "ends_on": "11.11.2027", "needs": "Inne.", "goals": "Inne."}),
        ("agree", {"agreed_on": f"{timezone.localdate():%d.%m.%Y}", "agreement": "signed"}),
        ("submit", {}),
    ):
        version = Plan.objects.get().version
        answer = client.post(move_of(plan, name), data | {"version": version})
        assert answer.status_code == 302, (name, answer.context["form"].errors)
    plan.refresh_from_db()
    assert (plan.status, plan.needs, plan.items.get().provider) == (P.SUBMITTED, "Inne.", pcpr)


def test_a_change_over_a_newer_version_is_refused_and_keeps_what_was_typed(case, tomek, sign_in):
    plan = make_plan(case)
    seen = plan.version
    CALLS["change"](plan, tomek)
    answer = sign_in(tomek).post(
        move_of(plan, "change"),
        {
            "starts_on": "12.11.2026",
            "ends_on": "31.03.2027",
            "needs": "Moja wersja.",
            "goals": "Cel",
            "version": seen,
        },
    )
    assert answer.status_code == 200
    assert "Moja wersja." in answer.content.decode()
    assert "Tomek Lis" in answer.content.decode()
    assert Plan.objects.get().needs == "Inne."


def test_the_director_finds_what_waits_for_her_and_approves_it(case, danuta, sign_in):
    plan = make_plan(case, status=P.SUBMITTED)
    client = sign_in(danuta)
    listed = client.get(reverse("admin:coordination_plan_changelist"), {"state": "submitted"})
    assert case.case_sign in listed.content.decode()
    assert "dyrektor" in listed.content.decode()
    assert "Zatwierdź" in client.get(page_of(plan)).content.decode()
    assert client.post(move_of(plan, "approve"), {"version": plan.version}).status_code == 302
    assert Plan.objects.get().status == P.APPROVED
    assert client.get(reverse("coordination:plan_pdf", args=[plan.pk, 1]))["Content-Type"] == "application/pdf"


@pytest.mark.parametrize("found", [True, False])
def test_a_plan_is_found_by_the_name_of_the_person(found, case, danuta, sign_in):
    make_plan(case)
    url = reverse("admin:coordination_plan_changelist")
    words = case.resident.last_name[:4].lower() if found else "nieznana"
    address = search(sign_in(danuta), words, where=url)
    assert words not in address
    assert (case.case_sign in sign_in(danuta).get(address).content.decode()) == found


def test_an_item_is_changed_and_taken_out_on_its_page(case, tomek, sign_in):
    plan = make_plan(case, items=2)
    first, second = plan.items.all()
    client = sign_in(tomek)
    url = reverse("coordination:plan_item", args=[first.pk])
    assert client.get(url).status_code == 200
    client.post(
        url,
        {
            "goal": "Inny cel",
            "action": "sąsiadka",
            "provider": first.provider_id,
            "starts_on": "12.11.2026",
            "ends_on": "31.03.2027",
        },
    )
    first.refresh_from_db()
    assert (first.goal, first.action, first.service) == ("Inny cel", "sąsiadka", None)
    client.post(reverse("coordination:plan_item", args=[second.pk]), {"take_out": "1"})
    assert list(plan.items.all()) == [first]


def test_a_referral_entered_in_error_is_not_on_the_page_of_its_plan(case, tomek, pcpr, sign_in):
    plan = make_plan(case)
    wrong, right = (
        make_referral(case, pcpr, status=status, plan_item=plan.items.get())
        for status in (Referral.Status.ENTERED_IN_ERROR, Referral.Status.DRAFT)
    )
    page = sign_in(tomek).get(plan.get_absolute_url()).content.decode()
    assert right.number in page
    assert wrong.number not in page


@pytest.mark.parametrize(
    ("status", "words"),
    [("in_progress", []), ("completed", ["zakończone", "potrzeba zaspokojona"]), ("rejected", ["brak miejsc"])],
)
def test_an_item_of_a_plan_tells_how_its_referral_goes_and_what_came_of_it(status, words, case, tomek, pcpr, sign_in):
    plan = make_plan(case)
    referral = make_referral(case, pcpr, status=status, plan_item=plan.items.get())
    page = sign_in(tomek).get(plan.get_absolute_url()).content.decode()
    cell = page[page.index(referral.get_absolute_url()) :].partition("</td>")[0]
    assert [word for word in words if word not in cell] == []
    assert referral.get_status_display() in cell


@pytest.mark.parametrize("rows", [1, 12])
def test_the_page_of_a_plan_costs_the_same_for_one_referral_and_for_twelve(
    rows, case, tomek, pcpr, sign_in, django_assert_num_queries
):
    item = make_plan(case).items.get()
    for _number in range(rows):
        make_referral(case, pcpr, plan_item=item)
    client = sign_in(tomek)
    with django_assert_num_queries(17):
        client.get(item.plan.get_absolute_url())


@pytest.mark.parametrize("status", [P.APPROVED, P.COMPLETED])
def test_a_case_whose_plan_came_in_time_is_late_nowhere(status, case, tomek, sign_in):
    make_plan(case, status=status)
    with time_machine.travel(NOW + timedelta(days=60), tick=False):
        client, cases = sign_in(tomek), reverse("admin:residents_case_changelist")
        for address in (cases, case.get_absolute_url()):
            assert "tag-late" not in client.get(address).content.decode()
        assert client.get(cases, {"due": "late"}).context["cl"].result_count == 0
        tiles = {tile.label: tile.count for tile in client.get(reverse("admin:index")).context["tiles"]}
        assert tiles["plany po terminie lub na 7 dni"] == 0
        assert not WORKLISTS["plans-due"].rows(tomek, TODAY + timedelta(days=60)).exists()


@pytest.mark.parametrize("name", ["kasia", "ola", "ewa", "renata", "root", "iwona"])
def test_a_stranger_finds_no_plan(name, case, kasia, sign_in):
    make_plan(make_case(kasia))
    plan = make_plan(case, status=P.APPROVED)
    client = sign_in(personas.person(name))
    for url in (page_of(plan), move_of(plan, "complete")):
        answer = client.get(url)
        assert answer.status_code == (404 if personas.person(name).is_staff else 302)
        assert client.post(url).status_code in {302, 404}
    for url in (
        reverse("coordination:plan_pdf", args=[plan.pk, 1]),
        reverse("coordination:plan_item", args=[plan.items.get().pk]),
    ):
        assert client.get(url).status_code == 404
    assert Plan.objects.get(pk=plan.pk).status == P.APPROVED


@pytest.mark.parametrize("rows", [1, 12])
def test_the_list_of_plans_costs_the_same_for_one_and_for_twelve(
    rows, tomek, danuta, sign_in, django_assert_num_queries
):
    for _number in range(rows):
        make_plan(make_case(tomek))
    client = sign_in(danuta)
    with django_assert_num_queries(5):
        client.get(reverse("admin:coordination_plan_changelist"))


@pytest.mark.parametrize("items", [1, 12])
def test_the_page_of_a_plan_costs_the_same_for_one_item_and_for_twelve(
    items, case, tomek, sign_in, django_assert_max_num_queries
):
    plan = make_plan(case, items=items)
    plan.items.update(fee_kind="rule")
    client = sign_in(tomek)
    with django_assert_max_num_queries(19):
        client.get(page_of(plan))


# -- the case, widened ------------------------------------------------------------------------------
def case_move(case, name):
    return reverse("admin:residents_case_move", args=[case.pk, name])


def test_a_plan_is_begun_on_the_page_of_its_case_and_opens_at_once(case, tomek, sign_in):
    client = sign_in(tomek)
    assert "Rozpocznij plan" in client.get(case.get_absolute_url()).content.decode()
    data = {"starts_on": "12.11.2026", "ends_on": "31.03.2027", "needs": "Zakupy.", "goals": "We własnym domu."}
    answer = client.post(case_move(case, "draft_plan"), data | {"version": case.version})
    assert answer.url == Plan.objects.get().get_absolute_url()
    assert "Rozpocznij plan" not in client.get(case.get_absolute_url()).content.decode()


def test_the_case_shows_its_plan_and_referrals_and_says_what_keeps_it_open(case, tomek, pcpr, sign_in):
    plan = make_plan(case, status=P.APPROVED)
    referral = make_referral(case, pcpr)
    client = sign_in(tomek)
    page = client.get(case.get_absolute_url()).content.decode()
    for link in (plan.get_absolute_url(), referral.get_absolute_url()):
        assert link in page
    letter = draft_letter(case.requests.get(), kind="notice", by=tomek, now=NOW)
    told = client.get(case.get_absolute_url())
    assert letter.get_absolute_url() in told.content.decode()
    lines = [row["sentence"] for row in told.context["history"]]
    assert lines[0] == f"{letter}: rozpoczęto pismo"
    assert f"{letter.request}: złożono zgłoszenie" in lines  # the whole case in one line of time
    data = {"reason": "goal_reached", "summary": "Cel osiągnięty.", "version": case.version}
    refused = client.post(case_move(case, "close"), data)
    assert "Plan tej sprawy nie jest zakończony" in refused.content.decode()
    CALLS["complete"](plan, tomek)
    assert referral.number in client.post(case_move(case, "close"), data).content.decode()
    assert Case.objects.get(pk=case.pk).status == Case.Status.OPEN


@pytest.mark.parametrize("rows", [1, 12])
def test_the_list_of_referrals_costs_the_same_for_one_and_for_twelve(
    rows, case, tomek, pcpr, sign_in, django_assert_num_queries
):
    for _number in range(rows):
        make_referral(case, pcpr)
    client = sign_in(tomek)
    with django_assert_num_queries(8):
        client.get(reverse("admin:coordination_referral_changelist"))
