from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.core import checks
from django.db.models import Field

from cus_portal.brand import check_brand_colours
from cus_portal.planned import Among


class PlatformConfig(AppConfig):
    name = "cus_portal"
    default = True

    def ready(self):
        checks.register(check_brand_colours)
        Field.register_lookup(Among)


class PortalAdminConfig(admin_apps.AdminConfig):
    default = False
    default_site = "cus_portal.admin.PortalAdminSite"
