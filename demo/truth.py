"""What a reader of the exports should find: every number computed from the plan and the written files, none assumed."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from demo.company import (
    DAY,
    END,
    FEATURES,
    FIRST_DAY,
    LAST_DAY,
    LOSS_REASONS,
    SECURITY_LOSS,
    SEGMENTS,
    START,
    UNADOPTED,
    Company,
    day_of,
)
from demo.exports.crm import note_key
from demo.exports.ledger import FileCount, Ledger
from demo.exports.readiness import prepared
from demo.exports.research import interview_key
from demo.exports.support import ticket_key
from demo.exports.surveys import UNKNOWN_COLUMN, survey_key
from demo.exports.usage import Amplitude
from demo.launches import Launch, launches
from demo.plan import (
    BASELINE_WEEKS,
    BLOCKER,
    CHURN,
    CHURN_WINDOW,
    DRIVERS,
    NO_THEME,
    PRODUCT_AREAS,
    RESEARCH_TOOLS,
    RISING,
    RISING_FROM,
    RISING_WEEKS,
    SURVEY_TOOLS,
    THEMES,
    Ints,
    Items,
    Plan,
)
from demo.rng import Dice
from demo.texts import LANGUAGES, Channel, Composed, Label

CHANNELS: tuple[Channel, ...] = ("nps", "support", "sales", "research")
LABEL_COLUMNS = (
    *("source_system", "source_stream", "source_key", "channel", "occurred_at", "account_id", "segment", "theme_ids"),
    *("theme_tones", "sentiment", "language", "personal", "deleted", "reviewed"),
)
# Texts that the company's people have looked at, and the largest share of a small company's.
REVIEWED, MOST_REVIEWED = 600, 0.2
Bools = NDArray[np.bool_]


class Labels:
    """What is true of the texts, and what the company's own people have found out about some of them.

    `truth_labels.csv` has one row per text, `truth_personal.csv` one per piece of invented personal data. The third file is
    no truth but part of the workspace: `theme_labels.ndjson`, as `earshot themes review` keeps it, of the texts `reviewed`.
    """

    def __init__(self, plan: Plan, labels: TextIO, personal: TextIO, answers: TextIO, deleted: Ints) -> None:
        self._plan = plan
        texts = sum(int(plan.channel(channel).wordy.sum()) for channel in CHANNELS)
        self._share_reviewed = min(MOST_REVIEWED, REVIEWED / max(texts, 1))
        self._answers = answers
        self._rows = csv.writer(labels, lineterminator="\n")
        self._rows.writerow(LABEL_COLUMNS)
        self._found = csv.writer(personal, lineterminator="\n")
        self._found.writerow(("source_system", "source_stream", "source_key", "kind", "value"))
        self._deleted = frozenset(map(int, deleted))
        self.personal: Counter[str] = Counter()
        self.texts = 0

    def of(self, channel: Channel) -> Label:
        """The function that labels an item of this channel when its text is written."""

        def label(item: int, text: Composed) -> None:
            self._label(channel, item, text)

        return label

    def _reviewed(self, channel: Channel, item: int, text: Composed) -> bool:
        """Whether somebody has looked at this text; its answers are written then."""
        if not Dice(self._plan.company.seed, "reviewed", channel, item).chance(self._share_reviewed):
            return False
        for theme, sentence in text.themed:
            themes = [theme] if theme else []
            answer = {"text": sentence, "themes": themes, "labelled_at": f"{day_of(END)}T09:00:00+00:00"}
            self._answers.write(json.dumps(answer, ensure_ascii=False) + "\n")
        return bool(text.themed)

    def _label(self, channel: Channel, item: int, text: Composed) -> None:
        items, company = self._plan.channel(channel), self._plan.company
        said = self._plan.statements(channel, item)
        account = company.accounts[items.account[item]] if items.account[item] >= 0 else None
        key = source_of(self._plan, channel, item)
        moment = datetime.fromtimestamp(int(items.time[item]), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._rows.writerow(
            [
                *(*key, channel, moment, account.id if account else "", account.segment if account else ""),
                ";".join(s.theme for s in said if s.theme),
                ";".join(str(s.tone) for s in said if s.theme),
                _sentiment([s.tone for s in said]),
                LANGUAGES[items.language[item]],
                ";".join(sorted({kind for kind, _ in text.personal})),
                int(channel == "support" and item in self._deleted),
                int(self._reviewed(channel, item, text)),
            ]
        )
        for kind, value in text.personal:
            self._found.writerow([*key, kind, value])
            self.personal[kind] += 1
        self.texts += 1


@contextmanager
def open_labels(target: Path, plan: Plan, deleted: Ints) -> Iterator[Labels]:
    """Open the label files beside the inbox."""
    with (
        (target / "truth_labels.csv").open("w", encoding="utf-8", newline="") as labels,
        (target / "truth_personal.csv").open("w", encoding="utf-8", newline="") as personal,
        (target / "theme_labels.ndjson").open("w", encoding="utf-8") as answers,
    ):
        yield Labels(plan, labels, personal, answers, deleted)


def source_of(plan: Plan, channel: Channel, item: int) -> tuple[str, str, str]:
    """System, stream and key of an item in its vendor's export."""
    if channel == "nps":
        return SURVEY_TOOLS[plan.nps.source[item]], "response", survey_key(plan, item)
    if channel == "research":
        return RESEARCH_TOOLS[plan.interviews.source[item]], "note", interview_key(item)
    return ("zendesk", "ticket", ticket_key(item)) if channel == "support" else ("salesforce", "task", note_key(item))


