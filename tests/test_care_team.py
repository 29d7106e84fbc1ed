"""The care team of a case: who is on it sees the case meanwhile, a deputy acts, and a hand-over leaves no door open."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from coordination.copies import copy_of
from coordination.models import Plan, Provision, Referral
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from residents.actions import (
    assign_case,
    close_case,
    declare_conflict,
    join_team,
    leave_team,
    name_coordinator,
    restrict_file,
)
from residents.models import Case, TeamMember
from tests import personas
from tests.coordination_world import end_needs, make_case, make_plan, make_referral
from tests.delivery_world import make_contract, make_provision
from tests.desk import move, page, words
from tests.factories import NOW, TODAY, make_service
from tests.intake import prove

TOMORROW = TODAY + timedelta(days=1)
Role = TeamMember.Role
LEADS = (
    *("residents.write_assessment", "residents.close_case", "coordination.draft_plan", "coordination.send_referral"),
    "coordination.arrange_service",
)


@pytest.fixture(autouse=True)
def that_day():
    with time_machine.travel(NOW, tick=False):
        yield


def join(case, user=None, role=Role.SOCIAL_WORKER, *, since=TODAY, by=None, **more):
    return join_team(case, role=role, user=user, valid_from=since, by=by or case.coordinator, now=NOW, **more)


def fresh(user):
    return type(user).objects.get(pk=user.pk)


def sees(user, case):
    """Tell whether the worker sees the case, by its list and by its rule: both say the same."""
    listed = Case.objects.visible_to(fresh(user)).filter(pk=case.pk).exists()
    assert listed == fresh(user).has_perm("residents.view_case", case)
    return listed


# -- what membership opens --------------------------------------------------------------------------------------------
def test_a_member_sees_the_case_with_all_that_belongs_to_it_from_the_first_day_to_the_last(case, ola, pcpr):
    plan, referral = make_plan(case), make_referral(case, pcpr)
    given = make_provision(make_contract(make_service()), case=case, crisis_reason="…")
    rows = ((Plan, plan), (Referral, referral), (Provision, given))
    join(case, ola, since=TOMORROW, valid_to=TOMORROW)
    for day, opens in ((TODAY, False), (TOMORROW, True), (TOMORROW + timedelta(days=1), False)):
        with time_machine.travel(NOW + (day - TODAY), tick=False):
            worker = fresh(ola)
            assert sees(worker, case) is opens
            for model, row in rows:
                assert model.objects.visible_to(worker).filter(pk=row.pk).exists() is opens
                assert worker.has_perm(f"coordination.view_{model._meta.model_name}", row) is opens
            assert not [one for one in LEADS if worker.has_perm(one, case)]


def test_a_deputy_acts_as_the_coordinator_but_hands_nothing_over(case, kasia):
    join(case, kasia, Role.DEPUTY)
    deputy = fresh(kasia)
    assert all(deputy.has_perm(one, case) for one in LEADS)
    assert make_plan(case, by=deputy).author == kasia
    for act in (
        lambda: assign_case(case, coordinator=deputy, by=deputy, now=NOW),
        lambda: join(case, personas.person("ola"), by=deputy),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_another_coordinator_on_the_team_sees_and_does_not_act(case, kasia):
    join(case, kasia, Role.PSYCHOLOGIST)
    assert sees(kasia, case)
    assert not [one for one in LEADS if fresh(kasia).has_perm(one, case)]


def test_the_member_is_told_by_a_mail_that_names_the_case_only(case, ola):
    join(case, ola)
    mail = Message.objects.get(template="joined_team")
    assert (mail.recipient_id, mail.context["number"]) == (ola.pk, case.case_sign)
    assert "Wilga" not in str(mail.context)


# -- who may be on it -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["ola", "kasia", "beata", "iwona", "ewa", "root", "stranger"])
def test_nobody_but_the_coordinator_and_the_director_puts_the_team_together(name, case):
    with pytest.raises(PermissionDenied):
        join(case, personas.person("ola"), by=personas.person(name))
    assert not TeamMember.objects.exists()
    assert not Message.objects.exists()


def test_a_restricted_file_and_a_conflict_are_not_got_round_by_the_team(case, ola, kasia):
    declare_conflict(case.resident, relation="close", by=ola, now=NOW)
    with pytest.raises(ValidationError, match="Wybierz kogoś innego"):
        join(case, ola)
    restrict_file(case, kind="violence", by=case.coordinator, now=NOW)
    case.refresh_from_db()
    with pytest.raises(ValidationError, match="Wybierz kogoś innego"):
        join(case, kasia)
    assert not TeamMember.objects.exists()


def test_restricting_the_file_leaves_in_who_leads_it_and_no_other_of_the_team(case, ola, kasia):
    join(case, ola)
    join(case, kasia, Role.DEPUTY)
    restrict_file(case, kind="violence", by=case.coordinator, now=NOW)
    case.refresh_from_db()
    assert (sees(case.coordinator, case), sees(kasia, case), sees(ola, case)) == (True, True, False)


def test_who_says_that_he_knows_the_person_leaves_the_team_the_same_day(case, ola):
    join(case, ola)
    declare_conflict(case.resident, relation="close", by=fresh(ola), now=NOW)
    assert TeamMember.objects.get().valid_to == TODAY
    assert not sees(ola, case)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": ""}, "user"),
        ({"name": "Jan Kos", "user": "ola"}, "user"),
        ({"user": "tomek"}, "user"),
        ({"user": "iwona"}, "user"),
        ({"user": "ewa"}, "user"),
        ({"user": "ola", "role": Role.DEPUTY}, "user"),
        ({"name": "Jan Kos", "role": Role.DEPUTY}, "user"),
        ({"user": "ola", "valid_to": TODAY - timedelta(days=1)}, "valid_to"),
        ({"user": "ola", "role": "szef"}, "role"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(case, facts, field):
    known = {name: personas.person(value) if name == "user" else value for name, value in facts.items()}
    with pytest.raises(ValidationError) as refused:
        join(case, **known)
    assert list(refused.value.message_dict) == [field]
    assert not TeamMember.objects.exists()


def test_nobody_is_twice_in_a_team_at_a_time_and_the_database_holds_it(case, ola):
    member = join(case, ola, valid_to=TOMORROW)
    with pytest.raises(ValidationError, match="już w zespole"):
        join(case, ola, since=TOMORROW)
    facts = {"case": case, "user": ola, "role": "nurse", "added_by": ola, "added_at": NOW}
    with pytest.raises(IntegrityError, match="once_in_a_team"), transaction.atomic():
        TeamMember.objects.create(**facts, valid_from=member.valid_from)
    join(case, ola, since=TOMORROW + timedelta(days=1))
    assert TeamMember.objects.count() == 2


def test_somebody_from_outside_is_noted_by_name_and_nobody_is_written_to(case):
    member = join(case, name=" Jan Kos ", contact="81 100 00 00", role=Role.GUARDIAN)
    assert (member.name, member.user, Message.objects.count()) == ("Jan Kos", None, 0)


# -- how it ends ------------------------------------------------------------------------------------------------------
def test_a_membership_ends_on_its_last_day_and_only_once(case, ola):
    member = join(case, ola)
    leave_team(case, member=member, last_day=TODAY, by=case.coordinator, now=NOW)
    assert sees(ola, case)  # that day still
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert not sees(ola, case)
    with pytest.raises(ValidationError):
        leave_team(case, member=member, last_day=TOMORROW, by=case.coordinator, now=NOW + timedelta(days=1))
    with pytest.raises(PermissionDenied):
        leave_team(case, member=member, last_day=TODAY, by=fresh(ola), now=NOW)


def test_after_a_hand_over_the_former_coordinator_sees_nothing_and_the_new_one_leaves_the_team(case, tomek, kasia):
    join(case, kasia, since=TODAY - timedelta(days=3))
    assign_case(case, coordinator=kasia, by=tomek, now=NOW)
    assert TeamMember.objects.get().valid_to == TODAY - timedelta(days=1)
    assert (sees(tomek, case), sees(kasia, case)) == (False, True)


def test_who_hands_over_may_stay_as_a_deputy_until_a_day(case, tomek, kasia):
    assign_case(case, coordinator=kasia, stays_until=TOMORROW, by=tomek, now=NOW)
    assert fresh(tomek).has_perm("coordination.draft_plan", case)
    assert not fresh(tomek).has_perm("residents.assign_case", case)
    with time_machine.travel(NOW + timedelta(days=2), tick=False):
        assert not sees(tomek, case)


def test_a_day_gone_by_stops_the_whole_hand_over(case, tomek, kasia):
    with pytest.raises(ValidationError) as refused:
        assign_case(case, coordinator=kasia, stays_until=TODAY - timedelta(days=1), by=tomek, now=NOW)
    assert list(refused.value.message_dict) == ["stays_until"]
    assert Case.objects.get(pk=case.pk).coordinator == tomek


def test_the_team_ends_with_the_case(case, ola, kasia):
    join(case, ola)
    join(case, kasia, since=TOMORROW)
    end_needs(case)
    close_case(case, reason="goal_reached", summary="Cel osiągnięty.", by=case.coordinator, now=NOW)
    assert list(TeamMember.objects.values_list("user", "valid_to")) == [(ola.pk, TODAY)]


# -- what is shown ----------------------------------------------------------------------------------------------------
def test_the_team_is_put_together_on_the_page_of_the_case(case, sign_in, ola):
    client, since = sign_in(case.coordinator), f"{TODAY:%d.%m.%Y}"
    shown = client.get(move(case, "join_team"))
    offered = set(shown.context["form"].fields["user"].queryset.values_list("pk", flat=True))
    assert ola.pk in offered
    assert not {case.coordinator_id, personas.person("iwona").pk} & offered
    answer = client.post(move(case, "join_team"), {"role": "nurse", "user": ola.pk, "valid_from": since})
    assert answer.status_code == 302
    assert "Ola Wrona pielęgniarka" in words(client.get(page(case)))
    member = TeamMember.objects.get()
    client.post(move(case, "leave_team"), {"member": member.pk, "last_day": since})
    member.refresh_from_db()
    assert member.valid_to == TODAY
    acts = AuditEvent.objects.filter(object_type="residents.case", object_id=case.pk).values_list("action", flat=True)
    assert {"case.join_team", "case.leave_team"} <= set(acts)


def test_a_clerk_finds_the_cases_of_teams_in_her_list_and_no_other(case, sign_in, ola, kasia):
    join(case, ola)
    make_case(kasia)
    client = sign_in(ola)
    listed = client.get(reverse("admin:residents_case_changelist"), {"whose": "team"})
    assert [one.pk for one in listed.context["cl"].result_list] == [case.pk]
    assert client.get(page(case)).status_code == 200
    said = {"role": "nurse", "name": "Jan Kos", "valid_from": f"{TODAY:%d.%m.%Y}"}
    assert client.post(move(case, "join_team"), said).status_code == 403
    assert TeamMember.objects.count() == 1


def test_the_person_reads_as_what_people_work_on_the_case_and_a_name_only_where_that_was_said(client, case, ola):
    join(case, ola, Role.PSYCHOLOGIST)
    join(case, name="Jan Kos", role=Role.GUARDIAN)
    prove(client, case.requests.get())
    status = reverse("residents:request_status")
    shown = words(client.get(status))
    assert "psycholog" in shown
    for name in ("Tomek", "Ola", "Wrona", "Jan Kos"):
        assert name not in shown
    name_coordinator(case, named=True, by=case.coordinator, now=NOW)
    assert "Tomek Lis, koordynator" in words(client.get(status))
    restrict_file(case, kind="violence", by=case.coordinator, now=NOW)
    shown = words(client.get(status))
    assert "Tomek" not in shown
    assert "psycholog" not in shown


def test_the_copy_of_ones_data_names_the_roles_and_no_worker(case, ola):
    join(case, ola, Role.NURSE)
    said = str(copy_of(case.resident, left_out=[], on=TODAY))
    assert "pielęgniarka, 12 listopada 2026" in said
    assert "Wrona" not in said
