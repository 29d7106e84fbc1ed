"""The local catalogue: what help exists, by which law, for whom, where, at what price, how many places."""

from services.models.lists import Locality, Location, ServiceArea, TargetGroup
from services.models.loaded import LoadedEntry
from services.models.programme import Programme, ProgrammeService, Status
from services.models.service import RequiredDocument, Service, ServiceStep, search_stems

__all__ = [
    "LoadedEntry",
    "Locality",
    "Location",
    "Programme",
    "ProgrammeService",
    "RequiredDocument",
    "Service",
    "ServiceArea",
    "ServiceStep",
    "Status",
    "TargetGroup",
    "search_stems",
]
