"""A protected referral is invisible outside its access list, and what only an institution of its own may know."""

import io
import re
from datetime import timedelta
from functools import partial
from importlib import import_module

import pypdf
import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from coordination import conditions, copies, worklists
from coordination.actions import consents, referrals
from coordination.actions.calendars import make_feed
from coordination.actions.chains import redirect_referral
from coordination.actions.several import draft_several
from coordination.calendars import calendar_of
from coordination.filters import choices_for
from coordination.inbox import counts
from coordination.models import IncomingReferral, Referral
from coordination.reports import REPORTS, Period
from cus_portal.accounts.saved_filters import save_filter
from cus_portal.audit.log import history
from cus_portal.audit.models import AuditEvent
from cus_portal.audit.subjects import concerning
from cus_portal.notifications.models import Message
from residents.actions import join_team, restrict_file
from residents.actions.consents import withdraw_consent
from residents.actions.requests import keep_files
from residents.lookers import about_request, looks
from residents.models import Case, Consent
from residents.tracking import public_steps
from tests import personas
from tests.coordination_world import make_case, make_consent, make_draft, make_incoming, make_referral
from tests.factories import NOW, TODAY, holder_of
from tests.intake import scan
from tests.test_coordination_links import deliver_all, link_in

pytestmark = pytest.mark.django_db
PROTECTED = Referral.Confidentiality.PROTECTED
OUTSIDE = ("danuta", "beata")


@pytest.fixture(autouse=True)
def november(time_machine, private_files):
    time_machine.move_to(NOW)


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
    page = text(sign_in(tomek).get(hidden.consent.get_absolute_url()))
    assert f"{clinic.name}, {hidden.consent.given_on:%d.%m.%Y}" in page


def test_a_consent_for_others_too_stays_and_names_only_these(case, pcpr, danuta, ola, tomek, sign_in):
    consent = make_consent(case, pcpr)
    known = make_referral(case, pcpr, consent=consent)
    secret = make_referral(case, pcpr, consent=consent, confidentiality=PROTECTED)
    assert consent in Consent.objects.visible_to(danuta)
    withdraw = reverse("admin:residents_consent_move", args=[consent.pk, "withdraw"])
    for user in (danuta, tomek):
        told = text(sign_in(user).get(consent.get_absolute_url()))
        assert (known.number in told, secret.number in told) == (True, user == tomek)
    for user in (ola, tomek):
        told = text(sign_in(user).get(withdraw))
        assert (known.number in told, secret.number in told) == (True, False)
    over = make_referral(case, pcpr, status="rejected")
    beside = make_referral(case, pcpr, consent=over.consent, confidentiality=PROTECTED)
    withdraw = reverse("admin:residents_consent_move", args=[over.consent.pk, "withdraw"])
    assert beside.number not in text(sign_in(ola).get(withdraw))


def test_whoever_knows_the_code_sees_no_consent_beneath_a_protected_one(case, hidden, clinic, pcpr):
    request, shown = hidden.consent.request, make_referral(case, pcpr).consent
    told = public_steps(request, TODAY)
    assert [one["pk"] for one in told.consents] == [shown.pk]
    holder = holder_of(request)
    assert holder.has_perm("residents.withdraw_consent", shown)
    assert not holder.has_perm("residents.withdraw_consent", hidden.consent)
    assert holder.has_perm("coordination.withdraw_referral", shown.referrals.get())
    assert not holder.has_perm("coordination.withdraw_referral", hidden)
    assert not holder.has_perm("coordination.confirm_referral", hidden)
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


