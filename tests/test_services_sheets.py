"""The catalogue outside its own pages: sheets to print, the search box elsewhere, what machines read."""

import io
import json
import re
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from pypdf import PdfReader

from services.models import Location, ServiceText
from services.publishing import publish_all
from services.structured import as_script
from tests.factories import NOW, make_service

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_sheet_kept():
    """Forget the sheets of earlier tests: a service of the same key may have been made at the same moment."""
    cache.clear()


def pdf_of(client, service, **query):
    response = client.get(reverse("services:sheet", args=[service.slug]), query)
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    return PdfReader(io.BytesIO(response.content))


def text_of(pdf):
    return " ".join(page.extract_text() for page in pdf.pages)


# -- on paper ---------------------------------------------------------------------------------------
def test_a_sheet_is_tagged_says_the_facts_and_names_its_page(client):
    service = make_service(description="Pierwszy akapit.\n\nDrugi akapit.")
    pdf = pdf_of(client, service)
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]
    text = text_of(pdf)
    for words in (service.plain_name, service.summary, "Drugi akapit.", "bezpłatnie", settings.CENTRE["phone"]):
        assert words in text
    assert f"/uslugi/{service.slug}/" in text.replace("\n", "")


def test_large_print_is_larger(client):
    service = make_service(description="Kilka zdań. " * 40)

    def size_of(pdf, words):
        sizes = []

        def look(text, cm, tm, _font, size):
            if words in text:
                sizes.append(size * tm[0] * cm[0])

        pdf.pages[0].extract_text(visitor_text=look)
        return max(sizes)

    normal, large = pdf_of(client, service), pdf_of(client, service, druk="duzy")
    assert size_of(large, "Kilka zdań") == pytest.approx(1.6 * size_of(normal, "Kilka zdań"), rel=0.01)


def test_a_sheet_speaks_the_language_of_the_page(client):
    service = make_service()
    ServiceText.objects.create(service=service, language="uk", plain_name="Логопед", summary="Допомога.")
    publish_all(now=NOW)
    pdf = PdfReader(io.BytesIO(client.get(f"/uk/uslugi/{service.slug}/karta.pdf").content))
    assert "Логопед" in text_of(pdf)


def test_a_confidential_place_is_on_no_sheet_and_in_no_data_for_machines(client):
    service = make_service(place_is_confidential=True)
    service.locations.add(Location.objects.create(code="x", name="Dom pod lasem"))
    publish_all(now=NOW)
    assert "lasem" not in text_of(pdf_of(client, service))
    assert "lasem" not in client.get(service.get_absolute_url()).content.decode()


@pytest.mark.parametrize("status", ["draft", "archived"])
def test_what_is_not_on_the_lists_has_no_sheet(client, status):
    make_service(slug="tajna", status=status)
    publish_all(now=NOW)
    assert client.get(reverse("services:sheet", args=["tajna"])).status_code == 404


# -- on other sites -----------------------------------------------------------------------------------
def test_the_search_box_may_stand_on_any_site_and_everything_else_on_none(client):
    box = client.get(reverse("services:widget"))
    assert "frame-ancestors *" in box["Content-Security-Policy"]
    assert "X-Frame-Options" not in box
    assert not box.cookies
    home = client.get("/")
    assert "frame-ancestors 'none'" in home["Content-Security-Policy"]
    assert home["X-Frame-Options"] == "DENY"


def test_the_line_to_copy_names_the_box(client):
    page = client.get(reverse("services:widget_help")).content.decode()
    assert f"http://testserver{reverse('services:widget')}" in page


# -- for machines -------------------------------------------------------------------------------------
def parts_of_the_sitemap(client):
    """Return the parts that the sitemap names, each a list of addresses."""
    body = client.get("/sitemap.xml").content.decode()
    places = [element.text for element in ElementTree.fromstring(body).iter() if element.tag.endswith("loc")]  # noqa: S314 our own
    parts = [client.get(urlsplit(place)._replace(scheme="", netloc="").geturl()).content.decode() for place in places]
    assert all(ElementTree.fromstring(part).tag.endswith("urlset") for part in parts)  # noqa: S314
    return parts


def test_the_sitemap_names_each_listed_service_in_each_language(client, django_assert_max_num_queries):
    make_service("Jedna", slug="jedna")
    make_service("Szkic", slug="szkic", status="draft")
    publish_all(now=NOW)
    with django_assert_max_num_queries(3):
        parts = parts_of_the_sitemap(client)
    assert [len(parts), "/kontakt/" in parts[0]] == [2, True]
    with django_assert_max_num_queries(2):
        body = client.get("/sitemap-uslugi.xml").content.decode()
    assert body == parts[1]
    assert all(f"{prefix}/uslugi/jedna/" in body for prefix in ("", "/uk", "/en"))
    assert "szkic" not in body
    assert "/sitemap.xml" in client.get("/robots.txt").content.decode()


def test_a_sitemap_of_many_services_comes_in_parts(client, monkeypatch):
    monkeypatch.setattr("services.sitemaps.Services.limit", 3)
    for number in range(3):
        make_service(slug=f"usluga-nr-{number}")
    _pages, *services = parts_of_the_sitemap(client)
    assert [part.count("<url>") for part in services] == [3, 3, 3]
    assert all(f"/uslugi/usluga-nr-{number}/" in part for number, part in enumerate(services))


def test_a_service_page_says_what_it_is_to_search_engines(client):
    service = make_service("Terapia </script><b>mowy</b>")
    page = client.get(service.get_absolute_url()).content.decode()
    data = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)[1])
    assert (data["@type"], data["name"]) == ("GovernmentService", "Terapia </script><b>mowy</b>")
    assert data["isAccessibleForFree"] is True
    assert data["provider"]["name"] == service.provider.name


def test_no_text_leaves_the_block_for_machines():
    assert "<" not in as_script({"name": "</script><script>"}).removeprefix("<script ").removesuffix("</script>")


# -- about the centre -----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["emergency", "about", "easy_to_read", "sign_language"])
@pytest.mark.parametrize("prefix", ["", "/uk", "/en"])
def test_the_centre_tells_about_itself_in_each_way(client, name, prefix, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get(prefix + reverse(name)).status_code == 200


def test_the_statement_says_only_what_is_true(client, settings):
    centre = settings.CENTRE
    page = client.get(reverse("accessibility")).content.decode()
    assert "częściowo zgodna" in page
    assert "a11y-audytor" not in page
    assert "a11y-ocena" not in page
    settings.CENTRE = centre | {"accessibility": centre["accessibility"] | {"status": "full", "auditor": "Firma X"}}
    page = client.get(reverse("accessibility")).content.decode()
    assert "w pełni zgodna" in page
    assert page.count('id="a11y-audytor"') == 1


def test_the_statement_stands_in_each_language_with_each_id_once(client):
    path = reverse("accessibility")
    for prefix in ("", "/uk", "/en"):
        page = client.get(prefix + path).content.decode()
        ids = re.findall(r'id="(a11y-[a-z-]+)"', page)
        assert len(ids) == len(set(ids)) >= 18
