"""Object permissions: one @rule a permission, behind actor.has_perm(permission, object).

An actor holds a permission by a role (roles.py) or by what he is (actors.py). On one object the rule of that name
has the last word; a permission asked about an object without a rule is refused.
"""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied

Rule = Callable[..., bool]
Blocker = Callable[..., str]
_rules: dict[str, Rule] = {}
_blockers: list[Blocker] = []


def rule(*permissions: str):
    """Register the function as the rule that decides these permissions on one object."""

    def register(function: Rule) -> Rule:
        for permission in permissions:
            if permission in _rules:
                raise ValueError(f"{permission} has a rule already.")
            _rules[permission] = function
        return function

    return register


def registered_rules() -> dict[str, Rule]:
    return dict(_rules)


def allows(actor, permission: str, obj=None) -> bool:
    """Decide for an actor who has `granted(permission)`: first the kind of act, then this object."""
    if not actor.granted(permission):
        return False
    if obj is None:
        return True
    decide = _rules.get(permission)
    return bool(decide and decide(actor, obj))


class BlockedError(PermissionDenied):
    """The right is there, and something stands in its way for now. The text is for people: what, and who ends it."""


def blocker(function: Blocker) -> Blocker:
    """Register a function that says why an act may not be done for now, or returns nothing."""
    _blockers.append(function)
    return function


def require(actor, permission: str, obj=None) -> None:
    """Raise PermissionDenied unless the actor has the permission on the object, and nothing stands in the way."""
    if not actor.has_perm(permission, obj):
        raise PermissionDenied(permission)
    if reason := _reason_against(actor, permission, obj):
        raise BlockedError(reason)


def allowed(actor, permission: str, obj) -> bool:
    """Tell whether require() would let it pass, for what a page offers."""
    return actor.has_perm(permission, obj) and not _reason_against(actor, permission, obj)


def _reason_against(actor, permission, obj):
    found = (block(actor, permission, obj) for block in _blockers if obj is not None)
    return next(filter(None, found), "")


@rule(
    "accounts.view_institution",
    "accounts.change_institution",
    "accounts.view_user",
    "accounts.change_user",
    "accounts.end_sessions",
    "accounts.view_membership",
    "accounts.change_membership",
    "accounts.view_authorisation",
    "accounts.change_authorisation",
)
def directory_is_open_to_its_keepers(actor, obj):
    return True


@rule("accounts.view_absence")
def absence_is_seen_at_the_same_institution(actor, absence):
    """The list form is Absence.objects.visible_to."""
    there = actor.institutions_granting("accounts.view_absence")
    return absence.user.memberships.filter(institution__in=there).exists()


@rule("accounts.change_absence")
def absence_is_kept_by_who_is_away_or_by_the_director(actor, absence):
    return absence.user_id == actor.pk or actor.granted("accounts.view_user")
