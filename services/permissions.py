"""Who may do what with the catalogue. What anybody may see is public; the rest follows from the role."""

from cus_portal.accounts.permissions import rule
from services.models import Status
from services.review import authors_of


@rule(
    "services.view_servicearea",
    "services.view_targetgroup",
    "services.view_locality",
    "services.view_location",
    "services.view_programme",
    "services.view_programmeservice",
    "services.view_service",
    "services.revise_service",
    "services.revise_programme",
    "services.publish_service",
    "services.publish_programme",
    "services.change_location",
    "services.view_guidequestion",
    "services.change_guidequestion",
)
def role_is_enough(actor, obj):
    return True


@rule("services.change_service", "services.change_programme")
def may_change_a_draft(actor, obj):
    """What waits for review or is public does not change under the reader's eyes."""
    return obj.status == Status.DRAFT


@rule("services.review_service", "services.review_programme")
def may_review_what_others_wrote(actor, obj):
    return actor.pk not in authors_of(obj)


@rule("services.change_programmeservice")
def may_change_a_basis_of_a_draft(actor, basis):
    return basis.service.status == Status.DRAFT
