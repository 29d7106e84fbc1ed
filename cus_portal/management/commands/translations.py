"""manage.py translations update | compile | check: the catalogues in locale/, without system gettext.

update writes the msgids found in code and templates into each language's django.po, compile makes the .mo files,
check fails where Polish lacks a translation or where any language breaks a placeholder.
"""

import io
import re
from collections import defaultdict
from pathlib import Path

import polib
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation.reloader import translation_file_changed
from django.utils.translation.template import templatize

PACKAGES = ["cus_portal", "services", "residents", "coordination"]
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLURALS = {
    "pl": "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);",
    "uk": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);",
}
COMPLETE = "pl"  # the language that must not miss a word
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


class Command(BaseCommand):
    help = "Keep the translations in locale/: update, compile, check."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("action", choices=["update", "compile", "check"])

    def handle(self, action, **options):
        getattr(self, action)()

    def update(self):
        found = extract(settings.BASE_DIR)
        for language in PLURALS:
            catalogue = refresh(language, read(language), found)
            path(language).parent.mkdir(parents=True, exist_ok=True)
            catalogue.save(str(path(language)))
            missing = len(catalogue.untranslated_entries())
            self.stdout.write(f"{language}: {len(catalogue)} texts, {missing} without a translation.")

    def compile(self):
        for language in PLURALS:
            source, target = path(language), path(language).with_suffix(".mo")
            if source.exists() and not (target.exists() and target.stat().st_mtime >= source.stat().st_mtime):
                draft = target.with_suffix(".new")
                read(language).save_as_mofile(str(draft))
                draft.replace(target)
                translation_file_changed(None, target)  # this process has read the older one, or none
                self.stdout.write(f"{language}: compiled.")

    def check(self):
        problems = [*missing_texts(read(COMPLETE), extract(settings.BASE_DIR))]
        for language in PLURALS:
            problems += [f"{language}: {problem}" for problem in broken_texts(read(language))]
        if problems:
            raise CommandError("\n".join(["The translations are not complete:", *problems]))
        self.stdout.write("The translations are complete.")


def path(language):
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"


def read(language):
    if path(language).exists():
        return polib.pofile(str(path(language)), wrapwidth=100)
    return polib.POFile(wrapwidth=100)


# -- what the code says ---------------------------------------------------------------------------
def extract(root):
    """Return {(context, msgid): (plural, [files])} of every text that code and templates mark for translation."""
    found = defaultdict(lambda: ["", set()])
    for file in sources(root):
        for key, plural in texts(file):
            found[key][0] = found[key][0] or plural
            found[key][1].add(file.relative_to(root).as_posix())
    return {key: (plural, sorted(files)) for key, (plural, files) in sorted(found.items())}


def sources(root):
    for package in PACKAGES:
        yield from (file for file in sorted((root / package).rglob("*.py")) if "migrations" not in file.parts)
    for suffix in ("html", "txt"):
        yield from sorted((root / "templates").rglob(f"*.{suffix}"))


def texts(file):
    """Yield ((context, msgid), plural) for each marked text of one file."""
    from babel.messages.extract import extract_python  # only developers have Babel; compile runs everywhere

    source = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        # What templatize makes of the markup is Python but for its indentation.
        source = "\n".join(line.strip() for line in templatize(source, origin=str(file)).splitlines())
    for _line, function, messages, _comments in extract_python(io.BytesIO(source.encode()), KEYWORDS, [], {}):
        messages = list(messages) if isinstance(messages, tuple) else [messages]
        context = messages.pop(0) if "pgettext" in function else ""
        if messages and messages[0]:
            yield (context or "", messages[0]), (messages[1] if function.startswith("n") else "")


# -- what the catalogue says ----------------------------------------------------------------------
def refresh(language, old, found):
    """Return a catalogue with exactly the texts found, each with the translation it had."""
    kept = {(entry.msgctxt or "", entry.msgid): entry for entry in old if not entry.obsolete}
    catalogue = polib.POFile(wrapwidth=100)
    catalogue.metadata = {
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": PLURALS[language],
    }
    for (context, msgid), (plural, files) in sorted(found.items(), key=lambda item: (item[0][1], item[0][0])):
        entry = polib.POEntry(msgid=msgid, msgctxt=context or None, occurrences=[(file, "") for file in files])
        before = kept.get((context, msgid))
        if plural:
            forms = (before and before.msgstr_plural) or {}
            entry.msgid_plural = plural
            entry.msgstr_plural = {number: forms.get(number, "") for number in range(3)}
        else:
            entry.msgstr = before.msgstr if before else ""
        entry.flags = [flag for flag in (before.flags if before else []) if flag == "fuzzy"]
        if re.search(r"%\(\w+\)[sd]|%[sd]", msgid):
            entry.flags.append("python-format")
        catalogue.append(entry)
    return catalogue


def missing_texts(catalogue, found):
    """Say what the catalogue lacks: a text never added, one without a translation, one somebody has to look at."""
    known = {(entry.msgctxt or "", entry.msgid): entry for entry in catalogue if not entry.obsolete}
    for key, (plural, files) in found.items():
        entry = known.get(key)
        if entry is None or bool(plural) != bool(entry.msgid_plural):
            yield f"not in the catalogue (run `manage.py translations update`): {key[1]!r} ({files[0]})"
        elif entry.fuzzy:
            yield f"fuzzy: {key[1]!r} ({files[0]})"
        elif not entry.translated():
            yield f"not translated: {key[1]!r} ({files[0]})"


def broken_texts(catalogue):
    """Say which translations name other placeholders than their source, or lack a plural form."""
    for entry in catalogue.translated_entries():
        sources_ = [set(PLACEHOLDER.findall(text)) for text in (entry.msgid, entry.msgid_plural) if text]
        for text in entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]:
            if set(PLACEHOLDER.findall(text)) not in sources_:
                yield f"other placeholders: {entry.msgid!r} -> {text!r}"
