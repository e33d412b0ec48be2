"""The dashboard in a real Chromium: each page shows what the warehouse says, and nothing leaves the loopback address."""

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import pytest
from playwright.sync_api import expect, sync_playwright

from dashboards.numbers import many, money, percent, ranged
from dashboards.pages.alignment import AGAIN_SHOWN
from dashboards.pages.overview import movement
from dashboards.parts import link, table

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PAGES = ("", "voice-of-customer", "heard-vs-building", "alignment-health", "hiring-signals", "product-ops-system", "trust")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")


class Served:
    """A running `earshot dashboard` over a workspace, and SQL on the same file."""

    def __init__(self, root: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.warehouse = root / "warehouse.duckdb"
        self.address = f"http://127.0.0.1:{port}"
        command = [Path(sys.executable).with_name("earshot"), "dashboard", "--workspace", root, "--port", str(port)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def wait(self) -> None:
        for _ in range(300):
            try:
                urllib.request.urlopen(self.address, timeout=5).read()  # noqa: S310
            except OSError:
                assert self.process.poll() is None, self.process.stdout.read()
                time.sleep(0.2)
            else:
                return
        raise AssertionError("the dashboard never answered")

    def sql(self, query: str) -> list:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return connection.execute(query).fetchall()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


@pytest.fixture(scope="module")
def served(company, tmp_path_factory):
    root = tmp_path_factory.mktemp("dashboard")
    for name in ("earshot.toml", "warehouse.duckdb"):
        shutil.copy2(company / name, root / name)
    server = Served(root)
    server.wait()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser):
    """A page that fails the test for an error in its console or a request to anywhere but the loopback address."""
    tab = browser.new_page(viewport={"width": 1440, "height": 1000})
    errors, strangers = [], []
    tab.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("request", lambda request: strangers.append(request.url) if not _is_local(request.url) else None)
    yield tab
    tab.close()
    assert errors == []
    assert strangers == []


def _is_local(url: str) -> bool:
    return urlsplit(url).scheme in ("data", "blob") or urlsplit(url).hostname == "127.0.0.1"


def show(tab, served, path):
    tab.goto(f"{served.address}{path if path.startswith('/') else '/' + path}")
    tab.wait_for_selector(".page-body .block")
    return tab


def column(tab, key, number):
    return tab.locator(f"#{key} tbody tr > :nth-child({number})").all_inner_texts()


def test_a_stranger_would_be_noticed():
    assert not _is_local("https://fonts.example/inter.woff2")
    assert _is_local("http://127.0.0.1:8050/")


@pytest.mark.parametrize(
    ("times", "word"),
    [(1.5, "rising"), (2.0, "doubled"), (2.25, "more than doubled"), (3.4, "rising")],
)
def test_a_movement_is_worded_as_large_as_it_is(times, word):
    row = {"trend": "rising", "recent_mentions": 20 * times, "recent_expected": 20.0, "times_expected": times}
    assert movement(row, "enterprise").startswith(f"{word} among enterprise accounts (")
    quiet = {"trend": "stable", "recent_mentions": 62, "recent_expected": 27.5, "times_expected": 2.25}
    assert movement(quiet, "all").startswith("no change shown among all accounts")


@pytest.mark.parametrize(("found", "told"), [(None, None), (2, None), (1_203, "1,201 more rows are in the database.")])
def test_what_is_not_shown_of_a_list_is_counted(found, told):
    shown = table([{"a": "x"}, {"a": "y"}], {"A": "a"}, "Letters", "None.", found=found)
    assert [part.children for part in shown.children[1:]] == ([told] if told else [])


def test_the_overview_says_what_matters_with_the_warehouse_s_own_figures(page, served):
    show(page, served, "")
    theme, low, central, high, mentions, accounts = served.sql(
        "SELECT theme_name, s.arr_exposed_low, s.arr_exposed, s.arr_exposed_high, s.mentions, s.accounts "
        "FROM voc.theme_summary s JOIN core.theme USING (theme_id) JOIN voc.theme_weekly w USING (theme_id) "
        "WHERE valid_to IS NULL AND (heard_state = 'heard_not_building' OR w.trend IN ('rising', 'new')) "
        "AND w.segment = 'enterprise' AND w.channel = 'all' "
        "AND w.series = 'restated' AND w.week_start = (SELECT max(week_start) FROM voc.theme_weekly WHERE is_complete_week) "
        "ORDER BY w.trend IN ('rising', 'new') DESC, s.arr_exposed DESC NULLS LAST, theme_id LIMIT 1"
    )[0]
    loudest = page.locator("#loudest").inner_text()
    assert theme in loudest
    assert money(central, low, high, "EUR") in loudest
    assert f"n = {mentions} mentions of {accounts} accounts" in loudest

    launch, aware, ready = served.sql(
        "SELECT launch_name, awareness_score, readiness_score FROM alignment.launch_readiness "
        "WHERE verdict = 'aware_not_ready' ORDER BY launch_at DESC LIMIT 1"
    )[0]
    known = page.locator("#launch").inner_text()
    assert f"{launch} is known but not ready" in known
    assert f"{ranged(aware, digits=1)} aware, {ranged(ready, digits=1)} ready" in known

    answer, robustness = served.sql("SELECT recommendation, robustness FROM hiring.recommendation")[0]
    hire = page.locator("#hire").inner_text()
    assert answer == "system_only"
    assert "No hire needed yet" in hire
    assert f"{100 * robustness:.0f} % of the answers are the same" in hire
    assert page.locator("#loudest details dd").first.text_content().startswith("ARR of the accounts")


def test_voice_of_customer_counts_as_sql_does_and_a_link_holds_its_filters(page, served):
    counted = (
        "SELECT theme_name, sum(mentions) AS mentions, sum(mentions) / sum(feedback_n) FROM voc.theme_weekly "
        "JOIN core.theme USING (theme_id) WHERE valid_to IS NULL AND series = 'restated' AND is_complete_week "
        "AND segment = '{segment}' AND channel = 'support' AND week_start > "
        "(SELECT max(week_start) - INTERVAL 52 WEEK FROM voc.theme_weekly WHERE is_complete_week) "
        "GROUP BY theme_id, theme_name HAVING sum(mentions) > 0 ORDER BY mentions DESC, theme_id"
    )
    wanted = served.sql(counted.format(segment="enterprise"))
    assert wanted != served.sql(counted.format(segment="all"))
    show(page, served, link("voice-of-customer", voice_segment="enterprise", voice_channel="support", voice_weeks=52))
    expect(page.locator("#themes h2")).to_contain_text(wanted[0][0])
    assert column(page, "themes", 1) == [name for name, _, _ in wanted]
    assert column(page, "themes", 2) == [f"{mentions:,.0f}" for _, mentions, _ in wanted]
    assert [text.split(" (")[0] for text in column(page, "themes", 3)] == [percent(share) for _, _, share in wanted]
    expect(page.locator("#voice_segment")).to_contain_text("Enterprise")


def test_from_a_number_to_the_customers_own_words_in_one_step(page, served):
    show(page, served, "voice-of-customer")
    theme, key = served.sql(
        "SELECT theme_name, theme_id FROM voc.theme_evidence JOIN core.theme USING (theme_id) WHERE valid_to IS NULL "
        "GROUP BY ALL ORDER BY count(*) DESC, theme_id LIMIT 1"
    )[0]
    page.locator("#themes tbody a", has_text=theme).first.click()
    expect(page.locator("#evidence h2")).to_contain_text(theme)
    quotes = served.sql(f"SELECT quote FROM voc.theme_evidence WHERE theme_id = '{key}' ORDER BY stance DESC, rank")
    shown = page.locator("#evidence blockquote").all_inner_texts()
    assert shown == [f"“{' '.join(quote.split())}”" for (quote,) in quotes]
    assert page.locator("#evidence .quotes a").count() > 0


def test_a_filter_chosen_by_hand_redraws_the_page_and_goes_into_the_address(page, served):
    show(page, served, "heard-vs-building")
    area, themes = served.sql(
        "SELECT product_area, count(*) FROM voc.heard_vs_building JOIN core.theme USING (theme_id) "
        "WHERE valid_to IS NULL AND state = 'heard_not_building' GROUP BY ALL ORDER BY count(*), product_area LIMIT 1"
    )[0]
    total = served.sql("SELECT count(*) FROM voc.heard_vs_building WHERE state = 'heard_not_building'")[0][0]
    assert themes < total
    expect(page.locator("#unanswered h2")).to_contain_text(f"{total} themes")
    page.locator("#heard_area").click()
    page.get_by_role("option", name=area.capitalize(), exact=True).click()
    told = "1 theme is heard" if themes == 1 else f"{themes} themes are heard"
    expect(page.locator("#unanswered h2")).to_contain_text(told)
    assert "heard_area=b64_" in page.url


def test_the_other_pages_show_the_warehouse_s_own_figures(page, served):
    show(page, served, "alignment-health")
    launches = served.sql("SELECT launch_name, verdict FROM alignment.launch_readiness ORDER BY launch_at DESC")
    assert column(page, "launches", 1) == [name for name, _ in launches]
    assert [text.lower().replace(" ", "_") for text in column(page, "launches", 3)] == [verdict for _, verdict in launches]
    again = served.sql("SELECT asked_at FROM alignment.inbound_question WHERE answered_before ORDER BY asked_at DESC")
    assert column(page, "again", 3) == [f"{asked_at:%Y-%m-%d}" for (asked_at,) in again[:AGAIN_SHOWN]]
    expect(page.locator("#again h2")).to_contain_text(f"{len(again):,} question" if again else "No question")

    show(page, served, "hiring-signals")
    signals = served.sql("SELECT signal, state, value, value_low, value_high FROM hiring.signal ORDER BY kind DESC, signal")
    assert [text.lower() for text in column(page, "signals", 3)] == [state.replace("_", " ") for _, state, *_ in signals]
    assert column(page, "signals", 4) == [ranged(*numbers, digits=2) for _, _, *numbers in signals]
    for query, rows in zip(
        (row[0] for row in served.sql("SELECT evidence_query FROM hiring.signal ORDER BY kind DESC, signal")),
        page.locator("details.evidence").all(),
        strict=True,
    ):
        assert rows.locator("tbody tr").count() == min(30, len(served.sql(query)))

    show(page, served, "product-ops-system")
    systems = served.sql(
        "SELECT name FROM product_ops.system_arc WHERE month_start = (SELECT max(month_start) FROM product_ops.system_arc) "
        "ORDER BY stage, name"
    )
    assert column(page, "arc", 1) == [name for (name,) in systems]

    show(page, served, "trust")
    read, balance = served.sql("SELECT sum(rows_read), sum(abs(balance)) FROM trust.source_reconciliation")[0]
    assert balance == 0
    expect(page.locator("#reconciliation h2")).to_have_text(f"{read:,} records were read and none is unaccounted for")
    held, total = served.sql("SELECT count(*) FILTER (WHERE success), count(*) FROM trust.gate_result")[0]
    expect(page.locator("#gates h2")).to_contain_text(f"{held:,} of {total:,} expectations hold")


@pytest.mark.parametrize("path", PAGES)
def test_pages_can_be_heard_printed_and_used_without_a_mouse(page, served, path):
    show(page, served, path)
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("table:not(:has(caption))").count() == 0
    assert page.locator("thead th:not([scope=col]), tbody th:not([scope=row])").count() == 0
    assert page.locator(".block > h2:empty").count() == 0
    unnamed = page.locator("#page-components a, #page-components summary").evaluate_all(
        "found => found.filter(one => !one.textContent.trim()).length"
    )
    assert unnamed == 0
    # Nothing is wider than the window: tables scroll within themselves.
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.locator(".page-body a, .page-body summary").first.focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.page-body') !== null || document.activeElement === document.body")
    page.emulate_media(media="print")
    assert not page.locator("#nav-control-panel").is_visible()
    assert page.locator(".page-body").is_visible()


# Roles that somebody acts on, as the browser tells them to a screen reader.
ACTED_ON = {"link", "button", "combobox", "textbox", "checkbox", "switch", "slider", "tab", "DisclosureTriangle", "region"}


def heard(tab):
    """Role and name of all that a screen reader is told, by Chromium's own reckoning."""
    nodes = tab.context.new_cdp_session(tab).send("Accessibility.getFullAXTree")["nodes"]
    return [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]]


