"""`earshot ui` ends with all that it started, however it is told to end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

# As a service manager starts it: no terminal. The grandchild does not heed Ctrl-C.
LAUNCHER = """
import os
from orchestration.commands.ui import run_as_one
raise SystemExit(run_as_one(["bash", "-c", "trap 'exit 3' INT; sleep 1000 & echo $!; wait; wait"], os.environ))
"""


def is_alive(pid):
    """Whether a process runs; one that only waits for its parent to notice its end does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_what_it_started_ends_with_it(told):
    launched = subprocess.Popen([sys.executable, "-c", LAUNCHER], stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    grandchild = int(launched.stdout.readline())
    assert is_alive(grandchild)
    os.kill(launched.pid, told)
    launched.communicate()
    assert launched.returncode == 0
    assert not is_alive(grandchild)


def test_a_program_that_ends_by_itself_keeps_its_exit_code():
    code = "import os\nfrom orchestration.commands.ui import run_as_one\nraise SystemExit(run_as_one(['false'], os.environ))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 1
