"""Takes personal data and secrets out of text before it is stored, leaving typed placeholders such as `[EMAIL]`.

Deterministic and idempotent. Clean text, the great majority, is recognised by one vectorised pass and never
reaches Python code.
"""

from __future__ import annotations

import hashlib
import ipaddress
import itertools
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc

Kind = Literal["URL", "EMAIL", "SECRET", "IBAN", "CARD", "IP", "PHONE", "NAME"]
KINDS: tuple[Kind, ...] = get_args(Kind)
PLACEHOLDER = re.compile(rf"\[(?:{'|'.join(KINDS)})\]")

# Regions whose national notation is understood; numbers with an international prefix need none.
PHONE_REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "SE", "PL", "IN", "AU", "BR", "JP")


def rules_version() -> str:
    """Fingerprint of the rules and of the library that knows telephone numbers: other rules leave other texts."""
    return hashlib.sha256(Path(__file__).read_bytes() + phonenumbers.__version__.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Span:
    """One piece of personal data: its kind and its code-point offsets in the text that was given."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Redaction:
    """A redacted text and what was taken out of the original, in order."""

    text: str
    spans: tuple[Span, ...]

    def in_original(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the text that was given of a piece of the redacted one; a placeholder stands for all that it replaced."""
        return self._original(start, is_end=False), self._original(end, is_end=True)

    def _original(self, position: int, *, is_end: bool) -> int:
        shift = 0
        for span in self.spans:
            opening = span.start + shift
            closing = opening + len(span.kind) + 2
            if position <= opening:
                break
            if position < closing:
                return span.end if is_end else span.start
            shift = closing - span.end
        return position - shift


# --- addresses -------------------------------------------------------------------------------------------------------

_EMAIL = re.compile(
    r"(?<![\w.+-])[\w.!#$%&'*+/=?^`{|}~-]*[\w+-]@(?:[\w](?:[\w-]{0,62})\.)+[^\W\d_]{2,24}\b"
    r"|\b[\w.+-]+\s?(?:\[at\]|\(at\)|\{at\}|＠)\s?[\w-]+(?:\s?(?:\[dot\]|\(dot\)|\{dot\}|\.)\s?[\w-]+)+",
    re.IGNORECASE,
)
_URL = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s<>\"'`\\]+", re.IGNORECASE)
_URL_TRAIL = ".,;:!?)]}>*_"
_URL_PARAMETER = re.compile(
    r"[?&;#/](?:[\w.-]*(?:token|secret|passw|api_?key|signature|credential|session|auth|otp|jwt|e-?mail)[\w.-]*"
    r"|key|sig|code|sid|pwd)=[^&\s]",
    re.IGNORECASE,
)
_URL_USER = re.compile(r"^[a-z][a-z0-9+.-]*://[^/?#\s]*@", re.IGNORECASE)
_URL_SEGMENT = re.compile(r"[A-Za-z0-9_-]{16,}")
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")
_IPV6 = re.compile(
    r"(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}(?:[0-9a-f]{1,4}|(?:\d{1,3}\.){3}\d{1,3}|(?=%|/|\s|$|[,;)\]]))(?![\w:])", re.IGNORECASE
)
_VERSION_BEFORE = re.compile(r"(?:\bv|version|release|build|firmware|update)[\s:=]*$", re.IGNORECASE)


def _emails(text: str) -> Iterator[tuple[int, int]]:
    if "@" in text or "＠" in text or re.search(r"[\[({]at[\])}]", text, re.IGNORECASE):
        yield from (match.span() for match in _EMAIL.finditer(text))


def _urls(text: str) -> Iterator[tuple[int, int]]:
    """URLs that carry a credential, a token or somebody's address; plain links stay readable."""
    if "://" not in text:
        return
    for match in _URL.finditer(text):
        url = match.group().rstrip(_URL_TRAIL)
        if _URL_USER.match(url) or _URL_PARAMETER.search(url) or any(_looks_random(s) for s in _URL_SEGMENT.findall(url)):
            yield match.start(), match.start() + len(url)


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    if "." in text:
        for match in _IPV4.finditer(text):
            if all(int(part) < 256 for part in match.group().split(".")) and not _VERSION_BEFORE.search(text[: match.start()]):
                yield match.span()
    if text.count(":") > 1:
        for match in _IPV6.finditer(text):
            if sum(bool(group) for group in match.group().split(":")) > 1 and any(c.isdigit() for c in match.group()):
                try:
                    ipaddress.IPv6Address(match.group())
                except ValueError:
                    continue
                yield match.span()