@pytest.mark.parametrize("path", PAGES)
def test_everything_has_a_name_and_a_place_and_shows_that_it_has_the_focus(page, served, path):
    show(page, served, path)
    expect(page.get_by_role("main")).to_have_count(1)
    expect(page.locator("h1, [role=heading][aria-level='1']")).to_have_count(1)
    said = heard(page)
    assert [role for role, name in said if role in ACTED_ON and not name.strip()] == []
    assert {"banner", "navigation", "main"} <= {role for role, _ in said}
    # The title of a filter is part of its name, its value too.
    for title, button in zip(
        page.locator("#control-panel label").all_inner_texts(), page.locator("button.dash-dropdown").all(), strict=True
    ):
        chosen = button.inner_text().strip()
        expect(button).to_have_accessible_name(f"{title} {chosen}")
    # By the keyboard alone: first past the frame, then to every filter, and never without an outline.
    wanted = page.locator("button.dash-dropdown").count()
    reached, first = set(), ""
    for _ in range(15 + wanted):
        page.keyboard.press("Tab")
        kind, key, outline = page.locator(":focus").evaluate(
            "one => [one.className, one.id, getComputedStyle(one).outlineStyle]"
        )
        assert outline == "solid", (kind, key)
        first = first or key
        reached |= {key} if "dash-dropdown" in kind else set()
    assert first == "skip"
    assert len(reached) == wanted
    page.locator("#skip").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.page-body') !== null")


