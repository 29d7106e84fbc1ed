"""What can be watched of the catalogue, and the list of services in a visitor's own cookie."""

import json
from dataclasses import dataclass

from django.http import QueryDict

from services.catalogue import Catalogue
from services.filters import CatalogueForm, Found
from services.unmet import storable

COOKIE, SALT, COOKIE_AGE = "kept", "residents.kept_services", 180 * 86_400
MOST_KEPT = 30
MOST_FOUND = 200  # a search that finds more tells of something new every week, whatever one was looking for
FLEETING = {"open"}  # what changes by the hour is no news


@dataclass(frozen=True)
class Wish:
    """What somebody wants to hear of, without what may not be kept."""

    asked: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, data, catalogue: Catalogue):
        asked = CatalogueForm(data, catalogue).asked
        kept = asked | {"q": storable(asked.get("q", ""))}
        return cls(tuple((name, value) for name, value in kept.items() if value and name not in FLEETING))

    @classmethod
    def from_json(cls, text):
        return cls(tuple((name, value) for name, value in json.loads(text)))

    def as_json(self):
        return json.dumps(self.asked)

    @property
    def query(self):
        data = QueryDict(mutable=True)
        data.update(dict(self.asked))
        return data

    def found(self, catalogue: Catalogue, *, now):
        return Found(catalogue, catalogue.day(now.date()), CatalogueForm(self.query, catalogue), now=now)

    def services(self, catalogue: Catalogue, *, now):
        """Return the services it finds, those in a confidential place left out.

        None where it finds too many, or once a choice is gone from the lists: the rest would find other things.
        """
        found = self.found(catalogue, now=now)
        if len(found) > MOST_FOUND or len(found.asked) != len(self.asked):
            return None
        return [catalogue.service_at(place) for place in catalogue.in_order(found.bits & ~catalogue.secret)]

    def words(self, catalogue: Catalogue, *, now):
        """Return the words and choices as the list names them."""
        found = self.found(catalogue, now=now)
        return [*filter(None, [found.asked.get("q")]), *(chip["words"] for chip in found.chips())]


def kept_in(request):
    """Return the services on this browser's list, the newest first; a forged cookie has none."""
    return [int(pk) for pk in request.get_signed_cookie(COOKIE, default="", salt=SALT, max_age=COOKIE_AGE).split()]


def keep_in(response, services, *, secure):
    if not services:
        response.delete_cookie(COOKIE)
        return
    response.set_signed_cookie(
        COOKIE, " ".join(map(str, services[:MOST_KEPT])), salt=SALT, max_age=COOKIE_AGE, httponly=True,
        samesite="Lax", secure=secure,
    )  # fmt: skip
