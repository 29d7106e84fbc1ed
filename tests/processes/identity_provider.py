"""A provider of identities that speaks OIDC and SAML, for tests: it vouches for whom it is told to, rightly or wrongly.

python -m tests.processes.identity_provider FOLDER: makes its keys and certificates there, listens on a free port, and
writes its address into FOLDER/address. What to assert comes as JSON by POST /next, and holds for the next sign-in.
"""

import base64
import datetime
import hashlib
import json
import secrets
import sys
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.jwk import RSAKey
from lxml import etree
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Saml
from onelogin.saml2.utils import OneLogin_Saml2_Utils as Utils

CLIENT, SECRET = "portal", "only-for-tests"
PLACES = {"/authorize", "/saml"}


def make_key(folder, name):
    """Write a key and its certificate, both as PEM; return the key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=400))
    certificate = made.not_valid_after(now + datetime.timedelta(days=400)).sign(key, hashes.SHA256())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / f"{name}.key").write_bytes(pem)
    (folder / f"{name}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return pem.decode()


class Provider:
    def __init__(self, folder):
        self.folder = folder
        self.pem = {name: make_key(folder, name) for name in ("provider", "stranger", "portal")}
        self.keys = {name: RSAKey.import_key(pem, {"kid": "1", "use": "sig"}) for name, pem in self.pem.items()}
        self.certificates = {name: (folder / f"{name}.crt").read_text() for name in self.pem}
        self.next, self.codes, self.access = {}, {}, ""

    # -- OIDC -----------------------------------------------------------------------------------
    def metadata(self):
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "jwks_uri": f"{self.address}/jwks",
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def authorize(self, asked):
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': self.next.get('state', asked['state'])})}"

    def token(self, sent):
        """Return tokens for a code, once, to who holds the verifier and the secret."""
        asked = self.codes.pop(sent.get("code"), None)
        verifier = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        if asked is None or base64.urlsafe_b64encode(verifier).rstrip(b"=").decode() != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time()) + self.next.get("ago", 0)
        claims = {
            "iss": self.next.get("iss", self.address),
            "aud": self.next.get("aud", CLIENT),
            "sub": "1",
            "iat": now,
            "exp": now + 300,
            "nonce": self.next.get("nonce", asked["nonce"]),
        } | self.next.get("claims", {})
        id_token = jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.keys[self.next.get("signer", "provider")])
        if self.next.get("unsigned"):
            id_token = f"{plain({'alg': 'none'})}.{plain(claims)}."
        self.access = secrets.token_urlsafe()
        answer = {"access_token": self.access, "token_type": "Bearer", "expires_in": 300}
        return 200, answer if self.next.get("no_id_token") else answer | {"id_token": id_token}

    def userinfo(self, authorization):
        """Return what is told of the person to who holds the last access token."""
        if authorization != f"Bearer {self.access}":
            return 401, {"error": "invalid_token"}
        return 200, {"sub": "1"} | self.next.get("userinfo", {})

    # -- SAML -----------------------------------------------------------------------------------
    def respond(self, asked):
        """Return the signed response to a request, as the provider's page would post it."""
        request = etree.fromstring(zlib.decompress(base64.b64decode(asked["SAMLRequest"]), -15))
        told = {
            "to": request.get("AssertionConsumerServiceURL"),
            "audience": request.findtext("{*}Issuer"),
            "answers": request.get("ID"),
            "issuer": f"{self.address}/saml",
        } | self.next.get("saml", {})
        now = time.time() + self.next.get("ago", 0)
        assertion = self.sign(
            ASSERTION.format(
                id="_" + secrets.token_hex(16),
                now=moment(now),
                until=moment(now + 300),
                past=moment(now - 60),
                level=self.next.get("level", "high"),
                attributes=attributes(self.next.get("claims", {})),
                **told,
            )
        )
        if self.next.get("altered"):
            assertion = assertion.replace(*self.next["altered"])
        if reader := self.next.get("encrypted_to"):
            assertion = self.encrypt(assertion, reader)
        response = RESPONSE.format(id="_" + secrets.token_hex(16), now=moment(now), assertion=assertion, **told)
        return base64.b64encode(response.encode()).decode()

    def sign(self, assertion):
        signer = self.next.get("signer", "provider")
        if self.next.get("unsigned"):
            return assertion
        signed = Utils.add_sign(
            assertion,
            self.pem[signer],
            self.certificates[signer],
            sign_algorithm=Saml.RSA_SHA256,
            digest_algorithm=Saml.SHA256,
        )
        return signed.decode() if isinstance(signed, bytes) else signed

    def encrypt(self, assertion, reader):
        """Return the assertion so that only the reader's key opens it: AES-256 under RSA-OAEP."""
        wrapped = etree.Element(f"{{{Saml.NS_SAML}}}EncryptedAssertion", nsmap={"saml": Saml.NS_SAML})
        element = etree.fromstring(assertion)
        wrapped.append(element)
        data = xmlsec.template.encrypted_data_create(
            wrapped, xmlsec.Transform.AES256, type=xmlsec.EncryptionType.ELEMENT, ns="xenc"
        )
        xmlsec.template.encrypted_data_ensure_cipher_value(data)
        info = xmlsec.template.encrypted_data_ensure_key_info(data, ns="dsig")
        key = xmlsec.template.add_encrypted_key(info, xmlsec.Transform.RSA_OAEP)
        xmlsec.template.encrypted_data_ensure_cipher_value(key)
        manager = xmlsec.KeysManager()
        manager.add_key(xmlsec.Key.from_memory(self.certificates[reader], xmlsec.KeyFormat.CERT_PEM))
        context = xmlsec.EncryptionContext(manager)
        context.key = xmlsec.Key.generate(xmlsec.KeyData.AES, 256, xmlsec.KeyDataType.SESSION)
        context.encrypt_xml(data, element)
        return etree.tostring(wrapped).decode()


