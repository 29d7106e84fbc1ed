"""The month's figures: equal to a slow recount, frozen, and safe to show outside the house."""

import io
import statistics
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pypdf
import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from openpyxl import load_workbook

from coordination.models import Plan, Referral, ReportSnapshot
from coordination.outside import tables_for
from coordination.removal import blank_person
from coordination.report_files import facts, pdf
from coordination.reports import DEFINITIONS, REPORTS, Period, make_monthly_report
from coordination.suppression import HIDDEN, suppress
from cus_portal.accounts.actors import SystemActor
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import deliver_due
from residents.models import Case, RequestItem, Resident, ServiceRequest, pesel_fields
from tests import board_world as world
from tests.coordination_world import make_case, make_referral
from tests.factories import NOW, TODAY, at, make_area, make_locality, make_request, make_service

NOVEMBER = Period(date(2026, 11, 1))
WARSAW = ZoneInfo("Europe/Warsaw")


@pytest.fixture
def month(tomek, kasia, pcpr, clinic, danuta, ola):
    """Requests, needs, cases, plans and referrals in and around November, some on its very edges."""
    speech = make_service("Terapia logopedyczna")
    both = make_service("Rehabilitacja")
    both.areas.add(make_area(2))
    village = make_locality("Wronów")
    for day in (date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 12), date(2026, 11, 30), date(2026, 12, 1)):
        for needs in ([(speech, "")], [(both, ""), (None, "samotność")]):
            make_request(needs=needs, now=at(day), applicant={"last_name": "Wilga", "locality": village})
        make_request(now=at(day), channel=ServiceRequest.Channel.PHONE, by=ola, applicant={"last_name": "Kos"})
    moments = [at(date(2026, 10, 31), 23, 59), at(date(2026, 11, 1), 0, 0), at(date(2026, 11, 30), 23, 59)]
    decided = list(RequestItem.objects.order_by("pk"))[:12]
    for position, item in enumerate(decided):
        status = ["qualified", "informed", "waitlisted"][position % 3]
        RequestItem.objects.filter(pk=item.pk).update(status=status, decided_at=moments[position % 3])
    for request in ServiceRequest.objects.all():
        if not request.items.undecided().exists():
            ServiceRequest.objects.filter(pk=request.pk).update(status="settled")
    world.every_state(tomek, [pcpr, clinic])
    world.every_state(kasia, [clinic, pcpr])
    Referral.objects.filter(pk=Referral.objects.filter(status="completed").first().pk).update(
        sent_at=at(date(2026, 10, 31), 23, 30)
    )
    for status in Plan.Status:
        world.plan(world.case(tomek, opened_on=date(2026, 9, 1)), status=status)
        world.plan(world.case(kasia), status=status)
    closed = world.case(tomek, opened_on=date(2026, 6, 1))
    Case.objects.filter(pk=closed.pk).update(status="closed", closed_on=date(2026, 11, 3), close_reason="moved")


def figures(name, on=TODAY):
    table = REPORTS[name].table(NOVEMBER, on)
    return {row[0]: row[1:] for row in table["rows"]}


def in_november(moment):
    return moment is not None and moment.astimezone(WARSAW).date().replace(day=1) == NOVEMBER.first


# -- a slow recount in plain Python ---------------------------------------------------------------
def test_requests_by_channel_equal_a_recount(month):
    received = [request for request in ServiceRequest.objects.all() if request.received_on.month == 11]
    counted = figures("requests")
    for channel in ServiceRequest.Channel:
        here = [request for request in received if request.channel == channel]
        assert counted[channel.label] == [len(here), sum(request.items.count() for request in here)]
    *_channels, total = counted.values()
    assert total == [len(received), sum(request.items.count() for request in received)]
    assert len(received) > 5


def test_needs_by_result_equal_a_recount(month):
    decided = [item for item in RequestItem.objects.all() if in_november(item.decided_at)]
    counted = figures("needs")
    for status in ("qualified", "waitlisted", "informed", "refused", "forwarded", "withdrawn"):
        assert counted[RequestItem.Status(status).label] == [sum(item.status == status for item in decided)]
    assert len(decided) == 8


