"""The pages of services given: the worker's phone, the resident's sight, the organiser's rooms."""

import re
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coordination.actions.contracts import end_contract, resume_contract, suspend_contract
from coordination.actions.delivery import end_service, hand_over_service
from coordination.actions.settlements import close_month
from coordination.actions.visits import record_surplus, take_back_mark
from coordination.admin.provisions import ProvisionAdmin
from coordination.models import CommunityPlan, Contract, Provision, ServiceRecord, Settlement
from coordination.presentation import REFERRAL_PAST
from coordination.reports import REPORTS, Period
from coordination.suppression import HIDDEN, suppress
from coordination.workflow import REFERRAL
from cus_portal.accounts.models import Membership, User
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from residents.actions import restrict_file
from residents.models import Case, RestrictedFile
from services.units import in_units
from tests import personas
from tests.coordination_world import make_case
from tests.delivery_world import MONDAY, done, make_contract, make_provision, plan, visit
from tests.desk import words
from tests.factories import NOW, TODAY, make_service

DAY = timedelta(days=1)
VISITS = reverse("coordination:visits")


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def provision(db):
    return make_provision()


def mark(record, name):
    return reverse("coordination:visit_mark", args=[record.pk, name])


def form_of(record, **fields):
    return {"version": record.version, "begins": "8:00", "ends": "10:00", "key": str(uuid4())} | fields


# -- the worker -------------------------------------------------------------------------------------
def test_the_worker_sees_his_visits_of_three_days_and_nothing_else_of_a_file(sign_in, marta, tomek, provision):
    monday, *_others, thursday, _friday = plan(provision)
    done(monday, by=tomek)
    done(thursday)
    tomek.phone = "81 517 00 11"
    tomek.save()
    page = sign_in(marta).get(VISITS).content.decode()
    told = ("Wykonano tego dnia: 2 godziny", "Wykonano w miesiącu (listopad 2026): 4 godziny")
    for word in ("08:00–10:00", "Krystyna Wilga", "Lipowa 7", "Zakupy, obiad.", str(tomek), "81 517 00 11", *told):
        assert word in page
    for word in ("600 100 200", "1948", "CUS.4010", 'demo.example"', "Mieszkam sama"):
        assert word not in page
    assert page.count("Krystyna Wilga</h2>") == 1
    assert "Lipowa 7" in sign_in(marta).get(VISITS, {"dzien": "wczoraj"}).content.decode()
    assert AuditEvent.objects.filter(action="read", object_type="coordination.servicerecord").count() == 2


def test_a_form_sent_twice_has_one_effect_and_says_it_is_done(sign_in, marta, provision):
    record = plan(provision)[3]
    client, form = sign_in(marta), form_of(record)
    for _time in range(2):
        assert client.post(mark(record, "zrobione"), form).url == VISITS
    assert AuditEvent.objects.filter(action="servicerecord.done").count() == 1
    page = client.get(VISITS).content.decode()
    assert "wykonana" in page
    assert "zmieniła się w międzyczasie" not in page


def test_not_done_needs_whose_fault_and_a_mark_is_taken_back(sign_in, marta, provision):
    record = plan(provision)[3]
    client = sign_in(marta)
    assert client.post(mark(record, "nie"), form_of(record)).status_code == 200
    client.post(mark(record, "nie"), form_of(record, fault="nobody", reason="Awaria windy."))
    record.refresh_from_db()
    assert (record.status, record.fault, record.reason) == ("not_done", "nobody", "Awaria windy.")
    client.post(mark(record, "cofnij"), {"version": record.version, "reason": "pomyłka"})
    record.refresh_from_db()
    assert record.status == "planned"


