"""Who may do what: the kinds of acts as a table, single objects by name, and lists that agree with both."""

import csv
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from django.apps import apps

from coordination.actions.rights import record_data_request
from coordination.actions.webhooks import try_webhook
from coordination.models import Settlement, SurveyAnswer, SurveyInvitation, WebhookCall
from coordination.workflow import (
    COMMUNITY_PLAN,
    CONTRACT,
    DATA_REQUEST,
    DESTRUCTION,
    EXCHANGE_EVENT,
    GOOD_PRACTICE,
    INCOMING,
    PLAN,
    PLAN_ITEM,
    PROVISION,
    RECORD,
    REFERRAL,
)
from cus_portal.accounts.actors import (
    AccountHolder,
    LinkHolder,
    PartnerSystem,
    PublicActor,
    ReferralLinkHolder,
    SystemActor,
)
from cus_portal.accounts.models import Absence
from cus_portal.accounts.permissions import registered_rules
from cus_portal.accounts.roles import ROLE_PERMISSIONS, SUPERUSER_PERMISSIONS
from cus_portal.audit.log import record
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from residents.actions import (
    Words,
    declare_conflict,
    draft_letter,
    file_complaint,
    keep_unmet,
    raise_flag,
    report_need,
    restrict_file,
    write_message,
)
from residents.actions.notes import write_note
from residents.models import Complaint, UnmetNeed
from residents.workflow import CASE, COMPLAINT, ITEM, LETTER, MESSAGE, REPORT, REQUEST
from tests import personas
from tests.community_world import make_action, make_event, make_volunteer
from tests.coordination_world import (
    make_case,
    make_clock,
    make_consent,
    make_incoming,
    make_plan,
    make_referral,
    make_template,
)
from tests.delivery_world import make_contract, make_provision
from tests.exchange_world import make_exchange_event, make_practice, sign_up
from tests.factories import NOW, TODAY, holder_of, make_request
from tests.partner_world import make_partner_token, make_webhook
from tests.retention_world import make_hold, make_list, make_rule

MATRIX = Path(__file__).with_name("permission_matrix.csv")
MOVES = Path(__file__).with_name("moves.csv")
ACTORS = {
    "public": PublicActor(),
    "holder": LinkHolder(request_id=1),
    "account": AccountHolder(account_id=1),
    "link": ReferralLinkHolder(referral_id=1),
    "partner": PartnerSystem(institution_id=1),
    "system": SystemActor(),
}
PEOPLE = [*personas.PEOPLE, "root"]
# Asked about no object: they open a screen or begin something new.
WITHOUT_OBJECT = {
    "coordination.view_dashboard",
    "coordination.view_inbox",
    "coordination.view_visits",
    "coordination.open_protected_incoming",
    "coordination.keep_register",
    "coordination.view_resources",
    "residents.submit_request",
    "residents.report_need",
    "residents.file_complaint",
    "coordination.answer_survey",
    "coordination.enter_surveyanswer",
    "residents.add_servicerequest",
    "residents.view_every_case",
    "residents.oversee_restricted_files",
    "residents.break_glass",
}
APPS = {"accounts", "audit", "notifications", "services", "residents", "coordination"}


def every_permission():
    held = set(SUPERUSER_PERMISSIONS).union(*ROLE_PERMISSIONS.values())
    return sorted(held.union(*(actor.permissions for actor in ACTORS.values())))


def test_the_table_of_permissions_is_the_one_that_was_agreed(db):
    """A right given or taken shows as a changed line of the file, to be read by a second person."""
    actors = {name: personas.person(name) for name in PEOPLE} | ACTORS
    found = [["permission", *actors]]
    for permission in every_permission():
        found.append([permission, *("x" if actor.granted(permission) else "" for actor in actors.values())])
    with MATRIX.open(encoding="utf-8", newline="") as file:
        assert found == list(csv.reader(file))


