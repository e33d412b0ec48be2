"""Who is meant: a person by address, domain or contact key, recognised in any record of any export, also by salted hash alone.

What must stay forgotten is remembered as salted hashes, so that a later export cannot bring a person back and the list of
the forgotten names nobody.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import unquote

from connectors.rewrite import ERASED, Cells, spellings_of
from orchestration.settings import Settings

SUPPRESSED_FILE = "suppressed.json"
# In links an @ is written %40.
ADDRESS = re.compile(r"[\w.%+'’-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+")
TAG = re.compile(r"\+[^@]*(?=@)")
# A cell that is an address, whatever stands before it: `Jane <jane@x.com>`, `mailto:jane@x.com`, `auth0|jane@x.com`.
IDENTITY = re.compile(r"^(?:[^@\n]{0,80}[<|: ])?\s*([\w.%+'’-]+@[\w-]+(?:\.[\w-]+)+)>?\s*$")
# Columns that name a colleague who handled a record, which stays: it is not that person's own.
HANDLER = re.compile(
    r"assignee|owner|agent|manager|csm|createdby|modifiedby|updatedby|closedby|answeredby|organi[sz]er|attendee|watcher|"
    r"collaborator|follower|reportsto|teammate|admin|host|mentor|approver|cc$|bcc$"
)
# Columns that name the person whose record it is.
PERSON = re.compile(
    r"user|requester|submitter|author|contact|person|people|member|visitor|respondent|recipient|customer|reporter|speaker|"
    r"participant|sender|from|who|lead|distinct|external|actor|creator|invitee|interviewee|parties"
)
# Columns whose value is worth knowing: a customer's id is often that of a whole company.
OWN_ID = re.compile(r"user|contact|person|member|visitor|respondent|requester|distinct|participant|speaker|external|reporter")
NOT_A_NAME = re.compile(r"company|account|org|product|file|event|project|channel|team|stage|survey|board|feature|launch|tool")
WORDS = re.compile(r"comment|body|descri|text|content|message|note|answer|feedback|verbatim|^q\d|words|said|quote|transcript")
FULL_NAME = re.compile(r"[^\W\d_][\w'’.-]*(?: [^\W\d_][\w'’.-]*){1,4}")
NAMES_WITHIN = re.compile(r"(?=\b([A-ZÀ-Þ][\w'’-]+ [A-ZÀ-Þ][\w'’-]+(?: [A-ZÀ-Þ][\w'’-]+)?)\b)")
WRAPPERS = ("profile", "attributes", "properties", "userproperties", "fields")
# A shorter id, or a plain number, may well be the id of something else.
OWN_ID_CHARACTERS = 10
LITERAL_CHARACTERS = 8
FEWEST_WORDS = 4


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a request is about.

    Attributes:
        emails: addresses, in any spelling.
        domains: everyone with an address there.
        contacts: contact keys of the marts, or `vendor:id`.
    """

    emails: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()

    def ids(self) -> list[tuple[str, str]]:
        """Vendor and id of whoever is meant by it."""
        return [(vendor, text) for vendor, colon, text in (contact.partition(":") for contact in self.contacts) if colon]

    def tokens(self) -> list[str]:
        """What is hashed of it."""
        return [
            *(f"email|{email.strip().lower()}" for email in self.emails),
            *(f"domain|{domain.strip().lower().lstrip('@')}" for domain in self.domains),
            *(f"id|{contact.replace(':', '|', 1)}" if ":" in contact else f"key|{contact}" for contact in self.contacts),
        ]


@dataclass(slots=True)
class Known:
    """What the exports say of the person; it is needed while erasing, and kept no longer.

    Attributes:
        emails: addresses.
        ids: vendor and id.
        names: full names.
        texts: the person's own words.
    """

    emails: set[str] = field(default_factory=set)
    ids: set[tuple[str, str]] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)

    def tokens(self) -> list[str]:
        """What is hashed of it, so that the person is recognised in another export."""
        return [
            *(f"email|{email}" for email in self.emails),
            *(f"id|{vendor}|{value}" for vendor, value in self.ids),
            *(f"name|{name.lower()}" for name in self.names),
        ]

    def literals(self) -> set[str]:
        """Spellings that are looked for as they are."""
        long = {value for _, value in self.ids if len(value) >= LITERAL_CHARACTERS and not value.isdigit()}
        return self.emails | self.names | long


def hashed(salt: str, tokens: Iterable[str]) -> set[str]:
    """Salted hashes of tokens; of another kind than the keys of the marts, which go with the person."""
    return {hashlib.sha256(f"forgotten|{salt}|{token}".encode()).hexdigest() for token in tokens}


def suppressed(settings: Settings) -> set[str]:
    """Salted hashes of everyone who must stay forgotten."""
    try:
        return set(json.loads((settings.state_dir / SUPPRESSED_FILE).read_text("utf-8")))
    except FileNotFoundError:
        return set()


def suppress(settings: Settings, hashes: set[str]) -> None:
    """Adds to the list of the forgotten."""
    every = suppressed(settings) | hashes
    path = settings.state_dir / SUPPRESSED_FILE
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(sorted(every), file, indent=0)
        file.flush()
        os.fsync(file.fileno())
    fresh.chmod(0o600)
    fresh.replace(path)


