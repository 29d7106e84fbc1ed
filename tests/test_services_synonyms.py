"""What the organiser teaches the search: it is known at once, to everybody."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from cus_portal.audit.models import AuditEvent
from cus_portal.page_cache import STAMP
from services.models import GuideAnswer, GuideQuestion, ServiceVersion, Synonym
from services.publishing import publish_all
from tests.editorial import filled
from tests.factories import NOW, make_service

pytestmark = pytest.mark.django_db
ADD = reverse("admin:services_synonym_add")


@pytest.fixture
def care():
    service = make_service("Usługi opiekuńcze", keywords="opiekunka")
    make_service("Logopeda", keywords="mowa")
    publish_all(now=NOW)
    return service


def found(text):
    return [version.service for version in ServiceVersion.objects.matching(text)]


def add(client, words, terms):
    return client.post(ADD, filled(client.get(ADD), words=words, terms=terms))


def change_page(synonym):
    return reverse("admin:services_synonym_change", args=[synonym.pk])


def test_a_synonym_is_known_from_the_moment_it_is_saved(sign_in, beata, care, django_capture_on_commit_callbacks):
    client = sign_in(beata)
    cache.set(STAMP, "before")
    with django_capture_on_commit_callbacks(execute=True):
        assert add(client, " niania ,\ngosposia", "usługi  opiekuńcze").status_code == 302
    synonym = Synonym.objects.get()
    assert (synonym.words, synonym.terms) == ("niania, gosposia", "usługi opiekuńcze")
    assert found("gosposi") == [care]
    assert cache.get(STAMP) != "before"  # no kept page is out of date
    assert AuditEvent.objects.filter(action="synonym.add").count() == 1
    assert "Usługi opiekuńcze" in client.get(change_page(synonym)).content.decode()


def test_a_synonym_that_leads_elsewhere_or_is_not_in_use_is_forgotten_at_once(sign_in, beata, care):
    client = sign_in(beata)
    add(client, "niania", "usługi opiekuńcze")
    synonym = Synonym.objects.get()
    page = change_page(synonym)
    assert client.post(page, filled(client.get(page), terms="mowa")).status_code == 302
    assert [service.plain_name for service in found("niania")] == ["Logopeda"]
    assert client.post(page, filled(client.get(page), in_use="")).status_code == 302
    assert found("niania") == []


@pytest.mark.parametrize(
    ("words", "terms", "said"),
    [
        ("niania", "smok", "Żadna usługa publiczna nie ma"),
        ("niania, dla", "opiekunka", "„dla” nic nie mówi"),
        (", ;", "opiekunka", "Wpisz od 1 do 80"),
        ("x" * 61, "opiekunka", "Wpisz od 1 do 80"),
        (", ".join(f"słowo{n}" for n in range(81)), "opiekunka", "Wpisz od 1 do 80"),
    ],
)
def test_a_synonym_that_leads_nowhere_is_refused_with_what_to_do(sign_in, beata, care, words, terms, said):
    response = add(sign_in(beata), words, terms)
    assert response.status_code == 200
    assert said in response.content.decode()
    assert not Synonym.objects.exists()


def test_who_only_reads_the_catalogue_reads_the_synonyms_and_adds_none(sign_in, ola, hania, care):
    synonym = Synonym.objects.create(words="niania", terms="opiekunka")
    assert "niania" in sign_in(ola).get(reverse("admin:services_synonym_changelist")).content.decode()
    assert sign_in(ola).post(change_page(synonym), {"words": "x", "terms": "x"}).status_code == 403
    assert sign_in(ola).get(ADD).status_code == 403
    assert sign_in(hania).get(change_page(synonym)).status_code in (403, 404)
    synonym.refresh_from_db()
    assert synonym.words == "niania"


def test_an_answer_of_the_guide_leads_the_search_from_the_moment_it_is_saved(sign_in, beata, care):
    question = GuideQuestion.objects.create(code="q", text="Co się dzieje?", is_start=True)
    answer = GuideAnswer.objects.create(question=question, position=1, label="Krokodyl")
    answer.services.add(care)
    page = reverse("admin:services_guidequestion_change", args=[question.pk])
    client = sign_in(beata)
    response = client.post(page, filled(client.get(page), **{"answers-0-label": "Hipopotam"}))
    assert response.status_code == 302
    assert (found("hipopotamy"), found("krokodyl")) == ([care], [])
