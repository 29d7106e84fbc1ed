"""The rules of the house that no linter knows: who imports whom, who writes a status, who may ask the clock."""

import ast
import re
from functools import cache
from io import StringIO
from pathlib import Path

import polib
import pytest
from django import forms
from django.apps import apps
from django.conf import settings
from django.contrib.admin.sites import all_sites
from django.core.management import call_command
from django.db.models import PROTECT, ForeignKey, UniqueConstraint
from django.urls import URLPattern, get_resolver

from cus_portal.centre import REQUIRED
from cus_portal.management.commands import translations

ROOT = Path(settings.BASE_DIR)
PACKAGES = ["cus_portal", "services", "residents", "coordination"]  # each may import those before it, and itself
PLATFORM = {"accounts": 1, "audit": 2}
FOUNDATION = {"workdays", "env", "logs", "db", "forms", "crypto", "centre", "embedded", "providers", "settings"}
# Inside an app each file may import those of a lower or the same number; leaves are imported by nobody.
ORDER = {"models": 0, "roles": 0, "workflow": 1, "permissions": 1, "actions": 2, "filters": 3, "forms": 3}
LEAVES = {"views", "admin", "tasks", "urls", "management", "middleware", "apps"}
CLOCKS = {("date", "today"), ("datetime", "now"), ("datetime", "today"), ("datetime", "utcnow"), ("timezone", "now")}
CONVERTERS = {("timezone", "localdate"), ("timezone", "localtime")}  # these ask the clock only without an argument
# The registry of rules knows no model, and User.has_perm() asks it.
REGISTRY = ("cus_portal.accounts.models", "cus_portal.accounts.permissions")
# What somebody may do is asked anywhere, with no day at hand: the memberships in force are those of today.
TODAY_BY_NATURE = {"cus_portal.accounts.models", "residents.models.team"}
# Every page that answers somebody who has not signed in. Whoever adds one says so here.
PUBLIC = {
    *("brand_css", "robots", "health", "login", "logout", "contact", "accessibility"),
    *("account_login", "mfa_authenticate", "password_by_link", "forgotten_password", "sso_begin", "sso_return"),
    *("emergency", "about", "easy_to_read", "sign_language"),
    *("services:sheet", "services:widget", "services:widget_help", "services:sitemap", "services:sitemap_part"),
    *("demo_mails", "style_guide"),  # only where settings.DEMO is on
    *("services:home", "services:list", "services:detail", "services:map", "services:form"),
    *("services:rate_search", "services:rate_service"),
    *("services:check", "services:guide", "services:guide_question", "services:guide_end"),
    *("hsds:root", "hsds:record", "hsds:openapi", "hsds:docs"),
    # They open by the token of an institution's system, or are lists of codes.
    *("fhir:metadata", "fhir:code_system", "fhir:value_set", "fhir:tasks", "fhir:task", "fhir:service_request"),
    *("fhir:root", "fhir:nothing", "fhir:document_reference", "fhir:binary"),
    *("fhir:organizations", "fhir:organization"),
    "calendar:feed",  # opens by a signed address that its owner alone knows
    *("residents:request_new", "residents:request_step", "residents:request_check", "residents:request_done"),
    *("residents:draft_save", "residents:draft_saved", "residents:draft_open"),
    *("survey:enter", "survey:answer", "survey:thanks"),
    *("residents:complaint_new", "residents:complaint_done", "residents:complaint_status"),
    *("residents:report_new", "residents:report_done", "residents:report_answer"),
    # They open by the session of a resident's account, which is no user's.
    *("residents:my_matters", "residents:account_enter", "residents:account_link_sent", "residents:account_open"),
    *("residents:matter_join", "residents:matter_new", "residents:matter_open", "residents:matter_take_out"),
    *("residents:account_mails", "residents:account_leave_everywhere", "residents:account_delete"),
    *("residents:matter_open_filed", "residents:node_begin", "residents:node_return"),
    *("residents:node_receive", "residents:node_metadata"),
    *("residents:kept_services", "residents:service_keep", "residents:service_let_go", "residents:services_let_go"),
    *("residents:services_into_account", "residents:search_watch", "residents:watch_asked"),
    *("residents:watched_search", "residents:search_unwatch"),
    *("residents:request_forget", "residents:leave", "residents:call_back", "residents:privacy"),
    *("residents:request_track", "residents:request_status", "residents:who_looked", "residents:track_end"),
    *("events:list", "events:event", "events:calendar"),
    *("exchange:practice", "practice_data:list", "practice_data:card", "practice_data:schema"),
    *("exchange:home", "exchange:event", "exchange:event_calendar", "exchange:sign_up", "exchange:asked"),
    *("exchange:place", "exchange:people", "exchange:give_up"),  # they open by the link in a mail to a guest
    *(
        "delivery:month",
        "delivery:objection",
        "delivery:give_place_up",
        "delivery:referrals",
        "delivery:outcome",
        "delivery:give_up",
        "delivery:wait",
    ),
    *("delivery:answer", "delivery:wait"),
    # They open by the link in a mail to an institution where nobody has an account.
    *("referral_link:open", "referral_link:ask", "referral_link:sent", "referral_link:referral"),
    *("referral_link:move", "referral_link:leave", "referral_link:document", "referral_link:sheet"),
    *(
        "residents:request_messages",
        "residents:question_answer",
        "residents:attachments_add",
        "residents:contact_correct",
        "residents:request_receipt",
        "residents:request_withdraw",
        "residents:item_withdraw",
        "residents:consent_withdraw",
        "residents:place_answer",
    ),
}


