from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from services.exchange.loader import CatalogueError, load_catalogue


class Command(BaseCommand):
    help = "Load the catalogue's files: areas, groups, places, institutions, programmes, services. Safe to run again."

    def add_arguments(self, parser):
        parser.add_argument("--dir", type=Path, default=settings.CATALOGUE_DIR, help="the folder of the files")

    def handle(self, *, dir, **options):  # noqa: A002
        try:
            report = load_catalogue(dir, now=timezone.now())
        except CatalogueError as error:
            heading = _("Nothing was loaded. What to mend in %(folder)s:") % {"folder": dir}
            raise CommandError("\n".join([heading, *(f"- {problem}" for problem in error.problems)])) from None
        for kind, counts in report.items():
            line = _("%(kind)s: created %(created)s, changed %(changed)s, left %(left)s")
            self.stdout.write(line % {"kind": kind.label, **counts})
            if counts["gone"]:
                self.stdout.write(
                    _("  %(gone)s no longer in the file, left as they are in the portal") % {"gone": counts["gone"]}
                )