def test_the_copy_of_the_data_tells_of_no_look_at_a_protected_one(case, hidden, pcpr, clinic, ewa, bartek, sign_in):
    def who_looked():
        sections = copies.copy_of(case.resident, left_out=[], on=TODAY)["sections"]
        return [who for part in sections if part["title"] == "Kto oglądał dane" for _day, who in part["rows"]]

    came = [make_incoming(clinic, confidentiality=which) for which in (PROTECTED, "ordinary")]
    IncomingReferral.objects.update(request=case.requests.get())
    known = make_referral(case, pcpr, opened=True)
    for user, row in ((bartek, hidden), (ewa, known)):
        sign_in(user).get(row.get_absolute_url())
    for row in came:
        sign_in(bartek).get(reverse("coordination:sent_to_centre_one", args=[row.pk]))
    assert who_looked() == ["pracownik instytucji (2)"]
    log = AuditEvent.objects.filter(concerning(case.resident.pk), action=AuditEvent.READ)
    assert log.filter(role="institution_worker").count() == 4


def anew(case, receiver, *, secret):
    """Return a consent to the receiver; where it is secret, a protected referral alone rests on it."""
    given = make_consent(case, receiver)
    if secret:
        make_referral(case, receiver, consent=given, confidentiality=PROTECTED)
    return given


TELLS = {"kind": "service_referral", "disclosed_fields": ["name"]}


def opened(case, receiver, **fields):
    """Open what rests on a consent that has ended; return on which one it rests then, or what is said."""
    ended = make_consent(case, receiver, valid_until=TODAY)
    referral = make_referral(case, receiver, consent=ended, now=NOW, **fields)
    Consent.objects.filter(pk=ended.pk).update(valid_until=TODAY - timedelta(days=1))
    referral.refresh_from_db()
    referrals.mark_opened(referral, by=personas.person("bartek"), now=NOW)
    return Referral.objects.get(pk=referral.pk).consent


def passed_on(case, receiver, **fields):
    sent = make_referral(case, personas.institution(personas.PCPR), **fields)
    return redirect_referral(sent, by=personas.person("ewa"), now=NOW, receiver=receiver, reason="inne").consent


def in_one_go(case, receiver, **fields):
    targets = [{"receiver": receiver, "need": "Balkonik."}]
    return draft_several(case, by=case.coordinator, now=NOW, targets=targets, **TELLS, **fields)[0].consent


WAYS = [opened, passed_on, in_one_go]


def tried(way, *args, **fields):
    with pytest.raises(ValidationError) as refused:
        way(*args, **fields)
    return refused.value.messages


@pytest.mark.parametrize("way", WAYS)
def test_no_ordinary_one_goes_over_to_a_consent_that_only_protected_ones_have(case, clinic, danuta, way):
    """It is refused in the same words as where there is none, and a consent that may be known is found behind it."""
    without = tried(way, case, clinic)
    closed = anew(case, clinic, secret=True)
    assert tried(way, case, clinic) == without
    assert not danuta.has_perm("residents.view_consent", closed)
    with transaction.atomic():
        assert way(case, clinic, confidentiality=PROTECTED) == closed
        transaction.set_rollback(True)
    known = make_consent(case, clinic, given_on=closed.given_on - timedelta(days=1))
    assert way(case, clinic) == known
    assert closed not in Consent.objects.visible_to(danuta)


def test_an_ordinary_draft_rests_on_no_consent_that_only_protected_ones_have(case, clinic, danuta, tomek, sign_in):
    closed = anew(case, clinic, secret=True)
    draft = make_draft(case, clinic)
    assert "chronion" in str(tried(make_draft, case, clinic, consent=closed))
    form = reverse("coordination:referral_edit", args=[draft.pk])
    said = {"receiver": clinic.pk, "need": "Balkonik.", "kind": "service_referral", "priority": "routine"}
    said |= {"basis": "known", "consent": closed.pk, "disclosed_fields": ["name"], "version": draft.version}
    answer = sign_in(tomek).post(form, said)
    assert (answer.status_code, "tylko skierowania chronione" in text(answer)) == (200, True)
    assert closed not in Consent.objects.visible_to(danuta)
    assert sign_in(tomek).post(form, said | {"confidentiality": "protected"}).status_code == 302
    # As the only one on its consent it may cease to be protected; beside another one it may not.
    make_plain = {"by": tomek, "now": NOW, "confidentiality": "ordinary", "receiver": clinic, "need": "…"}
    alone, beside = make_draft(case, clinic, confidentiality=PROTECTED), Referral.objects.get(pk=draft.pk)
    for one in (alone, beside):
        make_plain |= {name: getattr(one, name) for name in ("service", "kind", "priority", "consent")}
        change = partial(referrals.change_referral, one, **make_plain)
        assert change().confidentiality == "ordinary" if one == alone else tried(change)
    # An ordinary one is written anew on its own consent, also where a protected one came to rest on it.
    shared = make_draft(case, clinic)
    make_draft(case, clinic, consent=shared.consent, confidentiality=PROTECTED)
    make_plain |= {"service": shared.service, "consent": shared.consent}
    assert referrals.change_referral(shared, **make_plain).consent == shared.consent


