"""Contracts and visits: marked once by who was there, never past what was given, no hour of a person paid twice."""

from datetime import date, time, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from coordination.actions import contracts, settlements, visits
from coordination.actions.delivery import (
    change_service,
    end_service,
    end_suspension,
    give_service,
    hand_over_service,
    suspend_service,
)
from coordination.actions.plans import finish_case
from coordination.models import Contract, Provision, ServiceRecord
from coordination.reports import REPORTS, Period
from coordination.resources import done_by_provider
from cus_portal.accounts.permissions import BlockedError
from cus_portal.audit.models import AuditEvent
from cus_portal.workflow import TransitionNotAllowed
from residents.actions.life import record_death
from residents.models import ConflictOfInterest, GivenPlace
from tests import personas
from tests.coordination_world import end_needs, make_case
from tests.delivery_world import (
    MONDAY,
    done,
    make_agreement,
    make_contract,
    make_need,
    make_provision,
    plan,
    visit,
)
from tests.factories import NOW, TODAY, at, holder_of, make_programme, make_service

DAY = timedelta(days=1)


@pytest.fixture
def provision(db):
    return make_provision()


def states(provision):
    return list(provision.records.order_by("starts_at").values_list("status", flat=True))


def units(text):
    return Decimal(text)


# -- contracts ------------------------------------------------------------------------------------
def test_a_contract_tells_what_is_used_and_left_and_when_four_fifths_are_gone(provision):
    contract = provision.contract
    Contract.objects.filter(pk=contract.pk).update(units=5)
    for record in plan(provision)[:2]:
        done(record, by=provision.case.coordinator)
    assert Contract.objects.with_use().get(pk=contract.pk).used == 4
    assert Contract.objects.with_use().get(pk=contract.pk).left == 1
    assert list(Contract.objects.nearly_used()) == [contract]


def test_case_70_volunteers_have_no_contract_of_services(beata):
    with pytest.raises(ValidationError) as refused:
        make_contract(agreement=make_agreement(kind="volunteers"))
    assert "agreement" in refused.value.message_dict
    assert not Contract.objects.exists()


def test_a_contract_lies_within_the_days_of_its_agreement(beata):
    with pytest.raises(ValidationError):
        make_contract(valid_to=date(2027, 1, 1))


def test_only_the_organiser_agrees_contracts(tomek, danuta, marta):
    for other in (tomek, danuta, marta):
        with pytest.raises(PermissionDenied):
            make_contract(by=other)


def test_case_36_a_contract_that_ends_calls_off_its_visits_and_what_it_gave_keeps_its_provider(provision, beata, tomek):
    first, *later = plan(provision)
    done(first, by=tomek)
    contract = Contract.objects.get(pk=provision.contract_id)
    contracts.end_contract(contract, last_day=TODAY, reason="upadłość", by=beata, now=NOW)
    assert states(provision) == ["done", "planned", "planned", "planned", "called_off"]
    other = make_contract(provision.contract.basis.service, agreement=make_agreement(provider=personas.CLINIC))
    provision.refresh_from_db()
    hand_over_service(provision, contract=other, worker=None, from_day=TODAY, by=tomek, now=NOW)
    holders = list(provision.records.order_by("starts_at").values_list("contract", flat=True))
    assert holders == [contract.pk] * 3 + [other.pk] + [contract.pk]
    with pytest.raises(ValidationError):
        give_again(contract, provision, by=tomek)


def test_case_36_no_visit_is_planned_done_or_written_after_the_last_day_of_a_contract(provision, beata, tomek):
    late = plan(provision)[4]
    contract = Contract.objects.get(pk=provision.contract_id)
    contracts.end_contract(contract, last_day=TODAY - DAY, reason="upadłość", by=beata, now=NOW)
    next_week, then = {"first": MONDAY + 7 * DAY, "last": MONDAY + 13 * DAY}, at(TODAY + 20 * DAY)
    with pytest.raises(ValidationError, match="Umowa z wykonawcą"):
        plan(provision, **next_week)
    planned = plan(provision, weekdays=[2, 3, 4], first=MONDAY - 7 * DAY)
    assert len(planned) == 3  # of the week before; Wednesday of this one is planned already
    assert list(planned.left_out.values()) == [2]
    ServiceRecord.objects.filter(pk=late.pk).update(status="planned")
    late.refresh_from_db()
    for act in (lambda: done(late, by=tomek, now=then), lambda: visit(provision, TODAY + 7 * DAY, now=then)):
        with pytest.raises(ValidationError, match="Umowa z wykonawcą"):
            act()
    done(planned[0], by=tomek)
    provision.refresh_from_db()
    with pytest.raises(ValidationError) as refused:
        change_service(provision, address="x", task="x", ends_on=TODAY, by=tomek, now=NOW)
    assert "ends_on" in refused.value.message_dict


