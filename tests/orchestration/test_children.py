"""What a run has started does not outlive it, also where nobody reads what it prints any more."""

import subprocess
import sys

from orchestration.resources import Children


def test_programs_that_still_run_are_ended_and_others_left_as_they_are():
    # Like dbt after a failed step: it waits for somebody to read, and would wait for ever.
    stuck = subprocess.Popen([sys.executable, "-c", "print('x' * 10_000_000)"], stdout=subprocess.PIPE)
    done = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
    assert done.wait() == 3
    assert stuck.poll() is None
    children = Children([stuck, done])
    children.end()
    children.end()
    assert stuck.returncode == -9
    assert done.returncode == 3
    stuck.stdout.close()
