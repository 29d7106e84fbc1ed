"""What it costs to find one person among many: python -m benchmarks.persons, in an empty database of its own.

DATABASE_URL names it, as its owner. Fills it with a tenth of --rows, asks each kind of question, fills the rest, asks
again. Prints the table of docs/benchmarks.md: milliseconds inside PostgreSQL, planning included, and how much more the
full size costs than the tenth.
"""

import argparse
import os
import random
import statistics

import django
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks.filled import let_columns_be_empty, without_indexes

QUESTIONS = 40
PAGE = 50
SEED = 20261126
SYLLABLES = ["ko", "wal", "no", "wak", "wi", "śniew", "zie", "liń", "szcze", "pań", "ski", "dąb", "row", "ka", "mar"]
SYLLABLES += ["łu", "ce", "bia", "ły", "kra", "wczy", "żu", "raw", "gó", "ra", "lis", "mi", "cha"]
ENDINGS = ["ska", "ski", "czyk", "wicz", "ak", "uk", "ec", "a"]
FIRST = ["Anna", "Krystyna", "Łucja", "Jan", "Ewa", "Piotr", "Zofia", "Stanisław", "Żaneta", "Michał", "Józef"]
FIRST += ["Maria", "Adam", "Teresa", "Paweł"]
INSERT = """
INSERT INTO residents_resident
    (first_name, last_name, pesel, birth_date, phone, pesel_index, pesel_ends)
SELECT (%(first)s::text[])[1 + n * 7 % array_length(%(first)s::text[], 1)],
       (%(last)s::text[])[1 + n * 7919 % array_length(%(last)s::text[], 1)],
       'x', date '1930-01-01' + (n * 31 % 33000)::int, (500000000 + n * 211 % 399999989)::text,
       md5('pesel' || n) || md5('pesel' || n),
       ARRAY[left(md5('4' || n % 10007), 16), left(md5('5' || n % 100003), 16), left(md5('6' || n), 16)]
FROM generate_series(%(start)s::bigint, %(end)s::bigint) n
"""


def surnames(number):
    """Return as many surnames as a population of this size has: of one syllable or four, a tenth of them double."""
    chance, found = random.Random(SEED), set()  # noqa: S311
    while len(found) < number:
        name = "".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) + chance.choice(ENDINGS)
        found.add(name.title() if chance.random() > 0.1 else f"{name.title()}-{chance.choice(SYLLABLES).title()}ska")
    return sorted(found)


def fill(start, end, names):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE residents_resident DISABLE TRIGGER USER")
        with without_indexes(cursor, "residents_resident"):
            cursor.execute(INSERT.replace(" % ", " %% "), {"first": FIRST, "last": names, "start": start, "end": end})
        cursor.execute("ALTER TABLE residents_resident ENABLE TRIGGER USER")
        cursor.execute(
            "INSERT INTO residents_nameword (word) SELECT DISTINCT word FROM residents_resident,"
            " regexp_split_to_table(search_name, '[ -]+') word WHERE length(word) > 2 ON CONFLICT DO NOTHING"
        )
        cursor.execute("VACUUM ANALYZE")


def misspelt(name, chance):
    """Return the name with two letters changed over, as a hand in a hurry types it."""
    place = chance.randrange(1, max(len(name) - 2, 2))
    return name[:place] + name[place + 1 : place + 2] + name[place : place + 1] + name[place + 2 :]


def misspelt_twice(name, chance):
    return misspelt(misspelt(name, chance), chance)


def questions():
    """Return {kind: [function that asks]} about people who are there."""
    from residents.models import Resident

    chance = random.Random(SEED)  # noqa: S311
    last = Resident.objects.order_by("-pk").values_list("pk", flat=True)[0]
    first = Resident.objects.order_by("pk").values_list("pk", flat=True)[0]
    people = list(
        Resident.objects.defer("pesel").filter(pk__in=[chance.randint(first, last) for _ in range(QUESTIONS)])
    )
    rows = Resident.objects.order_by("search_name", "pk").defer("pesel")

    def page(found):
        return lambda: list(found()[:PAGE])

    def of(person):
        words = person.search_name.split()
        return {
            "beginning of the surname, four letters": page(lambda: rows.beginning([words[0][:4]])),
            "surname and first name": page(lambda: rows.beginning(words)),
            "first name, then surname": page(lambda: rows.beginning(words[::-1])),
            "PESEL, whole": page(lambda: rows.filter(pesel_index=person.pesel_index)),
            "PESEL, its last six digits": lambda: rows.filter(pesel_ends__contains=[person.pesel_ends[2]]).some(),
            "PESEL, its last four digits": lambda: rows.filter(pesel_ends__contains=[person.pesel_ends[0]]).some(),
            "phone, whole": page(lambda: rows.numbered(person.phone)),
            "phone, its last six digits": page(lambda: rows.numbered(person.phone[-6:])),
            "part of the surname and of the first name": lambda: rows.with_parts([words[0][1:6], words[-1][:3]]).some(),
            "a typo in the surname": lambda: rows.spelt_like([misspelt(words[0], chance)]).some(),
            "a typo in the surname, and the first name": lambda: rows.spelt_like(
                [misspelt(words[0], chance), words[-1]]
            ).some(),
            "two typos in the surname": lambda: rows.spelt_like([misspelt_twice(words[0], chance)]).some(),
            "the whole search, as the page has it": page(lambda: rows.named(f"{words[-1]} {words[0]}")),
        }

    asked = {}
    for person in people:
        for kind, ask in of(person).items():
            asked.setdefault(kind, []).append(ask)
    return asked


def cost(ask):
    """Return what PostgreSQL spends on the question: planning and execution of all its statements, in milliseconds."""
    with CaptureQueriesContext(connection) as captured:
        ask()
    took = 0
    with connection.cursor() as cursor:
        for query in captured.captured_queries:
            cursor.execute("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + query["sql"])
            (found,) = cursor.fetchone()[0]
            took += found["Planning Time"] + found["Execution Time"]
    return took


def measure():
    """Return {kind: (median, 95th percentile)} of a second asking: the first one warms the cache."""
    found = {}
    for kind, asks in questions().items():
        for ask in asks:
            ask()
        times = sorted(cost(ask) for ask in asks)
        found[kind] = statistics.median(times), times[int(len(times) * 0.95) - 1]
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=200_000)
    rows = parser.parse_args().rows
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cus_portal.settings.development")
    django.setup()
    call_command("migrate", verbosity=0)
    let_columns_be_empty(connection)
    names = surnames(max(rows // 40, 50))
    fill(1, rows // 10, names)
    small = measure()
    fill(rows // 10 + 1, rows, names)
    large = measure()
    print(f"| question | {rows // 10:,}: p50, p95 | {rows:,}: p50, p95 | ratio of p95 |\n|---|---|---|---|")  # noqa: T201
    for kind, (p50, p95) in large.items():
        few50, few95 = small[kind]
        ratio = f"{p95 / few95:.1f}"
        print(f"| {kind} | {few50:.2f}, {few95:.2f} ms | {p50:.2f}, {p95:.2f} ms | {ratio} |")  # noqa: T201


if __name__ == "__main__":
    main()
