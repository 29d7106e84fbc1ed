"""The desk: handing over to a colleague or a team, absences, the confirmation."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from cus_portal.accounts.models import Absence
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import deliver_due
from residents.actions import hand_over, identify_person, restrict_file, send_receipt, take_over, take_up
from residents.actions.restricted import declare_conflict
from residents.models import RestrictedFile, ServiceRequest
from tests.desk import INDEX, QUEUE, file_today, move, now, page, told, words
from tests.factories import PERSON, make_case

pytestmark = pytest.mark.django_db
MAIL = PERSON | {"email": "krystyna@demo.example"}


@pytest.fixture
def filed():
    return file_today()


def away(user, stands_in=None, days=7):
    today = timezone.localdate()
    return Absence.objects.create(
        user=user, first_day=today, last_day=today + timedelta(days=days), stands_in=stands_in
    )


def test_a_request_is_handed_to_a_colleague_who_finds_it_and_is_told(sign_in, filed, ola, kasia):
    take_up(filed, by=ola, now=now())
    due = filed.due_on
    answer = sign_in(ola).post(
        move(filed, "hand_over"), {"version": filed.version, "to": kasia.pk, "note": "Prosi o telefon po 16."}
    )
    filed.refresh_from_db()
    assert answer.url == page(filed)
    assert (filed.assigned_to, filed.team, filed.due_on) == (kasia, "", due)
    shown = words(sign_in(kasia).get(page(filed)))
    assert "Zgłoszenie przekazano" in shown
    assert "Kasia Żuraw: Prosi o telefon po 16." in shown
    assert filed.reference in words(sign_in(kasia).get(QUEUE, {"whose": "me"}))
    deliver_due()
    [letter] = mail.outbox
    assert letter.to == [kasia.email]
    assert filed.reference in letter.subject
    assert "Wilga" not in letter.subject + letter.body


def test_a_request_of_a_team_waits_for_the_first_of_its_people(sign_in, filed, ola, tomek, kasia):
    take_up(filed, by=ola, now=now())
    hand_over(filed, team="coordinator", by=ola, now=now())
    assert (filed.assigned_to, filed.status) == (None, "in_review")
    client = sign_in(tomek)
    assert "1 przekazane mojemu zespołowi" in words(client.get(INDEX))
    assert filed.reference in words(client.get(QUEUE, {"whose": "team"}))
    assert filed.reference not in words(sign_in(ola).get(QUEUE, {"whose": "team"}))
    client = sign_in(tomek)
    client.post(move(filed, "take_over"), {"version": filed.version})
    stale = ServiceRequest.objects.get(pk=filed.pk)
    assert (stale.assigned_to, stale.team) == (tomek, "")
    with pytest.raises(ValidationError):
        take_over(stale, by=kasia, now=now())


def test_a_filed_request_that_a_team_got_is_taken_up_as_any_other(filed, ola, tomek):
    hand_over(filed, team="coordinator", by=ola, now=now())
    take_up(filed, by=tomek, now=now())
    assert (filed.assigned_to, filed.team, filed.status) == (tomek, "", "in_review")


def test_nothing_is_handed_to_who_is_away_and_the_form_says_who_stands_in(sign_in, filed, ola, tomek, kasia):
    away(kasia, stands_in=tomek)
    client = sign_in(ola)
    form = client.get(move(filed, "hand_over"))
    assert "Kasia Żuraw (nieobecność do" in form.content.decode()
    answer = client.post(move(filed, "hand_over"), {"version": filed.version, "to": kasia.pk})
    assert "Tomek Lis – zastępuje." in words(answer)
    filed.refresh_from_db()
    assert filed.assigned_to is None
    hand_over(filed, worker=kasia, by=ola, now=now() + timedelta(days=9))
    assert filed.assigned_to == kasia


def test_a_restricted_request_goes_to_one_person_who_is_let_in_by_it(filed, ola, kasia, tomek):
    restrict_file(filed, kind=RestrictedFile.Kind.VIOLENCE, by=ola, now=now())
    with pytest.raises(ValidationError):
        hand_over(filed, team="coordinator", by=ola, now=now())
    with pytest.raises(PermissionDenied):
        hand_over(filed, worker=kasia, by=tomek, now=now())
    hand_over(filed, worker=kasia, by=ola, now=now())
    assert ServiceRequest.objects.visible_to(kasia).filter(pk=filed.pk).exists()
    assert not ServiceRequest.objects.visible_to(tomek).filter(pk=filed.pk).exists()


def test_nothing_is_handed_to_who_knows_the_person_or_does_not_deal_with_requests(filed, ola, tomek, iwona):
    identify_person(filed, resident=None, by=ola, now=now())
    declare_conflict(filed.resident, relation="close", by=tomek, now=now())
    for worker in (tomek, iwona):
        with pytest.raises(ValidationError):
            hand_over(filed, worker=worker, by=ola, now=now())


def test_a_case_is_not_handed_to_who_is_away(sign_in, tomek, kasia):
    case = make_case(coordinator=tomek)
    away(kasia)
    client = sign_in(tomek)
    answer = client.post(move(case, "assign"), {"version": case.version, "coordinator": kasia.pk})
    assert "nieobecność" in words(answer)
    Absence.objects.all().delete()
    answer = client.post(move(case, "assign"), {"version": case.version, "coordinator": kasia.pk}, follow=True)
    assert answer.status_code == 200
    assert case.case_sign not in words(answer)


def test_each_writes_down_his_own_absence_and_the_director_anybodys(sign_in, ola, kasia, danuta):
    add = reverse("admin:accounts_absence_add")
    days = {"first_day": "2026-12-01", "last_day": "2026-12-05"}
    assert sign_in(ola).post(add, days | {"user": kasia.pk}).status_code == 200
    assert not Absence.objects.exists()
    assert sign_in(ola).post(add, days | {"user": ola.pk, "stands_in": kasia.pk}).status_code == 302
    assert sign_in(danuta).post(add, days | {"user": kasia.pk}).status_code == 302
    row = reverse("admin:accounts_absence_change", args=[Absence.objects.get(user=kasia).pk])
    assert sign_in(ola).post(row, days | {"user": ola.pk}).status_code == 403


# -- the confirmation ----------------------------------------------------------------------------
def test_the_confirmation_is_printed_as_the_resident_prints_it(sign_in, ola):
    filed = file_today(papers_taken="kopia orzeczenia, 2 kartki", language="uk")
    client = sign_in(ola)
    paper = client.get(reverse("admin:residents_servicerequest_paper", args=[filed.pk]))
    assert paper["Content-Type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF")
    assert b"uk" in paper.content.partition(b"/Lang")[2][:12]
    assert client.get(page(filed)).content.decode().count("kopia orzeczenia, 2 kartki") == 1


def test_the_confirmation_is_mailed_once_more_where_a_mail_may_go(sign_in, ola):
    filed = file_today(applicant=MAIL)
    where = reverse("admin:residents_servicerequest_receipt", args=[filed.pk])
    send = reverse("admin:residents_servicerequest_send", args=[filed.pk])
    client = sign_in(ola)
    deliver_due()
    assert "Wysłano e-mailem" in words(client.get(where))
    assert "w drodze" in told(client.post(send))
    deliver_due()
    assert [letter.to for letter in mail.outbox] == [["krystyna@demo.example"]] * 2
    moment = now()
    for _press in range(2):
        send_receipt(filed, by=ola, now=moment)
    assert Message.objects.filter(template="request_received").count() <= 3
    discreet = file_today(applicant=MAIL, safe_contact=True)
    assert "Wyślij e-mailem" not in words(
        client.get(reverse("admin:residents_servicerequest_receipt", args=[discreet.pk]))
    )
    client.post(reverse("admin:residents_servicerequest_send", args=[discreet.pk]))
    assert not Message.objects.filter(recipient_id=discreet.pk, recipient_type="residents.servicerequest").exists()