def test_a_consent_written_down_again_for_an_ordinary_one_is_another(case, clinic, tomek):
    said = {"receiver": clinic, "form": "oral", "given_on": TODAY, "data_fields": ["name"], "purpose": "help"}
    write = lambda **fields: consents.record_consent(case, by=tomek, now=NOW, **said, **fields)  # noqa: E731
    first = write()
    make_draft(case, clinic, consent=first, confidentiality=PROTECTED, disclosed_fields=["name"])
    second = write()
    assert (second != first, write(protected=True)) == (True, first)
    assert write() == second


def test_a_consent_recorded_for_a_protected_one_stays_closed_once_that_rests_on_another(
    case, clinic, danuta, tomek, sign_in
):
    """Written anew with other facts, then by a statute: the first is left alone."""
    said = {"receiver": clinic, "form": "oral", "given_on": TODAY, "data_fields": ["name"], "purpose": "help"}
    first = consents.record_consent(case, by=tomek, now=NOW, protected=True, **said)
    draft = make_draft(case, clinic, consent=first, confidentiality=PROTECTED, disclosed_fields=["name"])
    form = reverse("coordination:referral_edit", args=[draft.pk])
    written = {"receiver": clinic.pk, "need": "Rozmowa.", "kind": "service_referral", "priority": "routine"}
    written |= {"disclosed_fields": ["name"], "version": draft.version, "confidentiality": ""}
    new = {"basis": "new", "consent_for": "help", "consent_form": "written", "consent_given_on": TODAY.isoformat()}
    assert sign_in(tomek).post(form, written | new).status_code == 302
    draft.refresh_from_db()
    assert (draft.confidentiality, draft.consent != first) == (PROTECTED, True)
    statute = {"basis": "statute", "statute": "ustawa, art. 9d", "version": draft.version}
    assert sign_in(tomek).post(form, written | statute).status_code == 302
    assert not draft.consent.referrals.exists()
    for closed in (first, draft.consent):
        assert closed not in Consent.objects.visible_to(danuta)
        assert closed not in Consent.objects.told_to_the_person()
        assert closed in Consent.objects.visible_to(tomek)
        assert "chronione" in str(tried(make_draft, case, clinic, consent=closed))


def test_consents_of_protected_ones_from_before_are_marked_as_recorded_for_them(case, clinic, pcpr):
    of_both = make_consent(case, pcpr)
    own = make_referral(case, clinic, confidentiality=PROTECTED).consent
    for confidentiality in ("ordinary", PROTECTED):
        make_referral(case, pcpr, confidentiality=confidentiality, consent=of_both)
    make_consent(case, clinic, given_on=TODAY - timedelta(days=3))
    Consent.objects.update(for_protected=False)
    with connection.cursor() as cursor:
        cursor.execute(import_module("coordination.migrations.0005_former_consents").MARK_FORMER)
    assert list(Consent.objects.filter(for_protected=True)) == [own]


