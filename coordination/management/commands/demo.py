"""manage.py demo: fill an empty portal with the demonstration world, or say who may sign in to it."""

from datetime import date

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from coordination.demo import PEOPLE, NotEmpty, build_world, email_of
from cus_portal import env
from cus_portal.accounts.models import Institution

PASSWORD = "demo-belzyce-2026"  # noqa: S105 (known to everybody, for a portal where DEMO is on)


class Command(BaseCommand):
    help = "Make the demonstration world: invented residents, a year of requests, cases, plans, referrals, reports."

    def add_arguments(self, parser):
        parser.add_argument("--until", type=date.fromisoformat, help="the last day of the world (default: today)")
        parser.add_argument("--sign-ins", action="store_true", help="only print who may sign in, and the password")

    def handle(self, *, until, sign_ins, **options):
        if not settings.DEMO:
            raise CommandError("The demonstration is switched off here (DEMO). It does not belong in a real portal.")
        password = env.text("DEMO_PASSWORD", PASSWORD)
        if sign_ins:
            self.print_sign_ins(password)
            return
        try:
            build_world(until=until or timezone.localdate(), password=password)
        except NotEmpty as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write("The demonstration world is made.")

    def print_sign_ins(self, password):
        names = dict(Institution.objects.values_list("code", "short_name"))
        self.stdout.write(f"Sign in at /logowanie/, password: {password} (the second step shows its code by itself)")
        for name, (first_name, last_name, role, code) in PEOPLE.items():
            place = f"{role.label}, {names.get(code, code)}" if role else "administrator"
            self.stdout.write(f"  {email_of(name):24} {first_name} {last_name}, {place}")
