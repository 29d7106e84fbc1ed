"""The directory of institutions: names of before, take-overs, closing, mails that do not arrive, agreements."""

import re
from datetime import timedelta
from itertools import count

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import InternalError, transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coordination.actions import institutions, referrals
from coordination.actions.chains import redirect_referral
from coordination.models import IncomingReferral, Referral, ReferralLink
from cus_portal.accounts.models import Contact, Institution, Membership
from cus_portal.accounts.roles import Role
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.bounces import Bounce, note_bounce
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import deliver_due
from residents.models import Consent
from services.models import Agreement, Service
from tests import board_world as world
from tests import personas
from tests.coordination_world import make_case, make_consent, make_draft, make_incoming, make_referral
from tests.factories import NOW, TODAY, make_service

pytestmark = pytest.mark.django_db
S = Referral.Status
_numbers = count(1)


def new_institution(**facts):
    number = next(_numbers)
    return personas.institution(
        {"code": f"inst{number}", "name": f"Instytucja {number}", "short_name": f"I{number}", "kind": "ngo", **facts}
    )


def page(institution):
    return reverse("admin:accounts_institution_change", args=[institution.pk])


def test_case_54_a_body_that_takes_another_over_gets_all_that_is_open(tomek, beata, ewa, pcpr, client, sign_in):
    """A welfare office becomes a centre: another name and NIP, the same REGON, and the same matters."""
    Institution.objects.filter(pk=pcpr.pk).update(nip="7130000001", regon="431000000")
    heir = new_institution(name="CUS Sąsiednie", nip="7130000002", regon="431000000")
    service = make_service(provider=pcpr)
    agreement = Agreement.objects.create(
        code="p", institution=pcpr, kind="agreement", subject="Współpraca", valid_from=TODAY
    )
    case = make_case(tomek)
    opened = make_referral(case, pcpr)
    ended = make_referral(make_case(tomek), pcpr, status=S.WITHDRAWN)
    old_name = pcpr.name
    came = [make_incoming(pcpr), make_incoming(pcpr, status="rejected"), make_incoming(pcpr, status="withdrawn")]

    institutions.merge_institution(pcpr, into=heir, by=beata, now=NOW)

    opened.refresh_from_db()
    ended.refresh_from_db()
    assert (opened.receiver, opened.receiver_name, opened.agreement) == (heir, old_name, agreement)
    assert ended.receiver == pcpr
    # What the centre has answered waits for the sender's word: whoever goes on with it can say it.
    assert [IncomingReferral.objects.get(pk=row.pk).sender for row in came] == [heir, heir, pcpr]
    assert Consent.objects.get(pk=opened.consent_id).receiver == heir
    service.refresh_from_db()
    agreement.refresh_from_db()
    assert (service.provider, agreement.institution) == (heir, heir)
    assert list(heir.former_names.values_list("name", "until")) == [(old_name, TODAY - timedelta(days=1))]
    assert {event.action for event in AuditEvent.objects.about(opened)} >= {"referral.send", "referral.follow"}
    # Ewa goes on with it where she works now, and with nothing else.
    worker = type(ewa).objects.get(pk=ewa.pk)
    assert set(Membership.objects.in_force(TODAY).filter(user=worker).values_list("institution", flat=True)) == {
        heir.pk
    }
    sign_in(worker)
    answer = client.post(reverse("coordination:referral_open", args=[opened.pk]), follow=True)
    assert old_name in answer.content.decode()
    # The old address leads to the new body.
    sign_in(beata)
    assert client.get(page(pcpr)).url == page(heir)
    assert old_name in client.get(page(heir)).content.decode()


