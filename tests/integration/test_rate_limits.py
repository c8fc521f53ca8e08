"""Limits that several processes share, on a real Redis server, and what happens without it."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from conftest import free_port, wait_until

from bot.api import rate_limits
from bot.api.rate_limits import Quota
from kb.errors import UsageError


@contextmanager
def running_redis(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            with redis.Redis(port=port) as client:
                wait_until(lambda: _answers(client), "Redis start niet")
            yield server
        finally:
            server.terminate()


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def hits(quota: Quota, name: str, times: int) -> list[bool]:
    """Ask ``times`` times with at most four a minute; tells which were let through."""
    return [asyncio.run(quota.hit(name, 4)) is None for _ in range(times)]


def test_processes_share_a_limit_through_redis_and_count_alone_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    url = f"redis://127.0.0.1:{port}"
    with running_redis(tmp_path, port):
        one, other = Quota(url), Quota(url)
        assert hits(one, "a", 3) == [True] * 3
        assert hits(other, "a", 2) == [True, False]
        assert hits(one, "a", 1) == [False]
        assert 1 <= (asyncio.run(one.hit("a", 4)) or 0) <= 60
        assert asyncio.run(other.full("b", 4)) is None
        assert hits(other, "b", 1) == [True]
    # Counting goes on, with one line in the log, and the server is not asked again for every request.
    assert hits(one, "a", 6) == [True] * 4 + [False] * 2
    assert caplog.text.count("Redis-server") == 1
    monkeypatch.setattr(rate_limits, "_REDIS_RETRY_S", 0.0)
    one, other = Quota(url), Quota(url)
    assert hits(one, "a", 1) == [True]
    with running_redis(tmp_path, port):
        assert hits(one, "a", 3) + hits(other, "a", 2) == [True] * 4 + [False]


@pytest.mark.parametrize("url", ["http://127.0.0.1", "geheim", "redis://127.0.0.1:poort"])
def test_an_address_of_no_redis_server_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(UsageError, match="HANDWIJZER_REDIS_URL") as refused:
        Quota(url)
    assert url not in refused.value.message
