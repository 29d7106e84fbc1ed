"""The demonstration world: a year of a centre's work, told through the portal's own actions. Nobody in it exists.

A story (demo_stories.py) is a generator: it says when its next step happens and does it when the world's clock gets
there. The world stops on its last day, so what is under way then stays under way, as in life. The same seed and the
same last day give the same world.
"""

import heapq
import random
from datetime import date, datetime, time, timedelta
from itertools import count
from pathlib import Path

import yaml
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from coordination import (
    demo_cases,
    demo_community,
    demo_exchange,
    demo_incoming,
    demo_moves,
    demo_programs,
    demo_referrals,
    demo_stories,
    demo_voices,
)
from coordination.demo_services import agree_with_the_county, show_services
from coordination.demo_stories import NEED_ENDS, PLAN_ENDS, REFERRAL_ENDS, REQUEST_ENDS
from coordination.figures import count_answers
from coordination.retention import draw_up_list
from cus_portal.accounts.models import Authorisation, Institution, Membership, User
from cus_portal.accounts.roles import Role
from cus_portal.audit.log import told_as_of
from cus_portal.notifications.models import Message
from cus_portal.signin.actions import give_demonstration_app
from cus_portal.workdays import add_workdays
from residents.models import PrivacyNotice, Resident, ServiceRequest
from residents.places import count_all_places
from residents.queues import rows_in_use
from services.models import Locality, ProgrammeService, Service

SEED, REQUESTS, LENGTH = 2026, 300, timedelta(days=365)
TEXTS = Path(__file__).parent / "data" / "demo.yaml"
# E-mail name: (first name, surname, role, code of the institution); without a role: who keeps the machine running.
PEOPLE = {
    "ola": ("Ola", "Wrona", Role.CLERK, "cus"),
    "tomek": ("Tomek", "Lis", Role.COORDINATOR, "cus"),
    "kasia": ("Kasia", "Żuraw", Role.COORDINATOR, "cus"),
    "beata": ("Beata", "Sowa", Role.ORGANISER, "cus"),
    "olga": ("Olga", "Bocian", Role.COMMUNITY, "cus"),
    "danuta": ("Danuta", "Orzeł", Role.DIRECTOR, "cus"),
    "iwona": ("Iwona", "Czapla", Role.DPO, "cus"),
    "zofia": ("Zofia", "Mak", Role.INSTITUTION_WORKER, "pcpr"),
    "ewa": ("Ewa", "Gil", Role.INSTITUTION_WORKER, "pcpr"),
    "bartek": ("Bartek", "Dudek", Role.INSTITUTION_WORKER, "spzoz"),
    "celina": ("Celina", "Sikora", Role.INSTITUTION_WORKER, "ppp"),
    "hania": ("Hania", "Perkoz", Role.CATALOGUE_EDITOR, "spzoz"),
    "pawel": ("Paweł", "Kruk", Role.INSTITUTION_WORKER, "pup"),
    "sylwia": ("Sylwia", "Zięba", Role.INSTITUTION_WORKER, "sds-matczyn"),
    "marta": ("Marta", "Pliszka", Role.VISITING_WORKER, "caritas"),
    "renata": ("Renata", "Kawka", Role.STEERING, "rops"),
    "admin": ("Roman", "Maszyna", None, None),
}
BY_LINK = ("pkps", "mdk")  # nobody there has an account: what is sent to them goes by a mailed link


class NotEmpty(Exception):
    """There is something in the portal already. The text says what to do."""


def email_of(name):
    return f"{name}@demo.example"


def pesel(born: date, *, woman: bool, serial: int) -> str:
    """Return a number whose check digit is right: the date, four digits of which the last is even for women, the check.

    The century is written into the month.
    """
    month = born.month + {18: 80, 19: 0, 20: 20}[born.year // 100]
    digits = f"{born.year % 100:02}{month:02}{born.day:02}{serial % 1000:03}{serial % 5 * 2 + (not woman)}"
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)
    return f"{digits}{-sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=True)) % 10}"


