"""What prepares a launch: sheets of launches and decisions, the content inventory, completed courses, guides in the product."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from demo.company import DAY, LAST_DAY, Company, seconds
from demo.exports.ledger import CsvExport, Kind, Ledger
from demo.exports.roadmap import SLOWNESS_KEY
from demo.launches import TEAMS, Launch, Team, launches
from demo.names import FIRST_NAMES, LAST_NAMES
from demo.rng import Dice, mix
from demo.texts import ascii_word

# A team too small to be shown.
SMALL_TEAM = "Partner Solutions"
SMALL_TEAM_PEOPLE, TEAM_PEOPLE = 2, 5
FIRST_REPORT = date(2026, 1, 5)
MISSPELT = {"Sales": "sales ", "Customer Success": "Customer success", "Support": "SUPPORT"}
# What each launch is worth, what it changes at work, how customers get ready for it.
WORDS = {
    "LCH-001": (
        "Teams start a report from a template instead of an empty page, in about a tenth of the time.",
        "Route questions about who may edit a template to its owner; it is no longer a matter of the account's administrator.",
        "Ask the reporting lead to name three templates and their owners before the first Monday of the month.",
    ),
    "LCH-002": (
        "Contractors see one work order through a link and need no seat.",
        "Quote seats without contractors; links are part of every plan.",
        "Have the customer decide who may send links, and switch it on for them first.",
    ),
    "LCH-003": (
        "Planners get the next three steps suggested from what worked before.",
        "Show it on the customer's own orders; the sample data makes it look weaker than it is.",
        "Check that six months of orders are in the account, and start with one planning team.",
    ),
    "LCH-004": (
        "Administrators give exactly the rights that a role needs.",
        "Compare the old role with the new one side by side before you change anything for a customer.",
        "Send administrators the list of roles in use and agree which of them become custom ones.",
    ),
    "LCH-005": (
        "Fields of two systems are joined without a consultant.",
        "Ask for the field list in the first call; setting it up takes one session and not three.",
        "Let the customer export both field lists beforehand.",
    ),
    "LCH-006": (
        "A month of recurring orders is planned in one go.",
        "Offer it with the renewal; planning moves from the site lead to the planner.",
        "Agree on the calendar of one site first and let the planner try a week.",
    ),
    "LCH-008": (
        "Technicians check in where there is no reception.",
        "Tell field leads that stamps show the time of the visit, not of the upload.",
        "Update the app on every device in the week before.",
    ),
}
OTHER_PAGES = (
    ("Importing your first sites", "data", "article", "customers"),
    ("Search operators", "platform", "article", "customers"),
    ("Roles explained", "admin", "article", "customers"),
    ("Discount rules", "commercial", "playbook", "Sales"),
    ("Escalation paths", "support", "playbook", "Support"),
)
# Theme, item and decision of the decisions that no launch stands for; reliability is heard and nobody decided anything.
OTHER_DECISIONS = (
    ("data_export", "ROAD-125", "build", "Large accounts ask every week", date(2026, 6, 1)),
    ("sso_security", "ROAD-128", "build", "It lost us deals", date(2026, 2, 2)),
    ("performance_speed", SLOWNESS_KEY, "build", "Lists take seconds in large accounts", date(2025, 8, 25)),
    ("localization", "ROAD-133", "decline", "Two markets, none of them this year", date(2026, 1, 12)),
    ("search_findability", "", "watch", "Look again after the index moved", date(2026, 3, 9)),
)


@dataclass(frozen=True, slots=True)
class Learner:
    """A colleague as the learning system knows them."""

    email: str
    name: str
    team: str
    number: int


@dataclass(frozen=True, slots=True)
class Activity:
    """One row of the completion report."""

    learner: Learner
    launch: Launch
    kind: str
    assigned: date
    completed: date | None
    score: int | None = None
    passed: bool | None = None
    attempt: int = 1


def learners(company: Company) -> list[Learner]:
    """Everybody in the teams that meet customers; not all of them have a login to the CRM."""
    people: list[Learner] = []
    for team in TEAMS:
        known = [person for person in company.colleagues if _team_of(person.title) == team]
        people += [Learner(p.email, f"{p.first_name} {p.last_name}", team, n) for n, p in enumerate(known)]
        people += [_invented(company, team, number) for number in range(len(known), TEAM_PEOPLE)]
    return people + [_invented(company, SMALL_TEAM, number) for number in range(SMALL_TEAM_PEOPLE)]


def _team_of(title: str) -> Team:
    return "Support" if "Support" in title else "Customer Success" if "Success" in title else "Sales"


def _invented(company: Company, team: str, number: int) -> Learner:
    dice = Dice(company.seed, "learner", team, number)
    first, last = dice.pick(FIRST_NAMES), dice.pick(LAST_NAMES)
    email = f"{ascii_word(first)}.{ascii_word(last)}.{ascii_word(team)[:3]}{number}@fernhollow.example"
    return Learner(email, f"{first} {last}", team, number)


def activities(company: Company) -> Iterator[Activity]:
    """Who heard of, learned about and showed which launch. One in five of a prepared team had no time for the course."""
    people = learners(company)
    for launch in launches(planted=company.planted):
        if launch.verdict == "insufficient_data":
            continue
        for learner in people:
            yield from _activities(company.seed, launch, learner)


def _activities(seed: int, launch: Launch, learner: Learner) -> Iterator[Activity]:
    dice = Dice(seed, "activity", launch.launch_id, learner.team, learner.number)
    told = launch.on - timedelta(days=dice.between(15, 25))
    heard = learner.number != 3 if launch.verdict != "not_aware" else learner.team == "Sales" and learner.number == 0
    yield Activity(learner, launch, "Announcement", told, told + timedelta(days=dice.between(0, 4)) if heard else None)
    if launch.verdict == "not_aware":
        return
    assigned = launch.on - timedelta(days=14)
    prepared = learner.team not in launch.unprepared
    busy = learner.number == 4
    late = launch.on + timedelta(days=dice.between(12, 28))
    learned = launch.on - timedelta(days=dice.between(4, 12))
    course = learned if prepared and not busy else late if learner.number == 1 and late <= LAST_DAY else None
    yield Activity(learner, launch, "Course", assigned, course, 70 + dice.below(31) if course else None)
    if prepared and not busy:
        if learner.number == 2:
            yield Activity(learner, launch, "Ability check", assigned, learned, 40 + dice.below(20), passed=False)
        checked = learned + timedelta(days=dice.between(1, 3))
        again = 2 if learner.number == 2 else 1
        yield Activity(learner, launch, "Ability check", assigned, checked, 72 + dice.below(29), passed=True, attempt=again)


def prepared(company: Company, launch: Launch) -> dict[str, dict[str, int]]:
    """By team: its people, and how many had heard of the launch, learned about it and shown it on the day that it came."""
    people = learners(company)
    counts = {person.team: dict.fromkeys(("people", "heard", "learned", "able"), 0) for person in people}
    for person in people:
        counts[person.team]["people"] += 1
        done = {
            activity.kind
            for activity in _activities(company.seed, launch, person)
            if activity.completed and activity.completed <= launch.on and activity.passed is not False
        }
        counts[person.team]["heard"] += bool(done)
        counts[person.team]["learned"] += "Course" in done
        counts[person.team]["able"] += "Ability check" in done
    return counts


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a definition of done."""

    launch: Launch
    kind: str
    part: str
    team: str
    title: str
    text: str
    done: date | None


