"""What stands in the catalogue's files: which kind of entry in which file, and which word fills which column."""

from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext_lazy

from cus_portal.accounts.models import Institution
from services.models import (
    Agreement,
    EligibilityRule,
    EntryTemplate,
    FeeBand,
    FormTemplate,
    GuideAnswer,
    GuideQuestion,
    Locality,
    Location,
    OpeningException,
    OpeningRule,
    Programme,
    ProgrammeService,
    RequiredDocument,
    Service,
    ServiceArea,
    ServiceContact,
    ServiceStep,
    ServiceText,
    Status,
    Synonym,
    TargetGroup,
    Topic,
)


def same(*words):
    return {word: word for word in words}


@dataclass(frozen=True, eq=False)
class Part:
    """A list inside an entry, whose rows belong to it alone: steps, documents, hours."""

    word: str
    model: type[models.Model]
    columns: dict[str, str]
    owner: str  # the column that says to whom a row belongs
    required: frozenset[str] = frozenset()
    references: dict[str, tuple[str, str]] = field(default_factory=dict)  # word: (column, kind)
    positioned: bool = True
    short: str = ""  # the word that a row means which is not written as words and values


@dataclass(frozen=True, eq=False)
class Kind:
    """One kind of entry: where it is written, and which of its words fill which column."""

    name: str
    label: str
    file: str
    model: type[models.Model]
    columns: dict[str, str]
    references: dict[str, tuple[str, str]] = field(default_factory=dict)  # word: (column, kind)
    links: dict[str, tuple[str, str]] = field(default_factory=dict)  # word: (many-to-many field, kind)
    parts: tuple[Part, ...] = ()
    required: frozenset[str] = frozenset()
    other_words: frozenset[str] = frozenset()
    status: str = ""

    @property
    def words(self):
        return {*self.columns, *self.references, *self.links, *self.other_words, *(part.word for part in self.parts)}

    @property
    def own_references(self):
        """The references to other entries of the same kind, which can be written only once all of them are there."""
        return {word: column for word, (column, kind) in self.references.items() if kind == self.name}

    @property
    def written(self):
        """The columns that a changed entry writes; never the status, which only a workflow changes."""
        own = self.own_references.values()
        others = (column for column, _kind in self.references.values() if column not in own)
        return [*self.columns.values(), *others]


HOUR_COLUMNS = same(
    "weekday", "week_of_month", "opens_at", "closes_at", "valid_from", "valid_to", "on_days_off", "note"
)
EXCEPTION_COLUMNS = {"from": "first_on", "to": "last_on", "opens": "opens_at", "closes": "closes_at", "note": "note"}


def hours_of(owner):
    """Return the parts that tell when a place or a service is open."""
    return (
        Part(
            "hours", OpeningRule, HOUR_COLUMNS, owner, frozenset({"weekday", "opens_at", "closes_at"}), positioned=False
        ),
        Part("exceptions", OpeningException, EXCEPTION_COLUMNS, owner, frozenset({"from", "to"}), positioned=False),
    )


