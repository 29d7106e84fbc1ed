"""manage.py load_notices: read the centre's privacy notice. Safe to run again."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from residents.notices import NoticeError, load_notice


class Command(BaseCommand):
    help = "Load privacy_notice.yaml of CATALOGUE_DIR; a changed text needs a new version."

    def handle(self, **options):
        try:
            done = load_notice(settings.CATALOGUE_DIR / "privacy_notice.yaml")
        except NoticeError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Privacy notice: {done}.")