def test_the_tables_of_moves_are_those_that_were_agreed():
    """The tests of each table try every move in every state; what the table may say is written here."""
    found = [["model", "move", "from", "to", "permission"]]
    for workflow in (
        REQUEST,
        ITEM,
        MESSAGE,
        LETTER,
        REPORT,
        COMPLAINT,
        CASE,
        PLAN,
        PLAN_ITEM,
        REFERRAL,
        INCOMING,
        DATA_REQUEST,
        DESTRUCTION,
        COMMUNITY_PLAN,
        EXCHANGE_EVENT,
        GOOD_PRACTICE,
        CONTRACT,
        PROVISION,
        RECORD,
    ):
        for step in workflow:
            found.append([workflow.model, step.name, " ".join(step.sources), step.target, step.permission])
    with MOVES.open(encoding="utf-8", newline="") as file:
        assert found == list(csv.reader(file))


def test_every_permission_about_an_object_has_its_rule():
    bare = {name for name in every_permission() if name not in registered_rules()} - WITHOUT_OBJECT
    assert {name for name in bare if ".add_" not in name} == set()


def test_no_rule_stands_for_a_permission_nobody_can_hold():
    assert set(registered_rules()) - set(every_permission()) == set()


def write(request):
    return write_message(request, text="…", token=uuid4(), by=holder_of(request), now=NOW)


def warn(case, kind):
    return raise_flag(
        case.resident, kind=kind, reason="…", review_on=TODAY, valid_to=TODAY, by=case.coordinator, now=NOW
    )


def complaint(*, about_worker=None, **words):
    filed = file_complaint(
        Words(kind="complaint", text="…", **words), received_on=TODAY, token=uuid4(), by=PublicActor(), now=NOW
    )
    Complaint.objects.filter(pk=filed.pk).update(about_worker=about_worker)
    return Complaint.objects.get(pk=filed.pk)


def unmet(request):
    keep_unmet(request.items.get(), lacking="no_service", now=NOW)
    return UnmetNeed.objects.get(item__request=request)


