"""How fast the public pages are beside bare Django: python -m benchmarks.catalogue, from the checkout's folder.

In a new state folder it makes 1,000 and then 10,000 services. At each size it asks our pages and the limits in turn,
in one process, without a network, with a database connection that stays, and compares the medians of 300 answers (of
the open data, 30). Prints the table of docs/benchmarks.md.
"""

import copy
import itertools
import logging
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZES = (1_000, 10_000)
ROUNDS = 300
DATA_ROUNDS = 30
BARE = "benchmarks.bare.bare"  # the middleware that leads to the limits
WORDS = ["opiekunka", "ktos do pomocy w domu", "psycholog dla dziecka", "dowoz", "lozko rehabilitacyjne"]
STANDARD = [  # what startproject writes
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
LISTS = ["", "?group=senior", "?area=HEALTH&page=2", "?page=3", "?price=free&group=family", "?place=wronow"]


def main():
    with tempfile.TemporaryDirectory(prefix="cus-catalogue-") as folder:
        os.environ["PORTAL_STATE_DIR"] = str(Path(folder).resolve())
        os.environ["DJANGO_SETTINGS_MODULE"] = "cus_portal.settings.development"
        from cus_portal import embedded  # the state folder has to be named first

        embedded.start()
        try:
            for command in (["setup_database"], ["collectstatic", "--no-input"], ["load_catalogue"]):
                subprocess.run([sys.executable, "manage.py", *command], check=True, stdout=subprocess.DEVNULL)
            import django

            django.setup()
            from django.db import connection

            connection.settings_dict["CONN_MAX_AGE"] = None  # as in production: for us, and for the limits
            logging.getLogger().setLevel(logging.ERROR)  # neither the portal nor its limits write log lines
            print(f"Load {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores.\n")  # noqa: T201
            figures = {}
            for size in SIZES:
                subprocess.run([sys.executable, "-m", "benchmarks.catalogue", str(size)], check=True)  # its memory goes
                figures[size] = measured()
            show(figures)
        finally:
            embedded.stop()


# -- the data -----------------------------------------------------------------------------------
def grow(size):
    """Add services, each like one of the real ones with another number, until there are so many; publish them."""
    from django.db.models.base import ModelState
    from django.utils import timezone

    from services.models import Locality, ProgrammeService, Service
    from services.publishing import publish_all

    dice = random.Random(size)  # noqa: S311 the same catalogue in each run
    real = list(
        Service.objects.filter(code__startswith="U").prefetch_related("areas", "target_groups", "programme_services")
    )
    localities = list(Locality.objects.all())
    columns = [field.attname for field in Service._meta.concrete_fields if not field.generated]
    columns = [name for name in columns if name not in {"id", "uuid", "created_at", "featured", "editor_id"}]
    made, like = [], []
    for number in range(Service.objects.count(), size):
        model = dice.choice(real)
        values = {name: getattr(model, name) for name in columns}
        values |= {"code": f"B{number}", "slug": f"{model.slug[:80]}-{number}"}
        values["plain_name"] = f"{model.plain_name} {number}"
        made.append(Service(**values))
        like.append(model)
    Service.objects.bulk_create(made, batch_size=500)
    links = {name: [] for name in ("areas", "target_groups", "localities", "locations")}
    bases = []
    for service, model in zip(made, like, strict=True):
        for name, rows in (("areas", model.areas.all()), ("target_groups", model.target_groups.all())):
            links[name] += [(name, service, row) for row in rows]
        if dice.random() < 0.3:
            links["localities"].append(("localities", service, dice.choice(localities)))
        for row in map(copy.copy, model.programme_services.all()):
            row.pk, row.service, row._state = None, service, ModelState()
            bases.append(row)
    for name, rows in links.items():
        field = Service._meta.get_field(name)
        through, column = field.remote_field.through, field.m2m_reverse_field_name()
        through.objects.bulk_create(
            (through(service=service, **{column: row}) for _name, service, row in rows), batch_size=1000
        )
    ProgrammeService.objects.bulk_create(bases, batch_size=500)
    publish_all(now=timezone.now())


# -- asking ---------------------------------------------------------------------------------------
class Asker:
    """Asks for addresses in turn, through all the middleware, and notes how long each answer takes."""

    def __init__(self, addresses, host="127.0.0.1", middleware=None, before=lambda: None):
        from django.conf import settings
        from django.core.handlers.wsgi import WSGIHandler
        from django.test import RequestFactory, override_settings

        with override_settings(MIDDLEWARE=settings.MIDDLEWARE if middleware is None else middleware):
            self.handler = WSGIHandler()
        make = RequestFactory(headers={"host": host})
        self.environments = itertools.cycle([make.get(address).environ for address in addresses])
        self.times, self.before = [], before

    def ask(self):
        response = self.handler(dict(next(self.environments)), lambda status, headers: None)
        content, status = response.content, response.status_code
        response.close()
        if status != 200:
            sys.exit(f"A page answered {status}.")
        return content

    def timed(self):
        self.before()
        began = time.perf_counter()
        self.ask()
        self.times.append((time.perf_counter() - began) * 1000)

    def queries(self):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        self.before()
        with CaptureQueriesContext(connection) as captured:
            self.ask()
        return len(captured)

    @property
    def milliseconds(self):
        return statistics.median(self.times)


def forget_drawn():
    """Let the process be one that nobody has asked for this service or these words since the last publication."""
    from services.catalogue import catalogue

    entries = catalogue()
    for kept in (entries.bodies, entries.readings, entries.cards, entries.standings):
        kept.clear()


def measured():
    from django.test import override_settings

    from benchmarks import bare
    from services.models import ServiceVersion

    slugs = list(ServiceVersion.objects.listed().order_by("pk").values_list("slug", flat=True)[:40])
    ours = {
        "list": [f"/uslugi/{query}" for query in LISTS],
        "search": [f"/uslugi/?q={words.replace(' ', '+')}" for words in WORDS],
        "service": [f"/uslugi/{slug}/" for slug in slugs],
        "page 10^9": ["/uslugi/?page=1000000000"],
        "page 1": ["/uslugi/"],
    }
    askers = {name: Asker(addresses) for name, addresses in ours.items()}
    anew = {f"{name} anew": Asker(ours[name], before=forget_drawn) for name in ("search", "service")}
    kept = {"kept-list": "/uslugi/", "kept-service": f"/uslugi/{slugs[0]}/"}
    with override_settings(PAGES_KEPT_FOR=300):
        for name, address in kept.items():
            askers[name] = Asker([address], host="localhost")  # the others find no kept page
            bare.in_memory[name] = [askers[name].ask() for _time in range(3)][-1]
    with override_settings(PAGES_KEPT_FOR=0):
        sizes = {name: max(len(askers[name].ask()) for _address in ours[name]) for name in ours}
        limits = {
            "bare list": [f"/list/{sizes['list']}/"],
            "bare search": [f"/list/{sizes['search']}/"],
            "bare service": [f"/detail/{slug}/{sizes['service']}/" for slug in slugs],
        }
        askers |= {name: Asker(addresses, middleware=[BARE]) for name, addresses in limits.items()}
        for name in kept:
            askers[f"memory {name}"] = Asker([f"/memory/{name}/"], middleware=[*STANDARD, BARE])
        for together in (askers, anew):
            for _round in range(ROUNDS):
                for asker in together.values():
                    asker.timed()
        data = Asker(["/api/hsds/services?full=true", "/api/hsds/services?full=true&page=3"])
        sizes["open data"] = len(data.ask())
        for _round in range(DATA_ROUNDS):
            data.timed()
        askers |= anew | {"open data": data}
        return {
            "ms": {name: asker.milliseconds for name, asker in askers.items()},
            "bytes": sizes,
            "queries": {name: askers[name].queries() for name in askers if name in sizes or "anew" in name},
        }


# -- the table --------------------------------------------------------------------------------------
def show(figures):
    print("| services | page | bytes | SQL queries | ms | the limit, ms | share of the limit's rate |")  # noqa: T201
    print("| --- | --- | --- | --- | --- | --- | --- |")  # noqa: T201
    for size, found in figures.items():
        ms = found["ms"]
        for name in ("list", "search", "service"):
            limit = ms[f"bare {name}"]
            row = [f"{name}, live", found["bytes"][name], found["queries"][name], f"{ms[name]:.2f}"]
            print_row(size, *row, f"{limit:.2f} (one SELECT + template)", f"{limit / ms[name]:.0%}")
        for name in ("search", "service"):
            limit, anew = ms[f"bare {name}"], f"{name} anew"
            row = [f"{name}, for the first time since a publication", "", found["queries"][anew], f"{ms[anew]:.2f}"]
            print_row(size, *row, f"{limit:.2f} (one SELECT + template)", f"{limit / ms[anew]:.0%}")
        for name in ("kept-list", "kept-service"):
            limit = ms[f"memory {name}"]
            row = [name.removeprefix("kept-") + ", from the cache", "", 0, f"{ms[name]:.2f}"]
            print_row(
                size, *row, f"{limit:.2f} (bytes in memory, Django's seven middlewares)", f"{limit / ms[name]:.0%}"
            )
        row = ["list, page=10^9", found["bytes"]["page 10^9"], found["queries"]["page 10^9"], f"{ms['page 10^9']:.2f}"]
        print_row(size, *row, f"{ms['page 1']:.2f} (page 1)", f"{ms['page 1'] / ms['page 10^9']:.0%}")
        row = ["open data, 50 full records", found["bytes"]["open data"], found["queries"]["open data"]]
        print_row(size, *row, f"{ms['open data']:.2f}", "", "")
    small, large = (figures[size]["ms"] for size in SIZES)
    print(f"\nFrom {SIZES[0]} to {SIZES[1]} services each takes so many times as long:")  # noqa: T201
    for name in ("list", "search", "service"):
        print(f"- {name}: {large[name] / small[name]:.2f}")  # noqa: T201


def print_row(*cells):
    print("|", " | ".join(map(str, cells)), "|")  # noqa: T201


if __name__ == "__main__":
    if sys.argv[1:]:
        import django

        django.setup()
        grow(int(sys.argv[1]))
    else:
        main()