AREA = Kind(
    "area",
    gettext_lazy("Areas"),
    "areas.yaml",
    ServiceArea,
    same("code", "number", "name", "short_name", "name_uk", "name_en"),
    required=frozenset({"number", "name", "short_name"}),
)
GROUP = Kind(
    "group",
    gettext_lazy("Target groups"),
    "target_groups.yaml",
    TargetGroup,
    same("code", "name", "hint", "position", "on_home", "name_uk", "name_en", "hint_uk", "hint_en"),
    required=frozenset({"name", "position"}),
)
TOPIC = Kind(
    "topic",
    gettext_lazy("Topics"),
    "topics.yaml",
    Topic,
    same("code", "name", "name_uk", "name_en", "position", "obsolete_since"),
    references={"parent": ("parent_id", "topic")},
    required=frozenset({"name"}),
)
LOCALITY = Kind(
    "locality",
    gettext_lazy("Localities"),
    "localities.yaml",
    Locality,
    same("code", "name", "kind", "teryt", "simc", "latitude", "longitude"),
    required=frozenset({"name", "kind", "teryt"}),
)
INSTITUTION = Kind(
    "institution",
    gettext_lazy("Institutions"),
    "institutions.yaml",
    Institution,
    same(
        *("code", "name", "short_name", "kind", "nip", "regon", "krs", "address", "phone", "email", "website"),
        *("ade", "note", "is_centre"),
    ),
    required=frozenset({"name", "short_name", "kind"}),
)
PLACE = Kind(
    "place",
    gettext_lazy("Places"),
    "places.yaml",
    Location,
    same(
        *("code", "name", "address", "postal_code", "latitude", "longitude", "phone", "transport", "access"),
        *("accessibility", "is_confidential"),
    ),
    references={"locality": ("locality_id", "locality")},
    parts=hours_of("location_id"),
    required=frozenset({"name"}),
)
PROGRAMME = Kind(
    "programme",
    gettext_lazy("Programmes"),
    "programmes.yaml",
    Programme,
    same(
        *("code", "kind", "name", "resolution_no", "resolution_date", "journal", "valid_from", "valid_to", "funding"),
    ),
    required=frozenset({"kind", "name", "valid_from"}),
    other_words=frozenset({"status"}),
    status=Status.PUBLISHED,
)
SERVICE_PARTS = (
    Part(
        "documents",
        RequiredDocument,
        {**same("name", "name_uk", "name_en", "where_from"), "required": "is_required"},
        "service_id",
        frozenset({"name"}),
        references={"form": ("form_id", "form")},
        short="name",
    ),
    Part(
        "steps",
        ServiceStep,
        same("title", "text", "title_uk", "text_uk", "title_en", "text_en"),
        "service_id",
        frozenset({"title"}),
        short="title",
    ),
    Part("contacts", ServiceContact, same("label", "phone", "email", "note"), "service_id", frozenset({"label"})),
    Part(
        "eligibility",
        EligibilityRule,
        same(
            *("label", "label_uk", "label_en", "age_from", "age_to", "certificates"),
            *("question", "question_uk", "question_en"),
        ),
        "service_id",
        frozenset({"label"}),
        references={"programme": ("programme_id", "programme")},
    ),
    Part(
        "texts",
        ServiceText,
        same(
            *("language", "plain_name", "summary", "description", "for_whom", "certificate"),
            *("direct_entry_note", "otherwise"),
        ),
        "service_id",
        frozenset({"language", "plain_name"}),
        positioned=False,
    ),
    *hours_of("service_id"),
)
SERVICE = Kind(
    "service",
    gettext_lazy("Services"),
    "services.yaml",
    Service,
    {
        **same("code", "slug", "name", "plain_name", "summary", "description", "keywords", "for_whom"),
        **same("provider_note", "format", "certificate", "supporting_action", "phone", "featured"),
        **same("evidence", "reviewed_on", "review_every", "direct_entry", "direct_entry_note", "otherwise"),
        **same("recipients", "languages", "quality_standard", "website", "easy_text", "sign_film"),
        "delivery": "delivery_modes",
        "confidential_place": "place_is_confidential",
        "source": "evidence_source",
    },
    references={"provider": ("provider_id", "institution"), "instead": ("instead_id", "service")},
    links={
        "topics": ("topics", "topic"),
        "areas": ("areas", "area"),
        "groups": ("target_groups", "group"),
        "localities": ("localities", "locality"),
        "places": ("locations", "place"),
    },
    required=frozenset(
        {
            "slug",
            "name",
            "plain_name",
            "summary",
            "description",
            "for_whom",
            "areas",
            "provider",
            "delivery",
            "evidence",
        }
        | {"reviewed_on", "basis"}
    ),
    parts=SERVICE_PARTS,
    other_words=frozenset({"status", "basis"}),
    status=Status.PUBLISHED,
)
BASIS = Kind(
    "basis",
    gettext_lazy("Bases of services"),
    "services.yaml",
    ProgrammeService,
    {
        "from": "valid_from",
        "to": "valid_to",
        **same("regime", "conditions", "capacity", "capacity_period", "capacity_unit"),
        **same("person_units", "person_unit", "person_period"),
        **same("place_rule", "preference", "offer_days", "unanswered", "filing_class"),
        "limit": "limit_text",
        "duration": "duration_text",
        "fee": "fee_kind",
        "amount": "fee_amount",
        **same("fee_unit", "fee_note"),
        "waiting_list": "keeps_waiting_list",
        "illustrative": "figures_are_illustrative",
    },
    references={"service": ("service_id", "service"), "programme": ("programme_id", "programme")},
    parts=(Part("fee_bands", FeeBand, {"up_to": "income_to", **same("percent", "amount")}, "basis_id"),),
    required=frozenset({"programme", "regime", "fee"}),
)
AGREEMENT = Kind(
    "agreement",
    gettext_lazy("Agreements"),
    "agreements.yaml",
    Agreement,
    {**same("code", "kind", "number", "subject"), "from": "valid_from", "to": "valid_to"},
    references={"institution": ("institution_id", "institution")},
    links={"services": ("services", "service")},
    required=frozenset({"institution", "kind", "subject", "from"}),
)
GUIDE_QUESTION = Kind(
    "guide_question",
    gettext_lazy("Questions of the guide"),
    "guide.yaml",
    GuideQuestion,
    {
        **same("code", "text", "text_uk", "text_en", "hint", "hint_uk", "hint_en"),
        "start": "is_start",
        "delicate": "is_delicate",
    },
    required=frozenset({"text"}),
    other_words=frozenset({"answers"}),
)
GUIDE_ANSWER = Kind(
    "guide_answer",
    gettext_lazy("Answers of the guide"),
    "guide.yaml",
    GuideAnswer,
    same(*("code", "position", "label", "label_uk", "label_en", "advice", "advice_uk", "advice_en")),
    references={"question": ("question_id", "guide_question"), "next": ("leads_to_id", "guide_question")},
    links={"services": ("services", "service")},
    required=frozenset({"label"}),
)
SYNONYM = Kind(
    "synonym",
    gettext_lazy("Synonyms"),
    "synonyms.yaml",
    Synonym,
    same("code", "words", "terms"),
    required=frozenset({"words", "terms"}),
)
TEMPLATE = Kind(
    "template",
    gettext_lazy("Templates of entries"),
    "templates.yaml",
    EntryTemplate,
    same("code", "name", "hint", "position"),
    references={"sample": ("sample_id", "service")},
    required=frozenset({"name", "sample", "position"}),
)
# The files only name it; the empty form itself is put into the register by hand.
FORM = Kind("form", gettext_lazy("Forms to download"), "", FormTemplate, same("code", "name"))
KINDS = [
    *(AREA, GROUP, TOPIC, LOCALITY, INSTITUTION, PLACE, PROGRAMME, SERVICE, BASIS, AGREEMENT),
    *(GUIDE_QUESTION, GUIDE_ANSWER, SYNONYM, TEMPLATE),
]
REGISTERED = [FORM]
