"""Five referrals in one go, each with its own consent: written together, looked at, and sent each for itself."""

from datetime import timedelta

import pytest
from django.urls import reverse

from coordination.actions import referrals
from coordination.models import Plan, Referral
from residents.models import Consent
from tests import personas
from tests.coordination_world import make_consent, make_draft, make_plan, make_referral
from tests.factories import NOW, TODAY

pytestmark = [pytest.mark.database, pytest.mark.django_db]
S = Referral.Status


def written(**fields):
    """Return what the form sends: a consent signed today that covers name and phone."""
    return {
        "kind": "service_referral",
        "priority": "routine",
        "disclosed_fields": ["name", "phone"],
        "basis": "new",
        "consent_for": "help",
        "consent_form": "written",
        "consent_given_on": f"{TODAY:%d.%m.%Y}",
    } | fields


def several(case):
    return reverse("coordination:referrals_new", args=[case.pk])


def drafts(case):
    return reverse("coordination:referral_drafts", args=[case.pk])


def keys(referrals):
    return [f"{referral.pk}:{referral.version}" for referral in referrals]


def test_items_of_the_plan_and_other_institutions_become_drafts_each_with_its_consent(case, tomek, clinic, sign_in):
    plan = make_plan(case, status=Plan.Status.APPROVED, items=3)
    client = sign_in(tomek)
    page = client.get(several(case))
    assert page.context["form"]["items"].value() == [item.pk for item in plan.items.order_by("position")]
    data = written(items=[item.pk for item in plan.items.all()], receivers=[clinic.pk], need="Rehabilitacja w domu.")
    data["wanted_outcome"] = "Chodzi o kulach."
    assert client.post(several(case), data).url == drafts(case)
    written_down = list(case.referrals.order_by("pk"))
    assert [referral.receiver.short_name for referral in written_down] == ["PCPR"] * 3 + ["SP ZOZ"]
    assert [referral.wanted_outcome for referral in written_down] == ["Cel 1", "Cel 2", "Cel 3", "Chodzi o kulach."]
    assert [referral.plan_item and referral.plan_item.goal for referral in written_down][2:] == ["Cel 3", None]
    assert Consent.objects.filter(data_fields=["name", "phone"], given_on=TODAY).count() == 2  # one for a receiver
    shown = client.get(drafts(case)).content.decode()
    assert shown.count("600 100 200") >= 4  # what each will read
    sent = client.post(drafts(case), {"draft": keys(written_down)})
    assert sent.url == case.get_absolute_url()
    assert {referral.status for referral in case.referrals.all()} == {S.SENT}
    assert "Wysłano 4 skierowania." in client.get(sent.url).content.decode()
    assert not list(client.get(several(case)).context["form"].fields.get("items", []))  # all are on their way


def test_only_what_is_ticked_goes_out_and_what_cannot_go_stays_with_the_reason(case, tomek, pcpr, clinic, sign_in):
    client = sign_in(tomek)
    client.post(several(case), written(receivers=[pcpr.pk, clinic.pk], need="Poradnictwo."))
    to_pcpr, to_clinic = case.referrals.order_by("receiver__code")
    Consent.objects.filter(pk=to_pcpr.consent_id).update(
        valid_until=TODAY - timedelta(days=1), given_on=TODAY - timedelta(days=9)
    )
    answer = client.post(drafts(case), {"draft": keys([to_pcpr])}, follow=True).content.decode()
    assert f"{to_pcpr.number}, PCPR: Ta zgoda" in answer
    assert set(case.referrals.values_list("status", flat=True)) == {S.DRAFT}
    client.post(drafts(case), {"draft": keys([to_pcpr, to_clinic])})
    to_pcpr.refresh_from_db()
    to_clinic.refresh_from_db()
    assert (to_pcpr.status, to_clinic.status) == (S.DRAFT, S.SENT)


def test_a_draft_changed_meanwhile_is_not_sent_as_it_was_seen(case, tomek, pcpr, sign_in):
    client = sign_in(tomek)
    client.post(several(case), written(receivers=[pcpr.pk], need="Poradnictwo."))
    draft = case.referrals.get()
    seen = keys([draft])
    Referral.objects.update(version=draft.version + 1)
    client.post(drafts(case), {"draft": seen})
    draft.refresh_from_db()
    assert draft.status == S.DRAFT


