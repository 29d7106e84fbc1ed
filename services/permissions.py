"""Who may do what with the catalogue. What anybody may see is public; the rest follows from the role."""

from cus_portal.accounts.permissions import rule
from services.models import Status
from services.review import authors_of


@rule(
    "services.view_servicearea",
    "services.view_targetgroup",
    "services.change_targetgroup",
    "services.view_locality",
    "services.view_location",
    "services.view_programme",
    "services.view_programmeservice",
    "services.revise_programme",
    "services.publish_service",
    "services.publish_programme",
    "services.import_services",
    "services.change_location",
    "services.view_guidequestion",
    "services.change_guidequestion",
    "services.view_topic",
    "services.change_topic",
    "services.view_formtemplate",
    "services.change_formtemplate",
    "services.view_agreement",
    "services.change_agreement",
    "services.view_alert",
    "services.change_alert",
    "services.view_synonym",
    "services.change_synonym",
    "services.view_entrytemplate",
    "services.change_entrytemplate",
    "services.view_unmetsearch",
    "services.view_rating",
    "services.decide_unmetsearch",
)
def role_is_enough(actor, obj):
    return True


@rule("services.view_service")
def may_see_what_is_in_reach(actor, service):
    return _reaches(actor, "services.view_service", service)


@rule("services.revise_service")
def may_revise_what_is_in_reach(actor, service):
    return _reaches(actor, "services.revise_service", service)


@rule("services.change_service")
def may_change_a_draft(actor, service):
    """What waits for review or is public does not change under the reader's eyes."""
    return service.status == Status.DRAFT and _reaches(actor, "services.change_service", service)


@rule("services.change_programme")
def may_change_a_draft_of_a_programme(actor, programme):
    return programme.status == Status.DRAFT


def _reaches(actor, permission, service):
    """Whoever works at the centre reaches every entry, an editor elsewhere those of his institution."""
    reach = actor.reach_of(permission)
    return reach is None or service.provider_id in reach


@rule("services.review_service", "services.review_programme")
def may_review_what_others_wrote(actor, obj):
    return actor.pk not in authors_of(obj)


@rule("services.change_programmeservice")
def may_change_a_basis_of_a_draft(actor, basis):
    return basis.service.status == Status.DRAFT