def test_the_time_to_settle_equals_a_recount(month):
    days = []
    for request in ServiceRequest.objects.filter(status="settled"):
        last = max(item.decided_at for item in request.items.all())
        if in_november(last):
            days.append((last.astimezone(WARSAW).date() - request.received_on).days)
    [row] = figures("settling").values()
    assert row[0] == len(days) > 0
    assert row[1] == pytest.approx(statistics.median(days), abs=0.06)


def test_referrals_by_institution_equal_a_recount(month, pcpr, clinic):
    hidden = {"draft", "entered_in_error"}
    counted = figures("referrals")
    for institution in (pcpr, clinic):
        all_of_it = [row for row in Referral.objects.filter(receiver=institution) if row.status not in hidden]
        sent = [row for row in all_of_it if in_november(row.sent_at)]
        answers = [
            (row.decided_at - row.sent_at).total_seconds() / 86400 for row in all_of_it if in_november(row.decided_at)
        ]
        row = counted[institution.name]
        assert row[0] == sum(row[1:8]) == len(sent)
        assert row[4] == sum(one.status == "completed" for one in sent)
        assert row[8] == len(answers)
        assert row[9] == pytest.approx(statistics.median(answers), abs=0.06)
        assert 0 <= row[10] <= row[9]


def test_outcomes_overdue_and_plans_equal_a_recount(month):
    referrals = list(Referral.objects.all())
    met = [
        row for row in referrals if row.status == "completed" and row.outcome_on.month == 11 and row.outcome == "met"
    ]
    assert figures("outcomes")[Referral.Outcome.MET.label] == [len(met)]
    late = [
        row
        for row in referrals
        if row.status in Referral.CAN_BE_LATE and row.acknowledged_at is None and row.respond_by < TODAY
    ]
    assert [row.respond_by < TODAY for row in late]
    assert list(figures("overdue").values())[2] == [len(late)]
    made = [plan for plan in Plan.objects.all() if in_november(plan.approved_at)]
    in_time = [plan for plan in made if plan.approved_at.astimezone(WARSAW).date() <= plan.case.plan_due_moved_on]
    first, second, *_rest = figures("plans").values()
    assert first == [len(made), None]
    assert second == [len(in_time), round(100 * len(in_time) / len(made))]
    assert 0 < len(in_time) < len(made)


def outcomes_of(rows):
    done = [row for row in rows if row.status == "completed" and row.outcome_on.month == 11]
    failed = [row for row in rows if row.status == "not_fulfilled" and in_november(row.ended_at)]
    return [*(sum(row.outcome == outcome for row in done) for outcome in Referral.Outcome), len(failed)]


def test_outcomes_and_refusals_by_institution_equal_a_recount(month, pcpr, clinic):
    wrong = Referral.objects.filter(status="rejected", receiver=pcpr).first()
    Referral.objects.filter(pk=wrong.pk).update(status="entered_in_error")
    done = Referral.objects.filter(status="completed", decided_at__isnull=False)
    done.update(accept_reason="as_asked")
    part = done.filter(receiver=pcpr).first()
    Referral.objects.filter(pk=part.pk).update(accept_reason="in_part")
    told, refused, accepted = (figures(name) for name in ("outcomes-institutions", "refusals", "acceptances"))
    assert set(told) == {pcpr.name, clinic.name}
    for institution in (pcpr, clinic):
        rows = list(Referral.objects.filter(receiver=institution))
        assert told[institution.name] == outcomes_of(rows)
        assert sum(told[institution.name]) > 0
        decided = [row for row in rows if row.status == "rejected" and in_november(row.decided_at)]
        counted = [sum(row.reject_reason == reason for row in decided) for reason in Referral.RejectReason]
        assert refused.get(institution.name, [0] * len(counted)) == counted
        taken = [row for row in rows if row.accept_reason and in_november(row.decided_at)]
        counted = [sum(row.accept_reason == how for row in taken) for how in Referral.AcceptReason]
        assert accepted.get(institution.name, [0] * len(counted)) == counted
    assert in_november(part.decided_at)
    assert accepted[pcpr.name][1] == 1


