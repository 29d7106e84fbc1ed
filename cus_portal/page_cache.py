"""Whole pages for people who have not signed in, kept until what is public changes.

A view says that its answer is the same for everybody by keep(). Only such answers are stored, under their full
address, so an odd address costs one look-up and fills nothing. A change makes a new stamp, and with another stamp a
kept page counts for nothing: it is out of date at once, in every process.
"""

import hashlib
import uuid

import structlog
from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse
from django.utils.cache import get_conditional_response

log = structlog.get_logger(__name__)
STAMP = "pages:stamp"
PERSONAL_COOKIES = {settings.SESSION_COOKIE_NAME, "messages"}
OF_ONE_REQUEST = {"x-request-id", "content-length"}


def keep(response, *, seconds):
    """Let the answer be kept for so long; it says nothing that differs from one reader to the next."""
    response.kept_for = min(seconds, settings.PAGES_KEPT_FOR)
    return response


def forget_vary(response, name):
    rest = [word for word in response.get("Vary", "").split(", ") if word and word != name]
    if rest:
        response["Vary"] = ", ".join(rest)
    else:
        del response["Vary"]


def forget_pages():
    cache.set(STAMP, uuid.uuid4().hex, None)


class PageCacheMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method != "GET" or not PERSONAL_COOKIES.isdisjoint(request.COOKIES):
            return self.get_response(request)
        key = f"page:{request.scheme}:{request.get_host()}:{request.get_full_path()}"
        key = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        found = cache.get_many([STAMP, key])
        stamp, page = found.get(STAMP), found.get(key)
        if page and page[0] == stamp:
            response = self._answer(request, HttpResponse(page[2], headers=page[1]))
            log.info("page_from_cache", request=f"GET {request.path}", code=response.status_code)
            return response
        response = self.get_response(request)
        if not getattr(response, "kept_for", 0) or response.status_code != 200 or response.cookies:
            return response
        # Browsers and proxies may keep it too, one copy for everybody: they ask each time, and whoever has signed in
        # is then answered past this cache, by a page that nobody may keep.
        response["Cache-Control"] = "no-cache"
        forget_vary(response, "Cookie")
        if stamp is None:  # the cache is new, or away; what this page was made of may be older than a new stamp
            forget_pages()
            return response
        response["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
        headers = {name: value for name, value in response.items() if name.lower() not in OF_ONE_REQUEST}
        cache.set(key, (stamp, headers, response.content), response.kept_for)
        return self._answer(request, response)

    @staticmethod
    def _answer(request, response):
        return get_conditional_response(request, etag=response["ETag"], response=response)
