"""Documents of a case that go along with a referral: chosen, consented to, opened by whom they were sent to."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.urls import reverse

from coordination.actions import referrals
from coordination.models import Referral
from cus_portal.audit.models import AuditEvent
from residents.models import Attachment, Consent
from tests import personas
from tests.coordination_world import make_case, make_draft, make_referral
from tests.desk import PDF
from tests.factories import NOW, TODAY

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def make_paper(case, name="orzeczenie.pdf", **fields):
    facts = {"content_type": "application/pdf", "size": len(PDF), "sha256": "0" * 64}
    return Attachment.objects.create(
        request=case.requests.get(), name=name, file=ContentFile(PDF, name), **facts | fields
    )


def address(referral, paper):
    return reverse("coordination:referral_document", args=[referral.pk, paper.pk])


def body(response):
    return b"".join(response.streaming_content)


def test_the_receiver_opens_what_was_chosen_and_nothing_else(case, pcpr, ewa, tomek, sign_in):
    chosen, kept_back = make_paper(case), make_paper(case, "wypis.pdf")
    referral = make_referral(case, pcpr, attachments=[chosen])
    client = sign_in(ewa)
    assert client.get(address(referral, chosen)).status_code == 404  # the envelope is shut
    referrals.mark_opened(referral, by=ewa, now=NOW)
    page = client.get(referral.get_absolute_url()).content.decode()
    assert "orzeczenie.pdf" in page
    assert "wypis.pdf" not in page
    answer = client.get(address(referral, chosen))
    assert (body(answer), answer["Cache-Control"]) == (PDF, "private, no-store")
    assert client.get(address(referral, kept_back)).status_code == 404
    read = AuditEvent.objects.filter(action="read", object_type="residents.attachment", object_id=chosen.pk)
    assert [event.actor_id for event in read] == [ewa.pk]
    assert body(sign_in(tomek).get(address(referral, chosen))) == PDF


def test_nobody_else_opens_it_and_nobody_once_it_is_taken_back(case, pcpr, ewa, tomek, sign_in):
    paper = make_paper(case)
    referral = make_referral(case, pcpr, attachments=[paper], opened=True)
    for name in ("bartek", "kasia"):
        assert sign_in(personas.person(name)).get(address(referral, paper)).status_code == 404
    referrals.withdraw_referral(referral, by=tomek, now=NOW, reason="zmiana planu")
    assert sign_in(ewa).get(address(referral, paper)).status_code == 404


@pytest.mark.parametrize("check", ["waiting", "infected"])
def test_what_is_in_quarantine_neither_goes_along_nor_opens(check, case, pcpr, ewa, sign_in):
    paper = make_paper(case, virus_check=check)
    with pytest.raises(ValidationError, match="innej sprawy"):
        make_draft(case, pcpr, attachments=[paper])
    clean = make_paper(case)
    referral = make_referral(case, pcpr, attachments=[clean], opened=True)
    Attachment.objects.filter(pk=clean.pk).update(virus_check=check)
    assert sign_in(ewa).get(address(referral, clean)).status_code == 404


def test_a_document_of_another_case_cannot_go_along(case, pcpr, tomek):
    with pytest.raises(ValidationError, match="innej sprawy"):
        make_draft(case, pcpr, attachments=[make_paper(make_case(tomek))])
    assert not Referral.objects.exists()


def test_the_consent_must_cover_documents(case, pcpr, tomek, sign_in):
    paper = make_paper(case)
    client = sign_in(tomek)
    data = {
        "receiver": pcpr.pk,
        "kind": "service_referral",
        "priority": "routine",
        "need": "Rehabilitacja.",
        "disclosed_fields": ["name"],
        "basis": "new",
        "consent_for": "help",
        "consent_form": "written",
        "consent_given_on": f"{TODAY:%d.%m.%Y}",
    }
    answer = client.post(reverse("coordination:referral_new", args=[case.pk]), data | {"attachments": [paper.pk]})
    assert answer.status_code == 302, answer.context["form"].errors
    referral, consent = case.referrals.get(), Consent.objects.get()
    assert consent.data_fields == ["name", "documents"]
    assert "Dokumenty" in consent.data_scope
    edit = client.get(reverse("coordination:referral_edit", args=[referral.pk])).context["form"]
    assert edit["attachments"].value() == [paper.pk]
    Consent.objects.update(data_fields=["name"])
    referral.refresh_from_db()
    with pytest.raises(ValidationError, match="Dokumenty"):
        referrals.send_referral(referral, by=tomek, now=NOW)
    Consent.objects.update(data_fields=["name", "documents"])
    referral.refresh_from_db()
    referrals.send_referral(referral, by=tomek, now=NOW)
    assert referral.disclosed["documents"] == "orzeczenie.pdf"


def test_a_confidential_document_is_opened_by_its_receiver_and_the_team_only(case, pcpr, ewa, tomek, danuta, sign_in):
    paper = make_paper(case, is_confidential=True)
    referral = make_referral(case, pcpr, attachments=[paper], opened=True)
    for reader in (ewa, tomek):
        assert body(sign_in(reader).get(address(referral, paper))) == PDF
    assert sign_in(danuta).get(address(referral, paper)).status_code == 404


def test_the_page_to_send_names_the_documents_and_the_page_to_close_says_how_it_ended(case, pcpr, tomek, sign_in):
    paper, client = make_paper(case), sign_in(tomek)
    draft = make_draft(case, pcpr, attachments=[paper])
    assert str(paper) in client.get(reverse("coordination:referral_move", args=[draft.pk, "send"])).content.decode()
    ended = make_referral(case, pcpr, status="rejected")
    shown = client.get(reverse("coordination:referral_move", args=[ended.pk, "acknowledge"])).content.decode()
    assert ended.get_reject_reason_display() in shown
    assert ended.closing_note in shown
