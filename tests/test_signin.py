"""Signing in by invitation and by two steps: who gets in, by what, and who does not."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cus_portal.accounts.models import User
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import deliver_due
from cus_portal.signin.actions import give_demonstration_app
from tests import personas
from tests.desk import words
from tests.personas import PASSWORD
from tests.signing import LOGIN, SECOND_STEP, SECRET, code, give_app, sign_in_as, type_password

NEW_USER = reverse("admin:accounts_user_add")
ACCOUNT = reverse("account")
DASHBOARD = reverse("coordination:dashboard")
APP = reverse("mfa_activate_totp")
NEW_PASSWORD = "trzy slowa i kreska"
INVITED = {"email": "Jan.Kos@Demo.Example", "first_name": "Jan", "last_name": "Kos", "phone": ""}


def mailed_path():
    """Send what waits and return the way that the newest mail names."""
    deliver_due()
    return re.search(r"http://[^/]+(/\S+)", mail.outbox[-1].body)[1]


def open_link(client, path):
    """Open a mailed link; return the address that shows the form."""
    return client.get(path, follow=True).redirect_chain[-1][0]


def set_password(client, form, password=NEW_PASSWORD):
    return client.post(form, {"new_password1": password, "new_password2": password})


@pytest.fixture
def on_commit(django_capture_on_commit_callbacks):
    """Return a context in which what waits for the end of a transaction is done, as it is outside of tests."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


# -- by invitation ----------------------------------------------------------------------------------
def test_an_account_begins_with_a_mailed_link_that_opens_once(sign_in, root, client):
    assert sign_in(root).post(NEW_USER, INVITED).status_code == 302
    user = User.objects.get(email="jan.kos@demo.example")
    assert not user.has_usable_password()
    path = mailed_path()
    assert mail.outbox[-1].to == [user.email]
    guest = Client()
    assert set_password(guest, open_link(guest, path)).url == LOGIN
    assert Client().post(LOGIN, {"username": "Jan.Kos@demo.example", "password": NEW_PASSWORD}).status_code == 302
    assert "już się nie otwiera" in words(Client().get(path, follow=True))


def test_who_invites_never_sees_the_link_or_the_password(sign_in, root):
    client = sign_in(root)
    client.post(NEW_USER, INVITED)
    user = User.objects.get(email="jan.kos@demo.example")
    message = Message.objects.get(template="account_invitation")
    assert message.context == {}
    assert "password" not in client.get(NEW_USER).context["adminform"].form.fields
    pages = [
        client.get(reverse("admin:accounts_user_change", args=[user.pk])),
        client.get(reverse("admin:notifications_message_change", args=[message.pk])),
    ]
    assert not any("/logowanie/haslo/" in page.content.decode() for page in pages)


@pytest.mark.parametrize(("days", "said"), [(2, "Ustaw hasło"), (4, "już się nie otwiera")])
def test_a_link_ends_after_three_days(sign_in, root, days, said):
    sign_in(root).post(NEW_USER, INVITED)
    path = mailed_path()
    with time_machine.travel(timezone.now() + timedelta(days=days)):
        assert said in words(Client().get(path, follow=True))


def test_nobody_registers_by_himself(client, db):
    for path in ("/accounts/signup/", "/signup/", "/logowanie/rejestracja/", "/konto/rejestracja/"):
        assert client.get(path).status_code == 404


def test_an_address_known_in_other_letters_is_invited_once(sign_in, root, tomek):
    page = sign_in(root).post(NEW_USER, INVITED | {"email": "TOMEK@demo.example"})
    assert "email" in page.context["adminform"].form.errors
    assert not Message.objects.exists()


def test_only_who_keeps_the_accounts_mails_a_new_link(sign_in, root, tomek, danuta):
    link = reverse("admin:accounts_user_move", args=[tomek.pk, "send_link"])
    for person, status in ((danuta, 403), (root, 302)):
        assert sign_in(person).post(link).status_code == status
    assert Message.objects.filter(template="account_invitation", recipient_id=tomek.pk).count() == 1