def test_each_coordinator_learns_how_many_of_his_referrals_another_body_has_now(
    tomek, kasia, beata, pcpr, clinic, mailoutbox, sign_in
):
    heir = new_institution()
    for _number in range(2):
        make_referral(make_case(tomek), pcpr)
    make_referral(make_case(tomek), pcpr, status=S.WITHDRAWN)
    make_referral(make_case(tomek), pcpr, confidentiality="protected")
    make_referral(make_case(kasia), clinic)
    first, _second = (make_referral(make_case(kasia), pcpr, confidentiality="protected") for _number in range(2))
    before = set(Message.objects.values_list("pk", flat=True))

    institutions.merge_institution(pcpr, into=heir, by=beata, now=NOW)

    told = Message.objects.get(template="institution_taken_over")
    assert (told.recipient_id, told.context["count"]) == (tomek.pk, 2)
    # Who has protected ones alone reads neither that nor how many; nor does the outbox to whoever must not know.
    quiet = Message.objects.get(template="referral_protected", recipient_id=kasia.pk, recipient_type="accounts.user")
    assert (quiet.about_id, quiet.context) == (first.pk, {"path": told.context["path"]})
    assert not Message.objects.visible_to(beata).filter(pk=quiet.pk).exists()
    coordinators = {"recipient_type": "accounts.user", "recipient_id__in": [tomek.pk, kasia.pk]}
    assert Message.objects.exclude(pk__in=before).filter(**coordinators).count() == 2
    assert len(sign_in(kasia).get(quiet.context["path"]).context["rows"]) == 2
    deliver_due(now=lambda: NOW + timedelta(days=36500))
    mail = next(mail for mail in mailoutbox if "2." in mail.body and tomek.email in mail.to)
    assert pcpr.name in mail.body
    assert heir.name in mail.body
    path = re.search(r"https?://[^/]+(/praca/\S+)", mail.body)[1]
    assert len(sign_in(tomek).get(path).context["rows"]) == 3


def test_whoever_takes_a_body_over_without_an_account_gets_a_link_of_its_own(tomek, beata, sign_in):
    clinic, heir = personas.institution(personas.CLINIC), new_institution(email="n@demo.example")
    sent = referrals.send_referral(make_draft(make_case(tomek), clinic), by=tomek, now=NOW)
    institutions.merge_institution(clinic, into=heir, by=beata, now=NOW)
    assert ReferralLink.objects.get(referral=sent).address == heir.email
    assert Message.objects.filter(template="referral_link").count() == 1
    Institution.objects.filter(pk=heir.pk).update(email="")
    shown = sign_in(tomek).get(sent.get_absolute_url()).content.decode()
    assert "Link wysłany na adres n@demo.example już tu nie prowadzi." in shown
    assert "żadna wiadomość do niej nie dotrze" in shown


def test_two_open_referrals_for_one_need_stop_a_take_over_and_nothing_moves(tomek, beata, pcpr, clinic):
    case, service = make_case(tomek), make_service()
    first = make_referral(case, pcpr, service=service)
    second = make_referral(case, clinic, service=service)
    with pytest.raises(ValidationError, match=second.number):
        institutions.merge_institution(clinic, into=pcpr, by=beata, now=NOW)
    clinic.refresh_from_db()
    assert clinic.is_active
    assert not AuditEvent.objects.filter(action="institution.merge").exists()
    assert {row.receiver for row in Referral.objects.filter(pk__in=[first.pk, second.pk])} == {pcpr, clinic}


def test_a_sent_referral_keeps_its_receiver_even_from_raw_sql(tomek, pcpr, clinic):
    referral = make_referral(make_case(tomek), pcpr)
    with pytest.raises(InternalError, match="keeps its receiver"), transaction.atomic():
        Referral.objects.filter(pk=referral.pk).update(receiver=clinic)


def test_another_name_leaves_the_old_one_on_what_was_sent(tomek, beata, pcpr, client, sign_in):
    referral = make_referral(make_case(tomek), pcpr)
    old = pcpr.name
    institutions.rename_institution(pcpr, name="Centrum Rodziny", short_name="CR", by=beata, now=NOW)
    referral.refresh_from_db()
    assert (referral.receiver_name, referral.receiver.name) == (old, "Centrum Rodziny")
    sign_in(tomek)
    text = client.get(referral.get_absolute_url()).content.decode()
    assert "Centrum Rodziny" in text
    assert old in text
    with pytest.raises(ValidationError):
        institutions.rename_institution(pcpr, name="Centrum Rodziny", short_name="CR", by=beata, now=NOW)