def test_a_page_in_dark_prints_dark_on_white_and_nothing_is_cut_off(page, served):
    show(page, served, "alignment-health")
    if page.locator("html").get_attribute("data-bs-theme") == "light":
        page.locator("#theme-toggle").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.emulate_media(media="print")
    # A4 across, less its margins, at 96 dots an inch.
    page.set_viewport_size({"width": 1030, "height": 700})
    brightness = (
        "one => getComputedStyle(one).color.match(/\\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3"
    )
    for kind in ("h2", "td", "p.note", "caption"):
        assert page.locator(f".page-body {kind}").first.evaluate(brightness) < 110, kind
    wide = "found => found.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.getAttribute('aria-label'))"
    assert page.locator(".scroller").evaluate_all(wide) == []
    assert page.locator(".mix .piece").first.evaluate("one => getComputedStyle(one).printColorAdjust") == "exact"


def test_light_and_dark(page, served):
    show(page, served, "")
    seen = set()
    for _ in range(2):
        theme = page.locator("html").get_attribute("data-bs-theme")
        seen.add((theme, page.locator("#loudest").evaluate("one => getComputedStyle(one).backgroundColor")))
        page.locator("#theme-toggle").click()
        expect(page.locator("html")).not_to_have_attribute("data-bs-theme", theme)
    assert len(seen) == 2