# --- numbers with a check digit -------------------------------------------------------------------------------------

_CARD = re.compile(r"(?<![\w.,+-])\d(?:[ -]?\d){11,18}(?![\w]|[.,-]\d)")
# First digits and lengths of the card schemes in use.
_CARD_SCHEME = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|[689]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}|(?:50|5[6-9]|6[0-9])\d{10,17}"
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}", re.IGNORECASE)
_IBAN_COUNTRIES = """
15:NO 16:BE 18:DK,FI,FO,GL,NL,SD 19:MK,SI 20:AT,BA,EE,KZ,LT,LU,MN,XK 21:CH,HR,LI,LV 22:BG,BH,CR,DE,GB,GE,IE,ME,RS,VA
23:AE,GI,IL,IQ,OM,SO,TL 24:AD,CZ,ES,MD,PK,RO,SA,SE,SK,TN,VG 25:LY,PT,ST 26:IS,TR 27:BI,DJ,FR,GR,IT,MC,MR,SM
28:AL,AZ,BY,CY,DO,GT,HU,LB,NI,PL,SV 29:BR,EG,PS,QA,UA 30:JO,KW,MU,YE 31:MT,SC 32:LC 33:RU
"""
_IBAN_LENGTHS = {
    country: int(length)
    for length, _, countries in (entry.partition(":") for entry in _IBAN_COUNTRIES.split())
    for country in countries.split(",")
}


def _luhn(digits: str) -> bool:
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _cards(text: str) -> Iterator[tuple[int, int]]:
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        if _CARD_SCHEME.fullmatch(digits) and _luhn(digits):
            yield match.span()


def _iban_is_valid(iban: str) -> bool:
    rearranged = iban[4:] + iban[:4]
    return int("".join(str(int(character, 36)) for character in rearranged)) % 97 == 1


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    for match in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(match.group()[:2].upper())
        places = [place for place, character in enumerate(match.group()) if character.isalnum()]
        if length is None or len(places) < length:
            continue
        # Words after the number may look like more groups of it: the country says where it ends.
        end = places[length - 1] + 1
        if end < len(match.group()) and match.group()[end].isalnum():
            continue
        iban = "".join(match.group()[place] for place in places[:length])
        if iban.isascii() and _iban_is_valid(iban):
            yield match.start(), match.start() + end


# --- phone numbers ---------------------------------------------------------------------------------------------------

_PHONE = re.compile(r"(?<![\w.,@#:/=$€£-])(?:\+\s?|00)?\(?\d(?:[\s().\-/–‑]{0,3}\d){6,16}(?![\w]|[.,:]\d|\s?[%€$£])")
_PHONE_CUE = re.compile(
    r"(?:\b(?:phone|call(?:ed|ing)?|tel|telefon|téléphone|teléfono|telefono|telefoon|mobile|mobil|handy|cell|fax|whats\s?app|sms"
    r"|text me|reach (?:me|us)|ring|dial|hotline|direct line|number)\b\W{0,3}(?:\w+\W{1,2}){0,4}|[☎📞📱]\s*)$",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"^\(?(?:(?:19|20)\d\d[-./ ]\d{1,2}[-./ ]\d{1,2}|\d{1,2}[-./ ]\d{1,2}[-./ ](?:19|20)\d\d)(?:\D|$)"
    r"|^(?:19|20)\d\d\s?[-–/]\s?(?:19|20)\d\d$"
)
_NATIONAL = re.compile(r"\(\d{2,5}\)|^0\d|^\d{3}[-. ]\d{3}[-. ]\d{4}$|^1[-. ]\d{3}[-. ]\d{3}[-. ]\d{4}$")


def _phones(text: str, *, expected: bool = False) -> Iterator[tuple[int, int]]:
    for match in _PHONE.finditer(text):
        candidate = match.group()
        if _DATE.match(candidate):
            continue
        cued = expected or _PHONE_CUE.search(text, max(0, match.start() - 60), match.start()) is not None
        if _is_phone(candidate, cued=cued):
            yield match.span()


