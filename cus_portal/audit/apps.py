from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "cus_portal.audit"
    label = "audit"
    verbose_name = _("audit")

    def ready(self):
        from django.utils.module_loading import autodiscover_modules

        autodiscover_modules("permissions", "subjects")
