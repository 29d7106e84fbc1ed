"""The catalogue's files: the real ones load, the same files change nothing, wrong ones change nothing and say why."""

import copy
import shutil
from datetime import date
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command
from django.urls import reverse

from cus_portal.accounts.models import Institution
from residents.models import RequestItem
from services.actions import export_services, import_services
from services.exchange.kinds import KINDS
from services.exchange.loader import CatalogueError, load_catalogue
from services.models import (
    Agreement,
    LoadedEntry,
    Locality,
    Location,
    Programme,
    ProgrammeService,
    Service,
    ServiceArea,
    ServiceVersion,
    TargetGroup,
)
from tests.factories import NOW, at, make_notice, make_request

pytestmark = pytest.mark.django_db
DATA = settings.BASE_DIR / "services" / "data"
SMALL = {
    "areas.yaml": [{"code": "HEALTH", "number": 5, "name": "zdrowie", "short_name": "Zdrowie"}],
    "topics.yaml": [{"code": "mowa", "name": "Mowa"}, {"code": "logopeda", "name": "Logopeda", "parent": "mowa"}],
    "agreements.yaml": [],
    "guide.yaml": [],
    "synonyms.yaml": [{"code": "opieka", "words": "opiekunka", "terms": "pomoc"}],
    "templates.yaml": [],
    "target_groups.yaml": [{"code": "senior", "name": "Senior", "position": 1}],
    "localities.yaml": [{"code": "babin", "name": "Babin", "kind": "village", "teryt": "0609015"}],
    "institutions.yaml": [{"code": "cus", "name": "Centrum", "short_name": "CUS", "kind": "cus", "is_centre": True}],
    "places.yaml": [{"code": "biuro", "name": "Biuro", "locality": "babin"}],
    "programmes.yaml": [{"code": "P1", "kind": "statute", "name": "Ustawa", "valid_from": date(2021, 1, 1)}],
    "services.yaml": {
        "reviewed_on": date(2026, 1, 1),
        "step_sets": {"open": [{"title": "Przychodzisz"}]},
        "services": [
            {
                "code": "U01",
                "slug": "pomoc",
                "name": "Usługa",
                "plain_name": "Pomoc",
                "summary": "Pomagamy.",
                "description": "Pomagamy od zaraz.",
                "for_whom": "wszyscy",
                "areas": ["HEALTH"],
                "provider": "cus",
                "places": ["biuro"],
                "delivery": ["on_site"],
                "documents": ["Dowód", {"name": "Opinia", "required": False}],
                "steps": "open",
                "evidence": "R",
                "basis": [{"programme": "P1", "regime": "informal", "fee": "free"}],
            }
        ],
    },
}


@pytest.fixture
def folder(tmp_path):
    for name, content in SMALL.items():
        write(tmp_path, name, content)
    return tmp_path


def write(folder, name, content):
    (folder / name).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def change(folder, name, edit):
    content = yaml.safe_load((folder / name).read_text(encoding="utf-8"))
    edit(content)
    write(folder, name, content)


def counts(report):
    return {kind.name: (found["created"], found["changed"], found["left"]) for kind, found in report.items()}


# -- the real files -------------------------------------------------------------------------------
def test_the_catalogue_of_the_municipality_loads_and_a_second_time_changes_nothing(django_assert_max_num_queries):
    first = load_catalogue(DATA, now=NOW)
    assert counts(first) == {
        "area": (14, 0, 0),
        "group": (8, 0, 0),
        "topic": (26, 0, 0),
        "locality": (26, 0, 0),
        "institution": (26, 0, 0),
        "place": (6, 0, 0),
        "programme": (15, 0, 0),
        "service": (50, 0, 0),
        "basis": (53, 0, 0),
        "agreement": (0, 0, 0),
        "guide_question": (8, 0, 0),
        "guide_answer": (45, 0, 0),
        "synonym": (185, 0, 0),
        "template": (13, 0, 0),
    }
    history = [service.events.count() for service in Service.objects.all()]
    with django_assert_max_num_queries(64):
        second = load_catalogue(DATA, now=NOW)
    assert all(created == changed == 0 for created, changed, _left in counts(second).values())
    assert [service.events.count() for service in Service.objects.all()] == history