def _is_phone(candidate: str, *, cued: bool) -> bool:
    international = candidate.startswith(("+", "00"))
    # Bare digit runs are order numbers far more often than phone numbers.
    if not (international or cued or (_NATIONAL.search(candidate) and not candidate.isdigit())):
        return False
    number = "+" + candidate[2:] if candidate.startswith("00") else candidate
    for region in (None,) if international else PHONE_REGIONS:
        try:
            parsed = phonenumbers.parse(number, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed) or (cued and phonenumbers.is_possible_number(parsed)):
            return True
    return False


# --- secrets ---------------------------------------------------------------------------------------------------------

_SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}"
    r"|\bxox[a-z]-[\w-]{10,}|\bxapp-[\w-]{10,}|\b(?:sk|pk|rk)_(?:live|test)_\w{8,}|\bsk-[\w-]{16,}|\bAIza[\w-]{30,}"
    r"|\bya29\.[\w-]{20,}|\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?|\bSG\.[\w-]{16,}\.[\w-]{16,}"
    r"|\b(?:npm|hf|dop_v1|shpat|pat|lin_api|whsec)_\w{16,}|\bkey-[0-9a-f]{32}\b|\bAC[0-9a-f]{32}\b"
)
_SECRET_CUE = re.compile(
    r"\b(?:pass(?:word|wort|phrase|code)?|pwd|mot de passe|contraseña|secret|(?:api|access|private|secret|license)[ _-]?key"
    r"|[\w-]*token|credentials?|client[ _-]?secret|bearer|pin)\b[\"']?"
    r"\s*(?:\b(?:is|was|to|ist|lautet|auf|est|es)\b|[:=]|->|→|(?<=earer))\s*[\"'`]?(?P<value>[^\s\"'`,;<>]{4,})",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"(?<![\w/+.@-])[A-Za-z0-9_+/=-]{20,}(?![\w@])")


def _entropy(token: str) -> float:
    """Shannon entropy of the characters, in bits each."""
    return -sum(n / len(token) * math.log2(n / len(token)) for n in Counter(token).values())


def _looks_random(token: str) -> bool:
    """Long, mixed in case and digits, and uniform: generated rather than written. Plain hex stays: ids are not secrets."""
    digits = sum(character.isdigit() for character in token)
    uppers = sum(character.isupper() for character in token)
    lowers = sum(character.islower() for character in token)
    return len(token) >= 20 and digits >= 3 and uppers >= 3 and lowers >= 3 and _entropy(token) >= 3.7


def _is_secret_value(value: str) -> bool:
    """Whether what follows "password:" is one: "expired" or "required" is not, "hunter2" is."""
    bare = value.strip(".,!?()[]")
    if PLACEHOLDER.fullmatch(value) or len(bare) < 4:
        return False
    has_letter = any(character.isalpha() for character in bare)
    has_digit = any(character.isdigit() for character in bare)
    return (has_digit and (has_letter or len(bare) >= 4)) or (has_letter and bool(re.search(r"[!@#$%^&*]", bare)))


def _secrets(text: str) -> Iterator[tuple[int, int]]:
    yield from (match.span() for match in _SECRET.finditer(text))
    for match in _SECRET_CUE.finditer(text):
        value = match["value"].rstrip(".,?)")
        if _is_secret_value(value):
            yield match.start("value"), match.start("value") + len(value)
    for match in _TOKEN.finditer(text):
        if _looks_random(match.group()):
            yield match.span()


# --- names -----------------------------------------------------------------------------------------------------------

