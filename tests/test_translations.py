"""manage.py translations: texts are found, translations kept, gaps and broken placeholders named."""

import gettext

import polib
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import translation
from django.utils.translation.reloader import translation_file_changed

from cus_portal.management.commands import translations
from cus_portal.management.commands.translations import broken_texts, extract, missing_texts, refresh

CODE = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext
label = _("Accept")
long = _("one "
         "sentence")
def days(n):
    return ngettext("%(n)s day", "%(n)s days", n) + pgettext("month", "May") + other("not a text")
"""
PAGE = """{% load i18n %}
<div>
    <h1 title="it's">{% translate "Your turn" %}</h1>
  <p>{% blocktranslate trimmed count n=days %}
       {{ n }} day
     {% plural %}
       {{ n }} days
     {% endblocktranslate %}</p>{% include "x.html" with label=_("Accept") only %}
</div>
"""


@pytest.fixture
def project(tmp_path, settings):
    """A small project with one module and one page, and settings that point to it."""
    settings.BASE_DIR, settings.LOCALE_PATHS = tmp_path, [tmp_path / "locale"]
    for name, text in {
        "services/forms.py": CODE,
        "services/migrations/0001.py": CODE,
        "templates/a.html": PAGE,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_texts_are_found_in_code_and_pages(project):
    assert extract(project) == {
        ("", "%(n)s day"): ("%(n)s days", ["services/forms.py", "templates/a.html"]),
        ("", "Accept"): ("", ["services/forms.py", "templates/a.html"]),
        ("", "Your turn"): ("", ["templates/a.html"]),
        ("", "one sentence"): ("", ["services/forms.py"]),
        ("month", "May"): ("", ["services/forms.py"]),
    }


def test_update_keeps_translations_and_drops_what_no_code_says():
    old = polib.POFile()
    old.append(polib.POEntry(msgid="Accept", msgstr="Przyjmij"))
    old.append(polib.POEntry(msgid="Gone", msgstr="Nie ma"))
    new = refresh("pl", old, {("", "Zebra"): ("", ["z.py"]), ("", "Accept"): ("", ["b.py", "a.html"])})
    assert [(entry.msgid, entry.msgstr, entry.occurrences) for entry in new] == [
        ("Accept", "Przyjmij", [("b.py", ""), ("a.html", "")]),
        ("Zebra", "", [("z.py", "")]),
    ]


def test_update_run_twice_changes_nothing(project):
    call_command("translations", "update", verbosity=0)
    first = translations.path("pl").read_bytes()
    call_command("translations", "update", verbosity=0)
    assert translations.path("pl").read_bytes() == first


@pytest.mark.parametrize(
    ("count", "said"), [(1, "1 dzień"), (2, "2 dni"), (5, "5 dniów"), (12, "12 dniów"), (22, "22 dni"), (0, "0 dniów")]
)
def test_polish_plurals_are_counted_the_polish_way(project, count, said):
    call_command("translations", "update", verbosity=0)
    catalogue = translations.read("pl")
    catalogue.find("%(n)s day").msgstr_plural = {0: "%(n)s dzień", 1: "%(n)s dni", 2: "%(n)s dniów"}
    catalogue.save()
    call_command("translations", "compile", verbosity=0)
    with translations.path("pl").with_suffix(".mo").open("rb") as file:
        assert gettext.GNUTranslations(file).ngettext("%(n)s day", "%(n)s days", count) % {"n": count} == said


def test_the_process_that_compiles_speaks_the_new_words_at_once(project):
    """The demonstration is written by the process that compiled: an English one stays English for good."""
    with translation.override("pl"):
        assert translation.gettext("Your turn to see it") == "Your turn to see it"
        path = translations.path("pl")
        path.parent.mkdir(parents=True)
        catalogue = refresh("pl", polib.POFile(), {("", "Your turn to see it"): ("", ["a.py"])})
        catalogue.find("Your turn to see it").msgstr = "Twoja kolej"
        catalogue.save(str(path))
        call_command("translations", "compile", verbosity=0)
        assert translation.gettext("Your turn to see it") == "Twoja kolej"
    translation_file_changed(None, path.with_suffix(".mo"))


def test_check_names_what_is_missing(project):
    call_command("translations", "update", verbosity=0)
    with pytest.raises(CommandError, match="not translated: 'Your turn'"):
        call_command("translations", "check")


def test_missing_fuzzy_and_unknown_texts_are_named():
    catalogue = polib.POFile()
    catalogue.append(polib.POEntry(msgid="Guessed", msgstr="Zgadnięte", flags=["fuzzy"]))
    catalogue.append(polib.POEntry(msgid="Good", msgstr="Dobre"))
    found = {("", "Guessed"): ("", ["a.py"]), ("", "Good"): ("", ["a.py"]), ("", "New"): ("", ["a.py"])}
    fuzzy, unknown = missing_texts(catalogue, found)
    assert fuzzy == "fuzzy: 'Guessed' (a.py)"
    assert unknown == "not in the catalogue (run `manage.py translations update`): 'New' (a.py)"


@pytest.mark.parametrize(
    ("msgid", "msgstr", "broken"),
    [
        ("Until %(day)s", "Do %(day)s", 0),
        ("Until %(day)s", "Do %(dzień)s", 1),
        ("Until %(day)s", "Do końca", 1),
        ("{name} asks", "{name} pyta", 0),
        ("100% free", "100% za darmo", 0),
    ],
)
def test_a_translation_must_keep_the_placeholders(msgid, msgstr, broken):
    catalogue = polib.POFile()
    catalogue.append(polib.POEntry(msgid=msgid, msgstr=msgstr))
    assert len(list(broken_texts(catalogue))) == broken


STAFF_PAGES = ("templates/signin/", "templates/registration/", "templates/403_blocked.html")
MAILS_TO_PEOPLE = tuple(f"templates/mail/{name}" for name in ("exchange_", "help_", "how_was_it", "place_", "still_"))


def test_no_page_or_mail_for_the_public_falls_back_to_polish_in_ukrainian():
    """The rooms of the staff speak Polish; what residents and other municipalities read is in Ukrainian too."""
    whole = {
        file.relative_to(settings.BASE_DIR).as_posix()
        for file in (settings.BASE_DIR / "templates").rglob("*.html")
        if '{% extends "base.html" %}' in file.read_text(encoding="utf-8")
    }
    missing = [
        (entry.msgid, place)
        for entry in translations.read("uk").untranslated_entries()
        for place, _line in entry.occurrences
        if place.startswith(MAILS_TO_PEOPLE) or (place in whole and not place.startswith(STAFF_PAGES))
    ]
    assert missing == []
