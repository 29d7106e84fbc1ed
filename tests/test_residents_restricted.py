"""Restricted files: found by nobody but those let in; the emergency door; people who know the client."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from coordination.models import Plan, Referral
from coordination.reminders import due_reminders
from cus_portal.accounts.models import Membership
from cus_portal.accounts.roles import Role
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import compose
from residents.actions import (
    assign_case,
    break_glass,
    declare_conflict,
    end_access,
    end_conflict,
    identify_person,
    let_in,
    lift_restriction,
    open_case,
    qualify_item,
    restrict_file,
    take_up,
)
from residents.models import Case, FileAccess, RequestItem, Resident, RestrictedFile, ServiceRequest
from tests import personas
from tests.coordination_world import make_case, make_plan, make_referral
from tests.factories import NOW, TODAY, make_request, make_service

pytestmark = pytest.mark.django_db
VIOLENCE = RestrictedFile.Kind.VIOLENCE
GUARDED = {
    "residents.view_servicerequest": ServiceRequest,
    "residents.view_requestitem": RequestItem,
    "residents.view_case": Case,
    "residents.view_resident": Resident,
    "coordination.view_plan": Plan,
    "coordination.view_referral": Referral,
}
CENTRE = ["ola", "tomek", "kasia", "beata", "danuta"]


@pytest.fixture
def closed(tomek, kasia, ola, danuta, beata, iwona, pcpr):
    """Tomek's case with all that hangs on it, restricted by him."""
    case = make_case(tomek)
    things = [case, make_plan(case), make_referral(case, pcpr)]
    things += [*case.requests.all(), *RequestItem.objects.filter(request__case=case)]
    file = restrict_file(case, kind=VIOLENCE, reason="Procedura Niebieskie Karty", by=tomek, now=NOW)
    return {"case": case, "file": file, "things": [type(thing).objects.get(pk=thing.pk) for thing in things]}


def seen_by(name, thing):
    """Tell whether page and list agree, and what they say. The user is read anew, as each visit reads him."""
    user = type(personas.person(name)).objects.get(pk=personas.person(name).pk)
    permission = f"{thing._meta.app_label}.view_{thing._meta.model_name}"
    on_page = user.has_perm(permission, type(thing).objects.get(pk=thing.pk))
    in_list = type(thing).objects.visible_to(user).filter(pk=thing.pk).exists()
    assert on_page == in_list, (name, thing)
    return on_page


def who_sees(thing):
    return {name for name in CENTRE if seen_by(name, thing)}


def test_case_9_a_restricted_file_is_found_by_those_who_work_on_it_and_by_who_oversees(closed):
    for thing in closed["things"]:
        assert who_sees(thing) == {"tomek", "danuta"}, thing


def test_the_resident_of_a_restricted_case_stays_known_but_the_case_is_not_told(closed, sign_in, ola):
    resident = closed["case"].resident
    page = sign_in(ola).get(resident.get_absolute_url())
    assert page.status_code == 200
    assert closed["case"].case_sign not in page.content.decode()
    another = make_request()
    take_up(another, by=ola, now=NOW)
    identify_person(another, resident=resident, by=ola, now=NOW)
    assert closed["case"].case_sign not in sign_in(ola).get(another.get_absolute_url()).content.decode()


def test_case_39_of_a_colleague_who_is_a_client_nothing_is_found_at_all(closed, danuta, sign_in, beata):
    resident = closed["case"].resident
    restrict_file(resident, kind=RestrictedFile.Kind.COLLEAGUE, by=danuta, now=NOW)
    assert who_sees(resident) == {"danuta", "tomek"}  # he coordinates her case
    assert sign_in(beata).get(resident.get_absolute_url()).status_code == 404
    assert not Resident.objects.visible_to(beata).search(resident.last_name)
    later = make_request()
    take_up(later, by=personas.person("ola"), now=NOW)
    identify_person(later, resident=resident, by=personas.person("ola"), now=NOW)
    assert who_sees(later) == {"danuta", "tomek"}


