"""The register of unmet needs: one line for a need, without a person, closed when the need is met."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from coordination.removal import blank_requests
from coordination.reports import REPORTS, UNMET_ENDS, Period, Year
from coordination.suppression import HIDDEN, suppress
from coordination.worklists import WORKLISTS
from cus_portal.audit.models import AuditEvent
from cus_portal.workflow import TransitionNotAllowed
from residents.actions import (
    accept_offer,
    close_unmet,
    forward_item,
    identify_person,
    inform_item,
    keep_unmet,
    offer_place,
    propose_refusal,
    qualify_item,
    restrict_file,
    return_to_queue,
    say_kind,
    sign_refusal,
    waitlist_item,
    withdraw_request,
)
from residents.models import ServiceRequest, UnmetNeed
from services.models import ProgrammeService, UnmetSearch, UnmetSearchMonth
from tests.desk import GROUNDS, move, words
from tests.factories import NOW, PERSON, TODAY, make_area, make_locality, make_request, make_resident, make_service

pytestmark = pytest.mark.django_db
Reason, Outcome = UnmetNeed.Reason, UnmetNeed.Outcome
NOVEMBER = Period(date(2026, 11, 1))
LATER = NOW + timedelta(days=40)


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def service():
    return make_service("Opieka wytchnieniowa")


def ask(service=None, *, place="Wronów", **fields):
    person = PERSON | {"locality": make_locality(place)}
    return make_request(needs=[(service, "" if service else "ktoś do rozmowy")], applicant=person, **fields).items.get()


def wait(item, by):
    return waitlist_item(item, by=by, now=NOW)


def refuse(item, tomek, danuta, ground):
    propose_refusal(item, **GROUNDS | {"ground": ground}, by=tomek, now=NOW)
    return sign_refusal(item, by=danuta, now=NOW)


def figures(name, period=NOVEMBER):
    return {row[0]: row[1:] for row in REPORTS[name].table(period, TODAY)["rows"]}


# -- each way into it -----------------------------------------------------------------------------
def test_case_32_what_is_no_refusal_goes_to_the_register_by_place_kind_and_reason(service, tomek, pcpr):
    wait(ask(service), tomek)
    consent = {"data_scope": "telefon", "purpose_note": "pomoc", "form": "written", "given_on": TODAY}
    forward_item(ask(service), receiver=pcpr, **consent, by=tomek, now=NOW)
    inform_item(ask(), answer="Nie ma tego u nas.", lacking=Reason.NO_SERVICE, by=tomek, now=NOW)
    inform_item(ask(service), answer="Kasa Chorych.", lacking=Reason.NO_PROGRAMME, by=tomek, now=NOW)
    inform_item(ask(service), answer="Bez wniosku, proszę przyjść.", by=tomek, now=NOW)
    lines = UnmetNeed.objects.order_by("pk")
    assert [line.reason for line in lines] == ["waiting", "forwarded", "no_service", "no_programme"]
    assert {line.locality.name for line in lines} == {"Wronów"}
    assert [line.area and line.area.number for line in lines] == [1, 1, None, 1]
    assert {line.opened_on for line in lines} == {TODAY}


def test_a_line_holds_no_word_and_no_name(service, tomek):
    line = UnmetNeed.objects.get(item=wait(ask(), tomek))
    held = {field.name for field in line._meta.concrete_fields}
    assert held == {
        *(
            "id",
            "item",
            "case",
            "reason",
            "service",
            "area",
            "locality",
            "opened_on",
            "closed_on",
            "outcome",
            "is_repeat",
        ),
    }
    assert "rozmowy" not in str(line)


def test_lacking_places_are_told_from_waiting_for_ones_turn(service, tomek):
    row = ProgrammeService.objects.filter(service=service)
    row.update(capacity=1, capacity_period="at_once")
    wait(ask(service), tomek)
    qualify_item(ask(service), skip_reason="pilne", by=tomek, now=NOW)
    wait(ask(service), tomek)
    assert [line.reason for line in UnmetNeed.objects.order_by("pk")] == ["waiting", "no_place"]


@pytest.mark.parametrize(
    ("ground", "reason"),
    [
        ("group", Reason.NOT_ELIGIBLE),
        ("condition", Reason.NOT_ELIGIBLE),
        ("other", Reason.NO_PROGRAMME),
        ("elsewhere", None),
    ],
)
def test_a_refusal_counts_and_says_that_it_was_one_where_no_condition_is_met(service, tomek, danuta, ground, reason):
    refuse(ask(service), tomek, danuta, ground)
    assert [line.reason for line in UnmetNeed.objects.all()] == ([reason] if reason else [])
    assert UnmetNeed.objects.filter(reason__in=UnmetNeed.GAPS).exists() is bool(reason)
    if reason:
        assert figures("unmet")[reason.label][0] == 1


# -- met, withdrawn, counted once -----------------------------------------------------------------
def test_a_need_that_is_met_later_closes_its_line(service, tomek):
    item = wait(ask(service), tomek)
    offer_place(item, by=tomek, now=LATER)
    assert UnmetNeed.objects.open().exists()
    accept_offer(item, by=tomek, now=LATER)
    line = UnmetNeed.objects.get()
    assert (line.closed_on, line.outcome) == (LATER.date(), Outcome.MET)
    assert figures("unmet")[Reason.WAITING.label] == [1, 0, 1]
    assert figures("unmet", Period(date(2026, 12, 1)))[Reason.WAITING.label][:2] == [0, 1]


def test_a_withdrawn_request_closes_its_lines_and_a_successful_appeal_opens_the_line_again(service, tomek, danuta):
    item = refuse(ask(service), tomek, danuta, "condition")
    return_to_queue(item, reason="SKO.1", by=tomek, now=NOW)
    line = UnmetNeed.objects.get()
    assert (line.reason, line.closed_on) == (Reason.WAITING, None)
    request = make_request(needs=[(service, ""), (None, "towarzystwo")])
    wait(request.items.first(), tomek)
    request = ServiceRequest.objects.get(pk=request.pk)
    withdraw_request(request, by=tomek, now=LATER)
    assert UnmetNeed.objects.get(item__request=request).outcome == Outcome.WITHDRAWN


def test_one_need_of_a_person_counts_once_however_often_it_is_asked_for(service, tomek):
    resident = make_resident()
    for _filing in range(2):
        item = ask(service)
        identify_person(item.request, resident=resident, by=tomek, now=NOW)
        item.refresh_from_db()
        wait(item, tomek)
    assert UnmetNeed.objects.count() == 2
    assert figures("unmet")["razem"] == [1, 0, 1]
    offer_place(item, skip_reason="kolejność", by=tomek, now=NOW)
    accept_offer(item, by=tomek, now=NOW)
    assert not UnmetNeed.objects.open().exists()


# -- closed by hand -------------------------------------------------------------------------------
def lacking(service=None, **fields):
    """Return the line of a need that nobody gives."""
    item = ask(service, **fields)
    keep_unmet(item, lacking=Reason.NO_SERVICE, now=NOW)
    return item.unmet


def test_the_organiser_closes_a_line_with_what_came_of_it_and_it_stays_in_the_register(sign_in, beata, service):
    line = lacking(service)
    desk = sign_in(beata)
    assert desk.post(move(line, "close"), {}).status_code == 200  # says nothing, closes nothing
    assert UnmetNeed.objects.open().exists()
    desk.post(move(line, "close"), {"outcome": "opened"})
    line.refresh_from_db()
    assert (line.closed_on, line.outcome) == (TODAY, Outcome.OPENED)
    assert AuditEvent.objects.about(line).get().action == "unmetneed.close"
    assert not WORKLISTS["gaps"].rows(beata, TODAY).exists()
    desk.post(move(line, "close"), {"outcome": "handled"})
    line.refresh_from_db()
    assert line.outcome == Outcome.OPENED
    assert figures("unmet")[Reason.NO_SERVICE.label][0] == 1
    keep_unmet(line.item, lacking=Reason.NO_SERVICE, now=LATER)  # asked again in vain: the service did not help
    assert UnmetNeed.objects.open().get() == line


def test_nobody_but_the_organiser_closes_a_line_and_the_queue_closes_its_own(sign_in, beata, tomek, danuta, service):
    line = lacking(service)
    for who in (tomek, danuta):
        with pytest.raises(PermissionDenied):
            close_unmet(line, outcome="opened", by=who, now=NOW)
    waiting = UnmetNeed.objects.get(item=wait(ask(service), tomek))
    with pytest.raises(TransitionNotAllowed):
        close_unmet(waiting, outcome="handled", by=beata, now=NOW)
    assert UnmetNeed.objects.open().count() == 2
    assert not AuditEvent.objects.filter(action="unmetneed.close").exists()


def test_help_that_came_closes_the_same_need_of_the_person_and_a_mistake_lets_the_next_count(beata, tomek, service):
    resident = make_resident()
    lines = []
    for _filing in range(3):
        item = ask(service)
        identify_person(item.request, resident=resident, by=tomek, now=NOW)
        item.refresh_from_db()
        keep_unmet(item, lacking=Reason.NO_SERVICE, now=NOW)
        lines.append(item.unmet)
    other = lacking(service)
    assert [line.is_repeat for line in lines] == [False, True, True]
    close_unmet(lines[0], outcome="mistake", by=beata, now=NOW)
    assert list(UnmetNeed.objects.counted().open().order_by("pk")) == [lines[1], other]
    assert figures("unmet")[Reason.NO_SERVICE.label][0] == 2
    close_unmet(lines[2], outcome="contracted", by=beata, now=NOW)
    assert list(UnmetNeed.objects.open()) == [other]
    year = UNMET_ENDS.table(Year(date(2026, 1, 1)), TODAY)["rows"]
    assert {row[0]: row[1:] for row in year}[Reason.NO_SERVICE.label] == [2, 1, 0, 0, 1, 0, 0]


def test_many_lines_are_closed_at_once_each_by_its_own_right(sign_in, beata, kasia, tomek, service):
    lines = [lacking(make_service(f"Usługa {number}")) for number in range(2)]
    shut = lacking(service, place="Cuple")
    restrict_file(shut.item.request, kind="violence", by=tomek, now=NOW)
    waits = UnmetNeed.objects.get(item=wait(ask(service), tomek))
    room = reverse("admin:residents_unmetneed_changelist")
    rows = {"row": [f"{line.pk}:" for line in (*lines, shut, waits)], "sure": "1", "outcome": "opened"}
    assert sign_in(kasia).post(f"{room}bulk/close/", rows).status_code == 403
    done = sign_in(beata).post(f"{room}bulk/close/", rows, follow=True)
    assert "Nie zrobiono w 1 wierszu" in words(done)
    assert list(UnmetNeed.objects.open().order_by("pk")) == [shut, waits]


# -- who sees what --------------------------------------------------------------------------------
def test_case_09_a_restricted_file_is_in_no_list_and_tells_neither_place_nor_kind(service, tomek, beata, danuta):
    item = wait(ask(service, place="Cuple"), tomek)
    restrict_file(item.request, kind="violence", by=tomek, now=NOW)
    line = UnmetNeed.objects.get()
    assert not UnmetNeed.objects.visible_to(beata).exists()
    assert not beata.has_perm("residents.view_unmetneed", line)
    assert UnmetNeed.objects.visible_to(danuta).get() == line
    assert figures("unmet-localities") == {"nie podano": [1], "razem": [1]}
    assert figures("unmet-areas")["własnymi słowami, rodzaj jeszcze nieokreślony"] == [1]
    assert figures("unmet")["razem"][0] == 1


def test_case_59_small_villages_are_hidden_from_whoever_reads_outside_the_house(service, tomek):
    for place, count in (("Wronów", 1), ("Matczyn", 2), ("Babin", 6), ("Bychawka", 8)):
        for _need in range(count):
            wait(ask(service, place=place), tomek)
    table = suppress(REPORTS["unmet-localities"].table(Year(date(2026, 1, 1)), TODAY))
    assert {row[0]: row[1] for row in table["rows"]} == {
        "Babin": HIDDEN,
        "Bychawka": 8,
        "Matczyn": HIDDEN,
        "Wronów": HIDDEN,
        "nie podano": 0,
        "razem": HIDDEN,
    }


def test_the_organiser_sees_the_lines_and_says_the_kind_of_a_need_in_own_words(sign_in, beata, ola, tomek):
    line = UnmetNeed.objects.get(item=wait(ask(), tomek))
    area = make_area(3)
    desk = sign_in(beata)
    assert "Wronów" in words(desk.get(reverse("coordination:worklist", args=["unmet"])))
    assert "nieokreślon" in words(desk.get(reverse("admin:index")))
    desk.post(move(line, "kind"), {"area": area.pk})
    line.refresh_from_db()
    assert line.area == area
    assert AuditEvent.objects.about(line).get().action == "unmetneed.kind"
    with pytest.raises(PermissionDenied):
        say_kind(line, area=area, by=ola, now=NOW)
    assert not WORKLISTS["unmet"].rows(ola, TODAY).exists()


def test_the_list_leaves_as_a_file_with_its_reason_in_the_audit(sign_in, beata, service, tomek):
    wait(ask(service), tomek)
    saved = sign_in(beata).post(
        reverse("coordination:worklist", args=["unmet"]), {"reason": "nowy program", "file_format": "csv"}
    )
    assert "Wronów" in saved.content.decode("utf-8-sig")
    assert "Wilga" not in saved.content.decode("utf-8-sig")
    assert AuditEvent.objects.filter(action=AuditEvent.EXPORT).get().facts == {"screen": "unmet", "rows": 1}


def test_the_year_is_on_a_page_and_in_a_workbook_in_the_house_only(sign_in, beata, renata, service, tomek):
    search = UnmetSearch.objects.create(text="winda", number=7, last_month=TODAY)
    UnmetSearchMonth.objects.create(search=search, month=TODAY.replace(day=1), number=7)
    wait(ask(service), tomek)
    page = reverse("coordination:unmet_year", args=[2026])
    shown = sign_in(beata).get(page)
    assert [table["name"] for table in shown.context["tables"]][-1] == "unmet-searches"
    assert shown.context["tables"][-1]["rows"][0][1] == 7
    assert shown.context["tables"][0]["rows"][0][1] == 1
    assert shown.client.get(reverse("coordination:unmet_year_xlsx", args=[2026])).content[:2] == b"PK"
    years = [sign_in(beata).get(reverse("coordination:unmet_year", args=[year])) for year in (2018, 2027)]
    assert [answer.status_code for answer in years] == [404, 404]
    assert sign_in(renata).get(page).status_code == 403  # beside the months it would give back what is hidden there
    assert sign_in(tomek).get(page).status_code == 403


def test_the_diagnosis_stands_by_place_area_and_quarter_and_adds_up_to_the_register(
    sign_in, beata, renata, service, tomek, danuta
):
    village, area = make_locality("Wronów"), make_area(3)
    for text, where, month, decision in (
        ("winda", {"locality": village, "area": area}, 11, "none"),
        ("winda", {}, 2, "none"),
        ("smok", {}, 2, "ignored"),
    ):
        day = {"decided_at": NOW} if decision != "none" else {}
        known = {"number": 9, "last_month": TODAY, "decision": decision, **day}
        search, _new = UnmetSearch.objects.get_or_create(text=text, defaults=known)
        UnmetSearchMonth.objects.create(search=search, month=date(2026, month, 1), number=month, **where)
    wait(ask(service), tomek)
    keep_unmet(ask(), lacking=Reason.NO_SERVICE, now=NOW)
    restrict_file(wait(ask(service, place="Cuple"), tomek).request, kind="violence", by=danuta, now=NOW)
    page = sign_in(beata).get(reverse("coordination:diagnosis_year", args=[2026]))
    quarters, places, areas, cells = page.context["tables"]

    def told(row, names):
        found = dict(zip(cells["head"][3:], row[names:], strict=True))
        kinds = [Reason.WAITING.label, Reason.NO_SERVICE.label, "wyszukiwania bez wyniku"]
        return [*row[:names], found["niezaspokojone potrzeby"], *(found[str(kind)] for kind in kinds)]

    assert [told(row, 1) for row in quarters["rows"]] == [
        ["I", 0, 0, 0, 2],
        ["IV", 3, 2, 1, 11],
        ["razem", 3, 2, 1, 13],
    ]
    assert [told(row, 1) for row in places["rows"][:-1]] == [["Wronów", 2, 1, 1, 11], ["nie podano", 1, 1, 0, 2]]
    assert [told(row, 3) for row in cells["rows"]] == [
        ["Wronów", f"1. {service.areas.get().name}", "IV", 1, 1, 0, 0],
        ["Wronów", f"3. {area.name}", "IV", 0, 0, 0, 11],
        ["Wronów", "jeszcze nieokreślony", "IV", 1, 0, 1, 0],
        ["nie podano", "jeszcze nieokreślony", "I", 0, 0, 0, 2],
        ["nie podano", "jeszcze nieokreślony", "IV", 1, 1, 0, 0],
    ]
    assert quarters["rows"][-1][1:] == places["rows"][-1][1:] == areas["rows"][-1][1:]
    assert quarters["rows"][-1][1] == figures("unmet", Year(date(2026, 1, 1)))["razem"][0]
    saved = page.client.get(reverse("coordination:diagnosis_year_xlsx", args=[2026]))
    assert 'filename="diagnoza-2026.xlsx"' in saved["Content-Disposition"]
    assert AuditEvent.objects.filter(action=AuditEvent.EXPORT).get().facts["screen"] == "diagnosis-2026"
    assert sign_in(renata).get(reverse("coordination:diagnosis_year", args=[2026])).status_code == 403
    assert sign_in(beata).get(reverse("coordination:diagnosis_year", args=[2027])).status_code == 404


def test_when_the_request_is_taken_out_the_line_stays_and_leads_to_nobody(service, tomek):
    wait(ask(service), tomek)
    hidden = wait(ask(service, place="Cuple"), tomek)
    restrict_file(hidden.request, kind="violence", by=tomek, now=NOW)
    before = [figures(name) for name in ("unmet", "unmet-localities", "unmet-areas")]
    blank_requests(ServiceRequest.objects.all())
    open_line, shut_line = UnmetNeed.objects.order_by("pk")
    assert (open_line.item, open_line.locality.name) == (None, "Wronów")
    assert (shut_line.item, shut_line.locality, shut_line.area, shut_line.service) == (None, None, None, None)
    assert [figures(name) for name in ("unmet", "unmet-localities", "unmet-areas")] == before


@pytest.mark.parametrize("rows", [1, 12])
def test_the_list_and_the_year_cost_the_same_however_many_lines(
    sign_in, beata, tomek, service, rows, django_assert_max_num_queries
):
    for number in range(rows):
        wait(ask(service, place=f"Wieś {number % 3}"), tomek)
    desk = sign_in(beata)
    room = reverse("admin:residents_unmetneed_changelist")
    desk.get(room)
    with django_assert_max_num_queries(16):
        assert desk.get(room).status_code == 200
    with django_assert_max_num_queries(16):
        assert desk.get(reverse("coordination:unmet_year", args=[2026])).status_code == 200
    with django_assert_max_num_queries(8):
        assert desk.get(reverse("coordination:diagnosis_year", args=[2026])).status_code == 200