def test_who_writes_is_offered_no_consent_of_a_protected_one_in_an_earlier_case(case, hidden, kasia, clinic, sign_in):
    shown = make_consent(case, clinic, given_on=TODAY - timedelta(days=3))
    Case.objects.filter(pk=case.pk).update(status="closed", closed_on=TODAY, close_reason="goals_met")
    later = make_case(kasia)
    Case.objects.filter(pk=later.pk).update(follows=case, reopen_reason="wróciła")
    told = text(sign_in(kasia).get(reverse("coordination:referral_new", args=[later.pk])))
    assert (f"{shown}, " in told, f"{hidden.consent}, " in told) == (True, False)
    later.refresh_from_db()
    Consent.objects.filter(pk=shown.pk).update(withdrawn_at=NOW, withdrawal_form="oral")
    assert tried(in_one_go, later, clinic, confidentiality=PROTECTED) == tried(in_one_go, later, clinic)


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


def test_its_access_list_is_the_team_and_the_officer_reads_its_acts_but_no_page(case, hidden, tomek, kasia, iwona):
    assert not Referral.objects.visible_to(kasia).exists()
    join_team(case, user=kasia, role="deputy", valid_from=TODAY, by=tomek, now=NOW)
    assert list(Referral.objects.visible_to(personas.person("kasia"))) == [hidden]
    assert not Referral.objects.visible_to(iwona).exists()
    assert AuditEvent.objects.visible_to(iwona).about(hidden).exists()
    assert not AuditEvent.objects.visible_to(tomek).exists()


def test_the_lists_are_narrowed_by_class_kind_and_priority_to_what_the_user_sees(case, hidden, pcpr, tomek, sign_in):
    urgent = make_referral(case, pcpr, priority="urgent", kind="handover")
    path, narrowed = reverse("coordination:worklist", args=["live"]), {hidden.number: "?confidentiality=protected"}
    narrowed |= {urgent.number: "?priority=urgent&kind=handover&confidentiality=ordinary"}
    for user in (tomek, *map(personas.person, OUTSIDE)):
        seen = {
            number: set(re.findall(r"S/2026/\d+", text(sign_in(user).get(path + query))))
            for number, query in narrowed.items()
        }
        assert seen[urgent.number] == {urgent.number}
        assert seen[hidden.number] == ({hidden.number} if user == tomek else set())


def test_no_search_autocomplete_history_or_saved_view_leads_to_it(case, hidden, clinic, tomek, sign_in):
    room = reverse("admin:coordination_referral_changelist")
    asked = {"app_label": "coordination", "model_name": "referral", "field_name": "parent", "term": hidden.number}
    path = reverse("coordination:worklist", args=["live"])
    view = {"path": path, "query": f"institution={clinic.pk}", "role": "coordinator"}
    save_filter(**view, name="Poradnie", by=tomek)
    for name in OUTSIDE:
        client = sign_in(personas.person(name))
        found = text(client.get(room, {"q": hidden.number}))
        assert f"/{hidden.pk}/" not in found
        assert clinic.short_name not in found
        assert client.get(reverse("admin:autocomplete"), asked).status_code == 403
        for page in ("change", "history"):
            address = reverse(f"admin:coordination_referral_{page}", args=[hidden.pk])
            assert client.get(address, follow=True).status_code == 404, page
        told = text(client.get(f"{path}?{view['query']}"))
        assert hidden.number not in told
        assert "Poradnie" not in told
    assert f"/{hidden.pk}/" in text(sign_in(tomek).get(room, {"q": hidden.number}))


def test_the_months_report_names_no_receiver_of_it(case, hidden, clinic, pcpr):
    make_referral(case, pcpr)
    table = REPORTS["referrals"].table(Period(TODAY.replace(day=1)), TODAY)
    words = str(table["rows"])
    assert pcpr.name in words
    assert clinic.name not in words


