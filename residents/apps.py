from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ResidentsConfig(AppConfig):
    name = "residents"
    verbose_name = _("requests and cases")

    def ready(self):
        from django.utils.module_loading import autodiscover_modules

        autodiscover_modules("consents", "protection")
