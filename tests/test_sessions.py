"""Sessions: listed and ended, ended by themselves, and what was typed when they had ended."""

import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.jobs import tidy
from cus_portal.accounts.models import KeptForm, Session
from cus_portal.accounts.sessions import SEEN, SIGNED_IN, device_of
from cus_portal.audit.models import AuditEvent
from residents.models import RequestQuestion
from tests import personas
from tests.desk import file_today, move, words
from tests.signing import LOGIN, SECOND_STEP, code, give_app, sign_in_as, type_password

ACCOUNT, DASHBOARD = reverse("account"), reverse("coordination:dashboard")
KEPT = reverse("kept_form")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


def wait(client, *, minutes, signed_in=0):
    """Let the client's session be as if nobody had been there for so long."""
    session = client.session
    session[SEEN] = int(time.time()) - minutes * 60
    session[SIGNED_IN] = int(time.time()) - max(minutes, signed_in) * 60
    session.save()


# -- listed and ended -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (FIREFOX, "Firefox, Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126 Safari/537.36 Edg/126",
            "Edge, Windows",
        ),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1", "Safari, iPhone"),
        ("<script>", ""),
    ],
)
def test_a_device_is_called_by_browser_and_system(agent, said):
    assert device_of(agent) == said


def test_a_session_keeps_no_address_and_no_whole_name_of_a_browser(tomek):
    client = sign_in_as(Client(REMOTE_ADDR="198.51.100.7", headers={"user-agent": FIREFOX}), tomek)
    session = client.session
    del session[SIGNED_IN]
    session.save()
    client.get(DASHBOARD)
    row = Session.objects.get(user=tomek)
    assert row.device == "Firefox, Linux"
    assert "198.51.100.7" not in str(client.session.items()) + row.session_data
    assert "Gecko" not in str(client.session.items())


def test_a_person_ends_a_session_left_open_elsewhere(sign_in, tomek):
    left = sign_in_as(Client(), tomek)
    here = sign_in(tomek)
    page = here.get(ACCOUNT)
    assert page.content.decode().count("Wyloguj tam") == 1
    assert left.session.session_key not in page.content.decode()
    handle = Session.objects.get(session_key=left.session.session_key).handle
    here.post(reverse("session_end", args=[handle]))
    assert left.get(DASHBOARD).url.startswith(LOGIN)
    assert here.get(DASHBOARD).status_code == 200
    assert AuditEvent.objects.filter(action="user.end_session", actor=tomek).exists()


def test_nobody_ends_a_session_of_somebody_else_by_its_handle(sign_in, tomek, ola):
    foreign = sign_in_as(Client(), ola)
    handle = Session.objects.get(user=ola).handle
    sign_in(tomek).post(reverse("session_end", args=[handle]))
    assert foreign.get("/admin/").status_code == 200


def test_all_other_sessions_end_at_once(sign_in, tomek):
    others = [sign_in_as(Client(), tomek) for _device in range(2)]
    here = sign_in(tomek)
    here.post(reverse("session_end", args=["inne"]))
    assert [one.get(DASHBOARD).status_code for one in (*others, here)] == [302, 302, 200]


@pytest.mark.parametrize(("name", "status"), [("danuta", 302), ("root", 302), ("beata", 404), ("iwona", 403)])
def test_a_user_is_signed_out_by_the_director_or_the_administrator(sign_in, tomek, name, status):
    at_work = sign_in_as(Client(), tomek)
    end = reverse("admin:accounts_user_move", args=[tomek.pk, "end_sessions"])
    answer = sign_in(personas.person(name)).post(end)
    assert answer.status_code == status
    assert Session.objects.filter(user=tomek).exists() is (status != 302)
    assert (at_work.get(DASHBOARD).status_code == 200) is (status != 302)


# -- ended by themselves ----------------------------------------------------------------------------------
def test_nobody_at_the_computer_for_the_set_minutes_is_signed_out(sign_in, tomek, settings):
    settings.IDLE_MINUTES = 15
    client = sign_in(tomek)
    wait(client, minutes=14)
    assert client.get(DASHBOARD).status_code == 200
    wait(client, minutes=15)
    answer = client.get(DASHBOARD)
    assert answer.url == f"{LOGIN}?next={DASHBOARD}"
    assert "nikogo nie było" in words(client.get(answer.url))


