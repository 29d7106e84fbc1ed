"""What staff does with the catalogue."""

from services.actions.entries import (
    archive_service,
    confirm_service,
    copy_service,
    discard_changes,
    propose_service,
    publish_service,
    publish_service_alone,
    reopen_service,
    revise_service,
    send_service_back,
    submit_service,
    take_service_back,
)
from services.actions.exchange import export_services, import_package, import_services
from services.actions.programmes import (
    amend_programme,
    archive_programme,
    publish_programme,
    publish_programme_alone,
    reopen_programme,
    send_programme_back,
    submit_programme,
    take_programme_back,
)
from services.actions.referred import alert_changed, refresh_entries, write_hours_of
from services.actions.searching import decide_unmet, guide_changed, synonym_changed

__all__ = [
    "alert_changed",
    "amend_programme",
    "archive_programme",
    "archive_service",
    "confirm_service",
    "decide_unmet",
    "discard_changes",
    "export_services",
    "guide_changed",
    "import_package",
    "import_services",
    "copy_service",
    "propose_service",
    "publish_programme",
    "publish_programme_alone",
    "publish_service",
    "publish_service_alone",
    "refresh_entries",
    "reopen_programme",
    "reopen_service",
    "revise_service",
    "send_programme_back",
    "send_service_back",
    "submit_programme",
    "submit_service",
    "synonym_changed",
    "take_programme_back",
    "take_service_back",
    "write_hours_of",
]
