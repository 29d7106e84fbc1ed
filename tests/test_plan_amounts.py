"""The items of a plan as numbers: how much in what time, held against the programme; what the person pays."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from coordination.actions import plans
from coordination.actions.plan_versions import plan_content
from coordination.differences import changes_of
from coordination.documents import draft_of, item_row, person_rows, plain_item, plan_document, plan_for_the_person
from coordination.forms_drafts import first_of_item
from coordination.models import Plan, PlanItem, Provision
from coordination.plan_delivery import differences_of
from services.models import ProgrammeService
from tests import personas
from tests.community_world import make_action, make_community_organiser
from tests.coordination_world import make_case, make_plan, make_template
from tests.delivery_world import make_contract, make_need, make_provision
from tests.desk import words
from tests.factories import NOW, TODAY, make_service

pytestmark = pytest.mark.django_db
HOURS = {"units": Decimal(20), "unit": "hour", "period": "month"}


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def plan(tomek, danuta):
    return make_plan(make_case(tomek), items=0)


def limited(units, period, **fields):
    service = make_service("Opieka")
    row = {"person_units": Decimal(units), "person_unit": "hour", "person_period": period}
    service.programme_services.update(**row | fields)
    return service


def add(plan, service=None, **said):
    days = {"starts_on": plan.starts_on, "ends_on": plan.ends_on}
    facts = {"goal": "Dom", "service": service, "provider": personas.institution(personas.PCPR)} | days
    return plans.add_plan_item(plan, by=plan.case.coordinator, now=NOW, **facts | said)


def told(plan, number=0):
    """Return what the item says on paper: amount and fee."""
    return item_row(plan_content(plan)["items"][number])[3].replace("\xa0", " ")


# -- the limit of the programme -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("limit", "said", "fits"),
    [
        ((20, "month"), HOURS, True),
        ((20, "month"), HOURS | {"units": Decimal("20.5")}, False),
        ((20, "month"), {"units": Decimal(5), "unit": "hour", "period": "week"}, True),  # four whole weeks
        ((20, "month"), {"units": Decimal("5.5"), "unit": "hour", "period": "week"}, False),
        ((20, "month"), {"units": Decimal(12), "unit": "hour", "period": "week", "days": 12}, True),
        ((20, "month"), {"units": Decimal(40), "unit": "visit", "period": "month"}, True),  # counted otherwise
        ((100, "year"), HOURS, True),  # 12 November 2026 to 11 May 2027: of one year at most 131 days
        ((79, "year"), HOURS, False),
        ((100, "start"), HOURS | {"units": Decimal(21)}, False),  # half a year holds five whole months
        ((100, "year"), HOURS | {"period": "year", "units": Decimal(101)}, False),
        ((100, "edition"), HOURS | {"period": "edition", "units": Decimal(100)}, True),
    ],
)
def test_an_item_beyond_what_the_programme_gives_one_person_is_refused_with_a_word(plan, limit, said, fits):
    said = dict(said)
    if days := said.pop("days", None):
        said["ends_on"] = plan.starts_on + timedelta(days=days)
    service = limited(*limit)
    if fits:
        assert add(plan, service, **said).units == said["units"]
        return
    with pytest.raises(ValidationError, match="Program daje jednej osobie"), transaction.atomic():
        add(plan, service, **said)
    assert not plan.items.exists()


def test_two_items_of_one_service_share_its_limit_and_a_limit_set_later_is_asked_when_it_is_submitted(plan, tomek):
    service = limited(20, "month")
    add(plan, service, **HOURS | {"units": Decimal(12)})
    with pytest.raises(ValidationError):
        add(plan, service, **HOURS | {"units": Decimal(9)})
    second = add(plan, service, **HOURS | {"units": Decimal(8)})
    with pytest.raises(ValidationError):
        plans.change_plan_item(
            second, by=tomek, now=NOW, goal="x", service=service, provider=second.provider, starts_on=plan.starts_on,
            ends_on=plan.ends_on, **HOURS,
        )  # fmt: skip
    service.programme_services.update(person_units=Decimal(15))
    plan = Plan.objects.get(pk=plan.pk)
    plans.agree_plan(plan, by=tomek, now=NOW, agreed_on=TODAY, agreement="signed")
    with pytest.raises(ValidationError, match="Program daje jednej osobie"):
        plans.submit_plan(plan, by=tomek, now=NOW)


# -- what is said ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("rule", "said", "words"),
    [
        ({"fee_kind": "flat", "fee_amount": "12.50", "fee_unit": "hour"}, {"fee_kind": "rule"},
         "20 godzin w miesiącu, 12,50 zł za godzinę, najwyżej 250,00 zł w miesiącu"),
        ({"fee_kind": "income_table", "fee_note": "Przy niskim bezpłatnie."}, {"fee_kind": "rule"},
         "20 godzin w miesiącu, opłata zależy od dochodu, przy niskim bezpłatnie"),
        ({}, {"fee_kind": "rule", "scope": "po 2 godziny"}, "20 godzin w miesiącu, po 2 godziny, bezpłatnie"),
        ({"fee_kind": "income_table"}, {"fee_kind": "fixed", "fee_amount": Decimal("5.4"), "fee_unit": "hour"},
         "20 godzin w miesiącu, 5,40 zł za godzinę, najwyżej 108,00 zł w miesiącu"),
        ({"fee_kind": "income_table"}, {"fee_kind": "exempt", "fee": "dochód na osobę"},
         "20 godzin w miesiącu, zwolnienie z opłaty: dochód na osobę"),
        ({}, {"fee_kind": "free"}, "20 godzin w miesiącu, bezpłatnie"),
        ({}, {"fee": "około 10 zł"}, "20 godzin w miesiącu, około 10 zł"),
    ],
)  # fmt: skip
def test_the_amount_and_the_fee_are_told_with_what_they_come_to(plan, rule, said, words):
    service = make_service("Opieka")
    service.programme_services.update(**rule)
    add(plan, service, **HOURS | said)
    assert told(plan) == words
    assert "Uzgodniono z osobą" not in dict(person_rows(plan_content(plan), draft_of(plan)))


def test_a_version_keeps_the_rule_it_was_approved_by_and_one_without_numbers_is_read_as_it_was(plan, tomek, danuta):
    service = make_service("Opieka")
    rule = {"fee_kind": ProgrammeService.Fee.FLAT, "fee_amount": "12.00", "fee_unit": "hour"}
    service.programme_services.update(**rule)
    add(plan, service, **HOURS, fee_kind="rule")
    plans.agree_plan(plan, by=tomek, now=NOW, agreed_on=TODAY, agreement="signed")
    plans.submit_plan(plan, by=tomek, now=NOW)
    plans.approve_plan(plan, by=danuta, now=NOW)
    service.programme_services.update(fee_amount="15.00")
    kept = plan.versions.get().content["items"][0]
    assert "12,00" in item_row(kept)[3]
    plans.amend_plan(plan, by=tomek, now=NOW, reason="Nowa potrzeba.")
    (change,) = changes_of(plan)
    assert ("240,00" in change.taken_out[0], "300,00" in change.put_in[0]) == (True, True)
    plans.change_plan_item(
        plan.items.get(), by=tomek, now=NOW, goal="Dom", service=service, provider=plan.items.get().provider,
        starts_on=plan.starts_on, ends_on=plan.ends_on, scope="inaczej",
    )  # fmt: skip
    assert (plan.items.get().units, plan.items.get().fee_kind) == (None, "")
    plans.drop_plan_changes(Plan.objects.get(pk=plan.pk), by=tomek, now=NOW)
    item = plan.items.get()
    assert (item.units, item.unit, item.period, item.fee_kind, item.scope) == (20, "hour", "month", "rule", "")
    old = {name: kept[name] for name in ("service", "action", "goal", "provider", "starts_on", "ends_on")}
    for facts in (old | {"scope": "20 godzin"}, old | {"scope": "20 godzin", "fee": ""}):
        assert item_row(facts)[3] == "20 godzin"
        assert plain_item(facts)[2] == "20 godzin"


def test_a_renewal_and_a_template_give_their_numbers_and_a_referral_tells_them(plan, tomek, danuta):
    template = make_template()
    template.items.filter(position=1).update(**HOURS)
    plan = plans.draft_plan(
        make_case(tomek), template=template, starts_on=TODAY, ends_on=date(2027, 5, 31), needs="x", goals="x",
        by=tomek, now=NOW,
    )  # fmt: skip
    first, second = plan.items.order_by("position")
    assert (first.units, first.period, first.fee_kind, second.units, second.fee_kind) == (20, "month", "rule", None, "")
    assert first_of_item(first)["need"] == "Pomoc domowa, 20 godzin w miesiącu, 2 godziny"
    plans.agree_plan(plan, by=tomek, now=NOW, agreed_on=TODAY, agreement="signed")
    plans.submit_plan(plan, by=tomek, now=NOW)
    plans.approve_plan(plan, by=danuta, now=NOW)
    days = {"starts_on": date(2027, 6, 1), "ends_on": date(2027, 9, 30)}
    next_one = plans.draft_plan(plan.case, by=tomek, now=NOW, take_over=True, needs="x", goals="x", **days)
    assert list(next_one.items.values_list("units", "unit", "fee_kind")) == [(20, "hour", "rule"), (None, "", "")]
    for paper in (plan_document, plan_for_the_person):
        assert paper(draft_of(next_one)).startswith(b"%PDF")


def test_who_approves_sees_each_fee_that_is_another_than_the_programme_takes(plan, tomek, danuta, sign_in):
    rules = {"flat": {"fee_amount": "12.00", "fee_unit": "hour"}, "free": {}, "income_table": {}}
    by_kind = {kind: make_service(f"Opieka {kind}") for kind in rules}
    for kind, service in by_kind.items():
        service.programme_services.update(fee_kind=kind, **rules[kind])
    fixed = {"fee_kind": "fixed", "fee_amount": Decimal(12), "fee_unit": "hour"}
    add(plan, by_kind["flat"], goal="Tak samo", **fixed)
    add(plan, by_kind["flat"], goal="Inaczej", **fixed | {"fee_amount": Decimal(10)})
    add(plan, by_kind["flat"], goal="Zwolnienie", fee_kind="exempt", fee="pożar")
    add(plan, by_kind["flat"], goal="Nic", fee_kind="free")
    add(plan, by_kind["free"], goal="Opłata", **fixed)
    add(plan, by_kind["income_table"], goal="Z dochodu", **fixed)
    shown = words(sign_in(tomek).get(plan.get_absolute_url()))
    assert shown.count("inaczej niż w programie: 12,00 zł za godzinę") == 2
    assert shown.count("inaczej niż w programie: bezpłatnie") == 1
    plans.agree_plan(plan, by=tomek, now=NOW, agreed_on=TODAY, agreement="signed")
    plans.submit_plan(plan, by=tomek, now=NOW)
    read = words(sign_in(danuta).get(reverse("admin:coordination_plan_move", args=[plan.pk, "approve"])))
    assert "Opieka flat: 10,00 zł za godzinę. Program mówi: 12,00 zł za godzinę." in read
    assert "Opieka flat: bezpłatnie. Program mówi: 12,00 zł za godzinę." in read
    assert "Opieka free: 12,00 zł za godzinę. Program mówi: bezpłatnie." in read
    assert read.count("Program mówi") == 3


# -- an action of the community organiser ---------------------------------------------------------
def test_an_action_of_the_organiser_stands_in_the_plan_by_its_name_and_costs_nothing(plan, tomek, danuta, sign_in):
    club = make_action(name="Klub Sąsiada")
    gone = make_action(club.plan, name="Dawny klub", starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31))
    page = reverse("admin:coordination_plan_move", args=[plan.pk, "add_item"])
    client, said = sign_in(tomek), {"goal": "Ludzie", "version": plan.version, "fee_kind": "rule"}
    said |= {"starts_on": "12.11.2026", "ends_on": "31.12.2026", "units": "1", "unit": "visit", "period": "week"}
    asked = client.get(page).content.decode()
    assert ("Klub Sąsiada" in asked, "Dawny klub" in asked) == (True, False)
    assert client.post(page, said | {"supporting": gone.pk}).status_code == 200
    assert client.post(page, said | {"supporting": club.pk}).status_code == 302
    item = plan.items.get()
    assert (item.supporting, str(item), item.provider.is_centre) == (club, "Klub Sąsiada", True)
    assert (item.fee_kind, told(plan)) == ("", "1 wizyta w tygodniu")
    with pytest.raises(ValidationError, match="supporting"):
        add(Plan.objects.get(pk=plan.pk), action="x", supporting=gone)
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanItem.objects.filter(pk=item.pk).update(service=make_service(), action="")
    organiser = sign_in(make_community_organiser())
    for number in (0, 1):  # who counts on it is not told, only how many
        shown = words(organiser.get(club.get_absolute_url()))
        assert f"W obowiązujących planach indywidualnych: {number}" in shown
        assert plan.case.resident.last_name not in shown
        if not number:
            approved(Plan.objects.get(pk=plan.pk), tomek, danuta)


# -- the form and the old words -------------------------------------------------------------------
def test_the_form_says_what_is_missing_and_writes_the_numbers(plan, tomek, sign_in):
    service = make_service("Opieka")
    service.programme_services.update(fee_kind="income_table")
    item, client = add(plan, service, scope="20 godzin, różnie", fee="około 10 zł"), sign_in(tomek)
    page = reverse("coordination:plan_item", args=[item.pk])
    assert "jak napisano niżej" in words(client.get(page))
    said = {"goal": "Dom", "service": service.pk, "starts_on": "12.11.2026", "ends_on": "31.12.2026"}
    said["version"] = Plan.objects.get(pk=plan.pk).version
    wrong = {"units": "20", "fee_kind": "fixed"}, {"fee_kind": "exempt"}, {"fee_kind": "rule", "fee_amount": "5"}
    missed = [{"unit", "fee_amount", "fee_unit"}, {"fee"}, {"fee_kind"}]
    for facts, fields in zip(wrong, missed, strict=True):
        assert set(client.post(page, said | facts).context["form"].errors) == fields
    facts = {"units": "20", "unit": "hour", "period": "month", "fee_kind": "fixed", "fee_amount": "5,40"}
    assert client.post(page, said | facts | {"fee_unit": "hour"}).url == plan.get_absolute_url()
    assert "5,40 zł za godzinę, najwyżej 108,00 zł w miesiącu" in words(client.get(plan.get_absolute_url()))
    for wrong in ({"unit": ""}, {"fee_amount": None}, {"fee_kind": "exempt"}, {"units": Decimal("0.3")}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PlanItem.objects.filter(pk=item.pk).update(**wrong)


# -- a service that carries an item out -----------------------------------------------------------
BY_RATE = {"fee_kind": "partly", "fee_unit": "hour"}


def approved(plan, tomek, danuta):
    plans.agree_plan(plan, by=tomek, now=NOW, agreed_on=TODAY, agreement="signed")
    plans.submit_plan(plan, by=tomek, now=NOW)
    plans.approve_plan(plan, by=danuta, now=NOW)
    return plan.items.order_by("position").first()


@pytest.mark.parametrize(
    ("rule", "fee", "assessed"),
    [
        (BY_RATE, {"fee_kind": "fixed", "fee_amount": Decimal("5.40"), "fee_unit": "hour"}, (Decimal("5.40"), 0, "")),
        (BY_RATE, {"fee_kind": "exempt", "fee": "dochód"}, (None, 100, "dochód")),
        (BY_RATE, {"fee_kind": "rule"}, None),
        ({}, {"fee_kind": "free"}, None),
    ],
)
def test_a_service_takes_amount_and_fee_of_its_item_over_and_is_warned_about_when_it_differs(
    rule, fee, assessed, plan, tomek, danuta, sign_in
):
    contract = make_contract(fee=rule)
    add(plan, contract.basis.service, **HOURS, **fee)
    item, need = approved(plan, tomek, danuta), make_need(plan.case, contract.basis.service)
    client, page = sign_in(tomek), reverse("admin:residents_case_move", args=[plan.case_id, "give_service"])
    assert f"{page}?pozycja={item.pk}" in client.get(plan.get_absolute_url()).content.decode()
    begins = client.get(page, {"pozycja": item.pk}).context["form"].initial
    assert [begins[name] for name in ("plan_item", "item", "contract")] == [item.pk, need.pk, contract.pk]
    assert (begins["units"], begins["period"], begins["starts_on"]) == (20, "month", TODAY)
    said = {"plan_item": item.pk, "item": need.pk, "contract": contract.pk, "period": "month", "address": "Lipowa 7"}
    said |= {"starts_on": "12.11.2026", "task": "Zakupy.", "version": plan.case.version}
    assert client.post(page, said | {"plan_item": ""}).context["form"].errors.keys() == {"units"}
    assert client.post(page, said).status_code == 302
    provision = Provision.objects.get()
    held = provision.fee_assessments.values_list("rate", "relief_percent", "relief_reason").first()
    assert (provision.plan_item, provision.units, held) == (item, 20, assessed)
    assert differences_of(provision) == []
    Provision.objects.filter(pk=provision.pk).update(units=25)
    told = "Plan mówi: 20 godzin w miesiącu. Dano: 25 godzin w miesiącu."
    assert told in words(client.get(provision.get_absolute_url()))
    shown = client.get(plan.get_absolute_url())
    assert "różni się od planu" in words(shown)
    assert "give_service" not in shown.content.decode()
    if assessed:
        provision.fee_assessments.all().delete()
        assert len(differences_of(Provision.objects.get(pk=provision.pk))) == 2


def test_a_service_is_begun_for_an_item_of_the_plan_in_force_only_and_then_the_item_stays(plan, tomek, danuta):
    contract = make_contract()
    other = add(plan, make_service("Inna"))
    week = add(plan, contract.basis.service, units=Decimal(5), unit="hour", period="week")
    stranger = make_plan(make_case(tomek)).items.get()
    for wrong in (week, stranger):  # a draft is not in force
        with pytest.raises(ValidationError, match="plan_item"), transaction.atomic():
            make_provision(contract, case=plan.case, plan_item=wrong, starts_on=TODAY)
    approved(plan, tomek, danuta)
    week, other = (PlanItem.objects.select_related("plan").get(pk=one.pk) for one in (week, other))
    with pytest.raises(ValidationError, match="plan_item"), transaction.atomic():
        make_provision(contract, case=plan.case, plan_item=other, starts_on=TODAY)
    for units, told in ((20, 0), (25, 0), (19, 1)):
        given = make_provision(contract, case=plan.case, plan_item=week, starts_on=TODAY, units=units)
        assert len(differences_of(given)) == told
    plan = Plan.objects.get(pk=plan.pk)
    plans.amend_plan(plan, by=tomek, now=NOW, reason="Nowa potrzeba.")
    with pytest.raises(ValidationError):
        plans.remove_plan_item(PlanItem.objects.get(pk=week.pk), by=tomek, now=NOW)
