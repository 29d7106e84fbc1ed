"""The rooms of terms, holds and destruction lists: who looks them through, who signs, what is printed."""

import io
import re
from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from pypdf import PdfReader

from coordination.actions.retention import abandon_list, lift_hold, place_hold, sign_list
from coordination.models import DestructionList, RetentionHold
from coordination.reminders import due_reminders
from coordination.retention import draw_up_list
from tests.desk import words
from tests.factories import NOW, at
from tests.retention_world import closed_case, make_rule, signed_list
from tests.signing import sign_in_as

DUE = date(2032, 1, 2)
LATER = at(DUE + timedelta(days=31))


@pytest.fixture
def case(tomek):
    make_rule()
    return closed_case(tomek)


@pytest.fixture
def made(case):
    return draw_up_list(on=DUE)


def page(made):
    return reverse("admin:coordination_destructionlist_change", args=[made.pk])


def move(made, name):
    return reverse("admin:coordination_destructionlist_move", args=[made.pk, name])


def test_a_list_is_signed_after_the_time_to_object_with_the_archives_consent(made, danuta, client):
    with time_machine.travel(at(DUE), tick=False):
        sign_in_as(client, danuta)
        said = words(client.post(move(made, "sign")))
    assert "Czas na sprzeciw jeszcze nie minął." in said
    with time_machine.travel(LATER, tick=False):
        sign_in_as(client, danuta)
        assert "Najpierw potrzebna jest zgoda Archiwum Państwowego" in words(client.post(move(made, "sign")))
        client.post(move(made, "consent"), {"archive_sign": "APL.421.7.2032", "archive_consent_on": "2032-01-20"})
        client.post(move(made, "sign"))
    made.refresh_from_db()
    assert (made.status, made.signed_by, made.archive_sign) == ("signed", danuta, "APL.421.7.2032")


def test_signing_is_offered_from_its_day_on_and_the_page_says_from_which(made, danuta, client):
    for moment, offered in ((LATER - timedelta(days=1), False), (LATER, True)):
        with time_machine.travel(moment, tick=False):
            sign_in_as(client, danuta)
            shown = client.get(page(made))
            assert (move(made, "sign") in shown.content.decode()) is offered
            assert "Można podpisać od 2 lutego 2032" in words(shown)


def test_a_rule_that_needs_no_consent_needs_none(tomek, danuta):
    make_rule(needs_consent=False)
    closed_case(tomek)
    assert signed_list(DUE, archive=False).status == "signed"


def test_the_officer_looks_through_and_does_not_sign(made, iwona):
    DestructionList.objects.filter(pk=made.pk).update(archive_sign="x", archive_consent_on=DUE)
    made.refresh_from_db()
    with pytest.raises(PermissionDenied):
        sign_list(made, by=iwona, now=LATER)
    made.refresh_from_db()
    assert made.status == "open"


def test_nobody_else_comes_to_these_rooms(made, client, tomek):
    sign_in_as(client, tomek)
    assert client.get(page(made)).status_code == 404


def test_a_list_given_up_lets_its_lines_come_on_the_next_one(made, case, iwona, danuta):
    abandon_list(made, reason="pomyłka w terminach", by=iwona, now=NOW)
    with pytest.raises(ValidationError):
        sign_list(made, by=danuta, now=LATER)
    again = draw_up_list(on=DUE)
    assert again.number == "BR-2032-0002"
    assert again.lines.standing().get().number == case.case_sign


def test_a_line_is_taken_off_in_the_office_and_the_printed_list_says_why(made, case, client, iwona):
    sign_in_as(client, iwona)
    line = made.lines.get()
    client.post(move(made, "take_off"), {"line": line.pk, "reason": "kontrola RIO", "not_before": "2033-01-01"})
    line.refresh_from_db()
    assert (line.taken_off_by, line.not_before) == (iwona, date(2033, 1, 1))
    said = words(client.get(page(made)))
    assert "kontrola RIO" in said
    pdf = client.get(reverse("admin:coordination_destructionlist_pdf", args=[made.pk]))
    reader = PdfReader(io.BytesIO(pdf.content))
    text = " ".join(sheet.extract_text() for sheet in reader.pages)
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert case.case_sign in text
    assert "kontrola RIO" in text
    assert "Wilga" not in text