def test_every_address_of_a_restricted_thing_is_a_stranger_to_the_others(closed, sign_in, kasia, beata):
    for thing in closed["things"]:
        base = thing.get_absolute_url() if hasattr(thing, "get_absolute_url") else None
        for user in (kasia, beata):
            if base:
                assert sign_in(user).get(base).status_code == 404, thing


def test_tiles_lists_and_search_of_the_others_do_not_count_it(closed, sign_in, beata):
    page = sign_in(beata).get("/admin/residents/case/", {"state": "all"})
    assert page.context["cl"].result_count == 0
    sign = closed["case"].case_sign
    found = sign_in(beata).post("/admin/residents/case/find/", {"q": sign}, follow=True)
    assert found.context["cl"].result_count == 0
    assert sign not in sign_in(beata).get("/admin/").content.decode()


def test_reminders_about_it_reach_only_those_let_in(tomek, ola, danuta, beata):
    request = make_request()
    restrict_file(request, kind=VIOLENCE, by=danuta, now=NOW)
    late = request.due_on + timedelta(days=2)
    written = {row.recipient.pk for row in due_reminders(late) if row.reminder.name == "request_due"}
    assert written == {danuta.pk}


def test_a_request_for_a_secret_place_is_restricted_when_it_is_filed(ola, danuta, tomek, sign_in):
    service = make_service("Schronienie", place_is_confidential=True)
    request = make_request(needs=[(service, "")])
    assert request.restricted_file.kind == VIOLENCE
    letter = Message.objects.get(template="restricted_filed")
    assert (letter.recipient_id, letter.context["number"]) == (danuta.pk, str(request.restricted_file))
    assert who_sees(request) == {"danuta"}
    assert not letter.context["is_urgent"]
    shown = sign_in(danuta).get(request.get_absolute_url()).content.decode()
    assert f'href="{request.restricted_file.get_absolute_url()}"' in shown
    let_in(request.restricted_file, user=tomek, reason="prowadzi", by=danuta, now=NOW)
    assert who_sees(request) == {"danuta", "tomek"}


def test_the_mail_about_it_says_when_somebody_is_in_danger(danuta):
    make_request(needs=[(make_service("Schronienie", place_is_confidential=True), "")], is_urgent=True)
    mail = compose(Message.objects.get(template="restricted_filed"))
    assert mail.subject.startswith("Pilne, TZ-")
    assert "komuś coś grozi" in mail.body


def test_what_comes_of_a_restricted_request_is_restricted_too(ola, danuta, tomek, kasia):
    request = make_request()
    restrict_file(request, kind=VIOLENCE, by=tomek, now=NOW)
    take_up(request, by=tomek, now=NOW)
    identify_person(request, resident=None, by=tomek, now=NOW)
    qualify_item(request.items.get(), by=tomek, now=NOW)
    case = open_case(request, coordinator=kasia, by=tomek, now=NOW)
    for thing in (request, request.resident, case):
        assert who_sees(thing) >= {"danuta", "kasia"}
        assert who_sees(thing).isdisjoint({"ola"})
    assign_case(case, coordinator=tomek, by=danuta, now=NOW)
    assert who_sees(case) == {"danuta", "tomek"}


def test_of_two_who_restrict_the_same_the_second_makes_no_second_file(danuta, beata):
    request = make_request()
    seen_before = ServiceRequest.objects.get(pk=request.pk)
    restrict_file(request, kind=VIOLENCE, by=danuta, now=NOW)
    with pytest.raises(PermissionDenied):
        restrict_file(seen_before, kind=VIOLENCE, by=beata, now=NOW)
    with pytest.raises(ValidationError):
        restrict_file(request, kind=VIOLENCE, by=danuta, now=NOW)
    assert RestrictedFile.objects.count() == 1


def test_a_restricted_request_joins_no_open_case(tomek, danuta):
    case = make_case(tomek)
    request = make_request()
    take_up(request, by=tomek, now=NOW)
    identify_person(request, resident=case.resident, by=tomek, now=NOW)
    qualify_item(request.items.get(), by=tomek, now=NOW)
    restrict_file(request, kind=VIOLENCE, by=tomek, now=NOW)
    with pytest.raises(ValidationError, match="does not belong|nie należy"):
        open_case(request, coordinator=tomek, join=case, by=tomek, now=NOW)


