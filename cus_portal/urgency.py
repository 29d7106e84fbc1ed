"""What cannot wait: words of danger in what somebody wrote, in the three languages of the form.

A find puts a request on top of the list and shows where to call before it is sent. It decides nothing, and a find too
many costs nothing; so the words are stems, and every form of them counts.
"""

import re

from cus_portal.db import fold

STEMS = (
    # to die, to kill oneself
    r"\bchc\w*\s+(juz\s+)?(umrzec|zginac|sie zabic)",
    r"\bnie\s+chc\w*\s+(juz\s+|dluzej\s+|mi sie\s+)*zyc\b",
    r"\b(zabij|zabic|zabil)\w*\s+sie\b|\bsie\s+(zabij|zabic)\w*",
    r"samoboj",
    r"skoncz\w*\s+ze\s+soba",
    r"\bode(bra|bior)\w*\s+sobie\s+zycie",
    r"\btargn\w*\s+sie\s+na",
    r"\b(want|going)\s+to\s+die\b|kill\s+(myself|himself|herself)|suicid",
    r"(хочу|хоче)\s+(померти|вмерти)|не\s+хочу\s+жити|самогуб|вбити\s+себе|покінчити\s+з\s+собою",
    # to be hurt
    r"\b(bije|pobil|katuje|dusi|dusil|gwalci|zgwalcil|molestuje)\w*\b",
    r"\bprzemoc|насильств|\bviolen(ce|t)\b|\babus(e|ed|es|ive)\b",
    r"\b(uderza|uderzyl|szarpie|popycha)\w*\s+(mnie|nas|ja|go|dziecko)\b|\bmnie\s+(uderz|szarp|popych)",
    r"\bgroz(i|il|ila|a)\s+(mi|nam|jej|mu|im|smierc|noz|ze)",
    r"\bboj\w*\s+sie\s+(o\s+(swoje\s+|nasze\s+)?(zycie|dzieck)|wracac|wrocic|meza|partnera|ojca|syna)",
    r"б[’']?є\s+(мене|нас|дитину)|погрожує|ґвалту|згвалту",
    r"\b(beats|hits|threatens)\s+(me|us|her|him)",
    # nothing to eat, no warmth, no roof
    r"\bnie\s+ma(m|my)?\s+(juz\s+)?(co|nic do)\s+(jesc|jedzenia)",
    r"\bglod(ny|na|ne|ni|uje|ujemy)\b",
    r"\bnie\s+ma(m|my)?\s+(opalu|ogrzewania|czym\s+palic|gdzie\s+spac|dachu)",
    r"\b(spie|spimy|mieszkam)\s+(na\s+ulicy|pod\s+mostem|w\s+aucie|w\s+samochodzie)",
    r"нема(є)?\s+(що\s+їсти|де\s+спати|опалення)|голоду",
)
DANGER = re.compile("|".join(STEMS))


def tells_of_danger(*texts: str) -> bool:
    """Tell whether any of the texts has words of danger, however they are inflected and accented."""
    return any(DANGER.search(fold(text)) for text in texts if text)