def test_a_forgotten_password_is_answered_alike_for_everybody(client, tomek):
    page = reverse("forgotten_password")
    known = client.post(page, {"email": "Tomek@demo.example"})
    unknown = client.post(page, {"email": "nikt@demo.example"})
    assert words(known) == words(unknown)
    assert [row.recipient_id for row in Message.objects.all()] == [tomek.pk]
    set_password(client, open_link(client, mailed_path()))
    assert User.objects.get(pk=tomek.pk).check_password(NEW_PASSWORD)


def test_links_are_asked_for_five_times_an_hour(client, db):
    for number in range(7):
        person = User.objects.create_user(f"p{number}@demo.example", PASSWORD, first_name="A", last_name="B")
        client.post(reverse("forgotten_password"), {"email": person.email})
    assert Message.objects.count() == 5


# -- the second step ----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["ola", "tomek", "beata", "danuta", "iwona", "root"])
def test_who_works_at_the_centre_gets_nowhere_without_a_second_step(client, db, name):
    person = personas.person(name)
    type_password(client, person)
    for path in ("/admin/", "/praca/", reverse("password_change"), reverse("mfa_generate_recovery_codes")):
        assert client.get(path).url == ACCOUNT, path
    assert "drugi krok" in words(client.get(ACCOUNT))


def test_who_works_elsewhere_may_do_without(client, ewa):
    type_password(client, ewa)
    assert client.get(reverse("coordination:inbox")).status_code == 200


def test_setting_up_the_application_opens_the_rooms_and_shows_the_codes_once(client, tomek, on_commit):
    type_password(client, tomek)
    secret = client.get(APP).context["form"].secret
    with on_commit():
        answer = client.post(APP, {"code": code(secret)})
    assert answer.url == reverse("mfa_view_recovery_codes")
    assert "Pokaż kody" in words(client.get(answer.url))
    assert len(client.post(answer.url).context["unused_codes"]) == 10
    assert set(client.post(answer.url).context["unused_codes"]) == {"****"}
    assert "Pokaż kody" not in words(client.get(answer.url))
    assert client.get(DASHBOARD).status_code == 200


def test_the_secret_of_the_application_is_sealed_in_the_database(tomek):
    give_app(tomek)
    assert SECRET not in str(Authenticator.objects.get(user=tomek).data)


def test_a_password_alone_opens_nothing_of_who_has_a_second_step(client, tomek):
    give_app(tomek)
    assert type_password(client, tomek).url == SECOND_STEP
    assert client.get(DASHBOARD).url.startswith(LOGIN)
    assert "_auth_user_id" not in client.session


def test_a_code_signs_in_and_leads_to_where_one_was_going(client, tomek):
    give_app(tomek)
    type_password(client, tomek, next="/praca/skierowania/")
    assert client.post(SECOND_STEP, {"code": code()}).url == "/praca/skierowania/"
    assert AuditEvent.objects.filter(action="user.sign_in", actor=tomek).count() == 1
    assert client.get(DASHBOARD).status_code == 200


def test_a_code_opens_once(client, tomek):
    give_app(tomek)
    now = code()
    type_password(client, tomek)
    assert client.post(SECOND_STEP, {"code": now}).status_code == 302
    thief = Client()
    type_password(thief, tomek)
    answer = thief.post(SECOND_STEP, {"code": now})
    assert "Ten kod jest błędny albo był już użyty" in words(answer)


def test_a_code_on_paper_opens_once(client, tomek, on_commit):
    type_password(client, tomek)
    with on_commit():
        client.post(APP, {"code": code(client.get(APP).context["form"].secret)})
    paper = client.post(reverse("mfa_view_recovery_codes")).context["unused_codes"][0]
    answers = []
    for _time in range(2):
        again = Client()
        type_password(again, tomek)
        answers.append(again.post(SECOND_STEP, {"code": paper}).status_code)
    assert answers == [302, 200]


