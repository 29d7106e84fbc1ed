"""The catalogue's rules: what is in force on a day, for whom, and what the database refuses."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cus_portal.accounts.permissions import require
from services.models import Programme, ProgrammeService, Service, ServiceVersion
from tests import personas
from tests.factories import NOW, make_programme, make_service, publish_again

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 3, 1), date(2026, 10, 31)
DAY = timedelta(days=1)


def add_row(service, programme, valid_from, valid_to=None, **fields):
    return ProgrammeService.objects.create(
        **{
            "service": service,
            "programme": programme,
            "valid_from": valid_from,
            "valid_to": valid_to,
            "regime": "programme",
            "fee_kind": "free",
        }
        | fields
    )


def published(service):
    return ServiceVersion.objects.current().get(service=publish_again(service))


# -- in force -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("on", "in_force"),
    [(FIRST - DAY, False), (FIRST, True), (LAST, True), (LAST + DAY, False), (date(1999, 1, 1), False)],
)
def test_a_service_is_in_force_from_the_first_to_the_last_day(on, in_force):
    service = make_service(valid_from=FIRST, valid_to=LAST)
    assert Service.objects.in_force(on).filter(pk=service.pk).exists() is in_force
    assert (published(service).basis_in_force(on) is not None) is in_force
    assert (ProgrammeService.objects.current(service, on) is not None) is in_force


@pytest.mark.parametrize(
    ("on", "in_force"), [(date(2025, 12, 31), False), (date(2026, 1, 1), True), (LAST + DAY, False)]
)
def test_a_programme_that_is_not_in_force_takes_its_services_along(on, in_force):
    service = make_service(valid_from=date(1990, 1, 1))
    programme = service.programme_services.get().programme
    programme.valid_from, programme.valid_to = date(2026, 1, 1), LAST
    programme.save()
    publish_again(service)
    assert Service.objects.in_force(on).exists() is in_force


@pytest.mark.parametrize("status", ["draft", "archived"])
def test_a_programme_that_is_not_published_puts_nothing_in_force(status):
    service = make_service(valid_from=FIRST)
    Programme.objects.update(status=status)
    publish_again(service)
    assert not Service.objects.in_force(FIRST).exists()
    assert ProgrammeService.objects.current(service, FIRST) is None


@pytest.mark.parametrize("status", ["draft", "archived"])
def test_a_service_that_is_not_published_is_in_no_list(status):
    make_service(valid_from=FIRST, status=status)
    assert not Service.objects.in_force(FIRST).exists()
    assert not Service.objects.on_break(LAST).exists()


def test_of_two_overlapping_programmes_the_one_that_began_last_counts():
    service = make_service(valid_from=date(2021, 1, 1))
    newer = add_row(service, make_programme(), FIRST)
    assert ProgrammeService.objects.current(service, FIRST) == newer
    assert published(service).basis_in_force(FIRST)["id"] == newer.pk
    assert ProgrammeService.objects.current(service, FIRST - DAY) != newer
    assert Service.objects.in_force(FIRST).count() == 1


def test_between_two_editions_there_is_a_break_and_not_an_end():
    service = make_service(valid_from=date(2025, 1, 1), valid_to=date(2025, 12, 31))
    programme = service.programme_services.get().programme
    add_row(service, programme, FIRST, LAST)
    january, version = date(2026, 1, 15), published(service)
    assert version.availability(january) == "break"
    assert version.next_start(january) == FIRST
    assert list(Service.objects.on_break(january)) == [service]
    assert list(ServiceVersion.objects.on_break(january)) == [version]
    assert version.availability(FIRST) == "in_force"
    assert version.availability(LAST + DAY) == "ended"
    assert version.availability(date(2024, 1, 1)) == "upcoming"


def test_a_national_edition_comes_back_even_when_nobody_knows_when():
    service = make_service(valid_from=FIRST, valid_to=LAST)
    Programme.objects.update(kind=Programme.Kind.NATIONAL)
    after, version = LAST + DAY, published(service)
    assert version.availability(after) == "break"
    assert version.next_start(after) is None
    assert list(Service.objects.on_break(after)) == [service]
    assert list(ServiceVersion.objects.on_break(after)) == [version]


def test_an_archived_service_has_ended_whatever_its_rows_say():
    version = published(make_service(valid_from=FIRST, status="archived"))
    assert version.availability(NOW.date()) == "ended"
    assert version.availability(NOW.date() - DAY) == "in_force"  # it was archived today


days = st.dates(date(2025, 1, 1), date(2027, 12, 31))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    start=days, length=st.none() | st.integers(0, 500), p_start=days, p_length=st.none() | st.integers(0, 500), on=days
)
def test_lists_and_pages_agree_with_the_plain_rule(db, start, length, p_start, p_length, on):
    end = None if length is None else start + timedelta(length)
    p_end = None if p_length is None else p_start + timedelta(p_length)
    with transaction.atomic():
        programme = make_programme(valid_from=p_start, valid_to=p_end)
        service = make_service(valid_from=start, valid_to=end)
        service.programme_services.update(programme=programme)
        expected = all(first <= on and (last is None or on <= last) for first, last in ((start, end), (p_start, p_end)))
        version = published(service)
        assert Service.objects.in_force(on).filter(pk=service.pk).exists() is expected
        assert (version.availability(on) == "in_force") is expected
        assert ServiceVersion.objects.in_force(on).filter(pk=version.pk).exists() is expected
        on_break = version.availability(on) == "break"
        assert ServiceVersion.objects.on_break(on).filter(pk=version.pk).exists() is on_break
        transaction.set_rollback(True)


# -- order -------------------------------------------------------------------------
def test_polish_order():
    for name in ("Źrebak", "Zając", "Łucka", "Lis", "Ćwik", "Cyna", "Żak"):
        make_service(name)
    names = list(Service.objects.order_by("name_sort", "pk").values_list("plain_name", flat=True))
    assert names == ["Cyna", "Ćwik", "Lis", "Łucka", "Zając", "Źrebak", "Żak"]


# -- search -------------------------------------------------------------------------------------
@pytest.mark.parametrize("words", ["u77", "opiek", "USŁUGI opiekuncze", "łóżkiem", "opiekunka do domu"])
def test_staff_find_entries_by_code_by_name_and_by_what_the_public_reads(words):
    service = make_service("Usługi opiekuńcze", code="U77", keywords="opiekunka łóżko dom")
    make_service("Logopeda")
    assert list(Service.objects.matching(words)) == [service]


def test_staff_find_drafts_by_name():
    draft = make_service("Szkolenie z opieki", status="draft")
    public = make_service("Klub", summary="Szkolenie dla rodzin.")
    assert list(Service.objects.matching("szkolenie")) == [draft, public]
    assert list(Service.objects.matching("% smok")) == []
    assert set(Service.objects.matching("  ")) == {draft, public}


# -- what the database refuses --------------------------------------------------------------------
EACH = {"person_units": 20, "person_unit": "hour", "person_period": "month"}
RIDES = {"capacity": 60, "capacity_unit": "ride", "capacity_period": "month"}


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"valid_to": FIRST - DAY}, "a_basis_ends_after_it_begins"),
        ({"fee_kind": "flat"}, "a_fixed_fee_has_an_amount_and_no_other_fee_has"),
        ({"fee_amount": 3}, "a_fixed_fee_has_an_amount_and_no_other_fee_has"),
        ({"capacity": 3}, "places_are_counted_in_some_period"),
        ({"capacity_period": "month"}, "places_are_counted_in_some_period"),
        ({"person_units": 3, "person_unit": "hour"}, "a_limit_of_one_person_is_told_whole"),
        ({"person_unit": "hour", "person_period": "year"}, "a_limit_of_one_person_is_told_whole"),
        (EACH | {"person_units": 0}, "a_limit_of_one_person_is_told_whole"),
        (EACH | {"person_units": "2.3"}, "a_limit_of_one_person_is_counted_in_halves"),
        (EACH | RIDES, "a_limit_of_one_person_goes_with_the_places"),
        (EACH | RIDES | {"capacity_unit": "hour", "capacity_period": "start"}, "goes_with_the_places"),
    ],
)
@pytest.mark.database
def test_a_basis_that_contradicts_itself_is_refused(fields, constraint):
    service = make_service()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        add_row(service, make_programme(), FIRST, **fields)


@pytest.mark.database
@pytest.mark.parametrize(("second", "refused"), [(LAST, True), (LAST + DAY, False)])
def test_a_service_has_one_basis_at_a_time_in_a_programme(second, refused):
    service = make_service(valid_from=FIRST, valid_to=LAST)
    programme = service.programme_services.get().programme
    if refused:
        with pytest.raises(IntegrityError, match="a_service_has_one_basis_at_a_time"), transaction.atomic():
            add_row(service, programme, second)
    else:
        add_row(service, programme, second)
    assert service.programme_services.count() == 1 + (not refused)


@pytest.mark.database
@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"delivery_modes": []}, "a_service_is_given_in_some_way"),
        ({"direct_entry": True}, "direct_entry_tells_where_to_go"),
    ],
)
def test_a_service_that_contradicts_itself_is_refused(fields, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make_service(**fields)


@pytest.mark.database
def test_history_keeps_every_version_of_a_service_even_of_raw_sql():
    service = make_service("Stara nazwa")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE services_service SET plain_name = 'Nowa nazwa' WHERE id = %s", [service.pk])
        cursor.execute("UPDATE services_service SET plain_name = 'Nowa nazwa' WHERE id = %s", [service.pk])
    names = list(service.events.order_by("pgh_id").values_list("pgh_label", "plain_name"))
    assert names == [("insert", "Stara nazwa"), ("update", "Nowa nazwa")]


# -- rights ---------------------------------------------------------------------------------------
def test_only_a_draft_is_edited(beata):
    require(beata, "services.change_service", make_service(status="draft"))
    for status in ("review", "published", "archived"):
        entry = make_service(status=status)
        assert not beata.has_perm("services.change_service", entry)
        assert not beata.has_perm("services.change_programmeservice", entry.programme_services.get())


@pytest.mark.parametrize("name", [*personas.PEOPLE, "root"])
def test_lists_and_rules_agree(name, request):
    user = request.getfixturevalue(name)
    rows = [make_service(status=status) for status in ("draft", "review", "published", "archived")]
    if user.has_perm("services.view_service"):
        assert set(Service.objects.visible_to(user)) == {
            row for row in rows if user.has_perm("services.view_service", row)
        }
    else:
        assert set(Service.objects.visible_to(user)) == set(rows[2:])
