"""Worklists and dashboard: every live referral in one list, every number equal to the list it opens."""

import html
import io
import re
import statistics
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.db.models import F
from django.http import QueryDict
from django.urls import reverse
from openpyxl import load_workbook
from pypdf import PdfReader

from coordination import filters, worklists
from coordination.board import OVERDUE_ROWS, Speed
from coordination.columns import TABLES
from coordination.figures import count_answers
from coordination.models import AnswerSpeed, Plan, Referral
from coordination.views.board import PER_PAGE
from coordination.worklists import PARTITION, SUBJECTS, WORKLISTS
from cus_portal.accounts.models import Membership
from cus_portal.accounts.roles import Role
from cus_portal.audit.models import AuditEvent
from cus_portal.paging import MARK
from residents.actions import (
    ask_resident,
    keep_unmet,
    pass_appeal_on,
    propose_refusal,
    record_appeal,
    restrict_file,
    sign_refusal,
)
from residents.models import (
    Case,
    ConflictOfInterest,
    FileAccess,
    RefusalAppeal,
    RefusalDecision,
    RequestItem,
    RestrictedFile,
    ServiceRequest,
    TeamMember,
)
from tests import board_world as world
from tests.coordination_world import make_case
from tests.delivery_world import make_provision
from tests.factories import NOW, PERSON, TODAY, make_area, make_locality, make_request

DASHBOARD = "/praca/"
GAPS = "/praca/braki/"
FILTERS = [
    "",
    "?state=sent",
    "?institution={pcpr}",
    "?coordinator={kasia}",
    "?coordinator={tomek}&institution={clinic}",
    "?area={area}",
    "?area=none&state=sent",
    "?sent_from=01.11.2026&sent_to=04.11.2026",
    "?sent_from=05.11.2026",
    "?priority=urgent&sender={clinic}",
    "?kind=service_referral&priority=routine",
    "?confidentiality=sensitive",
    "?state=nonsense&sent_from=32.13.2026",
]


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def busy(tomek, kasia, pcpr, clinic, danuta):
    """Two coordinators with referrals in every state, plans in every state, cases and requests in time and late."""
    rows = world.every_state(tomek, [pcpr, clinic]) + world.every_state(kasia, [clinic, pcpr])
    for position, status in enumerate(Plan.Status):
        world.plan(world.case(tomek if position % 2 else kasia), status=status, ends_on=TODAY + timedelta(days=20))
    world.plan(world.case(tomek), status=Plan.Status.APPROVED, ends_on=TODAY + timedelta(days=31))
    world.case(kasia, opened_on=TODAY - timedelta(days=60))
    world.case(tomek, opened_on=TODAY)
    rows.append(world.referral(world.case(kasia), pcpr, area=None, due=TODAY - timedelta(days=40)))
    for days in (0, 5, 60):
        make_request(on=TODAY - timedelta(days=days))
    world.unmet_needs()
    world.queues(tomek)
    world.came(clinic, pcpr)
    return rows


def tiles_of(page):
    """Return the tiles of a page as (address, number)."""
    found = re.findall(r'<a class="count[^"]*"\s+href="([^"]+)"[^>]*><b>([\d\xa0]+)</b>', page)
    return [(html.unescape(url), int(number.replace("\xa0", ""))) for url, number in found]


def test_every_live_referral_is_in_exactly_one_list(busy, danuta):
    live = set(Referral.objects.live().values_list("pk", flat=True))
    states = {*Referral.OPEN, *Referral.WAIT_FOR_ACKNOWLEDGEMENT}
    assert live == {row.pk for row in Referral.objects.all() if row.status in states and not row.acknowledged_at}
    lists = [set(worklist.rows(danuta, TODAY).values_list("pk", flat=True)) for worklist in PARTITION]
    assert set.union(*lists) == live
    assert sum(len(one) for one in lists) == len(live)
    assert all(lists)
    for status in Referral.Status:
        assert Referral.objects.filter(status=status).exists()


