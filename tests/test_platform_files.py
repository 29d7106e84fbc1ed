"""Attachments by content, exports without formulas, pages that end."""

import io

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from cus_portal.exports import csv_text, guarded, sheet_name, xlsx_bytes
from cus_portal.files import kind_of, shown_name, validate_upload

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


def upload(content, name="skan.pdf"):
    return SimpleUploadedFile(name, content)


@pytest.mark.parametrize(("content", "kind"), [(PNG, "image/png"), (PDF, "application/pdf")])
def test_a_file_is_known_by_its_content_not_by_its_name(content, kind):
    assert kind_of(upload(content, "program.exe")) == kind


@pytest.mark.parametrize("content", [b"MZ\x90\x00", b"<html><script>alert(1)</script>", b"PK\x03\x04zip", b"tekst"])
def test_another_kind_is_refused_under_a_harmless_name(content):
    with pytest.raises(ValidationError) as refusal:
        validate_upload(upload(content, "orzeczenie.pdf"))
    assert refusal.value.code == "wrong_kind"


def test_an_empty_and_a_too_large_file_are_refused(settings):
    with pytest.raises(ValidationError) as refusal:
        validate_upload(upload(b""))
    assert refusal.value.code == "empty"
    settings.ATTACHMENT_MAX_BYTES = 10
    with pytest.raises(ValidationError) as refusal:
        validate_upload(upload(PDF))
    assert refusal.value.code == "too_big"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\dane\\orzeczenie.pdf", "orzeczenie"),
        ("PESEL 44051401359 skan.pdf", "PESEL  skan"),
        ("‮fdp.exe", "fdp"),
        ("zażółć gęślą (1).jpg", "zażółć gęślą (1)"),
    ],
)
def test_a_file_name_is_shown_without_folders_tricks_and_long_numbers(name, shown):
    assert shown_name(name) == shown


@pytest.mark.parametrize("value", ["=1+1", "+48 81", "-2", "@SUM(A1)", "\t=1"])
def test_a_cell_never_begins_as_a_formula(value):
    assert guarded(value) == f"'{value}"
    assert f"'{value}" in csv_text(["a"], [[value]])
    sheet = load_workbook(io.BytesIO(xlsx_bytes("Arkusz", ["a"], [[value]]))).active
    assert sheet["A2"].value == f"'{value}"
    assert sheet["A2"].data_type == "s"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Osoby", "Osoby"),
        ("Zgłoszenia według sposobu złożenia", "Zgłoszenia według sposobu"),
        ("x" * 40, "x" * 31),
        ("Zgłoszenia: co po terminie?", "Zgłoszenia co po terminie"),
        ("[1/2] a\\b*", "1 2 a b"),
    ],
)
def test_a_sheet_is_named_in_whole_words_of_what_a_spreadsheet_allows(title, name):
    assert sheet_name(title) == name


def test_columns_are_as_wide_as_what_stands_in_them_and_the_header_stays_in_sight():
    long = "Powiatowe Centrum Pomocy Rodzinie w Lublinie"
    rows = ([name, number] for name, number in [(long, 1), ("x" * 200, 2)])
    sheet = load_workbook(io.BytesIO(xlsx_bytes("Arkusz", ["a", "b"], rows, notes=["nota"]))).active
    assert [sheet.column_dimensions[letter].width for letter in "AB"] == [48, 12]
    assert sheet.freeze_panes == "A3"
    assert [row[1].value for row in sheet.iter_rows(min_row=3)] == [1, 2]
