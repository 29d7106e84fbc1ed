"""The people of the tests: everyone has a name, a role and an institution. Nobody of them exists."""

from datetime import date

from cus_portal.accounts.models import Authorisation, Institution, Membership, User
from cus_portal.accounts.roles import Role

PASSWORD = "tajne-haslo-testowe"
CENTRE = {"code": "cus", "name": "Centrum Usług Społecznych", "short_name": "CUS", "kind": "cus", "is_centre": True}
PCPR = {"code": "pcpr", "name": "Powiatowe Centrum Pomocy Rodzinie", "short_name": "PCPR", "kind": "pcpr"}
CLINIC = {"code": "spzoz", "name": "SP ZOZ Bełżyce", "short_name": "SP ZOZ", "kind": "clinic"}
COUNSELLING = {
    "code": "ppp",
    "name": "Poradnia Psychologiczno-Pedagogiczna",
    "short_name": "PPP",
    "kind": "counselling",
}
CARERS = {"code": "opieka", "name": "Spółdzielnia Socjalna Opieka", "short_name": "Opieka", "kind": "social_economy"}
ROPS = {"code": "rops", "name": "Regionalny Ośrodek Polityki Społecznej", "short_name": "ROPS", "kind": "rops"}

# name: (first name, surname, role, institution); None: signed in, works nowhere.
PEOPLE = {
    "ola": ("Ola", "Wrona", Role.CLERK, CENTRE),
    "tomek": ("Tomek", "Lis", Role.COORDINATOR, CENTRE),
    "kasia": ("Kasia", "Żuraw", Role.COORDINATOR, CENTRE),
    "beata": ("Beata", "Sowa", Role.ORGANISER, CENTRE),
    "danuta": ("Danuta", "Orzeł", Role.DIRECTOR, CENTRE),
    "iwona": ("Iwona", "Czapla", Role.DPO, CENTRE),
    "ewa": ("Ewa", "Gil", Role.INSTITUTION_WORKER, PCPR),
    "bartek": ("Bartek", "Dudek", Role.INSTITUTION_WORKER, CLINIC),
    "celina": ("Celina", "Sikora", Role.INSTITUTION_WORKER, COUNSELLING),
    "hania": ("Hania", "Perkoz", Role.CATALOGUE_EDITOR, CLINIC),
    "marta": ("Marta", "Pliszka", Role.VISITING_WORKER, CARERS),
    "renata": ("Renata", "Kawka", Role.STEERING, ROPS),
    "stranger": ("Obcy", "Człowiek", None, None),
}


def institution(facts):
    found = Institution.objects.filter(code=facts["code"]).first()
    return found or Institution.objects.create(**{"email": f"{facts['code']}@demo.example", **facts})


def person(name):
    """Return the persona with his membership; the same one when asked twice."""
    if name == "root":
        return User.objects.filter(email="root@demo.example").first() or User.objects.create_superuser(
            "root@demo.example", PASSWORD, first_name="Roman", last_name="Maszyna"
        )
    first_name, last_name, role, facts = PEOPLE[name]
    email = f"{name}@demo.example"
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, PASSWORD, first_name=first_name, last_name=last_name)
        if role:
            Membership.objects.create(user=user, institution=institution(facts), role=role, valid_from=date(2020, 1, 1))
        if facts == CENTRE:
            authorise(user)
    return user


def authorise(user, **fields):
    """Let the user process data, as everybody who works at the centre must be let."""
    facts = {"number": f"{user.pk}/2020", "scope": "dane mieszkańców", "valid_from": date(2020, 1, 1)}
    return Authorisation.objects.create(user=user, issued_by="Danuta Orzeł, dyrektor", **facts | fields)