def test_the_overdue_list_is_what_the_model_calls_overdue(busy, danuta):
    listed = WORKLISTS["overdue"].rows(danuta, TODAY)
    assert set(listed) == set(Referral.objects.overdue(TODAY))


def test_every_open_request_and_plan_in_the_making_is_in_exactly_one_list(busy, danuta, ola):
    waiting = make_request(on=TODAY)
    ask_resident(waiting, text="Adres?", by=ola, now=NOW)
    for kept, names in (
        (ServiceRequest.objects.open(), ("requests-overdue", "requests-to-answer", "requests-waiting")),
        (Plan.objects.in_preparation(), ("plans-in-preparation", "plans-to-approve")),
    ):
        lists = [set(WORKLISTS[name].rows(danuta, TODAY)) for name in names]
        assert all(lists)
        assert set.union(*lists) == set(kept)
        assert sum(map(len, lists)) == len(set(kept))


def test_a_case_is_at_rest_when_a_month_goes_by_without_plan_and_referral(tomek, danuta, pcpr):
    old = {"opened_on": TODAY - timedelta(days=30)}
    at_rest, planned, referred = (world.case(tomek, **old) for _number in range(3))
    served = make_case(tomek)
    make_provision(case=served)
    type(served).objects.filter(pk=served.pk).update(**old)
    world.case(tomek)
    world.plan(planned)
    world.referral(referred, pcpr)
    world.plan(at_rest, status=Plan.Status.COMPLETED)
    assert [set(WORKLISTS["cases-at-rest"].seen_by(one).rows(one, TODAY)) for one in (tomek, danuta)] == [{at_rest}] * 2


def test_refusals_and_appeals_stand_with_whom_they_wait_for(tomek, danuta):
    def lists_of(item):
        lists = (one for one in WORKLISTS.values() if one.subject == "need")
        return [one.name for one in lists if one.rows(danuta, TODAY).filter(pk=item.pk).exists()]

    item = make_request(on=TODAY).items.get()
    propose_refusal(item, factual_grounds="…", legal_grounds="…", appeal_instruction="…", by=tomek, now=NOW)
    assert lists_of(item) == ["refusals-to-sign"]
    sign_refusal(item, by=danuta, now=NOW)
    assert lists_of(item) == ["refusals-undelivered"]
    RefusalDecision.objects.update(delivered_on=TODAY, appeal_on=TODAY + timedelta(days=14))
    assert lists_of(item) == []
    record_appeal(item, filed_on=TODAY, by=tomek, now=NOW)
    assert lists_of(item) == []
    RefusalAppeal.objects.update(forward_by=TODAY + timedelta(days=2))
    assert lists_of(item) == ["appeals-to-pass-on"]
    pass_appeal_on(item, forwarded_on=TODAY, by=tomek, now=NOW)
    assert lists_of(item) == ["appeals-with-the-board"]


def test_what_the_director_signs_waits_for_another_in_the_eyes_of_all_else(sign_in, busy, danuta, tomek):
    def groups(user):
        tiles = sign_in(user).get(DASHBOARD).context["tiles"]
        return {str(heading): [tile.url.split("/")[3] for tile in found] for heading, found in tiles}

    to_sign = ["plans-to-approve", "refusals-to-sign", "lists-to-sign"]
    assert groups(danuta)["Do zatwierdzenia i podpisu"] == to_sign
    assert groups(tomek)["Czekamy na innych"][-2:] != to_sign
    assert "Do zatwierdzenia i podpisu" not in groups(tomek)
    assert {"plans-to-approve", "refusals-to-sign"} < set(groups(tomek)["Czekamy na innych"])