# -- letting in -----------------------------------------------------------------------------------
def test_an_access_ends_with_its_day_and_when_it_is_ended(closed, kasia, danuta):
    file, case = closed["file"], closed["case"]
    request = case.requests.get()
    let_in(file, user=kasia, reason="zastępstwo", last_day=timezone.localdate(), by=danuta, now=timezone.now())
    assert seen_by("kasia", request)
    FileAccess.objects.filter(user=kasia).update(given_at=NOW, until=NOW + timedelta(hours=1))
    assert not seen_by("kasia", request)
    let_in(file, user=kasia, reason="zastępstwo", by=danuta, now=timezone.now())
    assert seen_by("kasia", request)
    end_access(file, user=kasia, by=danuta, now=timezone.now())
    assert not seen_by("kasia", request)


def test_only_who_oversees_lets_in_and_lifts(closed, tomek, kasia, danuta):
    with pytest.raises(PermissionDenied):
        let_in(closed["file"], user=kasia, reason="x", by=tomek, now=NOW)
    with pytest.raises(PermissionDenied):
        lift_restriction(closed["file"], reason="x", by=tomek, now=NOW)
    lift_restriction(closed["file"], reason="koniec procedury", by=danuta, now=NOW)
    assert who_sees(Case.objects.get(pk=closed["case"].pk)) == {"tomek", "beata", "danuta"}
    with pytest.raises(ValidationError):
        lift_restriction(closed["file"], reason="x", by=danuta, now=NOW)


def test_the_keeper_of_restricted_files_sees_them_all(closed, ola):
    Membership.objects.create(
        user=ola, institution=ola.memberships.get().institution, role=Role.PROTECTION, valid_from=TODAY
    )
    assert seen_by("ola", closed["case"].requests.get())
    assert seen_by("ola", closed["file"])
    assert not seen_by("kasia", closed["file"])


# -- the emergency door -----------------------------------------------------------------------------
def test_an_emergency_opens_the_file_for_a_day_and_tells_the_officer(closed, ola, iwona, sign_in):
    request = closed["case"].requests.get()
    client = sign_in(ola)
    sent = client.post(
        "/admin/residents/restrictedfile/add/", {"number": request.reference, "reason": "Telefon z policji"}
    )
    assert (sent.status_code, sent.url) == (302, request.get_absolute_url())
    assert client.get(request.get_absolute_url()).status_code == 200
    access = FileAccess.objects.get(user=ola)
    assert access.is_emergency
    assert access.until - access.given_at == timedelta(hours=24)
    event = AuditEvent.objects.get(action="restrictedfile.break_glass")
    assert (event.actor_id, event.reason) == (ola.pk, "Telefon z policji")
    letter = Message.objects.get(template="break_glass")
    assert letter.recipient_id == iwona.pk
    assert letter.context == {"event_id": event.pk, "opened": True}


def test_a_number_with_nothing_behind_it_and_a_file_of_somebody_known_are_answered_alike(closed, ola, iwona, sign_in):
    request = closed["case"].requests.get()
    client = sign_in(ola)
    declare_conflict(request.resident, relation="family", by=ola, now=NOW)
    answers = []
    short = client.post("/admin/residents/restrictedfile/add/", {"number": request.reference, "reason": "x"})
    assert "zdaniem" in str(short.context["form"].errors["reason"])
    for number in (request.reference, "CUS-2026-9999", make_request().reference):
        page = client.post("/admin/residents/restrictedfile/add/", {"number": number, "reason": "Telefon z policji"})
        assert page.status_code == 200
        answers.append([str(error) for error in page.context["form"].errors["number"]])
    assert answers[0] == answers[1] == answers[2]
    assert not FileAccess.objects.filter(user=ola).exists()
    assert AuditEvent.objects.filter(action="user.break_glass").count() == 3
    assert Message.objects.filter(template="break_glass").count() == 3


