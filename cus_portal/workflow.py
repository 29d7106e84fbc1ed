"""State machines as tables, and the only code that writes a status."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db import models, transaction
from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cus_portal.accounts.permissions import require
from cus_portal.audit.log import last_change, record


class Party(models.TextChoices):
    """Whose move is next."""

    CENTRE = "centre", gettext_lazy("the centre")
    DIRECTOR = "director", gettext_lazy("the director")
    OFFICER = "officer", gettext_lazy("the data protection officer")
    INSTITUTION = "institution", gettext_lazy("the institution")
    RESIDENT = "resident", gettext_lazy("the resident")
    NOBODY = "nobody", gettext_lazy("nobody")


# The colour of a state's tag, wherever it is drawn.
STATE_KINDS = {
    Party.CENTRE: "mine",
    Party.DIRECTOR: "mine",
    Party.OFFICER: "mine",
    Party.INSTITUTION: "wait",
    Party.RESIDENT: "warn",
    Party.NOBODY: "plain",
}


class TransitionNotAllowed(Exception):
    """The move does not start from the state the row is in now. The text is for people: who moved it, and when."""


STAY = ""


@dataclass(frozen=True)
class Transition:
    """One row of a state table: from any of `sources` to `target`, by whoever holds `permission` on the row.

    With STAY as its target the move writes fields and history and leaves the state as it is.
    """

    name: str
    label: str | Promise
    sources: tuple[str, ...]
    target: str
    permission: str
    danger: bool = False


class Workflow:
    """The whole table of one model, with whose move is next in each state."""

    def __init__(
        self,
        model: str,
        *transitions: Transition,
        waiting_for: Mapping[str, Party],
        heard_by: Callable = lambda obj, name: None,
    ):
        self.model = model
        self.heard_by = heard_by  # (obj, name): told of each move, within its transaction
        self.transitions = {transition.name: transition for transition in transitions}
        self.waiting_for = dict(waiting_for)

    def __getitem__(self, name: str) -> Transition:
        return self.transitions[name]

    def __iter__(self):
        return iter(self.transitions.values())

    def waiting_statuses(self, *parties: Party) -> list[str]:
        """Return the states in which one of these parties moves next."""
        return [status for status, party in self.waiting_for.items() if party in parties]

    def available(self, obj, actor) -> list[Transition]:
        """Return the moves that this actor may make on this row now."""
        return [step for step in self if obj.status in step.sources and actor.has_perm(step.permission, obj)]

    @transaction.atomic
    def move(self, obj, name: str, /, *, by, reason: str = "", **fields) -> None:
        """Move the row, write the fields and one audit row, or raise and leave no trace.

        Raises PermissionDenied without the right; TransitionNotAllowed when the row is not in a state this move
        starts from, or has changed since it was read. Of two people who press at once exactly one wins.
        """
        step = self.check(obj, name, by=by)
        before = obj.status
        after = step.target or before
        changed = type(obj)._base_manager.filter(pk=obj.pk, status=before, version=obj.version)
        if not changed.update(status=after, version=F("version") + 1, **fields):
            raise TransitionNotAllowed(self._explain(obj))
        obj.status = after
        obj.version += 1
        for field, value in fields.items():
            setattr(obj, field, value)
        record(f"{obj._meta.model_name}.{name}", obj, by=by, reason=reason, from_state=before, to_state=after)
        self.heard_by(obj, name)

    def check(self, obj, name: str, *, by) -> Transition:
        """Return the move, or raise as `move` would: for acts that look at their facts before they move."""
        step = self.transitions[name]
        if obj._meta.label != self.model:
            raise TypeError(f"This table moves {self.model}, not {obj._meta.label}.")
        require(by, step.permission, obj)
        if obj.status not in step.sources:
            raise TransitionNotAllowed(self._explain(obj))
        return step

    @staticmethod
    def _explain(obj):
        change = last_change(obj)
        if change is None:
            return _("This has changed meanwhile. Look at it again before you go on.")
        return _("%(who)s has changed this meanwhile (%(when)s). Look at it again before you go on.") % {
            "who": change.actor_label,
            "when": change.local_time,
        }
