"""Mails about a request that did not arrive: sent again, or put aside because the person knows by other means.

An address that refused a mail for good is no verified contact any more.
"""

from datetime import datetime

from django.db import transaction

from cus_portal.accounts.actors import SystemActor
from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from cus_portal.notifications.failed import told_of_failed_mail
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import see_to, send_again
from residents.models import ResidentContact, ServiceRequest


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


@told_of_failed_mail("residents.servicerequest")
def address_failed(request: ServiceRequest, *, now: datetime) -> None:
    """Take the word "verified" off the recorded address that the mail went to."""
    failed = ResidentContact.objects.with_email(request.notification_email).filter(resident=request.resident_id)
    if failed.exclude(verified_on=None).update(verified_on=None):
        record("resident.contact_failed", request.resident, by=SystemActor())


def move_mails(request: ServiceRequest, *, by, now: datetime) -> None:
    """Send what did not arrive to the address corrected just now; where no mail may go any more it is put aside."""
    act = send_again if request.notification_email else see_to
    for row in Message.objects.to(request).undelivered():
        act(row, by=by, now=now)
