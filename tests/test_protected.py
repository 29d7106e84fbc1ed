"""A protected referral is invisible outside its access list, and what only an institution of its own may know."""

import io
import re
from datetime import timedelta

import pypdf
import pytest
from django.core import mail
from django.urls import reverse
from openpyxl import load_workbook

from coordination import copies, worklists
from coordination.actions.calendars import make_feed
from coordination.calendars import calendar_of
from coordination.filters import choices_for
from coordination.models import Referral
from cus_portal.notifications.models import Message
from residents.actions.consents import withdraw_consent
from residents.actions.requests import keep_files
from residents.lookers import about_request, looks
from residents.models import Consent
from residents.tracking import public_steps
from tests import personas
from tests.coordination_world import make_case, make_consent, make_referral
from tests.factories import NOW, TODAY, holder_of
from tests.intake import scan
from tests.test_coordination_links import deliver_all

pytestmark = pytest.mark.django_db
PROTECTED = Referral.Confidentiality.PROTECTED
OUTSIDE = ("danuta", "beata")


@pytest.fixture(autouse=True)
def november(time_machine, settings, tmp_path):
    settings.STORAGES["private"]["OPTIONS"]["location"] = tmp_path
    time_machine.move_to(NOW)


@pytest.fixture
def case(tomek):
    return make_case(tomek)


@pytest.fixture
def hidden(case, clinic):
    """A protected referral to an institution to which nothing else was sent, with a consent of its own."""
    return make_referral(case, clinic, confidentiality=PROTECTED, opened=True)


def words_of(held, kind):
    """Return what stands in a file."""
    if kind == "csv":
        return held.decode()
    if kind == "pdf":
        return " ".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(held)).pages)
    rows = load_workbook(io.BytesIO(held)).active.iter_rows(values_only=True)
    return " ".join(str(cell) for row in rows for cell in row)


def text(response):
    return response.content.decode()


# -- consents ---------------------------------------------------------------------------------------
def test_the_consent_beneath_a_protected_one_is_seen_by_the_team_only(case, hidden, clinic, pcpr, tomek, sign_in):
    shown = make_referral(case, pcpr).consent
    room = reverse("admin:residents_consent_changelist")
    for name in OUTSIDE:
        user, client = personas.person(name), sign_in(personas.person(name))
        assert list(Consent.objects.visible_to(user)) == [shown]
        for act in ("view", "withdraw", "see_to"):
            assert not user.has_perm(f"residents.{act}_consent", hidden.consent)
        assert client.get(hidden.consent.get_absolute_url()).status_code == 404
        for page in (room, case.get_absolute_url()):
            told = text(client.get(page))
            assert clinic.short_name not in told, page
            assert pcpr.short_name in told or pcpr.name in told, page
    assert set(Consent.objects.visible_to(tomek)) == {shown, hidden.consent}
    assert clinic.name in text(sign_in(tomek).get(hidden.consent.get_absolute_url()))


def test_a_consent_for_others_too_stays_and_names_only_these(case, pcpr, danuta, ola, tomek, sign_in):
    consent = make_consent(case, pcpr)
    secret = make_referral(case, pcpr, consent=consent, confidentiality=PROTECTED)
    known = make_referral(case, pcpr, consent=consent)
    assert consent in Consent.objects.visible_to(danuta)
    withdraw = reverse("admin:residents_consent_move", args=[consent.pk, "withdraw"])
    for user in (danuta, tomek):
        told = text(sign_in(user).get(consent.get_absolute_url()))
        assert (known.number in told, secret.number in told) == (True, user == tomek)
    for user in (ola, tomek):
        told = text(sign_in(user).get(withdraw))
        assert (known.number in told, secret.number in told) == (True, False)


def test_whoever_knows_the_code_sees_no_consent_beneath_a_protected_one(case, hidden, clinic, pcpr):
    request, shown = hidden.consent.request, make_referral(case, pcpr).consent
    told = public_steps(request, TODAY)
    assert [one["pk"] for one in told.consents] == [shown.pk]
    holder = holder_of(request)
    assert holder.has_perm("residents.withdraw_consent", shown)
    assert not holder.has_perm("residents.withdraw_consent", hidden.consent)
    assert clinic.name not in str(copies.copy_of(case.resident, left_out=[], on=TODAY))


def test_no_mail_about_a_withdrawn_consent_numbers_a_protected_one(case, hidden, pcpr, tomek):
    known = make_referral(case, pcpr)
    for consent in (hidden.consent, known.consent):
        withdraw_consent(consent, form="oral", by=tomek, now=NOW)
    assert {Referral.objects.get(pk=one.pk).status for one in (hidden, known)} == {Referral.Status.WITHDRAWN}
    rows = Message.objects.filter(template="consent_withdrawn")
    assert set(rows.values_list("context__numbers", flat=True)) == {known.number}
    deliver_all()
    whole = " ".join(str(message.message()) + message.body + message.subject for message in mail.outbox)
    assert known.number in whole
    assert hidden.number not in whole


def test_that_its_receiver_read_a_document_is_not_told_to_the_person(case, hidden, clinic, pcpr, ewa, bartek, sign_in):
    request = case.requests.get()
    secret, ordinary = keep_files(request, [scan("a.pdf"), scan("b.pdf")], held=0)
    hidden.attachments.add(secret)
    known = make_referral(case, pcpr, opened=True, attachments=[ordinary])
    for user, referral, document in ((bartek, hidden, secret), (ewa, known, ordinary)):
        given = sign_in(user).get(reverse("coordination:referral_document", args=[referral.pk, document.pk]))
        assert b"".join(given.streaming_content)
    assert [look.times for look in looks(about_request(request))] == [1]


# -- lists, counts, filters, search, files, calendars -------------------------------------------------
def test_no_list_count_filter_search_file_or_calendar_holds_it(case, hidden, clinic, pcpr, sign_in):
    late = NOW + timedelta(days=60)
    on = late.date()
    known = make_referral(case, pcpr)
    for name in OUTSIDE:
        user, client = personas.person(name), sign_in(personas.person(name))
        lists = [one for one in worklists.open_to(user) if one.subject == "referral"]
        rows = {"referral": worklists.referrals(user)}
        counts = worklists.counts(rows, lists, on)
        for one in lists:
            assert hidden not in one.rows(user, on)
            assert counts[one.name] == one.rows(user, on).count()
        assert [choice.key for choice in choices_for(user, "referral")["institution"]] == [pcpr.pk]
        pages = ["", f"?institution={clinic.pk}", "?q=" + hidden.number, "?state=sent"]
        for page in pages:
            told = text(client.get(reverse("coordination:worklist", args=["live"]) + page))
            assert hidden.number not in told.replace(f'value="{hidden.number}"', "")
            assert clinic.short_name not in told
        assert clinic.short_name not in text(client.get(reverse("coordination:dashboard")))
        for kind in ("csv", "xlsx", "pdf"):
            asked = {"reason": "zebranie", "file_format": kind}
            given = client.post(reverse("coordination:worklist", args=["live"]), asked)
            held = b"".join(given.streaming_content) if given.streaming else given.content
            assert given.status_code == 200
            assert words_of(held, kind).count("S/2026/") == 1, kind
        make_feed(by=user, now=NOW)
        calendar = calendar_of(user, now=late, on=on).decode()
        assert re.findall(r"SUMMARY:.*: (\d+)", calendar).count("1") >= 1
        assert sum(map(int, re.findall(r"SUMMARY:[^\r\n]*(?:Referral|Skierowan)[^\r\n]*: (\d+)", calendar))) == 1
    assert known in worklists.referrals(personas.person("danuta"))
