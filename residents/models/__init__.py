from residents.models.account import AccountLink, JoinedRequest, ResidentAccount
from residents.models.assessment import AssessmentDraft, NeedsAssessment
from residents.models.attachment import Attachment
from residents.models.case import Case
from residents.models.communication import CommunicationNeed
from residents.models.complaint import Complaint
from residents.models.consent import Consent, ConsentRenewal
from residents.models.draft import SavedDraft
from residents.models.facts import (
    DisabilityCertificate,
    Household,
    HouseholdMember,
    Identifier,
    Representation,
    ResidenceTitle,
    ResidentAddress,
    ResidentContact,
)
from residents.models.flag import Flag
from residents.models.letter import Letter
from residents.models.merge import Merge
from residents.models.message import RequestMessage
from residents.models.need_report import NeedReport
from residents.models.note import CaseNote
from residents.models.party import RequestParty
from residents.models.person import Resident, pesel_fields, pesel_problem
from residents.models.queue import GivenPlace, QueueEvent, QueuePlace
from residents.models.refusal import RefusalAppeal, RefusalDecision
from residents.models.request import (
    ClockPause,
    PrivacyNotice,
    RedFlag,
    RequestItem,
    RequestQuestion,
    RequestStatement,
    ServiceRequest,
)
from residents.models.restricted import ConflictOfInterest, FileAccess, RestrictedFile
from residents.models.restriction import ProcessingRestriction
from residents.models.searching import NameWord
from residents.models.team import TeamMember
from residents.models.unmet import UnmetNeed
from residents.models.watch import KeptService, WatchedSearch

__all__ = [
    "AssessmentDraft",
    "TeamMember",
    "NeedsAssessment",
    "AccountLink",
    "JoinedRequest",
    "KeptService",
    "ResidentAccount",
    "GivenPlace",
    "QueueEvent",
    "QueuePlace",
    "Household",
    "HouseholdMember",
    "Identifier",
    "Letter",
    "Merge",
    "Representation",
    "ResidenceTitle",
    "ResidentAddress",
    "ResidentContact",
    "Attachment",
    "Flag",
    "Case",
    "CaseNote",
    "ClockPause",
    "CommunicationNeed",
    "Complaint",
    "Consent",
    "ConsentRenewal",
    "NameWord",
    "NeedReport",
    "PrivacyNotice",
    "ProcessingRestriction",
    "RedFlag",
    "RefusalAppeal",
    "RefusalDecision",
    "RequestItem",
    "RequestMessage",
    "RequestParty",
    "RequestQuestion",
    "RequestStatement",
    "Resident",
    "SavedDraft",
    "ServiceRequest",
    "UnmetNeed",
    "pesel_fields",
    "pesel_problem",
    "ConflictOfInterest",
    "DisabilityCertificate",
    "FileAccess",
    "RestrictedFile",
    "WatchedSearch",
]
