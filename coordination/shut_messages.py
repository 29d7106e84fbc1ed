"""Messages about what belongs to a case that is closed to somebody, and about protected referrals."""

from django.db.models import Q

from coordination.models import IncomingReferral, Plan, Provision, Referral
from cus_portal.notifications.shut import shuts_messages
from residents.models import Case


@shuts_messages
def plans_and_referrals(user) -> Q:
    cases = [key for shut in Case.objects.shut_to(user) for key in shut.values_list("pk", flat=True)]
    protected = Referral.objects.protected_from(user).values("pk")
    found = Q(about_type=Referral._meta.label_lower, about_id__in=protected)
    came = IncomingReferral.objects.protected_from(user) | IncomingReferral.objects.shut_to(user)
    found |= Q(about_type=IncomingReferral._meta.label_lower, about_id__in=came.values("pk"))
    for model in (Plan, Referral, Provision) if cases else ():
        keys = list(model.objects.filter(case__in=cases).values_list("pk", flat=True))
        found |= Q(about_type=model._meta.label_lower, about_id__in=keys)
    return found
