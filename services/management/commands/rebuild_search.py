from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from services.indexing import rebuild
from services.models import SearchEntry
from services.publishing import renew_stamp


class Command(BaseCommand):
    help = "Make the search index of the catalogue anew. Safe to run at any time."

    def handle(self, **options):
        rebuild()
        renew_stamp()
        self.stdout.write(_("Entries in the search index: %(count)s") % {"count": SearchEntry.objects.count()})
