"""Notes on a case and confidential files: who reads which, nobody's words lost, and nothing of them leaks."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from coordination.copies import copy_of, pieces_of
from coordination.removal import blank_case, drop_case
from cus_portal.audit.models import AuditEvent
from residents.actions import assign_case, join_team, keep_confidential, restrict_file
from residents.actions.notes import ChangedMeanwhile, change_note, write_note
from residents.models import AssessmentDraft, Attachment, CaseNote
from tests import personas
from tests.coordination_world import make_case
from tests.desk import move, page, words
from tests.factories import NOW, TODAY, make_request
from tests.signing import sign_in_as

Sight = CaseNote.Sight
SECRET = "Zażółć-gęślą"


@pytest.fixture(autouse=True)
def that_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def case(tomek, ola, kasia):
    """Tomek's case, on whose team is the clerk Ola; Kasia stands in for Tomek."""
    case = make_case(tomek)
    join_team(case, user=ola, role="nurse", valid_from=TODAY, by=tomek, now=NOW)
    join_team(case, user=kasia, role="deputy", valid_from=TODAY, by=tomek, now=NOW)
    return case


def write(case, by, sight=Sight.TEAM, text=SECRET, token=None):
    by = personas.person(by) if isinstance(by, str) else by
    return write_note(case, text=text, sight=sight, token=token or uuid4(), by=by, now=NOW)


def address(case, note=None):
    name, args = ("note", [case.pk, note.pk]) if note else ("note_new", [case.pk])
    return reverse(f"admin:residents_case_{name}", args=args)


def readers(note):
    """Return who reads the note, by the list and by the rule: both say the same."""
    found = set()
    for name in [*personas.PEOPLE, "root"]:
        user = personas.person(name)
        listed = CaseNote.objects.visible_to(user).filter(pk=note.pk).exists()
        assert listed == user.has_perm("residents.view_casenote", note), name
        found |= {name} if listed else set()
    return found


# -- notes: who reads which -------------------------------------------------------------------------------------------
WHO_READS = {
    Sight.TEAM: {"ola", "tomek", "kasia", "beata", "danuta"},
    Sight.FEW: {"ola", "tomek", "kasia", "danuta"},
    Sight.PRIVATE: {"ola"},
}


def test_a_note_is_read_by_those_whom_it_names_and_by_nobody_else(case):
    notes = {sight: write(case, "ola", sight, f"{SECRET} {sight}.") for sight in WHO_READS}
    assert {sight: readers(note) for sight, note in notes.items()} == WHO_READS
    for name in ("tomek", "beata", "danuta"):
        client = sign_in_as(Client(), personas.person(name))
        shown = words(client.get(page(case)))
        for sight, note in notes.items():
            assert (note.text in shown) is (name in WHO_READS[sight])
            assert client.get(address(case, note)).status_code == (200 if name in WHO_READS[sight] else 404)


def test_of_a_restricted_case_only_those_let_in_read_the_notes(case):
    note = write(case, "ola")
    restrict_file(case, kind="violence", by=case.coordinator, now=NOW)
    assert readers(CaseNote.objects.get(pk=note.pk)) == {"tomek", "kasia", "danuta"}


def test_after_a_hand_over_the_author_reads_not_even_his_private_note_any_more(case, tomek, kasia):
    note = write(case, "tomek", Sight.PRIVATE)
    assign_case(case, coordinator=kasia, by=tomek, now=NOW)
    assert readers(CaseNote.objects.get(pk=note.pk)) == set()


@pytest.mark.parametrize("name", ["beata", "danuta", "iwona", "ewa", "root", "stranger"])
def test_who_does_not_work_on_the_case_writes_no_note(case, name):
    with pytest.raises(PermissionDenied):
        write(case, name)
    assert not CaseNote.objects.exists()


def test_the_officer_sees_in_the_log_that_a_private_note_was_written_and_not_what_it_says(case, client, iwona):
    note = write(case, "ola", Sight.PRIVATE)
    event = AuditEvent.objects.get(action="casenote.write")
    assert (event.object_id, event.facts["sight"], SECRET in str(event.facts)) == (note.pk, "private", False)
    shown = words(sign_in_as(client, iwona).get(reverse("admin:audit_auditevent_changelist")))
    assert "Ola Wrona" in shown
    assert SECRET not in shown


