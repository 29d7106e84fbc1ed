"""The pages of a referral: the institution's inbox, the sealed envelope, the moves of both sides."""

import re
from datetime import timedelta
from html import unescape
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from coordination import inbox
from coordination.actions import referrals
from coordination.models import Referral, ReferralNote
from cus_portal.accounts.models import Institution, User
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from residents.models import Consent
from services.models import Agreement
from tests import personas
from tests.coordination_world import make_case, make_draft, make_plan, make_referral
from tests.factories import NOW, TODAY, make_area, make_service

pytestmark = pytest.mark.django_db
S = Referral.Status
INBOX = reverse("coordination:inbox")
PERSONAL = ("Krystyna", "Wilga", "600 100 200", "Lipowa", "Balkonik", "48030500029")


@pytest.fixture(autouse=True)
def november(time_machine):
    time_machine.move_to(NOW)


def page(referral):
    return referral.get_absolute_url()


def move_page(referral, name):
    return reverse("coordination:referral_move", args=[referral.pk, name])


def text_of(answer):
    return answer.content.decode()


def numbers_on(answer):
    return re.findall(r"S/2026/\d{4}", text_of(answer))


# -- the inbox --------------------------------------------------------------------------------------
def test_an_empty_inbox_says_what_will_happen(ewa, sign_in):
    answer = sign_in(ewa).get(INBOX)
    assert "Nic tu nie czeka" in text_of(answer)
    assert "<table" not in text_of(answer)


def test_the_inbox_shows_own_referrals_and_nobody_elses(case, pcpr, clinic, ewa, bartek, sign_in):
    mine = make_referral(case, pcpr)
    theirs = make_referral(case, clinic)
    make_draft(case, pcpr)
    make_referral(case, pcpr, status=S.WITHDRAWN)
    assert numbers_on(sign_in(ewa).get(INBOX)) == [mine.number]
    assert numbers_on(sign_in(bartek).get(INBOX)) == [theirs.number]


def test_the_inbox_tells_nothing_about_the_person(case, pcpr, ewa, sign_in):
    make_referral(case, pcpr, disclosed_fields=["name", "phone", "address", "pesel"])
    words = text_of(sign_in(ewa).get(INBOX))
    for word in PERSONAL:
        assert word not in words


def test_what_is_due_first_stands_on_top_and_what_is_late_says_so(case, pcpr, ewa, sign_in, time_machine):
    first = make_referral(case, pcpr)
    urgent = make_referral(case, pcpr, priority="urgent")
    time_machine.move_to(NOW + timedelta(days=7))
    answer = sign_in(ewa).get(INBOX)
    assert numbers_on(answer) == [urgent.number, first.number]
    assert "6 dni po terminie" in text_of(answer)
    assert numbers_on(sign_in(ewa).get(INBOX, {"lista": "late"})) == [urgent.number]


def test_the_heading_says_who_is_late_and_since_when(case, pcpr, tomek, sign_in, time_machine):
    referral = make_referral(case, pcpr)
    due = referral.respond_by
    assert "Teraz kolej: PCPR" in text_of(sign_in(tomek).get(page(referral)))
    time_machine.move_to(NOW + timedelta(days=60))
    shown = text_of(sign_in(tomek).get(page(referral)))
    assert f"PCPR się spóźnia: termin minął {due.day} listopada 2026" in shown


def test_each_tile_counts_the_list_behind_it(case, pcpr, clinic, ewa, sign_in, time_machine):
    for status in (S.SENT, S.SENT, S.INFO_REQUESTED, S.WAITLISTED, S.ACCEPTED, S.COMPLETED, S.WITHDRAWN):
        make_referral(case, pcpr, status=status)
    make_referral(case, clinic)
    time_machine.move_to(NOW + timedelta(days=100))
    client = sign_in(ewa)
    counts = inbox.counts(ewa, on=timezone.localdate())
    for name in inbox.BOXES:
        assert len(numbers_on(client.get(INBOX, {"lista": name}))) == counts[name], name
    assert counts == {"late": 3, "new": 2, "ours": 4, "centre": 1}
    assert len(numbers_on(client.get(INBOX))) == 5
    assert len(numbers_on(client.get(INBOX, {"lista": "ended"}))) == 1