@pytest.fixture
def world(db):
    """Two coordinators with a case each, referred to two institutions: everyone has a neighbour's object to envy."""
    tomek, kasia = personas.person("tomek"), personas.person("kasia")
    pcpr, clinic = personas.institution(personas.PCPR), personas.institution(personas.CLINIC)
    personas.institution(personas.COUNSELLING)
    mine, theirs = make_case(tomek), make_case(kasia)
    item = make_plan(mine).items.get()
    invitation = SurveyInvitation.objects.create(item=item, service=item.service, code="A", asked_on=TODAY)
    action, visit = make_action(), make_exchange_event()
    answer = SurveyAnswer.objects.create(service=item.service, month=TODAY.replace(day=1), helped=3)
    request = make_request()
    record("servicerequest.test", request, by=tomek)
    contract = make_contract()
    given = make_provision(contract, case=theirs, crisis_reason="pożar")
    asked = SurveyInvitation.objects.create(provision=given, service=item.service, code="B", asked_on=TODAY)
    restricted = make_request()
    restrict_file(restricted, kind="violence", by=tomek, now=NOW)
    webhook = make_webhook(pcpr)[0]
    try_webhook(webhook, by=personas.person("beata"), now=NOW)
    hidden = make_case(tomek)
    protected = make_referral(hidden, pcpr)
    restrict_file(hidden.resident, kind="violence", by=tomek, now=NOW)
    return {
        "request": request,
        "need": request.items.get(),
        "unmet need": unmet(request),
        "unmet need of a restricted request": unmet(restricted),
        "message of a resident": write(request),
        "message of a restricted request": write(restricted),
        "consent": make_consent(mine, pcpr),
        "letter": draft_letter(request, kind="notice", by=tomek, now=NOW),
        "letter about a restricted request": draft_letter(restricted, kind="notice", by=tomek, now=NOW),
        "resident": mine.resident,
        "Tomek's case": mine,
        "Kasia's case": theirs,
        "plan template": make_template(),
        "referral clock": make_clock(),
        "contract": contract,
        "settlement": Settlement.objects.create(
            contract=contract, month=date(2026, 10, 1), closed_by=tomek, closed_at=NOW
        ),
        "Tomek's service given": make_provision(contract, case=mine, crisis_reason="pożar"),
        "Kasia's service given": given,
        "Tomek's plan": item.plan,
        "Kasia's plan": make_plan(theirs),
        "invitation of Tomek's plan": invitation,
        "invitation of Kasia's service given": asked,
        "answer among too few": answer,
        "community plan": action.plan,
        "supporting action": action,
        "event": make_event(action),
        "volunteer": make_volunteer(),
        "event for other municipalities": visit,
        "good-practice card": make_practice(),
        "guest from another municipality": sign_up(visit),
        "Tomek's referral to PCPR": make_referral(mine, pcpr),
        "Kasia's referral to the clinic": make_referral(theirs, clinic),
        "Tomek's draft to PCPR": make_referral(mine, pcpr, status="draft"),
        "Tomek's withdrawn referral to PCPR": make_referral(mine, pcpr, status="withdrawn"),
        "referral that came from the clinic": make_incoming(clinic),
        "complaint about Tomek": complaint(about="worker", about_worker=tomek),
        "complaint about the director": complaint(about="director"),
        "complaint about nobody named": complaint(about="worker"),
        "report of a need": report_need(what_seen="…", token=uuid4(), by=PublicActor(), now=NOW),
        "note in Tomek's case": write_note(mine, text="…", sight="team", token=uuid4(), by=tomek, now=NOW),
        "private note in Tomek's case": write_note(mine, text="…", sight="private", token=uuid4(), by=tomek, now=NOW),
        "warning of a dog": warn(mine, "dog"),
        "warning of violence": warn(mine, "violence"),
        "restricted file": restricted.restricted_file,
        "restricted request": restricted,
        "conflict of interest": declare_conflict(theirs.resident, relation="close", by=personas.person("ola"), now=NOW),
        "institution": pcpr,
        "user": tomek,
        "membership": tomek.memberships.get(),
        "authorisation": tomek.authorisations.get(),
        "absence": Absence.objects.create(user=tomek, first_day=TODAY, last_day=TODAY),
        "request about data": record_data_request(
            mine.resident, kind="copy", received_on=TODAY, by=personas.person("ola"), now=NOW
        ),
        "token of a system": make_partner_token(pcpr)[0],
        "address of a program": webhook,
        "call of a program": WebhookCall.objects.get(about_id=None),
        "call about a restricted case": WebhookCall.objects.get(about_id=protected.pk),
        "term of keeping": make_rule(),
        "hold": make_hold(mine),
        "destruction list": make_list(),
        "message": Message.objects.first(),
        "audit event": AuditEvent.objects.first(),
    }


