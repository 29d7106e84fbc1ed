"""What the reports tell of referrals beyond their numbers. Nothing protected or restricted is counted."""

from django.db.models import Count, F, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.figures import with_total
from coordination.models import Referral
from coordination.suppression import COUNT

S = Referral.Status
EXCEPTION_COLUMNS = (
    (gettext_lazy("Institution and service"), ""),
    (gettext_lazy("before others who had waited longer"), COUNT),
    (gettext_lazy("how many were passed over"), COUNT),
    (gettext_lazy("though no place was left"), COUNT),
)


def counted():
    return Referral.objects.without_secrets().exclude(status__in=[S.DRAFT, S.ENTERED_IN_ERROR]).order_by()


def exceptions(period, on):
    """Who was accepted before others who had waited longer, or though no place was left, by institution and service."""
    accepted = counted().filter(Q(passed_over__gt=0) | Q(is_over_limit=True), period.moments("decided_at"))
    rows = (
        accepted.values("receiver__name", "service__plain_name")
        .annotate(
            out_of_order=Count("pk", filter=Q(passed_over__gt=0)),
            over_limit=Count("pk", filter=Q(is_over_limit=True)),
            passed=Sum("passed_over"),
        )
        .order_by("receiver__name", F("service__plain_name").asc(nulls_last=True))
    )
    return with_total(
        [
            _("%(institution)s: %(service)s")
            % {
                "institution": row["receiver__name"],
                "service": row["service__plain_name"] or _("no service named"),
            },
            row["out_of_order"],
            row["passed"],
            row["over_limit"],
        ]
        for row in rows
    )