class Recogniser:
    """Finds records that are a person's own, and takes the person out of others; a `connectors.rewrite.Judge`.

    Attributes:
        vendor: whose export is being read; ids mean something within a vendor only.
    """

    def __init__(self, salt: str, hashes: set[str], known: Known | None = None) -> None:
        self.vendor = ""
        self._salt = salt
        self._hashes = hashes
        self._known = known or Known()
        self._seen: dict[str, bool] = {}
        self._by_key = bool(hashes)

    def drops(self, cells: Cells) -> bool:
        """Whether a record is the person's own."""
        return any(self._is_theirs(plain(column), text) for column, text in cells if text)

    def redacted(self, text: str) -> str:
        """Someone else's words, without the person's address and name."""
        if "@" in text or "%40" in text:
            text = ADDRESS.sub(lambda found: ERASED if self.is_address(found[0]) else found[0], text)
        if self._literal is not None:
            return self._literal.sub(ERASED, text)
        for name in {found[1] for found in NAMES_WITHIN.finditer(text)}:
            for spelling in (name, " ".join(name.split(" ")[:2])):
                if self._is(f"name|{spelling.lower()}"):
                    text = text.replace(spelling, ERASED)
        return text

    def is_address(self, address: str) -> bool:
        """Whether an address is the person's, also with a tag: `jane+news@x.com` is Jane's mailbox."""
        given = address.strip("'’").lower()
        return any(
            self._is_mailbox(email) for email in {given, unquote(given), TAG.sub("", given), TAG.sub("", unquote(given))}
        )

    def _is_mailbox(self, email: str) -> bool:
        key = hashlib.sha256((self._salt + email).encode()).hexdigest()
        return self._is(f"email|{email}") or self._is(f"domain|{email.rpartition('@')[2]}") or self._is(f"key|{key}")

    def _is_theirs(self, column: str, text: str) -> bool:
        if HANDLER.search(column):
            return False
        if "@" in text and (found := IDENTITY.match(text)) and self.is_address(found[1]):
            return True
        own_id = column.endswith("id") and len(text) >= OWN_ID_CHARACTERS and not text.isdigit()
        return len(text) <= 200 and (own_id or bool(PERSON.search(column))) and self._is(f"id|{self.vendor}|{text}")

    def _is(self, token: str) -> bool:
        known = self._seen.get(token)
        if known is None:
            known = self._seen[token] = not self._hashes.isdisjoint(hashed(self._salt, (token,)))
        return known

    @cached_property
    def _literal(self) -> re.Pattern[str] | None:
        literals = sorted(self._known.literals(), key=len, reverse=True)
        if not literals:
            return None
        spelled = [form for literal in literals for form in sorted(spellings_of(literal))]
        return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, spelled)) + r")(?!\w)", re.IGNORECASE)


class Collector:
    """Learns of a person what the exports say beside the address; a `connectors.rewrite.Judge` that changes nothing.

    Attributes:
        known: what was learned.
        origin: delivery that is being read.
        records: vendor, delivery and cells of the person's own records.
    """

    def __init__(self, recogniser: Recogniser, asked: Collection[tuple[str, str]] = ()) -> None:
        """Begins to learn.

        Args:
            recogniser: knows whose record one is.
            asked: vendor and id of whoever is asked for by id: a number alone may be the id of something else, but not in
                a record that has an address.
        """
        self._asked = asked
        self.known = Known()
        self.origin = ""
        self.records: list[tuple[str, str, list[tuple[str, str]]]] = []
        self._recogniser = recogniser

    def drops(self, cells: Cells) -> bool:
        """Never; a record that is the person's own is learned from."""
        if self._recogniser.drops(cells) or self._is_asked_for(cells):
            self.records.append((self._recogniser.vendor, self.origin, list(cells)))
            self._learn(cells)
        return False

    def _is_asked_for(self, cells: Cells) -> bool:
        if not any((self._recogniser.vendor, text) in self._asked and plain(column) == "id" for column, text in cells):
            return False
        addresses = [IDENTITY.match(text) for column, text in cells if "@" in text and not HANDLER.search(plain(column))]
        found = {address[1].lower() for address in addresses if address}
        self.known.emails |= found
        return bool(found)

    def redacted(self, text: str) -> str:
        """The text itself."""
        return text

    def _learn(self, cells: Cells) -> None:
        prefix = ""
        for column, text in cells:
            found = IDENTITY.match(text) if "@" in text else None
            if found and self._recogniser.is_address(found[1]):
                self.known.emails.add(found[1].lower())
                prefix = column.rpartition(".")[0]
                if plain(prefix.rpartition(".")[2]) in WRAPPERS:
                    prefix = prefix.rpartition(".")[0]
        near = [(plain(column), text.strip()) for column, text in cells if column.startswith(prefix)]
        parts = {"first": "", "last": ""}
        for column, text in near:
            own = column.removeprefix(plain(prefix))
            if own in ("id", "key") or (OWN_ID.search(own) and own.endswith(("id", "key"))):
                self.known.ids.add((self._recogniser.vendor, text))
            elif own.endswith(("firstname", "lastname")):
                parts["first" if own.endswith("firstname") else "last"] = text
            elif own.endswith(("name", "reporter", "requester", "author")) and not NOT_A_NAME.search(own):
                self._name(text)
        self._name(f"{parts['first']} {parts['last']}")
        for column, text in cells:
            if WORDS.search(plain(column)) and len(text.split()) >= FEWEST_WORDS:
                self.known.texts.add(text)

    def _name(self, text: str) -> None:
        if FULL_NAME.fullmatch(text):
            self.known.names.add(text)


def plain(column: str) -> str:
    """A column's name without case, blanks and punctuation."""
    return re.sub(r"[\W_]+", "", column).lower()
