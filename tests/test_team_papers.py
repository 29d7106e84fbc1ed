"""Papers that the team puts to a case, and how they go along with an answer to an institution's question."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from coordination.actions import consents, referrals
from coordination.actions.chains import redirect_referral
from coordination.actions.papers import papers_of
from coordination.models import Referral
from residents.actions.consents import withdraw_consent
from residents.actions.requests import keep_files
from residents.models import Attachment, Consent
from residents.tracking import public_steps
from tests.coordination_world import make_draft
from tests.factories import NOW, TODAY
from tests.intake import PDF, scan
from tests.test_coordination_links import fresh

pytestmark = pytest.mark.django_db
S = Referral.Status


@pytest.fixture(autouse=True)
def november(time_machine, private_files):
    time_machine.move_to(NOW)


def adding(case):
    return reverse("admin:residents_case_move", args=[case.pk, "add_papers"])


def added(case, client, *files):
    return client.post(adding(case), {"files": files, "version": case.version})


def test_what_the_team_adds_is_read_by_it_alone_and_named_on_no_status_page(case, tomek, ola, danuta, sign_in):
    client = sign_in(tomek)
    assert adding(case) in client.get(case.get_absolute_url()).content.decode()
    assert added(case, client, scan("wypis.pdf"), scan("orzeczenie.pdf")).status_code == 302
    papers = Attachment.objects.filter(request=case.requests.get())
    assert {paper.name for paper in papers} == {"wypis.pdf", "orzeczenie.pdf"}
    assert set(papers_of(case)) == set(papers)
    assert "wypis.pdf" in client.get(case.get_absolute_url()).content.decode()
    for other in (ola, danuta):
        assert not Attachment.objects.visible_to(other).exists()
    assert public_steps(case.requests.get(), TODAY).files == []
    assert keep_files(case.requests.get(), [scan("od osoby.pdf")], held=2)
    assert [file["name"] for file in public_steps(case.requests.get(), TODAY).files] == ["od osoby.pdf"]


def test_no_false_file_is_kept_and_nobody_else_adds_one(case, tomek, kasia, ewa, sign_in):
    refused = added(case, sign_in(tomek), scan("zdjecie.pdf", b"MZ\x90 program"))
    assert refused.context["form"].errors["files"]
    assert added(case, sign_in(tomek)).context["form"].errors["files"]
    for other in (kasia, ewa):
        assert added(case, sign_in(other), scan()).status_code in (302, 404)
    assert not Attachment.objects.exists()


@pytest.fixture
def asked(case, pcpr, ewa, tomek):
    """A referral on whose narrow consent no document may go along, with the institution's question for one."""
    said = {"receiver": pcpr, "form": "written", "given_on": TODAY, "purpose": "help"}
    narrow = consents.record_consent(case, by=tomek, now=NOW, data_fields=["name", "phone"], **said)
    referral = referrals.send_referral(make_draft(case, pcpr, consent=narrow), by=tomek, now=NOW)
    referrals.mark_opened(referral, by=ewa, now=NOW)
    return referrals.ask_sender(referral, by=ewa, now=NOW, text="Poproszę orzeczenie.")


def test_an_answer_takes_the_consent_to_its_documents_and_rests_on_it_from_then_on(asked, case, tomek, ewa, sign_in):
    client, url = sign_in(tomek), reverse("coordination:referral_move", args=[asked.pk, "reply"])
    assert "consent_form" not in client.get(url).context["form"].fields
    assert adding(case) in client.get(url).content.decode()
    added(case, client, scan())
    paper, narrow = Attachment.objects.get(), asked.consent
    said = {"text": "W załączeniu.", "attachments": paper.pk, "version": fresh(asked).version}
    assert client.get(url).content.decode().count("(nieobowiązkowe)") == 1  # which documents; how is asked with them
    refused = client.post(url, said)
    assert set(refused.context["form"].errors) == {"consent_form", "consent_given_on"}
    assert set(
        client.post(url, said | {"consent_form": "oral", "consent_given_on": "01.12.2026"}).context["form"].errors
    )
    assert (fresh(asked).status, Consent.objects.count()) == (S.INFO_REQUESTED, 1)
    assert client.post(url, said | {"consent_form": "oral", "consent_given_on": "12.11.2026"}).status_code == 302
    answered = fresh(asked)
    assert (answered.status, list(answered.attachments.all())) == (S.SENT, [paper])
    wider = Consent.objects.exclude(pk=narrow.pk).get()
    assert answered.consent == wider
    assert (wider.form, wider.receiver, wider.data_fields) == ("oral", narrow.receiver, ["name", "phone", "documents"])
    document = reverse("coordination:referral_document", args=[asked.pk, paper.pk])
    assert b"".join(sign_in(ewa).get(document).streaming_content) == PDF
    withdraw_consent(narrow, form="oral", by=tomek, now=NOW)
    assert fresh(asked).status == S.SENT
    withdraw_consent(wider, form="oral", by=tomek, now=NOW)
    assert fresh(asked).status == S.WITHDRAWN


def test_what_went_with_an_answer_is_passed_on_only_by_a_consent_to_documents(asked, case, clinic, tomek, ewa):
    paper = keep_files(case.requests.get(), [scan()], held=0)[0]
    said = {"consent_form": "oral", "consent_given_on": TODAY}
    referrals.reply_to_receiver(asked, by=tomek, now=NOW, text="W załączeniu.", attachments=[paper], **said)
    to_the_clinic = {"receiver": clinic, "form": "oral", "given_on": TODAY, "purpose": "help"}
    consents.record_consent(case, by=tomek, now=NOW, data_fields=["name", "phone"], **to_the_clinic)
    with pytest.raises(ValidationError, match="nie zgodziła się"):
        redirect_referral(fresh(asked), by=ewa, now=NOW, receiver=clinic, reason="to ich zadanie")
    assert (fresh(asked).status, Referral.objects.count()) == (S.SENT, 1)
    consents.record_consent(case, by=tomek, now=NOW, data_fields=["name", "phone", "documents"], **to_the_clinic)
    child = redirect_referral(fresh(asked), by=ewa, now=NOW, receiver=clinic, reason="to ich zadanie")
    assert list(child.attachments.all()) == [paper]


def test_an_answer_in_words_takes_no_consent(asked, case, tomek, sign_in):
    added(case, sign_in(tomek), scan())
    said = {"text": "Nie ma go.", "consent_form": "oral", "consent_given_on": "12.11.2026"}
    url = reverse("coordination:referral_move", args=[asked.pk, "reply"])
    assert sign_in(tomek).post(url, said | {"version": fresh(asked).version}).status_code == 302
    assert (fresh(asked).status, fresh(asked).consent, Consent.objects.count()) == (S.SENT, asked.consent, 1)