class World:
    """The clock, the dice, the people and the words of the stories."""

    def __init__(self, *, until: datetime, seed: int, people: dict[str, User]):
        self.until = until
        self.dice = random.Random(seed)  # noqa: S311 (a story, no secret)
        self.texts = yaml.safe_load(TEXTS.read_text(encoding="utf-8"))
        self.people = people
        self.workers = {
            code: people[name] for name, (_f, _l, role, code) in PEOPLE.items() if role == "institution_worker"
        }
        self.partners = {
            institution.code: institution for institution in Institution.objects.filter(code__in=self.workers)
        }
        self.centre = Institution.objects.get(is_centre=True)
        self.places = list(Locality.objects.order_by("code"))
        self.towns = [place for place in self.places if place.kind == Locality.Kind.TOWN]
        self.notice = PrivacyNotice.objects.order_by("valid_from", "pk").first()
        self.residents: list[tuple[Resident, dict]] = []
        self._services: dict[date, list[Service]] = {}
        self._queue: list = []
        self._order = count()

    # -- the clock ------------------------------------------------------------------------------
    def begin(self, story):
        """Let a story begin at the moment it names first."""
        self._put(next(story), story)

    def run(self):
        while self._queue and self._queue[0][0] <= self.until:
            moment, _place, story = heapq.heappop(self._queue)
            try:
                with told_as_of(moment):
                    following = story.send(moment)
            except StopIteration:
                continue
            self._put(following, story)

    def _put(self, moment, story):
        heapq.heappush(self._queue, (moment, next(self._order), story))

    def office(self, now, first=0, last=None):
        """Return a moment in office hours some working days on, from `first` to `last`."""
        days = self.dice.randint(first, first if last is None else last)
        on = timezone.localdate(now)
        day = add_workdays(on, days) if days else on
        moment = at(day, self.dice.randint(8, 14), self.dice.randint(0, 59))
        return moment if moment > now else now + timedelta(minutes=self.dice.randint(5, 50))

    def is_long_ago(self, now):
        """Whether somebody would have noticed by now that a thing was left lying."""
        return now < self.until - timedelta(days=45)

    # -- the dice -------------------------------------------------------------------------------
    def happens(self, share):
        return self.dice.random() < share

    def one_of(self, name):
        return self.dice.choice(self.texts[name])

    def weighted(self, shares):
        return self.dice.choices(list(shares), weights=list(shares.values()))[0]

    def services(self, on):
        """Return the services in force in the month of the day, in a fixed order."""
        month = on.replace(day=1)
        if month not in self._services:
            self._services[month] = list(Service.objects.in_force(on).select_related("provider").order_by("code"))
        return self._services[month]

    def institution(self, code):
        return Institution.objects.get(code=code)

    # -- the people -----------------------------------------------------------------------------
    def somebody(self):
        """Return an invented person as the fields of a request's party."""
        sex = self.dice.choice(["f", "f", "m"])
        if self.happens(0.05):
            first, last = self.one_of("ukrainian_names")
        else:
            first, last = (self.dice.choice(self.texts[name][sex]) for name in ("first_names", "surnames"))
        place = self.dice.choice(self.towns * 12 + self.places)
        born = date(1938, 1, 1) + timedelta(days=self.dice.randint(0, 82 * 365))
        street = self.one_of("streets") if place.kind == Locality.Kind.TOWN else place.name
        number = self.dice.randint(0, 999_999)
        return {
            "first_name": first,
            "last_name": last,
            "birth_date": born if self.happens(0.8) else None,
            "pesel": pesel(born, woman=sex == "f", serial=number) if self.happens(0.5) else "",
            "address": f"{street} {self.dice.randint(1, 90)}",
            "postal_code": "24-200",
            "locality": place,
            "phone": f"600 {number // 1000:03} {number % 1000:03}",
        }


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