def _sentiment(tones: Sequence[int]) -> str:
    if len(set(tones)) > 1 and min(tones) < 0 < max(tones):
        return "mixed"
    total = sum(tones)
    return "negative" if total < 0 else "positive" if total > 0 else "neutral"


def streams_of(counts: Sequence[FileCount], deleted_tickets: int) -> dict[str, Any]:
    """The balance of each stream: rows read = current + duplicate + superseded + quarantined."""
    streams: dict[str, Any] = {}
    for name in sorted({count.stream for count in counts}):
        mine = [count for count in counts if count.stream == name]
        bad = sum((count.bad for count in mine), Counter[str]())
        kinds = sum((count.kinds for count in mine), Counter[str]())
        streams[name] = {
            "files": len(mine),
            "rows_read": sum(count.rows for count in mine),
            "current": kinds["new"],
            "duplicate": kinds["duplicate"],
            "superseded": kinds["superseded"],
            "quarantined": sum(bad.values()),
            "reasons": dict(sorted(bad.items())),
            "short_rows": sum(count.short_rows for count in mine),
            "deleted": deleted_tickets if name == "zendesk.ticket" else 0,
        }
    return streams


class Truth:
    """Computes `truth.json`."""

    def __init__(self, plan: Plan, ledger: Ledger, deleted: Ints, amplitude: Amplitude, labels: Labels) -> None:
        self._plan = plan
        self._company: Company = plan.company
        self._ledger = ledger
        self._deleted = deleted
        self._amplitude = amplitude
        self._labels = labels
        accounts = self._company.accounts
        self._segment = np.array([SEGMENTS.index(a.segment) for a in accounts])
        self._arr = np.array([a.arr for a in accounts])
        self._churned = np.array([a.stage == "churned" for a in accounts])
        self._until = np.array([a.until for a in accounts])
        kept = np.ones(len(plan.tickets), dtype=bool)
        kept[deleted] = False
        self._items: dict[Channel, Items] = {
            "nps": plan.nps,
            "support": plan.tickets.take(np.flatnonzero(kept)),
            "sales": plan.notes,
            "research": plan.interviews,
        }

    def document(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        company = self._company
        counts = self._ledger.counts
        return {
            "about": "What is true of the generated exports. Texts' own labels are in truth_labels.csv.",
            "size": company.size,
            "seed": company.seed,
            "planted": company.planted,
            "first_day": str(FIRST_DAY),
            "last_day": str(LAST_DAY),
            "accounts": self._accounts(),
            "streams": streams_of(counts, len(self._deleted)),
            "files": [
                {
                    "file": c.file,
                    "stream": c.stream,
                    "rows": c.rows,
                    "quarantined": sum(c.bad.values()),
                    "short_rows": c.short_rows,
                }
                for c in counts
                if not c.stream.startswith(("amplitude", "slack.message")) or c.bad
            ],
            "unknown_columns": {"delighted.response": [UNKNOWN_COLUMN]},
            "texts": self._texts(),
            "nps": self._nps(),
            "themes": {theme: self._theme(number) for number, theme in enumerate(THEMES)},
            "features": self._features(),
            "opportunities": self._opportunities(),
            "launches": [self._launch(launch) for launch in launches(planted=company.planted)],
            "findings": self._findings() if company.planted else {},
            "inbox_files": sorted(self._ledger.paths),
        }

    def _accounts(self) -> dict[str, Any]:
        accounts = self._company.accounts
        plan = self._plan
        return {
            "total": len(accounts),
            "by_stage": dict(sorted(Counter(a.stage for a in accounts).items())),
            "by_segment": dict(sorted(Counter(a.segment for a in accounts).items())),
            "contacts": sum(a.contacts for a in accounts),
            "arr_of_customers": int(self._arr[~self._churned].sum()),
            "arr_of_churned": int(self._arr[self._churned].sum()),
            "organization_links": dict(sorted(Counter(a.organization_link for a in self._company.customers).items())),
            "nearly_equal_names": [accounts[8].name, accounts[9].name],
            "free_mail_domain_listed_by": accounts[12].name,
            "named_from_memory": [a.id for a in accounts if self._company.said_name(a)],
            "unlinkable": {"responses": int((plan.nps.account < 0).sum()), "tickets": int((plan.tickets.account < 0).sum())},
        }

    def _texts(self) -> dict[str, Any]:
        wordy = {channel: self._plan.channel(channel) for channel in CHANNELS}
        languages: Counter[str] = Counter()
        for items in wordy.values():
            languages.update(LANGUAGES[code] for code in items.language[items.wordy == 1].tolist())
        return {
            "total": self._labels.texts,
            "by_channel": {channel: int(items.wordy.sum()) for channel, items in wordy.items()},
            "off_topic": sum(int(((items.theme == NO_THEME) & (items.wordy == 1)).sum()) for items in wordy.values()),
            "mixed": sum(int(((items.theme2 != NO_THEME) & (items.wordy == 1)).sum()) for items in wordy.values()),
            "languages": dict(sorted(languages.items())),
            "personal_data": dict(sorted(self._labels.personal.items())),
            "deleted_tickets": [ticket_key(int(item)) for item in self._deleted],
        }

    def _nps(self) -> dict[str, Any]:
        nps = self._plan.nps
        segment = np.where(nps.account >= 0, self._segment[nps.account], len(SEGMENTS))
        names = (*SEGMENTS, "unknown")  # the last are answers that nothing links to an account
        days = [day_of(int(t)) for t in nps.time]
        months = np.array([(d.year - 2024) * 12 + d.month - 1 for d in days], dtype=np.int64)
        monthly = []
        for month in sorted(set(months.tolist())):
            for number, name in enumerate((*names, "all")):
                chosen = (months == month) & ((segment == number) | (name == "all"))
                if chosen.any():
                    start = date(2024 + month // 12, month % 12 + 1, 1)
                    monthly.append({"month_start": str(start), "segment": name, **_nps_of(nps.score[chosen])})
        return {
            "overall": _nps_of(nps.score),
            "by_segment": {name: _nps_of(nps.score[segment == number]) for number, name in enumerate(names)},
            "monthly": monthly,
        }

    def _mentions(self, theme: int) -> Iterator[tuple[Channel, Items, Bools]]:
        for channel, items in self._items.items():
            yield channel, items, items.mentions(theme)

    def _theme(self, theme: int) -> dict[str, Any]:
        by_channel, by_segment, tones = {}, Counter[str](), Counter[int]()
        who: set[int] = set()
        for channel, items, said in self._mentions(theme):
            by_channel[channel] = int(said.sum())
            linked = items.account[said & (items.account >= 0)]
            by_segment.update(SEGMENTS[code] for code in self._segment[linked].tolist())
            who.update(linked.tolist())
            tones.update(items.tone[said & (items.theme == theme)].tolist())
            tones.update(items.tone2[said & (items.theme2 == theme)].tolist())
        accounts = np.array(sorted(who), dtype=int)
        lost = accounts[self._churned[accounts]]
        nps = self._plan.nps
        said = nps.mentions(theme)
        return {
            "product_area": PRODUCT_AREAS[THEMES[theme]],
            "mentions": sum(by_channel.values()),
            "accounts": len(accounts),
            "arr_of_customers": int(self._arr[accounts].sum() - self._arr[lost].sum()),
            "churned_accounts": len(lost),
            "churned_arr": int(self._arr[lost].sum()),
            "by_channel": by_channel,
            "by_segment": dict(sorted(by_segment.items())),
            "tones": {"complaint": tones[-1], "request": tones[0], "praise": tones[1]},
            "nps_of_mentioners": _nps_of(nps.score[said]),
            "leave_one_out_impact": round(_nps_of(nps.score)["nps"] - _nps_of(nps.score[~said])["nps"], 3),
        }

    def _features(self) -> list[dict[str, Any]]:
        usage = self._amplitude
        accounts = self._company.accounts
        rows = []
        for number, feature in enumerate(FEATURES):
            released = max(START, _start(feature.released))
            customers = sum(a.is_customer and a.since <= released < a.until for a in accounts)
            rows.append(
                {
                    "feature": feature.name,
                    "product_area": feature.product_area,
                    "released": str(feature.released),
                    "events": int(usage.events[number]),
                    "accounts": int(usage.used[:, number].sum()),
                    "accounts_in_first_30_days": int(usage.used_in_trial[:, number].sum()),
                    "customers_at_release": customers,
                }
            )
        return rows

    def _launch(self, launch: Launch) -> dict[str, Any]:
        tickets = self._items["support"]
        area = np.array([PRODUCT_AREAS[theme] == launch.product_area for theme in THEMES])
        asked = tickets.time[(tickets.theme != NO_THEME) & area[tickets.theme]]
        day = _start(launch.on)
        known = launch.verdict != "insufficient_data"
        return {
            "launch_id": launch.launch_id,
            "name": launch.name,
            "launched": str(launch.on),
            "product_area": launch.product_area,
            "theme_id": launch.theme,
            "roadmap_key": launch.roadmap_key,
            "feature": launch.feature,
            "verdict": launch.verdict,
            "failure_mode": launch.failure_mode,
            "has_in_product_education": known and launch.has_education,
            "has_documentation": known and launch.has_documentation,
            "teams": prepared(self._company, launch) if known else {},
            "tickets_30d": int(((asked >= day) & (asked < day + 30 * DAY)).sum()),
            "tickets_180d_before": int(((asked >= day - 180 * DAY) & (asked < day)).sum()),
        }

    def _opportunities(self) -> dict[str, Any]:
        lost: Counter[str] = Counter()
        amounts: Counter[str] = Counter()
        total = won = open_amount = 0
        for deal in self._company.all_deals():
            total += 1
            won += deal.stage == "Closed Won"
            open_amount += 0 if deal.is_closed else deal.amount
            if deal.is_lost:
                lost[deal.loss_reason] += 1
                amounts[deal.loss_reason] += deal.amount
        return {
            "total": total,
            "won": won,
            "lost": sum(lost.values()),
            "open_amount": open_amount,
            "lost_by_reason": {r: {"deals": lost[r], "amount": amounts[r]} for r in sorted({*lost, *LOSS_REASONS})},
        }

    def _findings(self) -> dict[str, Any]:
        """The planted ones, with the numbers that a test can recover."""
        return {
            "rising_theme": self._rising(),
            "churn_theme": self._churn(),
            "lost_deals": self._lost_deals(),
            "unadopted_feature": next(row for row in self._features() if row["feature"] == UNADOPTED),
            "nps_drivers": {"strongest_first": list(DRIVERS)},
            "unmet_need": {"channel": "research", "interviews": int((self._plan.interviews.theme == NO_THEME).sum())},
        }

    def _rising(self) -> dict[str, Any]:
        weekly = np.zeros((END + 1 - START) // (7 * DAY), dtype=np.int64)
        for _, items, said in self._mentions(RISING):
            chosen = said & (items.account >= 0)
            chosen[chosen] = self._segment[items.account[chosen]] == 0
            weekly += np.bincount((items.time[chosen] - START) // (7 * DAY), minlength=len(weekly))
        recent = int(weekly[-RISING_WEEKS:].sum())
        before = int(weekly[-RISING_WEEKS - BASELINE_WEEKS : -RISING_WEEKS].sum())
        return {
            "theme_id": THEMES[RISING],
            "segment": SEGMENTS[0],
            "from": str(day_of(RISING_FROM)),
            "weeks": RISING_WEEKS,
            "mentions": recent,
            "baseline_weeks": BASELINE_WEEKS,
            "baseline_mentions": before,
            "ratio": round(recent / RISING_WEEKS / max(1e-9, before / BASELINE_WEEKS), 3),
            "weekly": weekly.tolist(),
        }

    def _churn(self) -> dict[str, Any]:
        near: set[int] = set()
        mentions = np.zeros(len(self._arr), dtype=np.int64)
        for _, items, said in self._mentions(CHURN):
            chosen = said & (items.account >= 0)
            mentions += np.bincount(items.account[chosen], minlength=len(mentions))
            account = items.account[chosen]
            due = self._churned[account] & (self._until[account] - items.time[chosen] <= CHURN_WINDOW)
            near.update(account[due].tolist())
        churned = np.flatnonzero(self._churned)
        customers = np.array([a.stage == "customer" for a in self._company.accounts])
        return {
            "theme_id": THEMES[CHURN],
            "churned_accounts": len(churned),
            "churned_arr": int(self._arr[churned].sum()),
            "complaining_in_last_days": CHURN_WINDOW // DAY,
            "complaining_accounts": sorted(self._company.accounts[i].id for i in near),
            "complaining_arr": int(sum(self._arr[i] for i in near)),
            "mentions_per_churned_account": round(float(mentions[churned].mean()), 3),
            "mentions_per_customer": round(float(mentions[customers].mean()), 3),
        }

    def _lost_deals(self) -> dict[str, Any]:
        notes = self._plan.notes
        about = notes.mentions(BLOCKER) & (notes.deal >= 0)
        noted = set(zip(notes.account[about].tolist(), notes.deal[about].tolist(), strict=True))
        lost = [deal for deal in self._company.all_deals() if deal.is_lost and deal.loss_reason == SECURITY_LOSS]
        return {
            "theme_id": THEMES[BLOCKER],
            "loss_reason": SECURITY_LOSS,
            "deals": len(lost),
            "amount": sum(deal.amount for deal in lost),
            "deals_with_a_note_about_it": sum((deal.account, deal.number) in noted for deal in lost),
        }


def _start(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _nps_of(score: NDArray[np.int64]) -> dict[str, Any]:
    n = len(score)
    promoters, detractors = int((score >= 9).sum()), int((score <= 6).sum())
    return {
        "n": n,
        "promoters": promoters,
        "passives": n - promoters - detractors,
        "detractors": detractors,
        "nps": round(100 * (promoters - detractors) / n, 3) if n else None,
    }
