"""Every row that the database writes into its history tables knows who asked for it."""

import pghistory
from structlog.contextvars import get_contextvars

SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}


class AuditMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method in SAFE_METHODS:
            return self.get_response(request)
        with pghistory.context(user=request.user.pk, request=str(get_contextvars().get("request_id", ""))):
            return self.get_response(request)
