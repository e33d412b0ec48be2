"""How colleagues ask product: a chat export with threads and private corners, and the pulse surveys beside it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from demo import asks, names
from demo.asks import filled
from demo.company import DAY, FIRST_DAY, LAST_DAY, Company, day_of, seconds
from demo.exports.ledger import CsvExport, Kind, Ledger, member
from demo.exports.readiness import learners
from demo.launches import TEAMS, Launch, launches
from demo.rng import Dice, mix
from demo.texts import ascii_word

Record = dict[str, Any]
# From this day on Customer Success is taught before each launch, and asks accordingly.
ENABLED_TEAM, ENABLED_ON = "Customer Success", date(2025, 11, 3)
# The team that nobody taught, and the launch that it asks about as if it had never heard of it.
PUZZLED_TEAM, PUZZLING_LAUNCH = "Support", "LCH-004"
# Shares of awareness, mechanics, readiness.
Mix = tuple[float, float, float]
AS_BEFORE: Mix = (0.52, 0.33, 0.15)
TAUGHT: Mix = (0.10, 0.25, 0.65)
USUAL: Mix = (0.35, 0.40, 0.25)
LOST: Mix = (0.85, 0.10, 0.05)
UNREADY: Mix = (0.04, 0.76, 0.20)
PREPARED: Mix = (0.05, 0.35, 0.60)
# Questions a week outside launches.
WEEKLY = {"Sales": 0.7, "Customer Success": 2.4, "Support": 0.8}
# Questions about a launch, and from and to which day after it.
AROUND = {"none": (5, -12, 6), "insufficient_data": (4, -12, 6), "awareness": (24, 1, 29), "readiness": (27, 1, 29)}
# What product operations should answer and product management answers instead.
TAKEN_OVER = 0.55
ANSWERED, WRITTEN, OUTDATED, ASKED_AGAIN = 0.86, 0.4, 0.05, 0.05
TITLES = {
    "Sales": "Account Executive",
    "Customer Success": "Customer Success Manager",
    "Support": "Support Agent",
    "product_management": "Product Manager",
    "product_ops": "Product Operations Manager",
    "product_marketing": "Product Marketing Manager",
    "programme_management": "Programme Manager",
    "support_engineering": "Software Engineer",
}
ROLE_PEOPLE = {
    "product_management": 4,
    "product_ops": 3,
    "product_marketing": 3,
    "programme_management": 3,
    "support_engineering": 3,
}
QUESTIONS, GENERAL, PRIVATE, DIRECT = "launch-questions", "general", "deal-desk", "D05FERN03"
CHANNELS = {QUESTIONS: "C05FERN01", GENERAL: "C05FERN02", PRIVATE: "G05FERN01", DIRECT: DIRECT}
# Two exports that overlap: the second repeats the weeks from its first day to the end of the first.
FIRST_UNTIL, SECOND_FROM = date(2026, 4, 30), date(2026, 4, 20)
# Mean agreement of revenue teams and of product, first and last quarter.
PULSES = {"revenue": (2.6, 4.1), "product": (3.6, 3.6)}
PULSE_QUESTIONS = ("I know what our launches mean for my customers", "I hear what customers tell other teams")
PULSE_DAYS = (
    *(date(2025, 3, 31), date(2025, 6, 30), date(2025, 9, 30), date(2025, 12, 31), date(2026, 3, 31)),
    date(2026, 6, 22),
)


@dataclass(frozen=True, slots=True)
class Member:
    """A colleague in the chat."""

    id: str
    name: str
    email: str
    team: str
    number: int


@dataclass(slots=True)
class Message:
    """One message; `thread` is the ts of the message that it replies to."""

    channel: str
    ts: str
    author: Member | None
    text: str
    thread: str = ""
    subtype: str = ""
    replies: list[Message] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is true of one question."""

    key: str
    day: date
    team: str
    quality: str
    owner: str
    launch_id: str
    answered_by: str


