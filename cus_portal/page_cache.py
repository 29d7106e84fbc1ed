"""Whole pages for people who have not signed in, kept until what is public changes.

A view says that its answer is the same for everybody by keep(). Only such answers are stored, under their full
address, so an odd address costs one look-up and fills nothing. A change makes a new stamp, and with another stamp a
kept page counts for nothing: it is out of date at once, in every process. Each process holds the pages it served last,
so that it need only ask for the stamp.
"""

import hashlib
import time
import uuid
from typing import NamedTuple

import structlog
from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse
from django.utils.cache import get_conditional_response

log = structlog.get_logger(__name__)
STAMP = "pages:stamp"
PERSONAL_COOKIES = {settings.SESSION_COOKIE_NAME, "messages"}
CONDITIONS = {"HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE"}
OF_ONE_REQUEST = {"x-request-id", "content-length"}
MOST_HELD = 200  # pages in a process, about 20 kB each


class Page(NamedTuple):
    stamp: str
    until: float  # seconds of the clock, which all processes share
    headers: dict
    content: bytes

    def is_true(self, stamp):
        return self.stamp == stamp and time.time() < self.until


def keep(response, *, seconds):
    """Let the answer be kept for so long; it says nothing that differs from one reader to the next."""
    response.kept_for = min(seconds, settings.PAGES_KEPT_FOR)
    return response


def key_of(address):
    return "page:" + hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()


def forget_pages():
    cache.set(STAMP, uuid.uuid4().hex, None)


class PageCacheMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response
        self._held = {}

    def __call__(self, request):
        if request.method != "GET" or not PERSONAL_COOKIES.isdisjoint(request.COOKIES):
            return self.get_response(request)
        address = f"{request.scheme}:{request.get_host()}:{request.get_full_path()}"
        stamp, page = self._find(address)
        if page:
            response = self._answer(request, HttpResponse(page.content, headers=page.headers))
            log.info("page_from_cache", request=f"GET {request.path}", code=response.status_code)
            return response
        response = self.get_response(request)
        if not getattr(response, "kept_for", 0) or response.status_code != 200 or response.cookies:
            return response
        # Browsers and proxies may keep it too, one copy for everybody, since it depends on its address alone. They ask
        # each time, and whoever has signed in is then answered past this cache, by a page that nobody may keep.
        response["Cache-Control"] = "no-cache"
        del response["Vary"]
        if stamp is None:  # the cache is new, or away; what this page was made of may be older than a new stamp
            forget_pages()
            return response
        response["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
        headers = {name: value for name, value in response.items() if name.lower() not in OF_ONE_REQUEST}
        page = Page(stamp, time.time() + response.kept_for, headers, response.content)
        cache.set(key_of(address), tuple(page), response.kept_for)
        self._hold(address, page)
        return self._answer(request, response)

    def _find(self, address):
        """Return the stamp of today's pages, and the page if one of that stamp is kept."""
        if held := self._held.get(address):
            stamp = cache.get(STAMP)
            if held.is_true(stamp):
                return stamp, held
        key = key_of(address)
        found = cache.get_many([STAMP, key])
        stamp, page = found.get(STAMP), Page(*found[key]) if key in found else None
        if not page or not page.is_true(stamp):
            return stamp, None
        self._hold(address, page)
        return stamp, page

    def _hold(self, address, page):
        if len(self._held) >= MOST_HELD:
            self._held = {}
        self._held[address] = page

    @staticmethod
    def _answer(request, response):
        if not CONDITIONS.isdisjoint(request.META):
            return get_conditional_response(request, etag=response["ETag"], response=response)
        return response
