"""What to look at twice before an incoming referral is taken up, and the documents that came with it."""

from datetime import timedelta

from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from coordination.models import IncomingReferral
from cus_portal.audit.log import record_read
from cus_portal.db import fold
from cus_portal.files import serve_private
from residents.lookers import UNTOLD

TRIED_OUT = {"test", "testowy", "testowa", "tester", "proba", "probny", "xxx", "asdf", "qwerty", "abc", "aaa"}
AGAIN_WITHIN = timedelta(days=60)
PHONE_DIGITS = 9


def oddities_of(incoming: IncomingReferral) -> list[str]:
    """Return in words what is odd about it; a person decides what it means."""
    found = []
    words = {word for text in (incoming.first_name, incoming.last_name, incoming.need) for word in fold(text).split()}
    if words and {*fold(incoming.get_full_name()).split(), fold(incoming.need)} & TRIED_OUT:
        found.append(_("It looks like a try: the name or the need is a word people type to test."))
    if incoming.get_full_name() and fold(incoming.get_full_name()) == fold(incoming.said_by):
        found.append(_("Who wrote it and whom it is for have the same name. People may simply ask for themselves."))
    same = _digits(incoming.phone)
    if len(same) == PHONE_DIGITS and same == _digits(incoming.sender_contact):
        found.append(_("The phone of the person is the phone of who wrote it."))
    if incoming.sender_id and incoming.phone and same == _digits(incoming.sender.phone):
        found.append(_("The phone of the person is the institution's own."))
    if earlier := _sent_before(incoming):
        found.append(_("The same person was referred not long ago: %(number)s.") % {"number": earlier.number})
    return found


def _digits(text):
    return "".join(filter(str.isdigit, text))[-PHONE_DIGITS:]


def _sent_before(incoming):
    """Return another one for the same name of the last weeks, of those that are no mistake."""
    if not (incoming.last_name and incoming.first_name):
        return None
    days = (incoming.received_on - AGAIN_WITHIN, incoming.received_on + AGAIN_WITHIN)
    same = Q(first_name__iexact=incoming.first_name, last_name__iexact=incoming.last_name)
    born = Q(birth_date=incoming.birth_date) | Q(birth_date=None) if incoming.birth_date else Q()
    rows = IncomingReferral.objects.filter(same, born, received_on__range=days).without_secrets()
    return rows.exclude(pk=incoming.pk).exclude(status=IncomingReferral.Status.ENTERED_IN_ERROR).first()


def served(incoming, pk, *, by):
    """Give one of its documents to somebody who sees the referral."""
    document = get_object_or_404(incoming.papers.openable(), pk=pk)
    record_read(document, by=by, screen=UNTOLD if incoming.is_protected else "incoming")
    return serve_private(document.file, name=document.name, content_type=document.content_type)
