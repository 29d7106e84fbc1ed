"""Fees to the grosz by the rule in force on the day, and months that are closed once and corrected by new lines."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, InternalError, transaction
from django.db.models import F

from coordination.actions import visits
from coordination.actions.delivery import end_service, set_fee, suspend_service
from coordination.actions.settlements import close_month, correct_line, count_month, months_to_settle
from coordination.models import Contract, ServiceRecord, Settlement, SettlementLine
from cus_portal.audit.models import AuditEvent
from services.models import FeeBand, ProgrammeService
from tests.delivery_world import done, make_contract, make_provision, plan, visit
from tests.factories import NOW, holder_of, make_service

OCTOBER = date(2026, 10, 1)
FLAT = {"fee_kind": "flat", "fee_amount": Decimal("7.35"), "fee_unit": "hour"}
TABLE = {"fee_kind": "income_table"}


def zl(text):
    return Decimal(text)


def on(day, month=10):
    return date(2026, month, day)


def fee(provision, month=OCTOBER):
    provision.refresh_from_db()
    return next((one.fee for one in count_month(provision.contract, month) if one.provision == provision), zl(0))


def given(fee=None, *, unit="hour", unit_price="40.00", service=None, **fields):
    contract = make_contract(service, fee=fee, unit=unit, unit_price=unit_price, units=500)
    return make_provision(contract, **{"units": 200} | fields)


def price(provision, **said):
    provision.refresh_from_db()
    facts = {"valid_from": OCTOBER, "by": provision.case.coordinator, "now": NOW} | said
    return set_fee(provision, **facts)


def bands(provision, *lines):
    for position, (income_to, percent, amount) in enumerate(lines):
        FeeBand.objects.create(
            basis=provision.contract.basis, position=position, income_to=income_to, percent=percent, amount=amount
        )


def test_a_fee_set_anew_leaves_in_the_log_what_it_took_the_place_of(db):
    provision = given()
    price(provision, rate=zl("7.35"))
    price(provision, valid_from=OCTOBER + timedelta(31), income=zl("900"), relief_percent=50, relief_reason="§ 7")
    assert not AuditEvent.objects.about(provision).filter(action="provision.set_fee").exclude(reason="").exists()
    price(provision, rate=zl("5"))
    told = AuditEvent.objects.about(provision).filter(action="provision.set_fee").order_by("-id")[0].reason
    assert "od 1 października 2026 7,35 zł, ulga 0%" in told
    assert "od 1 listopada 2026 według dochodu, ulga 50%" in told
    assert "900" not in told
    assert provision.fee_assessments.get().rate == 5


# -- the rule ---------------------------------------------------------------------------------------
def test_in_a_free_programme_nothing_is_due(db):
    provision = given()
    visit(provision, on(5))
    assert fee(provision) == 0


@pytest.mark.parametrize(
    ("rule", "unit", "due"),
    [
        ({"fee_amount": zl("7.35"), "fee_unit": "hour"}, "hour", "25.73"),  # 3.5 × 7.35 = 25.725
        ({"fee_amount": zl("3.00"), "fee_unit": "ride"}, "ride", "6.00"),
        ({"fee_amount": zl("7.35"), "fee_unit": "visit"}, "hour", "14.70"),
        ({"fee_amount": zl("7.35"), "fee_unit": "day"}, "hour", "7.35"),
        ({"fee_amount": zl("50.00"), "fee_unit": "once"}, "visit", "50.00"),
        ({"fee_amount": zl("31.00"), "fee_unit": "month"}, "hour", "31.00"),
    ],
)
def test_a_fixed_fee_is_due_for_what_was_done(db, rule, unit, due):
    provision = given({"fee_kind": "flat"} | rule, unit=unit)
    visit(provision, on(5), 8, 10)
    visit(provision, on(5), 12, 13.5)
    assert fee(provision) == zl(due)


def test_case_34_what_was_not_done_costs_nothing(marta):
    provision = given(FLAT)
    first, second = plan(provision, weekdays=[2, 3])
    done(first)
    visits.mark_not_done(second, key=uuid4(), fault="provider", by=marta, now=NOW)
    assert fee(provision, date(2026, 11, 1)) == zl("14.70")
    assert [one.units for one in count_month(provision.contract, date(2026, 11, 1))] == [2]  # nor to the provider


def test_case_34_a_monthly_fee_is_due_for_the_days_on_which_the_service_is_given(tomek):
    provision = given({"fee_kind": "flat", "fee_amount": zl("100.00"), "fee_unit": "month"}, starts_on=on(11))
    suspend_service(provision, kind="hospital", first_day=on(20), last_day=on(21), by=tomek, now=NOW)
    assert fee(provision) == zl("61.29")  # 19 of 31 days
    provision.refresh_from_db()
    end_service(provision, reason="resigned", last_day=on(30), by=tomek, now=NOW)
    assert fee(provision) == zl("58.06")  # 18 of 31
    assert fee(provision, date(2026, 11, 1)) == 0


def test_case_34_the_fee_follows_the_income_from_the_day_on_which_it_changes(db):
    provision = given(TABLE)
    bands(provision, (zl("1000"), 0, None), (zl("2000"), 15, None), (None, None, zl("22.22")))
    visit(provision, on(5))
    assert fee(provision) is None  # nobody has asked for the income
    price(provision, income=zl("999.99"))
    assert fee(provision) == 0
    price(provision, income=zl("2000"), valid_from=on(15))
    visit(provision, on(15), 8, 8.5)
    assert fee(provision) == zl("3.00")  # 15% of 40.00 for half an hour
    price(provision, income=zl("2000.01"), valid_from=on(20))
    visit(provision, on(20), 8, 9.5)
    assert fee(provision) == zl("36.33")  # 3.00 + 1.5 × 22.22


def test_case_34_relief_is_taken_off_before_the_sum_is_rounded(db):
    provision = given(FLAT)
    price(provision, relief_percent=33, relief_reason="§ 7 ust. 2")
    for day in (5, 6, 7):
        visit(provision, on(day), 8, 8.5)
    assert fee(provision) == zl("7.39")  # 3 × 0.5 × 7.35 × 0.67 = 7.38675, and not 3 × 2.46
    price(provision, relief_percent=100, relief_reason="§ 7 ust. 1")
    assert fee(provision) == 0


def test_relief_has_its_reason(db):
    provision = given(FLAT)
    with pytest.raises(ValidationError):
        price(provision, relief_percent=50)
    assert not provision.fee_assessments.exists()


def test_case_34_free_in_the_project_and_paid_after_it_by_the_row_of_the_day(db):
    service = make_service("Teleopieka")
    provision = given(service=service)
    row = service.programme_services.get()
    ProgrammeService.objects.filter(pk=row.pk).update(valid_to=on(15))
    ProgrammeService.objects.create(
        programme=row.programme, service=service, valid_from=on(16), regime="programme", **FLAT
    )
    visit(provision, on(15))
    visit(provision, on(16))
    assert fee(provision) == zl("14.70")


def test_where_the_programme_leaves_it_to_the_centre_the_rate_of_the_person_counts(db):
    provision = given({"fee_kind": "partly", "fee_unit": "visit"})
    price(provision, rate=zl("12.50"))
    visit(provision, on(5))
    assert fee(provision) == zl("12.50")


def test_a_fee_taken_once_is_taken_in_its_first_month_only(db):
    provision = given({"fee_kind": "flat", "fee_amount": zl("50.00"), "fee_unit": "once"})
    visit(provision, on(31))
    visit(provision, on(2, 11))
    assert (fee(provision), fee(provision, date(2026, 11, 1))) == (50, 0)


# -- the month ----------------------------------------------------------------------------------------
@pytest.fixture
def settled(beata):
    """A closed October: 3.5 hours at 40.00, of which the person pays 7.35 each."""
    provision = given(FLAT)
    visit(provision, on(5))
    visit(provision, on(6), 8, 9.5)
    contract = Contract.objects.get()
    return close_month(contract, month=OCTOBER, by=beata, now=NOW)


def test_a_closed_month_says_what_is_due_to_the_provider_and_from_the_person(settled):
    line = settled.lines.get()
    assert (line.units, line.amount, line.fee) == (zl("3.5"), zl("140.00"), zl("25.73"))
    assert months_to_settle(settled.contract, date(2026, 12, 1)) == [date(2026, 11, 1)]


def test_a_closed_month_is_never_written_over(settled, tomek, beata):
    record = ServiceRecord.objects.first()
    with pytest.raises(ValidationError):
        visits.take_back_mark(record, reason="x", by=tomek, now=NOW)
    with pytest.raises(ValidationError):
        visit(record.provision, on(30))
    with pytest.raises(ValidationError):
        price(record.provision, rate=zl(1))
    for change in (
        lambda: Settlement.objects.update(month=date(2026, 9, 1)),
        lambda: SettlementLine.objects.update(fee=0),
        lambda: SettlementLine.objects.all().delete(),
        lambda: SettlementLine.objects.all().delete(),
    ):
        with pytest.raises(InternalError), transaction.atomic():
            change()
    later = {name: F(name) + timedelta(31) for name in ("starts_at", "ends_at")}
    with pytest.raises(IntegrityError, match="the month is settled"), transaction.atomic():
        ServiceRecord.objects.filter(pk=record.pk).update(**later)
    contract = Contract.objects.get()
    with pytest.raises(ValidationError):
        close_month(contract, month=OCTOBER, by=beata, now=NOW)


def test_a_correction_is_a_line_of_its_own_with_the_difference(settled, beata, tomek):
    line = settled.lines.get()
    said = {"line": line, "units": zl("3"), "amount": zl("120.00"), "fee": zl("22.05"), "now": NOW}
    with pytest.raises(PermissionDenied):
        correct_line(settled, **said, reason="x", by=tomek)
    correct_line(settled, **said, reason="Wizyta 6.10 trwała godzinę.", by=beata)
    with pytest.raises(ValidationError):
        correct_line(settled, **said, reason="jeszcze raz", by=beata)
    correction = line.corrections.get()
    assert (correction.units, correction.amount, correction.fee) == (zl("-0.5"), zl("-20.00"), zl("-3.68"))
    total = Settlement.objects.with_sums().get()
    assert (total.units, total.due, total.fees) == (3, 120, zl("22.05"))


def test_a_month_is_closed_when_it_is_over_and_each_visit_is_marked_and_nobody_waits_for_an_answer(beata, tomek):
    provision = given(FLAT)
    visit(provision, on(5))
    provision.refresh_from_db()
    planned = visits.plan_visits(
        provision, weekdays=[0], first_day=on(12), last_day=on(12), begins=visits.time(8), ends=visits.time(9),
        by=tomek, now=NOW,
    )  # fmt: skip
    refused(beata, OCTOBER)
    refused(beata, date(2026, 11, 1))
    done(planned[0], by=tomek)
    record = ServiceRecord.objects.select_related("provision__item").first()
    visits.object_to_visit(record, text="Nikt nie był.", by=holder_of(provision.item.request), now=NOW)
    refused(beata, OCTOBER)
    visits.answer_objection(record, answer="Była pani Marta.", by=tomek, now=NOW)
    assert close_month(Contract.objects.get(), month=OCTOBER, by=beata, now=NOW).lines.count() == 1


def refused(by, month):
    with pytest.raises(ValidationError):
        close_month(Contract.objects.get(), month=month, by=by, now=NOW)
    assert not Settlement.objects.exists()


def test_a_month_without_the_income_is_not_closed(beata):
    provision = given(TABLE)
    visit(provision, on(5))
    refused(beata, OCTOBER)


def test_only_the_organiser_closes_a_month(tomek, danuta):
    visit(given(), on(5))
    for other in (tomek, danuta):
        with pytest.raises(PermissionDenied):
            close_month(Contract.objects.get(), month=OCTOBER, by=other, now=NOW)


def test_what_was_missed_by_the_person_is_due_to_the_provider_and_not_from_the_person(beata, marta):
    provision = given(FLAT)
    Contract.objects.update(pays_no_show=True)
    record = ServiceRecord.objects.select_related("contract").get(pk=plan(provision, weekdays=[3])[0].pk)
    visits.mark_not_done(record, key=uuid4(), fault="person", by=marta, now=NOW)
    (counted,) = count_month(provision.contract, date(2026, 11, 1))
    assert (counted.units, counted.amount, counted.fee) == (2, 80, 0)
