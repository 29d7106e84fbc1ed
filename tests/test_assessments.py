"""Recognising needs: versions that nobody writes over, drafts kept while one types, one effect of a retry."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from coordination.copies import pieces_of
from coordination.removal import blank_case
from cus_portal.audit.models import AuditEvent
from residents.actions import assign_case, close_case
from residents.actions.assessments import (
    WrittenMeanwhile,
    keep_assessment_draft,
    write_assessment,
)
from residents.models import AssessmentDraft, NeedsAssessment
from tests.desk import now, page, words
from tests.factories import make_case

pytestmark = pytest.mark.django_db
TOLD = {"place": "stays", "situation": "Mieszka sama.", "needs": "Zakupy i rozmowa.", "wishes": "Zostać u siebie."}


@pytest.fixture
def case(tomek):
    return make_case(coordinator=tomek)


def facts(**more):
    today = timezone.localdate()
    days = {"held_on": today, "valid_until": today + timedelta(days=365)}
    return {"seen": 0, "token": uuid4()} | TOLD | days | more


def write(case, by, **more):
    return write_assessment(case, **facts(**more), by=by, now=now())


def typed(**more):
    said = facts(**more)
    return {name: f"{value:%d.%m.%Y}" if name.endswith(("_on", "_until")) else value for name, value in said.items()}


def address(case, name="assess"):
    return reverse(f"admin:residents_case_{name}", args=[case.pk])


def test_a_talk_is_written_down_as_a_version_and_the_next_one_leaves_it_as_it_is(sign_in, case, tomek):
    client = sign_in(tomek)
    answer = client.post(address(case), typed())
    first = NeedsAssessment.objects.get()
    assert answer.url == first.get_absolute_url()
    assert "Zakupy i rozmowa." in words(client.get(answer.url))
    form = client.get(address(case)).context["form"]
    assert (form["needs"].value(), form["seen"].value()) == ("Zakupy i rozmowa.", 1)
    client.post(address(case), typed(seen=1, needs="Zakupy, rozmowa i leki."))
    assert list(case.assessments.values_list("number", "needs")) == [(2, "Zakupy, rozmowa i leki."), (1, first.needs)]
    shown = words(client.get(page(case)))
    assert "Wersja 2, rozmowa z dnia" in shown
    assert "ważne do" in shown
    begun = client.get(reverse("admin:residents_case_move", args=[case.pk, "draft_plan"])).context["form"]
    assert begun["needs"].value() == "Zakupy, rozmowa i leki."  # what was recognised is not typed again
    assert AuditEvent.objects.filter(action="case.assess", object_id=case.pk).count() == 2


def test_case_69_the_same_sent_again_over_a_weak_signal_is_written_once(sign_in, case, tomek):
    client, said = sign_in(tomek), typed()
    first, second = client.post(address(case), said), client.post(address(case), said)
    assert first.url == second.url
    assert NeedsAssessment.objects.count() == 1


def test_case_43_nobody_writes_over_a_version_he_has_not_seen_and_both_are_shown(sign_in, case, tomek, kasia, danuta):
    client = sign_in(tomek)
    write(case, tomek, needs="Od Tomka.")
    assign_case(case, coordinator=kasia, by=danuta, now=now())
    client = sign_in(kasia)
    answer = client.post(address(case), typed(seen=0, needs="Od Kasi."))
    shown = answer.content.decode()
    assert "Od Tomka." in shown
    assert "Od Kasi." in shown
    assert case.assessments.get().needs == "Od Tomka."
    again = typed(seen=answer.context["form"]["seen"].value(), needs="Od Kasi i od Tomka.")
    assert client.post(address(case), again).status_code == 302
    assert case.assessments.first().needs == "Od Kasi i od Tomka."
    with pytest.raises(WrittenMeanwhile):
        write(case, kasia, seen=1)


def test_what_is_typed_is_kept_as_a_draft_of_its_author_alone_until_it_is_written(sign_in, case, tomek, kasia, danuta):
    client = sign_in(tomek)
    saved = client.post(address(case, "assess_draft"), {"needs": "Zaku", "held_on": "12", "seen": "0"})
    assert "Wersja robocza zapisana o" in saved.content.decode()
    draft = AssessmentDraft.objects.get()
    assert "Zaku" not in str(AssessmentDraft.objects.extra(select={"raw": "said::text"}).values_list("raw").get())
    form = client.get(address(case)).context["form"]
    assert (form["needs"].value(), form["held_on"].value()) == ("Zaku", "12")
    assert client.post(address(case, "assess_draft"), {"draft": "1", "needs": "Zakupy"}).url == address(case)
    assign_case(case, coordinator=kasia, by=danuta, now=now())
    shown = sign_in(kasia).get(address(case))
    assert "Tomek Lis ma otwarty ten formularz" in words(shown)
    assert "Zakupy" not in shown.content.decode()
    write(case, kasia)
    assert AssessmentDraft.objects.get().pk == draft.pk
    assign_case(case, coordinator=tomek, by=danuta, now=now())
    write(case, tomek, seen=1)
    assert not AssessmentDraft.objects.exists()


@pytest.mark.parametrize("name", ["ola", "kasia", "beata", "danuta"])
def test_only_the_coordinator_of_an_open_case_writes(case, tomek, name, request):
    with pytest.raises(PermissionDenied):
        write(case, request.getfixturevalue(name))
    with pytest.raises(PermissionDenied):
        keep_assessment_draft(case, said={}, by=request.getfixturevalue(name), now=now())
    close_case(case, reason="resigned", summary="Rezygnacja.", by=tomek, now=now())
    with pytest.raises(PermissionDenied):
        write(case, tomek)
    assert not NeedsAssessment.objects.exists()


@pytest.mark.parametrize(("days", "field"), [({"held_on": 1}, "held_on"), ({"valid_until": 0}, "valid_until")])
def test_a_talk_was_held_and_holds_for_some_time(case, tomek, days, field):
    today = timezone.localdate()
    with pytest.raises(ValidationError) as refused:
        write(case, tomek, **{name: today + timedelta(days=count) for name, count in days.items()})
    assert field in refused.value.message_dict


def test_it_is_in_the_copy_of_ones_data_and_goes_with_the_case(case, tomek):
    write(case, tomek)
    assert "Mieszka sama." in {piece.text for piece in pieces_of(case.resident)}
    keep_assessment_draft(case, said={"needs": "x"}, by=tomek, now=now())
    blank_case(case.pk)
    left = case.assessments.get()
    assert "Mieszka" not in left.situation + left.needs + left.wishes
    assert not AssessmentDraft.objects.exists()
