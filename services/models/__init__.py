"""The local catalogue: what help exists, by which law, for whom, where, at what price, how many places."""

from services.models.guide import GuideAnswer, GuideQuestion, circle_among
from services.models.hours import Alert, OpeningException, OpeningRule, Weekday, WeekOfMonth
from services.models.lists import Locality, Location, ServiceArea, TargetGroup, Topic
from services.models.loaded import ForeignEntry, LoadedEntry
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
from services.models.rating import Rating
from services.models.search import Lemma, SearchEntry, Synonym, WordForm
from services.models.service import Service
from services.models.template import EntryTemplate
from services.models.unmet import UnmetSearch, UnmetSearchMonth
from services.models.version import BasisLoad, CatalogueStamp, PublicBasis, ServiceVersion, is_in_force

__all__ = [
    "Agreement",
    "Alert",
    "BasisLoad",
    "CatalogueStamp",
    "Certificate",
    "EligibilityRule",
    "EntryTemplate",
    "FeeBand",
    "ForeignEntry",
    "FormTemplate",
    "Lemma",
    "GuideAnswer",
    "GuideQuestion",
    "LoadedEntry",
    "Locality",
    "Location",
    "OpeningException",
    "OpeningRule",
    "Programme",
    "ProgrammeService",
    "PublicBasis",
    "Rating",
    "RequiredDocument",
    "SearchEntry",
    "Service",
    "ServiceArea",
    "ServiceContact",
    "ServiceStep",
    "ServiceText",
    "ServiceVersion",
    "Status",
    "Synonym",
    "TargetGroup",
    "Topic",
    "UnmetSearch",
    "UnmetSearchMonth",
    "Weekday",
    "WeekOfMonth",
    "WordForm",
    "circle_among",
    "is_in_force",
]
