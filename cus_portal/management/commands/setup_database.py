"""manage.py setup_database: migrate as the database's owner, then give the application's role what it needs."""

import contextlib
import time

import pghistory.models
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from cus_portal import env

LOCK = 0x435553  # any number, the same for everybody who sets this database up
ATTEMPTS = 10
DOOR = "coordination_take_out(bigint)"  # the only way out of the evidence: a line of a signed destruction list


class Command(BaseCommand):
    help = "Migrate as the owner (DATABASE_OWNER_URL) and grant the application's role its rights. Safe to run again."

    def handle(self, **options):
        with as_owner(), alone():
            self.migrate(options["verbosity"])
            self.grant()

    def migrate(self, verbosity):
        """Migrate with a short lock timeout: a waiting ALTER TABLE would make every page wait behind it."""
        executor = MigrationExecutor(connection)
        refuse_halfway(executor.loader)
        executor.check_replacements()  # also where nothing is to be migrated: whoever joins these again asks for them
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write("The database is up to date.")
            return
        for _attempt in range(ATTEMPTS):
            try:
                with lock_timeout("2s"):
                    call_command("migrate", verbosity=verbosity, interactive=False, stdout=self.stdout)
            except OperationalError as error:
                if getattr(error.__cause__, "pgcode", "") != "55P03":  # lock_not_available
                    raise
                self.stdout.write("A table is in use: trying again in a moment.")
                time.sleep(3)
            else:
                return
        raise CommandError("The tables stayed in use: end long-running work and run setup_database again.")

    def grant(self):
        role = settings.DATABASE_APP_ROLE
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user = %s, EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [role, role])
            is_self, exists = cursor.fetchone()
        if is_self or not exists:
            self.stdout.write(f"No rights granted: the role {role} {'is the owner' if is_self else 'does not exist'}.")
            return
        grant_rights(role)
        self.stdout.write(f"The role {role} has its rights; {len(append_only_tables())} tables are append-only for it.")


def refuse_halfway(loader):
    """Raise where a database stopped among the migrations that have been joined since: no way leads on from there."""
    for (app, _name), migration in loader.replacements.items():
        done = [name for key, name in migration.replaces if (key, name) in loader.applied_migrations]
        if 0 < len(done) < len(migration.replaces):
            raise CommandError(
                f"This database stopped at {app}.{done[-1]}. Run setup_database of an earlier version, which still has"
                f" {'.'.join(migration.replaces[-1])}, first; or begin with an empty database."
            )


@contextlib.contextmanager
def as_owner():
    """Speak to the database as its owner, where settings name one, then as before."""
    before = dict(connection.settings_dict)
    if settings.DATABASE_OWNER_URL:
        connection.close()
        connection.settings_dict.update(env.database(settings.DATABASE_OWNER_URL))
    try:
        yield
    finally:
        if settings.DATABASE_OWNER_URL:
            connection.close()
            connection.settings_dict.update(before)


@contextlib.contextmanager
def alone():
    """Hold the advisory lock that keeps two set-ups of one database apart."""
    with connection.cursor() as cursor:
        for _second in range(300):
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            if cursor.fetchone()[0]:
                break
            time.sleep(1)
        else:
            raise CommandError("Another setup_database has been running for five minutes: look at that one first.")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


@contextlib.contextmanager
def lock_timeout(value):
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [value])
        try:
            yield
        finally:
            cursor.execute("SELECT set_config('lock_timeout', '0', false)")


def append_only_tables():
    """Return the tables that keep evidence: models with append_only = True, and pghistory's events."""
    return sorted(
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed
        and not model._meta.proxy
        and (getattr(model, "append_only", False) or issubclass(model, pghistory.models.Event))
    )


@transaction.atomic
def grant_rights(role):
    """Let the role read and write rows. It can truncate and alter nothing, and add to the evidence only."""
    name = connection.ops.quote_name
    rows, numbers = "SELECT, INSERT, UPDATE, DELETE", "USAGE, SELECT"
    to = f"TO {name(role)}"
    commands = [
        f"GRANT USAGE ON SCHEMA public {to}",
        f"GRANT {rows} ON ALL TABLES IN SCHEMA public {to}",
        f"GRANT {numbers} ON ALL SEQUENCES IN SCHEMA public {to}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {rows} ON TABLES {to}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {numbers} ON SEQUENCES {to}",
        f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {name(role)}",
    ]
    commands.append(f"GRANT EXECUTE ON FUNCTION {DOOR} {to}")
    commands += [f"REVOKE UPDATE, DELETE ON {name(table)} FROM {name(role)}" for table in append_only_tables()]
    with connection.cursor() as cursor:
        for command in commands:
            cursor.execute(command)
