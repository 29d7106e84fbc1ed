from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_slug
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from services.exchange.hsds import Source, import_services
from services.exchange.hsds_reader import UnreadablePackage, read_package

LABELS = {
    "created": gettext_lazy("created"),
    "changed": gettext_lazy("changed"),
    "left": gettext_lazy("left as it is"),
    "refused": gettext_lazy("refused"),
}


class Command(BaseCommand):
    help = "Read another catalogue (HSDS 3: JSON, NDJSON, or a folder or ZIP of CSV tables) into drafts."

    def add_arguments(self, parser):
        parser.add_argument("package", type=Path)
        parser.add_argument("--source", required=True, help="a short code of whose catalogue it is, as lublin")
        parser.add_argument("--name", required=True, help="its name, as people know it")

    def handle(self, *, package, source, name, **options):
        try:
            validate_slug(source)
            now = timezone.now()
            report = import_services(
                read_package(package), source=Source(source[:30].lower(), name), on=timezone.localdate(now), now=now
            )
        except ValidationError as error:
            raise CommandError(f"--source: {' '.join(error.messages)}") from None
        except (UnreadablePackage, OSError) as error:
            raise CommandError(str(error)) from None
        for where, who, outcome, problems in report.lines:
            self.stdout.write(f"{where} ({who}): {LABELS[outcome]}; {' '.join(problems)}")
        counts = {word: report.counts[word] for word in LABELS}
        self.stdout.write(_("Created %(created)s, changed %(changed)s, left %(left)s, refused %(refused)s.") % counts)
