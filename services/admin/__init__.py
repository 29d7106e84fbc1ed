"""The organiser's room: the catalogue, written by one person and published by another."""

from services.admin.guide import GuideQuestionAdmin
from services.admin.institutions import ProviderAdmin
from services.admin.lists import (
    AgreementAdmin,
    EntryTemplateAdmin,
    FormTemplateAdmin,
    LocalityAdmin,
    ServiceAreaAdmin,
    TargetGroupAdmin,
    TopicAdmin,
)
from services.admin.places import AlertAdmin, LocationAdmin
from services.admin.programmes import BasisAdmin, ProgrammeAdmin
from services.admin.search import RatingAdmin, SynonymAdmin, UnmetSearchAdmin
from services.admin.services import ServiceAdmin

__all__ = [
    "AgreementAdmin",
    "AlertAdmin",
    "BasisAdmin",
    "EntryTemplateAdmin",
    "FormTemplateAdmin",
    "GuideQuestionAdmin",
    "LocalityAdmin",
    "LocationAdmin",
    "ProgrammeAdmin",
    "ProviderAdmin",
    "RatingAdmin",
    "ServiceAdmin",
    "ServiceAreaAdmin",
    "SynonymAdmin",
    "TargetGroupAdmin",
    "TopicAdmin",
    "UnmetSearchAdmin",
]
