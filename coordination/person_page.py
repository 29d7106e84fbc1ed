"""Which referrals the person follows by number and code, in both directions."""

from django.db.models import OuterRef, Subquery

from coordination.actions.telling import TOLD
from coordination.models import Handover, IncomingReferral, Referral
from services.models import ServiceVersion

HIDDEN = (Referral.Status.DRAFT, Referral.Status.REDIRECTED, Referral.Status.ENTERED_IN_ERROR)


def referrals_of(tracked):
    """Return the referrals that rest on a consent of this request; nothing protected: others may know the code."""
    if tracked.restricted_file_id is not None:
        return Referral.objects.none()
    rows = Referral.objects.without_secrets().filter(consent__request=tracked, statute="", kind__in=TOLD)
    return (
        rows.exclude(status__in=HIDDEN)
        .with_position()
        .annotate(service_names=ServiceVersion.objects.newest_of("service").values("card__plain_name")[:1])
        .select_related("receiver", "service", "case__coordinator", "consent")
    )


def incoming_of(tracked):
    """Return what institutions sent to the centre with the person's agreement, of this request."""
    rows = IncomingReferral.objects.without_secrets().filter(request=tracked, statute="", kind__in=TOLD)
    rows = rows.exclude(status=IncomingReferral.Status.ENTERED_IN_ERROR).select_related("sender", "request")
    standing = Handover.objects.filter(incoming=OuterRef("pk"), sent_back_on=None)
    return rows.annotate(where=Subquery(standing.values("receiver__name")))


def outcomes_to_confirm(tracked) -> int:
    """Return of how many outcomes the person has not said yet whether it was so, in one query."""
    unsaid = {"status": Referral.Status.COMPLETED, "person_said": ""}
    asked, came = (rows.filter(**unsaid).values("pk") for rows in (referrals_of(tracked), incoming_of(tracked)))
    return asked.union(came, all=True).count()
