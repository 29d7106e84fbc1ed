"""What search engines read in a service's page: schema.org GovernmentService."""

import json

from django.conf import settings
from django.utils.safestring import mark_safe

ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


def government_service(page, *, url, language):
    """Return the page as a schema.org GovernmentService; no confidential place is in a page."""
    texts = page["texts"].get(language, {})
    provider = page["provider"]
    data = {
        "@context": "https://schema.org",
        "@type": "GovernmentService",
        "@id": url,
        "url": url,
        "identifier": page["uuid"],
        "name": texts.get("plain_name") or page["plain_name"],
        "alternateName": page["name"],
        "description": texts.get("summary") or page["summary"],
        "serviceType": [area["name"]["pl"] for area in page["areas"]],
        "audience": {"@type": "Audience", "audienceType": texts.get("for_whom") or page["for_whom"]},
        "areaServed": [place["name"] for place in page["localities"]] or settings.CENTRE["municipality"],
        "provider": {
            "@type": "Organization",
            **{word: provider[word] for word in ("name", "email", "address") if word in provider},
            **({"telephone": provider["phone"]} if "phone" in provider else {}),
            **({"url": provider["website"]} if "website" in provider else {}),
        },
        "availableChannel": {
            "@type": "ServiceChannel",
            "serviceUrl": url,
            "servicePhone": {"@type": "ContactPoint", "telephone": page.get("phone") or settings.CENTRE["phone"]},
        },
    }
    if any(basis["fee"] == "free" for basis in page["bases"][:1]):
        data["isAccessibleForFree"] = True
    return data


def as_script(data):
    """Return the data as a block that no browser runs and no text in it can leave."""
    text = json.dumps(data, ensure_ascii=False).translate(ESCAPES)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308 escaped above
