"""A new entry that begins with the parts of another: templates of the centre, and copies."""

from datetime import date, time

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from cus_portal.audit.models import AuditEvent
from services.actions import copy_service
from services.content import content_of, with_content
from services.models import EntryTemplate, OpeningRule, ProgrammeService, Service, ServiceText
from tests import personas
from tests.factories import NOW, TODAY, make_service
from tests.open_data_world import make_full_service

pytestmark = pytest.mark.django_db
START = reverse("admin:services_service_start")


@pytest.fixture
def full(db):
    return make_full_service(featured=1)


def content(service):
    return content_of(with_content(Service.objects.filter(pk=service.pk)).get())


def copy(source, by, *, name="Opieka nocna", provider=None):
    return copy_service(source, plain_name=name, provider=provider or source.provider, by=by, now=NOW)


def test_a_copy_takes_the_parts_and_neither_identity_history_publication_nor_days(full, beata):
    ProgrammeService.objects.filter(service=full).update(
        valid_to=date(2030, 1, 1), fee_kind="flat", fee_amount="12.50", capacity=4, capacity_period="month"
    )
    OpeningRule.objects.create(
        service=full, weekday=6, opens_at=time(10), closes_at=time(11), valid_from=date(2026, 7, 1)
    )
    new = copy(full, beata)
    mine, original = content(new), content(full)
    for word in ("eligibility", "documents", "steps", "contacts", "groups", "topics", "places", "easy_text", "summary"):
        assert mine[word] == original[word], word
    assert mine["hours"] == [row for row in original["hours"] if "valid_from" not in row]
    assert "exceptions" not in mine
    assert "featured" not in mine
    (basis,) = mine["basis"]
    assert (basis["from"], basis["fee"], basis["amount"], basis["capacity"]) == (str(TODAY), "flat", "12.50", 4)
    assert "to" not in basis
    assert (new.status, new.reviewed_on, new.version) == ("draft", TODAY, 1)
    assert new.uuid != full.uuid
    assert new.code != full.code
    assert new.slug == "opieka-nocna"
    assert not new.versions.exists()
    assert list(AuditEvent.objects.about(new).values_list("action", "actor")) == [("service.copy", beata.pk)]


def test_a_renamed_copy_waits_for_its_name_in_each_language(full, beata):
    copy(full, beata, name=full.plain_name)
    assert set(ServiceText.objects.values_list("plain_name", flat=True)) == {"Care uk", "Care en"}
    new = copy(full, beata)
    assert set(new.texts.values_list("plain_name", "description")) == {("", "At home.")}


def test_a_basis_whose_programme_has_ended_is_not_copied(full, beata):
    programme = ProgrammeService.objects.get(service=full).programme
    programme.valid_to = date(2026, 1, 1)
    programme.save()
    assert content(copy(full, beata))["basis"] == []


def test_for_another_institution_nothing_of_the_first_ones_doors_and_phones_is_copied(full, beata):
    new = content(copy(full, beata, provider=personas.institution(personas.CLINIC)))
    assert not {"places", "contacts", "phone", "direct_entry", "hours", "sign_film"} & new.keys()
    assert new["steps"] == content(full)["steps"]


def test_a_partners_editor_begins_with_a_template_for_his_own_institution_without_a_basis(sign_in, hania, full):
    template = EntryTemplate.objects.create(code="opieka", name="Opieka w domu", sample=full, position=1)
    EntryTemplate.objects.create(code="stary", name="Stary wzór", sample=full, position=2, in_use=False)
    client = sign_in(hania)
    page = client.get(START).content.decode()
    assert "Opieka w domu" in page
    assert "Stary wzór" not in page
    form = client.get(START, {"template": template.code}).context["form"]
    assert [choice.pk for choice in form.fields["provider"].queryset] == [personas.institution(personas.CLINIC).pk]
    answer = client.post(
        f"{START}?template=opieka", {"plain_name": "Opieka", "provider": form.fields["provider"].queryset[0].pk}
    )
    new = Service.objects.get(plain_name="Opieka")
    assert answer.url == reverse("admin:services_service_change", args=[new.pk])
    assert (content(new)["basis"], new.provider) == ([], personas.institution(personas.CLINIC))
    assert client.get(answer.url).status_code == 200


def test_a_partners_editor_copies_no_draft_of_others_and_nothing_in_anothers_name(sign_in, hania, full):
    draft = make_service("Szkic", status="draft")
    client = sign_in(hania)
    assert client.get(START, {"entry": draft.pk}).status_code == 404
    assert client.get(START, {"template": "opieka"}).status_code == 404
    EntryTemplate.objects.create(code="opieka", name="Opieka", sample=full, position=1)
    answer = client.post(f"{START}?template=opieka", {"plain_name": "Cudza", "provider": full.provider_id})
    assert answer.status_code == 200
    assert "provider" in answer.context["form"].errors
    with pytest.raises(PermissionDenied):
        copy(full, hania)
    assert not Service.objects.filter(plain_name__in=["Cudza", "Opieka nocna"]).exists()


def test_who_only_reads_the_catalogue_begins_nothing(sign_in, ola, full):
    assert sign_in(ola).get(START).status_code == 403
    with pytest.raises(PermissionDenied):
        copy(full, ola)


def test_the_organiser_finds_the_templates_and_the_copy_on_the_pages(sign_in, beata, full):
    client = sign_in(beata)
    assert START in client.get(reverse("admin:services_service_changelist")).content.decode()
    page = client.get(reverse("admin:services_service_change", args=[full.pk])).content.decode()
    assert f"{START}?entry={full.pk}" in page
    answer = client.post(f"{START}?entry={full.pk}", {"plain_name": "", "provider": full.provider_id})
    assert answer.context["form"].errors["plain_name"]
    assert client.get(START, {"entry": "x"}).status_code == 404
    client.post(f"{START}?entry={full.pk}", {"plain_name": "Kopia", "provider": full.provider_id})
    assert Service.objects.get(plain_name="Kopia").status == "draft"