def test_p10_signs_with_the_person_and_everybody_sees_who_confirmed(sign_in, client, marta, beata, tomek, provision):
    first, second = plan(provision, weekdays=[2, 3], first=MONDAY)
    worker = sign_in(marta)
    worker.post(mark(first, "zrobione"), form_of(first, confirmation="person"))
    for wrong in ({"confirmation": "other"}, {"confirmation": "cannot", "confirmed_by": "Adam Wilga"}):
        assert worker.post(mark(second, "zrobione"), form_of(second, **wrong)).status_code == 200
    worker.post(mark(second, "zrobione"), form_of(second, confirmation="other", confirmed_by="Adam Wilga"))
    assert list(provision.records.confirmed()) == [first, second]
    assert "Adam Wilga" in worker.get(VISITS).content.decode()
    assert "Adam Wilga" in sign_in(tomek).get(provision.get_absolute_url()).content.decode()
    request = provision.item.request
    client.logout()
    client.post(reverse("residents:request_track"), {"reference": request.reference, "code": request.access_code})
    page = client.get(reverse("delivery:month")).content.decode()
    assert "Adam Wilga" in page
    assert "Ta wizyta jest potwierdzona przez Ciebie" in page
    visit(provision, date(2026, 10, 5))
    settlement = close_month(Contract.objects.get(), month=date(2026, 10, 1), by=beata, now=NOW)
    assert "0 z 1" in sign_in(beata).get(settlement.get_absolute_url()).content.decode()
    take_back_mark(ServiceRecord.objects.get(pk=second.pk), reason="pomyłka", by=tomek, now=NOW)
    assert list(provision.records.confirmed()) == [first]
    assert not provision.records.exclude(confirmed_by="").exists()


def test_what_the_limit_refuses_is_said_and_what_was_typed_stays(sign_in, marta):
    provision = make_provision(units=2)
    record = plan(provision, weekdays=[3])[0]
    page = sign_in(marta).post(mark(record, "zrobione"), form_of(record, ends="11:00")).content.decode()
    assert "Limit tej osoby" in page
    assert 'value="11:00"' in page


def test_another_worker_and_a_day_further_away_get_nothing(sign_in, marta, bartek, provision):
    monday, *_others = plan(provision)
    assert sign_in(marta).get(mark(monday, "zrobione")).status_code == 404
    assert sign_in(bartek).get(VISITS).status_code == 403
    theirs = make_provision(case=make_case(personas.person("kasia")), worker=None)
    record = plan(theirs)[3]
    client = sign_in(marta)
    assert client.get(mark(record, "zrobione")).status_code == 404
    assert client.post(mark(record, "zrobione"), form_of(record)).status_code == 404
    assert client.get(VISITS).content.decode().count('class="panel visit"') == 1


def test_who_has_left_the_provider_sees_and_marks_its_visits_no_more(sign_in, marta, provision):
    record = plan(provision)[3]
    Membership.objects.filter(user=marta).update(valid_to=TODAY - DAY)
    clinic = personas.institution(personas.CLINIC)
    Membership.objects.create(user=marta, institution=clinic, role="visiting_worker", valid_from=TODAY)
    client = sign_in(marta)
    assert 'class="panel visit"' not in client.get(VISITS).content.decode()
    assert client.post(mark(record, "zrobione"), form_of(record)).status_code == 404
    form = {"provision": provision.pk, "day": "12.11.2026", "begins": "11", "ends": "12.30", "key": str(uuid4())}
    assert client.post(reverse("coordination:visit_new"), form).status_code == 200
    with pytest.raises(PermissionDenied):
        done(record, by=User.objects.get(pk=marta.pk))
    assert list(provision.records.exclude(status="planned")) == []


def test_a_visit_not_on_the_list_is_written_down_by_the_worker(sign_in, marta, provision):
    client, key = sign_in(marta), str(uuid4())
    form = {"provision": provision.pk, "day": "12.11.2026", "begins": "11", "ends": "12.30", "key": key}
    for _time in range(2):
        assert client.post(reverse("coordination:visit_new"), form).status_code == 302
    assert ServiceRecord.objects.get().paid_units == 1.5
    other = make_provision(case=make_case(personas.person("kasia")), worker=None)
    client.post(reverse("coordination:visit_new"), form | {"provision": other.pk, "key": str(uuid4())})
    assert not other.records.exists()