def test_codes_are_guessed_at_ten_times_and_no_more(client, tomek):
    give_app(tomek)
    type_password(client, tomek)
    for _time in range(10):
        client.post(SECOND_STEP, {"code": "000000"})
    assert "Za dużo prób" in words(client.post(SECOND_STEP, {"code": code()}))


def test_whoever_needs_a_second_step_keeps_the_last_one(client, tomek):
    give_app(tomek)
    sign_in_as(client, tomek)
    confirm(client)
    page = client.post(reverse("mfa_deactivate_totp"))
    assert "najpierw ustaw inny" in words(page)
    assert Authenticator.objects.filter(user=tomek, type="totp").exists()


def confirm(client, password=PASSWORD):
    return client.post(reverse("account_reauthenticate"), {"password": password, "next": ACCOUNT})


def test_a_second_step_is_changed_only_by_who_shows_the_password_anew(client, ewa):
    give_app(ewa)
    sign_in_as(client, ewa)
    take_off = reverse("mfa_deactivate_totp")
    assert client.get(take_off).url.startswith(reverse("account_reauthenticate"))
    assert "To nie jest Twoje hasło" in words(confirm(client, "nie to haslo"))
    assert confirm(client).url == ACCOUNT
    client.post(take_off)
    assert not Authenticator.objects.filter(user=ewa).exists()


def test_what_changes_at_a_second_step_is_written_down_and_mailed(client, ewa):
    give_app(ewa)
    sign_in_as(client, ewa)
    confirm(client)
    client.post(reverse("mfa_deactivate_totp"))
    assert AuditEvent.objects.filter(action="user.totp_deactivated", actor=ewa, object_id=ewa.pk).exists()
    assert Message.objects.filter(template="second_factor_changed", recipient_id=ewa.pk).exists()


def test_a_lost_phone_is_taken_off_by_the_administrator(sign_in, root, tomek, danuta):
    give_app(tomek)
    take_off = reverse("admin:accounts_user_move", args=[tomek.pk, "forget_second_factor"])
    assert sign_in(danuta).post(take_off).status_code == 403
    assert Authenticator.objects.filter(user=tomek).exists()
    assert sign_in(root).post(take_off).status_code == 302
    assert not Authenticator.objects.filter(user=tomek).exists()
    assert AuditEvent.objects.filter(action="user.forget_second_factor", object_id=tomek.pk).exists()


def test_case_61_the_admin_shows_no_room_of_a_package(sign_in, root):
    """No table of keys, addresses or tries is listed by Django's own rooms."""
    shown = sign_in(root).get("/admin/").content.decode()
    assert "/admin/mfa/" not in shown
    assert "/admin/account/" not in shown
    assert sign_in(root).get("/admin/mfa/authenticator/").status_code == 404


# -- the demonstration --------------------------------------------------------------------------------
@pytest.mark.parametrize("demo", [True, False])
def test_only_the_demonstration_shows_the_code_on_the_page(client, tomek, settings, demo):
    settings.DEMO = demo
    give_app(tomek)
    type_password(client, tomek)
    assert (code(ahead=1) in client.get(SECOND_STEP).content.decode()) is demo


def test_nobody_gets_the_application_of_the_demonstration_elsewhere(tomek, settings):
    settings.DEMO = False
    with pytest.raises(RuntimeError):
        give_demonstration_app(tomek)
    assert not Authenticator.objects.exists()


def test_production_has_no_demonstration():
    source = (settings.BASE_DIR / "cus_portal" / "settings" / "production.py").read_text()
    base = (settings.BASE_DIR / "cus_portal" / "settings" / "base.py").read_text()
    assert "DEMO" not in source
    assert "\nDEMO = False\n" in base
    assert "INSECURE" not in source + base
