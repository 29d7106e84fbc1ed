"""The local catalogue: what help exists, by which law, for whom, where, at what price, how many places."""

from services.models.hours import Alert, OpeningException, OpeningRule, Weekday, WeekOfMonth
from services.models.lists import Locality, Location, ServiceArea, TargetGroup, Topic
from services.models.loaded import LoadedEntry
from services.models.parts import (
    Certificate,
    EligibilityRule,
    FormTemplate,
    RequiredDocument,
    ServiceContact,
    ServiceStep,
    ServiceText,
)
from services.models.programme import Agreement, FeeBand, Programme, ProgrammeService, Status
from services.models.service import Service, search_stems
from services.models.version import BasisLoad, PublicBasis, ServiceVersion

__all__ = [
    "Agreement",
    "Alert",
    "BasisLoad",
    "Certificate",
    "EligibilityRule",
    "FeeBand",
    "FormTemplate",
    "LoadedEntry",
    "Locality",
    "Location",
    "OpeningException",
    "OpeningRule",
    "Programme",
    "ProgrammeService",
    "PublicBasis",
    "RequiredDocument",
    "Service",
    "ServiceArea",
    "ServiceContact",
    "ServiceStep",
    "ServiceText",
    "ServiceVersion",
    "Status",
    "TargetGroup",
    "Topic",
    "Weekday",
    "WeekOfMonth",
    "search_stems",
]
