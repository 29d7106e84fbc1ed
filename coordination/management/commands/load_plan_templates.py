"""manage.py load_plan_templates: read the first templates of plans. Safe to run again."""

import yaml
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from coordination.models import PlanTemplate, PlanTemplateItem
from services.models import Service


class Command(BaseCommand):
    help = "Load plan_templates.yaml of CATALOGUE_DIR; a template that the office has already stays as it is there."

    @transaction.atomic
    def handle(self, **options):
        path = settings.CATALOGUE_DIR / "plan_templates.yaml"
        if not path.exists():
            self.stdout.write("Plan templates: no plan_templates.yaml.")
            return
        created = 0
        for facts in yaml.safe_load(path.read_text(encoding="utf-8")) or []:
            items = facts.pop("items")
            if PlanTemplate.objects.filter(code=facts["code"]).exists():
                continue
            try:
                self.make(facts, items)
            except (TypeError, ValidationError) as error:
                raise CommandError(f"{path}, {facts['code']}: {error}") from None
            created += 1
        self.stdout.write(f"Plan templates: {created} created.")

    @staticmethod
    def make(facts, items):
        template = PlanTemplate(**facts)
        template.full_clean()
        template.save()
        for position, said in enumerate(items, start=1):
            code = said.pop("service", None)
            service = code and Service.objects.filter(code=code).first()
            if code and service is None:
                raise ValidationError(f"There is no service {code}.")
            item = PlanTemplateItem(template=template, position=position, service=service, **said)
            item.full_clean()
            item.save()
