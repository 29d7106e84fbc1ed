"""What the centre shows other municipalities: good practice, events, signing up for them."""

from django.urls import path

from coordination.views import exchange, practice

app_name = "exchange"
urlpatterns = [
    path("", exchange.exchange_home, name="home"),
    path("dobre-praktyki/<slug:code>/", practice.practice, name="practice"),
    path("wydarzenia/<int:pk>/", exchange.event, name="event"),
    path("wydarzenia/<int:pk>/wydarzenie.ics", exchange.event_calendar, name="event_calendar"),
    path("wydarzenia/<int:pk>/zapis/", exchange.sign_up, name="sign_up"),
    path("zapis/sprawdz-poczte/", exchange.sign_up_asked, name="asked"),
    path("zapis/<str:link>/", exchange.place, name="place"),
    path("zapis/<str:link>/osoby/", exchange.people, name="people"),
    path("zapis/<str:link>/rezygnacja/", exchange.give_up, name="give_up"),
]