def test_outcomes_are_told_by_area_place_age_and_sex(tomek, pcpr):
    """Ages are those of the last day of the month."""
    case, area, other = make_case(tomek), make_area(2), make_area(3)
    service = make_service("Rehabilitacja")
    service.areas.set([area, other])
    village = make_locality("Wronów")
    make_referral(case, pcpr, service=service, status="completed")
    make_referral(case, pcpr, status="not_fulfilled").service.areas.clear()
    assert figures("outcomes-areas") == {
        f"2. {area.name}": [1, 0, 0, 0],
        f"3. {other.name}": [1, 0, 0, 0],
        "bez obszaru": [0, 0, 0, 1],
    }
    ages = {None: "nie podano", date(2008, 12, 1): "poniżej 18 lat", date(2008, 11, 30): "od 18 do 59 lat"}
    ages |= {date(1966, 12, 1): "od 18 do 59 lat", date(1966, 11, 30): "60 lat i więcej"}
    for born, words in ages.items():
        Resident.objects.filter(pk=case.resident_id).update(birth_date=born, locality=None)
        assert figures("outcomes-ages") == {words: [1, 0, 0, 1]}
        assert figures("outcomes-localities") == {"nie podano": [1, 0, 0, 1]}
    Resident.objects.filter(pk=case.resident_id).update(locality=village)
    assert figures("outcomes-localities") == {"Wronów": [1, 0, 0, 1]}
    sexes = {"48030500029": "kobiety", "44051401359": "mężczyźni", "": "nie podano"}
    for number, words in sexes.items():
        Resident.objects.filter(pk=case.resident_id).update(**pesel_fields(number))
        assert figures("outcomes-sexes") == {words: [1, 0, 0, 1]}
    Resident.objects.filter(pk=case.resident_id).update(**pesel_fields("44051401359"))
    names = [f"outcomes-{key}" for key in ("localities", "ages", "sexes")]
    before = [figures(name) for name in names]
    blank_person(case.resident_id)
    assert Resident.objects.get(pk=case.resident_id).pesel == ""
    assert [figures(name) for name in names] == before  # the people have gone, the figures stay


def test_people_count_once_however_much_they_ask_for(tomek):
    person = world.resident()
    world.case(tomek, resident=person, opened_on=date(2026, 11, 2))
    old = world.case(tomek, resident=person, opened_on=date(2026, 5, 2))
    Case.objects.filter(pk=old.pk).update(status="closed", closed_on=date(2026, 11, 2), close_reason="moved")
    gone = world.case(tomek, opened_on=date(2026, 5, 2))
    Case.objects.filter(pk=gone.pk).update(status="closed", closed_on=date(2026, 10, 31), close_reason="moved")
    for _number in range(3):
        ServiceRequest.objects.filter(pk=make_request().pk).update(resident=person)
    assert [row[0] for row in figures("persons").values()] == [1, 1, 1, 1, 0]


def test_a_service_of_two_areas_counts_in_both_and_places_are_of_the_person(month):
    areas = figures("areas")
    assert areas["1. Obszar 1"] == [6]
    assert areas["2. Obszar 2"] == [3]
    places = figures("localities")
    assert places["Wronów"] == [6]


def test_the_place_is_that_of_the_person_the_help_is_for(db):
    make_request(
        applicant={"last_name": "Kos", "locality": make_locality("Zagórze")},
        person={"last_name": "Wilga", "locality": make_locality("Wronów")},
    )
    assert figures("localities")["Wronów"] == [1]
    assert "Zagórze" not in figures("localities")


def test_an_empty_month_has_all_its_tables(db):
    for name in REPORTS:
        table = REPORTS[name].table(Period(date(2020, 2, 1)), date(2020, 3, 1))
        assert all(cell in (0, None) for row in table["rows"] for cell in row[1:])


# -- frozen -------------------------------------------------------------------------------------
def test_a_frozen_report_never_changes_and_a_recount_is_the_next_edition(month, danuta, ola):
    first = make_monthly_report(NOVEMBER, by=danuta, now=NOW)
    kept = [dict(table) for table in ReportSnapshot.objects.get(pk=first.pk).tables]
    make_request(on=TODAY)
    Referral.objects.filter(status="sent").update(status="withdrawn")
    second = make_monthly_report(NOVEMBER, by=danuta, now=NOW + timedelta(hours=1))
    assert ReportSnapshot.objects.get(pk=first.pk).tables == kept
    assert second.tables != kept
    assert [(row.edition, row.definition) for row in (first, second)] == [(1, DEFINITIONS), (2, DEFINITIONS)]
    assert AuditEvent.objects.filter(action="report.make").count() == 2