DESK = {"ola", "tomek", "kasia", "beata", "danuta"}
OVERSEERS = {"beata", "danuta"}
WHO_SEES = {
    "request": DESK,
    "need": DESK,
    "unmet need": OVERSEERS | {"tomek", "kasia"},
    "unmet need of a restricted request": {"tomek", "danuta"},
    "message of a resident": DESK,
    "message of a restricted request": {"tomek", "danuta"},
    "consent": DESK,
    "letter": DESK,
    "letter about a restricted request": {"tomek", "danuta"},
    "resident": DESK,
    "Tomek's case": OVERSEERS | {"tomek"},
    "Kasia's case": OVERSEERS | {"kasia"},
    "plan template": OVERSEERS | {"tomek", "kasia"},
    "referral clock": OVERSEERS,
    "contract": OVERSEERS | {"tomek", "kasia"},
    "settlement": OVERSEERS,
    "Tomek's service given": OVERSEERS | {"tomek"},
    "Kasia's service given": OVERSEERS | {"kasia"},
    "Tomek's plan": OVERSEERS | {"tomek"},
    "Kasia's plan": OVERSEERS | {"kasia"},
    "invitation of Tomek's plan": OVERSEERS | {"tomek"},
    "invitation of Kasia's service given": OVERSEERS | {"kasia"},
    "answer among too few": set(),
    "community plan": OVERSEERS,
    "supporting action": OVERSEERS,
    "event": DESK,
    "volunteer": OVERSEERS,
    "event for other municipalities": OVERSEERS,
    "good-practice card": OVERSEERS,
    "guest from another municipality": OVERSEERS,
    "Tomek's referral to PCPR": OVERSEERS | {"tomek", "ewa"},
    "Kasia's referral to the clinic": OVERSEERS | {"kasia", "bartek"},
    "Tomek's draft to PCPR": OVERSEERS | {"tomek"},
    "Tomek's withdrawn referral to PCPR": OVERSEERS | {"tomek"},
    "referral that came from the clinic": DESK,
    "complaint about Tomek": OVERSEERS,
    "complaint about the director": {"beata"},
    "complaint about nobody named": {"danuta"},
    "report of a need": DESK,
    "note in Tomek's case": OVERSEERS | {"tomek"},
    "private note in Tomek's case": {"tomek"},
    "warning of a dog": DESK,
    "warning of violence": OVERSEERS | {"tomek"},
    "restricted file": {"tomek", "danuta"},
    "restricted request": {"tomek", "danuta"},
    "conflict of interest": {"danuta", "iwona"},
    "institution": DESK | {"iwona", "root"},
    "user": {"danuta", "iwona", "root"},
    "membership": {"danuta", "iwona", "root"},
    "authorisation": {"danuta", "iwona", "root"},
    "absence": DESK,
    "request about data": DESK | {"iwona"},
    "token of a system": {"beata"},
    "address of a program": {"beata"},
    "call of a program": {"beata"},
    "call about a restricted case": set(),
    "term of keeping": {"danuta", "iwona"},
    "hold": {"danuta", "iwona"},
    "destruction list": {"danuta", "iwona"},
    "message": OVERSEERS | {"root"},
    "audit event": {"iwona"},
}


def test_each_object_is_seen_by_its_people_and_nobody_else_in_lists_and_on_pages(world):
    seen_on_page = {label: set() for label in world}
    seen_in_list = {label: set() for label in world}
    for name in PEOPLE:
        user = personas.person(name)
        for label, obj in world.items():
            permission = f"{obj._meta.app_label}.view_{obj._meta.model_name}"
            if user.has_perm(permission, obj):
                seen_on_page[label].add(name)
            if type(obj).objects.visible_to(user).filter(pk=obj.pk).exists():
                seen_in_list[label].add(name)
    assert seen_on_page == WHO_SEES
    assert seen_in_list == WHO_SEES


def test_every_model_with_a_list_by_rights_is_in_this_table_or_in_the_catalogues(world):
    covered = {type(obj) for obj in world.values()}
    elsewhere = {"services", "attachment", "reportsnapshot"}  # held by the tests of their apps
    left = {
        model._meta.model_name
        for model in apps.get_models()
        if model._meta.app_label in APPS
        and hasattr(model._default_manager.all(), "visible_to")
        and model not in covered
        and model._meta.app_label not in elsewhere
        and model._meta.model_name not in elsewhere
    }
    assert left == set()


