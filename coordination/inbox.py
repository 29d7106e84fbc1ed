"""The institution's inbox: its lists, their counts, and what narrows them."""

from collections.abc import Callable
from dataclasses import dataclass

import django_filters
from django.db.models import Count, Q, QuerySet, TextChoices
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from coordination.models import IncomingReferral, Referral
from coordination.presentation import sent_to_us, state_of
from coordination.workflow import REFERRAL
from cus_portal.forms import FilterForm
from cus_portal.workflow import Party

S = Referral.Status
OUR_MOVE = [status for status in REFERRAL.waiting_statuses(Party.INSTITUTION) if status in Referral.OPEN]
ENDED = Referral.WAIT_FOR_ACKNOWLEDGEMENT


@dataclass(frozen=True)
class Box:
    """One list of the inbox, as a condition on the day, with its tile."""

    label: str | Promise
    kind: str
    condition: Callable
    by: str = "respond_by"


BOXES = {
    "late": Box(_("late"), "late", lambda on: Q(status__in=OUR_MOVE, respond_by__lt=on) & ~Q(status=S.WAITLISTED)),
    "new": Box(_("not opened yet"), "mine", lambda on: Q(status=S.SENT, opened_at=None)),
    "ours": Box(_("your move"), "mine", lambda on: Q(status__in=OUR_MOVE)),
    "centre": Box(_("the centre's move"), "theirs", lambda on: Q(status=S.INFO_REQUESTED)),
}
ALL_OPEN = Box(_("open referrals"), "plain", lambda on: Q(status__in=Referral.OPEN))
ALL_ENDED = Box(_("ended referrals"), "done", lambda on: Q(status__in=ENDED), "-ended_at")
HEADER = (
    _("No."),
    _("What is asked for"),
    _("Priority"),
    _("From"),
    _("State"),
    _("Whose move"),
    _("Until"),
    _("Sent"),
    _("In hand"),
)
# What an institution has sent to the centre: a sender that is known is not confirmed, a mistake is in no list.
SENT_STATES = set(IncomingReferral.Status) - {IncomingReferral.Status.HELD, IncomingReferral.Status.ENTERED_IN_ERROR}
SENT_HEADER = (_("No."), _("Kind"), _("Priority"), _("Sent"), _("State"), _("Whose move"), _("Until"))
LISTS = {**BOXES, "open": ALL_OPEN, "ended": ALL_ENDED}


def rows_of(user, box: Box, *, on) -> QuerySet:
    """Return one list, ready to be cut into parts in the order of the box."""
    return (
        Referral.objects.received_by(user)
        .filter(box.condition(on))
        .select_related("service", "sender", "receiver")
        .defer("disclosed", "need", "wanted_outcome", "closing_note", "acknowledgement")
    )


def lines_of(rows, colleagues, *, on) -> list[list]:
    """Return the rows of a list as its file has them, in the columns of HEADER."""
    lines = []
    for row in rows:
        state = state_of(row, received=True, on=on)
        asked = row.service.plain_name if row.service else row.get_kind_display()
        facts = [row.number, asked, str(row.get_priority_display()), row.sender.short_name]
        sent, holder = timezone.localdate(row.sent_at), colleagues.holder(row)
        lines.append([*facts, state.label, state.whose, state.due, sent, str(holder or "")])
    return lines


def lines_of_sent(rows, *, on) -> list[list]:
    """Return what was sent to the centre as its file has it, in the columns of SENT_HEADER."""
    lines = []
    for row in rows:
        state, kind = sent_to_us(row, on=on), str(row.get_kind_display())
        facts = [row.number, kind, str(row.get_priority_display()), row.received_on]
        lines.append([*facts, state.label, state.whose, state.due])
    return lines


def counts(user, *, on) -> dict[str, int]:
    """Return how many rows each list of open referrals has, in one query."""
    wanted = {name: Count("pk", filter=box.condition(on)) for name, box in BOXES.items()}
    return Referral.objects.received_by(user).open().order_by().aggregate(**wanted)


class InHand(TextChoices):
    MINE = "mine", _("mine, or of somebody I stand in for")
    NOBODYS = "nobody", _("nobody has it in hand")
    COLLEAGUES = "colleague", _("a colleague's")


class SentFilter(django_filters.FilterSet):
    """Narrows what one's own institution has sent to the centre."""

    number = django_filters.CharFilter(lookup_expr="istartswith", label=_("Number begins with"))
    status = django_filters.ChoiceFilter(
        label=_("State"), choices=[choice for choice in IncomingReferral.Status.choices if choice[0] in SENT_STATES]
    )
    priority = django_filters.ChoiceFilter(label=_("Priority"), choices=Referral.Priority)
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=Referral.Kind)

    class Meta:
        model = IncomingReferral
        form = FilterForm
        fields = ()


class InboxFilter(SentFilter):
    """Narrows a list by what its rows show."""

    in_hand = django_filters.ChoiceFilter(label=_("In hand"), choices=InHand, method="by_holder")
    status = django_filters.ChoiceFilter(
        label=_("State"), choices=[(status.value, status.label) for status in (*OUR_MOVE, S.INFO_REQUESTED, *ENDED)]
    )

    class Meta(SentFilter.Meta):
        model = Referral

    def __init__(self, *args, user, colleagues, **kwargs):
        super().__init__(*args, **kwargs)
        self.user, self.colleagues = user, colleagues

    def by_holder(self, rows, name, value):
        """The three choices add up to the list: whoever has left holds nothing any more."""
        mine, held = Q(assigned_to__in=self.colleagues.hands_of(self.user)), Q(assigned_to__in=self.colleagues.people)
        return rows.filter({InHand.MINE: mine, InHand.NOBODYS: ~held, InHand.COLLEAGUES: held & ~mine}[value])
