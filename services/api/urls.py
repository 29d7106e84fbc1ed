"""The addresses of the open data. Only the door is read at start-up; the rest when somebody first asks."""

from django.urls import path, register_converter
from django.urls.converters import PathConverter

from services.api import views


class AnyPath(PathConverter):
    """Line breaks too: whatever is asked for here is answered as the standard says, in JSON."""

    regex = r"[\s\S]+"


register_converter(AnyPath, "any_path")
app_name = "hsds"
urlpatterns = [
    path("", views.door, name="root"),
    path("docs", views.docs, name="docs"),
    path("openapi.json", views.openapi, name="openapi"),
    path("<any_path:rest>", views.door, name="record"),
]
