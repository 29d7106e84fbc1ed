"""What the person is told on the status page of official letters: that one went out, when and how; never what is in it.

Whoever stands behind the person reads the page too, so a letter is called by its kind, and no address is named.
"""

from datetime import timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from residents.models import Letter, ServiceRequest

Channel, How, Kind, Status = Letter.Channel, Letter.How, Letter.Kind, Letter.Status
NAMES = {
    Kind.CALL: gettext_lazy("A letter that asks for what is missing"),
    Kind.DECISION: gettext_lazy("A decision"),
    Kind.NOTICE: gettext_lazy("A notice"),
    Kind.ANSWER: gettext_lazy("An answer"),
    Kind.HANDOVER: gettext_lazy("A letter to the institution that your need was passed on to"),
}
WAYS = {
    Channel.POST: gettext_lazy("sent by post on %(day)s"),
    Channel.EDELIVERY: gettext_lazy("sent by e-Doręczenia on %(day)s"),
    Channel.IN_PERSON: gettext_lazy("handed over in person on %(day)s"),
}
TOLD = (Status.SENT, Status.DELIVERED, Status.RETURNED)


def letters_told(request: ServiceRequest) -> list[dict]:
    """Return the letters that left, oldest first: name, colour, and what became of each."""
    return [
        {"name": NAMES.get(letter.kind, _("A letter")), "kind": _kind(letter), "words": _words(letter)}
        for letter in request.letters.filter(status__in=TOLD).defer("body", "subject").order_by("sent_on", "pk")
    ]


def _kind(letter):
    return {Status.SENT: "wait", Status.RETURNED: "late"}.get(letter.status, "ok")


def _words(letter):
    told = [WAYS.get(letter.channel, _("sent on %(day)s")) % {"day": _day(letter.sent_on)}, _fate(letter)]
    if letter.term_on and letter.status == Status.DELIVERED:
        told.append(_("answer by %(day)s") % {"day": _day(letter.term_on)})
    return "; ".join(filter(None, map(str, told)))


def _fate(letter):
    """Say where it is now; what was handed over in person needs no other word."""
    if letter.status == Status.RETURNED:
        return _("it came back to us: check your address, or call us")
    if letter.status == Status.DELIVERED:
        if letter.delivered_how == How.PRESUMED:
            return _("not collected, by law it counts as delivered on %(day)s") % {"day": _day(letter.delivered_on)}
        return (
            ""
            if letter.channel == Channel.IN_PERSON
            else _("delivered on %(day)s") % {"day": _day(letter.delivered_on)}
        )
    if letter.waits_since and letter.deemed_on:
        last = letter.deemed_on if letter.channel == Channel.POST else letter.deemed_on - timedelta(days=1)
        return _("it waits for you: collect it by %(day)s") % {"day": _day(last)}
    return ""


def _day(day):
    return date_format(day, "j E Y")