def test_the_director_sees_who_else_may_approve_and_until_when(sign_in, danuta, tomek, beata, centre):
    role = {"user": beata, "institution": centre, "role": Role.PLAN_APPROVER, "valid_from": TODAY}
    Membership.objects.create(**role, valid_to=TODAY + timedelta(days=7))
    Membership.objects.create(
        **role | {"user": tomek, "valid_from": date(2026, 1, 1)}, valid_to=TODAY - timedelta(days=1)
    )
    page = sign_in(danuta).get(DASHBOARD)
    assert [(one.user, one.valid_to) for one in page.context["standing_in"]] == [
        (danuta, None),
        (beata, TODAY + timedelta(days=7)),
    ]
    said = "Beata Sowa: upoważniony(-a) do zatwierdzania planów, do 19 listopada 2026"
    assert said in " ".join(page.content.decode().split())
    assert not sign_in(tomek).get(DASHBOARD).context["standing_in"]


def test_who_moves_next_decides_the_list(tomek, pcpr):
    def lists_of(status, **fields):
        row = world.referral(world.case(tomek), pcpr, status=status, **fields)
        return [worklist.name for worklist in PARTITION if worklist.rows(tomek, TODAY).filter(pk=row.pk).exists()]

    assert lists_of("draft") == ["our-move"]
    assert lists_of("info_requested") == ["our-move"]
    assert lists_of("sent") == lists_of("accepted") == lists_of("in_progress") == ["their-move"]
    assert lists_of("waitlisted") == lists_of("on_hold") == ["on-hold"]
    assert lists_of("waitlisted", due=TODAY - timedelta(days=1)) == ["on-hold"]
    assert lists_of("rejected") == lists_of("expired") == ["to-acknowledge"]
    assert lists_of("sent", due=TODAY) == ["their-move"]
    assert lists_of("sent", due=TODAY - timedelta(days=1)) == ["overdue"]
    assert lists_of("withdrawn") == lists_of("entered_in_error") == []


def test_what_is_late_is_in_exactly_one_list_by_its_age(tomek, pcpr):
    for days in (-1, 0, 1, 7, 8, 30, 31, 300):
        world.referral(world.case(tomek), pcpr, due=TODAY - timedelta(days=days))

    def ages(name):
        return sorted((TODAY - row.respond_by).days for row in WORKLISTS[name].rows(tomek, TODAY))

    parts = [one.name for one in WORKLISTS.values() if one.part_of == "overdue"]
    assert [ages(name) for name in parts] == [[1, 7], [8, 30], [31, 300]]
    assert ages("overdue") == sum(map(ages, parts), [])


def test_the_speeds_counted_each_morning_equal_a_recount(sign_in, tomek, danuta, pcpr, clinic):
    def answered(receiver, days, *, status="accepted", of=None, ago=10, **fields):
        decided = NOW - timedelta(days=ago)
        facts = {"status": status, "sent_at": decided - timedelta(days=days), "decided_at": decided}
        return world.referral(of or world.case(tomek), receiver, **facts | fields)

    for days in (1, 2, 3, 5, 8):
        answered(pcpr, days)
    for days, reason in ((1, "no_place"), (2, "no_place"), (20, "other")):
        answered(pcpr, days, status="rejected", reject_reason=reason)
    Referral.objects.filter(sent_at=F("decided_at") - timedelta(days=8)).update(asked_days=6)
    Referral.objects.filter(sent_at=F("decided_at") - timedelta(days=20)).update(asked_days=25)
    answered(clinic, 4)
    answered(clinic, 30, ago=366)
    answered(clinic, 30, status="entered_in_error", reject_reason="no_place")
    file = RestrictedFile.objects.create(kind="violence", opened_at=NOW, opened_by=danuta)
    answered(clinic, 30, of=world.case(tomek, restricted_file=file))
    for _twice in range(2):
        count_answers(on=TODAY)
    kept = {row.institution: row for row in AnswerSpeed.objects.select_related("institution")}
    days = [1, 1, 2, 2, 3, 5, 8, 20]
    assert set(kept) == {pcpr, clinic}
    assert kept[pcpr].median == statistics.median(days)
    assert kept[pcpr].median_net == statistics.median([1, 1, 2, 2, 3, 5, 2, 0])
    assert kept[pcpr].p90 == pytest.approx(statistics.quantiles(days, n=10, method="inclusive")[-1], abs=0.1)
    assert (kept[pcpr].decided, kept[pcpr].accepted, kept[pcpr].usual_reason) == (8, 5, "no_place")
    assert (kept[clinic].decided, kept[clinic].median, kept[clinic].usual_reason) == (1, 4, "")
    shown = {row.name: speed for row, speed in sign_in(danuta).get(DASHBOARD).context["institutions"]}
    assert shown["PCPR"] == Speed(2, 2, 12, 62, "brak miejsca")
    assert shown["SP ZOZ"] == Speed(4, 4, 4, 100, "")
    assert (kept[pcpr].reasons, kept[clinic].reasons) == ({"no_place": 2, "other": 1}, {})
    AnswerSpeed.objects.filter(institution=pcpr).update(reasons={"no_place": 7, "other": 2})
    (whole,) = sign_in(danuta).get(DASHBOARD).context["reasons_of_year"]
    assert whole["rows"] == [["brak miejsca, inne: razem", 9]]


