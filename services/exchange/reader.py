"""Read the catalogue's files into checked entries, and collect everything that is wrong with them."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import yaml
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from services.exchange import translations
from services.exchange.kinds import (
    AGREEMENT,
    AREA,
    BASIS,
    GROUP,
    GUIDE_ANSWER,
    GUIDE_QUESTION,
    INSTITUTION,
    KINDS,
    LOCALITY,
    PLACE,
    PROGRAMME,
    REGISTERED,
    SERVICE,
    SYNONYM,
    TEMPLATE,
    TOPIC,
    Kind,
)
from services.hours import BadHours, read_hours
from services.models import Status, circle_among

OPEN_END = date.max


@dataclass
class Entry:
    """One entry of a file, checked: column values, and what hangs on it."""

    kind: Kind
    code: str
    values: dict = field(default_factory=dict)
    refers: dict = field(default_factory=dict)  # column: code
    links: dict = field(default_factory=dict)  # many-to-many field: codes
    parts: dict = field(default_factory=dict)  # word: rows, each with column values and references by code
    first_status: str = ""

    @property
    def where(self):
        return _("%(file)s, %(entry)s") % {"file": self.kind.file, "entry": self.code}

    @property
    def digest(self):
        facts = [self.values, self.refers, self.links, self.parts]
        return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


# -- reading ------------------------------------------------------------------------------------
class PlainLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML that refuses a word written twice in one entry instead of silently taking the last."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _value in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, _("“%(word)s” is written twice in one entry") % {"word": key.value}, key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


class Reader:
    """Reads all files of a folder into checked entries and collects everything that is wrong."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.problems = []
        self.entries = {kind.name: {} for kind in [*KINDS, *REGISTERED]}

    def read(self):
        for kind in REGISTERED:
            self.entries[kind.name] = {
                code: Entry(kind, code) for code in kind.model.objects.values_list("code", flat=True)
            }
        for kind in (AREA, GROUP, TOPIC, LOCALITY, INSTITUTION, PLACE, PROGRAMME, AGREEMENT, SYNONYM, TEMPLATE):
            for raw in self._list(kind.file, self._file(kind.file)):
                self._entry(kind, raw)
        self._services(self._file(SERVICE.file))
        self._guide(self._file(GUIDE_QUESTION.file))
        self._references()
        self._twice("institution", "is_centre", only=True)
        self._twice("service", "slug")
        self._overlaps()
        return self.entries

    def _problem(self, where, text):
        self.problems.append(f"{where}: {text}")

    def _file(self, name):
        path = self.directory / name
        try:
            return yaml.load(path.read_text(encoding="utf-8"), PlainLoader)  # noqa: S506
        except FileNotFoundError:
            self._problem(name, _("the file is missing."))
        except UnicodeDecodeError:
            self._problem(name, _("the file is not saved as UTF-8."))
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else "?"
            self._problem(name, _("line %(line)s cannot be read: %(why)s.") % {"line": line, "why": error.problem})
        except (yaml.YAMLError, ValueError) as error:
            self._problem(name, _("the file cannot be read: %(why)s.") % {"why": error})
        return None

    def _list(self, where, value):
        if value is None:
            return []
        if not isinstance(value, list):
            self._problem(where, _("a list of entries is expected here."))
            return []
        return value

    def _services(self, content):
        if content is None:
            return
        if not isinstance(content, dict):
            self._problem(SERVICE.file, _("the words step_sets and services are expected here."))
            return
        for word in content.keys() - {"reviewed_on", "step_sets", "services"}:
            self._problem(SERVICE.file, _("nobody knows the field “%(word)s”.") % {"word": word})
        step_sets = content.get("step_sets") or {}
        texts = {file: self._optional(file) for file in (translations.EASY_FILE, *translations.FILES.values())}
        for raw in self._list(SERVICE.file, content.get("services")):
            if isinstance(raw, dict):
                raw = {"reviewed_on": content.get("reviewed_on"), **raw}
                direct = raw.get("direct_entry", "")
                raw["direct_entry"], raw["direct_entry_note"] = bool(direct), direct
                raw["steps"] = self._steps(raw, step_sets)
                raw = translations.translated(raw, texts)
            entry = self._entry(SERVICE, raw)
            if entry:
                for number, row in enumerate(self._list(f"{entry.where}, basis", raw.get("basis")), start=1):
                    self._basis(entry, number, row)

        for file, content in texts.items():
            for where, problem in translations.check(file, content, self.entries["service"]):
                self._problem(where, problem)

    def _guide(self, content):
        """Read the questions of the guide with their answers, and see that every way through them ends."""
        steps = {}
        for raw in self._list(GUIDE_QUESTION.file, content):
            question = self._entry(GUIDE_QUESTION, raw)
            if question is None:
                continue
            rows = self._list(f"{question.where}, answers", raw.get("answers"))
            if not rows:
                self._problem(question.where, _("the field “%(word)s” is missing.") % {"word": "answers"})
            for number, row in enumerate(rows, start=1):
                row = row if isinstance(row, dict) else {"label": row}
                code = f"{question.code}/{number}"
                self._entry(GUIDE_ANSWER, {**row, "code": code, "position": number, "question": question.code})
                steps.setdefault(question.code, []).append(row.get("next"))
        if circle := circle_among(steps):
            text = _("these questions lead in a circle: %(codes)s.") % {"codes": ", ".join(circle)}
            self._problem(GUIDE_QUESTION.file, text)

    def _optional(self, name):
        """Return what a file says that a catalogue may do without."""
        content = self._file(name) if (self.directory / name).exists() else None
        if content is not None and not isinstance(content, dict):
            self._problem(name, _("fields and values are expected here."))
        return content if isinstance(content, dict) else {}

    def _steps(self, raw, step_sets):
        """Return the steps themselves for the name of a set of steps."""
        steps = raw.get("steps")
        if not isinstance(steps, str):
            return steps
        if steps not in step_sets:
            where = f"{SERVICE.file}, {raw.get('code')}"
            self._problem(where, _("step_sets has no steps “%(word)s”.") % {"word": steps})
        return step_sets.get(steps)

    def _parts(self, where, entry, raw):
        """Read the lists inside an entry."""
        for part in entry.kind.parts:
            rows = self._list(f"{where}, {part.word}", self._as_list(part, raw.get(part.word)))
            entry.parts[part.word] = found = []
            for number, row in enumerate(rows, start=1):
                here = f"{where}, {part.word} {number}"
                found += [self._row(here, part, one) for one in self._in_full(here, part, row)]

    @staticmethod
    def _as_list(part, rows):
        """Return texts written under their language as rows that name it."""
        if part.word == "texts" and isinstance(rows, dict):
            return [{"language": language, **row} for language, row in rows.items() if isinstance(row, dict)]
        return rows

    def _in_full(self, where, part, row):
        """Return the rows that one line of a file means: hours are written as people write them."""
        if part.word == "hours":
            row = {"when": row} if isinstance(row, str) else row
            if isinstance(row, dict) and "when" in row:
                try:
                    rules = read_hours(str(row["when"]))
                except BadHours as error:
                    self._problem(where, str(error))
                    return []
                others = {key: value for key, value in row.items() if key != "when"}
                return [{**rule, **others} for rule in rules]
        return [{part.short: row} if part.short and isinstance(row, str) else row]

    def _row(self, where, part, raw):
        if not isinstance(raw, dict):
            self._problem(where, _("fields and values are expected here."))
            return {}
        references = {column: raw.get(word) or None for word, (column, _kind) in part.references.items()}
        raw = {word: value for word, value in raw.items() if word not in part.references}
        return self._values(where, part.model, part.columns, part.required, raw) | references

    def _basis(self, service, number, raw):
        where = f"{service.where}, basis {number}"
        if not isinstance(raw, dict):
            self._problem(where, _("fields and values are expected here."))
            return
        programme = self.entries["programme"].get(raw.get("programme"))
        raw = {"illustrative": True, **raw, "service": service.code}
        if "from" not in raw and programme:
            raw["from"] = programme.values.get("valid_from")
        entry = Entry(BASIS, f"{service.code}/{raw.get('programme')}/{raw.get('from')}")
        self._fill(where, entry, raw)
        if entry.code in self.entries["basis"]:
            self._problem(where, _("this programme and first day are there already."))
        self.entries["basis"][entry.code] = entry

    def _entry(self, kind, raw):
        code = raw.get("code") if isinstance(raw, dict) else None
        if not isinstance(code, str) or not code:
            shown = (", ".join(f"{key}: {value}" for key, value in raw.items()) if isinstance(raw, dict) else raw) or ""
            self._problem(kind.file, _("an entry has no code: %(start)s") % {"start": str(shown)[:60]})
            return None
        entry = Entry(kind, code)
        if code in self.entries[kind.name]:
            self._problem(entry.where, _("this code is there twice."))
            return None
        self._fill(entry.where, entry, raw)
        self.entries[kind.name][code] = entry
        return entry

    def _fill(self, where, entry, raw):
        kind = entry.kind
        for word in kind.required:
            if raw.get(word) in (None, "", []):
                self._problem(where, _("the field “%(word)s” is missing.") % {"word": word})
        for word in raw.keys() - kind.words:
            self._problem(where, _("nobody knows the field “%(word)s”.") % {"word": word})
        known = {word: raw[word] for word in raw.keys() & kind.columns.keys()}
        entry.values = self._values(where, kind.model, kind.columns, set(), known)
        for word, (column, _kind) in kind.references.items():
            entry.refers[column] = raw.get(word) or None
        for word, (many, _kind) in kind.links.items():
            entry.links[many] = self._list(f"{where}, {word}", raw.get(word))
        self._parts(where, entry, raw)
        if kind.status:
            entry.first_status = raw.get("status", kind.status)
            if entry.first_status not in Status.values:
                self._problem(
                    where,
                    _("the field “%(word)s” cannot be “%(value)s”.") % {"word": "status", "value": entry.first_status},
                )

    def _values(self, where, model, words, required, raw):
        """Return column values, each checked by its own field; what the file does not say is the field's default."""
        if not isinstance(raw, dict):
            self._problem(where, _("fields and values are expected here."))
            return {}
        for word in raw.keys() - words.keys():
            self._problem(where, _("nobody knows the field “%(word)s”.") % {"word": word})
        values = {}
        for word, column in words.items():
            column_field = model._meta.get_field(column)
            value = raw.get(word)
            if value is None:
                values[column] = column_field.get_default()
                if word in required:
                    self._problem(where, _("the field “%(word)s” is missing.") % {"word": word})
                continue
            try:
                values[column] = clean(column_field, value)
            except ValidationError as error:
                self._problem(where, f"{word}: {' '.join(error.messages)}")
                values[column] = column_field.get_default()
        return values

    # -- what only the whole shows ----------------------------------------------------------------
    def _references(self):
        for kind in KINDS:
            named = dict([*kind.references.values(), *kind.links.values()])
            named |= {column: other for part in kind.parts for column, other in part.references.values()}
            for entry in self.entries[kind.name].values():
                inner = [
                    (column, row.get(column))
                    for part in kind.parts
                    for column, _kind in part.references.values()
                    for row in entry.parts[part.word]
                ]
                for column, codes in [*entry.refers.items(), *entry.links.items(), *inner]:
                    for code in codes if isinstance(codes, list) else [codes]:
                        if code is not None and (not isinstance(code, str) or code not in self.entries[named[column]]):
                            others = [*KINDS, *REGISTERED]
                            place = next(one.file or one.label for one in others if one.name == named[column])
                            self._problem(
                                entry.where, _("“%(code)s” is not in %(file)s.") % {"code": code, "file": place}
                            )

    def _twice(self, kind, column, *, only=False):
        seen = {}
        for entry in self.entries[kind].values():
            value = entry.values[column]
            if value and value in seen:
                text = _("the field “%(word)s” says the same as in %(other)s.")
                self._problem(entry.where, text % {"word": column, "other": seen[value]})
            seen.setdefault(value, entry.code)
        if only and True not in seen:
            self._problem(INSTITUTION.file, _("one institution must have is_centre: true."))

    def _overlaps(self):
        periods = {}
        for entry in self.entries["basis"].values():
            first, last = entry.values["valid_from"], entry.values["valid_to"] or OPEN_END
            if not isinstance(first, date):
                continue
            others = periods.setdefault((entry.refers["service_id"], entry.refers["programme_id"]), [])
            if any(first <= other_last and other_first <= last for other_first, other_last in others):
                self._problem(entry.where, _("two bases in one programme overlap; close the older one with “to”."))
            others.append((first, last))


def clean(column, value):
    """Return the value as the field keeps it, or raise ValidationError in words for whoever edits the file."""
    if isinstance(column, models.CharField | models.TextField) and not isinstance(value, str):
        raise ValidationError(_("write it in quotation marks."))
    if isinstance(column, models.BooleanField) and not isinstance(value, bool):
        raise ValidationError(_("write true or false."))
    if isinstance(column, models.IntegerField) and (isinstance(value, bool) or not isinstance(value, int)):
        raise ValidationError(_("write a whole number."))
    if isinstance(column, models.DateField) and (isinstance(value, str) or type(value) is not date):
        raise ValidationError(_("write a day as 2026-11-22."))
    if column.get_internal_type() == "ArrayField" and not isinstance(value, list):
        raise ValidationError(_("write a list: [one, two]."))
    if isinstance(value, float):
        value = str(value)  # as it was written, not as the machine rounds it
    if "\x00" in str(value):
        raise ValidationError(_("there is a character that cannot be stored."))
    return column.clean(" ".join(value.split()) if isinstance(value, str) else value, None)
