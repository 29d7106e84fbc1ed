"""What a resident sees of services given to him, by the number and code of his request."""

from django.urls import path

from coordination.views import delivered

app_name = "delivery"
urlpatterns = [
    path("moja-sprawa/co-zrobiono/", delivered.month, name="month"),
    path("moja-sprawa/co-zrobiono/<int:pk>/", delivered.objection, name="objection"),
]