def test_filters_narrow_and_a_wrong_one_breaks_nothing(case, pcpr, ewa, sign_in):
    make_referral(case, pcpr)
    accepted = make_referral(case, pcpr, status=S.ACCEPTED)
    client = sign_in(ewa)
    assert numbers_on(client.get(INBOX, {"status": "accepted"})) == [accepted.number]
    assert numbers_on(client.get(INBOX, {"number": accepted.number})).count(accepted.number)
    assert "Żadne skierowanie nie pasuje" in text_of(client.get(INBOX, {"priority": "urgent"}))
    for query in ({"status": "hacked"}, {"lista": "x"}, {"po": "-1"}, {"po": "2026-13-01~x"}, {"number": "\x00'"}):
        assert client.get(INBOX, query).status_code == 200


@pytest.mark.parametrize("rows", [1, 12])
def test_the_inbox_costs_the_same_for_one_and_for_twelve(rows, case, pcpr, ewa, sign_in, django_assert_num_queries):
    for _number in range(rows):
        make_referral(case, pcpr)
    client = sign_in(ewa)
    with django_assert_num_queries(7):
        client.get(INBOX)


def test_many_referrals_come_in_pages_that_repeat_nothing(case, pcpr, ewa, sign_in):
    number = make_referral(case, pcpr)
    row = {field.attname: getattr(number, field.attname) for field in Referral._meta.concrete_fields}
    services = [make_service().pk for _ in range(60)]
    Referral.objects.bulk_create(
        Referral(**row | {"id": None, "number": f"S/2026/{1000 + i}", "service_id": service})
        for i, service in enumerate(services)
    )
    client = sign_in(ewa)
    seen, further = [], INBOX
    while further:
        answer = client.get(further)
        seen += numbers_on(answer)
        link = re.search(r'href="(\?[^"]*)" rel="next"', answer.content.decode())
        further = INBOX + unescape(link[1]) if link else ""
    assert len(seen) == len(set(seen)) == 61


@pytest.mark.parametrize("name", ["tomek", "ola", "danuta", "renata", "iwona", "stranger", "root"])
def test_only_institutions_have_an_inbox(name, sign_in):
    assert sign_in(personas.person(name)).get(INBOX).status_code == 403


def test_nobody_reads_without_signing_in(case, pcpr, client):
    referral = make_referral(case, pcpr)
    for url in (INBOX, page(referral), move_page(referral, "accept")):
        assert client.get(url).url.startswith("/logowanie/")


# -- one referral -----------------------------------------------------------------------------------
def test_a_sealed_referral_tells_nothing_until_it_is_opened(case, pcpr, ewa, sign_in):
    referral = make_referral(case, pcpr)
    client = sign_in(ewa)
    before = text_of(client.get(page(referral)))
    assert referral.number in before
    assert referral.service.plain_name in before
    assert "Otwórz skierowanie" in before
    for word in PERSONAL:
        assert word not in before
    assert Referral.objects.get().opened_at is None
    client.post(reverse("coordination:referral_open", args=[referral.pk]))
    after = text_of(client.get(page(referral)))
    for word in ("Krystyna Wilga", "600 100 200", "Balkonik"):
        assert word in after
    for word in ("Lipowa", "48030500029", "1948"):
        assert word not in after
    assert Referral.objects.get().opened_by == ewa


def test_a_sealed_referral_is_not_answered(case, pcpr, ewa, sign_in):
    referral = make_referral(case, pcpr)
    client = sign_in(ewa)
    assert client.post(move_page(referral, "accept"), {"planned_start_on": "20.11.2026"}).url == page(referral)
    assert Referral.objects.get().status == S.SENT


def test_opening_takes_a_press_not_a_visit(case, pcpr, ewa, sign_in):
    referral = make_referral(case, pcpr)
    assert sign_in(ewa).get(reverse("coordination:referral_open", args=[referral.pk])).status_code == 405


def test_every_look_at_the_data_is_logged(case, pcpr, ewa, sign_in):
    referral = make_referral(case, pcpr, opened=True)
    sign_in(ewa).get(page(referral))
    event = AuditEvent.objects.filter(action="read").get()
    assert (event.actor, event.object_id) == (ewa, referral.pk)


