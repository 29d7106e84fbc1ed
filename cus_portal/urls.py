"""The root URLs: public pages in three languages, staff pages in Polish, the admin."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("praca/", include("coordination.urls")),
]
urlpatterns += i18n_patterns(
    path("", include("services.urls")),
    path("", include("residents.urls")),
    prefix_default_language=False,
)
