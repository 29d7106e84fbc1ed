"""What the receiver sends back, the sheet on paper, what was only spoken, and what is protected."""

import io
from datetime import timedelta

import pypdf
import pytest
from django.conf import settings
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils.formats import date_format

from coordination import copies
from coordination.actions import referrals
from coordination.actions.institutions import confirm_email
from coordination.actions.papers import take_papers
from coordination.disclosure import usual_confidentiality
from coordination.forms import TakenDown
from coordination.models import Referral, ReferralLink
from coordination.person_page import referrals_of
from coordination.reminders import send_due_reminders
from cus_portal.audit.log import history
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import compose
from residents.actions import restrict_file
from residents.actions.consents import withdraw_consent
from residents.actions.requests import keep_files
from residents.models import Attachment
from residents.tracking import public_steps
from tests import personas
from tests.coordination_world import make_case, make_draft, make_referral
from tests.factories import NOW, TODAY, make_service
from tests.intake import scan
from tests.test_coordination_links import act, deliver_all, fresh, link_in

pytestmark = [pytest.mark.database, pytest.mark.django_db]
S = Referral.Status
PROTECTED = Referral.Confidentiality.PROTECTED
INBOX = reverse("coordination:inbox")


@pytest.fixture(autouse=True)
def november(time_machine, private_files):
    time_machine.move_to(NOW)


def page(referral):
    return referral.get_absolute_url()


def move(referral, name):
    return reverse("coordination:referral_move", args=[referral.pk, name])


def document(referral, paper):
    return reverse("coordination:referral_document", args=[referral.pk, paper.pk])


def printed(content):
    return " ".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(content)).pages)


def status_of(client, url):
    answer = client.get(url)
    if answer.streaming:
        assert b"".join(answer.streaming_content)
    return answer.status_code


# -- files that come back ---------------------------------------------------------------------------
def test_the_receiver_sends_a_file_with_its_question_and_only_the_team_and_it_open_it(
    case, pcpr, ewa, celina, tomek, danuta, sign_in
):
    referral = make_referral(case, pcpr, opened=True)
    client = sign_in(ewa)
    assert 'enctype="multipart/form-data"' in client.get(move(referral, "ask")).content.decode()
    wrong = SimpleUploadedFile("48030500029 notatka.pdf", b"MZ\x90\x00 program")
    asked = {"text": "Czy to ten wypis?", "version": referral.version, "files": wrong}
    assert client.post(move(referral, "ask"), asked).context["form"].errors["files"]
    assert (fresh(referral).status, Attachment.objects.count()) == (S.SENT, 0)
    client.post(move(referral, "ask"), asked | {"files": scan("wypis 48030500029.pdf")})
    paper = referral.returned.get()
    assert fresh(referral).status == S.INFO_REQUESTED
    assert (paper.request, paper.name, paper.is_confidential) == (case.requests.get(), "wypis.pdf", True)
    assert history(referral).get(action="referral.papers").actor == ewa
    opened = {name: status_of(sign_in(personas.person(name)), document(referral, paper)) for name in SEE}
    assert opened == SEE
    assert "wypis.pdf" in [piece.text for piece in copies.pieces_of(case.resident)]
    assert public_steps(paper.request, TODAY).files == []
    take_papers(make_referral(case, pcpr, confidentiality=PROTECTED), [scan("opinia.pdf")], by=ewa)
    assert public_steps(paper.request, TODAY).files == []


SEE = {"ewa": 200, "tomek": 200, "danuta": 404, "celina": 404, "kasia": 404}


def test_a_file_comes_back_by_a_link_and_with_an_answer_taken_down(case, clinic, pcpr, tomek, client, sign_in):
    sent = referrals.send_referral(make_draft(case, clinic), by=tomek, now=NOW)
    deliver_all()
    client.post(link_in(mail.outbox[-1]))
    refusal = {"reject_reason": "no_place", "closing_note": "Brak miejsc.", "ask_instead": "Caritas"}
    act(client, sent, "reject", **refusal, files=scan("wypis.pdf"))
    paper = sent.returned.get()
    assert status_of(client, reverse("referral_link:document", args=[sent.pk, paper.pk])) == 200
    second = make_referral(case, pcpr, opened=True)
    answer = {"planned_start_on": "20.11.2026", "version": second.version, **said("letter")}
    sign_in(tomek).post(reverse("coordination:referral_taken_down", args=[second.pk, "accept"]), answer)
    news = {"text": "Idzie dobrze.", "version": fresh(second).version, "files": scan("skan.pdf"), **said("letter")}
    sign_in(tomek).post(reverse("coordination:referral_taken_down", args=[second.pk, "report"]), news)
    assert second.returned.get().name == "skan.pdf"
    assert status_of(sign_in(tomek), document(sent, second.returned.get())) == 404


