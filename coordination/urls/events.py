"""Meetings, trips and workshops to which everybody may come."""

from django.urls import path

from coordination.views import events

app_name = "events"
urlpatterns = [
    path("", events.event_list, name="list"),
    path("<int:pk>/", events.event, name="event"),
    path("<int:pk>/wydarzenie.ics", events.event_calendar, name="calendar"),
]