@pytest.mark.parametrize("rows", [1, 8])
def test_the_day_of_a_worker_asks_as_much_for_many_visits(sign_in, marta, rows, django_assert_max_num_queries):
    contract = make_contract(units=500)
    for number in range(rows):
        plan(make_provision(contract), weekdays=[3], begins=number, ends=number + 1)
    client = sign_in(marta)
    client.get(VISITS)
    with django_assert_max_num_queries(11):
        assert client.get(VISITS).content.decode().count('class="panel visit"') == rows


# -- the resident -----------------------------------------------------------------------------------
def test_the_resident_sees_what_was_done_and_says_it_was_otherwise(client, provision, tomek):
    request = provision.item.request
    record = done(plan(provision)[3])
    client.post(reverse("residents:request_track"), {"reference": request.reference, "code": request.access_code})
    assert reverse("delivery:month") in client.get(reverse("residents:request_status")).content.decode()
    page = client.get(reverse("delivery:month")).content.decode()
    assert "12 listopada" in page
    assert "Marta" not in page
    assert client.post(reverse("delivery:objection", args=[record.pk]), {"text": "Nikt nie był."}).status_code == 302
    record.refresh_from_db()
    assert record.objection == "Nikt nie był."
    for method in (client.get, client.post):  # pressed twice, or come back to
        assert method(reverse("delivery:objection", args=[record.pk]), {"text": "x"}).url == reverse("delivery:month")
    [told] = Message.objects.filter(template="visit_objection")
    assert (told.recipient_id, told.about_id) == (tomek.pk, provision.pk)
    assert "Nikt" not in str(told.context)
    other = done(plan(make_provision(case=make_case(tomek)), begins=12, ends=13)[3])
    assert client.get(reverse("delivery:objection", args=[other.pk])).status_code == 404


def test_case_56_an_objection_after_the_case_is_closed_is_told_answered_and_holds_no_month(
    client, sign_in, provision, tomek, beata, kasia
):
    record = visit(provision, date(2026, 10, 5))
    close_case_of(provision)
    request = provision.item.request
    prove = reverse("residents:request_track"), {"reference": request.reference, "code": request.access_code}
    client.post(*prove)
    assert client.post(reverse("delivery:objection", args=[record.pk]), {"text": "Nikt nie był."}).status_code == 302
    told = Message.objects.filter(template="visit_objection")
    assert set(told.values_list("recipient_id", flat=True)) == {tomek.pk, beata.pk}
    address = reverse("admin:coordination_provision_move", args=[provision.pk, "answer"])
    for user in (kasia, beata):
        sign_in(user).post(address, {"record": record.pk, "answer": "Sprawdziliśmy: była."})
        record.refresh_from_db()
        assert bool(record.objection_answer) == (user == beata)
    client.post(*prove)
    assert "Sprawdziliśmy: była." in client.get(reverse("delivery:month")).content.decode()
    close_month(provision.contract, month=date(2026, 10, 1), by=beata, now=NOW)


def close_case_of(provision):
    provision.refresh_from_db()
    end_service(provision, reason="moved", last_day=TODAY, by=provision.case.coordinator, now=NOW)
    Case.objects.filter(pk=provision.case_id).update(status="closed", closed_on=TODAY, close_reason="moved")
    provision.refresh_from_db()


