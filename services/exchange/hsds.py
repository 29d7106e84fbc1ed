"""Read a neighbour's catalogue in HSDS into drafts of partner offers.

An entry is known again by its identifier at the source. A draft nobody has touched follows its source; one that
somebody has edited, sent to review or published is left, and the report says that the source has changed.
"""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction
from django.db.models import F
from django.utils.text import slugify
from django.utils.translation import gettext as _

from cus_portal.accounts.models import Institution
from cus_portal.db import ACCENTED, PLAIN
from services.exchange.hsds_fields import Refused, plain_text, understood
from services.exchange.hsds_reader import Broken
from services.exchange.kinds import SERVICE_PARTS
from services.models import (
    ForeignEntry,
    Location,
    Programme,
    ProgrammeService,
    Service,
    ServiceArea,
    Status,
    TargetGroup,
    Topic,
)

AT_ONCE = 200
WITHOUT_MARKS = str.maketrans(ACCENTED, PLAIN)
PARTS = {part.word: part for part in SERVICE_PARTS}
LISTS = {"areas": ServiceArea, "target_groups": TargetGroup, "topics": Topic}


@dataclass(frozen=True)
class Source:
    """Whose catalogue it is; `code` stands in the codes of all that comes from it."""

    code: str
    name: str

    def uuid(self, kind, foreign_id) -> UUID:
        return uuid5(NAMESPACE_URL, f"urn:cus:hsds:{self.code}:{kind}:{foreign_id}")

    def code_of(self, kind, foreign_id):
        return f"{self.code}-{self.uuid(kind, foreign_id).hex[:16]}"


@dataclass
class Report:
    """What became of each record: one line for each that something is to be said about."""

    counts: Counter = field(default_factory=Counter)
    lines: list = field(default_factory=list)  # (where, identifier or name, outcome, problems)

    def tell(self, where, who, outcome, problems=()):
        self.counts[outcome] += 1
        if problems:
            self.lines.append((where, who, outcome, list(problems)))


def code_of_programme(source):
    return f"hsds-{source.code}"


def programme_of(source) -> Programme:
    """Return the programme under which the offers of that catalogue stand."""
    return Programme.objects.get(code=code_of_programme(source))


@transaction.atomic
def import_services(records, *, source: Source, on: date, now: datetime) -> Report:
    """Write the records of a package, from read_package(), as drafts; all of them or, when something breaks, none."""
    importer = _Importer(source, on, now)
    records = iter(records)
    while batch := list(islice(records, AT_ONCE)):
        importer.write(batch)
    return importer.report


