"""Who comes in by a provider of identities: a real one, run beside the tests, that asserts rightly and wrongly."""

import base64
import json
import os
import re
import subprocess
import sys
import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import yaml
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from cus_portal.accounts.models import User
from cus_portal.identity.waiting import WaitingAssertion
from cus_portal.providers import load_providers
from residents.models import ResidentAccount
from tests.embedded_servers import ROOT
from tests.factories import PERSON, make_request
from tests.intake import html
from tests.signing import SECOND_STEP, code, give_app
from tests.test_residents_account import MINE, enter, numbers_shown

BEGIN, RETURN, RECEIVE = (f"{MINE}wezel/", f"{MINE}wezel/powrot/", f"{MINE}wezel/saml/")
SSO, SSO_RETURN = "/logowanie/konto-centrum/", "/logowanie/konto-centrum/powrot/"
PESEL, ANOTHER = "44051401359", "08312312314"
ASSERTED = {"given_name": "Krystyna", "family_name": "Wilga", "pesel": PESEL}
CLAIMS = {"first_name": "given_name", "last_name": "family_name", "pesel": "pesel"}
START = 20  # seconds

pytestmark = pytest.mark.django_db


class Node:
    """The provider's process, and the browser's way to it and back."""

    def __init__(self, folder):
        self.folder = folder
        command = [sys.executable, "-m", "tests.processes.identity_provider", folder]
        self.process = subprocess.Popen(command, cwd=ROOT, env={"PATH": os.environ["PATH"]})
        deadline = time.monotonic() + START
        while not (folder / "address").exists():
            assert self.process.poll() is None, "the provider did not start"
            assert time.monotonic() < deadline, "the provider did not start in time"
            time.sleep(0.05)
        self.address = (folder / "address").read_text()

    def asserts(self, claims=ASSERTED, **how):
        requests.post(f"{self.address}/next", data=json.dumps({"claims": claims, **how}), timeout=10)

    def at_oidc(self, client, begin=BEGIN):
        """Return where the browser is sent back to from the provider's page."""
        there = client.get(begin)
        assert there.status_code == 302, html(there)
        assert there.url.startswith(f"{self.address}/authorize")
        back = urlsplit(requests.get(there.url, allow_redirects=False, timeout=10).headers["Location"])
        return f"{back.path}?{back.query}"

    def at_saml(self, client):
        """Return the response that the provider's page would have the browser post."""
        there = client.get(BEGIN)
        assert there.url.startswith(f"{self.address}/saml?")
        assert {"SAMLRequest", "Signature", "SigAlg"} <= parse_qs(urlsplit(there.url).query).keys()
        return requests.get(there.url, timeout=10).json()

    def configured(self, **roles):
        written = self.folder / "identity.yaml"
        written.write_text(yaml.safe_dump(roles))
        return load_providers(written)

    def oidc(self, claims=CLAIMS, **options):
        facts = {"kind": "oidc", "name": "Węzeł próbny", "issuer": self.address, "client_id": "portal"}
        return facts | {"client_secret": "only-for-tests", "claims": dict(claims)} | options

    def saml(self):
        return {
            "kind": "saml",
            "name": "Węzeł próbny",
            "entity_id": f"{self.address}/saml",
            "sign_in_url": f"{self.address}/saml",
            "certificate": "provider.crt",
            "own_key": "portal.key",
            "own_certificate": "portal.crt",
            "claims": dict(CLAIMS),
        }


@pytest.fixture
def client():
    """A browser whose GETs may write: both protocols send people back by one, and a state of our own guards it."""
    return Client()


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    running = Node(tmp_path_factory.mktemp("node"))
    yield running
    running.process.terminate()
    running.process.wait(10)


@pytest.fixture
def by_oidc(node, settings):
    settings.IDENTITY = node.configured(residents=node.oidc())
    node.asserts()
    return node


@pytest.fixture
def by_saml(node, settings):
    settings.IDENTITY = node.configured(residents=node.saml())
    node.asserts()
    return node


def came_in(client):
    return client.get(MINE).status_code == 200


