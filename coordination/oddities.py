"""What to look at twice before a referral is sent: signs that something is not as it seems. A person decides."""

from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from coordination.filters import start_of
from coordination.incoming import AGAIN_WITHIN, TRIED_OUT
from coordination.models import Referral
from cus_portal.db import fold
from residents.models.numbers import phone_digits


def oddities_of_drafts(drafts: list[Referral], *, on: date) -> dict[int, list[str]]:
    """Return for each draft of one case, by its key, in words what is odd about it; one query for all of them."""
    case = {draft.case_id for draft in drafts}
    asked = Referral.objects.filter(case__in=case, sent_at__gte=start_of(on - AGAIN_WITHIN)).without_secrets()
    asked = asked.exclude(Q(status__in=Referral.OPEN) | Q(status=Referral.Status.ENTERED_IN_ERROR))
    earlier = {(row.receiver_id, row.service_id): row for row in asked.order_by("sent_at", "pk")} if drafts else {}
    return {
        draft.pk: _signs(draft, draft.case.resident, earlier.get((draft.receiver_id, draft.service_id)))
        for draft in drafts
    }


def _signs(draft, person, earlier):
    found = []
    if {fold(draft.need), fold(draft.wanted_outcome), *fold(person.get_full_name()).split()} & TRIED_OUT:
        found.append(_("It looks like a try: the name or the need is a word people type to test."))
    if person.phone and phone_digits(person.phone) == phone_digits(draft.receiver.phone):
        found.append(_("The phone of the person is the institution's own."))
    if person.email and person.email.lower() == draft.receiver.email.lower():
        found.append(_("The e-mail of the person is the institution's own."))
    if earlier:
        words = _("The same was asked of this institution not long ago: %(number)s, %(state)s.")
        found.append(words % {"number": earlier.number, "state": earlier.get_status_display()})
    return found
