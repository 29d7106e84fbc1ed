"""The addresses of the open data. Only the door is read at start-up; the rest when somebody first asks."""

from django.urls import path

from services.api import views

app_name = "hsds"
urlpatterns = [
    path("", views.door, name="root"),
    path("docs", views.docs, name="docs"),
    path("openapi.json", views.openapi, name="openapi"),
    path("<path:rest>", views.door, name="record"),
]