def test_a_synonym_changed_in_its_file_leads_elsewhere_at_once(folder):
    load_catalogue(folder, now=NOW)
    assert ServiceVersion.objects.matching("opiekunkę").exists()
    write(folder, "synonyms.yaml", [{"code": "opieka", "words": "niania", "terms": "pomoc"}])
    load_catalogue(folder, now=NOW)
    assert not ServiceVersion.objects.matching("opiekunkę").exists()
    assert ServiceVersion.objects.matching("nianią").exists()


def test_the_real_facts_stand_in_short_sentences_and_three_languages():
    load_catalogue(DATA, now=NOW)
    has_steps_and_short_sentences()
    speaks_three_languages_and_easy_words()
    programme = Programme.objects.get(code="PUS-2021")
    assert (programme.resolution_no, programme.resolution_date) == ("uchwała nr XLI/445/2021", date(2021, 6, 18))
    assert programme.valid_to is None
    assert list(ServiceArea.objects.values_list("number", flat=True)) == list(range(1, 15))
    assert Locality.objects.filter(kind="village").count() == 23
    assert set(Locality.objects.values_list("teryt", flat=True)) == {"0609014", "0609015"}
    assert list(Service.objects.order_by("code").values_list("code", flat=True)) == [f"U{n:02}" for n in range(1, 51)]
    assert Institution.objects.get(is_centre=True).phone == "81 517 24 68"
    assert Service.objects.filter(supporting_action=True).get().code == "U50"
    assert Service.objects.get(place_is_confidential=True).code == "U45"
    assert not Location.objects.public().filter(services__code="U45").exists()
    today = date(2026, 11, 23)
    assert Service.objects.in_force(today).count() == 49
    assert list(Service.objects.on_break(today).values_list("code", flat=True)) == ["U14"]


def has_steps_and_short_sentences():
    for service in Service.objects.prefetch_related("steps"):
        assert 2 <= len(service.steps.all()) <= 4, service
        for sentence in f"{service.summary} {service.description}".replace("?", ".").split("."):
            assert len(sentence.split()) <= 26, (service, sentence)


def test_no_word_of_the_files_is_in_python():
    words = ["XLI/445", "Bełżyce", "Wronów", "AOON", "logopeda", "517 24 68"]
    for path in Path(settings.BASE_DIR / "services").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not [word for word in words if word in text], path


# -- loading again ----------------------------------------------------------------------------------
def test_small_files_load_with_all_that_hangs_on_a_service(folder):
    report = load_catalogue(folder, now=NOW)
    service = Service.objects.get()
    assert {kind.name for kind in report} == {kind.name for kind in KINDS}
    assert service.status == "published"
    assert service.reviewed_on == date(2026, 1, 1)
    assert list(service.documents.values_list("name", "is_required")) == [("Dowód", True), ("Opinia", False)]
    assert [step.title for step in service.steps.all()] == ["Przychodzisz"]
    assert service.locations.get().code == "biuro"
    row = service.programme_services.get()
    assert (row.valid_from, row.fee_kind, row.figures_are_illustrative) == (date(2021, 1, 1), "free", True)


def test_texts_in_other_languages_come_from_their_own_files(folder):
    (folder / "translations").mkdir()
    texts = {"plain_name": "Допомога", "summary": "Допомагаємо."}
    write(folder, "translations/uk.yaml", {"services": {"U01": texts}, "phrases": {"Przychodzisz": "Приходите"}})
    write(folder, "easy_to_read.yaml", {"U01": "Pomagamy Ci."})
    load_catalogue(folder, now=NOW)
    service = Service.objects.get()
    assert service.easy_text == "Pomagamy Ci."
    assert [(text.language, text.plain_name) for text in service.texts.all()] == [("uk", "Допомога")]
    assert [(step.title, step.title_uk, step.title_en) for step in service.steps.all()] == [
        ("Przychodzisz", "Приходите", "")
    ]
    write(folder, "translations/uk.yaml", {"services": {"U77": texts}})
    with pytest.raises(CatalogueError, match="translations/uk.yaml, U77: w services.yaml nie ma"):
        load_catalogue(folder, now=NOW)