def test_the_sender_answers_a_question_with_more_documents_of_the_case(case, pcpr, ewa, celina, tomek, sign_in):
    request = case.requests.get()
    sent, more = keep_files(request, [scan("skierowanie.pdf"), scan("orzeczenie.pdf")], held=0)
    other = keep_files(make_case(tomek).requests.get(), [scan("cudze.pdf")], held=0)[0]
    draft = make_draft(case, pcpr, attachments=[sent])
    referral = referrals.send_referral(draft, by=tomek, now=NOW)
    referrals.mark_opened(referral, by=ewa, now=NOW)
    referrals.ask_sender(referral, by=ewa, now=NOW, text="Poproszę orzeczenie.")
    client, said = sign_in(tomek), {"text": "W załączeniu.", "version": fresh(referral).version}
    offered = client.get(move(referral, "reply")).context["form"].fields["attachments"].queryset
    assert list(offered) == [more]
    assert (
        "attachments" in client.post(move(referral, "reply"), said | {"attachments": other.pk}).context["form"].errors
    )
    Attachment.objects.filter(pk=sent.pk).update(virus_check="infected")  # what went before holds nothing up
    client.post(move(referral, "reply"), said | {"attachments": more.pk})
    assert (fresh(referral).status, set(referral.attachments.all())) == (S.SENT, {sent, more})
    assert history(referral).get(action="referral.enclose").facts == {"files": 1}
    assert status_of(sign_in(ewa), document(referral, more)) == 200
    assert status_of(sign_in(celina), document(referral, more)) == 404
    for change in (
        lambda: referral.attachments.remove(sent),
        lambda: referral.attachments.through.objects.filter(attachment=sent).update(attachment=other),
        lambda: Attachment.objects.filter(pk=more.pk).update(sha256="inny"),
        more.delete,
    ):
        with pytest.raises(DatabaseError, match="What was sent"), transaction.atomic():
            change()


# -- the sheet --------------------------------------------------------------------------------------
def test_the_sheet_says_what_was_disclosed_and_nothing_else(case, pcpr, ewa, tomek, celina, sign_in):
    referral = make_referral(case, pcpr, need="Balkonik *pilnie* #link(x) =1+1 @firma <b>")
    address = reverse("coordination:referral_sheet", args=[referral.pk])
    client = sign_in(ewa)
    assert client.get(address).status_code == 404  # the envelope is shut
    referrals.mark_opened(referral, by=ewa, now=NOW)
    answer = client.get(address)
    words = printed(answer.content)
    answer_by = date_format(referral.respond_by, "j E Y")
    for word in (
        referral.number,
        answer_by,
        "Krystyna Wilga",
        "600 100 200",
        "Balkonik *pilnie* #link(x) =1+1 @firma <b>",
    ):
        assert word in words, word
    for word in ("Lipowa", "48030500029", "1948", case.case_sign, "Tomek"):
        assert word not in words, word
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert history(referral).get(action="referral.print").actor == ewa
    assert sign_in(celina).get(address).status_code == 404
    draft = make_draft(case, pcpr)
    assert sign_in(tomek).get(reverse("coordination:referral_sheet", args=[draft.pk])).status_code == 404


# -- by word of mouth -------------------------------------------------------------------------------
def said(how):
    said_on = f"{TODAY:%d.%m.%Y}"
    return {"said_by": "J. Dąb, kierownik", "said_on": said_on, "said_how": how, "proof": "notatka służbowa 7"}


def test_case_55_an_answer_by_phone_is_unverified_until_the_paper_comes(case, pcpr, tomek, ewa, celina, sign_in):
    referral = make_referral(case, pcpr, opened=True)
    client = sign_in(tomek)
    taken = reverse("coordination:referral_taken_down", args=[referral.pk, "accept"])
    client.post(taken, {"planned_start_on": "20.11.2026", "version": referral.version, **said(TakenDown.How.PHONE)})
    referral = fresh(referral)
    assert (referral.status, referral.unverified_since) == (S.ACCEPTED, TODAY)
    assert "telefonicznie" in referral.notes.get().text
    assert "J. Dąb, kierownik" in referral.notes.get().text
    for user in (tomek, ewa):
        assert "bez potwierdzenia na piśmie" in sign_in(user).get(page(referral)).content.decode()
    verify = move(referral, "verify")
    assert sign_in(celina).post(verify, {"reason": "x"}).status_code == 404
    refused = sign_in(ewa).post(verify, {"reason": "", "version": referral.version})
    assert refused.context["form"].errors["reason"]
    assert "<title>Błąd: " in refused.content.decode()
    assert sign_in(tomek).post(verify, {"reason": "Pismo PCPR/12", "version": referral.version}).status_code == 302
    assert fresh(referral).unverified_since is None
    assert history(referral).get(action="referral.verify").reason == "Pismo PCPR/12"
    assert "bez potwierdzenia" not in sign_in(tomek).get(page(referral)).content.decode()
    assert verify not in sign_in(tomek).get(page(referral)).content.decode()


