"""The catalogue out of the portal and back, as tables of a spreadsheet: all or nothing, and through review."""

from datetime import datetime
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cus_portal.accounts.models import Institution
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record, record_export
from services.actions.entries import revise_service, submit_service, take_service_back
from services.actions.news import tell_reviewers_of_import
from services.content import content_of, with_content
from services.exchange import hsds
from services.exchange.hsds_reader import read_package
from services.exchange.importing import Found, TableReader
from services.exchange.tables import rows_of, tables
from services.exchange.workbook import read_file, write_csv_files, write_xlsx
from services.models import Service, Status
from services.restoring import restore

WRITERS = {"xlsx": write_xlsx, "csv": write_csv_files}
ALL_CODES = "catalogue.export"


def export_services(*, form: str, by) -> bytes:
    """Return every entry this person may see, as a workbook or as a ZIP of CSV files. The audit knows."""
    services = Service.objects.visible_to(by).order_by("code")
    contents = [content_of(service) for service in with_content(services)]
    record_export(Service, by=by, screen=ALL_CODES, rows=len(contents), reason=_("the whole catalogue"))
    return WRITERS[form](
        [
            (str(table.title), [str(column.label) for column in table.columns], rows_of(table, contents))
            for table in tables()
        ]
    )


@transaction.atomic
def import_services(*, name: str, content: bytes, by, now: datetime, only_check: bool) -> Found:
    """Read the tables of a file into the working copies, and send what has changed for review.

    With problems, or when it is only a check, nothing is written. Raises ValidationError for a file that is none.
    """
    require(by, "services.import_services")
    found = TableReader().found(read_file(name, content))
    found.problems += _closed(found)
    if not found.problems and not only_check:
        written = [*found.new, *found.changed]
        for code in written:
            _write(code, found, name=name, by=by, now=now)
        if written:
            tell_reviewers_of_import(len(written), key=now.isoformat(), by=by, on=timezone.localdate(now))
    return found


@transaction.atomic
def import_package(*, path: Path, source: hsds.Source, by, now: datetime, only_check: bool) -> hsds.Report:
    """Read somebody else's HSDS package into drafts. When it is only a check, nothing of it stays written.

    Raises UnreadablePackage for a file that is none.
    """
    require(by, "services.import_services")
    report = hsds.import_services(read_package(path), source=source, on=timezone.localdate(now), now=now)
    if only_check:
        transaction.set_rollback(True)
    else:
        record("programme.import", hsds.programme_of(source), by=by, **report.counts)
    return report


def _closed(found):
    """Say which entries cannot be changed now."""
    changed = Service.objects.filter(code__in=found.changed).values_list("code", "status")
    return [
        _("%(code)s: the entry is in the archive. Take it back first.") % {"code": code}
        for code, status in changed
        if status == Status.ARCHIVED
    ]


def _write(code, found, *, name, by, now):
    content = found.contents[code]
    service = Service.objects.filter(code=code).first()
    if service is None:
        service = _begin(content)
        record("service.add", service, by=by)
    elif service.status == Status.PUBLISHED:
        revise_service(service, by=by, now=now)
    elif service.status == Status.REVIEW:
        take_service_back(service, by=by, now=now)
    require(by, "services.change_service", service)
    restore(service, content)
    record("service.change", service, by=by, fields=_changed_words(found.before.get(code, {}), content))
    try:
        submit_service(
            service, note=_("Imported from %(file)s.") % {"file": name[:80]}, by=by, now=now, announced=False
        )
    except ValidationError as error:
        raise ValidationError(f"{code}: {' '.join(error.messages)}") from error


def _begin(content):
    """Write the row of a new entry; restore() fills in the rest."""
    return Service.objects.create(
        code=content["code"],
        slug=content["slug"],
        provider=Institution.objects.get(code=content["provider"]),
        delivery_modes=content["delivery"],
        reviewed_on=content["reviewed_on"],
        evidence=content["evidence"],
    )


def _changed_words(before, after):
    return sorted(word for word in before.keys() | after.keys() if before.get(word) != after.get(word))
