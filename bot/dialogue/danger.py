"""CrisisKind: which help a caller in danger is named, told by the caller's own words."""

import re
from typing import Literal

CrisisKind = Literal["life", "emergency", "gas", "fire", "unclear"]
"""`life`: tired of life, or hurting oneself: a helpline to talk to; `emergency`: an ambulance or
the police; `gas` and `fire`: out of the house first; `unclear`: both are named."""

_LIFE = re.compile(
    r"zelfmoord|zelfdoding|suïcid|suicid|(?:niet|nooit) meer (?:willen )?(?:leven|verder|wakker)|"
    r"\bdood (?:wil|zijn|ben)|wil (?:ik )?dood|liever dood|(?:eind|einde) aan (?:mijn|het) leven|"
    r"er\s?(?:\w+ )?een (?:eind|einde) aan|er (?:niet|nooit) meer (?:te )?zijn|van het leven|"
    r"geen zin meer in|"
    r"leven (?:heeft )?geen zin|stap(?:pen)? (?:ik )?(?:eruit|uit het leven)|er\s?uit stappen|"
    r"voor de trein|van (?:het|een) dak|ophangen aan|mezelf|mijzelf|mezelve|polsen|overdosis|"
    r"pillen|\bkill(?:ing)? myself|end(?:ing)? (?:it all|my life)|take my (?:own )?life|"
    r"(?:want|wanna|going) to die|wish i was dead|better off (?:dead|without me)|"
    r"don'?t want to (?:live|be here|go on|wake up)|no reason to live|hurt(?:ing)? myself|"
    r"harm(?:ing)? myself|cut(?:ting)? myself|jump off|overdose|pills",
    re.IGNORECASE,
)
_GAS = re.compile(
    r"\bgas(?:lek|lucht|geur|leiding)?\b|koolmonoxide|\bcarbon monoxide\b|smell(?:s|ing)? of gas",
    re.IGNORECASE,
)
_FIRE = re.compile(
    r"\bbrand(?:t|en)?\b|in brand|in de fik|\bvlammen\b|\brook\b|\bon fire\b|\bfire\b|\bsmoke\b|"
    r"\bflames\b|\bburning\b",
    re.IGNORECASE,
)
_EMERGENCY = re.compile(
    r"\bhart(?:aanval|infarct|stilstand)|\bademt? (?:niet|bijna)|ademhal|bewusteloos|buiten westen|"
    r"\bberoerte|\bbloed(?:t|en|ing)?\b|ambulance|ziekenwagen|\bgestikt|\bstikt\b|\bongeluk|"
    r"ingestort|reanim|onder schot|\bmes\b|\bpistool|ingebroken|inbreker|slaat (?:me|mij|mijn)|"
    r"\bbevalling|epilep|insult(?:en)? (?:heeft|krijgt)|vergiftig|elektrocu|onder stroom|"
    r"heart (?:attack|stopped)|not breathing|can'?t breathe|unconscious|passed out|\bstroke\b|"
    r"\bbleeding|\bchoking|\baccident|collapsed|\bknife|\bgun\b|breaking in|hitting me|seizure|"
    r"poisoned|electrocuted|drown|verdrink",
    re.IGNORECASE,
)


def crisis_kind(words: str) -> CrisisKind:
    """Return which help fits; `unclear` when the words tell of two kinds, or of none."""
    told: list[CrisisKind] = []
    if _LIFE.search(words):
        told.append("life")
    if _GAS.search(words):
        told.append("gas")
    elif _FIRE.search(words):
        told.append("fire")
    if _EMERGENCY.search(words):
        told.append("emergency")
    if told in (["gas", "emergency"], ["fire", "emergency"]):
        return told[0]  # out of the house first; 112 is named there too
    return told[0] if len(told) == 1 else "unclear"