def modules():
    """Return {dotted name: file} of our own code, without migrations."""
    files = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
        for file in files
        if "migrations" not in file.parts
    }


MODULES = modules()


@cache
def nodes(name):
    return [*ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8")))]


def is_package(name):
    return MODULES[name].name == "__init__.py"


def imported(name, node):
    """Return the own modules that an import statement names."""
    if isinstance(node, ast.Import):
        named = [alias.name for alias in node.names]
    else:
        base = node.module or ""
        if node.level:
            parts = name.split(".")
            parts = parts[: len(parts) - node.level + (1 if is_package(name) else 0)]
            base = ".".join([*parts, *([node.module] if node.module else [])])
        named = [f"{base}.{alias.name}" if f"{base}.{alias.name}" in MODULES else base for alias in node.names]
    return [one for one in named if one.split(".")[0] in PACKAGES]


@cache
def imports():
    return [
        (name, target)
        for name in MODULES
        for node in nodes(name)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for target in imported(name, node)
    ]


def unit(name):
    """Return the app a module belongs to; the three apps of the platform count as apps."""
    parts = name.split(".")
    inner = parts[0] == "cus_portal" and len(parts) > 1 and parts[1] in {"accounts", "audit", "notifications", "signin"}
    return ".".join(parts[:2]) if inner else parts[0]


def file_kind(name):
    """Return what a module is inside its app: models, actions, views ..."""
    return name.removeprefix(unit(name)).lstrip(".").split(".")[0]


def is_leaf(name):
    return file_kind(name) in LEAVES


def platform_rank(name):
    """Return how high a module of the platform stands: foundation, accounts, audit, the rest."""
    part = name.split(".")[1] if "." in name else ""
    if part in FOUNDATION or part == "":
        return 0
    return PLATFORM.get(part, 3)


def test_no_package_imports_one_above_it():
    wrong = [
        f"{name} imports {target}"
        for name, target in imports()
        if PACKAGES.index(target.split(".")[0]) > PACKAGES.index(name.split(".")[0])
    ]
    assert wrong == []


def test_the_platform_is_built_from_below():
    wrong = [
        f"{name} imports {target}"
        for name, target in imports()
        if name.startswith("cus_portal") and target.startswith("cus_portal") and not is_leaf(name)
        if platform_rank(target) > platform_rank(name)
    ]
    assert wrong == []


def test_inside_an_app_nobody_imports_upwards():
    wrong = [
        f"{name} imports {target}"
        for name, target in imports()
        if unit(name) == unit(target) and file_kind(name) in ORDER and file_kind(target) in ORDER
        if ORDER[file_kind(target)] > ORDER[file_kind(name)] and (name, target) != REGISTRY
    ]
    assert wrong == []


def test_views_admin_and_tasks_are_leaves():
    # An app above widens the admin of one below by a subclass: the case's page shows plans and referrals.
    # What a resident sees of his services asks for number and code as every page about his request does.
    allowed = {("urls", "views"), ("admin", "admin"), ("views", "views")}
    wrong = [
        f"{name} imports {target}"
        for name, target in imports()
        if file_kind(target) in {"views", "admin", "tasks"} and unit(target) != "cus_portal"
        if not (unit(name) == unit(target) and file_kind(name) == file_kind(target))
        and (file_kind(name), file_kind(target)) not in allowed
    ]
    assert wrong == []


def test_nobody_imports_inside_a_function_to_dodge_a_cycle():
    wrong = [
        f"{name}:{node.lineno}"
        for name in MODULES
        for function in nodes(name)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom) and imported(name, node)
    ]
    assert wrong == []


def test_our_apps_do_not_speak_by_signals():
    wrong = [
        f"{name}:{node.lineno}"
        for name in MODULES
        for node in nodes(name)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("django.db.models.signals")
    ]
    assert wrong == []


def writes_status(node):
    """Return whether a statement sets a status: by assignment, by setattr, by a queryset's update."""
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(isinstance(target, ast.Attribute) and target.attr == "status" for target in targets)
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name) and node.func.id == "setattr":
        return any(isinstance(part, ast.Constant) and part.value == "status" for part in node.args)
    if isinstance(node.func, ast.Attribute) and node.func.attr in {"update", "update_or_create", "bulk_update"}:
        named = [keyword.arg for keyword in node.keywords]
        inner = [part for argument in [*node.args, *node.keywords] for part in ast.walk(argument)]
        return "status" in named or any(isinstance(part, ast.Constant) and part.value == "status" for part in inner)
    return False


