"""Views of the dashboard and of worklists kept under a name: one's own or one's role's; they open nothing more."""

import pytest

from cus_portal.accounts.saved_filters import SavedFilter, save_filter
from tests.desk import words

DASHBOARD, LIVE, VIEWS = "/praca/", "/praca/listy/live/", "/praca/zapisane/"
pytestmark = pytest.mark.django_db


def test_a_view_of_the_dashboard_is_kept_and_opened_again(sign_in, tomek):
    client = sign_in(tomek)
    assert "Zapisz ten widok" not in words(client.get(DASHBOARD))
    assert "Zapisz ten widok" in words(client.get(f"{DASHBOARD}?state=sent"))
    answer = client.post(f"{VIEWS}dodaj/?state=sent&q=Wilga&sent_from=01.11.2026", {"name": " Wysłane ", "role": ""})
    assert answer.url == f"{DASHBOARD}?sent_from=01.11.2026&state=sent"
    saved = SavedFilter.objects.get()
    assert (saved.owner, saved.name, saved.path, saved.is_default) == (tomek, "Wysłane", DASHBOARD, False)
    shown = client.get(VIEWS).content.decode()
    assert 'href="/praca/?sent_from=01.11.2026&amp;state=sent"><strong>Wysłane</strong>' in shown
    assert client.get(saved.get_absolute_url()).status_code == 200
    assert client.post(f"{VIEWS}{saved.pk}/usun/").url == VIEWS
    assert "Nie ma jeszcze" in words(client.get(VIEWS))


def test_a_list_names_its_views_and_marks_the_one_that_is_open(sign_in, tomek):
    client = sign_in(tomek)
    assert client.post(f"{LIVE}zapisz/?state=sent", {"name": "Wysłane"}).url == f"{LIVE}?state=sent"
    assert (
        'href="/praca/listy/live/?state=sent" aria-current="true">Wysłane<'
        in client.get(f"{LIVE}?state=sent").content.decode()
    )
    assert 'href="/praca/listy/live/?state=sent">Wysłane<' in client.get(LIVE).content.decode()
    assert "Wysłane<" not in client.get("/praca/listy/overdue/").content.decode()


def test_a_view_without_a_name_is_refused_and_the_filters_stay(sign_in, tomek):
    client = sign_in(tomek)
    answer = client.post(f"{LIVE}zapisz/?state=sent", {"name": ""}, follow=True)
    assert answer.request["QUERY_STRING"] == "state=sent"
    assert "Nadaj filtrowi nazwę" in words(answer)
    assert not SavedFilter.objects.exists()


def test_a_shared_view_is_its_roles_and_only_its_owner_removes_it(sign_in, tomek, kasia, beata, ewa):
    saved = save_filter(path=LIVE, name="Nasze", query="state=sent", role="coordinator", by=tomek)
    assert "Nasze" in words(sign_in(kasia).get(VIEWS))
    assert "Tomek Lis" in words(sign_in(kasia).get(VIEWS))
    assert sign_in(kasia).post(f"{VIEWS}{saved.pk}/usun/").status_code == 404
    assert "Nasze" not in words(sign_in(beata).get(VIEWS))
    assert sign_in(ewa).get(VIEWS).status_code == 403
    assert sign_in(ewa).post(f"{VIEWS}dodaj/", {"name": "Obcy"}).status_code == 403
    assert SavedFilter.objects.count() == 1


def test_nobody_keeps_a_view_of_a_list_closed_to_him(sign_in, ola, tomek):
    assert sign_in(tomek).post("/praca/listy/nie-ma/zapisz/", {"name": "x"}).status_code == 404
    assert sign_in(tomek).post("/praca/listy/lists-to-sign/zapisz/", {"name": "x"}).status_code == 404
    assert not SavedFilter.objects.exists()
