"""Everything runs on one machine without any outside connection."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, free_port

# Loaded by Python itself at the start of every process below: it records each step outside and forbids it.
GUARD = """
import ipaddress, os, sys

def _inside(host):
    if not host or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

def _watch(event, arguments):
    if event in ("socket.connect", "socket.bind", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else ""
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if not _inside(host):
        with open(os.environ["STAPPEN_BUITEN"], "a") as log:
            log.write(f"{event} {host}\\n")
        raise OSError("no network in this test")

sys.addaudithook(_watch)
with open(os.environ["STAPPEN_BUITEN"] + ".bewaakt", "a") as log:
    log.write(f"{os.getpid()}\\n")
"""


@pytest.fixture
def guarded(tmp_path: Path, corpus: Path, model_dir: Path) -> dict[str, str]:
    """The environment of a guarded process on a small corpus."""
    (tmp_path / "guard").mkdir()
    (tmp_path / "guard" / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
    return {
        "PYTHONPATH": str(tmp_path / "guard"),
        "STAPPEN_BUITEN": str(tmp_path / "buiten.log"),
        "HOME": str(tmp_path / "thuis"),
        "XDG_CACHE_HOME": str(tmp_path / "thuis"),
        "HANDWIJZER_DATA_DIR": str(tmp_path / "data"),
        "HANDWIJZER_CORPUS_DIR": str(corpus),
        "HANDWIJZER_MODEL_DIR": str(model_dir),
    }


def steps_outside(environment: dict[str, str]) -> list[str]:
    log = Path(environment["STAPPEN_BUITEN"])
    assert log.with_name(log.name + ".bewaakt").is_file(), "de bewaking stond niet aan"
    return log.read_text("utf-8").splitlines() if log.is_file() else []


def command(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=os.environ | environment, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_guard_sees_a_step_outside_and_stops_it(guarded: dict[str, str]) -> None:
    attempt = (
        "import socket, urllib.request\n"
        "for step in (lambda: urllib.request.urlopen('http://198.51.100.7/', timeout=1),\n"
        "             lambda: socket.getaddrinfo('example.org', 80),\n"
        "             lambda: socket.socket().bind(('0.0.0.0', 0))):\n"
        "    try:\n        step()\n        raise SystemExit('went outside')\n    except OSError:\n        pass\n"
    )
    command(guarded, "-c", attempt)
    assert steps_outside(guarded) == [
        "socket.getaddrinfo 198.51.100.7", "socket.getaddrinfo example.org", "socket.bind 0.0.0.0",
    ]  # fmt: skip


def _alone_in_a_network() -> list[str]:
    """Return the words that run a command in a network namespace with loopback alone, none where that is refused."""
    words = ["unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    possible = shutil.which("unshare") and subprocess.run([*words, "true"], capture_output=True).returncode == 0
    return words if possible else []


USE_EVERYTHING = """
import json, subprocess, sys, time, urllib.request
run = [sys.executable, "-m", "handwijzer"]
subprocess.run([*run, "ingest"], check=True, stdout=subprocess.DEVNULL)
subprocess.run([*run, "ask", "Bij wie meldt de mentor verzuim?"], check=True)
url = f"http://127.0.0.1:{sys.argv[1]}"
server = subprocess.Popen([*run, "serve", "--port", sys.argv[1]])
try:
    end = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(url + "/readyz", timeout=5).close()
            break
        except OSError:
            assert server.poll() is None and time.monotonic() < end, "de server start niet"
            time.sleep(0.05)
    body = json.dumps({"vraag": "Bij wie meldt de mentor verzuim?"}).encode()
    request = urllib.request.Request(url + "/v1/vragen", body, {"Content-Type": "application/json"})
    print(json.load(urllib.request.urlopen(request, timeout=60))["antwoord"])
    print(urllib.request.urlopen(url + "/", timeout=60).read().decode())
finally:
    server.terminate()
    server.wait(30)
"""


def test_ingest_ask_the_api_and_the_page_work_and_take_no_step_outside(guarded: dict[str, str]) -> None:
    """Where the machine allows it, with no network at all, so that what is no Python cannot get out either."""
    done = subprocess.run(
        [*_alone_in_a_network(), sys.executable, "-c", USE_EVERYTHING, str(free_port())],
        cwd=ROOT,
        env=os.environ | guarded,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("bij de verzuimcoördinator. [1]") == 2
    assert "<title>Handwijzer" in done.stdout
    assert steps_outside(guarded) == []
    # Libraries that measure their users leave an id or a queue where they keep their things.
    assert [path for path in Path(guarded["HOME"]).rglob("*") if path.is_file()] == []
