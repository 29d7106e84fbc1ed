"""Documents that come with what others send to the centre: who adds them, who opens them, what becomes of them."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.urls import reverse

from coordination import copies
from coordination.actions import incoming as actions
from coordination.actions.papers import take_papers_to_us
from coordination.models import IncomingReferral
from coordination.removal import blank_requests, drop_requests, forget_incoming
from cus_portal.audit.log import history
from cus_portal.audit.models import AuditEvent
from cus_portal.files import private_storage
from residents.actions.attachments import check_attachments
from residents.models import Attachment, ServiceRequest
from tests import personas
from tests.coordination_world import make_case, make_incoming
from tests.factories import NOW, TODAY
from tests.intake import PDF, scan
from tests.test_incoming import FACTS, file_one
from tests.test_uploads import photo

pytestmark = pytest.mark.django_db
S = IncomingReferral.Status
NEW = reverse("coordination:sent_to_centre_new")
ADD = reverse("admin:coordination_incomingreferral_add")
FILED = FACTS | {"first_name": "Leon", "last_name": "Żuk", "birth_date": "", "statute": ""}
MULTIPART = 'enctype="multipart/form-data"'


@pytest.fixture(autouse=True)
def november(time_machine, private_files):
    time_machine.move_to(NOW)


def program():
    return SimpleUploadedFile("48030500029 opinia.pdf", b"MZ\x90\x00 program")


def at_the_desk(incoming, paper):
    return reverse("admin:coordination_incomingreferral_file", args=[incoming.pk, paper.pk])


def at_the_senders(incoming, paper):
    return reverse("coordination:sent_to_centre_document", args=[incoming.pk, paper.pk])


def desk_move(incoming, name):
    return reverse("admin:coordination_incomingreferral_move", args=[incoming.pk, name])


def status_of(client, url):
    answer = client.get(url)
    if answer.streaming:
        assert b"".join(answer.streaming_content)
    return answer.status_code


def reading_of(paper):
    return AuditEvent.objects.about(paper).get(action=AuditEvent.READ)


def with_paper(by, name="opinia.pdf", **facts):
    incoming = file_one(by, **facts)
    take_papers_to_us(incoming, [scan(name)], by=by)
    return incoming, incoming.papers.get()


def test_an_institution_files_with_a_document_that_it_and_the_desk_open_and_no_other(bartek, ewa, ola, sign_in):
    client = sign_in(bartek)
    assert MULTIPART in client.get(NEW).content.decode()
    wrong = client.post(NEW, FILED | {"files": program()})
    assert wrong.context["form"].errors.keys() == {"files"}
    assert "nie radzi sobie z zakupami" in wrong.content.decode()
    assert not IncomingReferral.objects.exists()
    assert client.post(NEW, FILED | {"files": [scan("opinia 48030500029.pdf"), scan("zgoda.pdf")]}).status_code == 302
    incoming = IncomingReferral.objects.get()
    paper, other = incoming.papers.order_by("pk")
    assert (paper.name, paper.request, other.name) == ("opinia.pdf", None, "zgoda.pdf")
    assert history(incoming).get(action="incomingreferral.papers").facts == {"files": 2}
    mine, desk = at_the_senders(incoming, paper), at_the_desk(incoming, paper)
    page = client.get(reverse("coordination:sent_to_centre_one", args=[incoming.pk])).content.decode()
    assert (mine in page, "opinia.pdf" in page) == (True, True)
    assert (status_of(client, mine), reading_of(paper).actor) == (200, bartek)
    assert status_of(sign_in(ewa), mine) == 404
    assert {name: status_of(sign_in(personas.person(name)), desk) for name in DESK} == DESK
    client = sign_in(ola)
    assert desk in client.get(incoming.get_absolute_url()).content.decode()
    stranger = make_incoming(personas.institution(personas.PCPR))
    assert status_of(client, at_the_desk(stranger, paper)) == 404
    assert "Dodano dokumenty" in client.get(incoming.get_absolute_url()).content.decode()


DESK = {"ola": 200, "danuta": 200, "beata": 200, "bartek": 302, "ewa": 302}


def test_the_desk_keeps_the_letter_and_both_sides_add_to_the_conversation(bartek, ola, clinic, sign_in):
    client = sign_in(ola)
    assert MULTIPART in client.get(ADD).content.decode()
    came = {"sender": clinic.pk, "said_by": "A. Lis", "how": "paper", "received_on": f"{TODAY:%d.%m.%Y}"}
    wrong = client.post(ADD, FILED | came | {"files": program()})
    assert wrong.context["form"].errors.keys() == {"files"}
    assert client.post(ADD, FILED | came | {"files": scan("pismo.pdf")}).status_code == 302
    incoming = IncomingReferral.objects.get()
    asked = {"text": "Czy to ten formularz?", "files": scan("formularz.pdf"), "version": incoming.version}
    client.post(desk_move(incoming, "ask"), asked)
    incoming.refresh_from_db()
    reply, client = reverse("coordination:sent_to_centre_move", args=[incoming.pk, "reply"]), sign_in(bartek)
    assert MULTIPART in client.get(reply).content.decode()
    said = {"text": "Tak, w załączeniu.", "version": incoming.version}
    wrong = client.post(reply, said | {"files": program()})
    assert (wrong.context["form"].errors.keys(), "Tak, w załączeniu." in wrong.content.decode()) == ({"files"}, True)
    assert client.post(reply, said | {"files": scan("wypis.pdf")}).status_code == 302
    incoming.refresh_from_db()
    assert incoming.status == S.SENT
    names = list(incoming.papers.order_by("pk").values_list("name", flat=True))
    assert names == ["pismo.pdf", "formularz.pdf", "wypis.pdf"]
    assert {status_of(client, at_the_senders(incoming, paper)) for paper in incoming.papers.all()} == {200}


def test_a_protected_one_keeps_its_document_to_itself(bartek, ola, beata, sign_in):
    incoming, paper = with_paper(bartek, confidentiality="protected")
    desk = at_the_desk(incoming, paper)
    assert [status_of(sign_in(one), desk) for one in (ola, beata)] == [404, 200]
    assert reading_of(paper).facts["screen"] == "protected"
    actions.accept_incoming(incoming, by=beata, now=NOW)
    incoming.refresh_from_db()
    assert status_of(sign_in(ola), desk) == 404
    assert not Attachment.objects.filter(request=incoming.request).exists()  # the code of the request leads nowhere
    assert not any(Attachment.objects.visible_to(one).exists() for one in (ola, beata))
    assert not beata.has_perm("residents.view_attachment", paper)


def test_a_document_in_quarantine_is_named_and_not_opened(bartek, ola, sign_in):
    incoming, paper = with_paper(bartek)
    Attachment.objects.update(virus_check="waiting")
    assert check_attachments() == 0
    client = sign_in(ola)
    page = client.get(incoming.get_absolute_url()).content.decode()
    assert ("opinia.pdf" in page, at_the_desk(incoming, paper) in page) == (True, False)
    assert status_of(client, at_the_desk(incoming, paper)) == 404


def test_what_came_stays_as_it_came(bartek):
    incoming, paper = with_paper(bartek)
    for change in (
        lambda: incoming.papers.remove(paper),
        lambda: Attachment.objects.filter(pk=paper.pk).update(name="inny.pdf"),
        paper.delete,
    ):
        with pytest.raises(DatabaseError, match="What came stays"), transaction.atomic():
            change()


def test_its_files_go_with_its_request_or_two_years_after_it_ended(bartek, ola, django_capture_on_commit_callbacks):
    (linked, first), (alone, second) = with_paper(bartek), with_paper(bartek, "inna.pdf", last_name="Bąk")
    actions.accept_incoming(linked, by=ola, now=NOW)
    actions.reject_incoming(alone, reject_reason="wrong_address", text="Proszę pytać PCPR.", by=ola, now=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        forget_incoming(on=TODAY + timedelta(days=729))
    assert Attachment.objects.count() == 2
    with django_capture_on_commit_callbacks(execute=True):
        assert forget_incoming(on=TODAY + timedelta(days=732)) == 1
    assert (list(Attachment.objects.all()), private_storage().exists(second.file.name)) == ([first], False)
    requests = ServiceRequest.objects.filter(pk=linked.request_id)
    blank_requests(requests)
    assert drop_requests(requests) == [first.file.name]
    assert not Attachment.objects.exists()


def test_the_copy_of_the_data_names_it(bartek, ola, tomek):
    incoming, _paper = with_paper(bartek)
    case = make_case(tomek)
    actions.accept_incoming(incoming, joins=case.requests.get(), by=tomek, now=NOW)
    assert "opinia.pdf" in [piece.text for piece in copies.pieces_of(case.resident)]


@pytest.mark.parametrize("number", [1, 9])
def test_documents_cost_the_page_one_query(bartek, ola, number, sign_in, django_assert_max_num_queries):
    incoming, _paper = with_paper(bartek)
    take_papers_to_us(incoming, [scan(f"{one}.pdf") for one in range(number)], by=bartek)
    client = sign_in(ola)
    with django_assert_max_num_queries(30):
        client.get(incoming.get_absolute_url())


def filled_in(client, who, address, clinic):
    desk = {"sender": clinic.pk, "said_by": "Anna Listek", "how": "phone", "received_on": f"{TODAY:%d.%m.%Y}"}
    token = client.get(address).context["form"]["submit_token"].value()
    return FILED | ({} if who == "bartek" else desk) | {"submit_token": token}


@pytest.mark.parametrize("paper", [{}, {"name": "skan.jpg", "content": photo()}], ids=["scan", "photo"])
@pytest.mark.parametrize(("who", "address"), [("bartek", NEW), ("ola", ADD)])
def test_a_form_that_is_sent_twice_files_one_with_its_documents_once(who, address, paper, clinic, sign_in):
    client = sign_in(personas.person(who))
    said = filled_in(client, who, address, clinic)
    first, second = (client.post(address, said | {"files": scan(**paper)}) for _press in range(2))
    assert (first.status_code, second.status_code, second.url) == (302, 302, first.url)
    assert IncomingReferral.objects.get().papers.count() == 1
    other = client.post(address, said | {"last_name": "Sum"})  # after a step back, for somebody else
    assert other.url != first.url
    assert IncomingReferral.objects.count() == 2


@pytest.mark.parametrize("other", [{"name": "opinia.pdf"}, {"content": PDF + b"x"}], ids=["name", "content"])
@pytest.mark.parametrize(("who", "address"), [("bartek", NEW), ("ola", ADD)])
def test_a_form_that_is_sent_again_with_another_document_loses_neither(who, address, other, clinic, sign_in):
    client = sign_in(personas.person(who))
    said = filled_in(client, who, address, clinic)
    first, second = (client.post(address, said | {"files": paper}) for paper in (scan(), scan(**other)))
    assert first.url != second.url
    assert [row.papers.count() for row in IncomingReferral.objects.all()] == [1, 1]
