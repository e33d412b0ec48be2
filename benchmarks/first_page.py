"""How long a first visit to the first dashboard page takes in Chromium, until its figures are drawn; nothing is cached.

python -m benchmarks.first_page WORKSPACE
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Error, sync_playwright

from benchmarks._sample import published_sample

PORT = 8077
VISITS = 15
ADDRESS = f"http://127.0.0.1:{PORT}/"


def visit(browser: Browser) -> float:
    """Seconds of one visit of somebody who was never here."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    page = context.new_page()
    start = time.perf_counter()
    page.goto(ADDRESS)
    page.wait_for_selector(".page-body .block")
    seconds = time.perf_counter() - start
    context.close()
    return seconds


def measure(workspace: Path) -> dict[str, float | int]:
    """Median and worst of the visits, with how busy the machine was."""
    command = [str(Path(sys.executable).with_name("earshot")), "dashboard", "-w", str(workspace), "--port", str(PORT)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            _wait(browser, server)
            seconds = sorted(visit(browser) for _ in range(VISITS))
            browser.close()
    finally:
        server.terminate()
        server.wait()
    return {
        "visits": VISITS,
        "fastest": round(seconds[0], 2),
        "median": round(statistics.median(seconds), 2),
        "slowest": round(seconds[-1], 2),
        "load": round(os.getloadavg()[0], 1),
        "cores": os.cpu_count() or 0,
    }


def _wait(browser: Browser, server: subprocess.Popen[bytes]) -> None:
    """The server takes a while to start; the first visit that it answers is not counted."""
    while server.poll() is None:
        try:
            visit(browser)
        except Error:
            time.sleep(0.5)
        else:
            return
    raise SystemExit("the dashboard did not start; `earshot dashboard` says why")


def main() -> int:
    """Measures a workspace, or a sample company that is made for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path, nargs="?", help="published already; else a sample is made")
    with tempfile.TemporaryDirectory(prefix="earshot-first-page-") as folder:
        print(json.dumps(measure(parser.parse_args().workspace or published_sample(Path(folder) / "sample", 1))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
