"""How an entry of the catalogue becomes public, and how it leaves."""

from django.utils.translation import gettext_lazy as _

from cus_portal.workflow import Party, Transition, Workflow
from services.models import Status

_WAITING = {Status.DRAFT: Party.CENTRE, Status.PUBLISHED: Party.NOBODY, Status.ARCHIVED: Party.NOBODY}

SERVICE = Workflow(
    "services.Service",
    Transition("publish", _("Publish"), (Status.DRAFT,), Status.PUBLISHED, "services.publish_service"),
    Transition("archive", _("Archive"), (Status.PUBLISHED,), Status.ARCHIVED, "services.publish_service", danger=True),
    Transition("reopen", _("Back to draft"), (Status.ARCHIVED,), Status.DRAFT, "services.publish_service"),
    waiting_for=_WAITING,
)
PROGRAMME = Workflow(
    "services.Programme",
    Transition("publish", _("Publish"), (Status.DRAFT,), Status.PUBLISHED, "services.publish_programme"),
    Transition(
        "archive", _("Archive"), (Status.PUBLISHED,), Status.ARCHIVED, "services.publish_programme", danger=True
    ),
    Transition("reopen", _("Back to draft"), (Status.ARCHIVED,), Status.DRAFT, "services.publish_programme"),
    waiting_for=_WAITING,
)