def give_again(contract, provision, *, by):
    give_service(
        provision.case, contract=contract, units=units(2), period="month", starts_on=TODAY, address="x", task="x",
        crisis_reason="pożar", by=by, now=NOW,
    )  # fmt: skip


# -- a service for a person -------------------------------------------------------------------------
def test_a_service_needs_a_place_and_gives_no_more_than_the_decision(tomek):
    case, contract = make_case(tomek), make_contract()
    item = make_need(case, contract.basis.service)
    type(contract.basis).objects.filter(pk=contract.basis_id).update(capacity_unit="hour")
    GivenPlace.objects.create(item=item, basis=contract.basis, units=10, given_at=NOW)
    facts = {"starts_on": TODAY, "address": "Lipowa 7", "task": "Obiad.", "period": "month", "by": tomek, "now": NOW}
    item.refresh_from_db()
    with pytest.raises(ValidationError) as refused:
        give_service(case, contract=contract, item=item, units=units(11), **facts)
    assert "units" in refused.value.message_dict
    with pytest.raises(ValidationError):
        give_service(case, contract=make_contract(make_service("Inna")), item=item, units=units(1), **facts)
    assert give_service(case, contract=contract, item=item, units=units(10), **facts).status == "active"
    with pytest.raises(ValidationError):
        give_service(case, contract=contract, item=item, units=units(10), **facts)


def test_what_was_given_for_a_year_is_no_amount_of_each_month(tomek):
    case, contract = make_case(tomek), make_contract()
    item = make_need(case, contract.basis.service)
    type(contract.basis).objects.filter(pk=contract.basis_id).update(
        capacity=100, capacity_unit="hour", capacity_period="year"
    )
    GivenPlace.objects.create(item=item, basis=contract.basis, period="2026", units=10, given_at=NOW)
    item.refresh_from_db()
    facts = {"starts_on": TODAY, "address": "Lipowa 7", "task": "Obiad.", "by": tomek, "now": NOW}
    with pytest.raises(ValidationError) as refused:
        give_service(case, contract=contract, item=item, units=units(10), period="month", **facts)
    assert "period" in refused.value.message_dict
    assert give_service(case, contract=contract, item=item, units=units(10), period="year", **facts).period == "year"


def test_a_place_in_one_programme_is_not_spent_on_the_contract_of_another(tomek):
    """Only where that programme has ended does the next edition of the service go on."""
    case, contract = make_case(tomek), make_contract()
    item = make_need(case, contract.basis.service)
    other = type(contract.basis).objects.get(pk=contract.basis_id)
    other.pk, other.programme = None, make_programme()
    other.save()
    elsewhere = make_contract(contract.basis.service)
    Contract.objects.filter(pk=elsewhere.pk).update(basis=other)
    elsewhere.refresh_from_db()
    facts = {"item": item, "units": units(1), "period": "month", "address": "x", "task": "x", "by": tomek, "now": NOW}
    with pytest.raises(ValidationError, match="innym programie"):
        give_service(case, contract=elsewhere, starts_on=TODAY, **facts)
    type(other).objects.filter(pk=contract.basis_id).update(valid_to=TODAY - DAY)
    assert give_service(case, contract=elsewhere, starts_on=TODAY, **facts).contract == elsewhere


