"""An entry of the catalogue as one document: its content in the words of the files, and the page made of it.

The content is what a second person reviews and what versions are compared by. The page is the content with all it
refers to, by name, ready to be shown; it may be made anew from the content at any time.
"""

from datetime import date, time
from decimal import Decimal
from functools import cached_property

from django.db.models import Prefetch, Q

from cus_portal.accounts.models import Institution
from services.exchange.kinds import BASIS, PLACE, SERVICE
from services.models import (
    EligibilityRule,
    FormTemplate,
    Locality,
    Location,
    Programme,
    ProgrammeService,
    Service,
    ServiceArea,
    ServiceVersion,
    Status,
    TargetGroup,
    Topic,
)


def with_content(services):
    """Load everything that content_of() reads, in a constant number of queries."""
    return services.select_related("provider", "instead").prefetch_related(
        *("areas", "topics", "target_groups", "localities", "locations"),
        *("documents__form", "steps", "contacts", "texts", "hours", "exceptions"),
        Prefetch("eligibility", EligibilityRule.objects.select_related("programme")),
        Prefetch(
            "programme_services",
            ProgrammeService.objects.select_related("programme")
            .prefetch_related("fee_bands")
            .order_by("-valid_from", "programme__code"),
        ),
    )


def content_of(service):
    """Return the entry in the words of the files; what says no more than its default is left out."""
    content = _words(service, SERVICE.columns)
    content.pop("direct_entry_note", None)
    if content.pop("direct_entry", False):
        content["direct_entry"] = service.direct_entry_note
    content["provider"] = service.provider.code
    if service.instead:
        content["instead"] = service.instead.code
    for word, (many, _kind) in SERVICE.links.items():
        codes = [row.code for row in getattr(service, many).all()]
        if codes:
            content[word] = codes
    for part in SERVICE.parts:
        rows = [_part(part, row) for row in getattr(service, part.word).all()]
        if rows:
            content[part.word] = rows
    content["basis"] = [_basis(row) for row in service.programme_services.all()]
    return content


def _part(part, row):
    words = _words(row, part.columns)
    for word, (column, _kind) in part.references.items():
        if other := getattr(row, column.removesuffix("_id")):
            words[word] = other.code
    return words


def _basis(row):
    words = {
        "programme": row.programme.code,
        **_words(row, BASIS.columns),
        "illustrative": row.figures_are_illustrative,
    }
    for part in BASIS.parts:
        rows = [_part(part, one) for one in getattr(row, part.word).all()]
        if rows:
            words[part.word] = rows
    return words


def _words(row, columns):
    words = {}
    for word, column in columns.items():
        value, default = getattr(row, column), row._meta.get_field(column).get_default()
        if value != default and value not in (None, "", []):
            words[word] = plain(value)
    return words


def plain(value):
    """Return a value as JSON keeps it."""
    match value:
        case date():
            return value.isoformat()
        case time():
            return f"{value:%H:%M}"
        case Decimal():
            return str(value)
        case _:
            return value


# -- the page -----------------------------------------------------------------------------------
class Lists:
    """The closed lists, each row as the pages hold it; each list is read once, when it is first asked for."""

    @cached_property
    def areas(self):
        return {
            row.code: _named(row, name=row.short_name, number=row.number, act=row.name)
            for row in ServiceArea.objects.all()
        }

    @cached_property
    def groups(self):
        return {row.code: _named(row, hint=row.hint) for row in TargetGroup.objects.all()}

    @cached_property
    def topics(self):
        topics = Topic.objects.filter(obsolete_since=None).select_related("parent")
        return {row.code: _named(row, parent=row.parent.code if row.parent else "") for row in topics}

    @cached_property
    def localities(self):
        return {
            row.code: {"code": row.code, "name": row.name, "teryt": row.teryt, "simc": row.simc}
            for row in Locality.objects.all()
        }


class Directory(Lists):
    """Everything that entries refer to, each kind read once, when it is first asked for."""

    @cached_property
    def institutions(self):
        return {row.code: institution_words(row) for row in Institution.objects.all()}

    @cached_property
    def places(self):
        """The places that anybody may know."""
        places = Location.objects.public().select_related("locality").prefetch_related("hours", "exceptions")
        return {row.code: _place(row) for row in places}

    @cached_property
    def programmes(self):
        return {row.code: _programme(row) for row in Programme.objects.filter(status=Status.PUBLISHED)}

    @cached_property
    def forms(self):
        return {row.code: _form(row) for row in FormTemplate.objects.all()}

    @cached_property
    def services(self):
        """The services that a page may lead to, as the public knows them."""
        public = Service.objects.filter(status=Status.PUBLISHED)
        texts = public.prefetch_related("texts").only("code", "slug", "plain_name")
        found = {row.code: {"slug": row.slug, "name": _in_languages(row)} for row in texts}
        changing = Service.objects.filter(status__in=(Status.DRAFT, Status.REVIEW))
        for version in ServiceVersion.objects.listed().filter(service__in=changing).only("page", "slug"):
            found[version.page["code"]] = {"slug": version.slug, "name": _names_on(version.page)}
        return found


