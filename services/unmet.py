"""From a search that found nothing to the register of unmet needs, without a trace of who searched.

A page writes nothing: it only counts in Redis, by month, question, and the place and area chosen beside it. A job
writes down what was asked more than once; what one person alone typed is forgotten with its month. While Redis is away
nothing is counted and every page answers.
"""

import hashlib
import re
from collections import Counter
from datetime import date, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction

from services.models import UnmetSearch
from services.search import WORD, words_of

TELLTALE = re.compile(r"\S*[@\d/\\]\S*")  # e-mail addresses, numbers of any kind, addresses of pages
MOST_WORDS = 5  # whoever writes more tells a story, which is his own
REPEATED = 2  # asked from fewer addresses than this it is written nowhere
MOST_COUNTED, MOST_KEPT = 5_000, 2_000  # questions in Redis a month; in the register
A_DAY, MOST_A_DAY = 86_400, 20  # questions of one address
KEPT_FOR = 62 * A_DAY
FORGOTTEN_AFTER = timedelta(days=730)
LOCK = 2_019_1820
APART = "\t"  # in no question and no code
COUNT = """
    INSERT INTO services_unmetsearchmonth AS known (search_id, month, locality_id, area_id, number)
    SELECT search.id, %s, place.id, area.id, sum(asked.number)
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::int[]) AS asked(text, place, area, number)
    JOIN services_unmetsearch search ON search.text = asked.text
    LEFT JOIN services_locality place ON place.code = asked.place
    LEFT JOIN services_servicearea area ON area.code = asked.area
    GROUP BY search.id, place.id, area.id
    ON CONFLICT (search_id, month, locality_id, area_id) DO UPDATE SET number = known.number + excluded.number
"""
SUM_UP = """
    UPDATE services_unmetsearch search SET number = known.number, last_month = known.last_month
    FROM (SELECT search_id, sum(number) AS number, max(month) AS last_month
          FROM services_unmetsearchmonth GROUP BY search_id) known
    WHERE known.search_id = search.id AND search.text = ANY (%s)
"""


def storable(text):
    """Return what may be kept of a question, or nothing: a few telling words without numbers and addresses."""
    text = TELLTALE.sub(" ", text.lower())
    telling = set(words_of(text))
    kept = [word for word in WORD.findall(text) if words_of(word) and words_of(word)[0] in telling]
    return " ".join(kept) if len(kept) <= MOST_WORDS else ""


def count_unmet(text, *, address, on, place="", area=""):
    """Count a question that found nothing: once a day for each address, of which only a hash is kept for the day.

    `place` and `area` are the codes of what was chosen beside the words, if anything was.
    """
    question = storable(text)
    if not question or not address:
        return
    who = f"unmet:{_hash(address)}"
    today = cache.get(who, 0)
    if today < MOST_A_DAY and cache.add(f"unmet:{_hash(address, question)}", 1, A_DAY):
        cache.set(who, today + 1, A_DAY)
        cache.tally(_key(on), APART.join((question, place, area)), most=MOST_COUNTED, seconds=KEPT_FOR)


def _hash(*parts):
    return hashlib.sha256("\n".join([settings.SECRET_KEY, "unmet", *parts]).encode()).hexdigest()


def _key(month):
    return f"unmet:{month:%Y-%m}"


@transaction.atomic
def write_down(*, on):
    """Move what was asked often enough from Redis to the register, and forget what nobody has asked for two years."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    this_month = on.replace(day=1)
    for month in ((this_month - timedelta(1)).replace(day=1), this_month):
        _write_month(month)
    UnmetSearch.objects.filter(last_month__lt=on - FORGOTTEN_AFTER).delete()


def _write_month(month: date):
    tallied = cache.tallied(_key(month))
    counted: Counter = Counter()
    for field, number in tallied.items():
        counted[field.split(APART)[0]] += number
    known = set(UnmetSearch.objects.filter(text__in=counted).values_list("text", flat=True))
    new = sorted((text for text in counted.keys() - known if counted[text] >= REPEATED), key=counted.get, reverse=True)
    new = new[: max(MOST_KEPT - UnmetSearch.objects.count(), 0)]
    UnmetSearch.objects.bulk_create(UnmetSearch(text=text, last_month=month) for text in new)
    written = known.union(new)
    kept = {field: number for field, number in tallied.items() if field.split(APART)[0] in written}
    columns = [list(column) for column in zip(*map(_parts, kept), strict=True)] or [[], [], []]
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [month, *columns, list(kept.values())])
        cursor.execute(SUM_UP, [list(written)])
    cache.untally(_key(month), kept)


def _parts(field):
    """Return question, place and area of what was counted; before places were counted there was the question alone."""
    text, place, area = (*field.split(APART), "", "")[:3]
    return text, place, area