# -- classes ----------------------------------------------------------------------------------------
def protected(case, receiver, **fields):
    return make_referral(case, receiver, confidentiality=PROTECTED, **fields)


def test_the_usual_class_follows_the_file_and_the_area(case, tomek):
    service = make_service()
    assert usual_confidentiality(case, service) == "ordinary"
    area = service.areas.first() or service.areas.create(code="HEALTH", number=5, name="zdrowie", short_name="Zdrowie")
    type(area).objects.filter(pk=area.pk).update(code="HEALTH")
    assert usual_confidentiality(case, service) == "sensitive"
    restrict_file(case.resident, kind="child", by=tomek, now=NOW)
    case.refresh_from_db()
    assert usual_confidentiality(case, service) == "protected"


def test_what_was_sent_before_is_protected_with_its_file(case, pcpr, clinic, ewa, tomek, danuta, beata):
    sent, draft = make_referral(case, pcpr), make_draft(case, clinic)
    other = make_referral(make_case(tomek), pcpr)
    assert beata in who_sees(sent)
    restrict_file(case, kind="violence", by=tomek, now=NOW)
    assert [fresh(one).confidentiality for one in (sent, draft, other)] == [PROTECTED, PROTECTED, "ordinary"]
    assert (who_sees(sent), history(sent).get(action="referral.protect").actor) == ({tomek, ewa, danuta}, tomek)


def who_sees(referral):
    people = map(personas.person, ("tomek", "kasia", "danuta", "beata", "ewa"))
    return {one for one in people if Referral.objects.visible_to(one).filter(pk=referral.pk).exists()}


def test_a_protected_one_is_seen_by_the_team_and_its_receiver_only(case, pcpr, tomek, danuta, beata, ewa, sign_in):
    referral = protected(case, pcpr, opened=True)
    for user in (tomek, ewa):
        assert list(Referral.objects.visible_to(user)) == [referral]
        assert user.has_perm("coordination.view_referral", referral)
    for user in (danuta, beata):
        assert not Referral.objects.visible_to(user).exists()
        assert not user.has_perm("coordination.view_referral", referral)
        client = sign_in(user)
        assert client.get(page(referral)).status_code == 404
        assert referral.number not in client.get(case.get_absolute_url()).content.decode()
    assert referral.number in sign_in(tomek).get(case.get_absolute_url()).content.decode()


def test_a_protected_one_leaves_in_no_file_copy_or_sight_of_the_person(case, pcpr, ewa, sign_in):
    hidden, shown = protected(case, pcpr, opened=True), make_referral(case, pcpr, opened=True)
    client = sign_in(ewa)
    assert hidden.number in client.get(INBOX).content.decode()
    saved = client.post(INBOX, {"reason": "zebranie", "file_format": "csv"}).content.decode()
    assert (shown.number in saved, hidden.number in saved) == (True, False)
    assert list(referrals_of(shown.consent.request)) == [shown]
    told = str(copies.copy_of(case.resident, left_out=[], on=TODAY))
    assert (shown.number in told, hidden.number in told) == (True, False)


def test_the_status_page_tells_of_no_consent_by_which_a_protected_one_goes(case, pcpr, clinic, client):
    request = case.requests.get()
    sent = protected(case, pcpr)
    client.post(reverse("residents:request_track"), {"reference": request.reference, "code": request.access_code})
    status = reverse("residents:request_status")
    for secret in (pcpr.name, pcpr.short_name, "imię i nazwisko", "cofnij"):
        assert secret.encode() not in client.get(status).content, secret
    withdraw = reverse("residents:consent_withdraw", args=[sent.consent_id])
    assert (client.get(withdraw).status_code, client.post(withdraw).status_code) == (404, 404)
    assert fresh(sent).status == S.SENT
    assert pcpr.name not in str(copies.copy_of(case.resident, left_out=[], on=TODAY))
    make_referral(case, clinic)
    assert clinic.name.encode() in client.get(status).content
    assert clinic.name in str(copies.copy_of(case.resident, left_out=[], on=TODAY))
    withdraw_consent(sent.consent, form="oral", by=case.coordinator, now=NOW)
    assert pcpr.name.encode() not in client.get(status).content


