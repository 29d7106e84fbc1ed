"""The sitemap: every public page of the catalogue in each of its languages, in parts that are quickly made."""

from django.contrib.sitemaps import Sitemap
from django.db.models import Max
from django.urls import reverse

from services.models import ServiceVersion

ADDRESSES_IN_A_PART = 300


class Pages(Sitemap):
    i18n = alternates = x_default = True

    def items(self):
        return [
            *("services:home", "services:list", "services:guide", "contact", "about", "emergency"),
            *("easy_to_read", "sign_language", "accessibility"),
        ]

    def location(self, item):
        return reverse(item)


class Services(Sitemap):
    i18n = alternates = x_default = True
    limit = ADDRESSES_IN_A_PART

    def items(self):
        return ServiceVersion.objects.listed().only("slug", "modified_at").order_by("pk")

    def lastmod(self, version):
        return version.modified_at

    def get_latest_lastmod(self):
        return ServiceVersion.objects.listed().aggregate(newest=Max("modified_at"))["newest"]


SITEMAPS = {"strony": Pages, "uslugi": Services}
