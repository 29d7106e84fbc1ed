"""Passwords and codes as they are typed. Each guess at a code is counted in the database."""

from allauth.account.forms import ReauthenticateForm
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as ReauthenticateByCodeForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm, DeactivateTOTPForm
from allauth.mfa.totp.internal.auth import validate_totp_code
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, SetPasswordForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cus_portal.forms import PortalForm, PortalFormMixin
from cus_portal.throttle import hit_now

TRIES, MINUTES = 10, 15
TOO_MANY = _("Too many tries. Wait fifteen minutes, then try again.")


class SignInForm(PortalFormMixin, AuthenticationForm):
    def clean_username(self):
        """Write the name as the account has it, or each way to write it would have tries of its own."""
        return self.cleaned_data["username"].lower()


class NewPasswordForm(PortalFormMixin, PasswordChangeForm):
    pass


class PasswordByLinkForm(PortalFormMixin, SetPasswordForm):
    pass


class ForgottenPasswordForm(PortalForm):
    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))


def count_try(user):
    if not hit_now("second-factor", user.pk, limit=TRIES, minutes=MINUTES):
        raise ValidationError(TOO_MANY, code="too_many")


def codes_of(user):
    """Return the second steps of a user that are a code to type."""
    return Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.WEBAUTHN)


class CodeMixin(PortalFormMixin):
    """A code of the application, or one of the codes on paper. A code opens once: that holds without Redis too."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label = _("Code")
        field.widget = forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "w-short", "spellcheck": "false"}
        )

    def clean_code(self):
        count_try(self.user)
        code = self.cleaned_data["code"].replace(" ", "")
        for known in codes_of(self.user):
            if self.opens(known, code):
                known.user = self.user
                self.authenticator = known
                return code
        raise self.wrong()

    def opens(self, known, code):
        if known.type == Authenticator.Type.RECOVERY_CODES:
            return known.wrap().validate_code(code)
        return validate_totp_code(decrypt(known.data["secret"]), code) and self.is_new(code)

    def is_new(self, code):
        return hit_now("used-code", f"{self.user.pk}:{code}", limit=1, minutes=5)

    @staticmethod
    def wrong():
        return ValidationError(
            _("This code is wrong or was used already. Wait for the next one and type it."), code="incorrect_code"
        )


class SecondStepForm(CodeMixin, AuthenticateForm):
    pass


class ConfirmByCodeForm(CodeMixin, ReauthenticateByCodeForm):
    pass


class ConfirmByPasswordForm(PortalFormMixin, ReauthenticateForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("Your password")
        self.fields["password"].widget.attrs.pop("placeholder", None)

    def clean_password(self):
        count_try(self.user)
        if not self.user.check_password(self.cleaned_data["password"]):
            raise ValidationError(_("This is not your password."), code="incorrect_password")
        return self.cleaned_data["password"]


class ActivateAppForm(CodeMixin, ActivateTOTPForm):
    def clean_code(self):
        count_try(self.user)
        code = self.cleaned_data["code"].replace(" ", "")
        if not (validate_totp_code(self.secret, code) and self.is_new(code)):
            raise self.wrong()
        return code


class DeactivateAppForm(PortalFormMixin, DeactivateTOTPForm):
    pass


class AddKeyForm(PortalFormMixin, AddWebAuthnForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("What you call this key")
        self.fields["name"].max_length = 60
