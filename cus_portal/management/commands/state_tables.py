"""manage.py state_tables [--check]: print every state machine of the code into docs/states.md."""

from importlib import import_module

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import module_has_submodule
from django.utils.translation import override

from cus_portal.accounts import actors
from cus_portal.accounts.permissions import registered_rules
from cus_portal.accounts.roles import ROLE_PERMISSIONS, Role
from cus_portal.workflow import STAY, Transition, Workflow

PAGE = settings.BASE_DIR / "docs" / "states.md"
WITHOUT_ACCOUNT: dict[str, type[actors.Actor]] = {
    "the public": actors.PublicActor,
    "the person": actors.LinkHolder,
    "the receiver's link": actors.ReferralLinkHolder,
    "the person's account": actors.AccountHolder,
    "the receiver's system": actors.PartnerSystem,
    "the clock": actors.SystemActor,
}
HEAD = """# States and moves

Printed from the code by `python manage.py state_tables`; change the tables in `*/workflow.py` and print anew. A move \
is made by whoever holds its permission by a role, or without an account, and only where the rule of that permission \
says yes to this one object.
"""


class Command(BaseCommand):
    help = "Print the state machines into docs/states.md; with --check, say whether the page is up to date."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true")

    def handle(self, check, **options):
        page = page_of_states()
        if not check:
            PAGE.write_text(page, encoding="utf-8")
        elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page:
            raise CommandError("docs/states.md is out of date: run manage.py state_tables.")


def workflows() -> list[Workflow]:
    """Return the state machines of all apps, by model."""
    found = []
    for app in apps.get_app_configs():
        if module_has_submodule(app.module, "workflow"):
            names = vars(import_module(f"{app.name}.workflow")).values()
            found += [one for one in names if isinstance(one, Workflow)]
    return sorted(found, key=lambda workflow: workflow.model)


def page_of_states() -> str:
    with override(None):  # the words of the code, whatever the catalogues say today
        return "\n".join([HEAD, *(table_of(workflow) for workflow in workflows())])


def table_of(workflow: Workflow) -> str:
    states = dict(apps.get_model(workflow.model)._meta.get_field("status").flatchoices)
    lines = [f"## {workflow.model}", "", "| state | meaning | whose move | leads to |", "|---|---|---|---|"]
    for status, party in workflow.waiting_for.items():
        targets = [step.target for step in workflow if status in step.sources and step.target not in (STAY, status)]
        leads_to = ", ".join(f"`{target}`" for target in dict.fromkeys(targets)) or "the end"
        lines.append(f"| `{status}` | {states[status]} | {party.label} | {leads_to} |")
    lines += ["", "| move | label | from | to | who | needs |", "|---|---|---|---|---|---|"]
    return "\n".join([*lines, *(row_of(step) for step in workflow), ""])


def row_of(step: Transition) -> str:
    target = f"`{step.target}`" if step.target else "stays"
    sources = ", ".join(f"`{status}`" for status in step.sources)
    rule = registered_rules()[step.permission].__name__.replace("_", " ")
    needs = f"`{step.permission}`: {rule}"
    return (
        f"| `{step.name}` | {step.label} | {sources} | {target} | {', '.join(who_holds(step.permission))} | {needs} |"
    )


def who_holds(permission: str) -> list[str]:
    roles = [str(role.label) for role in Role if permission in ROLE_PERMISSIONS[role]]
    return roles + [name for name, actor in WITHOUT_ACCOUNT.items() if permission in actor.permissions]