def test_the_director_is_told_by_mail_without_a_figure(db, danuta, mailoutbox):
    snapshot = make_monthly_report(NOVEMBER, by=SystemActor(), now=NOW)
    assert Message.objects.get().template == "report_ready"
    deliver_due()
    [letter] = mailoutbox
    assert letter.to == ["danuta@demo.example"]
    assert "11.2026" in letter.subject
    assert f"/praca/raporty/{snapshot.pk}/" in letter.body


@pytest.mark.parametrize("name", ["tomek", "ola", "beata", "ewa", "renata", "root"])
def test_only_the_director_and_the_calendar_make_reports(request, name):
    with pytest.raises(PermissionDenied):
        make_monthly_report(NOVEMBER, by=request.getfixturevalue(name), now=NOW)
    assert not ReportSnapshot.objects.exists()


# -- small numbers --------------------------------------------------------------------------------
def table_of(*rows, has_total=False, has_whole=False, figure=False):
    width = len(rows[0])
    kinds = ["", *["count"] * (width - 1 - figure), *["figure"] * figure]
    columns = [[f"c{place}", kind] for place, kind in enumerate(kinds)]
    return {"columns": columns, "rows": [list(row) for row in rows], "has_total": has_total, "has_whole": has_whole}


def test_counts_from_one_to_four_are_hidden_and_nothing_gives_them_back():
    seen = suppress(table_of(["a", 3], ["b", 20], ["c", 8], ["d", 0], ["razem", 31], has_total=True))["rows"]
    assert seen == [["a", HIDDEN], ["b", 20], ["c", HIDDEN], ["d", 0], ["razem", HIDDEN]]


def test_with_two_small_counts_the_next_larger_goes_too_so_that_none_is_known_to_be_small():
    seen = suppress(table_of(["a", 3], ["b", 20], ["c", 1], ["d", 30], ["razem", 54], has_total=True))["rows"]
    assert [row[1] for row in seen] == [HIDDEN, HIDDEN, HIDDEN, 30, HIDDEN]


def test_the_whole_of_a_row_and_figures_made_of_it_go_with_its_hidden_part():
    seen = suppress(
        table_of(["a", 12, 2, 10, 3.5], ["b", 40, 10, 30, 4.0], ["c", 60, 30, 30, 5.0], has_whole=True, figure=True)
    )["rows"]
    assert seen[0] == ["a", HIDDEN, HIDDEN, 10, HIDDEN]
    assert seen[2] == ["c", 60, 30, 30, 5.0]


def test_large_numbers_stay_as_they_are():
    table = table_of(["a", 5], ["b", 0], ["razem", 5], has_total=True)
    assert suppress(table)["rows"] == table["rows"]


def test_a_number_that_differs_a_little_from_an_earlier_edition_is_hidden():
    first = table_of(["a", 7], ["b", 20], ["c", 9], ["gone", 6], ["razem", 42], has_total=True)
    second = table_of(["a", 8], ["b", 30], ["c", 9], ["new", 5], ["razem", 52], has_total=True)
    rows = suppress(second, [first])["rows"]
    assert rows == [["a", HIDDEN], ["b", 30], ["c", 9], ["new", HIDDEN], ["razem", HIDDEN]]
    assert suppress(second, [second])["rows"] == second["rows"]
    back = suppress(first, [first, second])["rows"]
    assert [row[1] for row in back] == [HIDDEN, 20, 9, HIDDEN, HIDDEN]


def test_two_editions_of_a_month_give_no_person_away_outside_the_house(db, danuta, renata):
    for _number in range(7):
        make_request(on=TODAY)
    first = make_monthly_report(NOVEMBER, by=danuta, now=NOW)
    make_request(on=TODAY)
    second = make_monthly_report(NOVEMBER, by=danuta, now=NOW + timedelta(hours=1))

    def online(snapshot, user):
        table = next(one for one in tables_for(snapshot, user) if one["name"] == "requests")
        return {row[1] for row in table["rows"]} - {0}

    assert [online(one, danuta) for one in (first, second)] == [{7}, {8}]
    assert [online(one, renata) for one in (first, second)] == [{7}, {HIDDEN}]