def speaks_three_languages_and_easy_words():
    for group in TargetGroup.objects.all():
        assert all((group.name_uk, group.name_en, group.hint_uk, group.hint_en)), group
    for service in Service.objects.prefetch_related("texts", "steps", "documents", "eligibility"):
        assert {text.language for text in service.texts.all()} == {"uk", "en"}, service
        assert all(text.summary and text.description and text.for_whom for text in service.texts.all()), service
        assert service.easy_text, service
        assert all(step.title_uk and step.title_en for step in service.steps.all()), service
        assert all(document.name_uk and document.name_en for document in service.documents.all()), service
        assert all(rule.label_uk and rule.label_en for rule in service.eligibility.all()), service
        assert all(bool(rule.question) == bool(rule.question_uk) for rule in service.eligibility.all()), service


def test_only_what_the_file_changed_is_written(folder):
    load_catalogue(folder, now=NOW)
    write(folder, "areas.yaml", [*SMALL["areas.yaml"], {"code": "A", "number": 1, "name": "a", "short_name": "a"}])

    def edit(content):
        content["services"][0]["plain_name"] = "Pomoc od zaraz"
        content["services"][0]["documents"] = []

    change(folder, "services.yaml", edit)
    assert counts(load_catalogue(folder, now=NOW)) == {
        "area": (1, 0, 1),
        "group": (0, 0, 1),
        "topic": (0, 0, 2),
        "locality": (0, 0, 1),
        "institution": (0, 0, 1),
        "place": (0, 0, 1),
        "programme": (0, 0, 1),
        "service": (0, 1, 0),
        "basis": (0, 0, 1),
        "agreement": (0, 0, 0),
        "guide_question": (0, 0, 0),
        "guide_answer": (0, 0, 0),
        "synonym": (0, 0, 1),
        "template": (0, 0, 0),
    }
    service = Service.objects.get()
    assert (service.plain_name, service.version, service.documents.count()) == ("Pomoc od zaraz", 2, 0)


def test_what_the_organiser_corrected_stays_and_so_does_the_state(folder):
    load_catalogue(folder, now=NOW)
    Service.objects.update(summary="Poprawione ręcznie.", status="archived")
    load_catalogue(folder, now=NOW)
    assert Service.objects.get().summary == "Poprawione ręcznie."
    change(folder, "services.yaml", lambda content: content["services"][0].update(summary="Nowe w pliku."))
    load_catalogue(folder, now=NOW)
    assert (Service.objects.get().summary, Service.objects.get().status) == ("Nowe w pliku.", "archived")


def test_an_entry_gone_from_its_file_stays_in_the_portal(folder, capsys):
    load_catalogue(folder, now=NOW)
    write(folder, "places.yaml", [])
    change(folder, "services.yaml", lambda content: content["services"][0].pop("places"))
    call_command("load_catalogue", dir=folder)
    assert "  1: nie ma już w pliku" in capsys.readouterr().out
    assert Location.objects.count() == 1


def test_the_class_of_the_filing_plan_is_read_from_the_file_and_taken_away_with_it(folder):
    """The number of a case begins with it."""
    basis = SMALL["services.yaml"]["services"][0]["basis"][0]
    for written, kept in (({"filing_class": "4012"}, "4012"), ({"filing_class": "4013"}, "4013"), ({}, "")):
        rows = [basis | written]
        change(folder, "services.yaml", lambda content, rows=rows: content["services"][0].update(basis=rows))
        load_catalogue(folder, now=NOW)
        assert ProgrammeService.objects.get().filing_class == kept


def test_a_basis_gone_from_the_file_goes_but_not_one_made_by_hand(folder):
    load_catalogue(folder, now=NOW)
    service = Service.objects.get()
    by_hand = ProgrammeService.objects.create(
        service=service,
        programme=Programme.objects.create(code="X", kind="statute", name="X", valid_from=date(2020, 1, 1)),
        valid_from=date(2020, 1, 1),
        regime="informal",
        fee_kind="free",
    )
    rows = [{"programme": "P1", "from": date(2022, 1, 1), "regime": "informal", "fee": "free"}]
    change(folder, "services.yaml", lambda content: content["services"][0].update(basis=rows))
    load_catalogue(folder, now=NOW)
    assert set(service.programme_services.values_list("valid_from", flat=True)) == {
        by_hand.valid_from,
        date(2022, 1, 1),
    }