@pytest.mark.parametrize("key", ["", "x", "1", "1:x", f"{10**30}:1", "²:1", "1:²", f"1:{10**30}"])
def test_nonsense_sends_nothing(key, case, tomek, pcpr, sign_in):
    client = sign_in(tomek)
    client.post(several(case), written(receivers=[pcpr.pk], need="Poradnictwo."))
    assert client.post(drafts(case), {"draft": [key]}).status_code == 302
    assert case.referrals.get().status == S.DRAFT


def test_either_all_drafts_are_written_or_none_and_nothing_typed_is_lost(case, tomek, pcpr, clinic, sign_in):
    open_one = make_draft(case, pcpr)
    Referral.objects.filter(pk=open_one.pk).update(service=None)
    open_one.refresh_from_db()
    referrals.send_referral(open_one, by=tomek, now=NOW)
    page = sign_in(tomek).post(several(case), written(receivers=[clinic.pk, pcpr.pk], need="Poradnictwo dla rodziny."))
    assert open_one.number in page.content.decode()
    assert "Poradnictwo dla rodziny." in page.content.decode()
    assert list(case.referrals.all()) == [open_one]
    assert Consent.objects.count() == 1


def test_consents_already_there_carry_their_referrals_and_a_missing_one_is_named(case, tomek, pcpr, clinic, sign_in):
    known = make_consent(case, pcpr)
    client = sign_in(tomek)
    data = written(basis="known", receivers=[pcpr.pk, clinic.pk], need="Poradnictwo.")
    assert (
        "Nie ma ważnej zgody na przekazanie w tym celu tych danych do: SP ZOZ."
        in client.post(several(case), data).content.decode()
    )
    client.post(several(case), data | {"receivers": [pcpr.pk]})
    assert case.referrals.get().consent == known


def test_a_consent_written_down_anew_with_another_draft_stays_one(case, tomek, pcpr, sign_in):
    client, data = sign_in(tomek), written(receivers=[pcpr.pk], need="Poradnictwo.")
    for _twice in range(2):
        client.post(several(case), data)
        draft = case.referrals.get(status=S.DRAFT)
        assert draft.consent == Consent.objects.get()
        referrals.discard_referral(draft, by=tomek, now=NOW, reason="pomyłka")
    client.post(several(case), data | {"consent_form": "oral"})
    assert case.referrals.get(status=S.DRAFT).consent != draft.consent


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Wybierz co najmniej jedną instytucję."),
        ({"receivers": ["pcpr"]}, "Napisz, o co je prosisz."),
        ({"receivers": ["centre"], "need": "x"}, "Wybierz poprawną wartość"),
        ({"receivers": ["pcpr"], "need": "x", "consent_given_on": ""}, "Zapisując zgodę teraz, podaj także to."),
    ],
)
def test_what_is_missing_is_said_at_its_place(fields, words, case, tomek, pcpr, centre, sign_in):
    named = {"pcpr": pcpr.pk, "centre": centre.pk}
    fields = fields | {"receivers": [named[name] for name in fields.get("receivers", [])]}
    assert words in sign_in(tomek).post(several(case), written(**fields)).content.decode()


@pytest.mark.parametrize("number", [1, 12])
def test_the_drafts_cost_the_same_for_one_and_for_twelve(number, case, tomek, pcpr, sign_in, django_assert_num_queries):
    for _number in range(number):
        make_referral(case, pcpr, status=S.DRAFT)
    client = sign_in(tomek)
    with django_assert_num_queries(14):
        client.get(drafts(case))


def test_neither_a_colleague_of_another_case_nor_a_stranger_gets_in(case, pcpr, sign_in):
    make_referral(case, pcpr, status=S.DRAFT)
    for name in ("kasia", "ewa"):
        client = sign_in(personas.person(name))
        assert client.get(several(case)).status_code == 404
        assert client.post(drafts(case), {"draft": "1:1"}).status_code == 404


def test_from_a_draft_that_was_changed_a_way_leads_back_to_the_others(case, tomek, clinic, pcpr, sign_in):
    alone = make_draft(case, clinic)
    client = sign_in(tomek)
    assert drafts(case) not in client.get(alone.get_absolute_url()).content.decode()
    make_draft(case, pcpr)
    page = client.get(alone.get_absolute_url()).content.decode()
    assert f'href="{drafts(case)}">Wróć do wszystkich szkiców tej sprawy: czeka jeszcze 1</a>' in page
    referrals.send_referral(alone, by=tomek, now=NOW)
    assert drafts(case) not in client.get(alone.get_absolute_url()).content.decode()
