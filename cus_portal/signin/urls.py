"""Signing in and one's own account. allauth looks for its pages by the names that begin with account_ and mfa_."""

from allauth.account import views as allauth_views
from allauth.mfa.base import views as mfa_views
from allauth.mfa.recovery_codes import views as code_views
from allauth.mfa.totp import views as app_views
from allauth.mfa.webauthn import views as key_views
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.urls import path

from cus_portal.signin import views

urlpatterns = [
    path("logowanie/", views.LoginView.as_view(), name="login"),
    path("logowanie/", views.LoginView.as_view(), name="account_login"),
    path("logowanie/drugi-krok/", views.SecondStepView.as_view(), name="mfa_authenticate"),
    path("logowanie/nie-pamietam-hasla/", views.forgotten_password, name="forgotten_password"),
    path("logowanie/konto-centrum/", views.sso_begin, name="sso_begin"),
    path("logowanie/konto-centrum/powrot/", views.sso_return, name="sso_return"),
    path("logowanie/haslo/<uidb64>/<token>/", views.PasswordByLinkView.as_view(), name="password_by_link"),
    path("wylogowanie/", login_not_required(auth_views.LogoutView.as_view()), name="logout"),
    path("konto/", views.account, name="account"),
    path("konto/", views.account, name="mfa_index"),
    path("konto/", views.account, name="mfa_list_webauthn"),
    path("konto/haslo/", views.PasswordChangeView.as_view(), name="password_change"),
    path("konto/haslo/zmienione/", auth_views.PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("konto/potwierdz/", allauth_views.reauthenticate, name="account_reauthenticate"),
    path("konto/potwierdz/kodem/", mfa_views.reauthenticate, name="mfa_reauthenticate"),
    path("konto/potwierdz/kluczem/", key_views.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("konto/aplikacja/", views.AppView.as_view(), name="mfa_activate_totp"),
    path("konto/aplikacja/usun/", app_views.deactivate_totp, name="mfa_deactivate_totp"),
    path("konto/kody/", views.PaperCodesView.as_view(), name="mfa_view_recovery_codes"),
    path("konto/kody/nowe/", code_views.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("konto/klucze/nowy/", views.AddKeyView.as_view(), name="mfa_add_webauthn"),
    path("konto/klucze/<int:pk>/usun/", views.RemoveKeyView.as_view(), name="mfa_remove_webauthn"),
    path("konto/sesje/<slug:handle>/zakoncz/", views.session_end, name="session_end"),
    path("konto/jestem/", views.stay, name="stay"),
    path("konto/niewyslane/", views.kept_form, name="kept_form"),
    path("konto/niewyslane/wyslij/", views.kept_form_send, name="kept_form_send"),
    path("konto/niewyslane/porzuc/", views.kept_form_drop, name="kept_form_drop"),
]
