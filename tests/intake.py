"""How a resident's browser goes through the pages of intake."""

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.factories import PERSON

PDF = b"%PDF-1.4\n" + b"x" * 200
MAIL = {**PERSON, "email": "krystyna@demo.example"}
NEW, CHECK, DONE = "/zgloszenie/", "/zgloszenie/sprawdz/", "/zgloszenie/przyjete/"
TRACK, STATUS, ANSWER = "/moja-sprawa/", "/moja-sprawa/stan/", "/moja-sprawa/odpowiedz/"
SELF = {"basis": "self"}
YOU = {"first_name": "Krystyna", "last_name": "Wilga"}
PHONE = {"contact_by": "phone", "phone": "600 100 200"}


def scan(name="orzeczenie.pdf", content=PDF):
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def step(client, name, data):
    return client.post(f"/zgloszenie/{name}/" if name else NEW, data)


ACTING = {"institution": "szkoła, pedagog", "scope": "everything"}  # what a right to act asks for, if it does


def begin(client, needs=None, *, urgent=None, basis=SELF):
    """Say what is needed, what cannot wait and for whom."""
    step(client, "", needs or {"own_words": "ktoś do pomocy w domu"})
    step(client, "pilne", urgent or {})
    return step(client, "dla-kogo", basis)


def fill(client, *, needs=None, urgent=None, basis=SELF, person=None, acting=ACTING, you=YOU, contact=PHONE):
    """Go through all steps up to the last page."""
    begin(client, needs, urgent=urgent, basis=basis)
    if person:
        step(client, "osoba", person)
        step(client, "podstawa", acting)
    step(client, "ty", you)
    response = step(client, "kontakt", contact)
    assert response.status_code == 302, errors(response)
    assert response.url == CHECK


def send(client, **extra):
    page = client.get(CHECK)
    hidden = {name: page.context["form"].initial[name] for name in ("token", "notice", "shown")}
    return client.post(CHECK, hidden | extra)


def prove(client, request):
    return client.post(TRACK, {"reference": request.reference, "code": request.access_code})


def errors(response):
    return {name: list(texts) for name, texts in response.context["form"].errors.items()}


def html(response):
    return response.content.decode()
