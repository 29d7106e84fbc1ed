"""The look: contrast, templates without inline style or script, components, the common pages."""

import io
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pypdf
import pytest
from django import forms
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.paginator import Paginator
from django.db import OperationalError
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import translation

from cus_portal import brand, charts, views
from cus_portal.accounts.models import Institution
from cus_portal.context import navigation
from cus_portal.documents import DocumentError, render_pdf
from cus_portal.forms import PortalForm
from cus_portal.paging import Slice
from cus_portal.templatetags import portal
from tests import personas

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SHEETS = sorted((ROOT / "static" / "css").glob("*.css"))
BIDI = "Zofia\u202e Nowak"


def relative(path):
    return str(path.relative_to(ROOT))


def render(source, **context):
    return Template("{% load portal %}" + source).render(Context(context))


def tokens():
    text = (ROOT / "static/css/house.css").read_text()
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", text)) | {"card": "#ffffff"}


# -- colours ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        *[(name, f"{name}-soft") for name in ("ok", "warn", "late", "wait")],
        *[(name, ground) for name in ("ink", "muted", "brand", "late") for ground in ("paper", "card")],
        ("brand-dark", "brand-soft"),
        ("muted", "plain-soft"),
        ("ink", "warm-soft"),
        ("ink", "focus"),
    ],
)
def test_words_stand_out_from_their_ground(ink, ground):
    assert brand.contrast(tokens()[ink], tokens()[ground]) >= 4.5


def test_borders_of_fields_stand_out_from_the_paper():
    assert brand.contrast(tokens()["line-strong"], tokens()["paper"]) >= 3


def test_contrast_is_that_of_wcag():
    assert brand.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert brand.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_this_centre_has_readable_colours():
    assert brand.check_brand_colours(None) == []


@pytest.mark.parametrize(("colour", "problem"), [("#5fb3b3", "portal.E002"), ("teal", "portal.E001")])
def test_a_centre_with_a_pale_or_misspelt_colour_does_not_start(settings, colour, problem):
    settings.CENTRE = settings.CENTRE | {"brand": colour}
    assert [found.id for found in brand.check_brand_colours(None)] == [problem]


def test_brand_sheet_carries_the_colours_of_the_centre(client, settings):
    settings.CENTRE = settings.CENTRE | {"brand": "#7a1f5c", "brand_dark": "#4d0f38"}
    answer = client.get(reverse("brand_css"))
    assert answer["Content-Type"].startswith("text/css")
    assert "--brand:#7a1f5c;--brand-dark:#4d0f38" in answer.content.decode()
    assert "public" in answer["Cache-Control"]


