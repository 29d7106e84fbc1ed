"""Systems of other institutions for the tests."""

import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from coordination.actions.partners import make_token
from coordination.actions.webhooks import add_webhook
from coordination.models import PartnerToken, Webhook
from tests import personas
from tests.factories import NOW, TODAY


def make_partner_token(institution, **fields):
    """Return a token and its secret."""
    facts = {"name": "system testowy", "valid_to": TODAY + timedelta(days=30)} | fields
    token = PartnerToken(institution=institution, **facts)
    return token, make_token(token, by=personas.person("beata"), now=NOW)


def make_webhook(institution, url="https://program.example/cus"):
    """Return an address and its secret."""
    webhook = Webhook(institution=institution, name="program testowy", url=url)
    return webhook, add_webhook(webhook, by=personas.person("beata"), now=NOW)


def certificate_for(host, folder):
    """Return the path of a certificate with its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(7).not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
    made = made.not_valid_after(datetime(2060, 1, 1, tzinfo=UTC))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    signed = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(
        key, hashes.SHA256()
    )
    kept = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "program.pem"
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + key.private_bytes(*kept))
    return path


class Program:
    """An institution's program behind https in a thread: notes each call, answers with `status`."""

    def __init__(self, folder):
        self.calls, self.status, self.location = [], 204, ""
        program = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                program.calls.append((self.path, dict(self.headers), body))
                self.send_response(program.status)
                if program.location:
                    self.send_header("Location", program.location)
                self.end_headers()

            def log_message(self, *said):
                pass

        self.certificate = certificate_for("localhost", folder)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.url = f"https://localhost:{self.port}/cus?from=centre"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_error):
        self.server.shutdown()
        self.server.server_close()