# -- other institutions -------------------------------------------------------------------------------
def test_an_institution_finds_nothing_of_anothers_in_its_inbox(case, hidden, pcpr, ewa, sign_in):
    mine = make_referral(case, pcpr, opened=True)
    client, inbox = sign_in(ewa), reverse("coordination:inbox")
    numbers = counts(ewa, on=TODAY)
    assert {numbers[name] for name in numbers} <= {0, 1}
    for page in ("", "?q=" + hidden.number, "?institution=1", "?lista=all", "?lista=late", "?kind=service_referral"):
        told = text(client.get(inbox + page)).replace(f'value="{hidden.number}"', "")
        assert hidden.number not in told, page
    saved = client.post(inbox, {"reason": "zebranie", "file_format": "csv"}).content.decode()
    assert (mine.number in saved, hidden.number in saved) == (True, False)
    pages = ("referral_detail", "referral_sheet")
    assert {client.get(reverse(f"coordination:{page}", args=[hidden.pk])).status_code for page in pages} == {404}
    for name in ("accept", "redirect", "report", "claim"):
        move = reverse("coordination:referral_move", args=[hidden.pk, name])
        assert (client.get(move).status_code, client.post(move, {}).status_code) == (404, 404), name
    for page in (reverse("coordination:dashboard"), reverse("coordination:worklist", args=["live"])):
        assert client.get(page).status_code == 403


def test_neither_end_of_a_chain_sees_the_other(case, pcpr, ewa, celina, tomek, sign_in):
    first = make_referral(case, pcpr, status=Referral.Status.REDIRECTED, opened=True)
    second = first.child
    referrals.mark_opened(second, by=celina, now=NOW)
    before, after = (text(sign_in(user).get(one.get_absolute_url())) for user, one in ((ewa, first), (celina, second)))
    assert (first.number in before, second.number in before) == (True, False)
    assert (second.number in after, first.number in after) == (True, False)
    assert "Ewa Gil" not in after
    assert pcpr.short_name not in after
    assert "Celina Sikora" not in before
    whole = text(sign_in(tomek).get(second.get_absolute_url()))
    assert first.number in whole


# -- the sheet ------------------------------------------------------------------------------------------
def test_a_receiver_without_an_account_prints_the_sheet_by_its_link(case, clinic, tomek, client):
    sent = referrals.send_referral(make_draft(case, clinic), by=tomek, now=NOW)
    sheet = reverse("referral_link:sheet", args=[sent.pk])
    deliver_all()
    link = link_in(mail.outbox[-1])
    client.get(link)
    assert client.get(sheet).status_code == 404  # looked at, not pressed
    client.post(link)
    printed = client.get(sheet)
    words = words_of(printed.content, "pdf")
    assert {word: word in words for word in SHEET} == SHEET
    assert "no-store" in printed["Cache-Control"]
    assert "SP ZOZ" in history(sent).get(action="referral.print").actor_label
    assert Client().get(sheet).status_code == 404
    restrict_file(case, kind="violence", by=tomek, now=NOW)
    assert client.get(sheet).status_code == 404


SHEET = {"Krystyna Wilga": True, "600 100 200": True, "Lipowa": False, "48030500029": False, "1948": False}


def test_the_sheet_of_a_restricted_case_is_for_its_keepers_and_the_receiver(case, pcpr, tomek, sign_in):
    referral = make_referral(case, pcpr, opened=True)
    restrict_file(case, kind="violence", by=tomek, now=NOW)
    sheet = reverse("coordination:referral_sheet", args=[referral.pk])
    printed = {name: sign_in(personas.person(name)).get(sheet) for name in PRINT}
    assert {name: answer.status_code for name, answer in printed.items()} == PRINT
    for name in ("tomek", "ewa"):
        words = words_of(printed[name].content, "pdf")
        assert {word: word in words for word in SHEET} == SHEET
        assert case.case_sign not in words


PRINT = {"tomek": 200, "ewa": 200, "kasia": 404, "beata": 404, "celina": 404, "bartek": 404, "root": 404}


