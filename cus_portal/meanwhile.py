"""What somebody else saved while a form was open: it refuses to be written over unseen, and both versions are shown."""

import re

from django.core.exceptions import ValidationError
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _


class SeenStateForm:
    """Goes before a model form of the admin: refuses to write over what somebody saved since the page was opened.

    What is saved now stands as rows of (term, value) in `meanwhile`; the next press is made in the knowledge of it.
    """

    meanwhile = ()

    def clean(self):
        data = super().clean()
        if self.data.get("seen", fingerprint(self.instance)) != fingerprint(self.instance):
            columns = {field.name for field in (*self._meta.model._meta.fields, *self._meta.model._meta.many_to_many)}
            differs = [name for name in self.changed_data if name in columns]
            self.meanwhile = [(self.fields[name].label, shown(self.instance, name)) for name in differs]
            raise ValidationError(
                _(
                    "Somebody has changed this meanwhile. What it says now stands below, and what you typed is kept."
                    " Save again to write yours."
                ),
                code="stale",
            )
        return data


def shown(obj, name):
    """Return the value of a field as people read it."""
    field = obj._meta.get_field(name)
    if field.many_to_many:
        return ", ".join(str(one) for one in getattr(obj, name).all())
    value = getattr(obj, f"get_{name}_display", lambda: getattr(obj, name))()
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "–" if value in ("", None) else value


def fingerprint(obj):
    """Return a short hash of the row. A sign-in is no change of a person."""
    values = {field.attname: getattr(obj, field.attname) for field in obj._meta.concrete_fields}
    values.pop("last_login", None)
    return salted_hmac("cus_portal.admin.seen", repr(values), algorithm="sha256").hexdigest()[:16]


def seen_version(request, obj):
    """Let a move start from the version the person saw, so that a change since then refuses it."""
    version = request.POST.get("version", "")
    if re.fullmatch(r"[0-9]{1,9}", version) and hasattr(obj, "version"):
        obj.version = int(version)


def is_stale(fresh, version):
    return str(getattr(fresh, "version", "")) != str(version)


def said_meanwhile(fresh, form):
    """Return as rows of (term, value) what the object says now where something else was typed.

    Only of a form that begins with what the object says: whoever does something else with it looks at it anew.
    """
    columns = {field.name for field in fresh._meta.concrete_fields} & form.initial.keys() & form.cleaned_data.keys()
    begun = [name for name in form.fields if name in columns and form.initial[name] == getattr(fresh, name)]
    return [
        (form.fields[name].label, form.initial[name]) for name in begun if form.cleaned_data[name] != form.initial[name]
    ]
