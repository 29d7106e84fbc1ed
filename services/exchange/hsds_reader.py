"""Read somebody else's HSDS package, one service at a time: JSON, NDJSON, or the tables of a data package.

Nothing is believed of it: what cannot be read is handed on as a Broken, which tells where and why.
"""

import csv
import io
import json
import zipfile
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

MOST_BYTES = 200 * 1024 * 1024  # of one file, unpacked
MOST_IN_LINE = 5 * 1024 * 1024
# Table: (the word in a service under which its rows stand, the column that names the service).
OF_SERVICE = {
    "schedules": "schedules",
    "contacts": "contacts",
    "phones": "phones",
    "languages": "languages",
    "required_documents": "required_documents",
    "cost_options": "cost_options",
    "funding": "funding",
    "service_areas": "service_areas",
}


class UnreadablePackage(ValueError):
    """The package as a whole cannot be read; the text says why."""


@dataclass(frozen=True)
class Broken:
    """A record of which nothing can be made."""

    problem: str


def read_package(path):
    """Yield (where it stands, record or Broken) for each service of the package."""
    path = Path(path)
    if path.is_dir() or zipfile.is_zipfile(path):
        yield from _tables(path)
    elif path.suffix.lower() in {".ndjson", ".jsonl"}:
        yield from _lines(path)
    else:
        yield from _json(path)


def _lines(path):
    with path.open("rb") as file:
        number = 0
        while line := file.readline(MOST_IN_LINE):
            number += 1
            where = _("line %(number)s") % {"number": number}
            if len(line) == MOST_IN_LINE and not line.endswith(b"\n"):
                while (rest := file.readline(MOST_IN_LINE)) and not rest.endswith(b"\n"):
                    pass
                yield where, Broken(_("the line is too long."))
            elif line.strip():
                yield where, _parsed(line)


def _parsed(text):
    try:
        return json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return Broken(_("this is not JSON in UTF-8."))


def _json(path):
    if path.stat().st_size > MOST_BYTES:
        raise UnreadablePackage(_("The file is too large. Take the NDJSON of the same data."))
    content = _parsed(path.read_bytes())
    if isinstance(content, Broken):
        raise UnreadablePackage(_("The file is not JSON in UTF-8."))
    if isinstance(content, dict):
        content = next((content[word] for word in ("contents", "services") if word in content), [content])
    if not isinstance(content, list):
        raise UnreadablePackage(_("There is no list of services in the file."))
    for number, record in enumerate(content, start=1):
        yield _("service %(number)s") % {"number": number}, record


# -- tables ----------------------------------------------------------------------------------------------
def _tables(path):
    """Put the rows of the tables together into nested services."""
    with ExitStack() as stack:
        tables = _Tables(path, stack)
        organizations = tables.by_id("organizations")
        for row in tables.rows("organization_identifiers"):
            _under(organizations, row, "organization_id", "organization_identifiers")
        phones = tables.grouped("phones", "contact_id")
        locations = tables.by_id("locations")
        for word, table in (("addresses", "addresses"), ("accessibility", "accessibility"), ("phones", "phones")):
            for row in tables.rows(table):
                _under(locations, row, "location_id", word)
        terms = tables.by_id("taxonomy_terms")
        parts = {word: tables.grouped(table, "service_id") for table, word in OF_SERVICE.items()}
        places, marks = tables.grouped("service_at_location", "service_id"), tables.grouped("attributes", "link_id")
        for contact in (row for rows in parts["contacts"].values() for row in rows):
            contact["phones"] = phones.get(contact.get("id"), [])
        for number, row in enumerate(tables.rows("services", required=True), start=2):
            key = row.get("id")
            record = row | {word: rows[key] for word, rows in parts.items() if key in rows}
            record["organization"] = organizations.get(row.get("organization_id"))
            record["service_at_locations"] = [
                link | {"location": locations.get(link.get("location_id"))} for link in places.get(key, [])
            ]
            record["attributes"] = [
                mark | {"taxonomy_term": terms.get(mark.get("taxonomy_term_id"))} for mark in marks.get(key, [])
            ]
            yield _("services.csv, row %(number)s") % {"number": number}, record


def _under(owners, row, column, word):
    if owner := owners.get(row.get(column)):
        owner.setdefault(word, []).append(row)


class _Tables:
    """The CSV files of a folder or a ZIP; a file that is not there is an empty table."""

    def __init__(self, path, stack):
        if path.is_dir():
            self.files = {file.name.lower(): file for file in path.rglob("*.csv")}
        else:
            archive = stack.enter_context(zipfile.ZipFile(path))
            names = [info for info in archive.infolist() if info.filename.lower().endswith(".csv")]
            if sum(info.file_size for info in names) > MOST_BYTES:
                raise UnreadablePackage(_("The tables are too large when unpacked."))
            self.files = {
                info.filename.rsplit("/", 1)[-1].lower(): zipfile.Path(archive, info.filename) for info in names
            }

    def rows(self, table, *, required=False):
        """Yield the rows of a table, empty fields left out."""
        file = self.files.get(f"{table}.csv")
        if file is None:
            if required:
                raise UnreadablePackage(_("The table %(table)s.csv is missing.") % {"table": table})
            return
        csv.field_size_limit(MOST_IN_LINE)
        with file.open("rb") as raw, io.TextIOWrapper(raw, "utf-8-sig", errors="replace", newline="") as text:
            try:
                for row in csv.DictReader(line.replace("\0", "") for line in text):
                    yield {name: value for name, value in row.items() if name and isinstance(value, str) and value}
            except csv.Error as error:
                raise UnreadablePackage(
                    _("The table %(table)s.csv cannot be read: %(why)s.") % {"table": table, "why": error}
                ) from error

    def by_id(self, table):
        return {row["id"]: row for row in self.rows(table) if "id" in row}

    def grouped(self, table, column):
        found = defaultdict(list)
        for row in self.rows(table):
            if column in row:
                found[row[column]].append(row)
        return dict(found)