# -- the rooms --------------------------------------------------------------------------------------
def test_the_organiser_puts_a_contract_on_record_and_sees_its_use(sign_in, beata, provision):
    client, contract = sign_in(beata), provision.contract
    facts = {"unit": "hour", "units": "50", "unit_price": "41,5", "valid_from": "01.01.2026", "valid_to": "31.12.2026"}
    form = facts | {"agreement": contract.agreement_id, "basis": contract.basis_id}
    answer = client.post(reverse("admin:coordination_contract_add"), form)
    assert answer.status_code == 302, answer.content.decode()
    wrong = client.post(reverse("admin:coordination_contract_add"), form | {"units": "-5", "unit_price": "-1"})
    assert set(wrong.context["adminform"].form.errors) == {"units", "unit_price"}
    assert Contract.objects.count() == 2
    assert AuditEvent.objects.filter(action="contract.add").count() == 2
    visit(provision, TODAY - DAY)
    Contract.objects.filter(pk=contract.pk).update(units=2)
    assert "wykorzystana w całości" in client.get(reverse("admin:coordination_contract_changelist")).content.decode()
    used = words(client.get(contract.get_absolute_url()))
    assert "Wykorzystano 2 godziny" in used
    assert "Zostało 0 godzin" in used
    assert "2 / 2 godziny" in client.get(reverse("admin:coordination_contract_changelist")).content.decode()


def test_case_36_who_coordinates_learns_that_a_contract_stops_and_finds_what_waits_for_another(
    sign_in, tomek, beata, kasia, marta, provision
):
    elsewhere = make_provision(make_contract(provision.contract.basis.service), case=make_case(kasia))
    client, rooms = sign_in(tomek), reverse("admin:coordination_provision_changelist") + "?contract=over"
    assert not Provision.objects.stranded(TODAY).exists()
    contract = Contract.objects.get(pk=provision.contract_id)
    visit_today = plan(provision, weekdays=[TODAY.weekday()])[0]
    done_at = mark(visit_today, "zrobione")
    assert done_at in sign_in(marta).get(VISITS).content.decode()
    suspend_contract(contract, reason="kontrola", by=beata, now=NOW)
    page = sign_in(marta).get(VISITS).content.decode()
    assert ("zanim pojedziesz" in page, done_at in page) == (True, False)
    assert mark(visit_today, "nie") in page
    client = sign_in(tomek)
    nothing = client.get(rooms + "&status__exact=ended").content.decode()
    assert "nie pasuje do wybranych filtrów" in nothing
    assert "Nie ma jeszcze żadnej usługi" not in nothing
    assert list(Provision.objects.stranded(TODAY)) == [provision]
    resume_contract(contract, by=beata, now=NOW)
    for agreed_until, too_late in ((None, TODAY + 400 * DAY), (TODAY, TODAY + DAY)):
        contract.agreement.valid_to = agreed_until
        with pytest.raises(ValidationError, match="najpóźniej"):
            end_contract(contract, last_day=too_late, reason="upadłość", by=beata, now=NOW)
    end_contract(contract, last_day=TODAY - DAY, reason="upadłość", by=beata, now=NOW)
    off = sign_in(marta).get(VISITS).content.decode().partition("Odwołane")[2]
    assert ("Nie jedź tam" in off, provision.case.resident.last_name in off) == (True, True)
    client = sign_in(tomek)
    told = Message.objects.filter(template="contract_stops")
    assert list(told.values_list("recipient_id", "about_id")) == [(tomek.pk, contract.pk)] * 2
    assert told[0].context["path"] == rooms
    page = client.get(rooms).content.decode()
    assert "bez obowiązującej umowy" in page
    page = client.get(provision.get_absolute_url())
    assert "Żadna obowiązująca umowa" in page.content.decode()
    names = [button["name"] for button in page.context["moves"]]
    assert (names[0], "plan_visits" in names) == ("hand_over", False)
    assert "Żadna obowiązująca umowa" not in sign_in(kasia).get(elsewhere.get_absolute_url()).content.decode()
    assert "usługi bez obowiązującej umowy" in client.get(reverse("admin:index")).content.decode()
    type(contract.basis).objects.filter(pk=contract.basis_id).update(valid_to=TODAY - DAY)
    assert set(Provision.objects.stranded(TODAY)) == {provision, elsewhere}
    with connection.cursor() as cursor:  # what has ended is not looked through
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "services_that_are_given" in Provision.objects.visible_to(tomek).stranded(TODAY).explain()