def is_refused(client, response, words="Potwierdzenie, kim jesteś, nie jest ważne"):
    assert response.status_code == 403
    assert words in html(response)
    assert reverse("residents:request_track") in html(response)
    assert not came_in(client)
    assert not ResidentAccount.objects.exists()
    return True


# -- off until configured -----------------------------------------------------------------------
def test_without_a_provider_nothing_of_it_is_there(client, settings):
    assert settings.IDENTITY == {}
    for address in (BEGIN, RETURN, f"{MINE}wezel/metadane/", SSO, SSO_RETURN):
        assert client.get(address).status_code == 404, address
    assert client.post(RECEIVE, {"SAMLResponse": "x"}).status_code == 404
    assert "wezel" not in html(client.get(f"{MINE}wejscie/"))
    assert "konto-centrum" not in html(client.get("/logowanie/"))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ({"kind": "ldap"}, "must be oidc or saml"),
        ({"client_id": None}, "lacks: client_id"),
        ({"claims": {"pesel": "pesel"}}, "lacks: first_name, last_name"),
        ({"issuer": "http://login.example"}, "https"),
    ],
)
def test_a_provider_described_badly_stops_the_start(node, spoil, said):
    facts = {name: value for name, value in (node.oidc() | spoil).items() if value is not None}
    with pytest.raises(ImproperlyConfigured, match=re.escape(said)):
        node.configured(residents=facts)


def test_the_secret_of_a_provider_stands_in_no_trace(node):
    assert "only-for-tests" not in repr(node.configured(residents=node.oidc()))


# -- residents by OIDC --------------------------------------------------------------------------
def test_a_resident_comes_in_by_oidc_and_sees_what_was_filed_under_that_pesel(client, by_oidc):
    mine = make_request(applicant=PERSON | {"pesel": PESEL})
    make_request(applicant=PERSON)  # the same name, no number: nobody knows whose
    make_request(applicant=PERSON | {"pesel": ANOTHER})
    make_request(applicant=PERSON | {"pesel": PESEL}, safe_contact=True)
    assert "Węzeł próbny" in html(client.get(f"{MINE}wejscie/"))
    assert client.get(by_oidc.at_oidc(client)).url == MINE
    assert numbers_shown(client) == [mine.reference]
    page = html(client.get(MINE))
    assert "Krystyna Wilga" in page
    assert PESEL not in page
    assert client.post(f"{MINE}moje/{mine.pk}/otworz/").url == "/moja-sprawa/stan/"
    account = ResidentAccount.objects.get()
    assert (account.pesel, account.email) == (PESEL, "")


def test_coming_in_again_is_the_same_account_and_opens_nothing_of_others(client, by_oidc):
    foreign = make_request(applicant=PERSON | {"pesel": ANOTHER})
    client.get(by_oidc.at_oidc(client))
    other = type(client)()
    other.get(by_oidc.at_oidc(other))
    assert ResidentAccount.objects.count() == 1
    assert other.post(f"{MINE}moje/{foreign.pk}/otworz/").status_code == 404


def test_a_mailbox_confirmed_by_a_provider_shows_the_persons_requests_only_to_the_person(client, by_oidc):
    mine = make_request(applicant=PERSON | {"pesel": PESEL})
    account = enter(client)
    assert f"{BEGIN}?razem=1" in html(client.get(MINE))
    client.get(by_oidc.at_oidc(client, f"{BEGIN}?razem=1"))
    account.refresh_from_db()
    assert account.pesel == PESEL
    assert numbers_shown(client) == [mine.reference]
    reader_of_the_mailbox = type(client)()
    assert enter(reader_of_the_mailbox) == account
    assert numbers_shown(reader_of_the_mailbox) == []
    assert "Krystyna Wilga" not in html(reader_of_the_mailbox.get(MINE))
    assert reader_of_the_mailbox.post(f"{MINE}moje/{mine.pk}/otworz/").status_code == 404


