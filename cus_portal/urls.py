"""The root URLs: public pages in three languages; staff pages, the admin and the open data in Polish."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from cus_portal import site_urls

urlpatterns = [
    *site_urls.in_one_language,
    path("", include("cus_portal.signin.urls")),
    path("admin/", admin.site.urls),
    path("praca/", include("coordination.urls")),
    path("skierowanie/", include("coordination.urls.linked")),
    path("api/hsds/", include("services.api.urls")),
    path("api/dobre-praktyki/", include("coordination.urls.practice_data")),
    path("api/fhir/", include("coordination.urls.fhir")),
]
urlpatterns += i18n_patterns(
    *site_urls.in_each_language,
    path("", include("services.urls")),
    path("ankieta/", include("coordination.urls.public")),
    path("kalendarz/", include("coordination.urls.calendars")),
    path("wydarzenia/", include("coordination.urls.events")),
    path("dla-gmin/", include("coordination.urls.exchange")),
    path("", include("residents.urls")),
    path("", include("coordination.urls.delivered")),
    prefix_default_language=False,
)

handler403 = "cus_portal.views.permission_denied"
handler500 = "cus_portal.views.server_error"