class Chat:
    """The company's chat: who writes what where, and the truth about every question."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._used: set[int] = set()
        self.members = _members(company)
        self.messages: list[Message] = []
        self.asked: list[Asked] = []
        self._launches = launches(planted=company.planted)
        for number, (moment, team, mixture, launch, share) in enumerate(self._occasions()):
            self._question(number, moment, team, mixture, launch, share)
        self._chatter()

    def _occasions(self) -> Iterator[tuple[int, str, Mix, Launch | None, float]]:
        """Moment, team, kinds and launch of every question, and a number from 0 to 1 that decides its kind."""
        company = self._company
        for team, weekly in WEEKLY.items():
            for number in range(company.count(weekly * 78)):
                dice = Dice(company.seed, "asks", team, number)
                moment = _office_hour(dice, dice.below(78 * 7))
                taught = team == ENABLED_TEAM and day_of(moment) >= ENABLED_ON
                yield moment, team, (TAUGHT if taught else AS_BEFORE if team == ENABLED_TEAM else USUAL), None, dice.unit()
        if not company.planted:
            return
        for launch in self._launches:
            count, first, last = AROUND[launch.failure_mode]
            for number in range(company.count(count)):
                dice = Dice(company.seed, "asks", launch.launch_id, number)
                day = (launch.on - FIRST_DAY).days + dice.between(first, last)
                if 0 <= day <= (LAST_DAY - FIRST_DAY).days:
                    team = TEAMS[number % 3]
                    # Spread evenly, so that the few questions of a small company have the mix as well.
                    yield _office_hour(dice, day), team, _kinds(launch, team), launch, (number * 7 % 20 + 0.5) / 20

    def _question(self, number: int, moment: int, team: str, mixture: Mix, launch: Launch | None, draw: float) -> None:
        dice = Dice(self._company.seed, "question", number)
        if not self._company.planted:
            mixture = USUAL
        quality = "awareness" if draw < mixture[0] else "mechanics" if draw < mixture[0] + mixture[1] else "readiness"
        owner = _owner(dice, quality)
        author = dice.pick([person for person in self.members if person.team == team])
        slots = self._slots(dice, launch)
        text = filled(dice, dice.pick(asks.QUESTIONS[quality, owner]), slots)
        text = dice.pick(asks.OPENINGS) + text[0].upper() + text[1:] + filled(dice, dice.pick(asks.CLOSINGS), slots)
        question = self._say(QUESTIONS, moment, author, text)
        answerer = self._answer(dice, question, moment, owner, slots)
        key = f"{CHANNELS[QUESTIONS]}/{question.ts}"
        launch_id = launch.launch_id if launch else ""
        self.asked.append(Asked(key, day_of(moment), team, quality, owner, launch_id, answerer))
        if dice.chance(ASKED_AGAIN) and day_of(moment) < LAST_DAY - timedelta(days=40):
            self._question_again(dice, question, self.asked[-1], moment + dice.between(9, 30) * DAY)

    def _question_again(self, dice: Dice, question: Message, truth: Asked, moment: int) -> None:
        """Somebody of the same team asks the same, word for word but for a greeting."""
        author = dice.pick([person for person in self.members if person.team == truth.team])
        again = self._say(QUESTIONS, moment, author, question.text.rstrip() + " 😊")
        key = f"{CHANNELS[QUESTIONS]}/{again.ts}"
        self.asked.append(Asked(key, day_of(moment), truth.team, truth.quality, truth.owner, truth.launch_id, ""))

    def _answer(self, dice: Dice, question: Message, moment: int, owner: str, slots: Mapping[str, str]) -> str:
        """Replies in the thread; the role that answered, empty where nobody did."""
        if not dice.chance(ANSWERED):
            return ""
        role = owner
        if self._company.planted and owner == "product_ops" and dice.chance(TAKEN_OVER):
            role = "product_management"
        author = dice.pick([person for person in self.members if person.team == role])
        patterns = asks.STALE if dice.chance(OUTDATED) else asks.WRITTEN if dice.chance(WRITTEN) else asks.ANSWERS
        later = moment + 60 * dice.between(4, 900)
        if later >= seconds(LAST_DAY) + DAY:
            return ""
        self._say(QUESTIONS, later, author, filled(dice, dice.pick(patterns), slots), question)
        if dice.chance(0.4) and later + 3_600 < seconds(LAST_DAY) + DAY:
            self._say(QUESTIONS, later + 60 * dice.between(1, 50), question.author, dice.pick(asks.NODS), question)
        return role

    def _slots(self, dice: Dice, launch: Launch | None) -> dict[str, str]:
        company = self._company
        thing = launch.name if launch else dice.pick(asks.THINGS)
        account = company.accounts[dice.below(len(company.accounts))]
        return {
            "launch": launch.name if launch else f"the {thing}",
            "bare": thing,
            "customer": account.name,
            "place": dice.pick(names.COUNTRIES["GB"][2]),
            "hour": f"{dice.between(9, 17)}:{dice.pick(('00', '15', '30'))}",
            "n": str(dice.between(3, 40)),
            "slug": ascii_word(launch.name if launch else "how-to"),
        }

    def _chatter(self) -> None:
        company = self._company
        for channel, patterns, count in (
            (GENERAL, asks.CHATTER, 120),
            (PRIVATE, asks.UNHEARD, 12),
            (DIRECT, asks.UNHEARD, 8),
        ):
            for number in range(company.count(count)):
                dice = Dice(company.seed, "chatter", channel, number)
                text = filled(dice, dice.pick(patterns), self._slots(dice, None))
                self._say(channel, _office_hour(dice, dice.below(78 * 7)), dice.pick(self.members), text)
        for number in range(company.count(20)):
            dice = Dice(company.seed, "system", number)
            moment, person = _office_hour(dice, dice.below(78 * 7)), dice.pick(self.members)
            if number % 2:
                self._say(GENERAL, moment, person, f"<@{person.id}> has joined the channel", subtype="channel_join")
            else:
                self._say(QUESTIONS, moment, None, f"Build {dice.between(400, 990)} is out", subtype="bot_message")

    def _say(
        self, channel: str, moment: int, author: Member | None, text: str, thread: Message | None = None, subtype: str = ""
    ) -> Message:
        while moment in self._used:
            moment += 1
        self._used.add(moment)
        ts = f"{moment}.{mix(self._company.seed, 'ts', moment) % 1_000_000:06d}"
        message = Message(channel, ts, author, text, thread.ts if thread else "", subtype)
        if thread:
            thread.replies.append(message)
        self.messages.append(message)
        return message


def _kinds(launch: Launch, team: str) -> Mix:
    if launch.launch_id == PUZZLING_LAUNCH and team == PUZZLED_TEAM:
        return LOST
    return {"awareness": LOST, "readiness": UNREADY}.get(launch.failure_mode, PREPARED)


def _owner(dice: Dice, quality: str) -> str:
    draw = dice.unit()
    if quality == "awareness":
        return "product_ops" if draw < 0.7 else "programme_management"
    if quality == "mechanics":
        return "support_engineering" if draw < 0.8 else "product_management"
    return "product_ops" if draw < 0.9 else "product_marketing"


def _office_hour(dice: Dice, day: int) -> int:
    """A moment of that day, of the Friday before where it is a weekend, between eight and five."""
    day -= max(0, day % 7 - 4)
    return seconds(FIRST_DAY) + day * DAY + dice.between(8 * 3_600, 17 * 3_600)


def _members(company: Company) -> list[Member]:
    """Everybody in the chat: the teams that ask as the learning system knows them, and those who answer."""
    asking = [(person.name, person.email, person.team) for person in learners(company) if person.team in TEAMS]
    answering = [_invented(company, role, number) for role, count in ROLE_PEOPLE.items() for number in range(count)]
    people = [*asking, *answering]
    return [Member(f"U05F{n:04d}", name, email, team, n) for n, (name, email, team) in enumerate(people)]


def _invented(company: Company, role: str, number: int) -> tuple[str, str, str]:
    dice = Dice(company.seed, "member", role, number)
    first, last = dice.pick(names.FIRST_NAMES), dice.pick(names.LAST_NAMES)
    place = "".join(word[0] for word in role.split("_"))
    return f"{first} {last}", f"{ascii_word(first)}.{ascii_word(last)}.{place}{number}@fernhollow.example", role


class Slack:
    """Writes the chat as two exports that overlap."""

    def __init__(self, company: Company, ledger: Ledger) -> None:
        self.chat = Chat(company)
        self._ledger = ledger

    def write(self) -> None:
        """Write both archives."""
        first = [m for m in self.chat.messages if _day(m) <= FIRST_UNTIL]
        second = [m for m in self.chat.messages if _day(m) >= SECOND_FROM]
        self._archive(_archive_name(FIRST_DAY, FIRST_UNTIL), first, set(), repeated=False)
        self._archive(_archive_name(SECOND_FROM, LAST_DAY), second, {m.ts for m in first}, repeated=True)

    def _archive(self, file: str, messages: Sequence[Message], known: set[str], *, repeated: bool) -> None:
        again: Kind = "duplicate" if repeated else "new"
        with self._ledger.archive(file) as archive:

            def put(name: str, records: Sequence[Record], stream: str = "", kinds: Sequence[Kind] = ()) -> None:
                count = self._ledger.count(f"{file}!{name}", stream) if stream else None
                for kind in kinds if count else ():
                    count.good(kind)  # type: ignore[union-attr] # there is one where there are kinds
                with member(archive, name, deflate=True) as entry:
                    entry.write(json.dumps(records, ensure_ascii=False, indent=4).encode())

            open_channels = [_channel(name) for name in (QUESTIONS, GENERAL)]
            put("channels.json", open_channels, "slack.channel", [again] * len(open_channels))
            put("groups.json", [_channel(PRIVATE)])
            put("dms.json", [{"id": DIRECT, "created": seconds(FIRST_DAY), "members": ["U05F0001", "U05F0007"]}])
            put("integration_logs.json", [])
            put("users.json", [_user(m) for m in self.chat.members], "slack.user", [again] * len(self.chat.members))
            days: dict[str, list[Message]] = defaultdict(list)
            for message in sorted(messages, key=lambda m: m.ts):
                days[f"{message.channel}/{_day(message)}.json"].append(message)
            for name, said in sorted(days.items()):
                readable = said[0].channel in (QUESTIONS, GENERAL)
                kinds: list[Kind] = ["duplicate" if m.ts in known else "new" for m in said]
                put(name, [_record(m) for m in said], "slack.message" if readable else "", kinds)


def _archive_name(first: date, last: date) -> str:
    return f"slack/Fernhollow Slack export {first:%b} {first.day} {first.year} - {last:%b} {last.day} {last.year}.zip"


def _day(message: Message) -> date:
    return datetime.fromtimestamp(int(message.ts[:10]), UTC).date()


def _channel(name: str) -> Record:
    return {
        "id": CHANNELS[name],
        "name": name,
        "created": seconds(FIRST_DAY) - 200 * DAY,
        "creator": "U05F0002",
        "is_archived": False,
        "is_general": name == GENERAL,
        "members": [],
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def _user(person: Member) -> Record:
    return {
        "id": person.id,
        "team_id": "T05FERN01",
        "name": ascii_word(person.name),
        "deleted": False,
        "real_name": person.name,
        "tz": "Europe/London",
        "profile": {"title": TITLES[person.team], "real_name": person.name, "email": person.email, "team": "T05FERN01"},
        "is_admin": False,
        "is_bot": False,
        "updated": seconds(FIRST_DAY) - 90 * DAY,
    }


def _record(message: Message) -> Record:
    record: Record = {"type": "message", "ts": message.ts, "text": message.text, "team": "T05FERN01"}
    if message.author:
        record["user"] = message.author.id
    else:
        record |= {"bot_id": "B05FERN01", "username": "builds"}
    if message.subtype:
        record["subtype"] = message.subtype
    if message.thread:
        record["thread_ts"] = message.thread
    if message.replies:
        record |= {"thread_ts": message.ts, "reply_count": len(message.replies)}
    return record


class Pulse:
    """Writes the pulse surveys, one file a survey."""

    def __init__(self, company: Company, ledger: Ledger) -> None:
        self._company = company
        self._ledger = ledger

    def write(self) -> None:
        """Write every survey."""
        people = [(person.team, "revenue") for person in learners(self._company)]
        people += [("Product", "product")] * ROLE_PEOPLE["product_management"]
        header = ("Response ID", "Survey date", "Team", "Question", "Score", "Comment")
        for quarter, day in enumerate(PULSE_DAYS):
            name = f"pulse/pulse_{day}.csv"
            with self._ledger.open(name) as stream:
                count = self._ledger.count(name, "pulse.answer")
                with closing(CsvExport(stream, count, [header], "utf-8", "\r\n", quote_all=False)) as table:
                    for number, (team, side) in enumerate(people):
                        for place, question in enumerate(PULSE_QUESTIONS):
                            score = self._score(side, quarter, number, place)
                            table.row((f"R-{quarter}{number:03d}", day, team, question, score, ""))

    def _score(self, side: str, quarter: int, number: int, place: int) -> int:
        first, last = PULSES[side] if self._company.planted else PULSES["product"]
        mean = first + (last - first) * quarter / (len(PULSE_DAYS) - 1)
        dice = Dice(self._company.seed, "pulse", side, quarter, number, place)
        return min(5, max(1, int(mean + dice.unit() + dice.unit() - 0.5)))


def truth(chat: Chat) -> dict[str, Any]:
    """What a reader should find: kinds of question by team before and after enablement, and by launch."""

    def index(chosen: Sequence[Asked]) -> dict[str, float]:
        scores = [{"awareness": 0.0, "mechanics": 0.5, "readiness": 1.0}[asked.quality] for asked in chosen]
        return {"questions": len(scores), "health_index": round(100 * sum(scores) / max(1, len(scores)), 1)}

    def counted(chosen: Sequence[Asked]) -> dict[str, int]:
        return {kind: sum(asked.quality == kind for asked in chosen) for kind in ("awareness", "mechanics", "readiness")}

    mine = [asked for asked in chat.asked if asked.team == ENABLED_TEAM]
    owed = [asked for asked in chat.asked if asked.owner == "product_ops" and asked.answered_by]
    by_launch = {asked.launch_id for asked in chat.asked if asked.launch_id}
    return {
        "total": len(chat.asked),
        "enabled_team": ENABLED_TEAM,
        "enabled_on": str(ENABLED_ON),
        "before": index([asked for asked in mine if asked.day < ENABLED_ON]),
        "after": index([asked for asked in mine if asked.day >= ENABLED_ON]),
        "by_launch": {key: counted([a for a in chat.asked if a.launch_id == key]) for key in sorted(by_launch)},
        "puzzled": {
            "team": PUZZLED_TEAM,
            "launch_id": PUZZLING_LAUNCH,
            **counted([a for a in chat.asked if (a.launch_id, a.team) == (PUZZLING_LAUNCH, PUZZLED_TEAM)]),
        },
        "product_ops_taken_over_share": round(sum(a.answered_by != a.owner for a in owed) / max(1, len(owed)), 3),
        "unanswered": sum(not asked.answered_by for asked in chat.asked),
        "private_messages": sum(m.channel in (PRIVATE, DIRECT) for m in chat.messages),
    }