def test_a_basis_with_requests_on_it_cannot_go(folder):
    load_catalogue(folder, now=NOW)
    make_notice()
    make_request(needs=[(Service.objects.get(), "")])
    assert RequestItem.objects.get().programme_service is not None
    rows = [{"programme": "P1", "from": date(2022, 1, 1), "regime": "informal", "fee": "free"}]
    change(folder, "services.yaml", lambda content: content["services"][0].update(basis=rows))
    with pytest.raises(CatalogueError, match="zamknij ją polem „to”"):
        load_catalogue(folder, now=NOW)
    assert ProgrammeService.objects.get().valid_from == date(2021, 1, 1)


# -- wrong files --------------------------------------------------------------------------------------
def service_with(**fields):
    return lambda content: content["services"][0].update(fields)


@pytest.mark.parametrize(
    ("name", "edit", "said"),
    [
        ("areas.yaml", lambda a: a.append({"name": "x"}), "areas.yaml: wpis nie ma pola code: name: x"),
        ("areas.yaml", lambda a: a.append(a[0]), "areas.yaml, HEALTH: ten kod jest tu dwa razy."),
        ("areas.yaml", lambda a: a.append("zdrowie"), "areas.yaml: wpis nie ma pola code: zdrowie"),
        ("areas.yaml", lambda a: a[0].update(nmae="x"), "areas.yaml, HEALTH: nieznane pole „nmae”."),
        ("areas.yaml", lambda a: a[0].pop("name"), "areas.yaml, HEALTH: brakuje pola „name”."),
        ("areas.yaml", lambda a: a[0].update(number="pięć"), "areas.yaml, HEALTH: number: wpisz liczbę całkowitą."),
        ("areas.yaml", lambda a: a[0].update(name="x" * 500), "areas.yaml, HEALTH: name: "),
        (
            "localities.yaml",
            lambda a: a[0].update(teryt=609015),
            "localities.yaml, babin: teryt: weź tekst w cudzysłów.",
        ),
        ("localities.yaml", lambda a: a[0].update(kind="dorf"), "localities.yaml, babin: kind: "),
        (
            "places.yaml",
            lambda a: a[0].update(locality="atlantyda"),
            "places.yaml, biuro: w localities.yaml nie ma „atlantyda”.",
        ),
        (
            "places.yaml",
            lambda a: a[0].update(is_confidential="tak"),
            "places.yaml, biuro: is_confidential: wpisz true albo false.",
        ),
        (
            "institutions.yaml",
            lambda a: a[0].update(is_centre=False),
            "institutions.yaml: jedna instytucja musi mieć is_centre: true.",
        ),
        ("institutions.yaml", lambda a: a[0].update(email="brak"), "institutions.yaml, cus: email: "),
        (
            "programmes.yaml",
            lambda a: a[0].update(valid_from="wczoraj"),
            "programmes.yaml, P1: valid_from: zapisz dzień tak: 2026-11-22.",
        ),
        (
            "programmes.yaml",
            lambda a: a[0].update(valid_to=date(2020, 1, 1)),
            "programmes.yaml, P1: Ostatni dzień nie może",
        ),
        (
            "programmes.yaml",
            lambda a: a[0].update(status="gotowy"),
            "programmes.yaml, P1: pole „status” nie może mieć wartości „gotowy”.",
        ),
        ("services.yaml", service_with(areas=["MAGIC"]), "services.yaml, U01: w areas.yaml nie ma „MAGIC”."),
        ("services.yaml", service_with(areas="HEALTH"), "services.yaml, U01, areas: tu powinna być lista wpisów."),
        ("services.yaml", service_with(provider="nikt"), "services.yaml, U01: w institutions.yaml nie ma „nikt”."),
        ("services.yaml", service_with(delivery=["rocket"]), "services.yaml, U01: delivery: "),
        (
            "services.yaml",
            service_with(delivery="on_site"),
            "services.yaml, U01: delivery: zapisz listę tak: [jeden, dwa].",
        ),
        (
            "services.yaml",
            service_with(eligibility=[{"label": "dzieci", "age_from": 9, "age_to": 3}]),
            "services.yaml, U01, eligibility 1: Górny wiek nie może być niższy niż dolny.",
        ),
        (
            "services.yaml",
            service_with(hours=["pon-pt 7:30-15:30", "kiedyś"]),
            "services.yaml, U01, hours 2: Godziny zapisuje się jak „pon-pt 7:30-15:30”, a nie „kiedyś”.",
        ),
        ("services.yaml", service_with(steps="magia"), "services.yaml, U01: w step_sets nie ma kroków „magia”."),
        ("services.yaml", service_with(steps=[{"titel": "x"}]), "services.yaml, U01, steps 1: nieznane pole „titel”."),
        ("services.yaml", service_with(basis=[]), "services.yaml, U01: brakuje pola „basis”."),
        ("services.yaml", service_with(basis=["P1"]), "services.yaml, U01, basis 1: tu powinny być pola i wartości."),
        (
            "services.yaml",
            service_with(basis=[{"programme": "P2", "regime": "informal", "fee": "free", "from": date(2021, 1, 1)}]),
            "w programmes.yaml nie ma „P2”.",
        ),
        (
            "services.yaml",
            service_with(basis=[{"programme": "P1", "regime": "informal", "fee": "flat"}]),
            "Kwotę podaj przy stałej opłacie",
        ),
        (
            "services.yaml",
            service_with(basis=[{"programme": "P1", "regime": "informal", "fee": "free"}] * 2),
            "services.yaml, U01, basis 2: ten program i pierwszy dzień już są.",
        ),
        (
            "services.yaml",
            lambda c: c["services"].append({**c["services"][0], "code": "U02"}),
            "services.yaml, U02: pole „slug” ma tę samą wartość co w U01.",
        ),
        ("services.yaml", lambda c: c.update(uslugi=[]), "services.yaml: nieznane pole „uslugi”."),
    ],
)
def test_a_wrong_entry_is_named_in_plain_words_and_nothing_is_loaded(folder, name, edit, said):
    change(folder, name, edit)
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(folder, now=NOW)
    assert any(said in problem for problem in caught.value.problems), caught.value.problems
    assert not Service.objects.exists()
    assert not ServiceArea.objects.exists()
    assert not LoadedEntry.objects.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"- {code: A", "areas.yaml: wiersza "),
        (b"- {code: A, code: B}", "„code” jest dwa razy w jednym wpisie"),
        ("- {code: Ł}".encode("cp1250"), "areas.yaml: plik nie jest zapisany jako UTF-8."),
        (b"just words", "areas.yaml: tu powinna by"),
        (b"- {code: \x00}", "areas.yaml: "),
        (None, "areas.yaml: nie ma tego pliku."),
    ],
)
def test_an_unreadable_file_is_named(folder, content, said):
    (folder / "areas.yaml").unlink()
    if content is not None:
        (folder / "areas.yaml").write_bytes(content)
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(folder, now=NOW)
    assert any(said in problem for problem in caught.value.problems), caught.value.problems
    assert not Locality.objects.exists()


