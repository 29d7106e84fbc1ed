"""manage.py prepare_run: everything `make run` needs before the first page, in one process, skipping what is done."""

import hashlib

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Set the database up, load the catalogue and the demonstration world, compile texts, collect static files."
    requires_system_checks = []

    def handle(self, **options):
        call_command("translations", "compile", stdout=self.stdout)
        call_command("setup_database", verbosity=0, stdout=self.stdout)
        call_command("load_catalogue", stdout=self.stdout)
        call_command("load_notices", stdout=self.stdout)
        call_command("load_terms", stdout=self.stdout)
        call_command("load_plan_templates", stdout=self.stdout)
        self.sign_ins().unlink(missing_ok=True)
        if settings.DEMO:
            self.make_demo()
        self.collect_static()

    def make_demo(self):
        """Make the invented world once, and write down who may sign in for cus_portal.run to show."""
        if not apps.get_model("residents", "ServiceRequest").objects.exists():
            self.stdout.write("Making the demonstration world: invented people, about a minute.")
            call_command("demo", stdout=self.stdout)
        with self.sign_ins().open("w") as file:
            call_command("demo", sign_ins=True, stdout=file)

    def sign_ins(self):
        return settings.STATE_DIR / "sign-ins.txt"

    def collect_static(self):
        digest = hashlib.sha256()
        for finder in get_finders():
            for path, storage in finder.list([]):
                digest.update(f"{path} {storage.size(path)} {storage.get_modified_time(path)}\n".encode())
        stamp = settings.STATIC_ROOT / ".collected"
        if not stamp.exists() or stamp.read_text() != digest.hexdigest():
            call_command("collectstatic", interactive=False, verbosity=0, stdout=self.stdout)
            stamp.write_text(digest.hexdigest())
