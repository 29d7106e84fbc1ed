"""The pages on which people say how a service was."""

from django.urls import path

from coordination.views import surveys

app_name = "survey"
urlpatterns = [
    path("", surveys.survey_enter, name="enter"),
    path("dziekujemy/", surveys.survey_thanks, name="thanks"),
    path("<str:code>/", surveys.survey_answer, name="answer"),
]