_CLOSING = (
    r"(?:(?:best|kind|kindest|warm|warmest|many|with)\s+)*(?:regards|wishes)|best|cheers|thx|all\s+the\s+best|respectfully"
    r"|(?:many\s+|big\s+)?thanks(?:\s+(?:again|a lot|so much|in advance|and regards))?"
    r"|thank\s+you(?:\s+(?:again|so much|very much|in advance))?|(?:yours\s+)?(?:sincerely|truly|faithfully)"
    r"|mit\s+(?:freundlichen|besten|lieben)\s+gr(?:ü|ue)(?:ß|ss)en|lg|mfg|vg|danke"
    r"|(?:viele|liebe|beste|freundliche|herzliche)\s+gr(?:ü|ue)(?:ß|ss)e"
    r"|(?:bien\s+)?cordialement|bien\s+à\s+vous|sincères\s+salutations|merci(?:\s+d'avance)?"
    r"|(?:un\s+)?(?:cordial\s+)?saludos?|atentamente|gracias|(?:cordiali|distinti)\s+saluti|grazie"
    r"|met\s+vriendelijke\s+groet(?:en)?|groetjes|bedankt|atenciosamente|abraços|obrigad[oa]"
    r"|(?:med\s+)?vänliga?\s+hälsning(?:ar)?|mvh|pozdrawiam|z\s+poważaniem"
)
_WELCOME = (
    r"hi|hello|hey|dear|hallo|lieber?|sehr geehrter?|guten tag|bonjour|cher|chère|hola|estimad[oa]|ciao|gentile|beste|olá|hej"
)
_NAMING = (
    r"my (?:full )?name is|mein name ist|ich hei(?:ß|ss)e|je m['’]appelle|mon nom est|me llamo|mi nombre es|mi chiamo"
    r"|mijn naam is|meu nome é|jag heter"
)
_COURTESY = r"Mrs?|Ms|Mx|Dr|Prof|Herrn?|Frau|Mme|M|Mlle|Sra?|Señora?|Dott"
_SIGNATURE = re.compile(
    rf"(?:^|(?<=[\n.!?]))[ \t]*(?:{_CLOSING})[ \t]*[,.!:–—-]*[ \t]*(?:\r?\n[ \t]*){{0,3}}(?=[^\W\d_])", re.IGNORECASE
)
_CLOSING_LINE = re.compile(rf"(?:{_CLOSING})[ \t]*[,.!]?[ \t]*\r?\n", re.IGNORECASE)
_DASH_SIGNATURE = re.compile(r"(?:^|\n)[ \t]*(?:--?|[–—~])[ \t]*(?=\S[^\n]{0,60}\s*$)")
_INTRODUCTION = re.compile(rf"\b(?:{_NAMING})\s+", re.IGNORECASE)
_GREETING = re.compile(rf"(?:^|\n)[ \t]*(?:{_WELCOME})[ \t]+(?=[^\n]{{2,60}}?(?:[,!:]|\n|$))", re.IGNORECASE)
_TITLE = re.compile(rf"\b(?:{_COURTESY})\b\.?[ \t]+(?=\w)")
_WORD = re.compile(r"[^\W\d_]+(?:['’‑-][^\W\d_]+)*\.?")
_PARTICLE_WORDS = "van von der den de da di del della du dos la le el bin ibn al ter ten zu af st"
_PARTICLES = frozenset(_PARTICLE_WORDS.split())
# Capitalised words that follow a closing or a greeting without being anybody's name.
_COMMON_WORDS = """
a again all and anyone as at awesome best but can cheers client company could customer dear do everybody everyone excellent
experience feature for folks friend friends from gentlemen good great guys happy have hello help here hey hi hope how i if in is
it keep kind ladies let looking love madam make many more most my need nice no not of on our overall perfect please product
regards sales sent service sincerely sir so support team thank thanks that the there they this to update very we well what when
where will would yes you your zusammen équipe todos equipo alle herren damen madame monsieur señor señora herr frau mr mrs ms dr
"""
_NOT_NAMES = frozenset(_COMMON_WORDS.split())


def _name_at(text: str, start: int, *, longest: int = 4, alone: bool = True) -> tuple[int, int] | None:
    """The name that starts exactly there: up to `longest` capitalised words on one line.

    Args:
        text: the whole text.
        start: where the first word must begin.
        longest: most words that a name may have.
        alone: the name must end its line, or be followed by a separator that introduces a title or company.
    """
    if _CLOSING_LINE.match(text, start):
        return None
    title = _TITLE.match(text, start)
    position = first = title.end() if title else start
    end, words = start, 0
    while words < longest and (match := _WORD.match(text, position)):
        word = match.group().rstrip(".")
        initial = match.group().endswith(".") and len(word) == 1
        if not (word[0].isupper() or (words and word.lower() in _PARTICLES)) or word.lower() in _NOT_NAMES:
            break
        words += word.lower() not in _PARTICLES
        end = match.end() if initial else match.start() + len(word)
        position = end
        while position < len(text) and text[position] in " \t":
            position += 1
    if not words or (words == 1 and end - first < 2):
        return None
    rest = text[end:].split("\n", 1)[0].strip()
    return (first, end) if not alone or not rest or rest[0] in ",.!|(/-–—·•<[" else None