def test_all_problems_are_told_at_once(folder):
    change(folder, "areas.yaml", lambda content: content[0].pop("name"))
    change(folder, "services.yaml", service_with(provider="nikt", evidence="Z"))
    with pytest.raises(CommandError) as caught:
        call_command("load_catalogue", dir=folder)
    text = str(caught.value)
    assert text.startswith("Nic nie wczytano.")
    for part in ("areas.yaml, HEALTH", "w institutions.yaml nie ma „nikt”", "U01: evidence:"):
        assert part in text


def test_overlapping_bases_of_one_programme_are_refused(folder):
    rows = [
        {"programme": "P1", "from": date(2021, 1, 1), "to": date(2022, 1, 1), "regime": "informal", "fee": "free"},
        {"programme": "P1", "from": date(2022, 1, 1), "regime": "informal", "fee": "free"},
    ]
    change(folder, "services.yaml", service_with(basis=rows))
    with pytest.raises(CatalogueError, match="zachodzą na siebie"):
        load_catalogue(folder, now=NOW)
    rows[1]["from"] = date(2022, 1, 2)
    change(folder, "services.yaml", service_with(basis=rows))
    assert counts(load_catalogue(folder, now=NOW))["basis"] == (2, 0, 0)


def test_what_only_the_database_can_see_is_told_too(folder):
    taken = {"code": "U99", "slug": "pomoc"}
    load_catalogue(folder, now=NOW)
    change(folder, "services.yaml", service_with(**taken))
    with pytest.raises(CatalogueError, match="Baza danych nie przyjęła plików"):
        load_catalogue(folder, now=NOW)
    assert Service.objects.get().code == "U01"


