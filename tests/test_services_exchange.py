"""The catalogue out as a spreadsheet and back: nothing changes by itself, and Excel's habits are survived."""

import csv
import io
import zipfile
from datetime import date, datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.outbox import deliver_due
from services.actions import export_services, import_services
from services.exchange.loader import load_catalogue
from services.exchange.tables import tables
from services.exchange.workbook import read_csv, read_file
from services.models import FormTemplate, RequiredDocument, Service, ServiceVersion
from services.publishing import publish_all
from tests.factories import NOW, make_form, make_service
from tests.test_services_loader import DATA

pytestmark = pytest.mark.django_db


def came_in(content, by, *, name="usługi.xlsx", only_check=False):
    return import_services(name=name, content=content, by=by, now=NOW, only_check=only_check)


def book_of(content):
    return load_workbook(io.BytesIO(content))


def saved(book):
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def edited(content, edit):
    book = book_of(content)
    edit(book)
    return saved(book)


def cell(sheet, code, heading):
    """Return the cell of the first row with this code under this heading."""
    headings = [one.value for one in sheet[1]]
    row = next(number for number, one in enumerate(sheet["A"], start=1) if one.value == code)
    return sheet.cell(row, headings.index(heading) + 1)


@pytest.fixture
def service():
    made = make_service("Pomoc", code="U01", slug="pomoc", phone="81 517 24 68")
    publish_all(now=NOW)
    return made


@pytest.fixture
def exported(service, beata):
    return export_services(form="xlsx", by=beata)


# -- there and back -----------------------------------------------------------------------------------
@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_what_went_out_comes_back_and_changes_nothing(beata, form):
    load_catalogue(DATA, now=NOW)
    make_form()
    with_form = RequiredDocument.objects.order_by("pk").first()
    RequiredDocument.objects.filter(pk=with_form.pk).update(form=FormTemplate.objects.get())
    publish_all(now=NOW)
    versions, history = ServiceVersion.objects.count(), Service.objects.values_list("code", "version")
    before = list(history)
    found = came_in(export_services(form=form, by=beata), beata)
    assert found.problems == []
    assert (found.new, found.changed, len(found.left)) == ([], [], 50)
    assert (ServiceVersion.objects.count(), list(history.all())) == (versions, before)


def test_a_form_to_download_comes_in_by_its_code_and_an_unknown_one_is_named(exported, service, beata):
    make_form()

    def edit(code):
        return edited(
            exported,
            lambda book: book["Dokumenty"].append(
                [
                    {"kod": "U01", "dokument": "Zgoda", "formularz do pobrania": code}.get(one.value)
                    for one in book["Dokumenty"][1]
                ]
            ),
        )

    assert came_in(edit("zgoda"), beata).changed == ["U01"]
    assert service.documents.get().form.code == "zgoda"
    assert "„nie-ma”" in came_in(edit("nie-ma"), beata).problems[0]


def test_every_heading_of_a_table_is_its_own():
    for table in tables():
        labels = [str(column.label) for column in table.columns]
        assert len(labels) == len(set(labels)), table.title


def test_one_changed_cell_changes_one_entry_and_waits_for_a_second_person(exported, service, beata):
    sheet = edited(exported, lambda book: setattr(cell(book["Usługi"], "U01", "jedno zdanie"), "value", "Nowe zdanie."))
    found = came_in(sheet, beata)
    service.refresh_from_db()
    assert (found.changed, service.summary, service.status) == (["U01"], "Nowe zdanie.", "review")
    assert ServiceVersion.objects.current().get().page["summary"] == "Pomoc dla mieszkańców."


def test_a_check_changes_nothing(exported, service, beata):
    sheet = edited(exported, lambda book: setattr(cell(book["Usługi"], "U01", "jedno zdanie"), "value", "Nowe zdanie."))
    found = came_in(sheet, beata, only_check=True)
    service.refresh_from_db()
    assert (found.changed, service.summary, service.status) == (["U01"], "Pomoc dla mieszkańców.", "published")


def test_a_new_row_with_its_basis_becomes_a_new_entry(exported, service, beata):
    def edit(book):
        for name in ("Usługi", "Podstawy"):
            rows = book[name]
            row = [one.value for one in rows[2]]
            row[0] = "U02"
            rows.append(row)
        cell(book["Usługi"], "U02", "adres strony").value = "druga-pomoc"

    found = came_in(edited(exported, edit), beata)
    assert (found.problems, found.new, found.left) == ([], ["U02"], ["U01"])
    made = Service.objects.get(code="U02")
    assert (made.slug, made.status, made.programme_services.count()) == ("druga-pomoc", "review", 1)


