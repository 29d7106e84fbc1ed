"""The resident's pages. No address holds anything about a person."""

from django.urls import path

from residents import views

app_name = "residents"
urlpatterns = [
    path("zgloszenie/", views.request_new, name="request_new"),
    path("zgloszenie/sprawdz/", views.request_check, name="request_check"),
    path("zgloszenie/przyjete/", views.request_done, name="request_done"),
    path("zgloszenie/od-nowa/", views.request_forget, name="request_forget"),
    path("zgloszenie/na-pozniej/", views.draft_save, name="draft_save"),
    path("zgloszenie/zapisane/", views.draft_saved, name="draft_saved"),
    path("zgloszenie/wroc/<str:link>/", views.draft_open, name="draft_open"),
    path("zgloszenie/wyjscie/", views.leave, name="leave"),
    path("zgloszenie/<slug:step>/", views.request_step, name="request_step"),
    path("oddzwonimy/", views.call_back, name="call_back"),
    path("zglos-potrzebe/", views.report_new, name="report_new"),
    path("zglos-potrzebe/przyjete/", views.report_done, name="report_done"),
    path("zglos-potrzebe/odpowiedz/", views.report_answer, name="report_answer"),
    path("moja-sprawa/", views.request_track, name="request_track"),
    path("moja-sprawa/stan/", views.request_status, name="request_status"),
    path("moja-sprawa/kto-ogladal/", views.who_looked, name="who_looked"),
    path("moja-sprawa/wiadomosci/", views.request_messages, name="request_messages"),
    path("moja-sprawa/odpowiedz/", views.question_answer, name="question_answer"),
    path("moja-sprawa/dokumenty/", views.attachments_add, name="attachments_add"),
    path("moja-sprawa/kontakt/", views.contact_correct, name="contact_correct"),
    path("moja-sprawa/potwierdzenie/", views.request_receipt, name="request_receipt"),
    path("moja-sprawa/wycofaj/", views.request_withdraw, name="request_withdraw"),
    path("moja-sprawa/wycofaj/<int:position>/", views.item_withdraw, name="item_withdraw"),
    path("moja-sprawa/zakoncz/", views.track_end, name="track_end"),
    path("moje-sprawy/", views.my_matters, name="my_matters"),
    path("moje-sprawy/wejscie/", views.account_enter, name="account_enter"),
    path("moje-sprawy/link-wyslany/", views.account_link_sent, name="account_link_sent"),
    path("moje-sprawy/wejscie/<str:link>/", views.account_open, name="account_open"),
    path("moje-sprawy/dodaj/", views.matter_join, name="matter_join"),
    path("moje-sprawy/nowe/", views.matter_new, name="matter_new"),
    path("moje-sprawy/<int:pk>/otworz/", views.matter_open, name="matter_open"),
    path("moje-sprawy/<int:pk>/wyjmij/", views.matter_take_out, name="matter_take_out"),
    path("moje-sprawy/powiadomienia/", views.account_mails, name="account_mails"),
    path("moje-sprawy/wyloguj-wszedzie/", views.account_leave_everywhere, name="account_leave_everywhere"),
    path("moje-sprawy/usun/", views.account_delete, name="account_delete"),
    path("ochrona-danych/", views.privacy, name="privacy"),
]