@pytest.mark.parametrize("name", ["bartek", "celina", "kasia", "ola", "renata", "iwona", "stranger", "root"])
def test_others_find_nothing_and_do_nothing_though_they_have_their_own(name, case, pcpr, clinic, kasia, sign_in):
    make_referral(make_case(kasia), clinic, opened=True)
    make_referral(make_case(kasia), personas.institution(personas.COUNSELLING), opened=True)
    referral = make_referral(case, pcpr, opened=True)
    client = sign_in(personas.person(name))
    messages, events = Message.objects.count(), AuditEvent.objects.count()
    assert client.get(page(referral)).status_code == 404
    assert client.post(reverse("coordination:referral_open", args=[referral.pk])).status_code == 404
    for move in ("accept", "ask", "reject", "withdraw", "acknowledge"):
        assert client.get(move_page(referral, move)).status_code == 404
        assert client.post(move_page(referral, move), {"text": "x", "reason": "x"}).status_code == 404
    assert client.get(reverse("coordination:referral_new", args=[case.pk])).status_code == 404
    referral.refresh_from_db()
    assert (referral.status, Message.objects.count(), AuditEvent.objects.count()) == (S.SENT, messages, events)


def test_each_side_is_refused_the_moves_of_the_other(case, pcpr, tomek, ewa, sign_in):
    referral = make_referral(case, pcpr, opened=True)
    assert sign_in(tomek).get(move_page(referral, "accept")).status_code == 403
    assert sign_in(ewa).get(move_page(referral, "withdraw")).status_code == 403
    assert sign_in(ewa).get(move_page(referral, "nothing")).status_code == 404


def test_the_institution_does_not_see_how_the_referral_was_written(case, pcpr, ewa, tomek, sign_in):
    referral = make_referral(case, pcpr, opened=True)
    assert "Przygotowano szkic" in text_of(sign_in(tomek).get(page(referral)))
    words = text_of(sign_in(ewa).get(page(referral)))
    assert "Przygotowano szkic" not in words
    assert case.case_sign not in words


RECEIVER_FORMS = [
    (S.SENT, "accept", {"planned_start_on": "20.11.2026"}, S.ACCEPTED),
    (S.SENT, "ask", {"text": "Czy jest orzeczenie?"}, S.INFO_REQUESTED),
    (S.SENT, "waitlist", {}, S.WAITLISTED),
    (S.SENT, "reject", {"reject_reason": "already_served", "closing_note": "Już pomagamy."}, S.REJECTED),
    (S.ACCEPTED, "start", {"first_contact_on": "12.11.2026"}, S.IN_PROGRESS),
    (S.IN_PROGRESS, "report", {"text": "Idzie dobrze."}, S.IN_PROGRESS),
    (S.IN_PROGRESS, "complete", {"outcome": "met", "outcome_on": "12.11.2026", "closing_note": "Tak."}, S.COMPLETED),
    (S.IN_PROGRESS, "fail", {"fail_reason": "no_show"}, S.NOT_FULFILLED),
]
SENDER_FORMS = [
    (S.DRAFT, "send", {}, S.SENT),
    (S.DRAFT, "discard", {"reason": "pomyłka"}, S.ENTERED_IN_ERROR),
    (S.INFO_REQUESTED, "reply", {"text": "Tak."}, S.SENT),
    (S.SENT, "withdraw", {"reason": "zmiana planu"}, S.WITHDRAWN),
    (S.COMPLETED, "acknowledge", {"acknowledgement": "Cel.", "person_told": "yes"}, S.COMPLETED),
]


@pytest.mark.parametrize(
    ("name", "status", "move", "data", "after"),
    [("ewa", *row) for row in RECEIVER_FORMS] + [("tomek", *row) for row in SENDER_FORMS],
)
def test_each_move_has_a_page_that_makes_it_once(name, status, move, data, after, case, pcpr, sign_in):
    referral = make_referral(case, pcpr, status=status, opened=True)
    client = sign_in(personas.person(name))
    assert move_page(referral, move) in text_of(client.get(page(referral)))
    shown = client.get(move_page(referral, move))
    assert shown.status_code == 200
    version = re.search(r'name="version" value="(\d+)"', text_of(shown))[1]
    answer = client.post(move_page(referral, move), data | {"version": version})
    assert answer.status_code == 302
    referral.refresh_from_db()
    assert referral.status == after
    written = AuditEvent.objects.filter(action=f"referral.{move}")
    assert written.count() == 1
    again = client.post(move_page(referral, move), data | {"version": version})  # a double click
    assert again.status_code in {200, 404}
    assert written.count() == 1
    if again.status_code == 200:
        assert personas.person(name).get_full_name() in text_of(again)


