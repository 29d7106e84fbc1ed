"""Write the entries of the catalogue's files into the database, all or nothing, and publish what has changed.

A file's entry is recognised by its code. An entry unchanged in its file since it was last loaded is left alone, so what
the organiser corrects in the admin stays until the file itself says something new.
"""

from collections import Counter

from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, models, transaction
from django.db.models import F, ProtectedError
from django.utils.translation import gettext as _

from services.exchange.kinds import BASIS, GUIDE_ANSWER, KINDS, REGISTERED, SYNONYM, Kind
from services.exchange.reader import Reader
from services.indexing import forget_index
from services.models import LoadedEntry, ProgrammeService
from services.publishing import publish_all

CHANGES = ("created", "changed", "gone")
LOCK = 2_019_1818  # the Act's number: two loaders at once wait for each other


class CatalogueError(Exception):
    """Everything that is wrong with the files, one line each. Nothing was loaded."""

    def __init__(self, problems):
        super().__init__("\n".join(problems))
        self.problems = problems


class Writer:
    """Writes checked entries; a few statements a kind, however many entries."""

    def __init__(self, entries, *, now):
        self.entries = entries
        self.now = now
        self.ids = {kind.name: dict(kind.model.objects.values_list("code", "pk")) for kind in REGISTERED}
        self.digests = {(entry.kind, entry.code): entry.digest for entry in LoadedEntry.objects.all()}
        self.report = {}
        self.problems = []

    def write(self):
        for kind in KINDS:  # once something is wrong the rest is only checked, to tell all problems at once
            self._write_kind(kind)
        if self.problems:
            raise CatalogueError(self.problems)
        if any(
            self.report[kind][change] for kind in (SYNONYM, GUIDE_ANSWER) for change in ("created", "changed", "gone")
        ):
            forget_index()  # publishing makes it anew
        publish_all(now=self.now)
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
        if kind in (BASIS, GUIDE_ANSWER):
            self._remove(kind, [rows.pop(code) for code in gone if code in rows], gone)
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
        self._link_among(kind, [rows[entry.code] for entry in new + changed], new + changed)
        self._write_links(kind, new + changed)
        self._write_parts(kind, new + changed)
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
        own = entry.kind.own_references.values()
        return entry.values | {
            column: self.ids.get(kinds[column], {}).get(code)
            for column, code in entry.refers.items()
            if column not in own
        }

    def _check(self, pairs):
        """Hold the rules that go over several columns, which the model states as constraints."""
        for entry, row in pairs:
            self._hold(entry.where, row)
            for part in entry.kind.parts:
                for number, values in enumerate(entry.parts[part.word], start=1):
                    self._hold(f"{entry.where}, {part.word} {number}", part.model(**values, **{part.owner: 0}))

    def _hold(self, where, row):
        for constraint in row._meta.constraints:
            if not isinstance(constraint, models.CheckConstraint):
                continue
            try:
                constraint.validate(type(row), row)
            except ValidationError as error:
                self.problems.append(f"{where}: {' '.join(error.messages)}")

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

    def _remove(self, kind, rows, codes):
        for row in rows:
            try:
                row.delete()
            except ProtectedError:
                where = f"{BASIS.file}, {row.service.code}/{row.programme.code}/{row.valid_from}"
                text = _("requests were filed on this basis, so it cannot go; close it with “to” instead.")
                self.problems.append(f"{where}: {text}")
        LoadedEntry.objects.filter(kind=kind.name, code__in=codes).delete()

    def _link_among(self, kind, rows, entries):
        """Write the references to entries of the same kind, now that all of them are there."""
        for column in kind.own_references.values():
            linked = []
            for row, entry in zip(rows, entries, strict=True):
                other = self.ids[kind.name].get(entry.refers[column])
                if getattr(row, column) != other:
                    setattr(row, column, other)
                    linked.append(row)
            kind.model.objects.bulk_update(linked, [column.removesuffix("_id")])

    def _write_links(self, kind, entries):
        ids = {entry.code: self.ids[kind.name][entry.code] for entry in entries}
        for many, other in kind.links.values():
            relation = kind.model._meta.get_field(many)
            through, owner = relation.remote_field.through, relation.m2m_field_name() + "_id"
            through.objects.filter(**{f"{owner}__in": ids.values()}).delete()
            through.objects.bulk_create(
                through(**{owner: ids[entry.code], relation.m2m_reverse_field_name() + "_id": self.ids[other][code]})
                for entry in entries
                for code in dict.fromkeys(entry.links[many])
            )

    def _write_parts(self, kind, entries):
        for part in kind.parts:
            owners = [self.ids[kind.name][entry.code] for entry in entries]
            part.model.objects.filter(**{f"{part.owner}__in": owners}).delete()
            part.model.objects.bulk_create(
                part.model(**{part.owner: owner}, **self._resolved(part, values), **position_of(part, number))
                for owner, entry in zip(owners, entries, strict=True)
                for number, values in enumerate(entry.parts[part.word], start=1)
            )

    def _resolved(self, part, values):
        kinds = dict(part.references.values())
        return {
            column: self.ids[kinds[column]].get(value) if column in kinds else value for column, value in values.items()
        }


def position_of(part, number):
    return {"position": number} if part.positioned else {}


def load_catalogue(directory, *, now) -> dict[Kind, Counter]:
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
            return Writer(entries, now=now).write()
    except DatabaseError as error:
        detail = getattr(getattr(error.__cause__, "diag", None), "message_detail", None) or str(error)
        text = _("The database refused the files: %(why)s") % {"why": " ".join(detail.split())}
        raise CatalogueError([text]) from error
