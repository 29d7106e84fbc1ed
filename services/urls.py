from django.urls import path

from services import views

app_name = "services"
urlpatterns = [
    path("", views.home, name="home"),
    path("uslugi/", views.service_list, name="list"),
    path("uslugi/<slug:slug>/", views.service_detail, name="detail"),
]