def test_the_lists_of_consents_rest_on_no_protected_one(case, clinic, pcpr, tomek, danuta, sign_in):
    soon, ends = TODAY + timedelta(days=5), worklists.WORKLISTS["consents-ending"]
    gone = worklists.WORKLISTS["consents-withdrawn"]
    hidden = make_referral(
        case, clinic, confidentiality=PROTECTED, consent=make_consent(case, clinic, valid_until=soon)
    )
    assert [set(ends.rows(user, TODAY)) for user in (tomek, danuta)] == [{case}, set()]
    for user, count in ((tomek, 1), (danuta, 0)):
        opened = [one for one in worklists.open_to(user) if one.name in (ends.name, gone.name)]
        assert worklists.counts({"case": worklists.cases(user)}, opened, TODAY)[ends.name] == count
    known = make_consent(case, pcpr, valid_until=soon)
    make_referral(case, pcpr, consent=known)
    assert set(ends.rows(danuta, TODAY)) == {case}
    address, ended = reverse("coordination:worklist", args=[ends.name]), "17 listopada 2026"
    for user, named in ((tomek, [clinic, pcpr]), (danuta, [pcpr])):
        [row] = sign_in(user).get(address).context["rows"]
        consents = dict(row)["Zgoda i jej ostatni dzień"].links
        assert [words for words, _url in consents] == [f"{one.short_name}, {ended}" for one in named]
        assert all(sign_in(user).get(url).status_code == 200 for _words, url in consents)
        held = text(sign_in(user).post(address, {"reason": "zebranie", "file_format": "csv"}))
        assert (case.case_sign in held, pcpr.short_name in held, clinic.short_name in held) == (True, True, False)
    withdraw_consent(hidden.consent, form="oral", by=tomek, now=NOW)
    assert [set(gone.rows(user, TODAY)) for user in (tomek, danuta)] == [{case}, set()]
    client, address = sign_in(tomek), reverse("coordination:worklist", args=[gone.name])
    [row] = client.get(address).context["rows"]
    words = f"{clinic.short_name}, 12 listopada 2026"
    assert dict(row)["Zgoda, cofnięta dnia"].links == ((words, hidden.consent.get_absolute_url()),)
    assert case.case_sign not in text(client.post(address, {"reason": "zebranie", "file_format": "csv"}))
    withdraw_consent(known, form="oral", by=tomek, now=NOW)
    [row] = sign_in(danuta).get(address).context["rows"]
    assert [url for _words, url in dict(row)["Zgoda, cofnięta dnia"].links] == [known.get_absolute_url()]


def test_a_case_rests_to_whoever_may_not_know_of_its_only_referral(case, clinic, pcpr, tomek, danuta):
    rest = worklists.WORKLISTS["cases-at-rest"]
    Case.objects.filter(pk=case.pk).update(opened_on=TODAY - conditions.AT_REST_AFTER)
    assert [set(rest.rows(user, TODAY)) for user in (tomek, danuta)] == [{case}, {case}]
    make_referral(case, clinic, confidentiality=PROTECTED)
    assert [set(rest.rows(user, TODAY)) for user in (tomek, danuta)] == [set(), {case}]
    for user, count in ((tomek, 0), (danuta, 1)):
        opened = [one for one in worklists.open_to(user) if one.name == rest.name]
        assert worklists.counts({"case": worklists.cases(user)}, opened, TODAY)[rest.name] == count
    make_referral(case, pcpr)
    assert [set(rest.rows(user, TODAY)) for user in (tomek, danuta)] == [set(), set()]


def test_no_figure_counts_a_protected_one(case, clinic):
    month, late = Period.of(TODAY), TODAY + timedelta(days=200)

    def figures():
        names = ("referrals", "overdue", "refusals", *(name for name in REPORTS if name.startswith("outcomes")))
        return {name: REPORTS[name].table(month, late)["rows"] for name in names}

    Case.objects.update(plan_approved_on=TODAY)
    before = figures()
    for status in ("sent", "completed", "not_fulfilled", "rejected"):
        make_referral(case, clinic, confidentiality=PROTECTED, status=status)
    assert figures() == before
    for status in ("sent", "completed", "not_fulfilled", "rejected"):
        make_referral(case, clinic, status=status)
    assert all(rows != before[name] for name, rows in figures().items())