def test_the_real_folder_may_be_copied_and_named(tmp_path, capsys):
    shutil.copytree(DATA, tmp_path / "dane")
    call_command("load_catalogue", dir=tmp_path / "dane")
    assert "Usługi: nowe 50, zmienione 0, bez zmian 0" in capsys.readouterr().out


# -- what the centre's own files leave empty ---------------------------------------------------------
def test_agreements_and_hours_of_a_filled_file_reach_every_page(folder, client, sign_in, beata, time_machine):
    """The real files name no agreement and few hours; a centre that knows them finds them wherever they are shown."""
    time_machine.move_to(at(date(2026, 11, 10), 12), tick=False)
    contract = {"code": "u1", "institution": "spzoz", "kind": "contract", "subject": "Rehabilitacja w domu"}
    lasts = {"from": date(2026, 1, 1), "to": date(2026, 12, 31), "services": ["U01"]}
    write(folder, "agreements.yaml", [contract | lasts])
    clinic = {"code": "spzoz", "name": "SP ZOZ Bełżyce", "short_name": "SP ZOZ", "kind": "clinic"}
    write(folder, "institutions.yaml", [*SMALL["institutions.yaml"], clinic])
    hours = ["pon-pt 8:00-16:00", {"when": "ost. czw 16:00-18:00", "note": "dyżur"}]
    shorter = {"from": date(2026, 12, 24), "to": date(2026, 12, 24), "opens": "8:00", "closes": "12:00"}
    write(folder, "places.yaml", [SMALL["places.yaml"][0] | {"hours": hours, "exceptions": [shorter]}])
    content = copy.deepcopy(SMALL["services.yaml"])
    shut = {"from": date(2026, 11, 24), "to": date(2026, 11, 24), "note": "szkolenie"}
    service_with(hours=["wt 10:00-13:00"], exceptions=[shut])(content)
    write(folder, "services.yaml", content)
    load_catalogue(folder, now=NOW)
    assert sum(load_catalogue(folder, now=NOW)[kind]["changed"] for kind in KINDS) == 0

    service = Service.objects.get()
    page = client.get(service.get_absolute_url()).content.decode()
    for words in (
        "otwarte teraz do 13:00",
        "10:00–13:00",
        "24 listopada 2026",
        "szkolenie",
        "8:00–16:00",
        "8:00–12:00",
    ):
        assert words in page, words
    record = client.get(f"/api/hsds/services/{service.uuid}").json()
    assert {row["opens_at"][:5] for row in record["schedules"] if "opens_at" in row} == {"10:00"}
    client = sign_in(beata)
    institution = Institution.objects.get(code="spzoz")
    for url in (
        reverse("admin:services_service_change", args=[service.pk]),
        reverse("admin:accounts_institution_change", args=[institution.pk]),
        reverse("admin:services_agreement_changelist"),
    ):
        assert "Rehabilitacja w domu" in client.get(url).content.decode(), url
    assert not Agreement.objects.in_force(date(2027, 1, 1)).exists()
    found = import_services(
        name="x.xlsx", content=export_services(form="xlsx", by=beata), by=beata, now=NOW, only_check=True
    )
    assert (found.problems, found.left) == ([], ["U01"])
