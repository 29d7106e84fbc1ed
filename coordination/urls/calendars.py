"""What calendar programs read."""

from django.urls import path

from coordination.views import calendars

app_name = "calendar"
urlpatterns = [path("<str:feed>.ics", calendars.calendar_feed, name="feed")]