def test_the_dashboard_says_how_much_each_worker_has_in_hand(sign_in, busy, danuta, tomek, kasia):
    loads = {one.name: one for one in sign_in(danuta).get(DASHBOARD).context["loads"]}
    assert set(loads) == {tomek.get_full_name(), kasia.get_full_name(), "razem"}
    for worker in (tomek, kasia):
        load = loads[worker.get_full_name()]
        live = Referral.objects.live().filter(case__coordinator=worker)
        cases = Case.objects.open().filter(coordinator=worker)
        found = [number for number, _url in (load.live, load.late, load.cases, load.teams)]
        assert found == [live.count(), live.overdue(TODAY).count(), cases.count(), 0]
    assert not sign_in(tomek).get(DASHBOARD).context["loads"]


@pytest.mark.parametrize(
    ("name", "queries"), [("tomek", ["", "?state=sent"]), ("beata", [""]), ("danuta", FILTERS)], ids=str
)
def test_every_number_opens_a_list_of_that_length(request, sign_in, busy, pcpr, clinic, tomek, kasia, name, queries):
    user = request.getfixturevalue(name)
    client = sign_in(user)
    keys = {
        "pcpr": pcpr.pk,
        "clinic": clinic.pk,
        "kasia": kasia.pk,
        "tomek": tomek.pk,
        "area": busy[0].area_id,
        "first": make_area(1).pk,
    }
    seen, choices = set(), filters.choices_for(user, *SUBJECTS)
    for query in queries:
        page = client.get(DASHBOARD + query.format(**keys)).content.decode()
        tiles = tiles_of(page)
        assert len(tiles) == len([one for one in worklists.open_to(user) if not (one.part_of or one.beside)])
        cells = re.findall(r'<a href="(/praca/listy/[^"]+)">(\d+)</a>', page)
        for url, number in [*tiles, *((html.unescape(url), int(number)) for url, number in cells)]:
            if (url, number) not in seen:
                assert length_behind(user, url, choices) == number, url
                seen.add((url, number))
        if not query:
            for url, number in tiles:
                response = client.get(url)
                assert response.context["count"] == number, url
                assert len(response.context["rows"]) == min(number, PER_PAGE)
    for query in ("", "?reason=no_service", "?area={first}", "?place=none", "?area=none&place=none"):
        page = client.get(GAPS + query.format(**keys))
        cells = re.findall(r'<a href="(/praca/listy/[^"]+)">(\d+)</a>', page.content.decode())
        assert len(cells) >= 3
        for url, number in cells:
            assert length_behind(user, html.unescape(url), choices) == int(number), url
        table = page.context["table"]
        assert sum(cells[-1].count for _place, cells in table.rows) == table.total.count
        assert sum(cell.count for cell in table.sums) == table.total.count


