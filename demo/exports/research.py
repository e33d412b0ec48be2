"""User research: interviews as a Dovetail project exports them, some as Markdown files of their own."""

from __future__ import annotations

from datetime import UTC, date, datetime

from demo.company import END, Account, Company, Person, day_of, seconds
from demo.exports.ledger import CsvExport, Ledger
from demo.plan import NO_THEME, PRODUCT_AREAS, THEMES, Plan
from demo.rng import mix
from demo.texts import Composed, Label

FIRST_EXPORT = seconds(date(2026, 3, 31))
COLUMNS = (
    *("Note ID", "Title", "Content", "Project", "Tags", "Person", "Company", "Contact email", "Product area"),
    *("Created at", "Created by", "URL"),
)


def interview_key(item: int) -> str:
    """Id of an interview, wherever it is kept."""
    return f"INT-{item + 1:05d}"


class Research:
    """Writes two overlapping exports of the project, and the notes that lie beside it."""

    def __init__(self, plan: Plan, ledger: Ledger, label: Label) -> None:
        self._plan = plan
        self._company: Company = plan.company
        self._ledger = ledger
        self._label = label

    def write(self) -> None:
        """Write every file."""
        interviews = self._plan.interviews
        self._export(FIRST_EXPORT, delivered=0)
        self._export(END, delivered=int((interviews.time <= FIRST_EXPORT).sum()))
        for item in range(len(interviews)):
            if interviews.source[item]:
                self._loose(item)

    def _export(self, moment: int, delivered: int) -> None:
        """Everything up to a moment; an earlier export delivered the first ones."""
        file = f"dovetail/dovetail_notes_{day_of(moment)}.csv"
        interviews = self._plan.interviews
        with self._ledger.open(file) as stream:
            out = CsvExport(stream, self._ledger.count(file, "dovetail.note"), [COLUMNS], "utf-8", "\n", quote_all=False)
            for item in range(int((interviews.time <= moment).sum())):
                if not interviews.source[item]:
                    is_new = item >= delivered
                    out.row(self._row(item, self._written(item, label=is_new)), "new" if is_new else "duplicate")
            out.close()

    def _written(self, item: int, *, label: bool) -> Composed:
        text = self._plan.text("research", item)
        if label:
            self._label(item, text)
        return text

    def _row(self, item: int, text: Composed) -> list[object]:
        account, person = self._participant(item)
        moment = self._moment(item)
        return [
            *(interview_key(item), text.subject, text.body, f"Interviews {moment:%Y}", "interview"),
            *(f"{person.first_name} {person.last_name}", *self._named(account, person.email), self._area(item)),
            *(f"{moment:%Y-%m-%d %H:%M:%S}", self._interviewer(item)),
            f"https://fernhollow.dovetail.example/notes/{interview_key(item)}",
        ]

    def _loose(self, item: int) -> None:
        """A file of its own: front matter, then the notes."""
        account, person = self._participant(item)
        text = self._written(item, label=True)
        company, domain = self._named(account, account.domain)
        matter = {
            "id": interview_key(item),
            "date": f"{self._moment(item):%Y-%m-%d}",
            "company": company,
            "domain": domain,
            "participant": f"{person.first_name} {person.last_name}",
            "interviewer": self._interviewer(item),
            "product_area": self._area(item),
        }
        file = f"interviews/{interview_key(item)}.md"
        with self._ledger.open(file) as stream:
            lines = [f"{key}: {value}" for key, value in matter.items() if value]
            stream.write("\n".join(["---", *lines, "---", text.body, ""]).encode())
        self._ledger.count(file, "interviews.note").good()

    def _participant(self, item: int) -> tuple[Account, Person]:
        interviews = self._plan.interviews
        account = self._company.accounts[int(interviews.account[item])]
        return account, self._company.person(account.index, int(interviews.person[item]))

    def _named(self, account: Account, address: str) -> tuple[str, str]:
        """How the company is named, and its address; of some the interviewer noted a name from memory and no address."""
        said = self._company.said_name(account)
        return (said, "") if said else (account.name, address)

    def _area(self, item: int) -> str:
        theme = int(self._plan.interviews.theme[item])
        return "" if theme == NO_THEME or item % 3 == 0 else PRODUCT_AREAS[THEMES[theme]]

    def _interviewer(self, item: int) -> str:
        colleagues = self._company.colleagues
        person = colleagues[mix(self._company.seed, "interviewer", item) % len(colleagues)]
        return f"{person.first_name} {person.last_name}"

    def _moment(self, item: int) -> datetime:
        return datetime.fromtimestamp(int(self._plan.interviews.time[item]), UTC)
