"""The organiser's room: the catalogue, written by one person and published by another."""

from services.admin.guide import GuideQuestionAdmin
from services.admin.lists import LocalityAdmin, ServiceAreaAdmin, TargetGroupAdmin
from services.admin.places import LocationAdmin
from services.admin.programmes import ProgrammeAdmin
from services.admin.services import ServiceAdmin

__all__ = [
    "GuideQuestionAdmin",
    "LocalityAdmin",
    "LocationAdmin",
    "ProgrammeAdmin",
    "ServiceAdmin",
    "ServiceAreaAdmin",
    "TargetGroupAdmin",
]
