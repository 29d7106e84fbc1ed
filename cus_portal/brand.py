"""The centre's two colours: checked for contrast at the start, served as a style sheet."""

import re

from django.conf import settings
from django.core.checks import Error

DEFAULTS = {"brand": "#0a5a61", "brand_dark": "#06434a"}
LOWEST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
HEX = re.compile(r"#[0-9a-fA-F]{6}")


def colours(centre: dict) -> dict[str, str]:
    return {name: str(centre.get(name, default)) for name, default in DEFAULTS.items()}


def channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luminance(colour: str) -> float:
    def linear(channel):
        part = channel / 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(channel) for channel in channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def softened(colour: str, share: float = 0.12) -> str:
    """Mix the colour into white, for grounds behind text."""
    return "#" + "".join(f"{round(255 - (255 - channel) * share):02x}" for channel in channels(colour))


def brand_css(centre: dict) -> str:
    chosen = colours(centre)
    return (
        f":root{{--brand:{chosen['brand']};--brand-dark:{chosen['brand_dark']};"
        f"--brand-soft:{softened(chosen['brand'])}}}\n"
    )


def check_brand_colours(app_configs, **kwargs):
    """White words stand on both colours, so both must be dark enough."""
    problems = []
    for name, colour in colours(settings.CENTRE).items():
        if not HEX.fullmatch(colour):
            problems.append(
                Error(f"{name} in CENTRE_FILE is {colour!r}; write it as six hex digits: #0a5a61.", id="portal.E001")
            )
        elif (found := contrast(colour, "#ffffff")) < LOWEST_CONTRAST:
            problems.append(
                Error(
                    f"{name} {colour} has a contrast of {found:.1f} with white; at least {LOWEST_CONTRAST} is needed.",
                    hint="Choose a darker colour in CENTRE_FILE.",
                    id="portal.E002",
                )
            )
    return problems
