"""Decides who says what, when: every survey answer, ticket, note and interview as columns of numbers, before a word is written.

The plan is the truth: texts, exports and `truth.json` are all derived from it. It costs 26 bytes a record.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from demo.company import DAY, END, SECURITY_LOSS, SEGMENTS, START, Company, Deal, seconds
from demo.launches import launches
from demo.phrases import ENGLISH
from demo.rng import Dice, mix, vectors
from demo.texts import LANGUAGES, VOICES, Channel, Composed, Speaker, Statement, compose, languages_of

Ints: TypeAlias = NDArray[np.signedinteger[Any]]
Floats: TypeAlias = NDArray[np.float64]
THEMES = tuple(ENGLISH)
NO_THEME = -1
PRODUCT_AREAS = {
    "onboarding_setup": "onboarding",
    "documentation_help": "onboarding",
    "performance_speed": "platform",
    "reliability_outages": "platform",
    "usability_navigation": "platform",
    "search_findability": "platform",
    "reporting_dashboards": "analytics",
    "integrations": "integrations",
    "api_webhooks": "integrations",
    "data_export": "data",
    "data_import": "data",
    "permissions_roles": "admin",
    "sso_security": "admin",
    "billing_invoicing": "commercial",
    "pricing_value": "commercial",
    "support_response": "support",
    "mobile_app": "mobile",
    "notifications": "collaboration",
    "localization": "platform",
    "collaboration_sharing": "collaboration",
    "customization_workflows": "automation",
    "automation_ai": "automation",
}
# How often a theme comes up per channel, in the order of THEMES.
BASE: dict[Channel, tuple[float, ...]] = {
    "nps": (4, 3, 7, 5, 8, 4, 6, 5, 2, 7, 3, 3, 2, 2, 7, 6, 5, 4, 3, 5, 5, 5),
    "support": (5, 4, 6, 5, 5, 4, 6, 6, 5, 12, 6, 6, 4, 6, 1, 4, 6, 5, 3, 3, 5, 3),
    "sales": (4, 2, 3, 3, 4, 2, 6, 8, 4, 10, 3, 4, 4, 2, 9, 3, 4, 2, 3, 4, 6, 6),
    "research": (7, 5, 2, 2, 10, 7, 8, 4, 1, 6, 4, 3, 1, 1, 2, 1, 6, 5, 3, 6, 8, 5),
}
RISING, CHURN, BLOCKER = THEMES.index("data_export"), THEMES.index("reliability_outages"), THEMES.index("sso_security")
RISING_WEEKS, BASELINE_WEEKS = 8, 26
RISING_FROM = END + 1 - RISING_WEEKS * 7 * DAY
CHURN_WINDOW = 120 * DAY
TROUBLE_DAYS, TROUBLE_BASELINE_DAYS = 30, 180
# Planted: how much likelier detractors are to raise a theme, strongest first; promoters raise it that much less.
DRIVERS = {"reliability_outages": 4.5, "performance_speed": 3.0, "support_response": 2.2, "usability_navigation": 1.6}
# Share of promoters and detractors per segment.
PLANTED_NPS = {"enterprise": (0.34, 0.30), "mid_market": (0.44, 0.20), "smb": (0.54, 0.13)}
PLAIN_NPS = (0.45, 0.20)
OFF_TOPIC_SHARE, MIXED_SHARE = 0.08, 0.125
# Interviewers hear of what the product does not do at all.
UNMET_SHARE = 0.2
PROMOTER, PASSIVE, DETRACTOR = 1, 0, -1
SURVEY_TOOLS = ("delighted", "qualtrics")
RESEARCH_TOOLS = ("dovetail", "interviews")
# Every so many interviews are a file of their own, up to the most of them.
LOOSE_NOTE_EVERY, LOOSE_NOTES = 6, 24


@dataclass(frozen=True)
class Items:
    """Feedback of one channel, one array entry per item, in order of time.

    Attributes:
        time: epoch seconds.
        account: index of the account, -1 for strangers.
        person: number of the contact within the account; of the stranger otherwise.
        theme: index into THEMES of the main statement, NO_THEME for texts about nothing in the taxonomy.
        tone: -1 complaint, 0 request or question, 1 praise.
        theme2: second theme of a mixed text, else NO_THEME.
        tone2: its tone.
        score: likelihood to recommend, -1 outside surveys.
        wordy: 1 where there is a text.
        language: index into LANGUAGES.
        voice: index into VOICES.
        deal: number of the account's deal that a note belongs to, -1 without.
        source: where an answer or an interview is kept, index into SURVEY_TOOLS or RESEARCH_TOOLS.
    """

    time: Ints
    account: Ints
    person: Ints
    theme: Ints
    tone: Ints
    theme2: Ints
    tone2: Ints
    score: Ints
    wordy: Ints
    language: Ints
    voice: Ints
    deal: Ints
    source: Ints

    def __len__(self) -> int:
        return len(self.time)

    def take(self, chosen: Ints) -> Items:
        """The items at these positions, in this order."""
        return Items(**{f.name: getattr(self, f.name)[chosen] for f in fields(self)})

    def mentions(self, theme: int) -> NDArray[np.bool_]:
        """Which items speak about a theme."""
        found: NDArray[np.bool_] = ((self.theme == theme) | (self.theme2 == theme)) & (self.wordy == 1)
        return found


@dataclass(frozen=True)
class Plan:
    """The company and everything its customers say."""

    company: Company
    nps: Items
    tickets: Items
    notes: Items
    interviews: Items

    def channel(self, channel: Channel) -> Items:
        """Items of a channel."""
        return {"nps": self.nps, "support": self.tickets, "sales": self.notes, "research": self.interviews}[channel]

    def statements(self, channel: Channel, item: int) -> tuple[Statement, ...]:
        """What an item says."""
        items = self.channel(channel)
        first, second = int(items.theme[item]), int(items.theme2[item])
        said = (Statement(None if first == NO_THEME else THEMES[first], int(items.tone[item])),)
        return said if second == NO_THEME else (*said, Statement(THEMES[second], int(items.tone2[item])))

    def speaker(self, channel: Channel, item: int) -> Speaker:
        """Who said it."""
        items = self.channel(channel)
        account, person = int(items.account[item]), int(items.person[item])
        return (self.company.stranger(person) if account < 0 else self.company.person(account, person)).speaker

    def text(self, channel: Channel, item: int) -> Composed:
        """Write an item; the same words each time it is asked for."""
        items = self.channel(channel)
        dice = Dice(self.company.seed, "text", channel, item)
        voice, language = VOICES[items.voice[item]], LANGUAGES[items.language[item]]
        return compose(dice, channel, self.statements(channel, item), self.speaker(channel, item), voice, language)


def make_plan(company: Company) -> Plan:
    """Decide everything that customers say to the company."""
    channels = [_surveys(company), _tickets(company), _notes(company), _interviews(company)]
    if company.planted:
        channels[1] = _with_launch_trouble(company, channels[1])
        channels = [_with_rise(company, items) for items in channels]
    return Plan(company, *(_compact(items) for items in channels))


def _compact(items: Items) -> Items:
    """The same items in 26 bytes each."""
    kinds: dict[str, type[np.signedinteger[Any]]] = {"time": np.int64, "account": np.int32, "person": np.int32}
    return Items(**{f.name: getattr(items, f.name).astype(kinds.get(f.name, np.int8)) for f in fields(items)})


def _with_rise(company: Company, items: Items) -> Items:
    """Let enterprise accounts raise one theme twice as often in the last weeks as in the weeks that they are compared with."""
    enterprise = (_Columns(company).segment[items.account] == 0) & (items.account >= 0) & (items.wordy == 1)
    mentions = items.mentions(RISING) & enterprise
    recent = items.time >= RISING_FROM
    before = (items.time >= RISING_FROM - BASELINE_WEEKS * 7 * DAY) & ~recent
    target = round(2 * int((mentions & before).sum()) * RISING_WEEKS / BASELINE_WEEKS)
    free = np.flatnonzero(enterprise & recent & ~mentions & ~np.isin(items.theme, (NO_THEME, CHURN, BLOCKER)))
    order = vectors(company.seed, "rise", len(items)).random(len(free)).argsort(kind="stable")
    chosen = free[order][: max(0, target - int((mentions & recent).sum()))]
    theme = items.theme.copy()
    theme[chosen] = RISING
    return replace(items, theme=theme)


def _with_launch_trouble(company: Company, tickets: Items) -> Items:
    """Let customers ask support about a badly prepared launch for a month, instead of about other things."""
    theme = tickets.theme.copy()
    for launch in launches(planted=True):
        if launch.more_tickets > 1:
            day, about = seconds(launch.on), THEMES.index(launch.theme)
            area = np.array([PRODUCT_AREAS[name] == launch.product_area for name in THEMES])
            asked = (theme != NO_THEME) & area[theme]
            before = asked & (tickets.time >= day - TROUBLE_BASELINE_DAYS * DAY) & (tickets.time < day)
            after = (tickets.time >= day) & (tickets.time < day + TROUBLE_DAYS * DAY)
            target = round(launch.more_tickets * int(before.sum()) * TROUBLE_DAYS / TROUBLE_BASELINE_DAYS)
            other = after & ~asked & (tickets.account >= 0) & (tickets.theme2 == NO_THEME) & (tickets.language == 0)
            free = np.flatnonzero(other & ~np.isin(theme, (NO_THEME, CHURN, BLOCKER, RISING)))
            order = vectors(company.seed, "trouble", launch.launch_id).random(len(free)).argsort(kind="stable")
            theme[free[order][: max(0, target - int((asked & after).sum()))]] = about
    return replace(tickets, theme=theme)


class _Columns:
    """Account attributes as arrays, for choices made for many items at once."""

    def __init__(self, company: Company) -> None:
        accounts = company.accounts
        self.segment = np.array([SEGMENTS.index(a.segment) for a in accounts])
        self.since = np.array([a.since for a in accounts])
        self.until = np.array([a.until for a in accounts])
        self.contacts = np.array([a.contacts for a in accounts])
        self.customer = np.array([a.is_customer for a in accounts])
        self.suffers = np.array([a.suffers_outages for a in accounts])
        self.language = np.array([LANGUAGES.index(a.language) for a in accounts])


def _surveys(company: Company) -> Items:
    columns, draws = _Columns(company), vectors(company.seed, "nps")
    n = company.count(1_800)
    weight = np.array([2.2, 1.3, 1.0])[columns.segment] * columns.customer
    account, time = _who_and_when(columns, weight, n, draws)
    shares = np.array([PLANTED_NPS[s] if company.planted else PLAIN_NPS for s in SEGMENTS])[columns.segment[account]]
    draw = draws.random(n)
    group = np.where(draw < shares[:, 0], PROMOTER, np.where(draw < shares.sum(axis=1), DETRACTOR, PASSIVE))
    spread = draws.random(n)
    score = np.where(
        group == PROMOTER, 9 + (spread < 0.55), np.where(group == PASSIVE, 7 + (spread < 0.6), (7 * spread**0.6).astype(int))
    )
    theme, theme2 = _themes("nps", company, columns, account, time, group, draws)
    likely = np.array([[0.95, 0.04], [0.30, 0.35], [0.03, 0.09]])  # complaint, request; by detractor, passive, promoter
    tone, tone2 = _tones(likely[group + 1], draws), _tones(likely[group + 1], draws)
    # One in thirty answers comes from somebody whom nothing links to an account.
    stranger = draws.random(n) < 1 / 30
    items = _items(
        columns, "nps", company, account, time, theme, tone, theme2, tone2, draws, score=score, wordy=draws.random(n) < 0.65
    )
    return replace(
        items,
        account=np.where(stranger, -1, items.account),
        person=np.where(stranger, np.arange(n), items.person),
        language=np.where(stranger, 0, items.language),
        source=(draws.random(n) < 0.39).astype(np.int64),
    )


def _tickets(company: Company) -> Items:
    columns, draws = _Columns(company), vectors(company.seed, "support")
    planted = _complaints_before_churn(company)
    n = max(1, company.count(2_500) - len(planted))
    weight = np.array([6.5, 1.7, 0.7])[columns.segment] * columns.customer
    account, time = _who_and_when(columns, weight, n, draws)
    account = np.concatenate([account, np.array([a for a, _ in planted], dtype=int)])
    time = np.concatenate([time, np.array([t for _, t in planted], dtype=int)])
    n = len(time)
    theme, theme2 = _themes("support", company, columns, account, time, np.zeros(n, dtype=np.int64), draws)
    forced = np.arange(n) >= n - len(planted)
    theme[forced] = CHURN
    theme2[forced & (theme2 == CHURN)] = NO_THEME
    likely = np.tile([0.66, 0.29], (n, 1))
    likely[forced] = (1.0, 0.0)
    tone, tone2 = _tones(likely, draws), _tones(likely, draws)
    items = _items(columns, "support", company, account, time, theme, tone, theme2, tone2, draws)
    stranger = (draws.random(n) < 1 / 40) & ~forced
    items = replace(
        items,
        account=np.where(stranger, -1, items.account),
        person=np.where(stranger, np.arange(n) + 500_000, items.person),
        language=np.where(stranger, 0, items.language),
    )
    return items.take(np.argsort(items.time, kind="stable"))


def _notes(company: Company) -> Items:
    columns, draws = _Columns(company), vectors(company.seed, "sales")
    planted = [deal for deal in company.all_deals() if deal.loss_reason == SECURITY_LOSS] if company.planted else []
    n = max(1, company.count(600) - len(planted))
    weight = np.array([3.0, 1.5, 0.7])[columns.segment] * np.where(columns.customer, 1.0, 2.0)
    account, time = _who_and_when(columns, weight, n, draws)
    account = np.concatenate([account, np.array([deal.account for deal in planted], dtype=int)])
    time = np.concatenate([time, np.array([_talk_before(deal) for deal in planted], dtype=int)])
    n = len(time)
    theme, theme2 = _themes("sales", company, columns, account, time, np.zeros(n, dtype=np.int64), draws)
    forced = np.arange(n) >= n - len(planted)
    theme[forced] = BLOCKER
    theme2[forced & (theme2 == BLOCKER)] = NO_THEME
    likely = np.tile([0.45, 0.35], (n, 1))
    likely[forced] = (1.0, 0.0)
    tone, tone2 = _tones(likely, draws), _tones(likely, draws)
    items = _items(columns, "sales", company, account, time, theme, tone, theme2, tone2, draws)
    deal_number = np.full(n, -1)
    deal_number[forced] = [deal.number for deal in planted]
    free = ~forced & (draws.random(n) < 0.4)
    deal_number[free] = 0
    items = replace(items, deal=deal_number)
    return items.take(np.argsort(items.time, kind="stable"))


def _interviews(company: Company) -> Items:
    columns, draws = _Columns(company), vectors(company.seed, "research")
    n = company.count(180)
    weight = np.array([2.5, 1.5, 0.8])[columns.segment] * columns.customer
    account, time = _who_and_when(columns, weight, n, draws)
    theme, theme2 = _themes("research", company, columns, account, time, np.zeros(n, dtype=np.int64), draws)
    unmet = draws.random(n) < UNMET_SHARE
    theme, theme2 = np.where(unmet, NO_THEME, theme), np.where(unmet, NO_THEME, theme2)
    likely = np.tile([0.50, 0.30], (n, 1))
    tone, tone2 = _tones(likely, draws), _tones(likely, draws)
    items = _items(columns, "research", company, account, time, theme, tone, theme2, tone2, draws)
    number = np.arange(n)
    loose = (number % LOOSE_NOTE_EVERY == 0) & (number < LOOSE_NOTE_EVERY * LOOSE_NOTES)
    # Interviewers write in their own language, whatever they were told in.
    return replace(items, language=np.zeros(n, dtype=np.int64), source=loose.astype(np.int64))


def _complaints_before_churn(company: Company) -> list[tuple[int, int]]:
    """Outage complaints (account, time) of those who leave because of outages, in the weeks before they leave."""
    complaints = []
    for account in company.accounts:
        if account.suffers_outages:
            for number in range({"enterprise": 7, "mid_market": 5, "smb": 4}[account.segment]):
                ago = 5 * DAY + mix(company.seed, "complaint", account.index, number) % (CHURN_WINDOW - 10 * DAY)
                complaints.append((account.index, account.until - ago))
    return complaints


def _talk_before(deal: Deal) -> int:
    """When a seller noted the objection that lost the deal."""
    last = min(deal.closes, END)
    return deal.created + mix(deal.id, "talk") % max(DAY, last - deal.created - DAY)


def _who_and_when(columns: _Columns, weight: Floats, n: int, draws: np.random.Generator) -> tuple[Ints, Ints]:
    """Draw accounts by weight and tenure, and moments in their tenure that look like office hours; in order of time."""
    bounds = np.cumsum(weight * (columns.until - columns.since))
    account = np.searchsorted(bounds[:-1], draws.random(n) * bounds[-1], side="right")
    since, until = columns.since[account], columns.until[account]
    moment = since + draws.random(n) * (until - since)
    day = (moment.astype(np.int64) - START) // DAY
    weekend = (day % 7 >= 5) & (draws.random(n) < 0.8)
    day = np.where(weekend, day - 2, day)
    # Never in an hour that a clock in Berlin or New York shows twice: such a local stamp could not be read back.
    clock = (7.0 + 11.0 * (draws.random(n) + draws.random(n)) / 2) * 3_600
    time = np.clip(START + day * DAY + clock.astype(np.int64), np.maximum(since, START), np.minimum(until, END))
    order = np.argsort(time, kind="stable")
    return account[order], time[order]


def _themes(
    channel: Channel, company: Company, columns: _Columns, account: Ints, time: Ints, group: Ints, draws: np.random.Generator
) -> tuple[Ints, Ints]:
    """Draw a main theme and, for mixed texts, a second one; `group` is -1 for detractors and 1 for promoters."""
    profile = np.zeros(len(account), dtype=np.int64)
    if company.planted:
        troubled = columns.suffers[account] & (columns.until[account] - time < CHURN_WINDOW)
        profile = (group + 1) * 4 + troubled * 2 + (columns.segment[account] == 0)
    bounds = _theme_weights(channel, planted=company.planted).cumsum(axis=1)
    main = _draw(bounds, profile, draws)
    second = _draw(bounds, profile, draws)
    n = len(account)
    off = draws.random(n) < OFF_TOPIC_SHARE
    mixed = (draws.random(n) < MIXED_SHARE) & (second != main) & ~off
    return np.where(off, NO_THEME, main), np.where(mixed, second, NO_THEME)


def _theme_weights(channel: Channel, *, planted: bool) -> Floats:
    """Weights of the themes for each profile: promoter group, whether outages are driving the account away, enterprise."""
    weights = np.tile(np.array(BASE[channel], dtype=float), (12, 1))
    if planted:
        profile = np.arange(12)
        for driver, factor in DRIVERS.items():
            weights[profile // 4 == DETRACTOR + 1, THEMES.index(driver)] *= factor
            weights[profile // 4 == PROMOTER + 1, THEMES.index(driver)] /= factor
        weights[profile % 2 == 1, RISING] *= 1.6
        weights[profile // 2 % 2 == 1, CHURN] *= 6
    return weights


def _draw(bounds: Floats, profile: Ints, draws: np.random.Generator) -> Ints:
    """One theme per item, from the cumulated weights of its profile."""
    draw = draws.random(len(profile)) * bounds[profile, -1]
    drawn = np.empty(len(profile), dtype=np.int64)
    for row, limits in enumerate(bounds):
        chosen = profile == row
        drawn[chosen] = np.searchsorted(limits[:-1], draw[chosen], side="right")
    return drawn


def _tones(likely: Floats, draws: np.random.Generator) -> Ints:
    """Draw tones from the shares of complaints and requests."""
    draw = draws.random(len(likely))
    return np.where(draw < likely[:, 0], -1, np.where(draw < likely.sum(axis=1), 0, 1)).astype(np.int64)


def _items(
    columns: _Columns,
    channel: Channel,
    company: Company,
    account: Ints,
    time: Ints,
    theme: Ints,
    tone: Ints,
    theme2: Ints,
    tone2: Ints,
    draws: np.random.Generator,
    score: Ints | None = None,
    wordy: NDArray[np.bool_] | None = None,
) -> Items:
    n = len(time)
    person = (draws.random(n) ** 1.5 * columns.contacts[account]).astype(np.int64)
    # Who writes in their own language does so about what their language has words for.
    spoken = np.array(
        [[code in languages_of(None if t == NO_THEME else THEMES[t]) for code in LANGUAGES] for t in (*range(len(THEMES)), -1)]
    )
    own = columns.language[account]
    fits = spoken[theme, own] & (spoken[theme2, own] | (theme2 == NO_THEME))
    language = np.where(fits & (draws.random(n) < 0.33), own, 0)
    # The other languages have complaints and praise only.
    tone = np.where((language > 0) & (tone == 0), -1, tone)
    tone2 = np.where((language > 0) & (tone2 == 0), -1, tone2)
    # A person keeps their voice.
    voice = (account * 31 + person * 17 + company.seed) % 1_009 * 6 // 1_009
    return Items(
        time=time,
        account=account.astype(np.int64),
        person=person,
        theme=theme,
        tone=np.where(theme == NO_THEME, 0, tone),
        theme2=theme2,
        tone2=tone2,
        score=np.full(n, -1) if score is None else score.astype(np.int64),
        wordy=np.ones(n, dtype=np.int64) if wordy is None else wordy.astype(np.int64),
        language=language,
        voice=voice,
        deal=np.full(n, -1),
        source=np.zeros(n, dtype=np.int64),
    )
