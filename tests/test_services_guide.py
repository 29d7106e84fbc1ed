"""Ways in for those who are not sure: the check before applying and the guided questions."""

import pytest
import yaml
from django.conf import settings
from django.urls import reverse

from services.exchange.loader import CatalogueError, load_catalogue
from services.models import EligibilityRule, GuideAnswer, GuideQuestion, ServiceText, circle_among
from services.publishing import publish_all
from tests.factories import NOW, make_service
from tests.real_catalogue import put_real_catalogue
from tests.test_services_loader import DATA, folder, write  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def speech():
    service = make_service(otherwise="Zajrzyj do poradni.", instead=make_service("Poradnia"))
    EligibilityRule.objects.create(service=service, position=1, label="Dziecko do 10 lat", age_to=10)
    publish_all(now=NOW)
    return service


def check(client, service, **answers):
    return client.post(reverse("services:check", args=[service.slug]), answers)


# -- is it for me? ----------------------------------------------------------------------------------
def test_the_way_out_is_where_a_question_or_what_it_leads_to_is_delicate(client, db):
    start = GuideQuestion.objects.create(code="start", text="Co się dzieje?", is_start=True)
    page = reverse("services:guide_question", args=["start"])
    assert "data-leave" not in client.get(page).content.decode()
    harm = GuideQuestion.objects.create(code="krzywda", text="Czy teraz jesteś bezpieczny?", is_delicate=True)
    start.answers.create(position=1, label="Ktoś mnie krzywdzi", leads_to=harm)
    for code in ("start", "krzywda"):
        assert "data-leave" in client.get(reverse("services:guide_question", args=[code])).content.decode()


def test_the_check_asks_only_what_matters_and_says_that_nothing_is_kept(client, speech):
    page = client.get(reverse("services:check", args=[speech.slug])).content.decode()
    assert "Ile lat ma osoba" in page
    assert "dokument" not in page.lower().split("<form")[1]
    assert "Niczego nie zapisujemy" in page


@pytest.mark.parametrize(
    ("age", "words"), [("8", "Tak, ta pomoc jest dla Ciebie"), ("12", "Raczej nie"), ("", "Być może")]
)
def test_the_check_answers_yes_no_or_maybe(client, speech, age, words):
    assert words in check(client, speech, age=age).content.decode()


def test_a_no_names_the_reason_the_other_help_and_lets_one_ask_all_the_same(client, speech):
    page = check(client, speech, age="12").content.decode()
    assert "do 10 lat" in page
    assert "Zajrzyj do poradni." in page
    assert "Poradnia" in page
    assert f"?usluga={speech.slug}" in page


def test_nothing_of_the_answers_is_kept(client, speech):
    response = check(client, speech, age="12")
    assert not client.session.keys()
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("age", ["-1", "121", "osiem", "9" * 400])
def test_a_wrong_age_is_said_at_its_field_and_stays_typed(client, speech, age):
    response = check(client, speech, age=age)
    assert response.context["form"].errors["age"]
    assert response.context["verdict"] is None


def test_the_check_of_an_unknown_draft_or_archived_service_is_not_found(client, speech):
    make_service("Szkic", status="draft", slug="szkic")
    for slug in ("szkic", "nie-ma"):
        assert client.get(reverse("services:check", args=[slug])).status_code == 404


# -- the guided questions ---------------------------------------------------------------------------
def test_every_way_through_the_real_guide_ends_with_help_and_a_phone(client):
    put_real_catalogue()
    seen, open_pages = set(), [reverse("services:guide_question", args=["co-sie-dzieje"])]
    while open_pages:
        url = open_pages.pop()
        seen.add(url)
        response = client.get(url)
        assert response.status_code == 200, url
        assert settings.CENTRE["phone"] in response.content.decode(), url
        found = set(response.context.get("answers") and links(response) or [])
        open_pages += found - seen
    ends = [url for url in seen if url.rstrip("/").rsplit("/", 1)[1].isdigit()]
    assert len(ends) == GuideAnswer.objects.filter(leads_to=None).count()


def links(response):
    for one in response.context["answers"]:
        answer = one["answer"]
        if answer.leads_to:
            yield reverse("services:guide_question", args=[answer.leads_to.code])
        else:
            yield reverse("services:guide_end", args=[answer.question.code, answer.position])


def test_the_guide_begins_at_its_first_question_and_without_one_leads_to_the_list(client):
    assert client.get(reverse("services:guide")).url == reverse("services:list")
    GuideQuestion.objects.create(code="start", text="Co się dzieje?", is_start=True)
    assert client.get(reverse("services:guide")).url == reverse("services:guide_question", args=["start"])


