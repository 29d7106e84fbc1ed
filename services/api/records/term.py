"""The closed lists of the catalogue as taxonomies, and what a service is marked with as attributes."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from services.api.ids import id_of
from services.api.records import filled
from services.models import ProgrammeService, Service

ACT = "https://isap.sejm.gov.pl/isap.nsf/DocDetails.xsp?id=WDU20190001818"
TERYT = "https://eteryt.stat.gov.pl/"


@dataclass(frozen=True)
class Taxonomy:
    """One closed list. `link_type` says what its terms tell about a service."""

    code: str
    name: str
    description: str
    link_type: str
    uri: str = ""

    @property
    def id(self):
        return id_of("taxonomy", self.code)

    @property
    def record(self):
        return filled(id=self.id, name=_(self.name), description=_(self.description), uri=self.uri)


AREAS = Taxonomy(
    "areas",
    gettext_noop("Areas of social services"),
    gettext_noop("The 14 areas that article 2 of the Act of 19 July 2019 on social services names."),
    "service_category",
    ACT,
)
GROUPS = Taxonomy(
    "groups",
    gettext_noop("Target groups"),
    gettext_noop("For whom a service is. A service without a group is for everyone."),
    "target_population",
)
TOPICS = Taxonomy("topics", gettext_noop("Topics"), gettext_noop("The centre's own tree of topics."), "topic")
LOCALITIES = Taxonomy(
    "localities",
    gettext_noop("The municipality and its localities"),
    gettext_noop("With the numbers of the register TERYT. A service without a locality is for the whole municipality."),
    "service_area",
    TERYT,
)
DELIVERY = Taxonomy(
    "delivery",
    gettext_noop("How a service is given"),
    gettext_noop("At a place, at home, by phone or online, with transport."),
    "service_delivery",
)
REGIMES = Taxonomy(
    "regimes",
    gettext_noop("How a service is granted"),
    gettext_noop("By the rules of a programme, by an administrative decision, without formalities, or by a partner."),
    "granting",
)
WORDINGS = Taxonomy(
    "wordings",
    gettext_noop("Other wordings of a text"),
    gettext_noop("In which language or form an attribute repeats a field of the service."),
    "wording",
)
TAXONOMIES = (AREAS, GROUPS, TOPICS, LOCALITIES, DELIVERY, REGIMES, WORDINGS)
CHOICES = {DELIVERY: Service.Delivery, REGIMES: ProgrammeService.Regime}
LANGUAGES = {
    "uk": gettext_noop("Ukrainian"),
    "en": gettext_noop("English"),
    "etr": gettext_noop("easy-to-read text"),
    "pjm": gettext_noop("film in Polish sign language"),
}


def term_id(taxonomy, code):
    return id_of("term", taxonomy.code, code)


def term(taxonomy, code, name, description="", parent=""):
    return filled(
        id=term_id(taxonomy, code),
        code=code,
        name=str(name),
        description=str(description or name),
        parent_id=parent and term_id(taxonomy, parent),
        taxonomy=_(taxonomy.name),
        language="pl",
        taxonomy_id=taxonomy.id,
    )


# -- terms of the lists, from a row as pages hold it ----------------------------------------------
def area_term(row):
    return term(AREAS, row["code"], row["name"]["pl"], row.get("act"))


def group_term(row):
    return term(GROUPS, row["code"], row["name"]["pl"], row.get("hint"))


def topic_term(row):
    return term(TOPICS, row["code"], row["name"]["pl"], parent=row.get("parent"))


def locality_term(row):
    numbers = ", ".join(filter(None, [f"TERYT {row['teryt']}", row["simc"] and f"SIMC {row['simc']}"]))
    return term(LOCALITIES, row["code"], row["name"], numbers, parent=settings.CENTRE["municipality_teryt"])


def municipality_term():
    teryt = settings.CENTRE["municipality_teryt"]
    return term(LOCALITIES, teryt, settings.CENTRE["municipality"], f"TERYT {teryt}")


def choice_term(taxonomy, value):
    return term(taxonomy, value, CHOICES[taxonomy](value).label)


def wording_term(code):
    return term(WORDINGS, code, _(LANGUAGES[code]))


# -- attributes -----------------------------------------------------------------------------------
def attribute(owner, entity, taxonomy, a_term, *, link_type="", value=""):
    """Return the mark of one term on one record; `value` is another wording of the field that `link_type` names."""
    link_type = link_type or taxonomy.link_type
    return filled(
        id=id_of("attribute", owner, a_term["id"], link_type),
        link_id=owner,
        taxonomy_term_id=a_term["id"],
        link_type=link_type,
        link_entity=entity,
        value=value,
        taxonomy_term=a_term,
    )
