"""Which objects of this app hold a person's data, and how they lead to him."""

from cus_portal.audit.subjects import about_person

about_person("coordination.plan", "case__resident", untold="case__restricted_file")
about_person("coordination.referral", "case__resident", untold="case__restricted_file")
about_person("coordination.datarequest", "resident")
about_person("coordination.provision", "case__resident", untold="case__restricted_file")
about_person("coordination.servicerecord", "resident", untold="provision__case__restricted_file")