def test_a_mailbox_that_somebody_left_open_does_not_become_another_persons(client, by_oidc):
    left_open = enter(client, "ktos@demo.example")
    client.get(by_oidc.at_oidc(client))
    left_open.refresh_from_db()
    assert left_open.pesel == ""
    assert "ktos" not in html(client.get(MINE))
    assert ResidentAccount.objects.count() == 2


def test_an_account_never_changes_its_person(client, by_oidc):
    first = enter(client)
    client.get(by_oidc.at_oidc(client, f"{BEGIN}?razem=1"))
    by_oidc.asserts(ASSERTED | {"pesel": ANOTHER, "given_name": "Jan"})
    client.get(by_oidc.at_oidc(client, f"{BEGIN}?razem=1"))
    first.refresh_from_db()
    assert first.pesel == PESEL
    assert ResidentAccount.objects.count() == 2
    assert "Jan Wilga" in html(client.get(MINE))


FLAWS = {
    "another key": {"signer": "stranger"},
    "no signature": {"unsigned": True},
    "no proof at all": {"no_id_token": True},
    "too old": {"ago": -3600},
    "for another portal": {"aud": "somebody-else"},
    "by another provider": {"iss": "https://login.example"},
    "another nonce": {"nonce": "guessed"},
    "another state": {"state": "guessed"},
}


@pytest.mark.parametrize("flaw", FLAWS.values(), ids=FLAWS)
def test_what_oidc_asserts_wrongly_is_refused_with_a_page_that_says_what_to_do(client, by_oidc, flaw):
    by_oidc.asserts(**flaw)
    assert is_refused(client, client.get(by_oidc.at_oidc(client)))


@pytest.mark.parametrize("pesel", [None, "", "44051401358", "brak"])
def test_without_a_pesel_nobody_comes_in(client, by_oidc, pesel):
    by_oidc.asserts({name: value for name, value in (ASSERTED | {"pesel": pesel}).items() if value is not None})
    assert is_refused(client, client.get(by_oidc.at_oidc(client)), "numer PESEL")


def test_an_answer_of_oidc_is_good_once_and_in_the_browser_that_asked(client, by_oidc):
    back = by_oidc.at_oidc(client)
    thief = type(client)()
    assert is_refused(thief, thief.get(back))
    assert client.get(back).url == MINE
    client.post("/moja-sprawa/zakoncz/")
    assert client.get(back).status_code == 403
    assert not came_in(client)


def test_whoever_breaks_off_at_the_provider_reads_so(client, by_oidc):
    client.get(BEGIN)
    assert is_refused(client, client.get(f"{RETURN}?error=access_denied&state=x"), "Przerwano")


def test_a_provider_that_is_away_costs_no_error(client, node, settings):
    settings.IDENTITY = node.configured(residents=node.oidc(issuer="http://127.0.0.1:9"))
    assert is_refused(client, client.get(BEGIN))


# -- what OIDC tells at its userinfo address only ------------------------------------------------
@pytest.fixture
def by_userinfo(node, settings):
    settings.IDENTITY = node.configured(residents=node.oidc(userinfo=True))
    return node


def test_a_resident_comes_in_by_what_is_told_at_the_userinfo_address(client, by_userinfo):
    by_userinfo.asserts({}, userinfo=ASSERTED)
    assert client.get(by_userinfo.at_oidc(client)).url == MINE
    assert ResidentAccount.objects.get().pesel == PESEL


def test_without_the_option_nobody_asks_there(client, by_oidc):
    by_oidc.asserts({}, userinfo=ASSERTED)
    assert is_refused(client, client.get(by_oidc.at_oidc(client)), "numer PESEL")


def test_what_the_userinfo_address_tells_of_somebody_else_is_refused(client, by_userinfo):
    by_userinfo.asserts({}, userinfo=ASSERTED | {"sub": "2"})
    assert is_refused(client, client.get(by_userinfo.at_oidc(client)))


def test_what_was_signed_goes_before_what_the_userinfo_address_tells(client, by_userinfo):
    by_userinfo.asserts({"pesel": PESEL}, userinfo=ASSERTED | {"pesel": ANOTHER})
    client.get(by_userinfo.at_oidc(client))
    assert ResidentAccount.objects.get().pesel == PESEL


