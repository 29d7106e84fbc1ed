"""Mails about a request that did not arrive: sent again, or put aside because the person knows by other means."""

from datetime import datetime

from django.db import transaction

from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import see_to, send_again
from residents.models import ServiceRequest


@transaction.atomic
def resend_mails(request: ServiceRequest, *, by: User, now: datetime) -> ServiceRequest:
    """Send again, to the address known now, each mail about the request that did not arrive."""
    require(by, "residents.resend_mails", request)
    for row in Message.objects.to(request).undelivered():
        send_again(row, by=by, now=now)
    return request


@transaction.atomic
def see_to_mails(request: ServiceRequest, *, by: User, now: datetime) -> ServiceRequest:
    """Put aside the mails that did not arrive: the person was called, came, or got a letter."""
    require(by, "residents.resend_mails", request)
    for row in Message.objects.to(request).undelivered():
        see_to(row, by=by, now=now)
    return request
