"""Who of an institution has a referral in hand on a day: whoever took it, or who stands in while he is away.

It opens and closes nothing: each of the institution's people sees and answers what was sent to it.
"""

from collections.abc import Iterable
from datetime import date
from functools import cached_property

from cus_portal.accounts.models import Absence, Membership, User
from cus_portal.accounts.roles import Role


class Colleagues:
    """The people who answer for these institutions on the day, and who of them is away."""

    def __init__(self, institutions: Iterable[int], *, on: date):
        self.institutions, self.on = set(institutions), on

    @cached_property
    def people(self) -> dict[int, User]:
        roles = Membership.objects.in_force(self.on).filter(
            role=Role.INSTITUTION_WORKER, institution__in=self.institutions
        )
        rows = User.objects.filter(is_active=True, pk__in=roles.values("user"))
        return {user.pk: user for user in rows.order_by("name_sort", "pk")}

    @cached_property
    def away(self) -> dict[int, int | None]:
        """Return who is away, with who stands in; of two absences at once the one that lasts longer counts."""
        rows = Absence.objects.on(self.on).filter(user__in=self.people).order_by("last_day", "pk")
        return dict(rows.values_list("user", "stands_in"))

    def holder(self, referral) -> User | None:
        """Return who took it, unless he has left the institution since."""
        return self.people.get(referral.assigned_to_id)

    def in_charge(self, referral) -> User | None:
        """Return the holder, or who stands in for him today; None where that is nobody in particular."""
        return self.people.get(self._deputy_of(referral.assigned_to_id)) if self.holder(referral) else None

    def deputy(self, referral) -> User | None:
        found = self.in_charge(referral)
        return found if found and found.pk != referral.assigned_to_id else None

    def hands_of(self, user) -> list[int]:
        """Return whose referrals are this user's today: his own while he is here, and those for whom he stands in."""
        return [pk for pk in self.people if self._deputy_of(pk) == user.pk or pk == user.pk]

    def _deputy_of(self, pk: int | None) -> int | None:
        passed: set[int] = set()
        while pk is not None and pk in self.away and pk not in passed:
            passed.add(pk)
            pk = self.away[pk]
        return None if pk in passed else pk
