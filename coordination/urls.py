"""The staff's pages outside the admin: dashboard, referrals, reports."""

from django.urls import path

from coordination.views import board, drafts, plans, referrals

app_name = "coordination"
urlpatterns = [
    path("", board.dashboard, name="dashboard"),
    path("start/", board.start, name="start"),
    path("listy/<slug:name>/", board.worklist, name="worklist"),
    path("plany/<int:pk>/<int:number>.pdf", plans.plan_pdf, name="plan_pdf"),
    path("plany/pozycja/<int:pk>/", plans.plan_item, name="plan_item"),
    path("skierowania/", referrals.inbox_list, name="inbox"),
    path("skierowania/nowe/<int:case_pk>/", drafts.referral_new, name="referral_new"),
    path("skierowania/<int:pk>/", referrals.referral_detail, name="referral_detail"),
    path("skierowania/<int:pk>/otworz/", referrals.referral_open, name="referral_open"),
    path("skierowania/<int:pk>/zmien/", drafts.referral_edit, name="referral_edit"),
    path("skierowania/<int:pk>/<slug:name>/", referrals.referral_move, name="referral_move"),
]
