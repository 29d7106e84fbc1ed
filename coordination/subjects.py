"""Which objects of this app hold a person's data, and how they lead to him."""

from django.db.models import Q

from coordination.models import Referral
from cus_portal.audit.subjects import about_person

PROTECTED = Q(confidentiality=Referral.Confidentiality.PROTECTED)

about_person("coordination.plan", "case__resident", untold="case__restricted_file")
about_person("coordination.referral", "case__resident", untold="case__restricted_file", secret=PROTECTED)
about_person("coordination.incomingreferral", "request__resident", untold="request__restricted_file", secret=PROTECTED)
about_person("coordination.datarequest", "resident")
about_person("coordination.provision", "case__resident", untold="case__restricted_file")
about_person("coordination.servicerecord", "resident", untold="provision__case__restricted_file")