def test_no_mail_names_a_protected_one(case, pcpr, ewa, tomek):
    type(case).objects.filter(pk=case.pk).update(plan_due_moved_on=TODAY + timedelta(days=400))
    referral = protected(case, pcpr, opened=True)
    referrals.ask_sender(fresh(referral), by=ewa, now=NOW, text="Czy jest niebieska karta?")
    for day in range(0, 60, 5):
        send_due_reminders(on=TODAY + timedelta(days=day), now=NOW)
    assert Message.objects.filter(template="digest").exists()
    withdraw_consent(referral.consent, form="oral", by=tomek, now=NOW)
    deliver_all()
    whole = " ".join(str(message.message()) + message.body + message.subject for message in mail.outbox)
    assert not Message.objects.filter(template="consent_withdrawn").exists()
    assert Message.objects.filter(template="referral_protected").count() == 3
    assert Message.objects.filter(template="referral_protected_taken_back").count() == 2
    for word in (referral.number, "PCPR", pcpr.name, "Krystyna", "CUS.4010"):
        assert word not in whole.replace("demo.example", ""), word


def test_a_withdrawn_consent_names_to_its_receiver_what_is_ordinary_only(case, pcpr, danuta, beata, root):
    shown = make_referral(case, pcpr)
    hidden = protected(case, pcpr, consent=shown.consent)
    withdraw_consent(shown.consent, form="oral", by=case.coordinator, now=NOW)
    assert [fresh(one).status for one in (hidden, shown)] == [S.WITHDRAWN, S.WITHDRAWN]
    numbers = {row.context["numbers"] for row in Message.objects.filter(template="consent_withdrawn")}
    assert numbers == {shown.number}
    taken_back = Message.objects.filter(template="referral_protected_taken_back", about_id=hidden.pk)
    told = taken_back.filter(context__path="")
    assert {row.recipient_type for row in told} == {"accounts.user", "accounts.institution"}
    for user in (danuta, beata, root):
        assert hidden.number not in str(list(Message.objects.visible_to(user).values_list("context", flat=True)))


@pytest.mark.parametrize("confidentiality", [PROTECTED, "ordinary"])
@pytest.mark.parametrize("take_back", [referrals.withdraw_referral, referrals.discard_referral])
def test_what_was_taken_back_leads_its_receiver_nowhere_and_asks_to_destroy_copies(
    take_back, confidentiality, case, pcpr, ewa, tomek, sign_in
):
    referral = make_referral(case, pcpr, confidentiality=confidentiality, opened=True)
    first = Message.objects.latest("pk").pk
    take_back(referral, by=tomek, now=NOW, reason="pomyłka")
    told = Message.objects.filter(pk__gt=first, recipient_id=ewa.pk, recipient_type="accounts.user").get()
    assert told.context["path"] == ""
    assert sign_in(ewa).get(referral.get_absolute_url()).status_code == 404
    letter = compose(told)
    whole = letter.body + str(letter.alternatives[0])
    assert "zniszcz" in whole.lower()
    assert referral.get_absolute_url() not in whole
    assert settings.CENTRE["phone"] in whole if confidentiality == PROTECTED else referral.number in whole
    if confidentiality == PROTECTED:
        assert not any(word in letter.subject + whole for word in (referral.number, pcpr.name, "skierowan"))


def test_the_outbox_shows_no_message_about_a_protected_one(case, pcpr, ewa, tomek, danuta, beata, root):
    for classes in ({"confidentiality": PROTECTED}, {}):
        referral = make_referral(case, pcpr, opened=True, **classes)
        referrals.ask_sender(referral, by=ewa, now=NOW, text="Kto odbiera?")
    of_referrals = Message.objects.filter(about_type="coordination.referral")
    assert len(set(of_referrals.values_list("about_id"))) == 2
    for user in (danuta, beata, root):
        assert set(of_referrals.visible_to(user).values_list("about_id", flat=True)) == {referral.pk}, user


def test_a_protected_one_goes_by_a_link_only_to_an_address_that_was_confirmed(case, clinic, tomek, beata, sign_in):
    draft = make_draft(case, clinic, confidentiality=PROTECTED)
    words = sign_in(tomek).get(move(draft, "send")).content.decode()
    assert "chronione" in words
    assert "adres nie jest potwierdzony" in words
    sent = referrals.send_referral(draft, by=tomek, now=NOW)
    deliver_all()
    assert not ReferralLink.objects.exists()
    assert "/skierowanie/" not in mail.outbox[-1].body
    confirm_email(clinic, reason="rozmowa z kierownikiem", by=beata, now=NOW)
    second = make_draft(case, clinic, confidentiality=PROTECTED)
    assert "adres nie jest potwierdzony" not in sign_in(tomek).get(move(second, "send")).content.decode()
    referrals.send_referral(fresh(second), by=tomek, now=NOW)
    deliver_all()
    link = link_in(mail.outbox[-1])
    assert second.number not in mail.outbox[-1].body + mail.outbox[-1].subject
    client = sign_in(tomek)
    client.logout()
    assert client.get(link).status_code == 200
    type(clinic).objects.filter(pk=clinic.pk).update(confirmed_email="dawny@demo.example")
    assert client.get(link).status_code == 404
    assert fresh(sent).status == S.SENT
