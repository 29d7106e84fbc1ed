"""manage.py load_terms: read the terms of keeping of the centre's filing plan. Safe to run again."""

import yaml
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from coordination.models import RetentionRule


class Command(BaseCommand):
    help = "Load retention.yaml of CATALOGUE_DIR; what is written down in the office already stays as it is there."

    @transaction.atomic
    def handle(self, **options):
        path = settings.CATALOGUE_DIR / "retention.yaml"
        if not path.exists():
            self.stdout.write("Terms of keeping: no retention.yaml, nothing is ever taken out.")
            return
        created = 0
        for number, facts in enumerate(yaml.safe_load(path.read_text(encoding="utf-8")) or [], start=1):
            try:
                rule = RetentionRule(**facts)
                known = RetentionRule.objects.filter(kind=rule.kind, filing_class=rule.filing_class)
                if not known.exists():
                    rule.full_clean()
                    rule.save()
                    created += 1
            except (TypeError, ValidationError) as error:
                raise CommandError(f"{path}, entry {number}: {error}") from None
        self.stdout.write(f"Terms of keeping: {created} created.")