def readiness_items(seed: int, *, planted: bool) -> Iterator[Item]:
    """The definition of done of every launch that has one."""
    for launch in launches(planted=planted):
        if launch.verdict == "insufficient_data":
            continue
        dice = Dice(seed, "items", launch.launch_id)
        before = launch.on - timedelta(days=dice.between(5, 9))
        after = launch.on + timedelta(days=dice.between(32, 45))
        late = after if after <= LAST_DAY else None
        unheard = launch.verdict == "not_aware"
        value, change, prepare = WORDS[launch.launch_id]

        def item(kind: str, title: str, done: bool, part: str = "", team: str = "", text: str = "") -> Item:
            return Item(launch, kind, part, team, title, text, before if done else late)  # noqa: B023 - used at once

        inside = "Internal readiness"
        yield item("In-product education", "Guide in the product", launch.has_education)
        yield item("Documentation", "Article in the help centre", launch.has_documentation)
        yield item("Release note", "Line in the release notes", True)
        yield item(
            "Support runbook", "Known questions and how to answer them", not unheard and "Support" not in launch.unprepared
        )
        yield item(inside, "What is this?", not unheard, "New value", "", value)
        for team in TEAMS:
            ready = not unheard and team not in launch.unprepared
            yield item(inside, f"What changes for {team}", ready, "Role change", team, f"{team}: {change}")
        helped = not unheard and launch.has_documentation
        yield item(inside, "How do you help customers use it?", helped, "Prepare customers", "", prepare)