def test_the_tries_of_one_worker_are_counted(closed, ola, iwona, sign_in):
    client = sign_in(ola)
    for _try in range(10):
        client.post("/admin/residents/restrictedfile/add/", {"number": "CUS-2026-9999", "reason": "Telefon z policji"})
    request = closed["case"].requests.get()
    said = {"number": request.reference, "reason": "Telefon z policji"}
    page = client.post("/admin/residents/restrictedfile/add/", said)
    assert page.status_code == 200
    assert not FileAccess.objects.filter(user=ola).exists()


def test_partners_and_the_machine_room_have_no_emergency_door(closed, ewa, root):
    for user in (ewa, root):
        with pytest.raises(PermissionDenied):
            break_glass(closed["case"].case_sign, reason="x", by=user, now=NOW)


# -- people one knows -------------------------------------------------------------------------------
def test_case_38_who_knows_the_person_sees_nothing_of_her_any_more(tomek, danuta, sign_in):
    case = make_case(tomek)
    resident = case.resident
    sent = sign_in(tomek).post(
        f"/admin/residents/resident/{resident.pk}/move/declare_conflict/", {"relation": "family"}
    )
    assert (sent.status_code, sent.url) == (302, "/admin/residents/resident/")
    for thing in (case, resident, *case.requests.all()):
        assert not seen_by("tomek", thing)
        assert seen_by("danuta", thing)
    letter = Message.objects.get(template="coordinator_needed")
    assert (letter.recipient_id, letter.context["number"]) == (danuta.pk, case.case_sign)
    with pytest.raises(ValidationError):
        assign_case(case, coordinator=tomek, by=danuta, now=NOW)


def test_a_conflict_is_ended_by_another(tomek, danuta, beata):
    case = make_case(tomek)
    conflict = declare_conflict(case.resident, relation="close", by=danuta, now=NOW)
    assert not seen_by("danuta", case)
    with pytest.raises(PermissionDenied):
        end_conflict(conflict, reason="x", by=danuta, now=NOW)
    with pytest.raises(PermissionDenied):
        end_conflict(conflict, reason="x", by=beata, now=NOW)


def test_who_knows_the_person_does_not_oversee_her_file(closed, danuta):
    declare_conflict(closed["case"].resident, relation="self", by=danuta, now=NOW)
    for thing in (*closed["things"], closed["file"]):
        assert not seen_by("danuta", thing)
        assert seen_by("tomek", thing)


# -- the rooms --------------------------------------------------------------------------------------
def test_the_rooms_of_files_and_conflicts_open_for_their_people(closed, sign_in, danuta, tomek, iwona, ola):
    page = f"/admin/residents/restrictedfile/{closed['file'].pk}/change/"
    assert closed["case"].case_sign in sign_in(danuta).get(page).content.decode()
    assert sign_in(tomek).get(page).status_code == 200
    assert sign_in(ola).get(page).status_code == 404
    lists = sign_in(danuta).get("/admin/residents/restrictedfile/")
    assert lists.context["cl"].result_count == 1
    assert sign_in(ola).get("/admin/residents/restrictedfile/").context["cl"].result_count == 0
    assert sign_in(iwona).get("/admin/residents/conflictofinterest/").status_code == 200
    assert sign_in(ola).get("/admin/residents/conflictofinterest/").status_code == 403


@pytest.mark.parametrize("move", ["let_in", "end_access", "lift"])
def test_the_forms_of_a_restricted_file_open(closed, sign_in, danuta, move):
    page = sign_in(danuta).get(f"/admin/residents/restrictedfile/{closed['file'].pk}/move/{move}/")
    assert page.status_code == 200
    assert page.context["offered"]


def test_a_file_on_which_nobody_works_is_on_the_first_page(sign_in, danuta):
    make_request(needs=[(make_service("Schronienie", place_is_confidential=True), "")])
    tile = next(tile for tile in sign_in(danuta).get("/admin/").context["tiles"] if "restrictedfile" in tile.url)
    assert tile.count == 1
    assert sign_in(danuta).get(tile.url).context["cl"].result_count == 1
