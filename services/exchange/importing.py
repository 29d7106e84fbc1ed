"""Tables that somebody uploads, read into entries: checked as a whole, then written as a whole or not at all."""

import re
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cus_portal.db import fold
from services.content import content_of, plain, with_content
from services.exchange.kinds import BASIS, KINDS, REGISTERED, SERVICE
from services.exchange.reader import Entry, Reader
from services.exchange.tables import CODE, tables, text_of, value_of
from services.models import Service

WHERE = re.compile(
    rf"{re.escape(SERVICE.file)}, (?P<code>[^,:]+)(?:, (?P<part>\w+) (?P<number>\d+))?: (?P<text>.*)", re.S
)
BANDS = BASIS.parts[0].word


@dataclass
class Found:
    """What the tables say: contents by code, what was there before, and every problem with its sheet and row."""

    contents: dict[str, dict] = field(default_factory=dict)
    before: dict[str, dict] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def new(self):
        return [code for code in self.contents if code not in self.before]

    @property
    def changed(self):
        return [code for code, content in self.contents.items() if code in self.before and content != self.before[code]]

    @property
    def left(self):
        return [code for code, content in self.contents.items() if content == self.before.get(code)]


class TableReader(Reader):
    """Checks entries with the rules of the files, and says what is wrong in the terms of the sheet."""

    def __init__(self):
        super().__init__(directory="")
        self.said = {}  # code: {word: value or rows}
        self.rows = {}  # (code, list, number): (sheet, row)

    # -- the cells --------------------------------------------------------------------------------
    def take(self, sheets):
        known = {fold(str(name)): table for table in tables() for name in (table.title, table.word or "services")}
        for name, rows in sheets.items():
            table = known.get(fold(name)) or _table_of(rows)
            if table is not None:
                self._take_table(str(name), table, rows)
            elif any(any(row) for row in rows):
                text = _("This sheet is none of ours. Its name has to be one of: %(names)s.")
                self._problem(name, text % {"names": ", ".join(str(table.title) for table in tables())})

    def _take_table(self, sheet, table, rows):
        start = next((number for number, row in enumerate(rows) if any(text_of(cell) for cell in row)), len(rows))
        columns = self._headings(f"{sheet}", table, rows[start]) if start < len(rows) else {}
        if CODE not in columns.values():
            if start < len(rows):
                self._problem(sheet, _("There is no column “%(label)s”.") % {"label": CODE.label})
            return
        for number, row in enumerate(rows[start + 1 :], start=start + 2):
            if any(text_of(cell) for cell in row):
                self._take_row(sheet, number, table, columns, row)

    def _headings(self, sheet, table, row):
        by_heading, columns = table.by_heading(), {}
        for place, cell in enumerate(row):
            heading = text_of(cell)
            column = by_heading.get(fold(heading))
            if column is None and heading:
                self._problem(sheet, _("The column “%(label)s” is unknown.") % {"label": heading[:60]})
            elif column is not None and column in columns.values():
                self._problem(sheet, _("The column “%(label)s” is there twice.") % {"label": heading[:60]})
            elif column is not None:
                columns[place] = column
        return columns

    def _take_row(self, sheet, number, table, columns, row):
        where, words = _("%(sheet)s, row %(number)s") % {"sheet": sheet, "number": number}, {}
        for place, column in columns.items():
            cell = row[place] if place < len(row) else None
            try:
                value = value_of(column, cell)
            except ValidationError as error:
                self._problem(where, f"{column.label}: {' '.join(error.messages)}")
                continue
            words[column.word] = value
        code = self._code(words.pop("code", ""))
        if not code:
            self._problem(where, _("%(label)s is missing.") % {"label": CODE.label})
            return
        said = self.said.setdefault(code, {})
        if not table.word:
            if (code, "", 0) in self.rows:
                self._problem(where, _("this code is there twice."))
            self.rows[code, "", 0] = (sheet, number)
            said.update(words)
            return
        kept = said.setdefault(table.word, [])
        kept.append({word: value for word, value in words.items() if value not in (None, "", [])})
        self.rows[code, table.word, len(kept)] = (sheet, number)

    def _code(self, text):
        """Return the code of an entry, also where a spreadsheet has eaten its leading zeros."""
        if text in self.existing or not text.isdigit():
            return text
        full = [code for code in self.existing if code.isdigit() and code.lstrip("0") == text.lstrip("0")]
        return full[0] if len(full) == 1 else text

    # -- the whole ----------------------------------------------------------------------------------
    def found(self, sheets):
        """Return what the sheets say, merged with what the entries that they name say already."""
        self.existing = dict(Service.objects.values_list("code", "slug"))
        self._know_the_others()
        self.take(sheets)
        found = Found()
        for service in with_content(Service.objects.filter(code__in=self.said)):
            found.before[service.code] = in_order(content_of(service))
        for code, said in self.said.items():
            self._check_entry(code, self._merged(code, said, found.before.get(code)))
        for code, slug in self.existing.items():
            self.entries["service"].setdefault(code, _other(SERVICE, code, {"slug": slug}))
        self._references()
        self._twice("service", "slug")
        self._overlaps()
        found.problems = [self._in_terms_of_the_sheet(problem) for problem in self.problems]
        if not found.problems:
            found.contents = {code: self._content(code) for code in self.said}
        return found

    def _know_the_others(self):
        for kind in [*KINDS, *REGISTERED]:
            if kind not in (SERVICE, BASIS) and kind.columns.get("code"):
                codes = kind.model.objects.values_list("code", flat=True)
                self.entries[kind.name] = {code: _other(kind, code, {}) for code in codes}

    def _merged(self, code, said, before):
        raw = {"code": code, **(_typed(before) if before else {}), **said}
        bands = {}
        for band in said.get(BANDS, []):
            bands.setdefault((band.pop("programme", ""), band.pop("from", None)), []).append(band)
        raw.pop(BANDS, None)
        if bands or "basis" in said:
            raw["basis"] = [self._with_bands(row, bands, said) for row in raw.get("basis", [])]
        return {word: value for word, value in raw.items() if value not in (None, "", [])}

    @staticmethod
    def _with_bands(row, bands, said):
        if BANDS not in said:
            return row
        kept = {word: value for word, value in row.items() if word != BANDS}
        own = bands.get((row.get("programme"), row.get("from")))
        return kept | ({BANDS: own} if own else {})

    def _check_entry(self, code, raw):
        direct = raw.get("direct_entry", "")
        entry = self._entry(SERVICE, {**raw, "direct_entry": bool(direct), "direct_entry_note": direct})
        if entry:
            for number, row in enumerate(raw.get("basis", []), start=1):
                self._basis(entry, number, row)

    def _content(self, code):
        """Return the checked entry in the words of the files, as content_of() would."""
        entry = self.entries["service"][code]
        content = _words(SERVICE, entry)
        content.pop("direct_entry_note", None)
        if content.pop("direct_entry", False):
            content["direct_entry"] = entry.values["direct_entry_note"]
        bases = [basis for basis in self.entries["basis"].values() if basis.refers["service_id"] == code]
        content["basis"] = sorted(
            ({**_words(BASIS, basis), "illustrative": basis.values["figures_are_illustrative"]} for basis in bases),
            key=lambda row: row["programme"],
        )
        content["basis"].sort(key=lambda row: row["from"], reverse=True)
        for row in content["basis"]:
            row.pop("service", None)
        return in_order(content)

    def _in_terms_of_the_sheet(self, problem):
        match = WHERE.fullmatch(problem)
        if match is None:
            return problem
        place = (match["code"], match["part"] or "", int(match["number"] or 0))
        sheet, row = self.rows.get(place) or self.rows.get((match["code"], "", 0)) or ("", "")
        labels = {column.word: str(column.label) for table in tables() for column in table.columns}
        text = re.sub(r"„(\w+)”", lambda found: f"„{labels.get(found[1], found[1])}”", match["text"])
        word, colon, rest = text.partition(": ")
        text = f"{labels.get(word, word)}{colon}{rest}"
        where = _("%(sheet)s, row %(number)s") % {"sheet": sheet, "number": row} if sheet else match["code"]
        return f"{where}: {text}"