def test_the_end_shows_what_is_offered_today_and_leaves_out_the_rest(client):
    question = GuideQuestion.objects.create(code="start", text="Co się dzieje?", is_start=True)
    answer = GuideAnswer.objects.create(question=question, position=1, label="Trudno mi")
    answer.services.set([make_service("Pomoc"), make_service("Szkic", status="draft")])
    publish_all(now=NOW)
    page = client.get(reverse("services:guide_end", args=["start", 1])).content.decode()
    assert "Pomoc" in page
    assert "Szkic" not in page


def test_the_guide_speaks_ukrainian_and_says_what_is_still_in_polish(client):
    GuideQuestion.objects.create(code="start", text="Co?", text_uk="Що?", hint="Wybierz.", is_start=True)
    page = client.get("/uk/krok-po-kroku/start/").content.decode()
    assert "Що?" in page
    assert '<p class="lead" lang="pl">Wybierz.</p>' in page


@pytest.mark.parametrize("rows", [1, 12])
def test_the_guide_costs_the_same_for_one_answer_and_for_twelve(client, rows, django_assert_max_num_queries):
    question = GuideQuestion.objects.create(code="start", text="Co?", is_start=True)
    for position in range(1, rows + 1):
        GuideAnswer.objects.create(question=question, position=position, label="Tak", leads_to=None)
    with django_assert_max_num_queries(3):
        client.get(reverse("services:guide_question", args=["start"]))


def test_a_circle_is_found():
    assert circle_among({"a": ["b"], "b": ["c", None], "c": ["a"]}) == ["a", "b", "c"]
    assert circle_among({"a": ["b", "c"], "b": ["c"], "c": [None]}) == []


def test_a_file_whose_questions_lead_in_a_circle_is_refused(folder):  # noqa: F811
    rows = [
        {"code": "a", "text": "A?", "start": True, "answers": [{"label": "dalej", "next": "b"}]},
        {"code": "b", "text": "B?", "answers": [{"label": "dalej", "next": "a"}]},
    ]
    write(folder, "guide.yaml", rows)
    with pytest.raises(CatalogueError, match="w kółko"):
        load_catalogue(folder, now=NOW)


def test_an_answer_that_left_the_file_leaves_the_guide(folder):  # noqa: F811
    rows = [{"code": "a", "text": "A?", "start": True, "answers": [{"label": "raz"}, {"label": "dwa"}]}]
    write(folder, "guide.yaml", rows)
    load_catalogue(folder, now=NOW)
    rows[0]["answers"].pop()
    (folder / "guide.yaml").write_text(yaml.safe_dump(rows), encoding="utf-8")
    load_catalogue(folder, now=NOW)
    assert [answer.label for answer in GuideAnswer.objects.all()] == ["raz"]


def test_a_translated_service_keeps_its_name_in_the_check(client, speech):
    ServiceText.objects.create(service=speech, language="uk", plain_name="Логопед")
    publish_all(now=NOW)
    assert client.get(f"/uk/uslugi/{speech.slug}/czy-dla-mnie/").status_code == 200


# -- the organiser's room ---------------------------------------------------------------------------
def answer_fields(question, *rows):
    fields = {
        "answers-TOTAL_FORMS": len(rows),
        "answers-INITIAL_FORMS": 0,
        "text": question.text,
        "code": question.code,
    }
    for number, row in enumerate(rows):
        fields |= {f"answers-{number}-{name}": value for name, value in {"position": number + 1, **row}.items()}
    return fields


def test_the_organiser_writes_answers_and_a_circle_is_refused_in_words(beata, sign_in):
    first = GuideQuestion.objects.create(code="a", text="A?", is_start=True)
    second = GuideQuestion.objects.create(code="b", text="B?")
    client, url = sign_in(beata), "admin:services_guidequestion_change"
    data = answer_fields(first, {"label": "dalej", "leads_to": second.pk})
    assert client.post(reverse(url, args=[first.pk]), data | {"is_start": "on"}).status_code == 302
    response = client.post(
        reverse(url, args=[second.pk]), answer_fields(second, {"label": "w kółko", "leads_to": first.pk})
    )
    assert "w kółko" in response.content.decode()
    assert list(GuideAnswer.objects.values_list("label", flat=True)) == ["dalej"]


def test_a_clerk_reads_the_guide_and_does_not_change_it(ola, sign_in):
    question = GuideQuestion.objects.create(code="a", text="A?", is_start=True)
    client = sign_in(ola)
    url = reverse("admin:services_guidequestion_change", args=[question.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, answer_fields(question)).status_code == 403