def test_case_36_a_contract_that_ends_before_another_takes_over_leaves_no_visit_between(
    provision, beata, tomek, django_assert_max_num_queries
):
    plan(provision)
    for _each in range(5):
        make_provision(provision.contract)
    ends, other = Contract.objects.get(pk=provision.contract_id), make_contract(provision.contract.basis.service)
    hand_over_service(provision, contract=other, worker=None, from_day=TODAY + DAY, by=tomek, now=NOW)
    with django_assert_max_num_queries(24):  # not one more for each of the others
        end_contract(ends, last_day=TODAY - DAY, reason="upadłość", by=beata, now=NOW)
    states = list(provision.records.order_by("starts_at").values_list("status", flat=True))
    assert states == ["planned"] * 3 + ["called_off", "planned"]
    assert Message.objects.filter(template="contract_stops", recipient_id=tomek.pk).exists()


def test_the_pages_of_a_case_ask_for_nothing_twice_and_join_few_tables_at_once(sign_in, tomek, provision):
    """PostgreSQL tries the orders of up to eight joins: a statement of fourteen took longer to plan than to run."""
    client, item = sign_in(tomek), provision.item
    client.get(reverse("admin:index"))
    asked = {}
    for thing in (provision.case, provision, item.request, item):
        name = thing._meta.model_name
        with CaptureQueriesContext(connection) as captured:
            page = client.get(reverse(f"admin:{thing._meta.app_label}_{name}_change", args=[thing.pk]))
        assert page.status_code == 200
        asked[name] = [query["sql"] for query in captured if query["sql"].startswith("SELECT")]
        assert max(sql.count(" JOIN ") for sql in asked[name]) <= 8, name
    most = {"case": 37, "provision": 18, "servicerequest": 34, "requestitem": 14}
    assert {name: len(found) for name, found in asked.items() if len(found) > most[name]} == {}
    # Twice only where the person lives: once for the warnings, once for who pays.
    assert len(set(asked["case"])) == len(asked["case"]) - 1


def test_a_month_is_closed_on_the_page_of_its_contract(sign_in, beata, provision):
    visit(provision, date(2026, 10, 5))
    client = sign_in(beata)
    address = reverse("admin:coordination_contract_move", args=[provision.contract_id, "settle"])
    page = client.get(address).content.decode()
    assert "październik 2026" in page
    assert str(provision.case) in page
    assert client.post(address, {"month": "2026-10-01", "version": 1}).status_code == 302
    assert client.post(address, {"month": "2026-09-01", "version": 1}).status_code == 200
    line = Settlement.objects.get().lines.get()
    assert line.amount == 80
    page = client.get(line.settlement.get_absolute_url()).content.decode()
    [correct] = re.findall(r'href="(\S+/move/correct/\?wiersz=[0-9]+)"', page)
    for link in (correct, f"{correct}9", correct.partition("?")[0]):
        form = client.get(link).context["form"]
        assert (form["line"].value(), form["amount"].value()) == (line.pk, 80), link
    asked = {"line": line.pk, "units": "2", "amount": "79,50", "fee": "0", "reason": "Jedna wizyta była krótsza."}
    assert client.post(correct, asked).status_code == 302
    assert client.get(correct).context["form"]["amount"].value() == Decimal("79.50")


def test_case_9_a_restricted_file_is_in_the_sums_of_a_month_and_nowhere_in_its_lines(sign_in, beata, danuta, provision):
    visit(provision, date(2026, 10, 5))
    settlement = close_month(Contract.objects.get(), month=date(2026, 10, 1), by=beata, now=NOW)
    restrict_file(provision.case.resident, kind=RestrictedFile.Kind.VIOLENCE, by=personas.person("tomek"), now=NOW)
    for name, args in (("settlement_change", settlement), ("contract_change", provision.contract)):
        page = sign_in(beata).get(reverse(f"admin:coordination_{name}", args=[args.pk])).content.decode()
        assert "Wilga" not in page
        assert str(provision.case) not in page
    assert "80,00" in sign_in(beata).get(settlement.get_absolute_url()).content.decode()
    assert "Wilga" in sign_in(danuta).get(settlement.get_absolute_url()).content.decode()