def test_the_next_page_shows_the_next_publication(page, served):
    kept = served.warehouse.with_suffix(".kept")
    shutil.copy2(served.warehouse, kept)
    try:
        fresh = served.warehouse.with_suffix(".fresh")
        shutil.copy2(served.warehouse, fresh)
        with duckdb.connect(str(fresh)) as connection:
            connection.execute("UPDATE hiring.recommendation SET recommendation = 'first_hire'")
        fresh.replace(served.warehouse)
        show(page, served, "")
        expect(page.locator("#hire h2")).to_have_text("A first hire for product operations is called for")
    finally:
        kept.replace(served.warehouse)


def test_too_little_data_is_said_and_not_drawn_as_zero(page, served):
    kept = served.warehouse.with_suffix(".kept")
    shutil.copy2(served.warehouse, kept)
    try:
        thin = served.warehouse.with_suffix(".thin")
        shutil.copy2(served.warehouse, thin)
        with duckdb.connect(str(thin)) as connection:
            connection.execute("UPDATE hiring.recommendation SET recommendation = 'insufficient_data'")
            connection.execute("UPDATE alignment.launch_readiness SET verdict = 'insufficient_data'")
            connection.execute("DELETE FROM voc.theme_summary; DELETE FROM voc.nps_monthly")
            connection.execute("DELETE FROM alignment.launch_team_readiness; DELETE FROM voc.heard_vs_building")
        thin.replace(served.warehouse)
        show(page, served, "")
        assert "Not enough data for a hiring answer" in page.locator("#hire").inner_text()
        assert "Not enough data for launch readiness" in page.locator("#launch").inner_text()
        assert "NPS cannot be said yet" in page.locator(".page-body").inner_text()
        show(page, served, "alignment-health")
        expect(page.locator("#teams h2")).to_have_text("Which teams are ready for a launch cannot be said yet")
        show(page, served, "heard-vs-building")
        expect(page.locator("#unheard h2")).to_have_text("No effort is known to go to what no customer was heard asking for")
        expect(page.locator("#unheard .empty")).to_contain_text("inbox/jira/")
        served.warehouse.unlink()
        show(page, served, "trust")
        expect(page.locator(".page-body h2")).to_have_text("Nothing is published yet")
    finally:
        kept.replace(served.warehouse)


def test_data_docs_are_styled_without_a_network(browser, company):
    tab = browser.new_page()
    asked = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto((company / ".earshot" / "docs" / "index.html").as_uri())
    body = tab.locator("body").evaluate("one => getComputedStyle(one).fontFamily")
    tab.close()
    assert "Times" not in body
    assert all(urlsplit(url).scheme in ("file", "data") for url in asked)


def test_numbers_are_written_for_people():
    assert money(1_234_000, 900_000, 1_400_000, "EUR") == "EUR 1.2M (0.9–1.4)"
    assert money(725_400, 147_200, 725_400, "EUR") == "EUR 725k (147–725)"
    assert money(None, None, None, "EUR") == "–"
    assert many(1, "file holds", "files hold") == "1 file holds"
    assert many(2_100, "file holds", "files hold") == "2,100 files hold"
    assert ranged(-0.2, -42, 45.4) == "0 (−42 to 45)"
    assert percent(0.0321, 0.021, 0.048) == "3.2 % (2.1–4.8)"