def test_case_25_nothing_is_given_on_days_on_which_the_programme_is_not_in_force(tomek):
    case, contract = make_case(tomek), make_contract()
    type(contract.basis).objects.filter(pk=contract.basis_id).update(valid_to=TODAY + 9 * DAY)
    contract.refresh_from_db()
    facts = {"item": make_need(case, contract.basis.service), "units": units(1), "period": "month", "address": "x"}
    facts |= {"task": "x", "by": tomek, "now": NOW}
    for days, field in (((10, None), "starts_on"), ((0, 10), "ends_on")):
        first, last = (None if day is None else TODAY + day * DAY for day in days)
        with pytest.raises(ValidationError) as refused:
            give_service(case, contract=contract, starts_on=first, ends_on=last, **facts)
        assert field in refused.value.message_dict
    provision = give_service(case, contract=contract, starts_on=TODAY, ends_on=TODAY + 5 * DAY, **facts)
    with pytest.raises(ValidationError):
        change_service(provision, address="x", task="x", ends_on=TODAY + 10 * DAY, by=tomek, now=NOW)
    provision.refresh_from_db()
    change_service(provision, address="x", task="x", ends_on=None, by=tomek, now=NOW)
    with pytest.raises(ValidationError, match="Program tego dnia nie obowiązuje"):
        visit(provision, TODAY + 10 * DAY, now=at(TODAY + 11 * DAY))
    with pytest.raises(ValidationError) as refused:
        make_provision(make_contract(valid_to=TODAY), ends_on=TODAY + DAY)
    assert "ends_on" in refused.value.message_dict


def test_case_71_a_visit_of_a_closed_case_stays_as_it_was_marked(provision):
    """And no case closes while a visit is not marked: its month could never be settled."""
    case, tomek = provision.case, provision.case.coordinator
    first, second = plan(provision)[:2]
    done(first, by=tomek)
    end_service(provision, last_day=second.starts_at.date(), reason="resigned", by=tomek, now=NOW)
    end_needs(case)
    with pytest.raises(TransitionNotAllowed, match="nie jest oznaczona"):
        finish_case(case, by=tomek, now=NOW, reason="resigned", summary="Koniec.")
    done(second, by=tomek)
    finish_case(case, by=tomek, now=NOW, reason="resigned", summary="Koniec.")
    first.refresh_from_db()
    with pytest.raises(BlockedError):
        visits.take_back_mark(first, reason="Pomyłka.", by=tomek, now=NOW)
    first.refresh_from_db()
    assert first.status == "done"


def test_case_73_in_a_crisis_a_service_begins_before_the_decision_with_its_reason(tomek):
    case, contract = make_case(tomek), make_contract()
    facts = {"starts_on": TODAY, "address": "x", "task": "x", "period": "month", "by": tomek, "now": NOW}
    with pytest.raises(ValidationError):
        give_service(case, contract=contract, units=units(1), **facts)
    given = give_service(case, contract=contract, units=units(1), crisis_reason="Wyszła ze szpitala.", **facts)
    assert list(Provision.objects.filter(item=None)) == [given]
    item = make_need(case, contract.basis.service)
    type(item).objects.filter(pk=item.pk).update(decided_at=NOW)
    item.refresh_from_db()
    facts |= {"item": item, "units": units(1), "starts_on": TODAY - DAY}
    with pytest.raises(ValidationError) as refused:
        give_service(case, contract=contract, **facts)
    assert "crisis_reason" in refused.value.message_dict
    early = give_service(case, contract=contract, crisis_reason="Wyszła ze szpitala.", **facts)
    assert set(Provision.objects.exclude(crisis_reason="")) == {given, early}
    type(item).objects.filter(pk=item.pk).update(decided_at=NOW - DAY)
    Provision.objects.filter(pk=early.pk).delete()
    item.refresh_from_db()
    assert give_service(case, contract=contract, crisis_reason="x", **facts).crisis_reason == ""


def test_case_37_a_worker_close_to_the_person_does_not_come(tomek, marta):
    case, contract = make_case(tomek), make_contract()
    ConflictOfInterest.objects.create(
        user=marta, resident=case.resident, relation="family", declared_by=tomek, declared_at=NOW
    )
    with pytest.raises(ValidationError) as refused:
        make_provision(contract, case=case)
    assert "worker" in refused.value.message_dict
    with pytest.raises(ValidationError):
        make_provision(make_contract(agreement=make_agreement(provider=personas.CLINIC)))
    assert not Provision.objects.exists()