def test_the_desk_marks_visits_from_a_card_and_answers(sign_in, tomek, provision):
    first, second, third, *_rest = plan(provision)
    client = sign_in(tomek)

    def press(name, **fields):
        address = reverse("admin:coordination_provision_move", args=[provision.pk, name])
        assert client.get(address).status_code == 200
        answer = client.post(address, fields)
        assert answer.status_code == 302, answer.content.decode()

    press("mark_done", record=first.pk, key=str(uuid4()))
    press("mark_not_done", record=second.pk, fault="provider", key=str(uuid4()))
    press("surplus", record=first.pk, units="1,5", surplus_reason="Upadła w łazience.")
    press("take_back", record=second.pk, reason="pomyłka")
    press("write_visit", day="07.11.2026", begins="10", ends="12", key=str(uuid4()))
    press("suspend", kind="hospital", first_day="11.11.2026")
    press("set_fee", valid_from="01.11.2026", relief_percent="50", relief_reason="§ 7")
    third.refresh_from_db()
    assert third.status == "called_off"
    page = client.get(provision.get_absolute_url()).content.decode()
    for word in ("Lipowa 7", "nadwyżka, niepłatna: 1,5", "Upadła w łazience."):
        assert word in page
    left = dict(ProvisionAdmin.facts(provision))
    assert (left["Wykonano w tym okresie"], left["Zostało w tym okresie"]) == ("4 godziny", "16 godzin")
    assert client.get(reverse("admin:coordination_provision_changelist")).status_code == 200
    days = {"weekdays": [3, 4], "begins": "8", "ends": "9", "first_day": "29.12.2026", "last_day": "08.01.2027"}
    press("end_suspension", last_day="30.11.2026")
    press("plan_visits", **days)
    page = client.get(provision.get_absolute_url()).content.decode()
    assert "Pominięte dni: 3. Umowa z wykonawcą tego dnia nie obowiązuje." in page
    press("end", reason="resigned", last_day="12.11.2026")


def test_a_service_is_begun_on_the_page_of_its_case(sign_in, tomek, marta, provision):
    case, contract = make_case(tomek), provision.contract
    address = reverse("admin:residents_case_move", args=[case.pk, "give_service"])
    client = sign_in(tomek)
    assert "Opieka" in client.get(address).content.decode()
    form = {
        "crisis_reason": "Wyszła ze szpitala.", "contract": contract.pk, "worker": marta.pk, "units": "10",
        "period": "month", "starts_on": "12.11.2026", "address": "Rynek 1", "task": "Obiad.",
    }  # fmt: skip
    assert client.post(address, form).status_code == 200
    assert client.post(address, form | {"no_kinship": "on"}).status_code == 302
    assert case.provisions.get().worker == marta
    close = reverse("admin:residents_case_move", args=[case.pk, "close"])
    client.post(close, {"reason": "other", "summary": "x"})
    case.refresh_from_db()
    assert case.status == "open"


def test_another_worker_takes_over_only_with_the_word_that_he_is_no_kin(sign_in, tomek, marta, provision):
    plan(provision)
    provision.refresh_from_db()
    address = reverse("admin:coordination_provision_move", args=[provision.pk, "hand_over"])
    answer = {"contract": provision.contract_id, "worker": marta.pk, "from_day": f"{TODAY:%d.%m.%Y}"}
    client = sign_in(tomek)
    assert "rodzin" in client.post(address, answer | {"version": provision.version}).content.decode()
    client.post(address, answer | {"version": provision.version, "no_kinship": "on"})
    assert AuditEvent.objects.filter(action="provision.hand_over").count() == 1