def test_what_is_accepted_otherwise_than_asked_says_how_and_in_words(case, pcpr, ewa, tomek, sign_in):
    referral = make_referral(case, pcpr, opened=True)
    client, at, words = sign_in(ewa), move_page(referral, "accept"), "Dwa razy w tygodniu."
    said = {"planned_start_on": "20.11.2026", "accept_reason": "in_part"}
    assert set(client.post(at, said).context["form"].errors) == {"accept_words"}
    assert set(client.post(at, said | {"accept_reason": "no_place"}).context["form"].errors) == {"accept_reason"}
    referral.refresh_from_db()
    assert (referral.status, referral.accept_reason, referral.notes.count()) == (S.SENT, "", 0)
    assert client.post(at, said | {"accept_words": words}).status_code == 302
    referral.refresh_from_db()
    assert (referral.status, referral.accept_reason) == (S.ACCEPTED, "in_part")
    assert AuditEvent.objects.get(action="referral.accept").reason == "w części"
    shown = text_of(sign_in(tomek).get(page(referral)))
    assert "przyjęte, w części" in shown
    assert words in shown
    assert "przyjęte, brak kontaktu, w części" in text_of(sign_in(tomek).get("/praca/listy/live/"))


def test_the_button_of_the_opened_page_accepts_as_asked(case, pcpr, ewa, sign_in):
    referral = make_referral(case, pcpr, opened=True)
    client = sign_in(ewa)
    client.post(move_page(referral, "accept"), {"planned_start_on": "20.11.2026", "accept_words": "zbędne"})
    referral.refresh_from_db()
    assert (referral.status, referral.accept_reason, referral.notes.count()) == (S.ACCEPTED, "as_asked", 0)


@pytest.mark.parametrize("reason", ["no_service", "wrong_address", "no_place", "not_eligible", "other"])
@pytest.mark.parametrize("known", [{"ask_instead": "Caritas, tel. 87 610 00 00"}, {"whom_unknown": "on"}])
def test_who_refuses_says_whom_to_ask_or_that_nobody_knows(reason, known, case, pcpr, ewa, sign_in):
    referral = make_referral(case, pcpr, opened=True)
    client, said = sign_in(ewa), {"reject_reason": reason, "closing_note": "To nie my."}
    answer = client.post(move_page(referral, "reject"), said | {"ask_instead": "  "})
    words = ["Napisz, kogo zapytać zamiast Was, albo zaznacz, że nie wiesz."]
    assert answer.context["form"].errors == {"ask_instead": words}
    referral.refresh_from_db()
    assert referral.status == S.SENT
    assert client.post(move_page(referral, "reject"), said | known).status_code == 302
    referral.refresh_from_db()
    assert (referral.status, referral.ask_instead) == (S.REJECTED, known.get("ask_instead", ""))


def test_to_decline_is_not_on_offer_while_the_own_question_has_its_time(case, pcpr, ewa, sign_in, time_machine):
    referral = make_referral(case, pcpr, status=S.INFO_REQUESTED, opened=True)
    for days, is_offered in ((0, False), (60, True)):
        time_machine.move_to(NOW + timedelta(days=days))
        shown = sign_in(ewa).get(page(referral)).content.decode()
        assert (move_page(referral, "reject") in shown) is is_offered


def test_to_take_a_refusal_back_is_on_offer_for_thirty_days(case, pcpr, ewa, tomek, sign_in, time_machine):
    referral = make_referral(case, pcpr, status=S.REJECTED, opened=True)
    by_phone = reverse("coordination:referral_taken_down", args=[referral.pk, "reopen"])
    for days, is_offered in ((29, True), (31, False)):
        time_machine.move_to(NOW + timedelta(days=days))
        assert (move_page(referral, "reopen") in sign_in(ewa).get(page(referral)).content.decode()) is is_offered
        assert (by_phone in sign_in(tomek).get(page(referral)).content.decode()) is is_offered