# -- residents by SAML --------------------------------------------------------------------------
def post(client, answer):
    """Post as the provider's page does: from another site, without our cookies."""
    return type(client)().post(RECEIVE, answer)


def test_a_resident_comes_in_by_saml(client, by_saml):
    mine = make_request(applicant=PERSON | {"pesel": PESEL})
    posted = post(client, by_saml.at_saml(client))
    assert posted.status_code == 303
    assert PESEL not in posted.url
    assert client.get(posted.url).url == MINE
    assert numbers_shown(client) == [mine.reference]
    assert not WaitingAssertion.objects.exists()


SAML_FLAWS = {
    "another key": {"signer": "stranger"},
    "no signature": {"unsigned": True},
    "altered after it was signed": {"altered": [PESEL, ANOTHER]},
    "too old": {"ago": -3600},
    "for another portal": {"saml": {"audience": "https://somebody.example"}},
    "to another address": {"saml": {"to": "https://somebody.example/acs"}},
    "by another provider": {"saml": {"issuer": "https://login.example"}},
}


@pytest.mark.parametrize("flaw", SAML_FLAWS.values(), ids=SAML_FLAWS)
def test_what_saml_asserts_wrongly_is_refused_with_a_page_that_says_what_to_do(client, by_saml, flaw):
    by_saml.asserts(**flaw)
    assert is_refused(client, post(client, by_saml.at_saml(client)))
    assert not WaitingAssertion.objects.exists()


def test_an_answer_of_saml_is_good_once_and_in_the_browser_that_asked(client, by_saml):
    answer = by_saml.at_saml(client)
    posted = post(client, answer)
    again = post(client, answer)
    assert again.status_code == 403
    thief = type(client)()
    assert is_refused(thief, thief.get(posted.url))
    assert is_refused(client, client.get(posted.url))  # the thief has used it up; begin once more


def test_an_answer_to_another_question_is_refused(client, by_saml):
    by_saml.asserts(saml={"answers": "_guessed"})
    posted = post(client, by_saml.at_saml(client))
    assert is_refused(client, client.get(posted.url))


def test_saml_without_a_pesel_is_refused(client, by_saml):
    by_saml.asserts({"given_name": "Krystyna"})
    assert is_refused(client, client.get(post(client, by_saml.at_saml(client)).url), "numer PESEL")


@pytest.mark.parametrize("sent", ["", "x", "PHg+", "PCFET0NUWVBFIHggWzwhRU5USVRZIHkgInoiPl0+PHg+Jnk7PC94Pg=="])
def test_what_is_no_response_is_refused(client, by_saml, sent):
    assert is_refused(client, post(client, {"SAMLResponse": sent}))


# -- encrypted assertions -------------------------------------------------------------------------
@pytest.fixture
def by_encrypted_saml(node, settings):
    settings.IDENTITY = node.configured(residents=node.saml() | {"encrypted": True})
    return node


def test_a_resident_comes_in_by_an_encrypted_assertion(client, by_encrypted_saml):
    by_encrypted_saml.asserts(encrypted_to="portal")
    answer = by_encrypted_saml.at_saml(client)
    assert PESEL not in base64.b64decode(answer["SAMLResponse"]).decode()
    assert client.get(post(client, answer).url).url == MINE
    assert ResidentAccount.objects.get().pesel == PESEL


ENCRYPTED_FLAWS = {
    "in the open": {},
    "for another reader": {"encrypted_to": "stranger"},
    "signed by another": {"encrypted_to": "portal", "signer": "stranger"},
    "not signed": {"encrypted_to": "portal", "unsigned": True},
    "too old": {"encrypted_to": "portal", "ago": -3600},
}


@pytest.mark.parametrize("flaw", ENCRYPTED_FLAWS.values(), ids=ENCRYPTED_FLAWS)
def test_where_encryption_is_asked_for_nothing_less_is_taken(client, by_encrypted_saml, flaw):
    by_encrypted_saml.asserts(**flaw)
    assert is_refused(client, post(client, by_encrypted_saml.at_saml(client)))
    assert not WaitingAssertion.objects.exists()


