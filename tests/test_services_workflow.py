"""How entries become public: what one person wrote a second one publishes, and the public reads nothing else."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from cus_portal.audit.log import record
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import deliver_due
from cus_portal.workflow import TransitionNotAllowed
from services import actions
from services.content import content_of, with_content
from services.forms import AmendForm
from services.models import (
    EligibilityRule,
    FeeBand,
    Location,
    Programme,
    ProgrammeService,
    RequiredDocument,
    Service,
    ServiceText,
    ServiceVersion,
    TargetGroup,
)
from services.review import authors_of, for_second_person
from tests.editorial import make_public, public, second_organiser, written_by
from tests.factories import NOW, at, make_form, make_programme, make_service

pytestmark = pytest.mark.django_db
LATER = at(date(2026, 11, 13))
NOTE = "Nowy numer telefonu."


@pytest.fixture
def marta(db):
    return second_organiser()


def in_review(by, service=None, **fields):
    """Return an entry that this person has changed and sent for review."""
    service = service or make_public()
    actions.revise_service(service, by=by, now=NOW)
    written_by(by, service, **fields or {"summary": "Nowe zdanie."})
    return actions.submit_service(service, note=NOTE, by=by, now=NOW)


def acts(service):
    return list(AuditEvent.objects.about(service).order_by("pk").values_list("action", flat=True))


# -- a second person ------------------------------------------------------------------------------
def test_what_one_organiser_wrote_another_publishes(beata, marta):
    service = in_review(beata)
    assert public(service).page["summary"] == "Pomoc dla mieszkańców."
    actions.publish_service(service, by=marta, now=LATER)
    version = public(service)
    assert (version.number, version.page["summary"], version.public_from) == (2, "Nowe zdanie.", LATER)
    assert (version.published_by, version.published_alone, version.note) == (marta, False, NOTE)
    assert acts(service) == ["service.revise", "service.change", "service.submit", "service.publish"]
    service.refresh_from_db()
    assert service.status == "published"


def test_the_director_is_the_second_person_of_a_small_centre(beata, danuta):
    service = in_review(beata)
    actions.publish_service(service, by=danuta, now=LATER)
    assert public(service).published_by == danuta


def test_nobody_publishes_what_he_wrote_or_submitted(beata, marta, danuta):
    service = make_public()
    actions.revise_service(service, by=beata, now=NOW)
    written_by(beata, service, summary="Nowe zdanie.")
    actions.submit_service(service, note=NOTE, by=marta, now=NOW)
    assert authors_of(service) == {beata.pk, marta.pk}
    for author in (beata, marta):
        with pytest.raises(PermissionDenied, match="services.review_service"):
            actions.publish_service(service, by=author, now=LATER)
    assert public(service).number == 1
    actions.publish_service(service, by=danuta, now=LATER)
    assert public(service).number == 2


def test_a_published_or_discarded_change_frees_its_authors_for_the_next_one(beata, marta):
    service = in_review(beata)
    actions.publish_service(service, by=marta, now=LATER)
    assert authors_of(service) == set()
    actions.publish_service(in_review(marta, service, summary="Inne."), by=beata, now=LATER)
    actions.revise_service(service, by=marta, now=LATER)
    written_by(marta, service, summary="Pomyłka.")
    actions.discard_changes(service, by=marta, now=LATER)
    assert authors_of(service) == set()


def test_who_only_opened_or_sent_back_an_entry_has_written_nothing(beata, marta):
    service = make_public()
    actions.revise_service(service, by=marta, now=NOW)
    written_by(beata, service, summary="Nowe zdanie.")
    actions.submit_service(service, note=NOTE, by=beata, now=NOW)
    actions.send_service_back(service, reason="Za długie.", by=marta, now=NOW)
    assert authors_of(service) == {beata.pk}


def test_any_act_that_is_not_known_to_write_nothing_counts_as_writing(beata):
    service = make_public()
    record("service.import", service, by=beata)
    assert authors_of(service) == {beata.pk}


@pytest.mark.parametrize("name", ["ola", "tomek", "iwona", "ewa", "renata", "stranger", "root"])
def test_nobody_else_publishes(beata, name, request):
    service = in_review(beata)
    with pytest.raises(PermissionDenied, match="services.review_service"):
        actions.publish_service(service, by=request.getfixturevalue(name), now=LATER)
    service.refresh_from_db()
    assert (service.status, public(service).number) == ("review", 1)


def test_the_review_queue_holds_what_others_wrote(beata, marta, danuta):
    mine, theirs, both = in_review(beata), in_review(marta), in_review(beata)
    actions.take_service_back(both, by=marta, now=NOW)
    actions.submit_service(both, note=NOTE, by=marta, now=NOW)
    waiting = {user: set(for_second_person(Service.objects.all(), user)) for user in (beata, marta, danuta)}
    assert waiting == {beata: {theirs}, marta: {mine}, danuta: {mine, theirs, both}}
    for user in waiting:
        assert waiting[user] == {row for row in (mine, theirs, both) if user.has_perm("services.review_service", row)}


def test_of_two_who_publish_at_once_one_wins(beata, marta, danuta):
    service = in_review(beata)
    seen = Service.objects.get()
    actions.publish_service(service, by=marta, now=LATER)
    with pytest.raises(TransitionNotAllowed):
        actions.publish_service(seen, by=danuta, now=LATER)
    assert acts(service).count("service.publish") == 1


# -- alone ----------------------------------------------------------------------------------------
def test_one_organiser_alone_publishes_with_a_reason_that_is_kept_and_counted(beata):
    service = in_review(beata)
    actions.publish_service_alone(service, reason="Dyrektor na urlopie.", by=beata, now=LATER)
    version = ServiceVersion.objects.get(published_alone=True)
    assert (version.note, version.published_by) == ("Dyrektor na urlopie.", beata)
    event = AuditEvent.objects.about(service).first()
    assert (event.action, event.reason) == ("service.publish_alone", "Dyrektor na urlopie.")


def test_the_director_who_only_reviews_does_not_publish_alone(beata, danuta):
    service = in_review(beata)
    with pytest.raises(PermissionDenied):
        actions.publish_service_alone(service, reason="x", by=danuta, now=LATER)


# -- what the public goes on reading --------------------------------------------------------------
def test_while_an_entry_is_changed_and_sent_back_the_public_reads_the_old_one(beata, danuta, stranger):
    service = in_review(beata)
    assert not Service.objects.visible_to(stranger).exists()
    actions.send_service_back(service, reason="Numer telefonu jest stary.", by=danuta, now=LATER)
    service.refresh_from_db()
    assert (service.status, public(service).page["summary"]) == ("draft", "Pomoc dla mieszkańców.")
    assert AuditEvent.objects.about(service).first().reason == "Numer telefonu jest stary."


def test_what_is_named_on_other_pages_is_its_public_name(beata, danuta):
    other = make_public("Stara nazwa")
    service = make_public(instead=other)
    in_review(beata, other, plain_name="Nowa nazwa")
    actions.confirm_service(service, by=beata, now=LATER)
    assert public(service).page["instead"]["name"]["pl"] == "Stara nazwa"
    actions.publish_service(other, by=danuta, now=LATER)
    assert public(service).page["instead"]["name"]["pl"] == "Nowa nazwa"


def test_a_service_without_a_basis_is_not_submitted(beata):
    service = make_service(status="draft")
    service.programme_services.all().delete()
    with pytest.raises(ValidationError):
        actions.submit_service(service, note=NOTE, by=beata, now=NOW)
    assert not AuditEvent.objects.exists()


def test_a_change_that_changes_nothing_is_not_submitted(beata):
    service = make_public()
    actions.revise_service(service, by=beata, now=NOW)
    with pytest.raises(ValidationError):
        actions.submit_service(service, note=NOTE, by=beata, now=NOW)
    service.refresh_from_db()
    assert service.status == "draft"


# -- a basis --------------------------------------------------------------------------------------
def test_of_a_basis_that_was_public_only_the_last_day_changes(beata, danuta):
    service = make_public()
    actions.revise_service(service, by=beata, now=NOW)
    service.programme_services.update(valid_to=date(2026, 12, 31))
    actions.submit_service(service, note=NOTE, by=beata, now=NOW)
    actions.publish_service(service, by=danuta, now=LATER)
    assert public(service).content["basis"][0]["to"] == "2026-12-31"


@pytest.mark.parametrize("change", [{"fee_kind": "none_set"}, {"conditions": "Inne."}, {"valid_from": "2022-01-01"}])
def test_a_public_basis_with_other_conditions_is_not_published(beata, change):
    service = make_public()
    actions.revise_service(service, by=beata, now=NOW)
    service.programme_services.update(**change)
    with pytest.raises(ValidationError, match="1 stycznia 2021"):
        actions.submit_service(service, note=NOTE, by=beata, now=NOW)


# -- discarding -----------------------------------------------------------------------------------
def test_discarding_restores_every_part_of_the_entry(beata):
    service = make_service(certificate="Orzeczenie", direct_entry=True, direct_entry_note="Pokój 3", languages=["pl"])
    service.locations.add(Location.objects.create(code="cus", name="Centrum"))
    service.target_groups.add(TargetGroup.objects.create(code="senior", name="Senior", position=1))
    ServiceText.objects.create(service=service, language="uk", plain_name="Логопед")
    RequiredDocument.objects.create(service=service, position=1, name="Orzeczenie", is_required=False, form=make_form())
    EligibilityRule.objects.create(
        service=service, position=1, label="dzieci", age_to=7, programme=Programme.objects.get()
    )
    basis = service.programme_services.get()
    FeeBand.objects.create(basis=basis, position=1, income_to="1010.50", percent=10)
    service = make_public(instead=service)
    service = Service.objects.exclude(pk=service.pk).get()
    before = content_of(with_content(Service.objects.filter(pk=service.pk)).get())
    actions.revise_service(service, by=beata, now=NOW)
    Service.objects.filter(pk=service.pk).update(summary="Inne.", certificate="", direct_entry=False, languages=[])
    for part in ("documents", "eligibility", "texts"):
        getattr(service, part).all().delete()
    service.locations.clear(), service.target_groups.clear()
    service.programme_services.update(valid_to=date(2026, 12, 31))
    basis.fee_bands.all().delete()
    ProgrammeService.objects.create(
        programme=make_programme(), service=service, valid_from=date(2027, 1, 1), regime="programme", fee_kind="free"
    )
    service.refresh_from_db()
    actions.discard_changes(service, by=beata, now=LATER)
    after = content_of(with_content(Service.objects.filter(pk=service.pk)).get())
    assert after == before == public(service).content
    assert service.programme_services.get().pk == basis.pk


def test_what_was_never_public_has_nothing_to_go_back_to(beata):
    service = make_service(status="draft")
    with pytest.raises(ValidationError):
        actions.discard_changes(service, by=beata, now=NOW)
    assert not AuditEvent.objects.exists()


# -- checked, archived, back ------------------------------------------------------------------------
def test_an_entry_checked_today_says_so_without_a_second_person(beata):
    service = make_public()
    actions.confirm_service(service, by=beata, now=LATER)
    version = public(service)
    assert (version.page["reviewed_on"], version.published_by) == ("2026-11-13", beata)
    service.refresh_from_db()
    assert (service.status, service.reviewed_on) == ("published", date(2026, 11, 13))


def test_a_check_makes_no_unreviewed_word_public(beata):
    service = make_public()
    Service.objects.update(summary="Tylnymi drzwiami.")
    with pytest.raises(ValidationError):
        actions.confirm_service(service, by=beata, now=LATER)
    assert public(service).page["summary"] == "Pomoc dla mieszkańców."


def test_an_archived_service_leaves_the_lists_and_comes_back_as_it_was(beata):
    service = make_public()
    actions.archive_service(service, reason="Koniec umowy.", by=beata, now=LATER)
    assert (public(service).is_listed, public(service).note) == (False, "Koniec umowy.")
    assert not ServiceVersion.objects.listed().exists()
    actions.reopen_service(service, reason="Nowa umowa.", by=beata, now=LATER)
    assert public(service).is_listed
    assert [version.number for version in service.versions.all()] == [3, 2, 1]


# -- programmes -----------------------------------------------------------------------------------
def test_a_programme_takes_the_same_way(beata, danuta):
    programme = make_programme(status="draft")
    service = make_service()
    service.programme_services.update(programme=programme)
    make_public()
    assert public(service).page["bases"] == []
    actions.submit_programme(programme, note="Uchwała z listopada.", by=beata, now=NOW)
    with pytest.raises(PermissionDenied):
        actions.publish_programme(programme, by=beata, now=NOW)
    actions.send_programme_back(programme, reason="Brak numeru.", by=danuta, now=NOW)
    actions.submit_programme(programme, note="Jest numer.", by=beata, now=NOW)
    actions.publish_programme(programme, by=danuta, now=LATER)
    assert public(service).page["bases"][0]["programme"]["code"] == programme.code


def test_a_published_programme_is_amended_with_a_reason_and_its_pages_follow(beata, danuta):
    service = make_public()
    programme = Programme.objects.get()
    assert not beata.has_perm("services.change_programme", programme)
    with pytest.raises(PermissionDenied):
        actions.amend_programme(programme, reason="x", by=danuta, now=LATER, valid_to=date(2026, 12, 31))
    typed = {name: getattr(programme, name) for name in AmendForm.base_fields if name != "reason"}
    typed |= {"name": "Program po zmianie", "valid_to": date(2026, 12, 31)}
    actions.amend_programme(programme, reason="Uchwała XX/1.", by=beata, now=LATER, **typed)
    assert Programme.objects.get().name == "Program po zmianie"
    assert public(service).page["bases"][0]["to"] == "2026-12-31"
    assert AuditEvent.objects.about(programme).first().reason == "Uchwała XX/1."


def test_an_archived_programme_takes_its_bases_out_of_force_until_it_is_back(beata):
    service = make_public()
    programme = Programme.objects.get()
    actions.archive_programme(programme, reason="Uchylony.", by=beata, now=LATER)
    assert not ServiceVersion.objects.in_force(date(2026, 11, 12)).filter(service=service).exists()
    actions.reopen_programme(programme, reason="Pomyłka.", by=beata, now=LATER)
    assert ServiceVersion.objects.in_force(date(2026, 11, 12)).filter(service=service).exists()


def test_what_an_entry_refers_to_is_shown_at_once(beata):
    place = Location.objects.create(code="cus", name="Centrum", address="Stara 1")
    service = make_service()
    service.locations.add(place)
    make_public()
    place.address = "Nowa 2"
    place.save()
    actions.refresh_entries(place, now=timezone.now())
    assert public(service).page["places"][0]["address"] == "Nowa 2"


# -- who is told ------------------------------------------------------------------------------------
def told():
    return sorted((row.template, row.recipient_id) for row in Message.objects.filter(sent_at=None))


def test_an_organiser_who_did_not_write_it_is_told_and_the_authors_when_it_comes_back(beata, marta, danuta, mailoutbox):
    service = make_public("Logopeda")
    in_review(beata, service)
    assert told() == [("entry_to_review", marta.pk)]
    deliver_due()
    actions.send_service_back(service, reason="Brak opłaty.", by=marta, now=NOW)
    assert told() == [("entry_sent_back", beata.pk)]
    deliver_due()
    for mail in mailoutbox:
        assert "Logopeda" in mail.subject
        assert reverse("admin:services_service_change", args=[service.pk]) in mail.body
        assert "Brak opłaty" not in mail.body
    actions.submit_service(service, note=NOTE, by=beata, now=NOW)
    assert told() == [("entry_to_review", marta.pk)]  # the second time too


def test_where_no_other_organiser_is_left_the_director_is_told(beata, danuta):
    in_review(beata)
    assert told() == [("entry_to_review", danuta.pk)]


def test_what_was_published_meanwhile_sends_no_mail(beata, danuta, mailoutbox):
    service = make_public()
    in_review(beata, service)
    actions.publish_service(service, by=danuta, now=NOW)
    deliver_due()
    assert mailoutbox == []


def test_a_programme_is_told_of_in_the_same_way(beata, marta):
    programme = make_programme(status="draft")
    record("programme.change", programme, by=beata)
    actions.submit_programme(programme, note=NOTE, by=beata, now=NOW)
    actions.send_programme_back(programme, reason="x", by=marta, now=NOW)
    assert told() == [("entry_sent_back", beata.pk), ("entry_to_review", marta.pk)]