def test_the_copy_of_ones_data_tells_that_a_private_note_exists_and_the_officer_decides_on_the_others(case):
    write(case, "ola", Sight.PRIVATE, "Zażółć prywatna.")
    write(case, "ola", Sight.FEW, "Zażółć poufna.")
    (piece,) = [one for one in pieces_of(case.resident) if "Zażółć" in one.text]
    assert (piece.text, piece.by_other) == ("Zażółć poufna.", True)
    said = str(copy_of(case.resident, left_out=[piece.key], on=TODAY))
    assert "Zażółć" not in said
    assert "tylko do wiadomości autora" in said


# -- notes: written and changed ---------------------------------------------------------------------------------------
def test_the_same_note_sent_twice_is_one(case):
    token = uuid4()
    assert write(case, "ola", token=token) == write(case, "ola", token=token)
    assert CaseNote.objects.count() == AuditEvent.objects.filter(action="casenote.write").count() == 1


def test_nobody_writes_over_a_version_he_has_not_seen(case, tomek, ola):
    note = write(case, "ola")
    change_note(note, text="Druga.", sight=note.sight, seen=1, by=tomek, now=NOW)
    with pytest.raises(ChangedMeanwhile) as refused:
        change_note(note, text="Trzecia.", sight=note.sight, seen=1, by=ola, now=NOW)
    assert refused.value.now_says.text == "Druga."
    note.refresh_from_db()
    assert (note.text, note.version, note.changed_by) == ("Druga.", 2, tomek)


def test_only_the_author_says_who_else_reads_a_note(case, tomek):
    note = write(case, "ola", Sight.FEW)
    with pytest.raises(ValidationError):
        change_note(note, text=note.text, sight=Sight.TEAM, seen=1, by=tomek, now=NOW)
    note.refresh_from_db()
    assert note.sight == Sight.FEW


def test_where_somebody_was_faster_both_versions_are_shown_and_the_next_try_writes(case, sign_in, tomek, ola):
    note, client = write(case, "ola"), sign_in(ola)
    form = client.get(address(case, note)).context["form"]
    change_note(note, text="Co napisał Tomek.", sight=note.sight, seen=1, by=tomek, now=NOW)
    typed = {"text": "Co napisała Ola.", "sight": "team", "seen": form["seen"].value(), "token": str(uuid4())}
    shown = client.post(address(case, note), typed)
    assert "Co napisał Tomek." in words(shown)
    assert shown.context["form"]["text"].value() == "Co napisała Ola."
    answer = client.post(address(case, note), typed | {"seen": shown.context["form"]["seen"].value()})
    assert answer.status_code == 302
    note.refresh_from_db()
    assert (note.text, note.version) == ("Co napisała Ola.", 3)


def test_what_is_typed_is_kept_as_a_draft_until_it_is_written(case, sign_in, ola):
    client, draft = sign_in(ola), reverse("admin:residents_case_note_draft", args=[case.pk, 0])
    assert client.post(draft, {"text": "Pół zda"}).status_code == 200
    assert client.get(address(case)).context["form"]["text"].value() == "Pół zda"
    client.post(address(case), {"text": "Całe.", "sight": "private", "seen": 0, "token": str(uuid4())})
    assert (CaseNote.objects.get().text, AssessmentDraft.objects.count()) == ("Całe.", 0)
    other = write(case, "tomek", Sight.PRIVATE)
    draft = reverse("admin:residents_case_note_draft", args=[case.pk, other.pk])
    assert client.post(draft, {"text": "…"}).status_code == 404


@pytest.mark.parametrize("rows", [1, 12])
def test_the_page_of_a_case_asks_the_database_the_same_number_of_times(
    case, sign_in, tomek, rows, django_assert_num_queries
):
    for number in range(rows):
        write(case, "ola", text=f"Notatka {number}")
        join_team(case, name=f"Jan {number}", role="close", valid_from=TODAY, by=tomek, now=NOW)
    client = sign_in(tomek)
    client.get(page(case))
    with django_assert_num_queries(35):
        client.get(page(case))


def test_with_the_case_its_notes_are_taken_out(case):
    write(case, "ola")
    blank_case(case.pk)
    assert SECRET not in CaseNote.objects.get().text
    drop_case(case.pk)
    assert not CaseNote.objects.exists()


# -- confidential files -----------------------------------------------------------------------------------------------
@pytest.fixture
def file(case, tmp_path, settings):
    settings.STORAGES["private"]["OPTIONS"]["location"] = tmp_path
    facts = {"name": f"{SECRET}.pdf", "content_type": "application/pdf", "size": 1, "sha256": "x"}
    return Attachment.objects.create(request=case.requests.get(), file=ContentFile(b"x", "x.pdf"), **facts)