def test_the_report_says_what_each_provider_did(provision):
    told = {"units": Decimal("1.5"), "surplus_reason": "Upadła w łazience."}
    record_surplus(visit(provision, TODAY - DAY), **told, by=provision.case.coordinator, now=NOW)
    table = REPORTS["services"].table(Period(date(2026, 11, 1)), TODAY)
    assert table["rows"] == [["Spółdzielnia Socjalna Opieka", 1, 2.0, 0.0, 0.0, 1.5, 0.0, 0.0]]


@pytest.mark.parametrize(
    ("number", "unit", "words"),
    [
        (1, "hour", "1 godzina"),
        (2, "hour", "2 godziny"),
        (12, "visit", "12 wizyt"),
        (22, "ride", "22 przejazdy"),
        (120, "hour", "120 godzin"),
        (Decimal("0.5"), "hour", "0,5 godziny"),
        (Decimal("12.50"), "visit", "12,5 wizyty"),
        (Decimal("3.00"), "hour", "3 godziny"),
    ],
)
def test_a_unit_takes_the_form_that_its_number_asks_for(number, unit, words):
    assert in_units(number, unit) == words


@pytest.mark.parametrize("model", [CommunityPlan, Contract, Provision])
def test_a_history_tells_what_was_done_not_what_to_do(model):
    room = admin.site.get_model_admin(model)
    assert {step.name for step in room.workflow} <= set(room.past)


def test_each_act_that_is_recorded_has_words_in_the_history_of_its_object():
    """Without words the history shows the code's own, in English."""
    acts = set()
    for app in ("cus_portal", "services", "residents", "coordination"):
        for file in (settings.BASE_DIR / app).rglob("*.py"):
            acts |= set(re.findall(r'\brecord\(\s*"(\w+)\.(\w+)"', file.read_text()))
    rooms = {model._meta.model_name: room for model, room in admin.site._registry.items()}
    wordless = [
        (model, act)
        for model, act in acts
        if hasattr(rooms.get(model), "sentence")
        and rooms[model].sentence(AuditEvent(action=f"{model}.{act}")) == act.replace("_", " ").capitalize()
    ]
    assert (len(acts) > 100, wordless) == (True, [])
    told = {act for model, act in acts if model == "referral"} | {step.name for step in REFERRAL}
    assert told <= set(REFERRAL_PAST)


def test_case_73_what_begins_in_a_crisis_is_reported_apart_and_no_small_number_has_a_name(provision, tomek):
    """Five of one service and one of another, in a restricted file: that one is counted, and nobody reads of what."""
    shelter, talks = make_contract(make_service("Schronienie")), make_contract(make_service("Rozmowa"))
    facts = {"crisis_reason": "Nie ma dokąd wrócić.", "starts_on": date(2026, 11, 3)}
    for _one in range(5):
        end_service(
            make_provision(talks, case=make_case(tomek), **facts),
            reason="resigned",
            last_day=date(2026, 11, 20),
            by=tomek,
            now=NOW,
        )
    hidden = make_provision(shelter, case=make_case(tomek), units=1, **facts)
    restrict_file(hidden.case.resident, kind=RestrictedFile.Kind.VIOLENCE, by=tomek, now=NOW)
    table = REPORTS["crisis"].table(Period(date(2026, 11, 1)), date(2026, 12, 5))
    assert table["rows"] == [
        ["Rozmowa", 5, 5, 0],
        ["usługi, których jest mniej niż 5, razem", 1, 0, 1],
        ["razem", 6, 5, 1],
    ]
    assert "Schronienie" not in str(table)
    outside = suppress(table)["rows"]
    assert outside[1][1] == outside[1][3] == HIDDEN
    december = REPORTS["crisis"].table(Period(date(2026, 12, 1)), date(2026, 12, 5))["rows"]
    assert december[-1] == ["razem", 0, 0, 1]
