from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "cus_portal.notifications"
    label = "notifications"
    verbose_name = _("messages")

    def ready(self):
        from django.utils.module_loading import autodiscover_modules

        autodiscover_modules("shut_messages")