def test_a_stale_page_is_told_who_was_faster_and_loses_nothing_typed(case, pcpr, ewa, sign_in):
    referral = make_referral(case, pcpr, opened=True)
    colleague = User.objects.create_user("zofia@demo.example", "x", first_name="Zofia", last_name="Mak")
    colleague.memberships.create(institution=pcpr, role="institution_worker", valid_from=TODAY)
    client = sign_in(ewa)
    seen = referral.version
    referrals.accept_referral(Referral.objects.get(), by=colleague, now=NOW, planned_start_on=TODAY)
    answer = client.post(
        move_page(referral, "reject"),
        {"reject_reason": "already_served", "closing_note": "Już jej pomagamy.", "version": seen},
    )
    assert answer.status_code == 200
    assert "Zofia Mak" in text_of(answer)
    assert "Już jej pomagamy." in text_of(answer)
    assert Referral.objects.get().status == S.ACCEPTED


def test_a_mistake_is_said_at_its_field_and_keeps_what_was_typed(case, pcpr, ewa, sign_in):
    referral = make_referral(case, pcpr, opened=True)
    answer = sign_in(ewa).post(move_page(referral, "accept"), {"planned_start_on": "31.02.2026"})
    assert "31.02.2026" in text_of(answer)
    assert answer.context["form"].errors["planned_start_on"]
    late = sign_in(ewa).post(move_page(referral, "accept"), {"planned_start_on": "01.11.2026"})
    assert late.context["form"].errors["planned_start_on"] == ["Ten dzień już minął. Kiedy zaczniecie?"]


def test_a_withdrawn_referral_is_gone_for_the_institution(case, pcpr, ewa, tomek, sign_in):
    referral = make_referral(case, pcpr, status=S.WITHDRAWN, opened=True)
    assert sign_in(ewa).get(page(referral)).status_code == 404
    assert sign_in(tomek).get(page(referral)).status_code == 200


@pytest.mark.parametrize("notes", [1, 12])
def test_the_page_costs_the_same_for_one_note_and_for_twelve(
    notes, case, pcpr, ewa, sign_in, django_assert_num_queries
):
    referral = make_referral(case, pcpr, opened=True)
    for number in range(notes):
        ReferralNote.objects.create(referral=referral, kind="news", text=f"{number}", author=ewa)
    client = sign_in(ewa)
    with django_assert_num_queries(10):
        client.get(page(referral))


# -- writing a referral -----------------------------------------------------------------------------
def form_data(pcpr, **fields):
    return {
        "receiver": pcpr.pk,
        "service": "",
        "kind": "service_referral",
        "priority": "routine",
        "need": "Balkonik do domu.",
        "disclosed_fields": ["name", "address"],
        "basis": "new",
        "consent_for": "help",
        "consent_form": "written",
        "consent_given_on": "12.11.2026",
    } | fields


def test_from_a_plan_item_to_sent_with_a_preview_of_exactly_what_travels(case, pcpr, tomek, ewa, sign_in):
    item = make_plan(case).items.get()
    client = sign_in(tomek)
    url = reverse("coordination:referral_new", args=[case.pk]) + f"?pozycja={item.pk}"
    form = client.get(url).context["form"]
    assert form["receiver"].value() == pcpr.pk
    assert "pesel" not in form["disclosed_fields"].value()
    assert client.post(url, form_data(pcpr, service=item.service_id)).status_code == 302
    draft = Referral.objects.get()
    assert (draft.plan_item, draft.consent.receiver, draft.consent.form) == (item, pcpr, "written")
    preview = text_of(client.get(move_page(draft, "send")))
    for word in ("Krystyna Wilga", "Lipowa 7", "Balkonik do domu."):
        assert word in preview
    assert "600 100 200" not in preview
    assert client.post(move_page(draft, "send"), {"version": draft.version}).status_code == 302
    draft.refresh_from_db()
    assert draft.disclosed == {"name": "Krystyna Wilga", "address": "Lipowa 7, 24-200"}
    client = sign_in(ewa)
    client.post(reverse("coordination:referral_open", args=[draft.pk]))
    received = text_of(client.get(page(draft)))
    for value in draft.disclosed.values():
        assert value in received


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"basis": "new", "consent_form": ""}, "consent_form"),
        ({"basis": "new", "consent_for": ""}, "consent_for"),
        ({"basis": "new", "consent_for": "information"}, "consent_for"),
        ({"basis": "new", "consent_given_on": "31.12.2026"}, "consent_given_on"),
        ({"basis": "new", "consent_valid_until": "01.11.2026"}, "consent_valid_until"),
        ({"basis": "known"}, "consent"),
        ({"basis": "statute"}, "statute"),
        ({"receiver": ""}, "receiver"),
        ({"need": ""}, "need"),
        ({"need": "x" * 2001}, "need"),
        ({"disclosed_fields": ["access_code"]}, "disclosed_fields"),
    ],
)
def test_a_mistake_in_a_referral_writes_nothing(fields, field, case, pcpr, tomek, sign_in):
    url = reverse("coordination:referral_new", args=[case.pk])
    answer = sign_in(tomek).post(url, form_data(pcpr, **fields))
    assert answer.status_code == 200
    assert answer.context["form"].errors[field]
    assert not Referral.objects.exists()
    assert not Consent.objects.exists()


