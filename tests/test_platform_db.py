"""Polish order, folded keys, gap-free numbers, encrypted columns, counted guesses."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.db.migrations.state import ProjectState
from django.test import TransactionTestCase
from hypothesis import given
from hypothesis import strategies as st

from cus_portal import crypto, throttle
from cus_portal.accounts.models import Institution
from cus_portal.audit.models import AuditEvent
from cus_portal.db import BuildIndex, NumberSeries, fold, next_number
from residents.models import Resident
from tests.emptying import empty_tables

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_names_sort_in_polish_order(db):
    for number, name in enumerate(["Żaba", "Zebra", "Łan", "Lampa", "Ćma", "Cena", "Ósmy", "Osa", "Źrebak"]):
        Institution.objects.create(code=f"i{number}", name=name, short_name=name, kind="other")
    names = list(Institution.objects.order_by("name_sort").values_list("name", flat=True))
    assert names == ["Cena", "Ćma", "Lampa", "Łan", "Osa", "Ósmy", "Zebra", "Źrebak", "Żaba"]


@pytest.mark.parametrize("typed", ["łuc", "luc", "ŁUC", "Lucka Anna", "łucka an"])
def test_a_resident_is_found_by_the_beginning_of_the_name_without_diacritics(db, typed):
    lucka = Resident.objects.create(last_name="Łucka", first_name="Anna")
    Resident.objects.create(last_name="Lubczyk", first_name="Anna")
    assert list(Resident.objects.named(typed)) == [lucka]


def test_an_empty_name_finds_nobody(db):
    Resident.objects.create(last_name="Łucka")
    assert not Resident.objects.named("  ").exists()


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc")), max_size=40))
def test_folding_twice_changes_nothing_more(text):
    assert fold(fold(text)) == fold(text)


def test_the_fold_in_python_is_the_fold_of_the_database(db):
    name = "Zażółć GĘŚLĄ jaźń Müller Ňemec"
    person = Resident.objects.create(last_name=name)
    person.refresh_from_db()
    assert person.search_name.strip() == fold(name)


def test_numbers_begin_anew_each_year_and_in_each_series(db):
    assert [next_number("a", 2026), next_number("a", 2026), next_number("a", 2027), next_number("b", 2026)] == [
        1,
        2,
        1,
        1,
    ]


@pytest.mark.django_db(transaction=True)
def test_a_number_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError):
        next_number("a", 2026)
    assert not NumberSeries.objects.exists()


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_numbers_are_gap_free_when_many_take_them_and_some_give_up():
    taken = []

    def take(worker):
        for turn in range(10):
            try:
                with transaction.atomic():
                    number = next_number("race", 2026)
                    if (worker + turn) % 3 == 0:
                        raise LookupError
                    taken.append(number)
            except LookupError:
                pass
        connection.close()

    threads = [threading.Thread(target=take, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, len(taken) + 1))


def test_a_pesel_is_ciphertext_in_the_database(db):
    person = Resident.objects.create(last_name="Nowak", pesel="44051401359")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pesel FROM residents_resident WHERE id = %s", [person.pk])
        stored = cursor.fetchone()[0]
    assert "44051401359" not in stored
    person.refresh_from_db()
    assert person.pesel == "44051401359"
    assert person.masked_pesel == "•••••••1359"


def test_an_empty_encrypted_value_stays_empty(db):
    person = Resident.objects.create(last_name="Nowak", pesel="")
    person.refresh_from_db()
    assert person.pesel == ""


def test_a_value_sealed_for_one_column_does_not_open_in_another():
    token = crypto.encrypt("44051401359", purpose="residents.resident.pesel")
    with pytest.raises(ValueError, match="cannot be opened"):
        crypto.decrypt(token, purpose="residents.servicerequest.access_code")


def test_an_old_key_still_opens_after_rotation(settings):
    token = crypto.encrypt("tajne", purpose="x")
    settings.FIELD_KEYS = ["new key", *settings.FIELD_KEYS]
    assert crypto.decrypt(token, purpose="x") == "tajne"
    settings.FIELD_KEYS = ["new key"]
    with pytest.raises(ValueError, match="cannot be opened"):
        crypto.decrypt(token, purpose="x")


def test_an_encrypted_column_refuses_to_be_searched(db):
    with pytest.raises(TypeError, match="blind index"):
        list(Resident.objects.filter(pesel__startswith="440"))


def test_guesses_are_counted_up_to_the_limit_and_again_in_the_next_window(db):
    assert [throttle.hit("code", "a", limit=2, minutes=10, now=NOON) for _ in range(3)] == [True, True, False]
    assert throttle.hit("code", "b", limit=2, minutes=10, now=NOON)
    assert throttle.hit("code", "a", limit=2, minutes=10, now=NOON + timedelta(minutes=10))
    assert throttle.forget_before(NOON + timedelta(minutes=5)) == 2


@pytest.mark.django_db(transaction=True)
def test_an_index_that_a_broken_migration_left_is_built_anew():
    before = ProjectState.from_apps(apps)
    after = before.clone()
    build = BuildIndex("message", models.Index(fields=["template", "id"], name="left_behind"))
    build.state_forwards("notifications", after)
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX left_behind ON notifications_message (recipient_id)")
        with connection.schema_editor(atomic=False) as editor:
            build.database_forwards("notifications", editor, before, after)
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'left_behind'")
        assert "(template, id)" in cursor.fetchone()[0]
        with connection.schema_editor(atomic=False) as editor:
            build.database_backwards("notifications", editor, after, before)
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE indexname = 'left_behind'")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db(transaction=True)
def test_what_a_test_committed_is_gone_though_it_may_not_be_deleted():
    person = Resident.objects.create(last_name="Łucka")
    AuditEvent.objects.create(action="x", object_type="x", object_id=person.pk, actor_label="x")
    empty_tables(TransactionTestCase())
    held = [model._meta.db_table for model in apps.get_models(include_auto_created=True) if model.objects.exists()]
    assert {*held} == {"django_content_type", "auth_permission"}