ACTS = {
    ("residents.take_up_request", "request"): DESK - {"danuta"},
    ("residents.handle_needreport", "report of a need"): DESK - {"danuta"},
    ("residents.answer_complaint", "complaint about Tomek"): {"danuta"},
    ("residents.pass_complaint_on", "complaint about the director"): {"beata"},
    ("residents.answer_message", "message of a resident"): DESK - {"danuta"},
    ("residents.write_message", "request"): DESK - {"danuta"},
    ("residents.write_letter", "letter"): DESK - {"danuta"},
    ("residents.withdraw_consent", "consent"): DESK - {"danuta"},
    ("residents.see_to_consent", "consent"): DESK - {"danuta"},
    ("coordination.stop_referral", "Tomek's referral to PCPR"): set(),
    ("residents.triage_item", "need"): {"tomek", "kasia", "beata"},
    ("residents.close_case", "Tomek's case"): {"tomek"},
    ("residents.assign_case", "Tomek's case"): {"tomek", "danuta"},
    ("residents.change_team", "Tomek's case"): {"tomek", "danuta"},
    ("residents.hand_over_request", "request"): DESK,
    ("accounts.change_absence", "absence"): {"tomek", "danuta"},
    ("coordination.draft_plan", "Tomek's plan"): {"tomek"},
    ("coordination.approve_plan", "Tomek's plan"): {"danuta"},
    ("coordination.send_referral", "Tomek's draft to PCPR"): {"tomek"},
    ("coordination.answer_referral", "Tomek's referral to PCPR"): {"ewa"},
    ("coordination.answer_referral", "Tomek's withdrawn referral to PCPR"): set(),
    ("coordination.answer_referral", "Kasia's referral to the clinic"): {"bartek"},
    ("coordination.answer_incoming", "referral that came from the clinic"): DESK - {"danuta"},
    ("coordination.admit_sender", "referral that came from the clinic"): {"beata"},
    ("coordination.file_incoming", "referral that came from the clinic"): {"bartek"},
    ("coordination.conclude_incoming", "referral that came from the clinic"): (DESK - {"danuta"}) | {"bartek"},
    ("coordination.confirm_incoming", "referral that came from the clinic"): set(),
    ("coordination.manage_contract", "contract"): {"beata"},
    ("coordination.change_plantemplate", "plan template"): {"beata"},
    ("coordination.change_referralclock", "referral clock"): {"beata"},
    ("coordination.close_settlement", "settlement"): {"beata"},
    ("coordination.arrange_service", "Tomek's service given"): {"tomek", "beata"},
    ("coordination.answer_objection", "Tomek's service given"): {"tomek", "beata"},
    ("coordination.mark_visit", "Tomek's service given"): {"tomek", "beata", "marta"},
    ("coordination.mark_visit", "Kasia's service given"): {"kasia", "beata", "marta"},
    ("coordination.close_referral", "Tomek's referral to PCPR"): {"tomek"},
    ("coordination.revoke_partnertoken", "token of a system"): {"beata"},
    ("coordination.publish_goodpractice", "good-practice card"): OVERSEERS,
    ("coordination.publish_exchangeevent", "event for other municipalities"): OVERSEERS,
    ("coordination.keep_webhook", "address of a program"): {"beata"},
    ("coordination.repeat_webhookcall", "call about a restricted case"): set(),
}


def test_each_act_on_an_object_is_for_its_people_only(world):
    found = {
        (act, label): {name for name in PEOPLE if personas.person(name).has_perm(act, world[label])}
        for act, label in ACTS
    }
    assert found == ACTS


def test_a_superuser_reads_no_case(world, root):
    assert not any(root.has_perm(f"residents.view_{kind}") for kind in ("case", "servicerequest", "resident"))


def test_an_ended_membership_opens_nothing(world, tomek):
    tomek.memberships.update(valid_to="2020-12-31")
    tomek = type(tomek).objects.get(pk=tomek.pk)
    assert tomek.permissions == frozenset()
    assert not tomek.is_staff
    assert not type(world["Tomek's case"]).objects.visible_to(tomek).exists()


def test_a_closed_account_opens_nothing(world, tomek):
    tomek.is_active = False
    assert not tomek.has_perm("residents.view_case", world["Tomek's case"])


def test_a_holder_of_one_code_acts_on_his_own_request_only(world):
    mine, foreign = world["request"], make_request()
    holder = LinkHolder(request_id=mine.pk)
    for permission in ("residents.track_request", "residents.answer_question", "residents.withdraw_request"):
        assert holder.has_perm(permission, mine)
        assert not holder.has_perm(permission, foreign)
    assert holder.has_perm("residents.withdraw_item", mine.items.get())
    assert not holder.has_perm("residents.withdraw_item", foreign.items.get())
    assert not holder.has_perm("residents.view_servicerequest", mine)