def test_an_area_narrows_the_lists_keeps_what_was_written_and_goes_with_the_referral(
    case, pcpr, clinic, tomek, sign_in
):
    """The area of the service is meant where a service of another area was chosen."""
    ours, other = make_service("Rehabilitacja", provider=clinic), make_service("Pranie", provider=pcpr)
    ours.areas.set([make_area(2)])
    other.areas.set([make_area(3)])
    client = sign_in(tomek)

    def offered(form, name):
        return {str(key) for key, _label in form.fields[name].widget.choices} - {""}

    for url, name in (
        (reverse("coordination:referral_new", args=[case.pk]), "receiver"),
        (reverse("coordination:referrals_new", args=[case.pk]), "receivers"),
    ):
        everything = client.get(url).context["form"]
        assert {str(pcpr.pk), str(clinic.pk)} <= offered(everything, name)
        written = form_data(pcpr, receiver="", receivers=[pcpr.pk], area=make_area(2).pk, need="Schody.", narrow="1")
        form = client.post(url, written).context["form"]
        assert not form.errors
        assert form["need"].value() == "Schody."
        assert [str(one) for one in form["disclosed_fields"].value()] == ["name", "address"]
        assert offered(form, name) == {str(clinic.pk)} | ({str(pcpr.pk)} if name == "receivers" else set())
    url = reverse("coordination:referral_new", args=[case.pk])
    assert offered(client.post(url, written).context["form"], "service") == {str(ours.pk)}
    agreed = Agreement.objects.create(code="u", institution=pcpr, kind="agreement", subject="…", valid_from=TODAY)
    agreed.services.add(ours)
    assert offered(client.post(url, written).context["form"], "receiver") == {str(clinic.pk), str(pcpr.pk)}
    agreed.delete()
    assert not Referral.objects.exists()
    for fields, number in (({}, 2), ({"service": other.pk}, 3)):
        assert client.post(url, form_data(pcpr, area=make_area(2).pk, **fields)).status_code == 302
        assert Referral.objects.latest("pk").area == make_area(number)
    make_referral(make_case(tomek), pcpr, area=make_area(2))
    assert offered(client.post(url, written).context["form"], "receiver") == {str(clinic.pk), str(pcpr.pk)}


def test_the_centre_itself_is_no_receiver(case, pcpr, centre, tomek, sign_in):
    url = reverse("coordination:referral_new", args=[case.pk])
    answer = sign_in(tomek).post(url, form_data(pcpr, receiver=centre.pk))
    assert answer.context["form"].errors["receiver"]


def test_a_second_referral_for_the_same_names_the_first(case, pcpr, tomek, sign_in):
    first = make_referral(case, pcpr, service=make_service())
    url = reverse("coordination:referral_new", args=[case.pk])
    answer = sign_in(tomek).post(url, form_data(pcpr, service=first.service_id))
    assert first.number in answer.context["form"].errors["receiver"][0]
    assert Consent.objects.count() == 1


def test_a_draft_is_written_anew_and_a_sent_one_is_not(case, pcpr, tomek, sign_in):
    draft = make_draft(case, pcpr)
    client = sign_in(tomek)
    url = reverse("coordination:referral_edit", args=[draft.pk])
    assert client.get(url).status_code == 200
    data = form_data(pcpr, basis="statute", statute="art. 100", need="Inna potrzeba.", version=draft.version)
    assert client.post(url, data).status_code == 302
    draft.refresh_from_db()
    assert (draft.need, draft.statute, draft.consent) == ("Inna potrzeba.", "art. 100", None)
    stale = client.post(url, data | {"need": "Trzecia."})
    assert "Tomek Lis" in text_of(stale)
    referrals.send_referral(draft, by=tomek, now=NOW)
    assert client.get(url).status_code == 404