def in_order(content):
    """Return the content with its unordered lists in one order, so that two contents that say the same are the same."""
    keys = {
        "hours": lambda row: (row.get("week_of_month", 0), row.get("weekday", 0), row["opens_at"], str(row)),
        "exceptions": lambda row: (row["from"], str(row)),
        "texts": lambda row: row["language"],
    }
    for word, key in keys.items():
        if word in content:
            content[word] = sorted(content[word], key=key)
    for word in SERVICE.links:
        if word in content:
            content[word] = sorted(content[word])
    return content


def _table_of(rows):
    """Return the table whose headings a sheet has, whatever it is called, or None."""
    first = next((row for row in rows if any(text_of(cell) for cell in row)), [])
    headings = {fold(text_of(cell)) for cell in first if text_of(cell)}
    fits = [(len(headings & table.by_heading().keys()), table) for table in tables()]
    most, table = max(fits, key=lambda fit: fit[0])
    return table if most >= 2 and most >= len(headings) / 2 else None


def _other(kind, code, values):
    """Return an entry that is only referred to."""
    return Entry(kind, code, values=values, parts={part.word: [] for part in kind.parts})


def _typed(content):
    """Return a content with days and times as the reader expects them."""
    raw = {**content, **_python(SERVICE.columns, Service, content)}
    for part in SERVICE.parts:
        if part.word in content:
            raw[part.word] = [{**row, **_python(part.columns, part.model, row)} for row in content[part.word]]
    raw["basis"] = [{**row, **_python(BASIS.columns, BASIS.model, row)} for row in content["basis"]]
    return raw


def _python(columns, model, words):
    names = {word: name for word, name in columns.items() if word in words and word != "direct_entry"}
    return {word: model._meta.get_field(name).to_python(words[word]) for word, name in names.items()}


def _words(kind, entry):
    """Return the words of a checked entry; what says no more than its default is left out."""
    words = _without_defaults(kind.model, kind.columns, entry.values)
    for word, (column, _kind) in kind.references.items():
        if entry.refers.get(column):
            words[word] = entry.refers[column]
    for word, (many, _kind) in kind.links.items():
        if entry.links.get(many):
            words[word] = list(dict.fromkeys(entry.links[many]))
    for part in kind.parts:
        rows = [
            _without_defaults(part.model, part.columns, row)
            | {word: row[column] for word, (column, _kind) in part.references.items() if row.get(column)}
            for row in entry.parts[part.word]
        ]
        if rows:
            words[part.word] = rows
    return words


def _without_defaults(model, columns, values):
    words = {}
    for word, column in columns.items():
        value = values.get(column)
        if value not in (None, "", []) and value != model._meta.get_field(column).get_default():
            words[word] = plain(value)
    return words