# -- templates and sheets -----------------------------------------------------------------------
@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_template_has_no_inline_style_or_script(path):
    text = path.read_text()
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\son[a-z]+=|javascript:", text)
    if path.parent.name != "mail":  # mail programs read no style sheet
        assert not re.search(r"\sstyle=", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_template_loads_one_library_a_line_in_order(path):
    loads = re.findall(r"{% load ([^%]+?) %}", path.read_text())
    assert not [load for load in loads if " " in load and " from " not in load]
    assert loads == sorted(loads)


@pytest.mark.parametrize("path", SHEETS, ids=relative)
def test_sheet_asks_nothing_of_other_servers(path):
    assert not re.search(r"@import|url\(\s*[\"']?(https?:)?//", path.read_text())


@pytest.mark.parametrize("path", SHEETS, ids=relative)
def test_sheet_names_only_files_that_are_there(path):
    for name in re.findall(r"url\(\"([^\"]+)\"\)", path.read_text()):
        assert (path.parent / name).is_file()


def test_vendored_bootstrap_points_to_no_source_map():
    assert "sourceMappingURL" not in (ROOT / "static/vendor/bootstrap/bootstrap.min.css").read_text()


# -- words and numbers --------------------------------------------------------------------------
def test_day_in_words():
    assert render("{{ on|day }} / {{ on|day_short }}", on=date(2026, 11, 12)) == "12 listopada 2026 / 12 listopada"


@pytest.mark.parametrize(
    ("amount", "words"),
    [(Decimal("0"), "bezpłatnie"), (Decimal("12"), "12 zł"), (Decimal("7.5"), "7,50 zł"), (None, "")],
)
def test_money_as_people_say_it(amount, words):
    assert render("{{ amount|money }}", amount=amount) == words


@pytest.mark.parametrize(
    ("number", "uri"),
    [("81 517 24 68", "tel:+48815172468"), ("112", "tel:112"), ("+380 44 123 45 67", "tel:+380441234567")],
)
def test_phone_is_a_link_that_dials(number, uri):
    assert render("{{ number|phone_link }}", number=number) == f'<a class="tel" href="{uri}">{number}</a>'


# -- components ---------------------------------------------------------------------------------
def test_tag_escapes_its_word_and_knows_its_kinds():
    assert render("{% tag 'late' word %}", word="<b>") == '<span class="tag tag-late">&lt;b&gt;</span>'
    with pytest.raises(Exception, match="no kind"):
        render("{% tag 'red' 'x' %}")


def test_tile_says_how_many_and_leads_to_them():
    html = render("{% tile 1234 'wszystkie' '/praca/?stan=x' 'mine' %}")
    assert 'href="/praca/?stan=x"' in html
    assert "<b>1\xa0234</b>" in html


@pytest.mark.parametrize(
    ("n", "tile", "words"),
    [
        (1, "1", "1 pozycja"),
        (10_000, "10\xa0000", "10\xa0000 pozycji"),
        (10_001, "10\xa0000+", "więcej niż 10\xa0000 pozycji"),
    ],
)
def test_a_number_says_where_counting_stopped(n, tile, words):
    assert f"<b>{tile}</b>" in render("{% tile n 'wszystkie' '/' %}", n=n)
    assert render("{% row_count n %}", n=n) == words


def test_facts_leave_out_what_is_empty():
    html = render("{% facts rows %}", rows=[("Koszt", "bezpłatnie"), ("Ile", ""), ("Co", ["a", "b"]), ("Zero", 0)])
    assert re.findall(r"<dt>(.*?)</dt>", html) == ["Koszt", "Co", "Zero"]
    assert html.count("<li>") == 2


def test_steps_say_the_state_in_words():
    html = render("{% steps rows %}", rows=[{"title": "Zgłoszenie", "state": "done"}, {"title": "My", "state": "now"}])
    assert "(zrobione)" in html
    assert html.count('aria-current="step"') == 1


def test_callout_escapes_its_title_and_keeps_its_content():
    html = render("{% callout title=title %}<p>{{ word }}</p>{% endcallout %}", title="<i>", word="<u>")
    assert "&lt;i&gt;" in html
    assert "<p>&lt;u&gt;</p>" in html


def test_page_header_keeps_its_actions():
    assert '<div class="actions"><a href="/">x</a></div>' in render(
        '{% page_header "T" %}<a href="/">x</a>{% endpage_header %}'
    )
    assert "actions" not in render('{% page_header "T" %} {% endpage_header %}')


def test_pagination_keeps_the_filters(rf):
    page = Paginator(range(100), 10).page(5)
    html = render("{% pagination page %}", page=page, request=rf.get("/x/?stan=nowe&page=5"))
    assert "?stan=nowe&amp;page=6" in html
    assert html.count('aria-current="page"') == 1


def test_a_list_walked_by_marks_leads_on_back_and_to_the_start(rf):
    request = rf.get("/x/?stan=nowe&stan=stare&p=tu")

    def links(**marks):
        html = render("{% keyset_pagination part %}", part=Slice(rows=[1], **marks), request=request)
        return re.findall(r'href="([^"]+)"', html)

    first = "?stan=nowe&amp;stan=stare"
    assert links(following="x/=") == [f"{first}&amp;p=x%2F%3D"]
    assert links(previous="w") == [f"{first}&amp;p=w", first]
    assert links(previous="w", following="x") == [f"{first}&amp;p=w", f"{first}&amp;p=x", first]
    assert links() == []


def test_a_single_page_needs_no_numbers(rf):
    assert render("{% pagination page %}", page=Paginator([1], 10).page(1), request=rf.get("/")).strip() == ""


def test_chart_has_its_table_and_says_itself_in_words():
    rows = [("PCPR", (3, 0), "/lista/"), ("SP ZOZ", (1, 5), "")]
    html = render("{% bar_chart 'Kto' rows series %}", rows=rows, series=[("mine", "my"), ("theirs", "oni")])
    assert 'role="img"' in html
    assert "PCPR: 3 (my 3); SP ZOZ: 6 (my 1, oni 5)" in html
    assert '<a href="/lista/">PCPR</a>' in html
    assert html.count("<tr>") == 3
    with translation.override("pl"):  # a comma in a coordinate would break the drawing
        assert not re.search(r'(x|width)="\d+,', html)


def test_chart_of_zeros_says_that_there_is_nothing():
    html = render("{% bar_chart 'Kto' rows series %}", rows=[("PCPR", (0,), "")], series=[("mine", "my")])
    assert "<svg" not in html


# -- pages that belong to no app ----------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("name", ["contact", "accessibility", "login", "robots", "brand_css"])
@pytest.mark.parametrize("language", ["pl", "uk", "en"])
def test_common_page_opens_for_everybody_without_a_query(client, django_assert_num_queries, name, language):
    with translation.override(language):
        url = reverse(name)
    with django_assert_num_queries(0):
        assert client.get(url).status_code == 200


def test_statement_has_each_official_id_once(client):
    html = client.get(reverse("accessibility")).content.decode()
    ids = [
        "wstep",
        "podmiot",
        "zakres",
        "url",
        "data-publikacja",
        "data-aktualizacja",
        "status",
        "data-sporzadzenie",
        "data-przeglad",
        "kontakt",
        "osoba",
        "email",
        "telefon",
        "procedura",
        "architektura",
        "aplikacje",
        "komunikacja",
        "deklaracja",
    ]
    assert {name: html.count(f'id="a11y-{name}"') for name in ids} == dict.fromkeys(ids, 1)
    assert re.search(r'<time id="a11y-data-publikacja" datetime="\d{4}-\d\d-\d\d">', html)


def test_page_leads_to_its_other_languages(client):
    html = client.get("/uk/kontakt/").content.decode()
    assert '<html lang="uk">' in html
    for code, url in (("pl", "/kontakt/"), ("uk", "/uk/kontakt/"), ("en", "/en/kontakt/")):
        assert f'<link rel="alternate" hreflang="{code}" href="{url}">' in html


def test_emergency_numbers_are_on_the_page_as_links(client):
    html = client.get("/kontakt/").content.decode()
    assert 'href="tel:112"' in html
    assert 'href="tel:+48800120002"' in html


@pytest.mark.django_db
def test_menu_of_a_stranger_costs_no_query(rf, django_assert_num_queries):
    request = rf.get("/kontakt/")
    with django_assert_num_queries(0):
        menus = navigation(request)
    assert menus["staff"] == []
    assert [item.url for item in menus["public"] if item.current] == ["/kontakt/"]


def test_staff_see_their_rooms_and_sign_out_by_post(sign_in, tomek):
    html = sign_in(tomek).get(reverse("contact")).content.decode()
    assert 'action="/wylogowanie/"' in html
    assert 'href="/admin/"' in html
    assert sign_in(tomek).get("/wylogowanie/").status_code == 405


def test_wrong_password_is_told_without_a_hint_which_part_was_wrong(client, tomek):
    known = client.post(reverse("login"), {"username": tomek.email, "password": "nie-to-haslo"})
    unknown = client.post(reverse("login"), {"username": "nikt@demo.example", "password": "nie-to-haslo"})
    summary = re.compile(r"<li><strong>(.*?)</strong></li>")
    assert summary.findall(known.content.decode()) == summary.findall(unknown.content.decode()) != []


def test_after_five_wrong_passwords_the_door_rests_and_says_so(client, tomek):
    for _attempt in range(settings.AXES_FAILURE_LIMIT):
        answer = client.post(reverse("login"), {"username": tomek.email, "password": "nie-to-haslo"})
    assert answer.status_code == 429
    assert "Za dużo prób" in answer.content.decode()


def test_signing_in_leads_to_the_first_room_of_the_person(client, tomek, iwona):
    for person in (tomek, iwona):
        answer = client.post(reverse("login"), {"username": person.email, "password": personas.PASSWORD})
        assert answer.url == reverse("coordination:start")
        client.post(reverse("logout"))


def test_signing_out_twice_does_no_harm(client, db):
    assert client.post(reverse("logout")).url == reverse("services:home")


def test_a_request_nobody_can_read_is_answered_kindly(client, settings):
    settings.DEBUG = False
    answer = client.get("/kontakt/", headers={"host": "someone.else.example"})
    assert answer.status_code == 400
    assert "Nie mogliśmy tego odczytać" in answer.content.decode()


def test_a_form_kept_open_too_long_is_explained(db):
    answer = Client(enforce_csrf_checks=True).post(reverse("login"), {"username": "x"})
    assert answer.status_code == 403
    assert "Strona była otwarta zbyt długo" in answer.content.decode()


def test_a_new_password_is_refused_with_advice_and_taken_when_good(sign_in, tomek):
    browser = sign_in(tomek)
    wrong = {"old_password": personas.PASSWORD, "new_password1": "krotkie", "new_password2": "krotkie"}
    assert "error-summary" in browser.post(reverse("password_change"), wrong).content.decode()
    good = wrong | dict.fromkeys(("new_password1", "new_password2"), "dlugie-i-dobre-haslo-7")
    assert browser.post(reverse("password_change"), good).url == reverse("password_change_done")
    assert browser.get(reverse("password_change_done")).status_code == 200


@pytest.mark.parametrize("path", ["/nie-ma-takiej/", "/uk/nie-ma/"])
def test_unknown_address_is_answered_kindly(client, path, db):
    answer = client.get(path)
    assert answer.status_code == 404
    assert 'class="tel"' in answer.content.decode()


@pytest.mark.parametrize("name", ["400.html", "500.html", "503.html"])
def test_page_of_a_failure_needs_nothing(name):
    assert "<h1" in render_to_string(name)


def test_a_database_that_is_away_is_told_as_such(rf):
    try:
        raise OperationalError
    except OperationalError:
        answer = views.server_error(rf.get("/"))
    assert answer.status_code == 503
    assert answer["Retry-After"] == "60"
    assert "81 517 24 68" in answer.content.decode()


@pytest.mark.django_db
def test_health_answers_for_the_database_and_reports_redis(client):
    answer = client.get(reverse("health"))
    assert answer.status_code == 200
    assert answer.json()["database"] == "ok"
    assert answer.json()["redis"] in {"ok", "unavailable"}


# -- the office and the mails -------------------------------------------------------------------
def test_page_of_a_move_has_one_button_and_a_way_back(rf, tomek):
    request = rf.get("/admin/")
    request.user = tomek
    context = {
        "offered": True,
        "title": "Zamknij",
        "form": PortalForm(),
        "danger": True,
        "version": 3,
        "page": "/admin/accounts/institution/1/change/",
        "original": tomek.pk,
        "opts": Institution._meta,
        "state_label": "przyjęte",
        "state_kind": "mine",
        "whose_move": "Centrum",
        "due": date(2026, 11, 30),
        "due_words": "odpowiedź do",
        "others": [],
        "meanwhile": [],
    }
    html = render_to_string("admin/portal/move.html", context, request)
    assert '<button class="btn btn-danger" type="submit">Zamknij</button>' in html
    assert '<input type="hidden" name="version" value="3">' in html
    assert "30 listopada 2026" in html


def test_mail_has_a_heading_an_action_a_number_and_the_phone():
    source = (
        '{% extends "mail/base.html" %}{% block heading %}Mamy Twoje zgłoszenie{% endblock %}'
        '{% block body %}{% include "mail/number.html" with number="CUS-2026-0147" only %}{% endblock %}'
        '{% block action %}{% include "mail/action.html" with url="https://x.example/" label="Sprawdź" '
        "brand=centre.brand only %}{% endblock %}"
    )
    html = Template(source).render(Context({"centre": settings.CENTRE}))
    assert html.count("<h1") == 1
    assert 'href="https://x.example/"' in html
    assert "CUS-2026-0147" in html
    assert 'href="tel:+48815172468"' in html


# -- the demonstration --------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["style_guide", "demo_mails"])
def test_pages_of_the_demonstration_are_not_there_in_production(client, db, name):
    assert client.get(reverse(name)).status_code == 404


def test_style_guide_shows_every_component(client, settings):
    settings.DEMO = True
    html = client.get(reverse("style_guide")).content.decode()
    for part in ("count late", "facts", "steps", "panel", "callout-late", "empty", "pages", "error-summary", "<svg"):
        assert part in html


def test_mails_are_shown_newest_first_as_safe_text(client, settings, tmp_path):
    settings.DEMO = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path
    for subject in ("Pierwszy", "Drugi łączy"):
        text = f"<script>x</script> {subject} http://127.0.0.1:8000/moja-sprawa/"
        mail = EmailMultiAlternatives(subject, text, to=["a@demo.example"], connection=get_connection())
        mail.attach_alternative("<p>html</p>", "text/html")
        mail.send()
    html = client.get(reverse("demo_mails")).content.decode()
    assert html.index("Drugi łączy") < html.index("Pierwszy")
    assert "<script>x" not in html
    assert 'href="http://127.0.0.1:8000/moja-sprawa/"' in html


def test_many_mails_are_cut_to_the_newest(tmp_path):
    for number in range(views.MAILS_SHOWN + 5):
        (tmp_path / f"20261123-{number:03}.log").write_bytes(b"Subject: x\n\ny\n" + b"-" * 79 + b"\n")
    assert len(views.newest_mails(tmp_path)) == views.MAILS_SHOWN


def test_no_folder_of_mails_is_no_error(tmp_path):
    assert views.newest_mails(tmp_path / "nowhere") == []


# -- paper --------------------------------------------------------------------------------------
def test_document_is_tagged_polish_and_takes_words_literally():
    chart = charts.bar_chart("Na kogo czekamy", [("PCPR", (3, 1), "")], [("mine", "my"), ("theirs", "oni")])
    data = {
        "title": "Raport: październik 2026",
        "eyebrow": "Zażółć gęślą jaźń · Їжак",
        "centre": settings.CENTRE,
        "facts": [["Uwagi", "Słowa #nie *są* $kodem$."]],
        "nothing": "",
        "charts": [{"title": chart.title, "svg": charts.svg(chart), "alt": chart.description}],
        "tables": [
            {
                "title": "Skierowania",
                "note": "",
                "columns": ["Instytucja", "otwarte"],
                "words": 1,
                "rows": [["PCPR", 14]],
            }
        ],
    }
    pdf = pypdf.PdfReader(io.BytesIO(render_pdf("report", data)))
    root = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "pl"
    assert pdf.metadata.title == data["title"]
    assert "Słowa #nie *są* $kodem$." in pdf.pages[0].extract_text()
    heads = ["Instytucja i usługa", "Miesiąc", "przed osobami, które czekały dłużej", "ile osób", "mimo braku miejsc"]
    name = "Powiatowe Centrum Pomocy"
    rows = [[name, "maj 2026", 6, 7, 8]]
    data["tables"] = [{"title": "Poza kolejnością", "note": "", "columns": heads, "words": 1, "rows": rows}]
    paper = pypdf.PdfReader(io.BytesIO(render_pdf("report", data))).pages[0].extract_text()
    assert any(name in line for line in paper.splitlines())  # long headings leave it its line


def test_a_sign_that_no_font_has_leaves_a_box_and_keeps_no_document_off_the_paper():
    data = {"title": "Raport", "centre": settings.CENTRE, "charts": [], "tables": [], "nothing": ""}
    data |= {
        "eyebrow": "",
        "facts": [["Uwagi", "Tak \N{THUMBS UP SIGN}\N{VARIATION SELECTOR-16} → 你好 ᚠᚢ \x07 Їжак."]],
    }
    paper = pypdf.PdfReader(io.BytesIO(render_pdf("report", data))).pages[0].extract_text()
    assert "Tak □ → □□ □□ □ Їжак." in " ".join(paper.split())


def test_a_document_that_cannot_be_set_says_so_without_its_data():
    with pytest.raises(DocumentError) as refused:
        render_pdf("document", {"title": "Jan Kowalski"})
    assert str(refused.value) == "document could not be set, status 1"


def test_a_cell_of_the_admin_names_its_column_and_says_yes_or_no_in_words():
    icon = '<img src="/static/admin/img/icon-no.439e821418cd.svg" alt="False">'
    cells = ['<th class="field-name"><a href="1/">PCPR</a></th>', f'<td class="field-active">{icon}</td>']
    headers = [{"text": "nazwa"}, {"text": 'czynna "dziś"'}]
    assert list(portal.labelled(cells, headers)) == [
        '<th class="field-name"><a href="1/">PCPR</a></th>',
        '<td data-label="Czynna &quot;dziś&quot;" class="field-active">nie</td>',
    ]


def test_a_text_too_long_is_told_so_in_plain_words():
    class Form(PortalForm):
        text = forms.CharField(max_length=5)

    form = Form({"text": "za długie"})
    assert form.errors["text"] == ["Za długie: zmieści się najwyżej 5 znaków, a jest 9. Skróć tekst."]
    assert Form({"text": "krótk"}).is_valid()


def test_an_empty_field_is_told_what_to_do():
    class Form(PortalForm):
        text = forms.CharField()
        name = forms.CharField(error_messages={"required": "Wpisz imię."})

    assert Form({}).errors == {"text": ["Wypełnij to pole."], "name": ["Wpisz imię."]}
