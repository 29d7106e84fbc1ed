"""What the tests of the organiser's room share: a second organiser, a public entry, what a form is filled with."""

from datetime import date

from cus_portal.accounts.models import Membership, User
from cus_portal.accounts.roles import Role
from cus_portal.audit.log import record
from services.models import Service, ServiceVersion
from services.publishing import publish_all
from tests import personas
from tests.factories import NOW, make_service


def second_organiser():
    user, created = User.objects.get_or_create(
        email="marta@demo.example", defaults={"first_name": "Marta", "last_name": "Czyż"}
    )
    if created:
        Membership.objects.create(
            user=user,
            institution=personas.institution(personas.CENTRE),
            role=Role.ORGANISER,
            valid_from=date(2020, 1, 1),
        )
        personas.authorise(user)
    return user


def make_public(plain_name="Terapia logopedyczna", **fields):
    """Return a service whose published version people read."""
    service = make_service(plain_name, **fields)
    publish_all(now=NOW)
    return service


def written_by(user, service, **fields):
    """Change the draft as the user's form does."""
    Service.objects.filter(pk=service.pk).update(**fields)
    record("service.change", service, by=user, fields=sorted(fields))
    service.refresh_from_db()
    return service


def public(service):
    return ServiceVersion.objects.current().get(service=service)


def filled(response, **changes):
    """Return what a browser would send back from a page of the admin, with these fields changed."""
    forms = [response.context["adminform"].form]
    for inline in response.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    data = {"seen": response.context["seen"]} if "seen" in response.context else {}
    for inline in response.context["inline_admin_formsets"]:
        if "seen" in data and inline.has_change_permission:
            data[f"{inline.formset.prefix}-seen"] = inline.formset.seen
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is None or value is False or bound.field.disabled:
                continue
            if isinstance(value, list | tuple):
                value = [getattr(one, "pk", one) for one in value]
            data[bound.html_name] = value
    return data | changes


def row(response, prefix, number=0, **values):
    """Return the fields of one more row of a part, with its count."""
    return {f"{prefix}-TOTAL_FORMS": number + 1, **{f"{prefix}-{number}-{name}": one for name, one in values.items()}}
