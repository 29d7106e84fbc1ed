"""What a referral may tell its receiver: chosen field by field, shown before sending, frozen at sending."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.models import Referral
from residents.models import RequestParty, ServiceRequest


@dataclass(frozen=True)
class Field:
    """One thing that may be told: its name for people, and how to read it from a subject."""

    label: str | Promise
    read: Callable[["Subject"], str]
    usual: bool = False


class Subject:
    """A referral and what is known of its case: the resident and the newest request, read once for all referrals."""

    def __init__(self, case):
        requests = ServiceRequest.objects.behind(case)
        self.case = case
        self.resident = case.resident
        self.request = requests.order_by("-received_on", "-pk").first()
        self.is_discreet = requests.discreet().exists()
        self.referral = None

    @cached_property
    def applicant(self):
        if self.request is None or self.request.for_whom != ServiceRequest.ForWhom.OTHER:
            return None
        return self.request.parties.filter(role=RequestParty.Role.APPLICANT).first()


def _birth_date(subject):
    return date_format(subject.resident.birth_date, "j E Y") if subject.resident.birth_date else ""


def _address(subject):
    resident = subject.resident
    place = f"{resident.postal_code} {resident.locality or ''}".strip()
    return ", ".join(part for part in (resident.address, place) if part)


def _of_request(name):
    return lambda subject: getattr(subject.request, name) if subject.request else ""


def _contact(subject):
    request = subject.request
    if request is None:
        return ""
    discreet = [_("Contact must be discreet: leave no message and tell nobody else who calls.")]
    parts = discreet if subject.is_discreet else []
    way = ", ".join(part for part in (capfirst(request.get_contact_by_display()), request.contact_note) if part)
    return " ".join([*parts, way])


def _applicant(subject):
    filer = subject.applicant
    if filer is None:
        return ""
    return ", ".join(part for part in (filer.get_full_name(), filer.relation, filer.phone or filer.email) if part)


def _goal(subject):
    return subject.referral.plan_item.goal if subject.referral.plan_item else ""


def _plan_needs(subject):
    return subject.referral.plan_item.plan.needs if subject.referral.plan_item else ""


def _documents(subject):
    return ", ".join(map(str, subject.referral.attachments.all()))


# PESEL is told only where the receiver cannot do without it, so it is never ticked beforehand.
DISCLOSABLE = {
    "name": Field(gettext_lazy("First name and surname"), lambda subject: subject.resident.get_full_name(), usual=True),
    "birth_date": Field(gettext_lazy("Date of birth"), _birth_date),
    "pesel": Field(gettext_lazy("PESEL"), lambda subject: subject.resident.pesel),
    "address": Field(gettext_lazy("Address"), _address),
    "phone": Field(gettext_lazy("Phone"), lambda subject: subject.resident.phone, usual=True),
    "email": Field(gettext_lazy("E-mail"), lambda subject: subject.resident.email),
    "contact": Field(gettext_lazy("How to contact the person"), _contact, usual=True),
    "applicant": Field(gettext_lazy("Who asked in the person's name"), _applicant),
    "situation": Field(gettext_lazy("Situation in the person's own words"), _of_request("situation")),
    "plan_needs": Field(gettext_lazy("Needs recognised in the plan"), _plan_needs),
    "goal": Field(gettext_lazy("Goal of the plan"), _goal),
    "documents": Field(gettext_lazy("Documents"), _documents),
}
SENSITIVE_AREAS = {"HEALTH", "DISABILITY"}  # data about health (RODO art. 9)
DOCUMENTS = "documents"  # told when some are chosen, and only then
USUAL = [name for name, field in DISCLOSABLE.items() if field.usual]
WAYS_TO_REACH = {"phone", "email", "address", "applicant"}


def usual_confidentiality(case, service=None, area=None) -> str:
    """Return the class from which whoever writes the referral begins: by the case's file, then by the area."""
    if case.restricted_file_id is not None:
        return Referral.Confidentiality.PROTECTED
    areas = {one.code for one in service.areas.all()} if service else set()
    if areas & SENSITIVE_AREAS or (area and area.code in SENSITIVE_AREAS):
        return Referral.Confidentiality.SENSITIVE
    return Referral.Confidentiality.ORDINARY


def disclosed_by(referral, subject=None) -> dict[str, str]:
    """Return what the receiver would see if the referral went out now; what is not known is left out.

    Where contact must be discreet, whoever gets a way to reach the person is told so, chosen or not. One request
    of the case that asks for it is enough: a later one, perhaps of somebody else, does not take it back.
    A subject of its case, given for several referrals, is read once.
    """
    subject = subject or Subject(referral.case)
    subject.referral = referral
    chosen = set(referral.disclosed_fields)
    if subject.is_discreet and chosen & WAYS_TO_REACH:
        chosen.add("contact")
    values = {name: str(field.read(subject) or "") for name, field in DISCLOSABLE.items() if name in chosen}
    return {name: value for name, value in values.items() if value}


def rows_of(disclosed) -> list[tuple[str, str]]:
    """Return what was told as (label, value), in the table's order."""
    return [(str(field.label), disclosed[name]) for name, field in DISCLOSABLE.items() if name in disclosed]