class Readiness:
    """Writes the sheets, the inventory, the completion reports and the guides."""

    def __init__(self, company: Company, ledger: Ledger) -> None:
        self._company = company
        self._ledger = ledger
        self._launches = launches(planted=company.planted)

    def write(self) -> None:
        """Write every file."""
        self._launch_sheet()
        self._decision_sheet()
        self._item_sheet()
        self._told_sheet()
        self._inventory()
        self._completions()
        self._guides()
        self._guide_events()

    @contextmanager
    def _sheet(self, file: str, stream_name: str, header: tuple[str, ...], end: str = "\n") -> Iterator[CsvExport]:
        with self._ledger.open(file) as stream:
            count = self._ledger.count(file, stream_name)
            with closing(CsvExport(stream, count, [header], "utf-8", end, quote_all=False)) as out:
                yield out

    def _owner(self, *about: str) -> str:
        people = self._company.colleagues
        return people[mix(self._company.seed, "owner", *about) % len(people)].email

    def _launch_sheet(self) -> None:
        header = ("Launch ID", "Launch", "Launch date", "Product area", "Tier", "Roadmap item", "Feature", "Status", "Updated")
        with self._sheet("launches/launches.csv", "launches.launch", header, "\r\n") as out:
            for number, launch in enumerate(self._launches):
                changed = launch.on + timedelta(days=mix(self._company.seed, launch.launch_id) % 9 + 1)
                day = f"{launch.on:%d/%m/%Y}" if number % 3 == 1 else str(launch.on)
                row = [launch.launch_id, launch.name, day, launch.product_area, launch.tier, launch.roadmap_key, launch.feature]
                if number == 2:
                    moved = [*row, "planned", launch.on - timedelta(days=60)]
                    moved[2] = launch.on - timedelta(days=14)
                    out.row(moved)
                    out.row([*row, "launched", changed], "superseded")
                else:
                    out.row([*row, "launched", changed])
            out.bad(["LCH-099", "Something later", "soon", "platform", "3", "", "", "planned", ""], "not_a_date")

    def _decision_sheet(self) -> None:
        header = ("Decision ID", "Theme", "Roadmap item", "Decision", "Reason", "Decided on", "Owner")
        with self._sheet("launches/decisions.csv", "launches.decision", header) as out:
            for number, launch in enumerate(self._launches):
                decided = launch.on - timedelta(days=160)
                owner = self._owner(launch.launch_id)
                out.row([f"DEC-{number + 1}", launch.theme, launch.roadmap_key, "Build", "Asked for often", decided, owner])
            for number, (theme, item, decision, reason, decided) in enumerate(OTHER_DECISIONS, len(self._launches) + 1):
                out.row([f"DEC-{number}", theme, item, decision, reason, decided, self._owner(theme)])

    def _item_sheet(self) -> None:
        header = ("Item ID", "Launch ID", "Kind", "Part", "Team", "Title", "Text", "Owner", "Due", "Done", "Link")
        with self._sheet("launches/readiness_items.csv", "launches.readiness_item", header) as out:
            for number, item in enumerate(readiness_items(self._company.seed, planted=self._company.planted)):
                launch = item.launch
                name = launch.name if number % 7 == 3 else launch.launch_id
                link = f"https://wiki.fernhollow.example/launches/{launch.launch_id.lower()}#{number}" if item.done else ""
                row = [f"RDY-{number + 1}", name, item.kind, item.part, item.team, item.title, item.text]
                due = launch.on - timedelta(days=5)
                out.row([*row, self._owner(launch.launch_id, item.kind), due, item.done or "", link])

    def _told_sheet(self) -> None:
        """Of prepared launches some accounts were told; of the first one everybody was, by mail."""
        header = ("Told ID", "Roadmap item", "Theme", "Account ID", "Account", "Told on", "Team")
        with self._sheet("launches/told.csv", "launches.told", header) as out:
            for number, launch in enumerate(self._launches):
                if number == 0:
                    out.row([f"TLD-{launch.launch_id}", launch.roadmap_key, "", "", "", launch.on, "Product Marketing"])
                    continue
                for account in self._company.accounts if launch.verdict == "ready" else ():
                    dice = Dice(self._company.seed, "told", launch.launch_id, account.index)
                    if not dice.chance(0.4):
                        continue
                    by_name = dice.chance(0.3)
                    told = launch.on + timedelta(days=dice.below(30))
                    row = [f"TLD-{launch.launch_id}-{account.index}", launch.roadmap_key, launch.theme]
                    out.row([*row, "" if by_name else account.id, account.name, min(told, LAST_DAY), "Customer Success"])

    def _inventory(self) -> None:
        header = (
            "Title",
            "URL",
            "Type",
            "Audience",
            "Product area",
            "Launch",
            "Status",
            "Owner",
            "Published",
            "Updated",
            "Views",
        )
        help_centre = "https://help.fernhollow.example/articles"
        with self._sheet(f"content/content inventory {LAST_DAY}.csv", "content.item", header) as out:
            for number, launch in enumerate(self._launches):
                if launch.verdict == "insufficient_data":
                    continue
                published = launch.on - timedelta(days=6) if launch.has_documentation else launch.on + timedelta(days=41)
                row: list[object] = [launch.name, f"{help_centre}/{500 + number}", "article", "customers", launch.product_area]
                views = mix(self._company.seed, launch.launch_id, "views") % 900
                status = "published" if published <= LAST_DAY else "draft"
                row += [launch.launch_id, status, self._owner(launch.name), published, published + timedelta(days=9), views]
                out.row(row)
            for number, (title, area, kind, audience) in enumerate(OTHER_PAGES):
                changed = date(2025, 1, 20) + timedelta(days=31 * number)
                row = [title, f"{help_centre}/{100 + number}", kind, audience, area, "", "published", self._owner(title)]
                out.row([*row, str(changed), str(changed), str(20 * number + 7)])
            out.bad(["A page without an address", "", "article", "customers", *[""] * 7], "missing_key")

    def _completions(self) -> None:
        """Two reports: the second repeats what was open in the first and has become done since."""
        rows = list(activities(self._company))
        header = (
            *(
                "Record ID",
                "Learner email",
                "Learner",
                "Department",
                "Course ID",
                "Course",
                "Activity type",
                "Launch",
                "Status",
            ),
            *("Assigned", "Completed", "Score", "Passed", "Last activity"),
        )
        for day, first in ((FIRST_REPORT, True), (LAST_DAY, False)):
            file = f"enablement/completion_report_{day:%Y%m%d}.csv"
            with self._sheet(file, "enablement.completion", header, "\r\n") as out:
                for number, activity in enumerate(rows):
                    if activity.assigned <= day:
                        row = self._completion(number, activity, day)
                        seen = not first and activity.assigned <= FIRST_REPORT
                        same = seen and row == self._completion(number, activity, FIRST_REPORT)
                        kind: Kind = "duplicate" if same else "superseded" if seen else "new"
                        out.row(row, kind)
                if first:
                    out.bad(["T-90001", "", "Nobody", "Sales", "LCH-001-C", *[""] * 9], "missing_key")
                    broken = self._completion(0, rows[0], day)
                    out.bad(["T-90002", *broken[1:11], 140, "", broken[13]], "score_out_of_range")

    def _completion(self, number: int, activity: Activity, day: date) -> list[object]:
        learner, launch = activity.learner, activity.launch
        done = activity.completed if activity.completed and activity.completed <= day else None
        team = MISSPELT.get(learner.team, learner.team) if number % 11 == 5 else learner.team
        status = "Not started" if done is None else "Failed" if activity.passed is False else "Completed"
        moment = f"{done} {8 + mix(self._company.seed, number) % 9:02d}:30:00" if done else ""
        passed = "" if done is None or activity.passed is None else "Yes" if activity.passed else "No"
        return [
            *(f"T-{number + 1}", learner.email, learner.name, team, f"{launch.launch_id}-{activity.kind[0]}{activity.attempt}"),
            *(f"{launch.name}: {activity.kind.lower()}", activity.kind, launch.name if number % 5 == 2 else launch.launch_id),
            *(status, activity.assigned, moment, activity.score if done and activity.score is not None else "", passed),
            moment or f"{activity.assigned} 07:00:00",
        ]

    def _guided(self) -> Iterator[tuple[str, Launch]]:
        for launch in self._launches:
            if launch.verdict != "insufficient_data":
                yield f"G{mix(self._company.seed, launch.launch_id) % 10**12:012d}", launch

    def _guides(self) -> None:
        guides: list[dict[str, object]] = []
        for key, launch in self._guided():
            published = seconds(launch.on) * 1_000 - 2 * DAY * 1_000
            guide: dict[str, object] = {
                "id": key,
                "name": f"{launch.name} – first steps",
                "state": "public" if launch.has_education else "draft",
            }
            guide |= {"launchMethod": "automatic", "isMultiStep": True, "appId": 583, "createdAt": published - 7 * DAY * 1_000}
            guide |= {"lastUpdatedAt": published, "steps": [{"id": f"{key}-1", "name": "Welcome"}, {"id": f"{key}-2"}]}
            guides.append(guide | ({"publishedAt": published} if launch.has_education else {}))
        file = f"pendo/guides_{LAST_DAY}.json"
        with self._ledger.open(file) as stream:
            count = self._ledger.count(file, "pendo.guide")
            stream.write(json.dumps(guides, ensure_ascii=False, indent=1).encode())
            for _ in guides:
                count.good()

    def _guide_events(self) -> None:
        company = self._company
        header = (
            *("account_id", "guide_id", "remote_ip", "timestamp", "user_agent", "visitor_id", "app_id", "country", "event_id"),
            *("guide_step_id", "type", "url"),
        )
        with self._sheet(f"pendo/guide_events_{LAST_DAY}.csv", "pendo.guide_event", header) as out:
            for key, launch in self._guided():
                if not launch.has_education:
                    continue
                for account in company.customers[:: max(1, len(company.customers) // max(3, company.count(12)))]:
                    if not account.since < seconds(launch.on) < account.until:
                        continue
                    dice = Dice(company.seed, "guide", launch.launch_id, account.index)
                    at = seconds(launch.on) + dice.below(10 * DAY)
                    who = company.person(account.index, dice.below(account.contacts)).email
                    for step, kind in enumerate(("guideSeen", dice.pick(("guideAdvanced", "guideDismissed")))):
                        if at + step * 40 > seconds(LAST_DAY):
                            continue
                        stamp = f"{datetime.fromtimestamp(at + step * 40, UTC):%Y-%m-%d %H:%M:%S}.120"
                        row = [account.id, key, "192.0.2.7", stamp, "Mozilla/5.0", who, 583, account.country, ""]
                        out.row([*row, f"{key}-{step + 1}", kind, "https://app.fernhollow.example/start"])
                        if step and not account.index % 20:
                            out.row([*row, f"{key}-{step + 1}", kind, "https://app.fernhollow.example/start"], "duplicate")