def test_another_coordinator_arranges_nothing_and_marks_nothing(provision, kasia):
    record = plan(provision)[0]
    for act in (
        lambda: visits.mark_done(record, key=uuid4(), by=kasia, now=NOW),
        lambda: visits.mark_not_done(record, key=uuid4(), fault="person", by=kasia, now=NOW),
        lambda: plan(provision, by=kasia),
        lambda: end_service(provision, reason="resigned", last_day=TODAY, by=kasia, now=NOW),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert set(states(provision)) == {"planned"}


# -- planning -------------------------------------------------------------------------------------
def test_a_week_is_planned_once_and_without_days_of_absence(provision, tomek):
    suspend_service(provision, kind="hospital", first_day=MONDAY + DAY, last_day=MONDAY + 2 * DAY, by=tomek, now=NOW)
    made = plan(provision)
    assert [one.starts_at.astimezone(NOW.tzinfo).weekday() for one in made] == [0, 3, 4]
    assert {one.units for one in made} == {2}
    with pytest.raises(ValidationError):
        plan(provision)
    assert provision.records.count() == 3


def test_nobody_plans_more_than_was_given(provision):
    plan(provision, begins=8, ends=12)
    provision.refresh_from_db()
    with pytest.raises(ValidationError):
        plan(provision, weekdays=[5], begins=8, ends=9)
    assert provision.records.count() == 5


def test_hours_are_counted_as_they_pass_in_the_night_of_the_clock_change():
    night = visits.span(date(2026, 10, 24), time(22), time(6))
    assert visits.units_between("hour", *night) == 9
    spring = visits.span(date(2026, 3, 28), time(22), time(6))
    assert visits.units_between("hour", *spring) == 7


# -- marking --------------------------------------------------------------------------------------
def test_the_worker_marks_a_visit_once_however_often_the_form_is_sent(provision, marta):
    record, key = plan(provision)[0], uuid4()
    late = ServiceRecord.objects.get(pk=record.pk)
    done(record, key=key, now=NOW - 2 * DAY)
    visits.mark_done(late, key=key, by=marta, now=NOW)
    again = ServiceRecord.objects.get(pk=record.pk)
    assert (again.status, again.version, again.paid_units) == ("done", 2, 2)
    assert AuditEvent.objects.filter(action="servicerecord.done").count() == 1
    with pytest.raises(TransitionNotAllowed):
        visits.mark_done(late, key=uuid4(), by=marta, now=NOW - 2 * DAY)


def test_times_may_be_others_than_planned_but_come_out_in_halves(provision):
    record = plan(provision)[3]
    with pytest.raises(ValidationError):
        done(record, begins=time(8), ends=time(9, 20))
    for ends in (time(14, 30), time(2)):
        with pytest.raises(ValidationError, match="jeszcze przed nami"):
            done(record, begins=time(8), ends=ends)
    with pytest.raises(ValidationError, match="jeszcze przed nami"):
        visit(provision, TODAY, 14, 20)
    done(record, begins=time(8), ends=time(9, 30))
    assert (record.units, record.paid_units) == (units("1.5"), units("1.5"))


def test_a_worker_marks_what_is_today_and_yesterday_and_only_his_own(provision, marta, bartek):
    monday, _tuesday, wednesday, thursday, friday = plan(provision)
    for record in (monday, friday):
        with pytest.raises(ValidationError):
            done(record)
    with pytest.raises(PermissionDenied):
        done(thursday, by=bartek)
    done(wednesday)
    done(thursday)
    done(monday, by=provision.case.coordinator)
    assert states(provision) == ["done", "planned", "done", "done", "planned"]


def test_who_was_not_there_is_paid_for_only_where_the_contract_says_so(provision, marta):
    first, second = plan(provision)[2:4]
    visits.mark_not_done(first, key=uuid4(), fault="person", reason="Nikt nie otworzył.", by=marta, now=NOW)
    assert first.paid_units == 0
    Contract.objects.update(pays_no_show=True)
    second = ServiceRecord.objects.select_related("contract").get(pk=second.pk)
    visits.mark_not_done(second, key=uuid4(), fault="person", by=marta, now=NOW)
    assert second.paid_units == 2
    assert Contract.objects.with_use().get().used == 2


def test_a_mark_is_taken_back_with_its_reason_and_its_units(provision, marta):
    record = done(plan(provision)[3])
    visits.take_back_mark(record, reason="zły dzień", by=marta, now=NOW)
    assert (record.status, record.paid_units) == ("planned", 0)
    assert AuditEvent.objects.get(action="servicerecord.take_back").reason == "zły dzień"


def test_case_19_after_a_death_no_visit_shows_and_none_is_marked(provision, marta, ola):
    record = plan(provision)[3]
    record_death(provision.case.resident, died_on=TODAY - DAY, source="USC", by=ola, now=NOW)
    assert not ServiceRecord.objects.of_worker(marta).exists()
    with pytest.raises(ValidationError):
        done(record)


# -- what the database holds --------------------------------------------------------------------------
def test_case_31_nobody_gets_more_in_a_month_than_was_given_and_the_next_month_begins_anew(tomek):
    provision = make_provision(units=3)
    visit(provision, date(2026, 10, 30))
    visit(provision, date(2026, 10, 31), 8, 9)
    with pytest.raises(ValidationError):
        visit(provision, date(2026, 10, 31), 12, 12.5)
    visit(provision, date(2026, 11, 1), 8, 11)
    assert [str(one.units) for one in provision.records.all()] == ["2.0", "1.0", "3.0"]


def test_case_31_the_limit_goes_on_counting_after_the_provider_has_changed(tomek):
    provision = make_provision(units=3)
    visit(provision, MONDAY)
    other = make_contract(provision.contract.basis.service)
    provision.refresh_from_db()
    hand_over_service(provision, contract=other, worker=None, from_day=TODAY, by=tomek, now=NOW)
    with pytest.raises(ValidationError):
        visit(provision, MONDAY + DAY)
    visit(provision, MONDAY + DAY, 8, 9)


def test_case_31_a_visit_that_went_over_is_a_surplus_that_nobody_pays_and_no_limit_holds(tomek, beata, marta):
    provision = make_provision(make_contract(units=4), units=4)
    record, told = visit(provision, date(2026, 10, 5)), {"by": tomek, "now": NOW}
    with pytest.raises(ValidationError) as refused:
        visit(provision, date(2026, 10, 6), 8, 10.5)
    assert "odbyło" not in str(refused.value)
    with pytest.raises(PermissionDenied):
        visits.record_surplus(record, units=units(3), surplus_reason="x", by=marta, now=NOW)
    for wrong in ((units("0.2"), "x"), (units(1), ""), (units(0), "x")):
        with pytest.raises(ValidationError):
            visits.record_surplus(record, units=wrong[0], surplus_reason=wrong[1], **told)
    visits.record_surplus(record, units=units(3), surplus_reason="Upadła w łazience.", **told)
    visit(provision, date(2026, 10, 6))
    assert Contract.objects.with_use().get().left == 0
    [counted] = settlements.count_month(provision.contract, date(2026, 10, 1))
    assert (counted.units, counted.amount) == (4, 160)
    assert settlements.surplus_of(provision.contract, date(2026, 10, 1)) == 3
    visits.record_surplus(record, units=units(0), surplus_reason="", **told)
    visits.record_surplus(record, units=units(1), surplus_reason="Upadła w łazience.", **told)
    visits.take_back_mark(record, reason="pomyłka", **told)
    assert (record.surplus_units, record.surplus_reason) == (0, "")
    visits.call_off(provision.records, by=tomek)
    settlements.close_month(Contract.objects.get(), month=date(2026, 10, 1), by=beata, now=NOW)
    with pytest.raises(ValidationError):
        visits.record_surplus(provision.records.done().get(), units=units(1), surplus_reason="x", **told)


def test_case_31_a_ride_beyond_the_limit_is_a_surplus_told_in_rides_and_of_whom(tomek, beata, sign_in):
    contract = make_contract(units=4, unit="ride")
    given = [make_provision(contract, units=1, case=make_case(tomek)) for _twice in range(2)]
    rides = [visit(one, date(2026, 10, 5), 8 + number, 9 + number) for number, one in enumerate(given)]
    told = {"surplus_reason": "Musiała wrócić po dokument.", "by": tomek, "now": NOW}
    visits.record_surplus(rides[0], units=units(1), **told)
    october = date(2026, 10, 1)
    assert settlements.surplus_by_person(contract, october) == {given[0].pk: 1}
    [(_month, _now), (_before, rows)] = done_by_provider(TODAY)
    assert [(row["rides"], row["beyond"]) for row in rows] == [(2, "1 przejazd")]
    table = REPORTS["services"].table(Period(october), TODAY)["rows"]
    assert [row[2:] for row in table] == [[0.0, 0.0, 2.0, 0.0, 0.0, 1.0]]
    settlement = settlements.close_month(contract, month=october, by=beata, now=NOW)
    page = sign_in(beata).get(settlement.get_absolute_url())
    assert [line.beyond for line in page.context["lines"]] == [None, 1]
    assert "1 przejazd" in page.content.decode()
    with pytest.raises(ValidationError):
        visits.record_surplus(rides[1], units=units(1), **told)


def test_case_31_two_rides_a_month_are_two_rides(tomek):
    contract = make_contract(make_service("Taksówka"), unit="ride", units=50, unit_price="25.00")
    provision = make_provision(contract, units=2, worker=None)
    for day in (date(2026, 10, 1), date(2026, 10, 31)):
        visit(provision, day, 8, 9)
    with pytest.raises(ValidationError):
        visit(provision, date(2026, 10, 31), 20, 21)
    visit(provision, date(2026, 11, 1), 0, 1)


@pytest.mark.parametrize(
    ("period", "again"),
    [
        ("month", date(2026, 11, 1)),
        ("year", date(2027, 1, 1)),
        ("edition", None),
        ("start", date(2027, 10, 1)),
    ],
)
def test_case_31_all_services_of_a_programme_give_one_person_no_more_than_it_gives_one(tomek, beata, period, again):
    """Thirty persons, and four hours for each: a second service begun for the same person gives no second limit."""
    each = {"capacity": 30, "capacity_period": "edition", "person_units": 4, "person_unit": "hour"}
    long = {"agreement": make_agreement(valid_to=date(2027, 12, 31)), "valid_to": date(2027, 12, 31)}
    first = make_contract(fee=each | {"person_period": period}, **long)
    with pytest.raises(ValidationError, match="godziny"):
        make_contract(first.basis.service, unit="visit")
    with pytest.raises(ValidationError, match="najwyżej 4 godziny"):
        make_provision(first, units=5)
    provision = make_provision(first, units=4)
    more = make_provision(first, units=4, case=provision.case, crisis_reason="pożar", starts_on=date(2026, 10, 5))
    visit(provision, date(2026, 10, 30), 8, 11)
    with pytest.raises(ValidationError, match="jednej osobie"):
        visit(more, date(2026, 10, 31), 8, 10)
    visit(more, date(2026, 10, 31), 8, 9)
    visit(make_provision(first, units=4), date(2026, 10, 31), 8, 12)
    if again is None:
        with pytest.raises(ValidationError):
            visit(more, date(2027, 10, 2), 8, 9, now=at(date(2027, 10, 3)))
        return
    before = again - DAY
    with pytest.raises(ValidationError):
        visit(more, before, 18, 19, now=at(again))
    visit(more, again, 8, 12, now=at(again + DAY))
    record = more.records.get(starts_at=at(again, 8))
    with pytest.raises(IntegrityError, match="limit of one person"), transaction.atomic():
        ServiceRecord.objects.filter(pk=record.pk).update(starts_at=at(before, 18), ends_at=at(before, 22))


def test_no_contract_gives_more_than_it_has_until_an_annex(tomek, beata):
    provision = make_provision(make_contract(units=3))
    visit(provision, MONDAY)
    with pytest.raises(ValidationError):
        visit(provision, MONDAY + DAY)
    contract = Contract.objects.get()
    contracts.enlarge_contract(contract, units=units(1), reason="aneks nr 1", by=beata, now=NOW)
    visit(provision, MONDAY + DAY)
    assert Contract.objects.with_use().get().left == 0


def test_case_27_two_programmes_do_not_pay_one_hour_of_a_person(tomek):
    first = make_provision()
    second = make_provision(make_contract(make_service("Asystencja")), case=first.case)
    visit(first, MONDAY, 8, 10)
    with pytest.raises(ValidationError):
        visit(second, MONDAY, 9.5, 11)
    visit(second, MONDAY, 10, 11)
    ride = make_provision(make_contract(make_service("Taksówka"), unit="ride"), case=first.case)
    visit(ride, MONDAY, 8, 9)
    assert ServiceRecord.objects.done().count() == 3


def test_the_database_holds_limits_and_hours_against_plain_updates_too(tomek):
    provision = make_provision(units=4)
    first, second = plan(provision, weekdays=[0, 1])
    paid = {"status": "done", "paid_units": 2, "marked_at": NOW, "marked_by": tomek}
    ServiceRecord.objects.filter(pk=first.pk).update(**paid)
    for columns in ({"starts_at": at(MONDAY, 9), "ends_at": at(MONDAY, 11)}, {"units": 3, "paid_units": 3}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ServiceRecord.objects.filter(pk=second.pk).update(**paid | columns)
    ServiceRecord.objects.filter(pk=second.pk).update(**paid)
    third = ServiceRecord.objects.get(pk=second.pk)
    third.pk = third.key = None
    third.starts_at, third.ends_at = at(TODAY, 8), at(TODAY, 10)
    with pytest.raises(IntegrityError), transaction.atomic():
        third.save(force_insert=True)


@pytest.mark.parametrize(
    "columns",
    [
        {"status": "not_done", "fault": ""},
        {"status": "planned", "paid_units": 2},
        {"status": "not_done", "fault": "provider", "paid_units": 2},
        {"status": "done", "paid_units": 1},
        {"units": "0.3"},
        {"status": "planned", "confirmation": "person"},
        {"status": "planned", "surplus_units": 1, "surplus_reason": "x"},
        {"status": "done", "paid_units": 2, "surplus_units": 1},
        {"status": "done", "paid_units": 2, "surplus_units": "0.3", "surplus_reason": "x"},
        {"status": "done", "paid_units": 2, "confirmation": "other"},
        {"status": "done", "paid_units": 2, "confirmation": "cannot", "confirmed_by": "Adam Wilga"},
    ],
)
def test_no_visit_is_in_two_minds(provision, columns):
    record = plan(provision)[0]
    marked = {"marked_at": NOW, "marked_by": personas.person("marta")}
    with pytest.raises(IntegrityError), transaction.atomic():
        ServiceRecord.objects.filter(pk=record.pk).update(**marked | columns)


# -- absences, suspensions, resignation ------------------------------------------------------------------
def test_case_18_who_is_in_hospital_has_no_visits_and_they_come_back_when_he_does(provision, tomek):
    plan(provision)
    provision.refresh_from_db()
    suspend_service(provision, kind="hospital", first_day=TODAY, last_day=None, by=tomek, now=NOW)
    assert states(provision) == ["planned", "planned", "planned", "called_off", "called_off"]
    with pytest.raises(ValidationError):
        visit(provision, TODAY)
    end_suspension(provision, last_day=TODAY, by=tomek, now=NOW)
    assert len(plan(provision)) == 1
    provision.refresh_from_db()
    with pytest.raises(ValidationError):
        suspend_service(provision, kind="absence", first_day=TODAY, last_day=TODAY, by=tomek, now=NOW)


def test_what_was_done_is_not_covered_by_an_absence(provision, tomek):
    done(plan(provision)[3])
    provision.refresh_from_db()
    with pytest.raises(ValidationError):
        suspend_service(provision, kind="absence", first_day=TODAY, last_day=TODAY, by=tomek, now=NOW)
    assert not provision.suspensions.exists()


def test_a_resignation_ends_the_service_on_its_day(provision, tomek):
    plan(provision)
    provision.refresh_from_db()
    end_service(provision, reason="resigned", last_day=TODAY, by=tomek, now=NOW)
    assert states(provision) == ["planned"] * 4 + ["called_off"]
    assert (provision.status, provision.ends_on, provision.end_reason) == ("ended", TODAY, "resigned")
    with pytest.raises(ValidationError):
        visit(provision, TODAY + DAY, now=NOW + 2 * DAY)


def test_a_change_of_the_last_day_calls_off_what_comes_after(provision, tomek):
    plan(provision)
    provision.refresh_from_db()
    change_service(provision, address="Rynek 1", task="Obiad.", ends_on=MONDAY + DAY, by=tomek, now=NOW)
    assert states(provision) == ["planned"] * 2 + ["called_off"] * 3


# -- what the person says ---------------------------------------------------------------------------------
def test_case_56_the_person_says_it_was_otherwise_once_and_is_answered(provision, tomek):
    record = done(plan(provision)[3])
    request = provision.item.request
    record = ServiceRecord.objects.select_related("provision__item").get(pk=record.pk)
    visits.object_to_visit(record, text="Nikt nie przyszedł.", by=holder_of(request), now=NOW)
    assert list(ServiceRecord.objects.objected()) == [record]
    with pytest.raises(ValidationError):
        visits.object_to_visit(record, text="Nikt.", by=holder_of(request), now=NOW)
    visits.answer_objection(record, answer="Sprawdziliśmy: przepraszamy.", by=tomek, now=NOW)
    assert not ServiceRecord.objects.objected().exists()


def test_nobody_objects_to_the_visit_of_another(provision, tomek):
    record = ServiceRecord.objects.select_related("provision__item").get(pk=done(plan(provision)[3]).pk)
    with pytest.raises(PermissionDenied):
        visits.object_to_visit(record, text="x", by=holder_of(make_case(tomek).requests.get()), now=NOW)
