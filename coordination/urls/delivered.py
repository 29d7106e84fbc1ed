"""What a resident sees of services given to him, by the number and code of his request."""

from django.urls import path

from coordination.views import delivered, said

app_name = "delivery"
urlpatterns = [
    path("moja-sprawa/co-zrobiono/", delivered.month, name="month"),
    path("moja-sprawa/co-zrobiono/<int:pk>/", delivered.objection, name="objection"),
    path("moja-sprawa/oddaje-miejsce/<int:position>/", delivered.give_place_up, name="give_place_up"),
    path("moja-sprawa/instytucje/", said.referrals, name="referrals"),
    path("moja-sprawa/instytucje/<int:pk>/", said.outcome, name="outcome"),
    path("moja-sprawa/instytucje/do-nas/<int:pk>/", said.answer, name="answer"),
    path("moja-sprawa/instytucje/<int:pk>/rezygnuje/", said.give_up, name="give_up"),
    path("moja-sprawa/instytucje/<int:pk>/czekam/", said.wait, name="wait"),
]