@pytest.mark.parametrize(("level", "lets_in"), [("high", True), ("low", False)])
def test_a_level_below_the_one_asked_for_lets_no_resident_in(client, node, settings, level, lets_in):
    settings.IDENTITY = node.configured(residents=node.saml() | {"strong": ["high"]})
    node.asserts(level=level)
    response = client.get(post(client, node.at_saml(client)).url)
    assert came_in(client) is lets_in
    assert lets_in or is_refused(client, response)


def test_what_waits_for_the_browser_is_sealed(client, by_saml):
    post(client, by_saml.at_saml(client))
    assert WaitingAssertion.objects.extra(where=["sealed NOT LIKE %s"], params=[f"%{PESEL}%"]).exists()


def test_the_portal_describes_itself_to_the_provider(client, by_saml):
    page = client.get(f"{MINE}wezel/metadane/")
    assert page["Content-Type"] == "application/samlmetadata+xml"
    assert RECEIVE in html(page)
    assert "PRIVATE KEY" not in html(page)


# -- staff --------------------------------------------------------------------------------------
@pytest.fixture
def sso(node, settings):
    settings.IDENTITY = node.configured(staff=node.oidc({"email": "email"}, strong=["two-factors"]))

    def asserts(user, **claims):
        node.asserts({"email": user.email.upper(), "email_verified": True} | claims)
        return node

    return asserts


def signed_in(client):
    return client.session.get("_auth_user_id")


def test_a_worker_signs_in_by_sso_and_still_passes_the_second_step(client, sso, tomek):
    give_app(tomek)
    there = client.get(sso(tomek).at_oidc(client, SSO))
    assert there.url == SECOND_STEP
    assert signed_in(client) is None
    client.post(SECOND_STEP, {"code": code()})
    assert signed_in(client) == str(tomek.pk)


def test_a_level_that_is_configured_as_strong_is_the_second_step(client, sso, tomek):
    give_app(tomek)
    client.get(sso(tomek, acr="two-factors").at_oidc(client, SSO))
    assert signed_in(client) == str(tomek.pk)
    assert client.get("/praca/").status_code in {200, 302}
    assert client.get("/admin/").status_code == 200


def test_another_level_is_not_and_whoever_lacks_a_second_step_sets_one_up(client, sso, tomek):
    client.get(sso(tomek, acr="password").at_oidc(client, SSO))
    assert client.get("/admin/").url == "/konto/"


def test_sso_makes_no_user_and_lets_no_closed_or_unverified_one_in(client, sso, tomek, ewa):
    tomek.is_active = False
    tomek.save()
    stranger = User(email="nikt@demo.example")
    for person, claims in [(stranger, {}), (tomek, {}), (ewa, {"email_verified": False}), (ewa, {"email": ""})]:
        refused = client.get(sso(person, **claims).at_oidc(client, SSO))
        assert refused.status_code == 403
        assert "Nie możemy Cię zalogować" in html(refused)
        assert signed_in(client) is None
    assert not User.objects.filter(email="nikt@demo.example").exists()


def test_whoever_may_not_process_data_today_is_stopped_after_sso(client, sso, tomek):
    tomek.authorisations.update(valid_to="2020-01-01", valid_from="2019-01-01")
    stopped = client.get(sso(tomek).at_oidc(client, SSO))
    assert stopped.status_code == 403
    assert signed_in(client) is None


def test_an_answer_for_staff_lets_no_resident_in_and_the_other_way_round(client, node, settings, tomek):
    settings.IDENTITY = node.configured(residents=node.oidc(), staff=node.oidc({"email": "email"}))
    node.asserts(ASSERTED | {"email": tomek.email, "email_verified": True})
    back = urlsplit(node.at_oidc(client, SSO))
    assert is_refused(client, client.get(f"{RETURN}?{back.query}"))
    back = urlsplit(node.at_oidc(client, BEGIN))
    assert client.get(f"{SSO_RETURN}?{back.query}").status_code == 403
    assert signed_in(client) is None
