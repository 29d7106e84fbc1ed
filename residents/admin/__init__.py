"""The desk: the queue of requests, needs to decide, cases, residents."""

from residents.admin.cases import CaseAdmin
from residents.admin.complaints import ComplaintAdmin
from residents.admin.items import RequestItemAdmin
from residents.admin.letters import LetterAdmin
from residents.admin.messages import RequestMessageAdmin
from residents.admin.people import ResidentAdmin
from residents.admin.reports import NeedReportAdmin
from residents.admin.requests import ServiceRequestAdmin
from residents.admin.restricted import ConflictOfInterestAdmin, RestrictedFileAdmin
from residents.admin.unmet import UnmetNeedAdmin

__all__ = [
    "CaseAdmin",
    "ComplaintAdmin",
    "ConflictOfInterestAdmin",
    "LetterAdmin",
    "NeedReportAdmin",
    "RequestItemAdmin",
    "RequestMessageAdmin",
    "ResidentAdmin",
    "RestrictedFileAdmin",
    "ServiceRequestAdmin",
    "UnmetNeedAdmin",
]
