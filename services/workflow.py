"""How an entry of the catalogue becomes public, changes, and leaves: what one wrote, a second person publishes."""

from django.utils.translation import gettext_lazy as _

from cus_portal.workflow import STAY, Party, Transition, Workflow
from services.models import Status

DRAFT, REVIEW, PUBLISHED, ARCHIVED = Status.DRAFT, Status.REVIEW, Status.PUBLISHED, Status.ARCHIVED
_WAITING = {DRAFT: Party.CENTRE, REVIEW: Party.CENTRE, PUBLISHED: Party.NOBODY, ARCHIVED: Party.NOBODY}

SERVICE = Workflow(
    "services.Service",
    Transition("publish", _("Publish"), (REVIEW,), PUBLISHED, "services.review_service"),
    Transition("send_back", _("Send back"), (REVIEW,), DRAFT, "services.review_service"),
    Transition("submit", _("Send for review"), (DRAFT,), REVIEW, "services.revise_service"),
    Transition("take_back", _("Take back to change"), (REVIEW,), DRAFT, "services.revise_service"),
    # While an entry is changed, the public goes on reading its last published version.
    Transition("revise", _("Change"), (PUBLISHED,), DRAFT, "services.revise_service"),
    Transition("confirm", _("Checked today, nothing has changed"), (PUBLISHED,), STAY, "services.revise_service"),
    Transition("discard", _("Discard the changes"), (DRAFT,), PUBLISHED, "services.revise_service", danger=True),
    Transition(
        "publish_alone",
        _("Publish without a second person"),
        (DRAFT, REVIEW),
        PUBLISHED,
        "services.publish_service",
        danger=True,
    ),
    Transition("archive", _("Archive"), (PUBLISHED,), ARCHIVED, "services.publish_service", danger=True),
    Transition("reopen", _("Back into the catalogue"), (ARCHIVED,), PUBLISHED, "services.publish_service"),
    waiting_for=_WAITING,
)
PROGRAMME = Workflow(
    "services.Programme",
    Transition("publish", _("Publish"), (REVIEW,), PUBLISHED, "services.review_programme"),
    Transition("send_back", _("Send back"), (REVIEW,), DRAFT, "services.review_programme"),
    Transition("submit", _("Send for review"), (DRAFT,), REVIEW, "services.revise_programme"),
    Transition("take_back", _("Take back to change"), (REVIEW,), DRAFT, "services.revise_programme"),
    Transition(
        "publish_alone",
        _("Publish without a second person"),
        (DRAFT, REVIEW),
        PUBLISHED,
        "services.publish_programme",
        danger=True,
    ),
    # What the council amends is told at once on every page that quotes the programme.
    Transition("amend", _("Amend"), (PUBLISHED,), STAY, "services.publish_programme"),
    Transition("archive", _("Archive"), (PUBLISHED,), ARCHIVED, "services.publish_programme", danger=True),
    Transition("reopen", _("Back into force"), (ARCHIVED,), PUBLISHED, "services.publish_programme"),
    waiting_for=_WAITING,
)
