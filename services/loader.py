"""Read the catalogue's files into the database: check all of them first, then write in one transaction.

A file's entry is recognised by its code. An entry unchanged in its file since it was last loaded is left alone, so what
the organiser corrects in the admin stays until the file itself says something new.
"""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import yaml
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, models, transaction
from django.db.models import F, ProtectedError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cus_portal.accounts.models import Institution
from services.models import (
    LoadedEntry,
    Locality,
    Location,
    Programme,
    ProgrammeService,
    RequiredDocument,
    Service,
    ServiceArea,
    ServiceStep,
    Status,
    TargetGroup,
)

LOCK = 2_019_1818  # the Act's number: two loaders at once wait for each other
OPEN_END = date.max


class CatalogueError(Exception):
    """Everything that is wrong with the files, one line each. Nothing was loaded."""

    def __init__(self, problems):
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, eq=False)
class Kind:
    """One kind of entry: where it is written, and which of its words fill which column."""

    name: str
    label: str
    file: str
    model: type[models.Model]
    columns: dict[str, str]
    references: dict[str, tuple[str, str]] = field(default_factory=dict)  # word: (column, kind)
    links: dict[str, tuple[str, str]] = field(default_factory=dict)  # word: (many-to-many field, kind)
    required: frozenset[str] = frozenset()
    other_words: frozenset[str] = frozenset()
    status: str = ""

    @property
    def words(self):
        return {*self.columns, *self.references, *self.links, *self.other_words}

    @property
    def written(self):
        """The columns that a changed entry writes; never the status, which only a workflow changes."""
        return [*self.columns.values(), *(column for column, _kind in self.references.values())]


def same(*words):
    return {word: word for word in words}


AREA = Kind(
    "area",
    gettext_lazy("Areas"),
    "areas.yaml",
    ServiceArea,
    same("code", "number", "name", "short_name"),
    required=frozenset({"number", "name", "short_name"}),
)
GROUP = Kind(
    "group",
    gettext_lazy("Target groups"),
    "target_groups.yaml",
    TargetGroup,
    same("code", "name", "hint", "position", "on_home"),
    required=frozenset({"name", "position"}),
)
LOCALITY = Kind(
    "locality",
    gettext_lazy("Localities"),
    "localities.yaml",
    Locality,
    same("code", "name", "kind", "teryt", "simc"),
    required=frozenset({"name", "kind", "teryt"}),
)
INSTITUTION = Kind(
    "institution",
    gettext_lazy("Institutions"),
    "institutions.yaml",
    Institution,
    same(
        *("code", "name", "short_name", "kind", "nip", "regon", "address", "phone", "email", "website"),
        *("ade", "note", "is_centre"),
    ),
    required=frozenset({"name", "short_name", "kind"}),
)
PLACE = Kind(
    "place",
    gettext_lazy("Places"),
    "places.yaml",
    Location,
    same("code", "name", "address", "accessibility", "is_confidential"),
    references={"locality": ("locality_id", "locality")},
    required=frozenset({"name"}),
)
PROGRAMME = Kind(
    "programme",
    gettext_lazy("Programmes"),
    "programmes.yaml",
    Programme,
    same(
        *("code", "kind", "name", "resolution_no", "resolution_date", "journal", "valid_from", "valid_to", "funding"),
    ),
    required=frozenset({"kind", "name", "valid_from"}),
    other_words=frozenset({"status"}),
    status=Status.PUBLISHED,
)
SERVICE = Kind(
    "service",
    gettext_lazy("Services"),
    "services.yaml",
    Service,
    {
        **same("code", "slug", "name", "plain_name", "summary", "description", "keywords", "for_whom"),
        **same("provider_note", "format", "certificate", "supporting_action", "phone", "featured"),
        **same("evidence", "reviewed_on", "age_from", "age_to", "direct_entry", "direct_entry_note"),
        "delivery": "delivery_modes",
        "confidential_place": "place_is_confidential",
        "source": "evidence_source",
    },
    references={"provider": ("provider_id", "institution")},
    links={
        "areas": ("areas", "area"),
        "groups": ("target_groups", "group"),
        "localities": ("localities", "locality"),
        "places": ("locations", "place"),
    },
    required=frozenset(
        {
            "slug",
            "name",
            "plain_name",
            "summary",
            "description",
            "for_whom",
            "areas",
            "provider",
            "delivery",
            "evidence",
        }
        | {"reviewed_on", "basis"}
    ),
    other_words=frozenset({"status", "ages", "documents", "steps", "basis"}),
    status=Status.PUBLISHED,
)
BASIS = Kind(
    "basis",
    gettext_lazy("Bases of services"),
    "services.yaml",
    ProgrammeService,
    {
        "from": "valid_from",
        "to": "valid_to",
        **same("regime", "conditions", "capacity", "capacity_period"),
        "limit": "limit_text",
        "duration": "duration_text",
        "fee": "fee_kind",
        "amount": "fee_amount",
        "fee_note": "fee_note",
        "waiting_list": "keeps_waiting_list",
        "illustrative": "figures_are_illustrative",
    },
    references={"service": ("service_id", "service"), "programme": ("programme_id", "programme")},
    required=frozenset({"programme", "regime", "fee"}),
)
KINDS = [AREA, GROUP, LOCALITY, INSTITUTION, PLACE, PROGRAMME, SERVICE, BASIS]


