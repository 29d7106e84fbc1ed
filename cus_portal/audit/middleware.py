"""What is kept about each HTTP request: a log line without what was typed, and who caused a row of history."""

import re

import pghistory
from django_structlog.middlewares import RequestMiddleware
from structlog.contextvars import get_contextvars

LONG_PART = re.compile(r"[^/]{80,}")
SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}


class LogMiddleware(RequestMiddleware):
    """Log method and path, without what opens something: signed links are long. The query string stays out too."""

    @staticmethod
    def format_request(request):
        return f"{request.method} {LONG_PART.sub('…', request.path)}"


class AuditMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method in SAFE_METHODS:
            return self.get_response(request)
        with pghistory.context(user=request.user.pk, request=str(get_contextvars().get("request_id", ""))):
            return self.get_response(request)