def test_the_steering_team_sees_no_number_under_five(month, danuta, renata, beata):
    snapshot = make_monthly_report(NOVEMBER, by=danuta, now=NOW)
    assert tables_for(snapshot, danuta) == tables_for(snapshot, beata) == snapshot.tables
    for table in tables_for(snapshot, renata):
        places = [place for place, (_label, kind) in enumerate(table["columns"]) if kind == "count"]
        counts = [row[place] for row in table["rows"] for place in places]
        assert not [cell for cell in counts if cell != HIDDEN and 0 < cell < 5]


# -- screens and files ----------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["danuta", "beata", "renata"])
def test_readers_see_the_report_and_save_it(request, sign_in, month, danuta, name):
    snapshot = make_monthly_report(NOVEMBER, by=danuta, now=NOW)
    client = sign_in(request.getfixturevalue(name))
    assert "1 edycja" not in client.get("/praca/raporty/").content.decode()
    page = client.get(f"/praca/raporty/{snapshot.pk}/").content.decode()
    assert all(table["title"] in page for table in snapshot.tables)
    assert ('<td class="end">#</td>' in page) == (name == "renata")
    book = load_workbook(io.BytesIO(client.get(f"/praca/raporty/{snapshot.pk}/raport.xlsx").content))
    assert [sheet["A1"].value for sheet in book.worksheets] == [table["title"] for table in snapshot.tables]
    cells = [cell for sheet in book.worksheets for row in sheet.values for cell in row]
    assert (HIDDEN in cells) == (name == "renata")
    paper = pypdf.PdfReader(io.BytesIO(client.get(f"/praca/raporty/{snapshot.pk}/raport.pdf").content))
    assert paper.trailer["/Root"]["/MarkInfo"]["/Marked"]
    words = words_of(paper)
    assert "listopad 2026" in words
    assert (HIDDEN in words) == (name == "renata")
    assert AuditEvent.objects.filter(action__in=["report.xlsx", "report.pdf"]).count() == 2


def words_of(paper):
    return "\n".join(page.extract_text() for page in paper.pages)


def test_on_paper_a_median_is_written_as_on_the_screen(db, danuta):
    snapshot = make_monthly_report(NOVEMBER, by=danuta, now=NOW)
    table = next(one for one in snapshot.tables if one["name"] == "settling")
    rows = [["w miesiącu", 4, 15.6, 20.0]]
    words = words_of(pypdf.PdfReader(io.BytesIO(pdf(snapshot, [table | {"rows": rows}]))))
    assert "15,6" in words
    assert "20,0" in words
    assert "15.6" not in words


@pytest.mark.parametrize("name", ["tomek", "ola", "ewa", "iwona", "root", "stranger"])
def test_reports_stay_closed_to_others(request, sign_in, danuta, name):
    snapshot = make_monthly_report(NOVEMBER, by=danuta, now=NOW)
    client = sign_in(request.getfixturevalue(name))
    for url in ("", f"{snapshot.pk}/", f"{snapshot.pk}/raport.xlsx", f"{snapshot.pk}/raport.pdf"):
        assert client.get(f"/praca/raporty/{url}").status_code == 403


def test_an_unknown_report_is_not_found(sign_in, danuta):
    assert sign_in(danuta).get("/praca/raporty/999/").status_code == 404


@pytest.mark.parametrize("editions", [1, 12])
def test_the_list_of_reports_costs_the_same(sign_in, danuta, editions, django_assert_num_queries):
    for _number in range(editions):
        make_monthly_report(NOVEMBER, by=danuta, now=NOW)
    client = sign_in(danuta)
    with django_assert_num_queries(7):
        client.get("/praca/raporty/")


def test_the_month_is_that_of_the_clock_in_poland():
    late = datetime(2026, 10, 31, 23, 30, tzinfo=ZoneInfo("UTC"))
    with time_machine.travel(late, tick=False):
        assert Period.of(late.astimezone(WARSAW).date()) == NOVEMBER
    assert (NOVEMBER.last, NOVEMBER.previous.first) == (date(2026, 11, 30), date(2026, 10, 1))


@pytest.mark.parametrize(("counted_on", "unfinished"), [(date(2026, 11, 30), True), (date(2026, 12, 1), False)])
def test_a_report_of_a_month_that_is_not_over_says_so(db, danuta, counted_on, unfinished):
    snapshot = make_monthly_report(NOVEMBER, by=danuta, now=at(counted_on, 23, 50))
    assert ("przed końcem miesiąca" in dict(facts(snapshot))["Policzono"]) is unfinished