def test_a_long_list_is_walked_in_parts_and_counts_all_its_lines(made, client, iwona, monkeypatch):
    rule = made.lines.get().rule
    for n in range(3):
        made.lines.create(kind="case", object_id=900 + n, number=f"K.{n}", ended_on=DUE, kept_until=DUE, rule=rule)
    sign_in_as(client, iwona)
    monkeypatch.setattr("coordination.admin.retention.LINES_SHOWN", 2)
    first = client.get(page(made))
    assert "(4)" in words(first)
    assert "K.2" not in words(first)
    second = words(client.get(page(made), {"pozycje": first.context["lines"].following}))
    assert "(4)" in second
    assert "K.2" in second
    line = made.lines.get(number="K.2")
    chosen = client.get(move(made, "take_off"), {"line": line.pk}).context["form"].fields["line"].queryset
    assert list(chosen) == [line]
    assert client.get(move(made, "take_off")).context["form"].fields["line"].queryset.count() == 2
    client.post(move(made, "take_off"), {"line": line.pk, "reason": "kontrola RIO"})
    after = client.get(page(made))
    assert [one.number for one in after.context["taken_off"].rows] == ["K.2"]
    assert "(3)" in words(after)


def test_director_and_officer_are_told_at_once_a_week_before_and_when_it_can_be_signed(made, danuta, iwona):
    def days(on):
        return {(row.recipient, row.day) for row in due_reminders(on) if row.reminder.name == "destruction_list"}

    both = {danuta, iwona}
    assert days(DUE) == {(who, DUE) for who in both}
    assert days(DUE + timedelta(days=23)) == {(who, DUE + timedelta(days=23)) for who in both}
    assert days(DUE + timedelta(days=40)) == {(who, DUE + timedelta(days=31)) for who in both}


def test_something_is_held_by_its_number_and_let_go_with_a_reason(case, client, iwona):
    sign_in_as(client, iwona)
    add = reverse("admin:coordination_retentionhold_add")
    facts = {"number": case.case_sign, "ground": "court", "reason": "II C 5/26", "review_on": "2032-06-01"}
    assert "Pod tym numerem nic nie ma" in words(client.post(add, facts | {"number": "CUS.1.1.1999"}))
    client.post(add, facts)
    hold = RetentionHold.objects.get()
    assert (hold.kind, hold.object_id, hold.placed_by) == ("case", case.pk, iwona)
    assert draw_up_list(on=DUE) is None
    assert "To jest już wstrzymane" in words(client.post(add, facts))
    reminded = {row.recipient for row in due_reminders(date(2032, 6, 1)) if row.reminder.name == "hold_to_review"}
    assert iwona in reminded
    client.post(reverse("admin:coordination_retentionhold_move", args=[hold.pk, "lift"]), {"reason": "wyrok"})
    hold.refresh_from_db()
    assert hold.lifted_by == iwona
    with pytest.raises(ValidationError):
        lift_hold(hold, reason="jeszcze raz", by=iwona, now=NOW)
    assert draw_up_list(on=DUE) is not None


def test_a_person_is_held_by_the_number_of_the_record(case, iwona):
    number = str(case.resident_id)
    place_hold(number=number, ground="complaint", reason="skarga", review_on=DUE, by=iwona, now=NOW)
    assert draw_up_list(on=DUE) is None


def test_whoever_may_not_hold_does_not(case, tomek):
    with pytest.raises(PermissionDenied):
        place_hold(number=case.case_sign, ground="court", reason="x", review_on=DUE, by=tomek, now=NOW)


@pytest.mark.parametrize("rows", [1, 12])
def test_the_page_of_a_list_asks_as_often_for_many_lines(tomek, iwona, client, rows, django_assert_max_num_queries):
    make_rule()
    for _case in range(rows):
        closed_case(tomek)
    made = draw_up_list(on=DUE)
    sign_in_as(client, iwona)
    with django_assert_max_num_queries(22):
        client.get(page(made))


def test_a_long_list_says_each_rule_once_and_leads_from_a_line_to_taking_it_off(made, danuta, client):
    first = made.lines.first()
    for number in range(3):
        made.lines.create(
            kind=first.kind, object_id=9000 + number, number=f"CUS.1.{number}", ended_on=first.ended_on,
            kept_until=first.kept_until, rule=first.rule,
        )  # fmt: skip
    sign_in_as(client, danuta)
    html = client.get(page(made)).content.decode()
    assert html.count(first.rule.legal_source) == 1
    assert "CUS.1.2 zakończono" in re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))
    last = made.lines.last()
    assert f'href="{move(made, "take_off")}?line={last.pk}"' in html
    assert f'value="{last.pk}" selected' in client.get(move(made, "take_off"), {"line": last.pk}).content.decode()