def test_an_institution_closes_only_once_nothing_is_open_there(tomek, beata, ewa, pcpr, clinic):
    case = make_case(tomek)
    referral = make_referral(case, pcpr)
    with pytest.raises(ValidationError, match=referral.number):
        institutions.close_institution(pcpr, reason="Likwidacja", by=beata, now=NOW)
    pcpr.refresh_from_db()
    assert pcpr.is_active
    referrals.withdraw_referral(referral, by=tomek, now=NOW, reason="Likwidacja PCPR")
    service = make_service(provider=pcpr)
    with pytest.raises(ValidationError, match=service.plain_name):
        institutions.close_institution(pcpr, reason="Likwidacja", by=beata, now=NOW)
    Service.objects.filter(pk=service.pk).update(provider=clinic)
    institutions.close_institution(pcpr, reason="Likwidacja", by=beata, now=NOW)
    assert (pcpr.is_active, pcpr.closed_on) == (False, TODAY)
    assert not Membership.objects.in_force(TODAY).filter(institution=pcpr).exists()
    with pytest.raises(ValidationError):
        make_draft(case, pcpr, consent=make_consent(case, pcpr))
    with pytest.raises(ValidationError):
        institutions.rename_institution(pcpr, name="X", short_name="X", by=beata, now=NOW)


def test_of_much_that_is_open_ten_are_named_and_the_rest_counted(tomek, beata, pcpr, sign_in):
    """On the page and in the refusal; what is protected is not among the rest."""
    case, close = make_case(tomek), reverse("admin:accounts_institution_move", args=[pcpr.pk, "close"])
    shown = lambda: sign_in(beata).get(close).content.decode()  # noqa: E731
    first = [make_referral(case, pcpr) for _number in range(10)]
    make_referral(case, pcpr, confidentiality="protected")
    assert (first[-1].number in shown(), "jeszcze" in shown()) == (True, False)
    for _number in range(2):
        make_referral(case, pcpr)
    rest = f"{first[-1].number} i jeszcze 2"
    with pytest.raises(ValidationError, match=rest):
        institutions.close_institution(pcpr, reason="x", by=beata, now=NOW)
    assert rest in shown()


def test_whoever_keeps_no_directory_changes_no_institution(tomek, ewa, pcpr, clinic):
    for act, fields in (
        (institutions.rename_institution, {"name": "X", "short_name": "X"}),
        (institutions.merge_institution, {"into": clinic}),
        (institutions.close_institution, {"reason": "x"}),
    ):
        for who in (tomek, ewa):
            with pytest.raises(PermissionDenied):
                act(pcpr, **fields, by=who, now=NOW)
    pcpr.refresh_from_db()
    assert pcpr.is_active
    assert pcpr.name == personas.PCPR["name"]


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["send", "draft", "withdraw", "redirect", "merge", "close"]),
        st.integers(0, 3),
        st.integers(0, 3),
    ),
    min_size=6,
    max_size=9,
)


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_nothing_open_ever_points_at_a_closed_institution(db, acts):
    with transaction.atomic():
        tomek, beata = personas.person("tomek"), personas.person("beata")
        bodies, case = [new_institution() for _one in range(4)], make_case(tomek)
        for act, one, other in acts:
            first, second = bodies[one], bodies[other]
            row = Referral.objects.open().filter(case=case, receiver=first).first()
            try:
                with transaction.atomic():
                    if act in ("send", "draft"):
                        draft = make_draft(case, first, consent=None, statute="art. 1")
                        if act == "send":
                            referrals.send_referral(draft, by=tomek, now=NOW)
                    elif act == "merge":
                        institutions.merge_institution(first, into=second, by=beata, now=NOW)
                    elif act == "close":
                        institutions.close_institution(first, reason="x", by=beata, now=NOW)
                    elif row and row.status != S.DRAFT:
                        if act == "withdraw":
                            referrals.withdraw_referral(row, by=tomek, now=NOW, reason="x")
                        else:
                            redirect_referral(row, by=tomek, now=NOW, receiver=second, reason="x")
            except ValidationError:
                pass
            assert not Referral.objects.open().filter(receiver__is_active=False).exists()
            assert not Membership.objects.in_force(TODAY).filter(institution__closed_on__isnull=False).exists()
        transaction.set_rollback(True)


