"""The institutions that give the services listed today."""

from cus_portal.accounts.models import Institution
from services.api.ids import id_of
from services.api.records import filled
from services.api.records.location import address, phone

# The public registers in which a Polish body has a number; schemes as org-id.guide names them, where it does.
REGISTERS = (("nip", "NIP", "PL-NIP"), ("regon", "REGON", "PL-REGON"), ("krs", "KRS", "PL-KRS"), ("ade", "ADE", ""))


def organization_id(code):
    return id_of("organization", code)


def organization_brief(provider):
    kind = str(Institution.Kind(provider["kind"]).label)
    return filled(
        id=organization_id(provider["code"]),
        name=provider["name"],
        alternate_name=provider.get("short_name"),
        description=provider.get("note") or kind,
        email=provider.get("email"),
        website=provider.get("website"),
        legal_status=kind,
    )


def organization_full(provider):
    brief = organization_brief(provider)
    owner = brief["id"]
    return brief | filled(
        phones=[phone(owner, provider["phone"])] if provider.get("phone") else [],
        locations=[_seat(owner, provider)] if provider.get("address") else [],
        organization_identifiers=[
            filled(
                id=id_of("identifier", owner, word),
                identifier_scheme=scheme,
                identifier_type=label,
                identifier=provider[word],
            )
            for word, label, scheme in REGISTERS
            if provider.get(word)
        ],
    )


def _seat(owner, provider):
    seat = id_of("seat", owner)
    return filled(
        id=seat, location_type="physical", name=provider["name"], addresses=[address(seat, provider["address"])]
    )