def plain(part):
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def moment(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def attributes(claims):
    one = '<saml:Attribute Name="{}"><saml:AttributeValue>{}</saml:AttributeValue></saml:Attribute>'
    return "".join(one.format(name, value) for name, value in claims.items())


ASSERTION = (
    '<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{id}" Version="2.0" IssueInstant="{now}">'
    "<saml:Issuer>{issuer}</saml:Issuer><saml:Subject><saml:NameID>1</saml:NameID>"
    '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData'
    ' NotOnOrAfter="{until}" Recipient="{to}" InResponseTo="{answers}"/></saml:SubjectConfirmation></saml:Subject>'
    '<saml:Conditions NotBefore="{past}" NotOnOrAfter="{until}"><saml:AudienceRestriction><saml:Audience>{audience}'
    "</saml:Audience></saml:AudienceRestriction></saml:Conditions>"
    '<saml:AuthnStatement AuthnInstant="{now}" SessionIndex="{id}"><saml:AuthnContext><saml:AuthnContextClassRef>'
    "{level}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
    "<saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion>"
)
RESPONSE = (
    '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"'
    ' xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{id}" Version="2.0" IssueInstant="{now}"'
    ' Destination="{to}" InResponseTo="{answers}"><saml:Issuer>{issuer}</saml:Issuer><samlp:Status>'
    '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>{assertion}</samlp:Response>'
)


class Handler(BaseHTTPRequestHandler):
    provider = None

    def do_GET(self):
        place, asked = urlsplit(self.path), {}
        asked = {name: values[0] for name, values in parse_qs(place.query).items()}
        if place.path == "/.well-known/openid-configuration":
            self.answer(200, self.provider.metadata())
        elif place.path == "/jwks":
            self.answer(200, {"keys": [self.provider.keys["provider"].as_dict(private=False)]})
        elif place.path == "/authorize":
            self.answer(302, {}, Location=self.provider.authorize(asked))
        elif place.path == "/userinfo":
            self.answer(*self.provider.userinfo(self.headers["Authorization"]))
        elif place.path == "/saml":
            self.answer(200, {"SAMLResponse": self.provider.respond(asked)})
        else:
            self.answer(404, {})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/next":
            self.provider.next = json.loads(body)
            self.answer(200, {})
        else:
            sent = {name: values[0] for name, values in parse_qs(body).items()}
            self.answer(*self.provider.token(sent))

    def answer(self, status, said, **headers):
        body = json.dumps(said).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Say nothing: the test looks at the answers."""


def main(folder):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Handler.provider = Provider(folder)
    Handler.provider.address = f"http://127.0.0.1:{server.server_port}"
    written = folder / "address.new"
    written.write_text(Handler.provider.address)
    written.rename(folder / "address")
    server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