def test_a_mail_that_comes_back_is_shown_to_the_coordinator_and_sent_again(tomek, beata, pcpr, client, sign_in):
    referral = make_referral(make_case(tomek), pcpr)
    message = Message.objects.to(referral.link).get()
    Message.objects.filter(pk=message.pk).update(sent_at=NOW)
    sign_in(tomek)
    warning = "Poczta do tej instytucji nie dochodzi"
    assert warning not in client.get(referral.get_absolute_url()).content.decode()
    note_bounce(Bounce(message=message.pk, code="5.1.1"), now=NOW)
    assert warning in client.get(referral.get_absolute_url()).content.decode()
    rooms = reverse("admin:accounts_institution_changelist")
    assert f"{rooms}?mail=lost" in client.get(reverse("admin:index")).content.decode()
    listed = client.get(rooms, {"mail": "lost"}).content.decode()
    assert pcpr.name in listed
    Institution.objects.filter(pk=pcpr.pk).update(email="nowy@demo.example")
    institutions.resend_to_institution(pcpr, by=beata, now=NOW)
    assert not institutions.lost_mails(pcpr).exists()
    assert ReferralLink.objects.get().address == "nowy@demo.example"
    assert pcpr.name not in client.get(rooms, {"mail": "lost"}).content.decode()


def test_a_referral_runs_under_the_agreement_that_names_its_service(tomek, pcpr):
    service = make_service()
    general = Agreement.objects.create(code="g", institution=pcpr, kind="agreement", subject="Ogólne", valid_from=TODAY)
    assert make_referral(make_case(tomek), pcpr, service=service).agreement == general
    named = Agreement.objects.create(
        code="n", institution=pcpr, kind="contract", subject="Usługa", valid_from=TODAY, valid_to=TODAY
    )
    named.services.add(service)
    assert make_referral(make_case(tomek), pcpr, service=service).agreement == named
    ended = {"valid_from": TODAY - timedelta(days=9), "valid_to": TODAY - timedelta(days=1)}
    Agreement.objects.filter(pk__in=[general.pk, named.pk]).update(**ended)
    assert make_referral(make_case(tomek), pcpr, service=service).agreement is None


def test_before_a_referral_goes_to_the_county_without_an_agreement_the_coordinator_is_told(
    tomek, pcpr, clinic, ewa, sign_in
):
    client, case, words = sign_in(tomek), make_case(tomek), "Z tą jednostką powiatu nie ma obowiązującego porozumienia"

    def warned(referral):
        addresses = (referral.get_absolute_url(), reverse("coordination:referral_drafts", args=[case.pk]))
        return [words in client.get(address).content.decode() for address in addresses]

    to_clinic = make_referral(case, clinic, status="draft")
    assert warned(to_clinic) == [False, False]
    referral = make_referral(case, pcpr, status="draft", service=make_service())
    assert warned(referral) == [True, True]
    facts = {"institution": pcpr, "kind": "agreement", "subject": "Opieka", "valid_from": TODAY}
    other = Agreement.objects.create(code="o", **facts)
    other.services.add(make_service("Inna pomoc"))
    ended = {"valid_from": TODAY - timedelta(days=9), "valid_to": TODAY - timedelta(days=1)}
    Agreement.objects.create(code="e", **facts | ended)
    assert warned(referral) == [True, True]
    other.services.add(referral.service)
    assert warned(referral) == [False, False]
    for address in (referral.get_absolute_url(), reverse("coordination:referral_drafts", args=[case.pk])):
        assert "<dt>Porozumienie</dt><dd>Opieka</dd>" in client.get(address).content.decode()
    Agreement.objects.all().delete()
    referrals.send_referral(referral, by=tomek, now=NOW)
    for reader in (client, sign_in(ewa)):
        assert words not in reader.get(referral.get_absolute_url()).content.decode()


def test_before_a_referral_goes_out_the_coordinator_is_told_what_is_odd(tomek, pcpr, sign_in, time_machine):
    time_machine.move_to(NOW, tick=False)
    client, case, service = sign_in(tomek), make_case(tomek), make_service()
    make_referral(case, pcpr, status="draft", service=make_service("Inna pomoc"))
    earlier = make_referral(case, pcpr, status="rejected", service=service)
    draft = make_referral(case, pcpr, status="draft", service=service)
    pages = (draft.get_absolute_url(), reverse("coordination:referral_drafts", args=[case.pk]))

    def told(words):
        return [client.get(address).content.decode().count(words) for address in pages]

    assert told("Niedawno proszono tę instytucję o to samo") == told(earlier.number) == [1, 1]
    signs = ("Wygląda na próbę", "jest telefonem tej instytucji", "E-mail osoby jest adresem tej instytucji")
    assert [told(words) for words in signs] == [[0, 0]] * 3
    Referral.objects.filter(pk=draft.pk).update(need="Test")
    Institution.objects.filter(pk=pcpr.pk).update(phone="+48 600-100-200", email="Krystyna@demo.example")
    assert [told(words) for words in signs] == [[1, 1], [1, 2], [1, 2]]
    Referral.objects.filter(pk=earlier.pk).update(confidentiality="protected")
    page = client.get(pages[1]).content.decode()
    assert re.findall(r'name="draft" [^>]*id="draft-[0-9]+"( checked)?>', page) == ["", ""]
    Institution.objects.filter(pk=pcpr.pk).update(phone="", email="")
    Referral.objects.filter(pk=earlier.pk).update(confidentiality="protected")
    assert told(earlier.number) == [0, 0]
    page = client.get(pages[1]).content.decode()
    assert re.findall(r'name="draft" [^>]*id="draft-[0-9]+"( checked)?>', page) == [" checked", ""]