def test_a_page_that_refreshes_itself_keeps_nobody_signed_in(sign_in, tomek, settings):
    client = sign_in(tomek)
    wait(client, minutes=settings.IDLE_MINUTES - 2)
    seen = client.session[SEEN]
    assert client.get(DASHBOARD, headers={"x-refresh": "1"}).status_code == 200
    assert client.session[SEEN] == seen
    client.get(DASHBOARD)
    assert client.session[SEEN] > seen


def test_a_day_of_work_ends_however_busy_it_was(sign_in, tomek):
    client = sign_in(tomek)
    wait(client, minutes=1, signed_in=settings.SIGNED_IN_HOURS * 60)
    assert client.get(DASHBOARD).url.startswith(LOGIN)


def test_a_public_page_is_shown_all_the_same_to_whoever_was_signed_out(sign_in, tomek):
    client = sign_in(tomek)
    wait(client, minutes=60)
    page = client.get(reverse("contact"))
    assert page.status_code == 200
    assert "Tomek Lis" not in words(page)


def test_saying_i_am_here_keeps_the_session(sign_in, tomek):
    client = sign_in(tomek)
    wait(client, minutes=settings.IDLE_MINUTES - 1)
    assert client.get(reverse("stay")).status_code == 204
    assert time.time() - client.session[SEEN] < 60
    assert f'data-idle="{settings.IDLE_MINUTES}"' in client.get(DASHBOARD).content.decode()


def test_being_seen_is_written_once_a_minute(sign_in, tomek, django_assert_num_queries):
    client = sign_in(tomek)
    client.get(reverse("stay"))
    with django_assert_num_queries(3):  # session, user, memberships
        client.get(reverse("stay"))


# -- what was typed -----------------------------------------------------------------------------------------
QUESTION = "Prosimy o zaświadczenie od lekarza rodzinnego."


@pytest.fixture
def too_late(sign_in, ola):
    """Ola asks a resident something after her session has ended; return her client and the request."""
    give_app(ola)
    filed = file_today()
    client = sign_in(ola)
    client.post(move(filed, "take_up"))
    wait(client, minutes=60)
    answer = client.post(move(filed, "ask"), {"text": QUESTION, "days": "14"})
    assert answer.url.startswith(LOGIN)
    assert not RequestQuestion.objects.exists()
    return client, filed


def sign_in_again(client, person):
    type_password(client, person)
    return client.post(SECOND_STEP, {"code": code()})


def test_what_was_sent_too_late_comes_back_after_signing_in(too_late, ola):
    client, filed = too_late
    assert "to, co wpisano, jest zachowane" in words(client.get(LOGIN))
    assert sign_in_again(client, ola).url == KEPT
    page = client.get(KEPT)
    assert QUESTION in words(page)
    answer = client.post(reverse("kept_form_send"), dict(page.context["fields"]))
    assert (answer.status_code, answer["Location"]) == (307, move(filed, "ask"))
    client.post(answer["Location"], dict(page.context["fields"]))
    assert RequestQuestion.objects.get().text == QUESTION
    assert client.get(KEPT).status_code == 404


def test_what_was_sent_too_late_can_be_thrown_away(too_late, ola):
    client, _filed = too_late
    sign_in_again(client, ola)
    client.post(reverse("kept_form_drop"))
    assert not KeptForm.objects.exists()


def test_nobody_else_at_the_computer_gets_what_was_typed(too_late, tomek):
    client, _filed = too_late
    give_app(tomek)
    assert sign_in_again(client, tomek).url != KEPT
    assert client.get(KEPT).status_code == 404


def test_what_was_typed_is_sealed_in_the_database_and_gone_after_a_day(too_late):
    with connection.cursor() as cursor:
        cursor.execute("SELECT fields FROM accounts_keptform")
        assert "lekarza" not in cursor.fetchone()[0]
    tidy(now=timezone.now() + timedelta(days=2))
    assert not KeptForm.objects.exists()


def test_a_forged_form_is_not_kept(ola):
    """Another site may send a form with an idle person's cookie: without the token nothing is kept to be sent later."""
    client = sign_in_as(Client(enforce_csrf_checks=True), ola)
    wait(client, minutes=60)
    assert client.post(move(file_today(), "take_up"), {"x": "y"}).status_code == 403
    assert not KeptForm.objects.exists()


def test_a_password_is_never_kept(sign_in, ola):
    client = sign_in(ola)
    wait(client, minutes=60)
    client.post(reverse("password_change"), {"old_password": "a", "new_password1": "b", "new_password2": "b"})
    assert not KeptForm.objects.exists()
