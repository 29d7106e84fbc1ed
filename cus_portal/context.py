"""What every page knows: the centre's facts, the menus, whether this is a demonstration."""

from dataclasses import dataclass
from hashlib import sha256

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from cus_portal.brand import brand_css


@dataclass(frozen=True)
class NavItem:
    label: str
    url: str
    current: bool


PUBLIC_PAGES = (
    (_("Services"), "services:list"),
    (_("My case"), "residents:request_track"),
    (_("Contact"), "contact"),
)
# Label, URL name, the permissions of which one opens the page to somebody (empty: everyone with admin access).
STAFF_PAGES = (
    (_("Dashboard"), "coordination:dashboard", ("coordination.view_dashboard",)),
    (_("Inbox"), "coordination:inbox", ("coordination.view_inbox",)),
    (_("My visits"), "coordination:visits", ("coordination.view_visits",)),
    (_("Reports"), "coordination:reports", ("coordination.view_report",)),
    (_("Office"), "admin:index", ()),
)


def centre(request):
    """Return the variables of every template; the menus cost nothing until a template draws them."""
    return {
        "centre": settings.CENTRE | {"brand_version": brand_version()},
        "demo": settings.DEMO,
        "idle_minutes": settings.IDLE_MINUTES,
        "nav": SimpleLazyObject(lambda: navigation(request)),
    }


def brand_version() -> str:
    return sha256(brand_css(settings.CENTRE).encode()).hexdigest()[:8]


def navigation(request) -> dict[str, list[NavItem]]:
    """Return the public menu and, for people who signed in, the menu of their rooms."""
    user = getattr(request, "user", None)
    staff = []
    if user is not None and user.is_authenticated:
        staff = [
            (label, name)
            for label, name, permissions in STAFF_PAGES
            if (any(user.has_perm(one) for one in permissions) if permissions else user.is_staff)
        ]
    public = _items(PUBLIC_PAGES, request.path)
    here = next((item.url for item in public if item.current), "")
    return {"public": public, "here": here, "staff": _items(staff, request.path)}


def _items(pages, path) -> list[NavItem]:
    found = []
    for label, name in pages:
        try:
            found.append((label, reverse(name)))
        except NoReverseMatch:  # a portal may be run without one of the apps
            continue
    # The longest address that begins this page's path is the place we are at.
    here = max((url for _label, url in found if path.startswith(url)), key=len, default="")
    return [NavItem(label, url, url == here) for label, url in found]