def test_needs_with_no_partner_stand_by_area_and_village(sign_in, tomek, danuta):
    world.unmet_needs()
    hidden = make_request(needs=[(None, "…")], applicant=PERSON | {"locality": make_locality("Cuple")})
    keep_unmet(hidden.items.get(), lacking="no_service", now=NOW)
    restrict_file(hidden, kind="violence", by=danuta, now=NOW)
    waits = make_request(needs=[(None, "…")], applicant=PERSON | {"locality": make_locality("Zosin")})
    keep_unmet(waits.items.get(), lacking="waiting", now=NOW)
    table = sign_in(tomek).get(GAPS).context["table"]
    first, second = (make_area(number).short_name for number in (1, 2))
    assert table.areas == [first, "jeszcze nieokreślony", second]
    assert [(place, [cell.count for cell in cells]) for place, cells in table.rows] == [
        ("Wronów", [2, 1, 0, 3]),
        ("Matczyn", [1, 0, 1, 2]),
        ("nie podano", [0, 1, 0, 1]),
    ]
    assert ([cell.count for cell in table.sums], table.total.count) == ([3, 2, 1], 6)
    assert sign_in(danuta).get(GAPS).context["table"].total.count == 7
    assert "Cuple" not in sign_in(tomek).get(GAPS).content.decode()


def test_the_queues_stand_by_programme_row_with_all_who_wait(sign_in, busy, tomek, beata, danuta):
    page = sign_in(tomek).get(DASHBOARD)
    shown = page.context["queues"]
    assert [(name, number) for name, _queue, number, _url in shown] == [
        ("Dowóz posiłków (2021)", 2),
        ("Asystent (2021)", 1),
        ("bez programu", 1),
    ]
    tile = next(one for _heading, tiles in page.context["tiles"] for one in tiles if one.url.endswith("/queues/"))
    assert tile.count == sum(number for _name, _queue, number, _url in shown) == 4
    for _name, queue, number, url in shown:
        assert sign_in(tomek).get(url).context["count"] == number
        assert not queue or sign_in(tomek).get(queue).status_code == 200
    hidden = RequestItem.objects.filter(service__plain_name="Asystent").get().request
    restrict_file(hidden, kind="violence", by=tomek, now=NOW)
    names = [[row[0] for row in sign_in(user).get(DASHBOARD).context["queues"]] for user in (beata, danuta)]
    assert ["Asystent (2021)" in found for found in names] == [False, True]


def test_the_only_village_and_what_names_none_can_be_told_apart(sign_in, tomek):
    for place in ("Wronów", None):
        applicant = PERSON | {"locality": place and make_locality(place)}
        keep_unmet(make_request(needs=[(None, "…")], applicant=applicant).items.get(), lacking="no_service", now=NOW)
    for _place, [_area, cell] in sign_in(tomek).get(GAPS).context["table"].rows:
        assert sign_in(tomek).get(cell.url).context["count"] == cell.count == 1


@pytest.mark.parametrize("rows", [1, 12])
def test_the_gaps_cost_the_same_however_many(sign_in, tomek, rows, django_assert_max_num_queries):
    for _number in range(rows):
        world.unmet_needs()
    client = sign_in(tomek)
    with django_assert_max_num_queries(6):
        assert client.get(GAPS).status_code == 200


def length_behind(user, url, choices):
    """Count the rows of the list at an address, as its page does."""
    path, _mark, query = url.partition("?")
    chosen = WORKLISTS[path.split("/")[3]]
    narrowed = filters.FILTERS[chosen.subject](QueryDict(query), SUBJECTS[chosen.subject](user), choices=choices)
    return narrowed.qs.filter(chosen.holds(TODAY)).count()


def test_the_lists_of_plans_and_requests_hold_what_they_say(busy, danuta, tomek, kasia):
    def rows(name):
        return list(WORKLISTS[name].rows(danuta, TODAY))

    assert {row.opened_on for row in rows("plans-due")} == {TODAY - timedelta(days=60)}
    assert {row.status for row in rows("plans-ending")} == {Plan.Status.APPROVED}
    assert [row.ends_on for row in rows("plans-ending")] == [TODAY + timedelta(days=20)]
    assert {row.status for row in rows("plans-to-approve")} == {Plan.Status.SUBMITTED}
    assert {row.received_on for row in rows("requests-overdue")} == {TODAY - timedelta(days=60)}