def _named(row, *, name="", **more):
    names = {"pl": name or row.name, "uk": row.name_uk, "en": row.name_en}
    return {"code": row.code, "name": {language: text for language, text in names.items() if text}, **more}


def _in_languages(service):
    return {"pl": service.plain_name, **{text.language: text.plain_name for text in service.texts.all()}}


def _names_on(page):
    texts = {language: text["plain_name"] for language, text in page["texts"].items()}
    return {"pl": page["plain_name"], **texts}


def institution_words(row):
    words = ("code", "name", "short_name", "kind", "address", "phone", "email", "website", "note")
    numbers = ("nip", "regon", "krs", "ade")
    return {word: getattr(row, word) for word in (*words, *numbers) if getattr(row, word)}


def _place(row):
    words = {"code": row.code, **_words(row, PLACE.columns)}
    if row.locality:
        words["locality"] = row.locality.name
    for part in PLACE.parts:
        words[part.word] = [_part(part, one) for one in getattr(row, part.word).all()]
    return words


def _form(row):
    return {"code": row.code, "name": row.name, "size": row.size, "updated_on": plain(row.updated_on)}


def _programme(row):
    words = {
        "code": row.code,
        "kind": row.kind,
        "title": row.title,
        "journal": row.journal,
        "funding": row.funding,
        "valid_from": plain(row.valid_from),
        "valid_to": plain(row.valid_to),
    }
    return {word: value for word, value in words.items() if value}


def page_of(content, service, directory, basis_ids):
    """Return the page of an entry: no confidential place, no programme that is not published."""
    hidden = content.get("confidential_place", False)
    texts = {row["language"]: row for row in content.get("texts", [])}
    return {
        **{word: value for word, value in content.items() if word not in REFERRING},
        "uuid": str(service.uuid),
        "texts": texts,
        **{word: _looked_up(directory, word, content) for word in ("areas", "groups", "topics", "localities")},
        "places": [] if hidden else _looked_up(directory, "places", content),
        "provider": directory.institutions[content["provider"]],
        "instead": directory.services.get(content["instead"]) if "instead" in content else None,
        "documents": [_document(row, directory) for row in content.get("documents", [])],
        "bases": _public_bases(content["basis"], directory.programmes, basis_ids),
    }


def _document(row, directory):
    """Return the document with its form to download, unless that has left the register."""
    words = {word: value for word, value in row.items() if word != "form"}
    form = directory.forms.get(row["form"]) if "form" in row else None
    return {**words, "form": form} if form else words


def card_of(page):
    """Return what a line of a list shows of a page, in each language that has it."""
    words = ("plain_name", "summary")
    own = {"pl": page, **page["texts"]}
    return {
        **{word: {language: texts[word] for language, texts in own.items() if texts.get(word)} for word in words},
        "supporting_action": page.get("supporting_action", False),
        "bases": [
            {"programme": basis["programme"]["code"], **{word: basis[word] for word in ON_CARDS if word in basis}}
            for basis in page["bases"]
        ],
    }


ON_CARDS = ("id", "from", "to", "comes_back", "fee", "amount", "fee_unit", "fee_note")
REFERRING = {"texts", "areas", "groups", "topics", "localities", "places", "provider", "instead", "basis"}


def _looked_up(directory, word, content):
    """Return what the content names in one list of the directory, which is not read for nothing."""
    if not content.get(word):
        return []
    known = getattr(directory, word)
    return [known[code] for code in content[word] if code in known]


def _public_bases(rows, programmes, basis_ids):
    """Return the bases of published programmes, the newest first; one that its programme leaves no day is left out."""
    found = [
        _public_basis(row, programmes[row["programme"]], basis_ids[row["programme"], row["from"]])
        for row in rows
        if row["programme"] in programmes and (row["programme"], row["from"]) in basis_ids
    ]
    found = [basis for basis in found if basis["to"] is None or basis["from"] <= basis["to"]]
    return sorted(sorted(found, key=lambda basis: basis["id"]), key=lambda basis: basis["from"], reverse=True)


def _public_basis(row, programme, basis_id):
    """Return the basis cut to the time of its programme. The first day stays the row's own where it is later."""
    ends = [day for day in (row.get("to"), programme.get("valid_to")) if day]
    return {
        **row,
        "id": basis_id,
        "programme": programme,
        "from": max(row["from"], programme["valid_from"]),
        "to": min(ends, default=None),
        "comes_back": programme["kind"] == Programme.Kind.NATIONAL,
    }


def basis_ids_of(services):
    """Return {service: {(programme, first day): id}} of the rows that requests may be filed under."""
    found = {service.pk: {} for service in services}
    rows = ProgrammeService.objects.filter(Q(service__in=found)).values_list(
        "service", "programme__code", "valid_from", "pk"
    )
    for service, programme, first, pk in rows:
        found[service][programme, first.isoformat()] = pk
    return found
