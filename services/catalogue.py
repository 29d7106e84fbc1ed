"""The public catalogue in memory: which entries fit which choice, counted without asking the database.

Each entry has a place in the Polish order of names. A choice is one integer whose bits are the entries that fit it:
choices are joined by &, counted by bit_count(). It is made once for each publication in each process.
"""

import json
import threading
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import compress, islice

from django.db import connection
from django.db.models import TextField
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Cast
from django.utils.functional import SimpleLazyObject
from django.utils.timezone import localdate

from services.content import Directory
from services.hours import closes_at, next_opening
from services.models import (
    Alert,
    BasisLoad,
    Locality,
    ProgrammeService,
    PublicBasis,
    ServiceVersion,
    TargetGroup,
)

DAYS_KEPT, LEMMAS_KEPT = 16, 1000
FEW = 60  # bits are sooner taken one by one than written out
# A word stands in an entry once, at its best weight. Asking for each weight by itself would read entries four times.
STANDS = """
    SELECT asked.lemma, CASE
            WHEN entry.words @@ (asked.quoted || ':A')::tsquery THEN 'A'
            WHEN entry.words @@ (asked.quoted || ':B')::tsquery THEN 'B'
            WHEN entry.words @@ (asked.quoted || ':C')::tsquery THEN 'C'
            ELSE 'D'
        END AS weight, array_agg(entry.version_id)
    FROM (SELECT lemma, '''' || lemma || '''' AS quoted FROM unnest(%s::text[]) AS lemma) asked
    JOIN services_searchentry entry ON entry.words @@ asked.quoted::tsquery
    GROUP BY asked.lemma, weight
"""
NEVER = datetime(1, 1, 2, tzinfo=UTC)
PAGE = """
    SELECT version.page, load.basis_id, load.taken, load.waiting, load.typical_wait, load.counted_at
    FROM services_serviceversion version LEFT JOIN services_basisload load ON load.basis_id = %s WHERE version.id = %s
"""


@dataclass(frozen=True)
class Day:
    """What the clock makes of the bases on one day, as bits."""

    in_force: int
    on_break: int
    price: dict[str, int]

    @property
    def offered(self):
        """What may be asked for: what is in force, and what comes back after a break."""
        return self.in_force | self.on_break


