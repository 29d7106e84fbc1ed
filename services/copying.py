"""What a new entry takes from another: its parts, and nothing that is true of the other one alone."""

from datetime import date

# Who it is, what was said of it, when it holds: the copy has its own.
OWN = {"code", "slug", "name", "plain_name", "provider", "reviewed_on", "evidence", "source", "featured", "exceptions"}
# Where the other institution is and whom one calls there.
OF_PROVIDER = {
    *("provider_note", "phone", "website", "contacts", "places", "confidential_place", "direct_entry", "sign_film"),
    *("hours", "quality_standard"),
}
# What only the centre decides.
OF_CENTRE = {"instead", "basis", "supporting_action", "confidential_place"}
DATES = ("valid_from", "valid_to")


def copied(content: dict, *, renamed: bool, other_provider: bool, by_centre: bool, on: date, running: set[str]) -> dict:
    """Return what the copy of an entry says. Its basis is the newest one of a running programme, from the day on."""
    left = OWN | (OF_PROVIDER if other_provider else set()) | (set() if by_centre else OF_CENTRE)
    found = {word: value for word, value in content.items() if word not in left}
    if "hours" in found:
        found["hours"] = [row for row in found["hours"] if not any(row.get(word) for word in DATES)]
    if renamed:  # the page then shows the Polish name, and says so, until somebody has translated the new one
        found["texts"] = [{**row, "plain_name": ""} for row in content.get("texts", [])]
    rows = [row for row in found.get("basis", []) if row["programme"] in running]
    rows.sort(key=lambda row: row["from"], reverse=True)
    found["basis"] = [
        {word: value for word, value in row.items() if word != "to"} | {"from": on.isoformat()} for row in rows[:1]
    ]
    return found