def _names(text: str) -> Iterator[tuple[int, int]]:
    """Names that the text itself marks as such: signatures, introductions, greetings and courtesy titles."""
    found: list[tuple[int, int] | None] = [
        *(_name_at(text, match.end()) for match in _SIGNATURE.finditer(text)),
        *(_name_at(text, match.end()) for match in _DASH_SIGNATURE.finditer(text)),
        *(_name_at(text, match.end(), longest=3, alone=False) for match in _INTRODUCTION.finditer(text)),
        *(_name_at(text, match.end(), longest=3) for match in _GREETING.finditer(text)),
        *(_name_at(text, match.end(), longest=2, alone=False) for match in _TITLE.finditer(text) if match.group()[0].isupper()),
    ]
    yield from filter(None, found)


class _KnownNames:
    """Finds people whom the caller knows by name, in the notations people use: Jane Doe, JANE DOE, Doe, Jane, J. Doe."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_first: dict[str, set[tuple[str, ...]]] = {}
        needles: set[str] = set()
        for name in names:
            words = tuple(word.rstrip(".").casefold() for word in _WORD.findall(name))
            if not words or max(map(len, words)) < 2:
                continue
            forms = {words}
            if len(words) > 1:
                forms |= {(words[-1], *words[:-1]), (words[0][0], words[-1])}
            for form in forms:
                self._by_first.setdefault(form[0], set()).add(form)
            longest = max((word.rstrip(".") for word in _WORD.findall(name)), key=len)
            needles |= {longest, longest.lower(), longest.upper(), longest.capitalize()}
        self.needles = sorted(needles)

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        if not self._by_first:
            return
        words = [(match.group().rstrip("."), match.start()) for match in _WORD.finditer(text)]
        for place, (word, start) in enumerate(words):
            for form in sorted(self._by_first.get(word.casefold(), ()), key=len, reverse=True):
                run = words[place : place + len(form)]
                if tuple(w.casefold() for w, _ in run) != form:
                    continue
                end = run[-1][1] + len(run[-1][0])
                # A single word, or an initial, is a name only where it is written as one: "Will" but not "will".
                doubtful = len(form) == 1 or len(form[0]) == 1
                if (not doubtful or all(w[0].isupper() for w, _ in run)) and self._together(text, run):
                    yield start, end
                    break

    @staticmethod
    def _together(text: str, run: list[tuple[str, int]]) -> bool:
        gaps = (text[start + len(word) : following] for (word, start), (_, following) in itertools.pairwise(run))
        return all(re.fullmatch(r"[\s.,]{1,3}", gap) for gap in gaps)


# --- the redactor ----------------------------------------------------------------------------------------------------

_Detector = Callable[[str], Iterator[tuple[int, int]]]
# In order of precedence: where findings overlap, the whole is named after the first.
_DETECTORS: tuple[tuple[Kind, _Detector], ...] = (
    ("URL", _urls),
    ("EMAIL", _emails),
    ("SECRET", _secrets),
    ("IBAN", _ibans),
    ("CARD", _cards),
    ("IP", _addresses),
    ("PHONE", _phones),
    ("NAME", _names),
)

# What each detector needs in order to react, as regular expressions without look-around (RE2): a text without the sign
# of a kind holds none of it. A sign may be too wide, never too narrow; a test holds them to the detectors.
# RE2 knows only ASCII digits and blanks by `\d` and `\s`; the detectors know those of all scripts, as phones type them.
_BLANK = r"\s\v\x1c-\x1f\x{85}\p{Z}"
_DIGITS = rf"\p{{Nd}}(?:[{_BLANK}().\-/–‑]{{0,3}}\p{{Nd}}){{6}}"
_SIGNS: dict[Kind, str] = {
    "URL": r"://",
    "EMAIL": r"[@＠]|(?i:[\[({]at[\])}])",
    "SECRET": r"[A-Za-z0-9_+/=\-.]{20}|AKIA|ASIA|_live_|_test_|sk-|xox|xapp-|eyJ|PRIVATE KEY"
    r"|(?:npm|hf|dop_v1|shpat|pat|lin_api|whsec)_|(?i:bearer)"
    r"|(?i:pass\w*|passe|pwd|pin|contraseña|secret|key|token|credentials?)[\"']?"
    rf"[{_BLANK}]*(?:(?i:is|was|to|ist|lautet|auf|est|es)\b|[:=→]|->|[A-Za-z0-9._~+/=\-]{{4}})",
    "IBAN": r"[A-Za-z]{2}\d{2}[ -]?[A-Za-z0-9]{4}[ -]?[A-Za-z0-9]{4}[ -]?[A-Za-z0-9]{3}",
    "CARD": _DIGITS,
    "IP": r"\p{Nd}\.\p{Nd}{1,3}\.\p{Nd}{1,3}\.\p{Nd}|::|[0-9A-Fa-f]:[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{1,4}:",
    "PHONE": _DIGITS,
    "NAME": rf"(?i:{_NAMING})[{_BLANK}]|\b(?:{_COURTESY})\.?[ \t]"
    rf"|(?:^|[\n.!?])[ \t]*(?i:{_CLOSING})[ \t]*[,.!:–—\-]*[ \t]*(?:\r?\n[ \t]*){{0,3}}\p{{Lu}}"
    rf"|(?:^|\n)[ \t]*(?:--?|[–—~])[ \t]*\p{{Lu}}|(?:^|\n)[ \t]*(?i:{_WELCOME})[ \t]+\p{{Lu}}",
}
# JSON can hide any of these behind escapes.
_SUSPICIOUS = "|".join([*dict.fromkeys(_SIGNS.values()), r"\\u00|\\/"])

_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"(?P<colon>\s*:)?|-?\d[\d.eE+-]*')
_PHONE_KEY = re.compile(r"phone|mobile|fax|\btel\b|cell", re.IGNORECASE)
_SECRET_KEY = re.compile(r"passw|secret|api_?key|token|credential|private_?key", re.IGNORECASE)
_NAME_KEY = re.compile(
    r"(?:first|last|full|given|family|middle|sur|display|contact|customer|requester|assignee|submitter|author|user|recipient|agent|owner)"
    r"[ _-]?name\b",
    re.IGNORECASE,
)


class Redactor:
    """Replaces personal data and secrets by typed placeholders.

    Args:
        known_names: people who may be named in the texts, such as the contacts of the accounts they come from.
    """

    def __init__(self, known_names: Iterable[str] = ()) -> None:
        self._known = _KnownNames(known_names)

    def redact(self, text: str) -> Redaction:
        """The text with placeholders, and what they replace, by offsets in the given text."""
        draft = _Draft(text)
        while draft.takes_out(self._find(draft.current, _DETECTORS)):
            pass
        return Redaction(draft.current, tuple(draft.spans))

    def redact_json(self, document: str) -> str:
        """A JSON document with its strings and numbers redacted; it stays valid, in its own formatting.

        Keys give context: a value below `phone`, `api_key` or `last_name` needs no other sign.
        """
        key = ""

        def replace(match: re.Match[str]) -> str:
            nonlocal key
            token = match.group()
            if not token.startswith('"'):
                kept = self._redact_value(key, token, number=True)
                return token if kept == token else json.dumps(kept)
            body = token[: token.rindex('"') + 1]
            value = json.loads(body)
            is_key = match["colon"] is not None
            kept = self.redact(value).text if is_key else self._redact_value(key, value, number=False)
            if is_key:
                key = PLACEHOLDER.sub("", kept)
            return token if kept == value else json.dumps(kept, ensure_ascii=False) + token[len(body) :]

        return _JSON_TOKEN.sub(replace, document)

    def redact_array(self, array: pa.Array | pa.ChunkedArray) -> pa.Array:
        """The same strings redacted; nulls stay null. JSON objects and arrays are redacted as documents."""
        if isinstance(array, pa.ChunkedArray):
            chunks = [self.redact_array(chunk) for chunk in array.chunks]
            return pa.concat_arrays(chunks) if chunks else pa.array([], type=array.type)
        suspicious = self._suspicious(array)
        if not pc.any(suspicious).as_py():
            return array
        replaced = self._redact_suspicious(array.filter(suspicious).to_pylist())
        return pc.replace_with_mask(array, suspicious, pa.array(replaced, type=array.type))

    def _suspicious(self, array: pa.Array) -> pa.Array:
        mask = pc.match_substring_regex(array, _SUSPICIOUS)
        if self._known.needles:
            import polars as pl  # slow to import; only known names need it

            named = pl.Series(pl.from_arrow(array)).str.contains_any(self._known.needles)
            mask = pc.or_(mask, named.to_arrow())
        return pc.fill_null(mask, False)

    def _redact_suspicious(self, texts: list[str]) -> list[str]:
        documents = [_is_json(text) for text in texts]
        drafts = [
            _Draft(self.redact_json(text) if json_text else text) for text, json_text in zip(texts, documents, strict=True)
        ]
        pending = [draft for draft, json_text in zip(drafts, documents, strict=True) if not json_text]
        while pending:
            wanted = _detectors_wanted(pa.array([draft.current for draft in pending], pa.string()))
            pending = [
                draft
                for draft, detectors in zip(pending, wanted, strict=True)
                if draft.takes_out(self._find(draft.current, detectors))
            ]
        return [draft.current for draft in drafts]

    def _redact_value(self, key: str, value: str, *, number: bool) -> str:
        if not value or PLACEHOLDER.fullmatch(value):
            return value
        if _PHONE_KEY.search(key) and any(_phones(value.strip(), expected=True)):
            return "[PHONE]"
        if not number and _SECRET_KEY.search(key) and len(value) >= 4:
            return "[SECRET]"
        if not number and _NAME_KEY.search(key):
            return "[NAME]"
        return self.redact(value).text

    def _find(self, text: str, detectors: Sequence[tuple[Kind, _Detector]]) -> list[Span]:
        found = [Span(kind, start, end) for kind, detect in detectors for start, end in detect(text)]
        found += [Span("NAME", start, end) for start, end in self._known.find(text)]
        if not found:
            return found
        placed = [match.span() for match in PLACEHOLDER.finditer(text)]
        found = [span for span in found if not any(start <= span.start and span.end <= end for start, end in placed)]
        # A finding that cuts into a placeholder takes all of it in.
        found += [Span(s.kind, a, b) for s in found for a, b in placed if a < s.end and s.start < b]
        return _merge(found)


class _Draft:
    """A text on its way to a fixed point.

    A replacement can uncover a finding ("Jane <jane@…>" ends the line only now), so findings are taken out until there
    are none. Every round takes out characters, so it ends.
    """

    def __init__(self, text: str) -> None:
        self.current = text
        self.spans: list[Span] = []
        self._original = text

    def takes_out(self, found: list[Span]) -> bool:
        """Replace what was found in the current text; false where that is nothing."""
        if found:
            self.spans = _compose(self.spans, found)
            self.current = _apply(self._original, self.spans)
        return bool(found)


def _is_json(text: str) -> bool:
    if text.lstrip()[:1] not in ("{", "[", '"'):
        return False
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _detectors_wanted(texts: pa.Array) -> Iterator[Sequence[tuple[Kind, _Detector]]]:
    """For each text the detectors whose sign it shows, in order of precedence."""
    shown = {sign: pc.match_substring_regex(texts, sign).to_pylist() for sign in set(_SIGNS.values())}
    of_detectors = zip(*(shown[_SIGNS[kind]] for kind, _ in _DETECTORS), strict=True)
    return (tuple(itertools.compress(_DETECTORS, signs)) for signs in of_detectors)


def _merge(found: list[Span]) -> list[Span]:
    """Overlapping findings become one, named after the kind of highest precedence."""
    merged: list[Span] = []
    for span in sorted(found, key=lambda s: (s.start, -s.end, KINDS.index(s.kind))):
        if merged and span.start < merged[-1].end:
            last = merged.pop()
            kind = min(last.kind, span.kind, key=KINDS.index)
            merged.append(Span(kind, last.start, max(last.end, span.end)))
        else:
            merged.append(span)
    return merged


def _compose(spans: list[Span], found: list[Span]) -> list[Span]:
    """Findings in a text redacted by `spans`, carried back to the offsets of the original, together with them."""

    def original(position: int) -> int:
        shift = 0
        for span in spans:
            start = span.start + shift
            if position <= start:
                break
            # Findings never end inside a placeholder, so this one lies wholly before the position.
            shift += len(span.kind) + 2 - (span.end - span.start)
        return position - shift

    return _merge([*spans, *(Span(span.kind, original(span.start), original(span.end)) for span in found)])


def _apply(text: str, spans: list[Span]) -> str:
    pieces, position = [], 0
    for span in spans:
        pieces += [text[position : span.start], f"[{span.kind}]"]
        position = span.end
    return "".join([*pieces, text[position:]])