def test_a_draft_that_cannot_go_out_says_why(case, pcpr, tomek, sign_in):
    draft = make_draft(case, pcpr, consent=None)
    answer = sign_in(tomek).post(move_page(draft, "send"), {"version": draft.version})
    assert "Zapisz zgodę osoby" in text_of(answer)
    assert Referral.objects.get().status == S.DRAFT


def test_a_worker_whose_membership_has_ended_sees_nothing(case, pcpr, ewa, sign_in):
    referral = make_referral(case, pcpr, opened=True)
    ewa.memberships.update(valid_to=TODAY - timedelta(days=1))
    client = sign_in(ewa)
    assert client.get(INBOX).status_code == 403
    assert client.get(page(referral)).status_code == 404
    with pytest.raises(PermissionDenied):
        referrals.waitlist(referral, by=User.objects.get(pk=ewa.pk), now=NOW)


def test_a_draft_is_sent_by_one_button_and_the_sender_may_call_the_receiver(case, tomek, pcpr, sign_in):
    Institution.objects.filter(pk=pcpr.pk).update(phone="81 528 90 00")
    draft = make_draft(case, pcpr)
    client = sign_in(tomek)
    shown = client.get(draft.get_absolute_url()).content.decode()
    assert "tel:+48815289000" in shown or "815289000" in shown.replace(" ", "")
    url = reverse("coordination:referral_move", args=[draft.pk, "send"])
    assert f'<form method="post" action="{url}">' in shown
    assert client.post(url, {"version": draft.version}).url == draft.get_absolute_url()
    assert Referral.objects.get(pk=draft.pk).status == Referral.Status.SENT


def test_the_list_of_ended_referrals_is_called_so(case, pcpr, ewa, sign_in):
    make_referral(case, pcpr, status=S.COMPLETED)
    assert "<h2>Zakończone skierowania</h2>" in text_of(sign_in(ewa).get(INBOX, {"lista": "ended"}))
    assert "<h2>Otwarte skierowania</h2>" in text_of(sign_in(ewa).get(INBOX))


# -- the list as a file -----------------------------------------------------------------------------
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_institution_saves_its_own_list_for_a_reason_and_nothing_of_the_person(
    form, case, pcpr, clinic, ewa, sign_in
):
    mine = make_referral(case, pcpr, disclosed_fields=["name", "phone"], service=make_service("=1+1"))
    theirs = make_referral(case, clinic)
    client = sign_in(ewa)
    refused = client.post(INBOX, {"reason": "", "file_format": form})
    assert "text/html" in refused.headers["Content-Type"]
    assert not AuditEvent.objects.filter(action="export").exists()
    answer = client.post(INBOX, {"reason": "zebranie zespołu", "file_format": form})
    if form == "csv":
        cells = text_of(answer)
    else:
        sheet = load_workbook(BytesIO(answer.content)).active
        cells = " ".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)
    assert mine.number in cells
    assert "'=1+1" in cells
    for word in (theirs.number, *PERSONAL):
        assert word not in cells
    event = AuditEvent.objects.get(action="export")
    assert (event.actor, event.reason, event.facts) == (ewa, "zebranie zespołu", {"screen": "inbox", "rows": 1})


def test_a_file_says_by_what_its_list_was_narrowed(case, pcpr, ewa, tomek, sign_in):
    make_referral(case, pcpr, priority="urgent", opened=True)
    for user, address in ((ewa, INBOX), (tomek, "/praca/listy/live/")):
        answer = sign_in(user).post(f"{address}?priority=urgent&kind=x", {"reason": "zebranie", "file_format": "xlsx"})
        above = [row[0] for row in load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True)]
        assert "Pilność: pilne" in above
        assert not any(str(line).startswith("Rodzaj") for line in above)  # what is no choice narrows nothing


def test_nobody_else_saves_the_list_of_an_institution(case, pcpr, tomek, sign_in):
    make_referral(case, pcpr)
    assert sign_in(tomek).post(INBOX, {"reason": "zebranie", "file_format": "csv"}).status_code == 403