@transaction.atomic
def build_world(*, until: date, password: str, seed: int = SEED, requests: int = REQUESTS) -> None:
    """Build the whole world in one transaction, in an empty portal with a loaded catalogue; send none of its mails."""
    if ServiceRequest.objects.exists():
        raise NotEmpty("There are requests in this portal already. The demonstration needs an empty one.")
    if not Service.objects.in_force(until).exists():
        raise NotEmpty("The catalogue is empty. Run manage.py load_catalogue first.")
    end = at(until, 6)
    world = World(until=end, seed=seed, people=make_people(password))
    first = until - LENGTH
    agree_with_the_county(world, first)
    for day in sorted(world.dice.randint(0, LENGTH.days - 1) for _number in range(requests)):
        hour = world.dice.randint(7, 21)
        world.begin(demo_stories.a_request(world, at(first + timedelta(days=day), hour, world.dice.randint(0, 59))))
    begin_shown(world, end)
    world.begin(demo_stories.monthly_reports(world, at(first.replace(day=1), 5, 30)))
    world.run()
    show_services(world, end, until)
    show_what_has_reached_its_term(world, until)
    demo_voices.complain(world, end)
    demo_voices.say_how_it_was(world, end)
    demo_cases.tend_cases(world, end)
    demo_community.organise(world, end)
    demo_exchange.show_others(world, end)
    demo_incoming.send_to_the_centre(world, end)
    demo_programs.connect_a_program(world, end)
    show_a_need_that_waits(world, end)
    demo_moves.show_moves(world, end)
    demo_referrals.show_other_referrals(world, end)
    show_full_rows(end)
    count_answers(on=until)
    Message.objects.unsent().update(dropped_at=end)


def show_a_need_that_waits(world, end):
    """Let a question be about one of two needs. It comes last: the dice of the other stories fall as they did."""
    begun = at(timezone.localdate(end) - timedelta(days=8), 10)
    world.begin(demo_stories.a_request(world, begun, ending="one_waits", needs=["inform", "inform"]))
    world.run()


def show_full_rows(end):
    """Let no place be free where people wait: a year here asks for fewer places than the catalogue's example has."""
    count_all_places(now=end)
    for row in rows_in_use(timezone.localdate(end)):
        if row.waiting and row.taken:
            ProgrammeService.objects.filter(pk=row.basis.pk).update(capacity=row.taken)


def show_what_has_reached_its_term(world, on):
    """Let a destruction list be looked through: of people put on record years ago for whom nothing came of it."""
    for years in (3, 3, 4, 5):
        facts = {name: value for name, value in world.somebody().items() if name != "pesel"}
        Resident.objects.create(**facts, created_at=at(on - timedelta(days=366 * years), 10))
    with told_as_of(at(on, 6)):
        draw_up_list(on=on)


def begin_shown(world, end):
    """Begin the stories that end where every list, tag and state has something to show, whatever the day."""
    world.begin(demo_stories.a_family(world, world.office(end - timedelta(days=40))))
    for ending in REQUEST_ENDS:
        world.begin(demo_stories.a_request(world, world.office(end - timedelta(days=30)), ending=ending))
    for ending in NEED_ENDS:
        world.begin(demo_stories.a_request(world, world.office(end - timedelta(days=50)), needs=[ending, "qualify"]))
    for ending in PLAN_ENDS:
        begun = world.office(end - timedelta(days=170 if ending in demo_stories.WHOLE_PLANS else 90))
        world.begin(demo_stories.a_request(world, begun, needs=["qualify"], plan=ending))
    for ending in REFERRAL_ENDS:
        begun = world.office(end - timedelta(days=110))
        world.begin(demo_stories.a_request(world, begun, needs=["qualify"], plan="approved", referral=ending))


def make_people(password: str) -> dict[str, User]:
    """Make the accounts of the demonstration with their roles."""
    sealed = make_password(password)
    institutions = {institution.code: institution for institution in Institution.objects.all()}
    for code in BY_LINK:
        Institution.objects.filter(code=code).update(email=email_of(code))
    people = {}
    for name, (first_name, last_name, role, code) in PEOPLE.items():
        user = people[name] = User.objects.create(
            email=email_of(name), password=sealed, first_name=first_name, last_name=last_name, is_superuser=role is None
        )
        give_demonstration_app(user)
        if role:
            Membership.objects.create(user=user, institution=institutions[code], role=role, valid_from=date(2021, 1, 1))
            Authorisation.objects.create(
                user=user,
                number=f"{len(people)}/2021",
                scope="dane mieszkańców w zakresie obowiązków na stanowisku",
                valid_from=date(2021, 1, 1),
                issued_by="Danuta Orzeł, dyrektor",
            )
    return people