class _Importer:
    def __init__(self, source, on, now):
        self.source, self.on, self.now = source, on, now
        self.report, self.seen = Report(), set()
        self.lists = {many: dict(model.objects.values_list("code", "pk")) for many, model in LISTS.items()}
        self.programme, _created = Programme.objects.get_or_create(
            code=code_of_programme(source),
            defaults={
                "kind": Programme.Kind.PARTNER,
                "name": _("Offer: %(source)s") % {"source": source.name},
                "valid_from": on,
            },
        )

    def write(self, batch):
        fresh = [found for where, raw in batch if (found := self._read(where, raw))]
        known = {
            row.foreign_id: row
            for row in ForeignEntry.objects.select_related("service").filter(
                source=self.source.code, foreign_id__in=[foreign.id for _where, foreign, _digest in fresh]
            )
        }
        institutions = self._institutions([foreign for _where, foreign, _digest in fresh])
        new, changed = [], []
        for where, foreign, digest in fresh:
            entry = known.get(foreign.id)
            if entry is None:
                new.append((foreign, digest, self._service(foreign, institutions)))
                self.report.tell(where, foreign.columns["name"], "created", foreign.problems)
            elif entry.digest == digest:
                self.report.tell(where, foreign.columns["name"], "left")
            elif entry.service.status != Status.DRAFT or entry.service.version != entry.entry_version:
                said = _("the source has changed, but somebody works on this entry here: compare them by hand.")
                self.report.tell(where, foreign.columns["name"], "left", [said])
            else:
                changed.append((foreign, digest, entry))
                self.report.tell(where, foreign.columns["name"], "changed", foreign.problems)
        self._create(new)
        self._change(changed, institutions)

    def _read(self, where, raw):
        """Return (where, record, digest) of a record that can be used; tell of any other."""
        if isinstance(raw, Broken):
            return self.report.tell(where, "", "refused", [raw.problem])
        who = plain_text(raw.get("name") or raw.get("id"))[:80] if isinstance(raw, dict) else ""
        try:
            foreign = understood(raw, on=self.on)
            if foreign.id in self.seen:
                raise Refused(_("this identifier was there already."))
        except Refused as refusal:
            return self.report.tell(where, who, "refused", [str(refusal)])
        self.seen.add(foreign.id)
        facts = json.dumps(foreign.facts(), sort_keys=True, default=str)
        return where, foreign, hashlib.sha256(facts.encode()).hexdigest()

    # -- what a service refers to ------------------------------------------------------------------------
    def _institutions(self, records):
        """Return {code: institution} of the providers; those not known yet are made, those known are left alone."""
        wanted = {self._provider_code(foreign): foreign.provider for foreign in records}
        found = Institution.objects.in_bulk(wanted, field_name="code")
        made = []
        for code in wanted.keys() - found.keys():
            words = {word: value for word, value in (wanted[code] or {}).items() if word != "id"}
            words = words or {"name": self.source.name, "short_name": self.source.name[:60]}
            # Not active: no referral can be sent to a body that only stands in somebody else's catalogue.
            made.append(Institution(code=code, kind=Institution.Kind.OTHER, is_active=False, **words))
        Institution.objects.bulk_create(made)
        return found | {row.code: row for row in made}

    def _provider_code(self, foreign):
        return self.source.code_of("organization", foreign.provider["id"] if foreign.provider else "")

    def _places(self, records):
        """Return {code: key} of the places; those known are left alone."""
        wanted = {self.source.code_of("place", place["id"]): place for foreign in records for place in foreign.places}
        found = dict(Location.objects.filter(code__in=wanted).values_list("code", "pk"))
        made = Location.objects.bulk_create(
            Location(code=code, **{word: value for word, value in wanted[code].items() if word != "id"})
            for code in wanted.keys() - found.keys()
        )
        return found | {row.code: row.pk for row in made}

    # -- writing -----------------------------------------------------------------------------------------
    def _service(self, foreign, institutions):
        uuid = self.source.uuid("service", foreign.id)
        words = foreign.columns["plain_name"].lower().translate(WITHOUT_MARKS)
        return Service(
            uuid=uuid,
            code=f"H{uuid.hex[:11]}",
            slug=f"{slugify(words)[:80].strip('-') or 'usluga'}-{uuid.hex[:8]}",
            provider=institutions[self._provider_code(foreign)],
            evidence=Service.Evidence.OTHER_CENTRE,
            evidence_source=self.source.name[:160],
            **foreign.columns,
        )

    def _create(self, new):
        services = Service.objects.bulk_create(service for _foreign, _digest, service in new)
        ForeignEntry.objects.bulk_create(
            ForeignEntry(
                source=self.source.code,
                foreign_id=foreign.id,
                service=service,
                digest=digest,
                entry_version=service.version,
                read_at=self.now,
            )
            for foreign, digest, service in new
        )
        ProgrammeService.objects.bulk_create(
            ProgrammeService(
                programme=self.programme,
                service=service,
                valid_from=self.on,
                regime=ProgrammeService.Regime.PARTNER,
                **foreign.fee,
            )
            for foreign, _digest, service in new
        )
        self._write_parts(
            [(foreign, service) for (foreign, _digest, _service), service in zip(new, services, strict=True)]
        )

    def _change(self, changed, institutions):
        for foreign, digest, entry in changed:
            for column, value in foreign.columns.items():
                setattr(entry.service, column, value)
            entry.service.provider = institutions[self._provider_code(foreign)]
            entry.digest, entry.entry_version, entry.read_at = digest, entry.service.version + 1, self.now
            entry.service.version = F("version") + 1
            ProgrammeService.objects.filter(programme=self.programme, service=entry.service_id).update(
                **{"fee_note": ""} | foreign.fee
            )
        if changed:
            columns = [*changed[0][0].columns, "provider", "version"]
            Service.objects.bulk_update([entry.service for _foreign, _digest, entry in changed], columns)
            ForeignEntry.objects.bulk_update(
                [entry for _foreign, _digest, entry in changed], ["digest", "entry_version", "read_at"]
            )
            self._write_parts([(foreign, entry.service) for foreign, _digest, entry in changed])

    def _write_parts(self, pairs):
        """Write what belongs to the services anew: parts, places, and marks that our own lists have too."""
        keys = [service.pk for _foreign, service in pairs]
        for word in ("hours", "documents", "contacts", "eligibility"):
            part = PARTS[word]
            part.model.objects.filter(service__in=keys).delete()
            part.model.objects.bulk_create(
                part.model(service_id=service.pk, **row, **({"position": number} if part.positioned else {}))
                for foreign, service in pairs
                for number, row in enumerate(foreign.parts[word], start=1)
            )
        places = self._places([foreign for foreign, _service in pairs])
        self._link(
            "locations",
            [
                (service.pk, places[code])
                for foreign, service in pairs
                for code in dict.fromkeys(self.source.code_of("place", place["id"]) for place in foreign.places)
            ],
            keys,
        )
        for many, ids in self.lists.items():
            linked = [
                (service.pk, ids[code]) for foreign, service in pairs for code in sorted(foreign.codes & ids.keys())
            ]
            self._link(many, linked, keys)

    @staticmethod
    def _link(many, pairs, keys):
        relation = Service._meta.get_field(many)
        through, other = relation.remote_field.through, relation.m2m_reverse_field_name() + "_id"
        through.objects.filter(service__in=keys).delete()
        through.objects.bulk_create(through(**{"service_id": service, other: key}) for service, key in pairs)