def openers(file):
    found = set()
    for name in [*personas.PEOPLE, "root"]:
        user = personas.person(name)
        listed = Attachment.objects.visible_to(user).filter(pk=file.pk).exists()
        assert listed == user.has_perm("residents.view_attachment", file), name
        found |= {name} if listed else set()
    return found


def test_a_confidential_file_is_opened_by_the_team_only_and_each_opening_is_kept(case, file, sign_in, tomek, beata):
    assert openers(file) == {"ola", "tomek", "kasia", "beata", "danuta"}
    request, client = file.request, sign_in(tomek)
    assert client.post(move(request, "confide"), {"files": [file.pk], "version": request.version}).status_code == 302
    file.refresh_from_db()
    assert openers(file) == {"ola", "tomek", "kasia"}
    url = reverse("admin:residents_servicerequest_file", args=[request.pk, file.pk])
    assert b"".join(client.get(url).streaming_content) == b"x"
    reads = AuditEvent.objects.filter(object_type="residents.attachment", object_id=file.pk)
    assert list(reads.order_by("id").values_list("action", "actor")) == [
        ("attachment.confide", tomek.pk), ("read", tomek.pk),
    ]  # fmt: skip
    client = sign_in(beata)
    assert client.get(url).status_code == 404
    for shown in (page(request), page(case)):
        assert SECRET not in words(client.get(shown))
    assert client.get(move(request, "confide")).status_code == 302


def test_who_is_not_of_the_team_neither_confides_nor_opens_again(case, file, beata, danuta, tomek):
    keep_confidential(file.request, files=[file], by=tomek, now=NOW)
    for who in (beata, danuta):
        with pytest.raises(PermissionDenied):
            keep_confidential(file.request, files=[], by=who, now=NOW)
    file.refresh_from_db()
    assert file.is_confidential
    keep_confidential(file.request, files=[], by=tomek, now=NOW)
    file.refresh_from_db()
    assert not file.is_confidential


def test_before_there_is_a_case_whoever_took_the_request_up_keeps_its_files(file, ola, tomek):
    request = make_request()
    type(request).objects.filter(pk=request.pk).update(assigned_to=ola)
    Attachment.objects.filter(pk=file.pk).update(request=request)
    file, request = Attachment.objects.get(), type(request).objects.get(pk=request.pk)
    keep_confidential(request, files=[file], by=ola, now=NOW + timedelta(minutes=1))
    file.refresh_from_db()
    assert openers(file) == {"ola"}


def test_older_notes_and_older_history_are_one_step_away(case, tomek, ola, client, sign_in, monkeypatch):
    """A page shows the newest; what is older is reached from it, and what another may not read stays out of both."""
    monkeypatch.setattr("residents.admin.notes.NOTES_SHOWN", 2)
    monkeypatch.setattr("cus_portal.admin.HISTORY_ROWS", 4)
    for number in range(5):
        write(case, tomek, text=f"notatka {number}")
    write(case, tomek, sight=Sight.PRIVATE)
    sign_in(ola)
    seen, address = [], case.get_absolute_url()
    while address:
        shown = client.get(address).content.decode()
        seen += re.findall(r"notatka \d", shown)
        following = re.search(r'href="(\?notatki=[^"&]+)#notatki" rel="next"', shown)
        address = following and case.get_absolute_url() + following[1]
    assert seen == [f"notatka {number}" for number in (4, 3, 2, 1, 0)]
    first = client.get(case.get_absolute_url())
    assert [row["sentence"] for row in first.context["history"]] == ["Napisano notatkę"] * 4
    older = client.get(case.get_absolute_url(), {"historia": first.context["history_part"].following})
    assert [row["sentence"] for row in older.context["history"]][0] == "Napisano notatkę"
    assert first.context["history"] != older.context["history"]


def test_the_timeline_of_a_case_says_when_a_note_was_changed(case, tomek, client, sign_in):
    note = write(case, tomek)
    change_note(note, text="inaczej", sight=Sight.TEAM, seen=note.version, by=tomek, now=NOW)
    sign_in(tomek)
    lines = [row["sentence"] for row in client.get(case.get_absolute_url()).context["history"]]
    assert lines[:2] == ["Zmieniono notatkę", "Napisano notatkę"]
    assert SECRET not in words(client.get(case.get_absolute_url())).partition("Historia")[2]