@dataclass
class Entry:
    """One entry of a file, checked: column values, and what hangs on it."""

    kind: Kind
    code: str
    values: dict = field(default_factory=dict)
    refers: dict = field(default_factory=dict)  # column: code
    links: dict = field(default_factory=dict)  # many-to-many field: codes
    documents: list = field(default_factory=list)
    steps: list = field(default_factory=list)
    first_status: str = ""

    @property
    def where(self):
        return _("%(file)s, %(entry)s") % {"file": self.kind.file, "entry": self.code}

    @property
    def digest(self):
        facts = [self.values, self.refers, self.links, self.documents, self.steps]
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
        self.entries = {kind.name: {} for kind in KINDS}

    def read(self):
        for kind in (AREA, GROUP, LOCALITY, INSTITUTION, PLACE, PROGRAMME):
            for raw in self._list(kind.file, self._file(kind.file)):
                self._entry(kind, raw)
        self._services(self._file(SERVICE.file))
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
        for raw in self._list(SERVICE.file, content.get("services")):
            if isinstance(raw, dict):
                raw = {"reviewed_on": content.get("reviewed_on"), **raw}
                ages, direct = raw.get("ages"), raw.get("direct_entry", "")
                raw["age_from"] = ages.get("from") if isinstance(ages, dict) else None
                raw["age_to"] = ages.get("to") if isinstance(ages, dict) else None
                raw["direct_entry"], raw["direct_entry_note"] = bool(direct), direct
                if isinstance(raw.get("steps"), str) and raw["steps"] in step_sets:
                    raw["steps"] = step_sets[raw["steps"]]
            entry = self._entry(SERVICE, raw)
            if entry:
                self._parts(entry, raw)

    def _parts(self, entry, raw):
        """Read what hangs on a service: documents, steps, bases."""
        for number, document in enumerate(self._list(f"{entry.where}, documents", raw.get("documents")), start=1):
            document = {"name": document} if isinstance(document, str) else document
            words = {"name": "name", "required": "is_required"}
            entry.documents.append(
                self._values(f"{entry.where}, documents {number}", RequiredDocument, words, {"name"}, document)
            )
        steps = raw.get("steps")
        if isinstance(steps, str):
            self._problem(entry.where, _("step_sets has no steps “%(word)s”.") % {"word": steps})
            steps = None
        for number, step in enumerate(self._list(f"{entry.where}, steps", steps), start=1):
            entry.steps.append(
                self._values(f"{entry.where}, steps {number}", ServiceStep, same("title", "text"), {"title"}, step)
            )
        for number, row in enumerate(self._list(f"{entry.where}, basis", raw.get("basis")), start=1):
            self._basis(entry, number, row)

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
            for entry in self.entries[kind.name].values():
                for column, codes in [*entry.refers.items(), *entry.links.items()]:
                    for code in codes if isinstance(codes, list) else [codes]:
                        if code is not None and (not isinstance(code, str) or code not in self.entries[named[column]]):
                            file = next(other.file for other in KINDS if other.name == named[column])
                            self._problem(
                                entry.where, _("“%(code)s” is not in %(file)s.") % {"code": code, "file": file}
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
    if "\x00" in str(value):
        raise ValidationError(_("there is a character that cannot be stored."))
    return column.clean(" ".join(value.split()) if isinstance(value, str) else value, None)


# -- writing ------------------------------------------------------------------------------------
class Writer:
    """Writes checked entries; a few statements a kind, however many entries."""

    def __init__(self, entries):
        self.entries = entries
        self.ids = {}
        self.digests = {(entry.kind, entry.code): entry.digest for entry in LoadedEntry.objects.all()}
        self.report = {}
        self.problems = []

    def write(self):
        for kind in KINDS:  # once something is wrong the rest is only checked, to tell all problems at once
            self._write_kind(kind)
        if self.problems:
            raise CatalogueError(self.problems)
        return self.report

    def _existing(self, kind):
        if kind is not BASIS:
            return {row.code: row for row in kind.model.objects.all()}
        rows = ProgrammeService.objects.select_related("service", "programme")
        return {f"{row.service.code}/{row.programme.code}/{row.valid_from}": row for row in rows}

    def _write_kind(self, kind):
        rows = self._existing(kind)
        entries = self.entries[kind.name]
        gone = {code for name, code in self.digests if name == kind.name} - entries.keys()
        if kind is BASIS:
            self._remove([rows.pop(code) for code in gone if code in rows], gone)
            gone = set()
        new = [entry for code, entry in entries.items() if code not in rows]
        changed = [
            entry
            for code, entry in entries.items()
            if code in rows and self.digests.get((kind.name, code)) != entry.digest
        ]
        created = [
            kind.model(**self._columns(entry), **({"status": entry.first_status} if kind.status else {}))
            for entry in new
        ]
        for entry in changed:
            for column, value in self._columns(entry).items():
                setattr(rows[entry.code], column, value)
        self._check(zip(new, created, strict=True))
        self._check((entry, rows[entry.code]) for entry in changed)
        if self.problems:
            return
        self._save(kind, created, [rows[entry.code] for entry in changed])
        rows |= {entry.code: row for entry, row in zip(new, created, strict=True)}
        self.ids[kind.name] = {code: row.pk for code, row in rows.items()}
        if kind is SERVICE:
            self._write_parts(new + changed)
        LoadedEntry.objects.bulk_create(
            [LoadedEntry(kind=kind.name, code=entry.code, digest=entry.digest) for entry in new + changed],
            update_conflicts=True,
            unique_fields=["kind", "code"],
            update_fields=["digest"],
        )
        self.report[kind] = Counter(
            created=len(new), changed=len(changed), left=len(entries) - len(new) - len(changed), gone=len(gone)
        )

    def _columns(self, entry):
        kinds = dict(entry.kind.references.values())
        return entry.values | {
            column: self.ids.get(kinds[column], {}).get(code) for column, code in entry.refers.items()
        }

    def _check(self, pairs):
        """Hold the rules that go over several columns, which the model states as constraints."""
        for entry, row in pairs:
            for constraint in row._meta.constraints:
                if not isinstance(constraint, models.CheckConstraint):
                    continue
                try:
                    constraint.validate(type(row), row)
                except ValidationError as error:
                    self.problems.append(f"{entry.where}: {' '.join(error.messages)}")

    def _save(self, kind, created, changed):
        kind.model.objects.bulk_create(created)
        if not changed:
            return
        columns = [name.removesuffix("_id") for name in kind.written]
        if kind.status:
            columns.append("version")
            for row in changed:
                row.version = F("version") + 1
        kind.model.objects.bulk_update(changed, columns)

    def _remove(self, rows, codes):
        for row in rows:
            try:
                row.delete()
            except ProtectedError:
                where = f"{BASIS.file}, {row.service.code}/{row.programme.code}/{row.valid_from}"
                text = _("requests were filed on this basis, so it cannot go; close it with “to” instead.")
                self.problems.append(f"{where}: {text}")
        LoadedEntry.objects.filter(kind=BASIS.name, code__in=codes).delete()

    def _write_parts(self, entries):
        ids = {entry.code: self.ids["service"][entry.code] for entry in entries}
        for many, kind in SERVICE.links.values():
            through = Service._meta.get_field(many).remote_field.through
            target = Service._meta.get_field(many).m2m_reverse_field_name() + "_id"
            through.objects.filter(service__in=ids.values()).delete()
            through.objects.bulk_create(
                through(service_id=ids[entry.code], **{target: self.ids[kind][code]})
                for entry in entries
                for code in dict.fromkeys(entry.links[many])
            )
        for model, name in ((RequiredDocument, "documents"), (ServiceStep, "steps")):
            model.objects.filter(service__in=ids.values()).delete()
            model.objects.bulk_create(
                model(service_id=ids[entry.code], position=position, **values)
                for entry in entries
                for position, values in enumerate(getattr(entry, name), start=1)
            )


def load_catalogue(directory) -> dict[Kind, Counter]:
    """Load the folder's files and return what was created, changed and left of each kind.

    Raises CatalogueError with all problems at once; then nothing was written.
    """
    reader = Reader(directory)
    entries = reader.read()
    if reader.problems:
        raise CatalogueError(reader.problems)
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            return Writer(entries).write()
    except DatabaseError as error:
        detail = getattr(getattr(error.__cause__, "diag", None), "message_detail", None) or str(error)
        text = _("The database refused the files: %(why)s") % {"why": " ".join(detail.split())}
        raise CatalogueError([text]) from error
