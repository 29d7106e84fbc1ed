"""What a page becomes in HSDS. A field without a value is left out, never null."""


def filled(**fields):
    """Return the fields that say something; zero and false do."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}


def joined(*parts, by="\n"):
    return by.join(str(part) for part in parts if part)
