"""How the API answers: in pages or one record a line, from memory of the asker, and with mistakes in plain words."""

import hashlib
import json
from itertools import islice

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag

JSON, NDJSON = "application/json; charset=utf-8", "application/x-ndjson; charset=utf-8"
AT_ONCE = 100
MINUTE = 60


def dumps(record):
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def answer(record, status=200):
    return HttpResponse(dumps(record), status=status, content_type=JSON)


def problem(status, detail, errors=()):
    return answer({"detail": str(detail)} | ({"errors": list(errors)} if errors else {}), status)


def page(asked, total, contents):
    """Return the standard's page; `contents` makes the records of a slice, and is not asked for a page past the end."""
    first = (asked.page - 1) * asked.per_page
    found = contents(first, first + asked.per_page) if first < total else []
    pages = -(-total // asked.per_page)
    return {
        "total_items": total,
        "total_pages": pages,
        "page_number": asked.page,
        "size": len(found),
        "first_page": asked.page == 1,
        "last_page": asked.page >= pages,
        "empty": not found,
        "contents": found,
    }


def lines(keys, records):
    """Stream one record a line; `records` makes those of a few keys at a time, so memory does not grow with them."""

    def stream():
        waiting = iter(keys)
        while batch := list(islice(waiting, AT_ONCE)):
            yield "".join(f"{dumps(record)}\n" for record in records(batch))

    return StreamingHttpResponse(stream(), content_type=NDJSON)


# -- what the asker has already --------------------------------------------------------------------------
def unless_known(request, make, *, state, changed_at=None):
    """Answer 304 to whoever has this state of this address already, else what `make` makes."""
    etag = quote_etag(hashlib.sha256(f"{request.get_full_path()}\n{state}".encode()).hexdigest()[:32])
    modified = changed_at and int(changed_at.timestamp())
    return _marked(get_conditional_response(request, etag, modified) or make(), etag, modified)


def unless_same(request, response):
    """Answer 304 to whoever has the same bytes already."""
    etag = quote_etag(hashlib.sha256(response.content).hexdigest()[:32])
    return _marked(get_conditional_response(request, etag) or response, etag)


def _marked(response, etag, modified=None):
    response["ETag"] = etag
    if modified:
        response["Last-Modified"] = http_date(modified)
    return response
