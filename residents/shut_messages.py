"""Messages about what is closed to somebody: the outbox names numbers, and a number tells that there is a file."""

from django.db.models import Q

from cus_portal.notifications.shut import shuts_messages
from residents.models import Case, Resident, ServiceRequest
from residents.models.restricted import OVERSEE

OF_KEEPERS = ("restricted_filed", "break_glass", "number_to_check")


@shuts_messages
def closed_files(user) -> Q:
    """Whoever is written to or told of is in a closed file, or somebody whom the user knows."""
    found = Q(pk=None) if user.granted(OVERSEE) else Q(template__in=OF_KEEPERS)
    for model, fact in ((ServiceRequest, "request_id"), (Case, "case_id"), (Resident, "resident_id")):
        keys = [key for shut in model.objects.shut_to(user) for key in shut.values_list("pk", flat=True)]
        if keys:
            label = model._meta.label_lower
            found |= Q(recipient_type=label, recipient_id__in=keys) | Q(about_type=label, about_id__in=keys)
            # Without has_key the answer about a message that lacks the fact is neither yes nor no.
            found |= Q(**{"context__has_key": fact, f"context__{fact}__in": keys})
    return found
