"""What a reminder says: numbers, words of ours and paths; all that is due for one recipient in one message."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from coordination.links import way_to
from coordination.models import IncomingReferral, Plan, Referral, RetentionHold
from cus_portal.accounts.models import Authorisation
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import notify
from residents.models import Flag, RefusalAppeal, RequestQuestion, ServiceRequest
from services.models import Agreement, Service


@dataclass(frozen=True)
class Statement:
    """The accessibility statement, whose dates stand in the centre's file."""

    reviewed_on: date

    @property
    def pk(self):
        return f"{self.reviewed_on}"

    @property
    def review_due(self):
        """It is reviewed by 31 March of each year (Act of 4 April 2019 on digital accessibility)."""
        return date(self.reviewed_on.year + 1, 3, 31)


def write_letter(rows, on):
    """Put one recipient's reminders into one message: numbers, words of ours and paths."""
    recipient, reminder = rows[0].recipient, rows[0].reminder
    only = rows[0].obj if len(rows) == 1 else None
    about = _stateful(only) if only else None
    with translation.override(recipient.notification_language):
        items = sorted(_line(row) for row in rows)
        notify(
            recipient,
            reminder.template,
            dedupe_key=f"{reminder.template}:{on}:{rows[0].key}",
            about=about,
            only_while=[about.status] if about else (),
            number=items[0][0],
            items=[{"number": number, "words": words, "path": path} for number, words, path in items],
        )


def _stateful(obj):
    """Return the row in whose state the reminder holds, or None."""
    if isinstance(obj, Statement | Agreement | Authorisation | RetentionHold | Message | RefusalAppeal | Flag):
        return None
    return obj.request if isinstance(obj, RequestQuestion) else obj


def is_closed(obj):
    """Tell whether not even the number of a referral may stand in a mail."""
    restricted = isinstance(obj, IncomingReferral) and obj.request and obj.request.restricted_file_id
    return bool(restricted) or obj.confidentiality == Referral.Confidentiality.PROTECTED


def _line(row):
    """Return number, words and path of one reminder."""
    obj = row.obj
    if isinstance(obj, RequestQuestion):
        return obj.request.reference, str(row.reminder.label), reverse("residents:request_track")
    if isinstance(row.recipient, ServiceRequest):
        return row.recipient.reference, str(row.reminder.label), reverse("residents:request_track")
    if isinstance(obj, Statement):
        return str(_("Accessibility statement")), str(row.reminder.label), reverse("accessibility")
    if isinstance(obj, Service):
        return obj.plain_name, str(row.reminder.label), reverse("admin:services_service_change", args=[obj.pk])
    if isinstance(obj, Agreement):  # its subject is in anybody's words, and stays out of the mail
        name = f"{obj.institution.short_name}, {obj.number}".removesuffix(", ")
        return name, str(row.reminder.label), reverse("admin:services_agreement_change", args=[obj.pk])
    if isinstance(obj, Flag):  # its kind says something about a person, and stays out of the mail
        return str(_("Warning about a person")), str(row.reminder.label), obj.get_absolute_url()
    if isinstance(obj, Referral | IncomingReferral) and is_closed(obj):
        return str(_("A referral")), str(_("something is due: the page says what")), way_to(obj, row.recipient)
    if isinstance(obj, Message):
        return str(obj), str(row.reminder.label), reverse("admin:notifications_message_change", args=[obj.pk])
    number = obj.case.case_sign if isinstance(obj, Plan) else str(obj)
    return number, str(row.reminder.label), way_to(obj, row.recipient)