def test_the_organiser_is_warned_sixty_days_before_an_agreement_ends(beata, pcpr, client, sign_in, time_machine):
    time_machine.move_to(NOW, tick=False)
    facts = {"institution": pcpr, "kind": "agreement", "valid_from": TODAY}
    Agreement.objects.create(code="a", subject="Za rok", valid_to=TODAY + timedelta(days=61), **facts)
    sign_in(beata)
    tile = reverse("admin:services_agreement_changelist") + "?ending=soon"
    assert tile not in client.get(reverse("admin:index")).content.decode()
    Agreement.objects.create(code="b", subject="Za dwa miesiące", valid_to=TODAY + timedelta(days=60), **facts)
    assert tile in client.get(reverse("admin:index")).content.decode()
    listed = client.get(tile).content.decode()
    assert "Za dwa miesiące" in listed
    assert "Za rok" not in listed


def test_the_page_keeps_units_people_and_a_sound_e_delivery_address(beata, pcpr, client, sign_in):
    sign_in(beata)
    form = {
        **{name: "0" for prefix in ("units", "contacts") for name in (f"{prefix}-INITIAL_FORMS",)},
        **{f"{prefix}-TOTAL_FORMS": "1" for prefix in ("units", "contacts")},
        "agreements-INITIAL_FORMS": "0",
        "agreements-TOTAL_FORMS": "0",
        "units-0-name": "Filia Bychawa",
        "units-0-opening": "pn–pt 7.30–15.30",
        "contacts-0-name": "Anna Nowa",
        "contacts-0-function": "piecza",
        "contacts-0-valid_from": "2026-01-01",
        "code": pcpr.code,
        "kind": "pcpr",
        "preferred_way": "e_delivery",
        "email": "pcpr@demo.example",
    }
    refused = client.post(page(pcpr), form | {"ade": "AE:PL-123"})
    assert refused.status_code == 200
    assert "AE:PL-12345-67890-ABCDE-12" in refused.content.decode()
    saved = client.post(page(pcpr), form | {"ade": "AE:PL-12345-67890-ABCDE-12", "is_active": ""})
    assert saved.status_code == 302
    pcpr.refresh_from_db()
    assert (pcpr.ade, pcpr.is_active, pcpr.name) == ("AE:PL-12345-67890-ABCDE-12", True, personas.PCPR["name"])
    assert pcpr.units.get().opening == "pn–pt 7.30–15.30"
    assert Contact.objects.on(TODAY).get(institution=pcpr).function == "piecza"


def test_a_role_held_at_both_bodies_is_held_once_afterwards(beata, ewa, pcpr, clinic):
    Membership.objects.create(user=ewa, institution=clinic, role=Role.INSTITUTION_WORKER, valid_from=TODAY)
    institutions.merge_institution(pcpr, into=clinic, by=beata, now=NOW)
    assert Membership.objects.in_force(TODAY).filter(user=ewa).count() == 1


def test_the_board_says_how_many_institutions_it_has_no_room_for(tomek, pcpr, sign_in, time_machine):
    time_machine.move_to(NOW, tick=False)
    kind = pcpr.kind
    for number in range(22):
        there = Institution.objects.create(
            code=f"i{number}", name=f"Fundacja {number}", short_name=f"F{number}", kind=kind
        )
        world.referral(world.case(tomek), there)
    words = "2 instytucje, które mają mniej skierowań w toku"
    assert words in sign_in(tomek).get(reverse("coordination:dashboard")).content.decode()
    one = {"institution": there.pk}
    assert (
        "które mają mniej skierowań" not in sign_in(tomek).get(reverse("coordination:dashboard"), one).content.decode()
    )
