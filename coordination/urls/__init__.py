"""The staff's pages outside the admin: dashboard, referrals, reports."""

from django.urls import path

from coordination.views import absences, board, calendars, drafts, incoming, plans, referrals, reports, surveys, visits

app_name = "coordination"
urlpatterns = [
    path("", board.dashboard, name="dashboard"),
    path("start/", board.start, name="start"),
    path("kalendarz/", calendars.calendar_address, name="calendar"),
    path("zasoby/", board.resources, name="resources"),
    path("braki/", board.gaps, name="gaps"),
    path("podpis/", board.signing, name="signing"),
    path("listy/<slug:name>/", board.worklist, name="worklist"),
    path("raporty/", reports.reports, name="reports"),
    path("raporty/nowy/", reports.report_order, name="report_order"),
    path("raporty/<int:pk>/", reports.report_detail, name="report_detail"),
    path("raporty/<int:pk>/raport.xlsx", reports.report_xlsx, name="report_xlsx"),
    path("raporty/<int:pk>/raport.pdf", reports.report_pdf, name="report_pdf"),
    path("raporty/kwartal/<int:year>/<int:number>/pakiet.xlsx", reports.quarter_xlsx, name="quarter_xlsx"),
    path("raporty/kwartal/<int:year>/<int:number>/pakiet.pdf", reports.quarter_pdf, name="quarter_pdf"),
    path("raporty/niezaspokojone/<int:year>/", reports.unmet_year, name="unmet_year"),
    path("raporty/niezaspokojone/<int:year>/rejestr.xlsx", reports.unmet_year_xlsx, name="unmet_year_xlsx"),
    path("pytania/<int:pk>.pdf", surveys.survey_pdf, name="survey_pdf"),
    path("plany/<int:pk>/<int:number>.pdf", plans.plan_pdf, name="plan_pdf"),
    path("plany/pozycja/<int:pk>/", plans.plan_item, name="plan_item"),
    path("wizyty/", visits.visits, name="visits"),
    path("wizyty/nowa/", visits.visit_new, name="visit_new"),
    path("wizyty/<int:pk>/<slug:name>/", visits.visit_mark, name="visit_mark"),
    path("skierowania/", referrals.inbox_list, name="inbox"),
    path("skierowania/nieobecnosci/", absences.absences, name="absences"),
    path("skierowania/nieobecnosci/<int:pk>/koniec/", absences.absence_end, name="absence_end"),
    path("skierowania/nowe/<int:case_pk>/", drafts.referral_new, name="referral_new"),
    path("skierowania/kilka/<int:case_pk>/", drafts.referrals_new, name="referrals_new"),
    path("skierowania/nie-ma-kto/<int:case_pk>/", drafts.no_partner, name="no_partner"),
    path("skierowania/szkice/<int:case_pk>/", drafts.referral_drafts, name="referral_drafts"),
    path("skierowania/do-centrum/", incoming.sent_to_centre, name="sent_to_centre"),
    path("skierowania/do-centrum/nowe/", incoming.sent_to_centre_new, name="sent_to_centre_new"),
    path("skierowania/do-centrum/<int:pk>/", incoming.sent_to_centre_one, name="sent_to_centre_one"),
    path("skierowania/do-centrum/<int:pk>/<slug:name>/", incoming.sent_to_centre_move, name="sent_to_centre_move"),
    path("skierowania/<int:pk>/", referrals.referral_detail, name="referral_detail"),
    path("skierowania/<int:pk>/skierowanie.pdf", referrals.referral_sheet, name="referral_sheet"),
    path("skierowania/<int:pk>/otworz/", referrals.referral_open, name="referral_open"),
    path("skierowania/<int:pk>/zmien/", drafts.referral_edit, name="referral_edit"),
    path("skierowania/<int:pk>/zapisz/<slug:name>/", referrals.referral_taken_down, name="referral_taken_down"),
    path("skierowania/<int:pk>/dokument/<int:document>/", referrals.referral_document, name="referral_document"),
    path("skierowania/<int:pk>/<slug:name>/", referrals.referral_move, name="referral_move"),
]