# -- what is wrong is said in the sheet's own terms ------------------------------------------------------
@pytest.mark.parametrize(
    ("heading", "value", "said"),
    [
        ("potwierdzenie", "Z", "Usługi, wiersz 2: potwierdzenie: nie ma wyboru „Z”"),
        ("sposób udzielania", "teleportem", "Usługi, wiersz 2: sposób udzielania: nie ma wyboru „teleportem”"),
        ("ostatnio sprawdzono", "wczoraj", "Usługi, wiersz 2: ostatnio sprawdzono: „wczoraj” to nie dzień"),
        ("jedno zdanie", "", "Usługi, wiersz 2"),
        ("obszary", "NIEMA", "„NIEMA”"),
        ("adres strony", "Nie Taki", "Usługi, wiersz 2: adres strony"),
    ],
)
def test_a_wrong_cell_is_named_by_sheet_row_and_column_and_nothing_is_written(
    exported, service, beata, heading, value, said
):
    sheet = edited(exported, lambda book: setattr(cell(book["Usługi"], "U01", heading), "value", value))
    found = came_in(sheet, beata)
    assert any(said in problem for problem in found.problems), found.problems
    assert found.contents == {}
    service.refresh_from_db()
    assert service.status == "published"


def test_one_wrong_row_among_good_ones_keeps_all_of_them_out(exported, service, beata):
    def edit(book):
        cell(book["Usługi"], "U01", "jedno zdanie").value = "Dobre zdanie."
        book["Kroki"].append(["U01"])

    found = came_in(edited(exported, edit), beata)
    assert found.problems
    service.refresh_from_db()
    assert service.summary == "Pomoc dla mieszkańców."


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "XLS"),
        (b"PK\x03\x04 broken", "uszkodzony"),
        (b"x" * (6 * 2**20), "5 MB"),
    ],
)
def test_a_file_that_is_none_is_refused_in_words(beata, content, said):
    with pytest.raises(ValidationError, match=said):
        came_in(content, beata)


def test_an_unknown_column_and_sheet_are_named(exported, beata):
    def edit(book):
        book["Usługi"].cell(1, 1, "Kod usługi")
        book.create_sheet("Notatki").append(["cokolwiek", "innego"])

    problems = came_in(edited(exported, edit), beata).problems
    assert any("Kod usługi" in problem for problem in problems)
    assert any(problem.startswith("Notatki: ") for problem in problems)


# -- what Excel does ------------------------------------------------------------------------------------
def test_dates_as_numbers_and_as_moments_are_days(exported, service, beata):
    for value in (46000, datetime(2025, 12, 9), "9.12.2025", "2025-12-09"):  # noqa: DTZ001 as Excel has it
        sheet = edited(
            exported,
            lambda book, value=value: setattr(cell(book["Usługi"], "U01", "ostatnio sprawdzono"), "value", value),
        )
        found = came_in(sheet, beata, only_check=True)
        assert found.contents["U01"]["reviewed_on"] == "2025-12-09", value


def test_numbers_for_text_and_lost_leading_zeros(beata):
    make_service("Pomoc", code="007", slug="pomoc", phone="815172468")
    publish_all(now=NOW)

    def edit(book):
        for sheet in book.worksheets:
            for row in sheet.iter_rows(min_row=2):
                for one in row:
                    if one.value in ("007", "815172468"):
                        one.value = int(one.value)

    found = came_in(edited(export_services(form="xlsx", by=beata), edit), beata)
    assert (found.problems, found.left) == ([], ["007"])


def test_merged_cells_stand_for_each_of_their_rows(exported, service, beata):
    def edit(book):
        steps = book["Kroki"]
        steps.append(["U01", "Dzwonisz"])
        steps.append([None, "Przychodzisz"])
        steps.merge_cells(start_row=2, end_row=3, start_column=1, end_column=1)

    found = came_in(edited(exported, edit), beata)
    assert found.problems == []
    assert [step.title for step in service.steps.all()] == ["Dzwonisz", "Przychodzisz"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1250", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_csv_in_any_of_its_spellings_is_read(encoding, delimiter):
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter).writerows([["kod", "jedno zdanie"], ["U01", "Zażółć; gęślą, jaźń"]])
    assert read_csv(buffer.getvalue().encode(encoding))[1] == ["U01", "Zażółć; gęślą, jaźń"]


def test_one_csv_file_changes_only_the_columns_it_has(service, beata):
    content = "kod;jedno zdanie\nU01;Tylko to się zmienia.\n".encode("cp1250")
    found = came_in(content, beata, name="uslugi.csv")
    assert (found.problems, found.changed) == ([], ["U01"])
    service.refresh_from_db()
    assert (service.summary, service.phone) == ("Tylko to się zmienia.", "81 517 24 68")