class Catalogue:
    def __init__(self):
        rows = list(
            ServiceVersion.objects.current()
            .order_by("name_sort", "pk")
            .annotate(hours=KeyTransform("hours", "page"), exceptions=KeyTransform("exceptions", "page"))
            .annotate(secret=KeyTransform("confidential_place", "page"))
            .annotate(written=Cast("card", TextField()))
            .values_list(
                *("pk", "service_id", "is_listed", "public_from", "featured", "areas", "groups", "localities"),
                *("topics", "delivery", "places", "hours", "exceptions", "slug", "written", "secret"),
                named=True,
            )
        )
        self.size = len(rows)
        self.every = (1 << self.size) - 1
        self.keys = [row.pk for row in rows]
        self._written = [
            (row.service_id, row.slug, row.is_listed, row.public_from, row.places, row.written) for row in rows
        ]
        self.place_of = {row.pk: place for place, row in enumerate(rows)}
        self._at_address = {row.slug: place for place, row in enumerate(rows)}
        self.featured = [
            place for place, row in sorted(enumerate(rows), key=lambda pair: pair[1].featured or 0) if row.featured
        ]
        self.secret = self.bits(place for place, row in enumerate(rows) if row.secret)
        self._left_on = [None if row.is_listed else localdate(row.public_from) for row in rows]
        self._days = {}
        self.cards = {}  # made for lists, by place, day and language
        self.labels = {}  # of the options, by choice and language
        self.bodies = {}  # of the services' pages
        self.readings = {}  # what the words that were asked for may stand for
        self.standings = {}  # where they stand, by lemma and weight
        self._read_choices(rows)
        self._read_hours(rows)
        self._read_bases()
        self.alerts = list(Alert.objects.select_related("location"))

    def version(self, place):
        """Return the version in that place, without its content and page."""
        service, slug, is_listed, public_from, places, card = self._written[place]
        return ServiceVersion(
            pk=self.keys[place], service_id=service, slug=slug, is_listed=is_listed, public_from=public_from,
            places=places, card=json.loads(card),
        )  # fmt: skip

    def service_at(self, place):
        """Return the key of the service whose public version has that place."""
        return self._written[place][0]

    def listed_at(self, slug):
        """Return (place, version) of the listed entry at that address, or (None, None)."""
        place = self._at_address.get(slug)
        version = None if place is None else self.version(place)
        return (place, version) if version and version.is_listed else (None, None)

    def at_addresses(self, slugs):
        """Return the bits of the entries at those addresses."""
        return self.bits(self._at_address[slug] for slug in slugs if slug in self._at_address)

    def places_of(self, services):
        """Return the places of those services that are still listed, in the order of the services."""
        there = {row[0]: place for place, row in enumerate(self._written) if row[2]}
        return [there[service] for service in services if service in there]

    def with_page(self, slug, on):
        """Return (version with its page, how full the basis shown on the day is), or (None, None).

        The content stays where it is. One query; what compiling it would cost shows on a page that is read so often.
        """
        place = self._at_address.get(slug)
        if place is None:
            return None, None
        version = self.version(place)
        basis = version.basis_shown(on)
        with connection.cursor() as cursor:
            cursor.execute(PAGE, [basis and basis["id"], version.pk])
            page, *load = cursor.fetchone()
        version.page = SimpleLazyObject(partial(json.loads, page))
        return version, None if load[0] is None else BasisLoad(*load)

    # -- choices ----------------------------------------------------------------------------------
    def _read_choices(self, rows):
        directory = Directory()
        self.locations = directory.places
        self.localities = list(Locality.objects.on_map())
        self.doors = list(TargetGroup.objects.filter(on_home=True))
        self.names = {
            "area": {code: row["name"] for code, row in directory.areas.items()},
            "group": {code: row["name"] for code, row in directory.groups.items()},
            "place": {code: {"pl": row["name"]} for code, row in directory.localities.items()},
            "topic": {code: row["name"] for code, row in directory.topics.items()},
            "at": {code: {"pl": row["name"]} for code, row in directory.places.items()},
        }
        self.parents = {code: row["parent"] for code, row in directory.topics.items() if row["parent"]}
        self.fitting = {
            "area": self._by_code(row.areas for row in rows),
            "group": self._by_code((row.groups for row in rows), empty_fits_all=True),
            "place": self._by_code((row.localities for row in rows), empty_fits_all=True),
            "topic": self._by_code(row.topics for row in rows),
            "delivery": self._by_code(row.delivery for row in rows),
            "at": self._by_code(row.places for row in rows),
        }
        topics = self.fitting["topic"]
        for code in self.parents:  # a topic holds what stands under its own topics, too
            above, seen = self.parents.get(code), {code}
            while above and above not in seen:
                topics[above] = topics.get(above, 0) | topics.get(code, 0)
                seen.add(above)
                above = self.parents.get(above)

    def _by_code(self, lists, *, empty_fits_all=False):
        """Return {code: bits}. What names no group is for everyone, so no choice of a group leaves it out."""
        places, without = defaultdict(list), []
        for place, codes in enumerate(lists):
            for code in codes:
                places[code].append(place)
            if not codes:
                without.append(place)
        everyone = self.bits(without) if empty_fits_all else 0
        return defaultdict(lambda: everyone, {code: self.bits(found) | everyone for code, found in places.items()})

    def bits(self, places):
        octets = bytearray(self.size // 8 + 1)
        for place in places:
            octets[place >> 3] |= 1 << (place & 7)
        return int.from_bytes(octets, "little")

    def in_order(self, bits, start=0, stop=None):
        """Return the places whose bits are set, in the order of names, from the start-th to the stop-th."""
        if stop is not None and stop <= FEW:
            found = []
            while bits and len(found) < stop:
                lowest = bits & -bits
                found.append(lowest.bit_length() - 1)
                bits ^= lowest
            return found[start:]
        return list(islice(compress(range(self.size), map("1".__eq__, f"{bits:b}"[::-1])), start, stop))

    # -- words ------------------------------------------------------------------------------------
    def stands(self, lemmas):
        """Return {lemma: {weight: bits}}: which entries have a word, and where. It is read once in a publication."""
        kept = self.standings  # other threads may put an end to it meanwhile
        found = {lemma: standing for lemma in lemmas if (standing := kept.get(lemma)) is not None}
        if missing := [lemma for lemma in lemmas if lemma not in found]:
            if len(self.standings) > LEMMAS_KEPT:
                self.standings.clear()
            read = self._read_words(missing)
            self.standings |= read
            found |= read
        return found

    def _read_words(self, lemmas):
        found = {lemma: {} for lemma in lemmas}
        with connection.cursor() as cursor:
            cursor.execute(STANDS, [lemmas])
            for lemma, weight, keys in cursor.fetchall():
                found[lemma][weight] = self.bits(self.place_of[key] for key in keys if key in self.place_of)
        return found

    # -- the law and the clock ------------------------------------------------------------------------
    def _read_bases(self):
        self._bases = [
            (self.place_of[version], *rest)
            for version, *rest in PublicBasis.objects.order_by("-valid_from", "pk").values_list(
                "version", "valid_from", "valid_to", "fee_kind", "comes_back"
            )
            if version in self.place_of
        ]

    def day(self, on) -> Day:
        if on not in self._days:
            if len(self._days) >= DAYS_KEPT:
                self._days.clear()
            self._days[on] = self._make_day(on)
        return self._days[on]

    def _make_day(self, on):
        begun, comes, fee = set(), set(), {}
        for place, first, last, kind, comes_back in self._bases:
            if self._left_on[place] and self._left_on[place] <= on:
                continue
            if first <= on:
                begun.add(place)
                if last is None or last >= on:
                    fee.setdefault(place, kind)
            if first > on or comes_back:
                comes.add(place)
        paid = ProgrammeService.PAID
        return Day(
            in_force=self.bits(fee),
            on_break=self.bits(begun & comes - fee.keys()),
            price={
                "free": self.bits(place for place, kind in fee.items() if kind == ProgrammeService.Fee.FREE),
                "paid": self.bits(place for place, kind in fee.items() if kind in paid),
            },
        )

    def _read_hours(self, rows):
        self._open = (0, NEVER, NEVER)
        self._own_hours = [(place, row.hours, row.exceptions or []) for place, row in enumerate(rows) if row.hours]
        self._own = self.bits(place for place, *_hours in self._own_hours)

    def at(self, code):
        """Return the bits of what is given in that place."""
        return self.fitting["at"][code]

    def open_at(self, now):
        """Return the bits of what is open, and the moment until which that stays true.

        An entry is open by its own hours where it has some, else by those of its places.
        """
        bits, since, until = self._open
        if not since <= now < until:
            bits, until = self._make_open(now)
            self._open = bits, now, until
        return bits, until

    def _make_open(self, now):
        at_places, own, changes = 0, [], [now + timedelta(days=1)]
        for code, place in self.locations.items():
            is_open, change = _state(place["hours"], place["exceptions"], now)
            changes.append(change)
            if is_open:
                at_places |= self.at(code)
        for place, hours, exceptions in self._own_hours:
            is_open, change = _state(hours, exceptions, now)
            changes.append(change)
            if is_open:
                own.append(place)
        return at_places & ~self._own | self.bits(own), min(filter(None, changes))

    # -- what people must know ------------------------------------------------------------------------
    def alerts_on(self, on, *, service=None, places=()):
        """Return the alerts of the day for the whole centre, and those of a service and its places."""
        return [
            alert
            for alert in self.alerts
            if alert.first_on <= on
            and (alert.last_on is None or alert.last_on >= on)
            and (alert.service_id in (None, service))
            and (alert.location_id is None or alert.location.code in places)
        ]


def _state(hours, exceptions, now):
    """Return whether it is open, and when that changes, if anybody knows."""
    closes = closes_at(hours, exceptions, now)
    return closes is not None, closes or next_opening(hours, exceptions, now)


_made = threading.Lock()
_kept = (None, None)


def catalogue() -> Catalogue:
    """Return the catalogue as it stands, for the price of one small question while nothing was published."""
    global _kept
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM services_cataloguestamp")
        stamp = cursor.fetchone()
    kept = _kept
    if stamp is None or kept[0] != stamp:
        with _made:
            if stamp is None or _kept[0] != stamp:
                _kept = stamp, Catalogue()
            kept = _kept
    return kept[1]
