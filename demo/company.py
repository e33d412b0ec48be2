"""The invented company and its customers: accounts, their people, deals and feature use, derived from a seed.

Accounts are kept; people and deals are derived from their account whenever they are needed, so that memory follows the
number of accounts and not of records.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from math import exp, log
from typing import Literal

from demo import names
from demo.rng import Dice, mix
from demo.texts import Speaker, ascii_word

Segment = Literal["enterprise", "mid_market", "smb"]
Stage = Literal["customer", "churned", "prospect"]
DealKind = Literal["New Business", "Renewal", "Expansion"]
SEGMENTS: tuple[Segment, ...] = ("enterprise", "mid_market", "smb")
FIRST_DAY = date(2024, 12, 30)  # a Monday
LAST_DAY = date(2026, 6, 28)  # a Sunday, 78 weeks later; the data never depends on today
DAY = 86_400
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LOSS_REASONS = ("Price", "Competitor", "No decision", "Timing", "Missing capability", "Champion left", "Security requirements")
SECURITY_LOSS = LOSS_REASONS[-1]


def seconds(day: date) -> int:
    """Epoch seconds of a day's start in UTC."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


START = seconds(FIRST_DAY)
END = seconds(LAST_DAY) + DAY - 1


@dataclass(frozen=True, slots=True)
class Feature:
    """A product feature: its area, how much it is used, when it was released."""

    name: str
    product_area: str
    weight: float
    released: date = date(2023, 1, 1)

    @property
    def event_type(self) -> str:
        """Name of its event in the product analytics."""
        return f"{self.name.lower().replace(' ', '_')}_used"


UNADOPTED = "Bulk Scheduler"
FEATURES = (
    Feature("Dashboards", "analytics", 9),
    Feature("Report Builder", "analytics", 5),
    Feature("Spreadsheet Export", "data", 5),
    Feature("Bulk Import", "data", 2),
    Feature("Work Order Board", "platform", 16),
    Feature("Global Search", "platform", 8),
    Feature("Mobile Check-in", "mobile", 9),
    Feature("Comments", "collaboration", 7),
    Feature("Guest Links", "collaboration", 2),
    Feature("Workflow Rules", "automation", 4),
    Feature("Smart Suggestions", "automation", 6, date(2025, 9, 15)),
    Feature(UNADOPTED, "automation", 6, date(2026, 3, 2)),
    Feature("Connector Hub", "integrations", 3),
    Feature("Role Editor", "admin", 1),
    Feature("Starter Checklist", "onboarding", 1),
)


@dataclass(slots=True)
class Account:
    """One company in the CRM. Times are epoch seconds; `until` is the churn of a former customer, else the last day."""

    index: int
    id: str
    name: str
    domain: str
    segment: Segment
    stage: Stage
    plan: str
    arr: int
    country: str
    region: str
    language: str
    city: str
    industry: str
    employees: int
    contacts: int
    owner: int
    created: int
    since: int
    until: int
    renewal: date
    updated: int
    organization_link: Literal["external_id", "domain", "name"]
    has_website: bool
    suffers_outages: bool = False

    @property
    def is_customer(self) -> bool:
        """True for customers, former ones included."""
        return self.stage != "prospect"


@dataclass(frozen=True, slots=True)
class Person:
    """A contact at an account, a colleague, or a respondent whom nothing links to an account."""

    id: str
    first_name: str
    last_name: str
    email: str
    title: str
    phone: str
    city: str
    company: str

    @property
    def speaker(self) -> Speaker:
        """The person as the author of a text."""
        return Speaker(self.first_name, self.last_name, self.company, self.city)


@dataclass(frozen=True, slots=True)
class Deal:
    """One opportunity of an account."""

    id: str
    account: int
    number: int
    name: str
    kind: DealKind
    stage: str
    amount: int
    created: int
    closes: int
    loss_reason: str
    updated: int

    @property
    def is_lost(self) -> bool:
        """True for deals that were lost."""
        return self.stage == "Closed Lost"

    @property
    def is_closed(self) -> bool:
        """True for decided deals."""
        return self.stage.startswith("Closed")


def salesforce_id(prefix: str, number: int) -> str:
    """An 18-character id: object prefix, instance, counter in base 62, and the case checksum that Salesforce appends."""
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    body = f"{prefix}5g0000{digits:0>6}"
    marks = (sum(1 << place for place in range(5) if body[chunk + place].isupper()) for chunk in (0, 5, 10))
    return body + "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[mark] for mark in marks)


