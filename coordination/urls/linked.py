"""A referral for its receiver without an account, by the link in a mail."""

from django.urls import path

from coordination.views import links

app_name = "referral_link"
urlpatterns = [
    path("link/<str:link>/", links.link_open, name="open"),
    path("nowy-link/<str:which>/", links.link_ask, name="ask"),
    path("link-wyslany/", links.link_sent, name="sent"),
    path("<int:pk>/", links.referral_by_link, name="referral"),
    path("<int:pk>/zamknij/", links.link_leave, name="leave"),
    path("<int:pk>/skierowanie.pdf", links.sheet_by_link, name="sheet"),
    path("<int:pk>/dokument/<int:document>/", links.document_by_link, name="document"),
    path("<int:pk>/<slug:name>/", links.move_by_link, name="move"),
]
