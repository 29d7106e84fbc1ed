"""Documents to print: the plan as it was approved."""

from datetime import date

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coordination.models import Plan
from cus_portal.documents import render_pdf

ON_PAPER = ("name", "place", "short_name", "address", "phone")


def plan_document(version) -> bytes:
    """Return the approved version as a tagged PDF with lines for the signatures."""
    content = version.content
    return render_pdf(
        "plan",
        {
            "title": _("Individual plan of social services"),
            "eyebrow": _("Case %(sign)s, version %(number)s")
            % {"sign": content["case_sign"], "number": version.number},
            "centre": {name: str(settings.CENTRE[name]) for name in ON_PAPER},
            "brand": settings.CENTRE.get("brand", "#0a5a61"),
            "facts_header": [_("What"), _("Value")],
            "person": person_rows(content, version),
            "texts": [
                [_("Recognised needs"), content["needs"]],
                [_("Goals"), content["goals"]],
            ],
            "items_title": _("Services and supporting actions"),
            "columns": [_("What"), _("Goal"), _("Carried out by"), _("Scope and amount"), _("When")],
            "items": [item_row(item) for item in content["items"]],
            "signatures_title": _("Signatures"),
            "signatures": [
                _("the person or the representative"),
                _("coordinator: %(name)s") % {"name": content["author"]},
                _("approved by: %(name)s") % {"name": content["approved_by"]},
            ],
            "date_and_signature": _("date and signature"),
        },
    )


def person_rows(content, version):
    agreement = Plan.Agreement(content["agreement"]).label if content["agreement"] else ""
    rows = [
        (_("For"), content["person"]),
        (_("Date of birth"), words(content["birth_date"])),
        (_("From"), words(content["starts_on"])),
        (_("To"), words(content["ends_on"])),
        (_("Agreed with the person"), f"{words(content['agreed_on'])}, {agreement}"),
        (_("Approved"), date_format(timezone.localtime(version.approved_at), "j E Y")),
    ]
    return [[str(term), str(value)] for term, value in rows if value]


def item_row(item):
    return [
        item["service"] or item["action"],
        item["goal"],
        item["provider"],
        item["scope"] or "–",
        f"{words(item['starts_on'])} – {words(item['ends_on'])}",
    ]


def words(day):
    return date_format(date.fromisoformat(day), "j E Y") if day else ""