def test_a_case_leaves_the_thirty_days_once_its_plan_is_approved(tomek):
    case = world.case(tomek, opened_on=TODAY - timedelta(days=25))
    world.plan(case, status=Plan.Status.SUBMITTED)
    assert list(WORKLISTS["plans-due"].rows(tomek, TODAY)) == [case]
    Plan.objects.all().delete()
    world.plan(case, status=Plan.Status.APPROVED)
    assert not WORKLISTS["plans-due"].rows(tomek, TODAY).exists()


def test_the_office_counts_the_plans_that_are_due_as_the_dashboard_does(sign_in, busy, tomek):
    ended = world.case(tomek, opened_on=TODAY - timedelta(days=90))
    world.plan(ended, status=Plan.Status.COMPLETED)
    client = sign_in(tomek)
    office = client.get("/admin/").context["tiles"]
    counted = next(tile.count for tile in office if "due=soon" in tile.url)
    world.case(tomek, opened_on=TODAY - timedelta(days=60))
    assert WORKLISTS["plans-due"].rows(tomek, TODAY).count() == counted + 1
    rows = client.get("/admin/residents/case/?due=soon").content.decode().count('class="field-case_sign"')
    assert rows == counted + 1


def test_a_case_whose_plan_is_approved_is_not_called_late_in_the_list(sign_in, tomek):
    case = world.case(tomek, opened_on=TODAY - timedelta(days=90))
    world.plan(case, status=Plan.Status.APPROVED)
    page = sign_in(tomek).get("/admin/residents/case/").content.decode()
    assert case.case_sign in page
    assert "zatwierdzono 12 listopada 2026" in page
    assert "po terminie" not in page.partition('id="result_list"')[2].partition("</table>")[0]


def test_a_coordinator_counts_the_referrals_of_his_own_cases_only(sign_in, busy, kasia, tomek):
    page = sign_in(tomek).get("/praca/listy/live/")
    shown = {row[0][1].value for row in page.context["rows"]}
    mine = Referral.objects.live().filter(case__coordinator=tomek)
    assert shown == set(mine.values_list("number", flat=True))


@pytest.mark.parametrize("name", ["ewa", "ola", "iwona", "renata", "root"])
def test_the_dashboard_and_its_lists_stay_closed_to_others(request, sign_in, name):
    client = sign_in(request.getfixturevalue(name))
    assert client.get(DASHBOARD).status_code == 403
    assert client.get("/praca/listy/live/").status_code == 403
    assert client.get(GAPS).status_code == 403


def test_an_empty_dashboard_says_what_to_do_and_no_list_has_an_unknown_name(sign_in, tomek):
    page = sign_in(tomek).get(DASHBOARD)
    assert (page.status_code, sign_in(tomek).get("/praca/listy/wszystko/").status_code) == (200, 404)
    assert {number for _url, number in tiles_of(page.content.decode())} == {0}
    for name in (one.name for one in worklists.open_to(tomek)):
        assert sign_in(tomek).get(f"/praca/listy/{name}/").status_code == 200


def test_the_late_rows_of_the_dashboard_are_the_first_of_their_list(sign_in, busy, danuta, tomek, pcpr):
    urgent = world.referral(world.case(tomek), pcpr, due=TODAY - timedelta(days=1), priority="urgent")
    longest = world.referral(world.case(tomek), pcpr, due=TODAY - timedelta(days=90))
    for query in ("", f"?coordinator={tomek.pk}"):
        shown = sign_in(danuta).get(DASHBOARD + query).context["overdue"]
        listed = sign_in(danuta).get(f"/praca/listy/overdue/{query}").context["rows"]
        assert shown == listed[:OVERDUE_ROWS]
        assert [row[0][1].value for row in shown[:2]] == [urgent.number, longest.number]