def test_a_formula_goes_out_as_text_and_comes_back_as_it_was(beata):
    make_service("=SUMA(A1)", code="U01", slug="pomoc")
    publish_all(now=NOW)
    content = export_services(form="xlsx", by=beata)
    assert cell(book_of(content)["Usługi"], "U01", "nazwa prostymi słowami").value == "'=SUMA(A1)"
    assert came_in(content, beata).left == ["U01"]


def test_a_bomb_is_not_unpacked(beata):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Usługi.csv", b"0" * (60 * 2**20))
    with pytest.raises(ValidationError, match="za duży"):
        read_file("x.zip", buffer.getvalue())


# -- who may, and the room ------------------------------------------------------------------------------
def test_an_import_is_told_of_in_one_mail(beata, danuta, mailoutbox):
    make_service("Pierwsza", code="U01"), make_service("Druga", code="U02")
    content = edited(
        export_services(form="xlsx", by=beata),
        lambda book: [setattr(cell(book["Usługi"], code, "jedno zdanie"), "value", "Nowe.") for code in ("U01", "U02")],
    )
    assert len(came_in(content, beata).changed) == 2
    deliver_due()
    (mail,) = mailoutbox
    assert mail.to == [danuta.email]
    assert "2" in mail.subject


def test_only_the_organiser_imports(exported, ola, tomek):
    for person in (ola, tomek):
        with pytest.raises(PermissionDenied):
            came_in(exported, person)


def test_the_organiser_checks_first_and_imports_with_a_second_press(exported, service, beata, sign_in):
    sheet = edited(exported, lambda book: setattr(cell(book["Usługi"], "U01", "jedno zdanie"), "value", "Nowe zdanie."))
    client, url = sign_in(beata), reverse("admin:services_service_import")
    upload = io.BytesIO(sheet)
    upload.name = "usługi.xlsx"
    checked = client.post(url, {"file": upload})
    assert checked.context["found"].changed == ["U01"]
    service.refresh_from_db()
    assert service.status == "published"
    done = client.post(url, {"token": checked.context["token"]})
    assert done.url.endswith("?state=review")
    service.refresh_from_db()
    assert service.summary == "Nowe zdanie."
    assert client.post(url, {"token": checked.context["token"]}).url == url  # a second press finds nothing more


def test_a_clerk_sees_no_import_and_a_stranger_no_export(ola, ewa, sign_in):
    assert sign_in(ola).get(reverse("admin:services_service_import")).status_code == 403
    assert sign_in(ewa).get(reverse("admin:services_service_export", args=["xlsx"])).status_code in (302, 403)


def test_an_export_is_written_into_the_audit(exported):
    assert AuditEvent.objects.filter(action=AuditEvent.EXPORT, facts__screen="catalogue.export").count() == 1


def test_a_workbook_without_rows_is_no_change(beata):
    assert came_in(saved(Workbook()), beata).problems == []


def test_the_first_day_of_a_basis_stays_a_day(exported):
    assert cell(book_of(exported)["Podstawy"], "U01", "w mocy od").value.date() == date(2021, 1, 1)


def test_case_63_the_habits_of_excel_in_one_file_are_read_or_named_and_a_check_writes_nothing(beata):
    """Leading zeros, dates as numbers and merged cells are read; a column written twice, or unknown, is named."""
    service = make_service("Pomoc", code="007", slug="pomoc")
    publish_all(now=NOW)

    def habits(book):
        cell(book["Usługi"], "007", "ostatnio sprawdzono").value = 46000
        steps = book["Kroki"]
        steps.append([7, "Dzwonisz"])
        steps.append([None, "Przychodzisz"])
        steps.merge_cells(start_row=2, end_row=3, start_column=1, end_column=1)

    def two_columns_of_a_number(book):
        sheet = book["Usługi"]
        last = sheet.max_column
        for place, heading in enumerate(("PESEL", "PESEL", "jedno zdanie")):
            sheet.cell(1, last + 1 + place, heading)

    exported = export_services(form="xlsx", by=beata)
    found = came_in(edited(exported, habits), beata, only_check=True)
    assert (found.problems, found.changed) == ([], ["007"])
    assert found.contents["007"]["reviewed_on"] == "2025-12-09"
    assert [step["title"] for step in found.contents["007"]["steps"]] == ["Dzwonisz", "Przychodzisz"]

    found = came_in(edited(exported, two_columns_of_a_number), beata, only_check=True)
    assert [problem for problem in found.problems if "PESEL" in problem] == [
        "Usługi: Kolumna „PESEL” jest nieznana."
    ] * 2
    assert "Usługi: Kolumna „jedno zdanie” jest dwa razy." in found.problems
    service.refresh_from_db()
    assert not service.steps.exists()