class Company:
    """The whole of the sample company's customers.

    Attributes:
        seed: the same seed and size give the same company.
        planted: whether the findings in `truth.json` are built in; without them nothing differs between segments or times.
        accounts: every account, prospects and former customers included.
    """

    def __init__(self, size: float, seed: int, *, planted: bool) -> None:
        self.size = size
        self.seed = seed
        self.planted = planted
        self.accounts = [self._account(index) for index in range(max(16, round(160 * size)))]
        near = self.accounts[9]
        near.name = self._company_name(8)[:-1]  # one letter away from its neighbour's name
        near.domain = f"{ascii_word(near.name)}.example"
        # Only their names tell their support organizations apart.
        near.organization_link = self.accounts[8].organization_link = "name"
        self.colleagues = [self._colleague(number) for number in range(max(8, round(12 * size**0.5)))]
        self.person = lru_cache(maxsize=20_000)(self._person)

    def count(self, base: float) -> int:
        """A quantity that grows with the size, at least one."""
        return max(1, round(base * self.size))

    def _account(self, index: int) -> Account:
        dice = Dice(self.seed, "account", index)
        segment: Segment = SEGMENTS[0 if index % 16 in (0, 6, 11) else 1 if index % 3 == 1 else 2]
        country = _weighted(dice, tuple((code, row[3]) for code, row in names.COUNTRIES.items()))
        region, language, cities, _ = names.COUNTRIES[country]
        name = self._company_name(index)
        stage: Stage = "prospect" if index % 8 == 7 else "churned" if index % 11 == 5 else "customer"
        low, high = {"enterprise": (60_000, 420_000), "mid_market": (12_000, 60_000), "smb": (1_500, 12_000)}[segment]
        arr = round(exp(log(low) + dice.unit() * (log(high) - log(low))) / 100) * 100
        created = START - dice.between(30, 1_500) * DAY if dice.chance(0.8) else START + dice.between(1, 330) * DAY
        created += dice.between(8, 17) * 3_600 + dice.below(3_600)
        until = END
        if stage == "churned":
            created = min(created, START + 60 * DAY)
            until = START + dice.between(200, 535) * DAY + dice.between(9, 16) * 3_600
        anniversary = date(2026, dice.between(1, 12), dice.between(1, 28))
        renewal = anniversary if anniversary > LAST_DAY else anniversary.replace(year=2027)
        # One account in twenty is edited after the first of the two CRM exports.
        changed = START + (dice.between(533, 544) if index % 20 == 3 else dice.between(300, 529)) * DAY + dice.below(DAY)
        if stage == "churned":
            changed = until - 3_600
        return Account(
            index=index,
            id=salesforce_id("001", 4_211 + index * 7),
            name=f"{name} {names.LEGAL_FORMS[country]}" if dice.chance(0.35) else name,
            domain=f"{ascii_word(name)}.example",
            segment=segment,
            stage=stage,
            plan={"enterprise": "Enterprise", "mid_market": "Scale", "smb": "Starter"}[segment]
            if dice.chance(0.8)
            else "Growth",
            arr=0 if stage == "prospect" else arr,
            country=country,
            region=region,
            language=language,
            city=dice.pick(cities),
            industry=dice.pick(names.INDUSTRIES),
            employees=max(5, arr // dice.between(40, 200)),
            contacts={"enterprise": 6, "mid_market": 3, "smb": 2}[segment] + dice.below(2),
            owner=dice.below(8),
            created=created,
            since=max(START, created),
            until=until,
            renewal=renewal,
            updated=max(created, changed),
            organization_link=("domain", "name")[index % 12 == 10] if index % 6 == 4 else "external_id",
            has_website=index % 6 == 4 or not dice.chance(0.06),
            suffers_outages=self.planted and stage == "churned" and index % 3 != 2,
        )

    def _company_name(self, index: int) -> str:
        # A stride that shares no factor with the number of names visits each name once.
        place = (index * 48_271 + self.seed * 7_919) % (len(names.FRONTS) * len(names.BACKS) * len(names.TRADES))
        place, trade = divmod(place, len(names.TRADES))
        front, back = divmod(place, len(names.BACKS))
        return f"{names.FRONTS[front]}{names.BACKS[back]} {names.TRADES[trade]}"

    def _person(self, account: int, number: int) -> Person:
        """A contact of an account, by number."""
        dice = Dice(self.seed, "person", account, number)
        home = self.accounts[account]
        first, last = dice.pick(names.FIRST_NAMES), dice.pick(names.LAST_NAMES)
        return Person(
            id=salesforce_id("003", account * 16 + number + 9_000),
            first_name=first,
            last_name=last,
            email=f"{ascii_word(first)}.{ascii_word(last)}{number or ''}@{home.domain}",
            title=dice.pick(names.TITLES),
            phone=f"+1 202 555 01{dice.below(100):02d}",
            city=home.city,
            company=home.name,
        )

    def stranger(self, number: int) -> Person:
        """Somebody with a free-mail address whom nothing links to an account."""
        dice = Dice(self.seed, "stranger", number)
        first, last = dice.pick(names.FIRST_NAMES), dice.pick(names.LAST_NAMES)
        email = f"sample.{ascii_word(first)}.{ascii_word(last)}.{number:05d}@{dice.pick(names.FREE_MAIL)}"
        return Person("", first, last, email, "", "", dice.pick(names.COUNTRIES["US"][2]), "")

    def _colleague(self, number: int) -> Person:
        dice = Dice(self.seed, "colleague", number)
        first, last = dice.pick(names.FIRST_NAMES), dice.pick(names.LAST_NAMES)
        title = ("Account Executive", "Customer Success Manager", "Solutions Engineer", "Support Agent")[number % 4]
        email = f"{ascii_word(first)}.{ascii_word(last)}{number}@fernhollow.example"
        return Person(salesforce_id("005", 700 + number), first, last, email, title, "", "Leeds", "Fernhollow")

    def deals(self, account: Account) -> list[Deal]:
        """Every opportunity of an account, oldest first."""
        dice = Dice(self.seed, "deals", account.index)
        deals = []
        for number in range(dice.between(1, 3)):
            kind: DealKind = "New Business" if account.stage == "prospect" or number == 1 else "Expansion"
            deals.append(self._deal(dice, account, number, kind, account.since))
        if account.stage == "customer" and dice.chance(0.4):
            deals.append(self._deal(dice, account, len(deals), "Renewal", account.since))
        if account.stage == "churned":
            deals.append(self._lost_renewal(account, len(deals)))
        elif dice.chance(0.3):
            kind = "New Business" if account.stage == "prospect" else "Expansion"
            deals.append(self._deal(dice, account, len(deals), kind, END - 80 * DAY))
        return deals

    def _deal(self, dice: Dice, account: Account, number: int, kind: DealKind, earliest: int) -> Deal:
        base = account.arr or {"enterprise": 150_000, "mid_market": 30_000, "smb": 5_000}[account.segment]
        amount = base if kind == "Renewal" else round(base * (0.15 + dice.unit() * 0.5) / 100) * 100
        earliest = min(earliest, account.until - 30 * DAY)
        created = earliest + int(dice.unit() * 0.85 * (account.until - earliest))
        closes = created + dice.between(20, 150) * DAY
        won, draw = (1.0 if kind == "Renewal" else 0.45), dice.unit()
        reason = ""
        if closes > END - 3 * DAY:
            stage = dice.pick(("Prospecting", "Qualification", "Proposal", "Negotiation"))
        elif draw < won and account.stage != "prospect":
            stage = "Closed Won"
        else:
            stage = "Closed Lost"
            security = 0.28 if self.planted and account.segment != "smb" else 1 / len(LOSS_REASONS)
            reason = SECURITY_LOSS if dice.chance(security) else dice.pick(LOSS_REASONS[:-1])
        updated = min(max(created, closes) if stage.startswith("Closed") else created + dice.between(1, 20) * DAY, END - 3_600)
        deal_id = salesforce_id("006", account.index * 16 + number + 31_000)
        return Deal(
            deal_id, account.index, number, f"{account.name} - {kind}", kind, stage, amount, created, closes, reason, updated
        )

    def _lost_renewal(self, account: Account, number: int) -> Deal:
        """The renewal whose loss made the account a former customer."""
        dice = Dice(self.seed, "churn", account.index)
        reason = "Reliability" if account.suffers_outages else dice.pick(LOSS_REASONS[:5])
        deal_id = salesforce_id("006", account.index * 16 + number + 31_000)
        created = account.until - 90 * DAY
        name = f"{account.name} - Renewal"
        return Deal(
            deal_id,
            account.index,
            number,
            name,
            "Renewal",
            "Closed Lost",
            account.arr,
            created,
            account.until,
            reason,
            account.until,
        )

    def all_deals(self) -> Iterator[Deal]:
        """Every opportunity, account by account."""
        for account in self.accounts:
            yield from self.deals(account)

    def said_name(self, account: Account) -> str | None:
        """What interviewers call one account in nine, from memory: a word more than its name has; None for the others."""
        if account.index in (8, 9) or mix(self.seed, "said name", account.index) % 9:
            return None
        return f"{' '.join(account.name.split()[:2])} {('Services', 'Systems', 'Industries')[account.index % 3]}"

    @cached_property
    def customers(self) -> list[Account]:
        """Customers and former customers."""
        return [account for account in self.accounts if account.is_customer]


def _weighted(dice: Dice, options: tuple[tuple[str, float], ...]) -> str:
    draw = dice.unit() * sum(weight for _, weight in options)
    for option, weight in options:
        draw -= weight
        if draw < 0:
            return option
    return options[-1][0]


def day_of(moment: int) -> date:
    """The UTC day of an epoch second."""
    return FIRST_DAY + timedelta(days=(moment - START) // DAY)