@pytest.mark.parametrize("name", ["tomek", "kasia", "danuta", "beata", "ewa", "ola"])
def test_the_lists_hold_what_one_sees_of_open_cases(request, busy, tomek, danuta, pcpr, name):
    kept_apart = RestrictedFile.objects.create(kind="violence", opened_at=NOW, opened_by=danuta)
    let_in = RestrictedFile.objects.create(kind="child", opened_at=NOW, opened_by=danuta)
    FileAccess.objects.create(file=let_in, user=tomek, reason="x", given_by=danuta, given_at=NOW)
    cases = [
        world.case(tomek),
        world.case(tomek, restricted_file=kept_apart),
        world.case(tomek, restricted_file=let_in),
    ]
    for case in cases:
        world.referral(case, pcpr, confidentiality="protected")
        world.plan(case)
    for worker in (tomek, danuta):
        known = {"resident": cases[worker == danuta].resident, "relation": "close", "declared_at": NOW}
        ConflictOfInterest.objects.create(user=worker, declared_by=danuta, **known)
    for user in (request.getfixturevalue("kasia"), danuta):
        TeamMember.objects.create(
            case=cases[0], user=user, role="nurse", valid_from=TODAY, added_by=danuta, added_at=NOW
        )
    user = request.getfixturevalue(name)
    seen = Case.objects.visible_to(user).open()
    for rows in (Referral.objects, Plan.objects):
        expected = rows.visible_to(user).filter(case__in=seen)
        assert set(rows.of_open_cases(user)) == set(expected)
        assert expected.exists() == (name not in {"ewa", "ola"})
    assert set(worklists.referrals(user)) == set(Referral.objects.visible_to(user).live().filter(case__in=seen))


