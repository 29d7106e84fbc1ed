"""Good-practice cards as data."""

from django.urls import path

from coordination.views import practice

app_name = "practice_data"
urlpatterns = [
    path("", practice.practices_data, name="list"),
    path("schema.json", practice.practice_schema, name="schema"),
    path("<slug:code>.json", practice.practice_data, name="card"),
]
