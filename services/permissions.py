"""Who may do what with the catalogue. What anybody may see is public; the rest follows from the role."""

from cus_portal.accounts.permissions import rule
from services.models import Status


@rule(
    "services.view_servicearea",
    "services.view_targetgroup",
    "services.view_locality",
    "services.view_location",
    "services.view_programme",
    "services.view_programmeservice",
    "services.view_service",
    "services.publish_service",
    "services.publish_programme",
    "services.change_location",
)
def role_is_enough(actor, obj):
    return True


@rule("services.change_service", "services.change_programme")
def may_change_what_is_not_archived(actor, obj):
    return obj.status != Status.ARCHIVED


@rule("services.change_programmeservice")
def may_change_basis_of_what_is_not_archived(actor, basis):
    return Status.ARCHIVED not in (basis.service.status, basis.programme.status)
