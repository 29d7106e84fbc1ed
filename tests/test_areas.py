"""Where help is given beside where the person lives, and who pays for somebody from another municipality."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.urls import reverse

from coordination.actions.delivery import change_service
from coordination.actions.settlements import close_month
from coordination.admin.provisions import ProvisionAdmin
from coordination.areas import lives_elsewhere, owed_by_others, paid_by_nobody
from coordination.models import Provision
from coordination.reminders import REMINDERS, due_reminders
from coordination.worklists import WORKLISTS
from cus_portal.accounts.models import Institution
from residents.actions.life import record_move_out
from residents.actions.people import add_address
from services.eligibility import ELSEWHERE, Answers, Fit, assess
from services.models import Agreement
from tests import personas
from tests.coordination_world import make_case
from tests.delivery_world import make_contract, make_provision, visit
from tests.desk import words
from tests.factories import NOW, TODAY, at, make_locality, make_service

FIRST = date(2026, 10, 1)
DAY = timedelta(days=1)
PAYER = [one for one in REMINDERS if one.name == "paid_by_nobody"]
BACK_HERE = [one for one in REMINDERS if one.name == "back_here"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def village():
    return make_locality("Wronów")


def service_of(village, rule):
    service = make_service("Klub we wsi")
    service.localities.set([village])
    service.programme_services.update(place_rule=rule)
    return service


def case_of(tomek, ola, **home):
    case = make_case(tomek)
    add_address(case.resident, kind="lives", valid_from=date(2020, 1, 1), by=ola, now=NOW, **home)
    return case


# -- case 35 ------------------------------------------------------------------------------------------------
def page_of(rule):
    places = [{"code": "wronow", "name": "Wronów"}]
    return {"localities": places, "bases": [{"programme": {"code": "p"}, "place_rule": rule}]}


@pytest.mark.parametrize(
    ("rule", "lives", "fit"),
    [
        ("residence", "wronow", Fit.YES),
        ("residence", "belzyce", Fit.NO),
        ("residence", None, Fit.MAYBE),
        ("residence", ELSEWHERE, Fit.NO),
        ("delivery", "wronow", Fit.YES),
        ("delivery", "belzyce", Fit.MAYBE),
        ("delivery", None, Fit.MAYBE),
        ("delivery", ELSEWHERE, Fit.NO),
    ],
)
def test_case_35_the_places_of_a_service_are_about_residence_or_about_where_it_is_given(rule, lives, fit):
    assert assess(page_of(rule), Answers(locality=lives)).fit == fit


def test_case_35_where_the_place_of_help_counts_the_words_do_not_say_who_may_not():
    verdict = assess(page_of("delivery"), Answers(locality="belzyce"))
    assert verdict.reasons == ["Pomoc jest udzielana tylko w tych miejscowościach: Wronów."]


def test_case_35_both_places_are_kept_and_the_one_that_counts_is_checked(tomek, ola, village):
    home = make_locality("Bełżyce")
    case = case_of(tomek, ola, locality=home)
    contract = make_contract(service_of(village, "delivery"))
    for locality in (None, home):
        with pytest.raises(ValidationError, match="Wronów"):
            make_provision(contract, case=case, locality=locality)
    assert not Provision.objects.exists()
    given = make_provision(contract, case=case, locality=village)
    assert (given.locality, case.resident.addresses.of_residence(FIRST).first().locality) == (village, home)
    facts = {"address": "Rynek 1", "task": "Zakupy.", "ends_on": None, "by": tomek, "now": NOW}
    with pytest.raises(ValidationError, match="Wronów"):
        change_service(given, locality=home, **facts)
    change_service(given, locality=village, **facts)
    given.refresh_from_db()
    assert (given.address, given.locality) == ("Rynek 1", village)


def test_case_35_where_residence_counts_help_may_be_given_in_another_village(tomek, ola, village):
    case = case_of(tomek, ola, locality=village)
    elsewhere = make_locality("Bełżyce")
    given = make_provision(make_contract(service_of(village, "residence")), case=case, locality=elsewhere)
    assert given.locality == elsewhere


# -- case 72 ------------------------------------------------------------------------------------------------
def agreement_with(name="Gmina Borzechów", **fields):
    institution = Institution.objects.create(code=f"gmina-{Institution.objects.count()}", name=name, short_name=name)
    facts = {"kind": "agreement", "number": "P/3/2026", "subject": "wspólne CUS", "valid_from": date(2026, 1, 1)}
    return Agreement.objects.create(code=f"p-{institution.pk}", institution=institution, **facts | fields)


@pytest.fixture
def stranger_case(tomek, ola):
    return case_of(tomek, ola, elsewhere="Borzechów")


def test_case_72_nothing_begins_for_who_lives_elsewhere_without_an_agreement(stranger_case):
    with pytest.raises(ValidationError, match="Borzechów"):
        make_provision(case=stranger_case)
    assert not Provision.objects.exists()
    given = make_provision(case=stranger_case, payer=agreement_with())
    assert given.payer.institution.name == "Gmina Borzechów"
    assert ("Kto płaci", "Gmina Borzechów P/3/2026") in ProvisionAdmin.facts(given)


@pytest.mark.parametrize(
    ("fields", "ends_on", "said"),
    [
        ({"kind": "contract"}, None, "nie obowiązuje"),
        ({"valid_from": FIRST + DAY}, None, "nie obowiązuje"),
        ({"valid_to": FIRST - DAY}, None, "nie obowiązuje"),
        ({"valid_to": date(2026, 12, 31)}, None, "koniec porozumienia"),
        ({"valid_to": date(2026, 12, 30)}, date(2026, 12, 31), "koniec porozumienia"),
    ],
)
def test_case_72_an_agreement_that_does_not_hold_is_none(stranger_case, fields, ends_on, said):
    with pytest.raises(ValidationError, match=said):
        make_provision(case=stranger_case, payer=agreement_with(**fields), ends_on=ends_on)


def test_case_72_an_agreement_about_other_services_is_none(stranger_case):
    agreement = agreement_with()
    agreement.services.set([make_service("Inna")])
    with pytest.raises(ValidationError, match="innych usług"):
        make_provision(case=stranger_case, payer=agreement)


def test_case_72_for_who_lives_here_nobody_else_pays(tomek, ola, village):
    with pytest.raises(ValidationError, match="mieszka tutaj"):
        make_provision(case=case_of(tomek, ola, locality=village), payer=agreement_with())


def test_case_72_residence_is_that_of_the_first_day(tomek, ola, village):
    case = case_of(tomek, ola, locality=village)
    add_address(case.resident, kind="lives", elsewhere="Lublin", valid_from=TODAY, by=ola, now=NOW)
    assert [lives_elsewhere(case.resident, on=day) for day in (FIRST, TODAY)] == ["", "Lublin"]


def test_case_72_a_home_here_beside_one_elsewhere_is_a_home_here(tomek, ola, village):
    case = case_of(tomek, ola, locality=village)
    add_address(
        case.resident, kind="lives", elsewhere="Lublin", valid_from=date(2026, 1, 1), beside=True, by=ola, now=NOW
    )
    assert lives_elsewhere(case.resident, on=TODAY) == ""


def test_case_72_what_the_other_municipality_owes_stands_with_the_month(stranger_case, beata, sign_in):
    given = make_provision(case=stranger_case, payer=agreement_with())
    visit(given, date(2026, 10, 5))
    make_provision(given.contract, case=make_case(personas.person("tomek")))
    settlement = close_month(given.contract, month=date(2026, 10, 1), by=beata, now=NOW)
    assert list(owed_by_others(settlement)) == [("Gmina Borzechów", 80)]
    assert "Gmina Borzechów: 80,00 zł" in words(sign_in(beata).get(settlement.get_absolute_url()))


@pytest.fixture
def moved(tomek, ola, village):
    """A service that began while the person lived here; since 20 November the person lives in Lublin."""
    given = make_provision(case=case_of(tomek, ola, locality=village))
    day = date(2026, 11, 20)
    add_address(given.case.resident, kind="lives", elsewhere="Lublin", valid_from=day, by=ola, now=NOW)
    return given, day


def reminded_of_payers(days):
    rows = [(row.obj, row.day, row.recipient) for day in days for row in due_reminders(day, PAYER)]
    return sorted(set(rows), key=lambda row: row[1])


def test_case_72_who_moves_away_is_served_on_and_the_coordinator_is_told_with_the_day(moved, tomek, kasia, sign_in):
    given, day = moved
    assert not paid_by_nobody(day - DAY).exists()
    assert list(WORKLISTS["served-elsewhere"].rows(tomek, day)) == [given.case]
    assert not WORKLISTS["served-elsewhere"].rows(kasia, day).exists()
    days = [day + timedelta(days=number) for number in range(-2, 90)]
    assert reminded_of_payers(days) == [(given.case, day + timedelta(days=14 * number), tomek) for number in range(4)]
    given.refresh_from_db()
    assert (given.status, given.ends_on) == ("active", None)
    with time_machine.travel(at(day), tick=False):
        assert "Mieszka w innej gminie Lublin" in words(sign_in(tomek).get(given.get_absolute_url()))


def test_case_72_also_who_has_left_the_municipality_and_until_there_is_a_home_here_again(tomek, ola, village):
    given = make_provision(case=case_of(tomek, ola, locality=village))
    resident = given.case.resident
    record_move_out(resident, moved_on=TODAY, moved_to="Lublin", by=ola, now=NOW)
    resident.refresh_from_db()
    assert (lives_elsewhere(resident, on=TODAY), list(paid_by_nobody(TODAY))) == ("Lublin", [given])
    back = TODAY + timedelta(days=30)
    add_address(resident, kind="lives", locality=village, valid_from=back, by=ola, now=NOW)
    assert (lives_elsewhere(resident, on=back), list(paid_by_nobody(back))) == ("", [])


def test_case_72_the_agreement_of_the_new_municipality_is_written_down_from_a_whole_month_on(moved, tomek, sign_in):
    given, day = moved
    agreement = agreement_with("Gmina Lublin")
    facts = {"address": "Rynek 1", "task": "Obiad.", "ends_on": None, "payer": agreement, "by": tomek, "now": at(day)}
    for first, said in (
        (None, "pierwszy dzień miesiąca"),
        (day, "pierwszy dzień miesiąca"),
        (date(2026, 11, 1), "tutaj"),
    ):
        with pytest.raises(ValidationError, match=said):
            change_service(given, payer_from=first, **facts)
    with time_machine.travel(at(day), tick=False):
        page = reverse("admin:coordination_provision_move", args=[given.pk, "change"])
        desk = sign_in(tomek)
        assert "payer" in desk.get(page).context["form"].fields
        form = {"address": "Rynek 1", "task": "Obiad.", "payer": agreement.pk, "payer_from": "01.12.2026"}
        assert desk.post(page, form | {"version": given.version}).status_code == 302
    given.refresh_from_db()
    assert (given.payer, given.payer_from, given.status) == (agreement, date(2026, 12, 1), "active")
    assert list(paid_by_nobody(day)) == []
    change_service(given, **facts | {"payer": None, "task": "Zakupy."})
    assert given.payer == agreement
    Agreement.objects.update(valid_to=date(2026, 12, 31))
    assert list(paid_by_nobody(date(2027, 1, 1))) == [given], "the agreement has ended"


def test_case_72_who_moves_back_is_on_the_list_until_the_other_municipality_no_longer_pays(
    tomek, kasia, ola, village, beata, sign_in
):
    given = make_provision(case=case_of(tomek, ola, elsewhere="Borzechów"), payer=agreement_with())
    visit(given, date(2026, 10, 5))
    october = close_month(given.contract, month=date(2026, 10, 1), by=beata, now=NOW)
    back = date(2026, 11, 20)
    add_address(given.case.resident, kind="lives", locality=village, valid_from=back, by=ola, now=NOW)
    listed = WORKLISTS["back-here"]
    assert [list(listed.rows(who, day)) for who, day in ((tomek, back - DAY), (tomek, back), (kasia, back))] == [
        [], [given.case], [],
    ]  # fmt: skip
    days = [back + timedelta(days=number) for number in (-1, 0, 1, 14, 28, 42, 56)]
    told = {(row.day, row.recipient) for day in days for row in due_reminders(day, BACK_HERE)}
    assert told == {(back + timedelta(days=14 * number), tomek) for number in range(4)}
    facts = {"address": "Rynek 1", "task": "Obiad.", "ends_on": date(2027, 3, 1), "by": tomek, "now": at(back)}
    Agreement.objects.update(valid_to=date(2026, 12, 31))
    given.refresh_from_db()
    for until, said in (
        (date(2026, 11, 21), "ostatni dzień miesiąca"),
        (date(2026, 8, 31), "ostatni dzień miesiąca"),
        (date(2026, 10, 31), "mieszka gdzie indziej"),
    ):
        with pytest.raises(ValidationError, match=said):
            change_service(given, payer_until=until, **facts | {"ends_on": None})
    page = reverse("admin:coordination_provision_move", args=[given.pk, "change"])
    with time_machine.travel(at(back), tick=False):
        desk = sign_in(tomek)
        assert "Mieszka tu znowu" in words(desk.get(given.get_absolute_url()))
        assert "Mieszka tu znowu" in words(desk.get(given.case.get_absolute_url()))
        form = {"address": "Rynek 1", "task": "Obiad.", "payer_until": "30.11.2026", "version": given.version}
        assert desk.post(page, form).status_code == 302
    given.refresh_from_db()
    assert (given.payer_until, list(listed.rows(tomek, back)), list(paid_by_nobody(back))) == (
        date(2026, 11, 30), [], [],
    )  # fmt: skip
    assert list(owed_by_others(october)) == [("Gmina Borzechów", 80)]
    Provision.objects.update(payer_until=date(2026, 9, 30), payer_from=date(2026, 9, 1), starts_on=date(2026, 9, 1))
    assert list(owed_by_others(october)) == []
    add_address(given.case.resident, kind="lives", elsewhere="Lublin", valid_from=back + DAY, by=ola, now=NOW)
    assert list(paid_by_nobody(back + DAY)) == [given], "the payer of before no longer pays"


def test_case_72_a_month_that_is_settled_stays_with_whom_it_was(tomek, ola, village, beata):
    given = make_provision(case=case_of(tomek, ola, elsewhere="Borzechów"), payer=agreement_with())
    visit(given, date(2026, 10, 5))
    close_month(given.contract, month=date(2026, 10, 1), by=beata, now=NOW)
    Provision.objects.update(starts_on=date(2026, 9, 1))
    add_address(given.case.resident, kind="lives", locality=village, valid_from=date(2026, 9, 20), by=ola, now=NOW)
    given.refresh_from_db()
    facts = {"address": "Rynek 1", "task": "Obiad.", "ends_on": None, "by": tomek, "now": NOW}
    with pytest.raises(ValidationError, match="rozliczony"):
        change_service(given, payer_until=date(2026, 9, 30), **facts)
    change_service(given, payer_until=date(2026, 10, 31), **facts)
    with pytest.raises(ValidationError, match="nie płaci"):
        change_service(given, payer_until=date(2026, 11, 30), **facts)


def test_case_72_what_was_given_before_the_move_stays_with_us(tomek, ola, village, beata):
    given = make_provision(case=case_of(tomek, ola, locality=village))
    visit(given, date(2026, 10, 5))
    october = close_month(given.contract, month=date(2026, 10, 1), by=beata, now=NOW)
    add_address(given.case.resident, kind="lives", elsewhere="Lublin", valid_from=TODAY, by=ola, now=NOW)
    Provision.objects.update(payer=agreement_with("Gmina Lublin"), payer_from=date(2026, 12, 1))
    assert list(owed_by_others(october)) == []


def test_the_form_asks_who_pays_only_for_who_lives_elsewhere(stranger_case, tomek, ola, village, sign_in):
    here, agreement = case_of(tomek, ola, locality=village), agreement_with()
    contract = make_contract()
    with time_machine.travel(NOW, tick=False):
        desk = sign_in(tomek)
        addresses = [
            reverse("admin:residents_case_move", args=[case.pk, "give_service"]) for case in (stranger_case, here)
        ]
        assert ["payer" in desk.get(address).context["form"].fields for address in addresses] == [True, False]
        form = {
            "crisis_reason": "Wyszła ze szpitala.", "contract": contract.pk, "units": "10", "period": "month",
            "starts_on": "12.11.2026", "address": "Rynek 1", "locality": village.pk, "task": "Obiad.",
        }  # fmt: skip
        assert "Wybierz porozumienie" in words(desk.post(addresses[0], form))
        assert desk.post(addresses[0], form | {"payer": agreement.pk}).status_code == 302
    given = stranger_case.provisions.get()
    assert (given.payer, given.locality) == (agreement, village)
