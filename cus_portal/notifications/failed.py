"""Who keeps addresses is told when one does not take mails: the platform knows no contact of anybody."""

from collections.abc import Callable

from django.apps import apps

_told: dict[str, Callable] = {}


def told_of_failed_mail(model: str):
    """Register a function (recipient, now) called when an address of such a recipient refused a mail for good."""

    def register(function: Callable) -> Callable:
        if model in _told:
            raise ValueError(f"Somebody is told of {model} already.")
        _told[model] = function
        return function

    return register


def tell_of_failed_mail(row, *, now) -> None:
    """Tell the keeper of the recipient's address; nobody, where there is none."""
    told = _told.get(row.recipient_type)
    recipient = told and apps.get_model(row.recipient_type)._base_manager.filter(pk=row.recipient_id).first()
    if recipient:
        told(recipient, now=now)