def test_postgresql_knows_the_live_referrals_by_one_expression(db):
    """The statistics and the indexes are of use only while they say the same as the query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_statisticsobjdef_expressions(oid) FROM pg_statistic_ext"
            " WHERE stxname = 'live_referrals_are_few'"
        )
        [[counted]] = cursor.fetchone()
        cursor.execute(
            "SELECT relname, pg_get_expr(indpred, indrelid) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
            " WHERE relname LIKE 'live_referrals_%'"
        )
        indexed = dict(cursor.fetchall())
    assert len(indexed) == 4
    assert set(indexed.values()) == {counted}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        assert "Scan using live_referrals_" in Referral.objects.live().order_by().explain()


@pytest.mark.parametrize("rows", [1, 12])
@pytest.mark.parametrize(("url", "queries"), [(DASHBOARD, 8), ("/praca/listy/live/", 7)])
def test_the_cost_does_not_grow_with_the_rows(
    sign_in, danuta, tomek, kasia, pcpr, clinic, rows, url, queries, django_assert_max_num_queries
):
    for number in range(rows):
        case = world.case(tomek if number % 2 else kasia)
        world.referral(case, pcpr if number % 2 else clinic, due=TODAY - timedelta(days=1))
        world.plan(case, status=Plan.Status.SUBMITTED)
        make_request(on=TODAY - timedelta(days=60))
    client = sign_in(danuta)
    with django_assert_max_num_queries(queries):
        assert client.get(url).status_code == 200


def test_a_list_longer_than_a_page_goes_on(sign_in, tomek, pcpr):
    for _number in range(51):
        world.referral(world.case(tomek), pcpr)
    client = sign_in(tomek)
    first = client.get("/praca/listy/live/")
    second = client.get("/praca/listy/live/", {MARK: first.context["part"].following})
    numbers = [row[0][1].value for page in (first, second) for row in page.context["rows"]]
    assert len(numbers) == len(set(numbers)) == 51


@pytest.mark.parametrize("file_format", ["xlsx", "csv"])
def test_a_list_leaves_as_a_file_with_a_reason_in_the_audit(sign_in, busy, tomek, file_format):
    number = WORKLISTS["overdue"].rows(tomek, TODAY).count()
    response = sign_in(tomek).post("/praca/listy/overdue/", {"reason": "odprawa zespołu", "file_format": file_format})
    assert response["Content-Disposition"] == f'attachment; filename="overdue-2026-11-12.{file_format}"'
    if file_format == "csv":
        lines = len(response.content.decode().strip().splitlines()) - 1
    else:
        lines = load_workbook(io.BytesIO(response.content)).active.max_row - 2
    assert lines == number > 0
    event = AuditEvent.objects.get(action="export")
    assert (event.actor, event.reason, event.facts) == (tomek, "odprawa zespołu", {"screen": "overdue", "rows": number})


def test_a_list_on_paper_is_tagged_holds_what_one_may_see_and_says_what_it_leaves_out(
    sign_in, busy, tomek, danuta, monkeypatch
):
    monkeypatch.setattr("cus_portal.exports.MOST_ON_PAPER", 3)
    texts = {}
    for user in (tomek, danuta):
        response = sign_in(user).post("/praca/listy/live/", {"reason": "odprawa zespołu", "file_format": "pdf"})
        assert response["Content-Disposition"] == 'attachment; filename="live-2026-11-12.pdf"'
        paper = PdfReader(io.BytesIO(response.content))
        assert paper.trailer["/Root"]["/MarkInfo"]["/Marked"]
        texts[user] = " ".join(page.extract_text() for page in paper.pages)
        rows = WORKLISTS["live"].rows(user, TODAY)
        on_paper, rest = TABLES["referral"].joined(rows)[:3], TABLES["referral"].joined(rows)[3:]
        assert all(row.number in texts[user] for row in on_paper)
        assert not any(row.number in texts[user] for row in rest)
        assert f"pierwsze 3 z {rows.count()}" in texts[user]
        event = AuditEvent.objects.filter(action="export").latest("pk")
        assert (event.actor, event.facts["rows"], event.reason) == (user, rows.count(), "odprawa zespołu")


@pytest.mark.parametrize("name", WORKLISTS)
def test_every_list_leaves_as_a_spreadsheet(sign_in, danuta, name):
    response = sign_in(danuta).post(f"/praca/listy/{name}/", {"reason": "odprawa zespołu", "file_format": "xlsx"})
    assert load_workbook(io.BytesIO(response.content)).active.max_row == 2


def test_no_file_leaves_without_a_reason(sign_in, busy, tomek):
    response = sign_in(tomek).post("/praca/listy/overdue/", {"reason": " ", "file_format": "csv"})
    assert response.status_code == 200
    assert response.context["export_form"].errors["reason"]
    assert not AuditEvent.objects.filter(action="export").exists()


def test_a_file_has_the_rows_of_the_filtered_list(sign_in, busy, danuta, pcpr):
    url = f"/praca/listy/live/?institution={pcpr.pk}"
    response = sign_in(danuta).post(url, {"reason": "spotkanie z PCPR", "file_format": "csv"})
    expected = Referral.objects.live().filter(receiver=pcpr)
    assert len(response.content.decode().strip().splitlines()) - 1 == expected.count()


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("tomek", "/praca/"),
        ("danuta", "/praca/"),
        ("beata", "/praca/"),
        ("ola", "/admin/residents/servicerequest/"),
        ("ewa", "/praca/skierowania/"),
        ("renata", "/praca/raporty/"),
        ("iwona", "/admin/audit/auditevent/"),
        ("root", "/admin/"),
        ("stranger", "/"),
    ],
)
def test_everyone_begins_in_his_own_room(request, sign_in, name, place):
    response = sign_in(request.getfixturevalue(name)).get(reverse("coordination:start"))
    assert response.url == place


def test_requests_are_filtered_by_their_channel(sign_in, danuta, ola):
    make_request(on=TODAY - timedelta(days=60))
    make_request(on=TODAY - timedelta(days=60), channel=ServiceRequest.Channel.PHONE, by=ola)
    page = sign_in(danuta).get("/praca/listy/requests-overdue/?channel=phone")
    assert page.context["count"] == 1
