"""Filters kept under a name: one's own or one's role's, on the list and on the first page; they open nothing more."""

import pytest
from django.urls import reverse

from cus_portal.accounts.saved_filters import SavedFilter, save_filter
from residents.actions import take_up
from tests import personas
from tests.desk import INDEX, QUEUE, file_today, now, search, words

CASES = reverse("admin:residents_case_changelist")
LATE = QUEUE + "saved/?whose=nobody&due=late"
pytestmark = pytest.mark.django_db


def drop(saved):
    return f"{saved.path}saved/{saved.pk}/"


def test_a_filter_is_kept_under_its_name_and_reached_from_list_and_first_page(sign_in, ola, beata):
    taken, free = file_today(), file_today()
    take_up(taken, by=beata, now=now())
    client = sign_in(ola)
    answer = client.post(QUEUE + "saved/?whose=nobody&p=x&e=1", {"name": " Niczyje ", "role": ""})
    assert answer.url == QUEUE + "?whose=nobody"
    saved = SavedFilter.objects.get()
    assert (saved.owner, saved.name, saved.query, saved.role) == (ola, "Niczyje", "whose=nobody", "")
    assert f'href="{saved.get_absolute_url()}"' in client.get(INDEX).content.decode()
    listed = client.get(saved.get_absolute_url()).content.decode()
    assert f'href="{saved.get_absolute_url()}" aria-current="true">Niczyje<' in listed
    assert free.reference in listed
    assert taken.reference not in listed
    assert f'href="{QUEUE}">' in client.get(INDEX).content.decode()
    client.post(QUEUE + "saved/?whose=me", {"name": "Niczyje", "is_default": "on"})
    saved.refresh_from_db()
    assert (saved.query, saved.is_default) == ("whose=me", True)
    assert f'<a href="{QUEUE}?whose=me">Zgłoszenia</a>' in client.get(INDEX).content.decode()


def test_the_words_of_a_search_are_never_kept(sign_in, ola):
    file_today()
    client = sign_in(ola)
    found = search(client, "Wilga")
    client.post(QUEUE + "saved/" + found.removeprefix(QUEUE) + "&due=late", {"name": "Szukane"})
    assert SavedFilter.objects.get().query == "due=late"


def test_a_shared_filter_is_read_by_its_role_and_opens_what_each_may_see(sign_in, tomek, kasia, beata, ola):
    saved = save_filter(path=CASES, name="Po terminie", query="due=late", role="coordinator", by=tomek)
    assert "Po terminie (Tomek Lis)" in words(sign_in(kasia).get(INDEX))
    assert "Po terminie" in words(sign_in(kasia).get(CASES))
    assert sign_in(kasia).post(drop(saved)).status_code == 404
    for other in (beata, ola):
        assert "Po terminie" not in words(sign_in(other).get(INDEX))
    hania = personas.person("hania")
    # the address leads no further than the list
    assert sign_in(hania).get(saved.get_absolute_url()).status_code == 403
    save_filter(path=CASES, name="Wszystkie", query="state=all", role="catalogue_editor", by=tomek)
    assert "Wszystkie" not in words(sign_in(hania).get(INDEX))
    assert sign_in(hania).post(CASES + "saved/", {"name": "Nie dla mnie"}).status_code == 404
    sign_in(tomek).post(drop(saved))
    assert not SavedFilter.objects.filter(pk=saved.pk).exists()


@pytest.mark.parametrize("data", [{"name": ""}, {"name": "x" * 61}, {"name": "x", "role": "director"}])
def test_what_cannot_be_kept_is_said_and_nothing_is_kept(sign_in, ola, data):
    answer = sign_in(ola).post(LATE, data, follow=True)
    assert "Nadaj filtrowi nazwę" in words(answer)
    assert not SavedFilter.objects.exists()


def test_a_list_opens_with_one_filter_and_a_person_keeps_so_many(sign_in, ola, monkeypatch):
    for name in ("a", "b"):
        save_filter(path=QUEUE, name=name, query="", is_default=True, by=ola)
    assert list(SavedFilter.objects.filter(is_default=True).values_list("name", flat=True)) == ["b"]
    monkeypatch.setattr(SavedFilter, "MOST", 2)
    assert "Najpierw usuń jeden" in words(sign_in(ola).post(LATE, {"name": "c"}, follow=True))
    assert SavedFilter.objects.count() == 2
