"""Files that people make in a spreadsheet: XLSX, CSV in any of Excel's spellings, or a ZIP of CSV files."""

import csv
import io
import zipfile
from zipfile import BadZipFile

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cus_portal.exports import csv_text, workbook_bytes

MAX_BYTES = 5 * 2**20
MAX_UNPACKED = 50 * 2**20
MAX_ROWS = 20_000
MAX_COLUMNS = 200


def read_file(name, content):
    """Return {name of the sheet: rows of cells} of an uploaded file. Raises ValidationError saying what to do."""
    if len(content) > MAX_BYTES:
        raise ValidationError(_("The file is larger than 5 MB. Split it."))
    if content.startswith(b"PK"):
        return _read_zip(content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise ValidationError(_("This is an old XLS file. Save it as XLSX and choose it again."))
    return {name.rpartition(".")[0] or name: read_csv(content)}


def _read_zip(content):
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
                raise ValidationError(_("The file is too large when it is unpacked."))
            names = archive.namelist()
            if "[Content_Types].xml" in names:
                return read_xlsx(content)
            return {
                name.rpartition("/")[2].rpartition(".")[0]: read_csv(archive.read(name))
                for name in names
                if name.lower().endswith(".csv")
            }
    except (BadZipFile, RuntimeError, NotImplementedError):
        raise ValidationError(_("The file is damaged or locked by a password.")) from None


def read_xlsx(content):
    from openpyxl import load_workbook  # 7 MB that only those who import pay for

    try:
        book = load_workbook(io.BytesIO(content), data_only=True)
    except Exception:  # noqa: BLE001 openpyxl raises anything for a file that is none
        raise ValidationError(_("This is no workbook that can be read. Save it as XLSX once more.")) from None
    return {sheet.title: _rows_of(sheet) for sheet in book.worksheets}


def _rows_of(sheet):
    """Return the cells of a sheet; what stood in a merged cell stands in each of its places."""
    if sheet.max_row > MAX_ROWS or sheet.max_column > MAX_COLUMNS:
        raise ValidationError(
            _("The sheet “%(name)s” is too long. Delete the empty rows below the last one.") % {"name": sheet.title}
        )
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    for area in sheet.merged_cells.ranges:
        first = rows[area.min_row - 1][area.min_col - 1]
        for row in rows[area.min_row - 1 : area.max_row]:
            row[area.min_col - 1 : area.max_col] = [first] * (area.max_col - area.min_col + 1)
    return rows


def read_csv(content):
    """Return the rows of a CSV file: UTF-8 with or without BOM, UTF-16 or Windows-1250; semicolons, commas or tabs."""
    text = _decoded(content)
    heading = text.partition("\n")[0]
    delimiter = max(";,\t", key=heading.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        raise ValidationError(_("The file cannot be read as a table.")) from None
    if len(rows) > MAX_ROWS:
        raise ValidationError(_("The file has more than %(limit)s rows.") % {"limit": MAX_ROWS})
    return rows


def _decoded(content):
    for encoding in ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1250"):
        try:
            return content.decode(encoding).replace("\x00", "")
        except UnicodeDecodeError:
            continue
    raise ValidationError(_("The letters of the file cannot be read. Save it as “CSV UTF-8”."))


def write_xlsx(sheets):
    """Return a workbook of (title, header, rows)."""
    return workbook_bytes([(title, header, rows, ()) for title, header, rows in sheets])


def write_csv_files(sheets):
    """Return a ZIP with a CSV file for each of (title, header, rows)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for title, header, rows in sheets:
            archive.writestr(f"{title}.csv", "\ufeff" + csv_text(header, rows))
    return buffer.getvalue()
