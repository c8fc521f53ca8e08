"""A PostgreSQL server for the tests, on a socket in a folder of its own; Debian's, as `.ci/postgres` installs it."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from conftest import wait_until


@contextlib.contextmanager
def running_postgres() -> Iterator[str]:
    """Run a server; yields the folder of its socket."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        pytest.skip("PostgreSQL is er niet: make postgres")
    # The server refuses to run as root; its package made a user for it.
    user = pwd.getpwnam("postgres").pw_uid if os.geteuid() == 0 else os.geteuid()
    folder = Path(tempfile.mkdtemp(prefix="handwijzer-pg-"))
    os.chown(folder, user, -1)
    settings = ("listen_addresses=", f"unix_socket_directories={folder}", "fsync=off", "shared_buffers=16MB")
    try:
        subprocess.run(
            [programs[-1], "-D", folder / "data", "-A", "trust", "-U", "handwijzer", "-E", "UTF8", "--locale=C", "-N"],
            check=True, capture_output=True, user=user, cwd="/",
        )  # fmt: skip
        server = subprocess.Popen(
            [programs[-1].with_name("postgres"), "-D", folder / "data"] + [f"-c{setting}" for setting in settings],
            stderr=subprocess.DEVNULL, user=user, cwd="/",
        )  # fmt: skip
        try:
            wait_until(lambda: _answers(folder), "PostgreSQL start niet")
            yield str(folder)
        finally:
            server.send_signal(signal.SIGINT)  # without waiting for who is connected
            server.wait(timeout=30)
    finally:
        shutil.rmtree(folder)


def new_database(server: str, name: str) -> str:
    """Make an empty database and return its address."""
    with psycopg.connect(f"host={server} user=handwijzer dbname=postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"postgresql+psycopg://handwijzer@/{name}?host={server}"


def _answers(folder: Path) -> bool:
    try:
        psycopg.connect(f"host={folder} user=handwijzer dbname=postgres").close()
    except psycopg.OperationalError:
        return False
    return True