def test_only_the_workflow_writes_a_status():
    wrong = [
        f"{name}:{node.lineno}"
        for name in MODULES
        if name != "cus_portal.workflow"
        for node in nodes(name)
        if writes_status(node)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "line",
    [
        "r.status = 'x'",
        "setattr(r, 'status', 'x')",
        "R.objects.update(status='x')",
        "R.objects.bulk_update(rs, ['status'])",
    ],
)
def test_the_status_rule_sees_each_way_to_write_one(line):
    assert any(writes_status(node) for node in ast.walk(ast.parse(line)))


def asks_the_clock(node):
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    value = node.func.value
    of = value.id if isinstance(value, ast.Name) else getattr(value, "attr", "")
    called = (of, node.func.attr)
    return called in CLOCKS or (called in CONVERTERS and not node.args)


def test_below_views_and_tasks_nobody_asks_the_clock():
    allowed = LEAVES | {
        "api",
        "bulk",
        "exported",
        "context",
        "run",
        "embedded",
        "celery",
        "throttle",
        "cache",
        "adapters",
    }
    wrong = [
        f"{name}:{node.lineno}"
        for name in MODULES
        if file_kind(name) not in allowed and name not in TODAY_BY_NATURE
        for node in nodes(name)
        if asks_the_clock(node)
    ]
    assert wrong == []


def test_what_the_code_asks_of_the_centre_its_file_must_say():
    code = " ".join(file.read_text(encoding="utf-8") for file in MODULES.values())
    asked = set(re.findall(r"CENTRE\[[\"'](\w+)[\"']\]", code))
    assert "respond_within_days" in asked
    assert asked - REQUIRED == set()


def test_no_file_is_longer_than_600_lines():
    files = [*MODULES.values(), *(ROOT / "tests").rglob("*.py"), *(ROOT / "templates").rglob("*.html")]
    long = [str(file.relative_to(ROOT)) for file in files if len(file.read_text(encoding="utf-8").splitlines()) > 600]
    assert long == []


def urls(patterns, namespace=""):
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name or pattern.pattern}", pattern.callback
        else:
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from urls(pattern.url_patterns, inner)


def test_the_pages_without_sign_in_are_a_written_list():
    found = {name for name, view in urls(get_resolver().url_patterns) if not getattr(view, "login_required", True)}
    assert found == PUBLIC


def test_every_text_has_a_polish_translation_and_none_is_a_guess():
    call_command("translations", "check", stdout=StringIO())


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda entries: entries.pop(0), "not in the catalogue"),
        (lambda entries: setattr(entries[0], "msgstr", ""), "not translated"),
        (lambda entries: entries[0].flags.append("fuzzy"), "fuzzy"),
    ],
)
def test_one_missing_or_fuzzy_text_is_found_and_named(spoil, said):
    catalogue = polib.POFile()
    catalogue += [polib.POEntry(msgid="Accept", msgstr="Przyjmij"), polib.POEntry(msgid="Ask", msgstr="Zapytaj")]
    found = {("", "Accept"): ("", ["views.py"]), ("", "Ask"): ("", ["views.py"])}
    assert list(translations.missing_texts(catalogue, found)) == []
    spoil(catalogue)
    (problem,) = translations.missing_texts(catalogue, found)
    assert problem.startswith(said)
    assert "'Accept'" in problem


def test_case_62_nothing_about_people_goes_with_an_institution_a_service_or_a_user():
    goes = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in {"residents", "coordination"} and not hasattr(model, "pgh_tracked_model")
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey) and field.related_model._meta.app_label in {"accounts", "services"}
        if field.remote_field.on_delete is not PROTECT
    ]
    assert goes == ["KeptService.service"]  # a bookmark of one's own


def edited_by_hand():
    """Yield the models that somebody types in a form made from the model: in the admin, in its rows, on a page."""
    rooms = [room for site in all_sites for room in site._registry.values() if getattr(room, "editable", False)]
    yield from {model for room in rooms for model in (room.model, *(part.model for part in room.inlines))}
    kinds = [forms.ModelForm]
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        if kind is not forms.ModelForm and kind._meta.model and kind.__module__.startswith(tuple(PACKAGES)):
            yield kind._meta.model


def test_a_rule_that_somebody_can_break_in_a_form_says_so_in_words_and_at_a_field():
    assert get_resolver().url_patterns  # all forms are imported
    silent, nowhere = set(), set()
    for model in edited_by_hand():
        fields = {field.name for field in model._meta.get_fields()}
        for rule in model._meta.constraints:
            is_plain = isinstance(rule, UniqueConstraint) and rule.condition is None  # Django names the fields itself
            if rule.violation_error_message == rule.default_violation_error_message and not is_plain:
                silent.add(rule.name)
            if (rule.violation_error_code or model._meta.pk.name) not in fields:
                nowhere.add(rule.name)
    assert (silent, nowhere) == (set(), set())
