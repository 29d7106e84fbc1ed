from residents.models.case import Case, Consent
from residents.models.draft import SavedDraft
from residents.models.person import Resident, pesel_fields, pesel_problem
from residents.models.request import (
    Attachment,
    ClockPause,
    PrivacyNotice,
    RefusalDecision,
    RequestItem,
    RequestParty,
    RequestQuestion,
    ServiceRequest,
)
from residents.models.restricted import ConflictOfInterest, FileAccess, RestrictedFile
from residents.models.searching import NameWord

__all__ = [
    "Attachment",
    "Case",
    "ClockPause",
    "Consent",
    "NameWord",
    "PrivacyNotice",
    "RefusalDecision",
    "RequestItem",
    "RequestParty",
    "RequestQuestion",
    "Resident",
    "SavedDraft",
    "ServiceRequest",
    "pesel_fields",
    "pesel_problem",
    "ConflictOfInterest",
    "FileAccess",
    "RestrictedFile",
]
