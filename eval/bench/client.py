"""Clients that keep a server busy, in a process of their own.

Runs as ``python -m eval.bench.client``. Every client is a thread with one connection that stays open; it asks its next
question as soon as it has its answer.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter

from eval.bench.worker import Channel, Result, Task, rss_mb, work

_LOOK_EVERY_S = 0.25


def put_load(task: Task, channel: Channel) -> Result:
    """Let as many clients as there are ``keys`` (None: without) ask ``questions`` for ``seconds``.

    Return the times of every client's answers in ms, how often each HTTP status came (0: no answer at all), and the
    memory in MB of the process ``server``, sampled as ``[[second, MB], …]``.
    """
    bodies = [json.dumps({"vraag": question}) for question in task["questions"]]
    keys = task["keys"]
    times: list[list[float]] = [[] for _ in keys]
    statuses: Counter[int] = Counter()
    counting = threading.Lock()
    began = time.perf_counter()
    end = began + task["seconds"]

    def run(number: int, key: str | None) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", task["port"], timeout=60)
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        place = number * len(bodies) // len(keys)
        while (sent := time.perf_counter()) < end:
            try:
                connection.request("POST", "/v1/vragen", bodies[place % len(bodies)], headers)
                response = connection.getresponse()
                response.read()
                status = response.status
            except (OSError, http.client.HTTPException):
                status = 0
                connection.close()
            times[number].append((time.perf_counter() - sent) * 1000)
            with counting:
                statuses[status] += 1
            place += 1
        connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(keys)]
    for thread in threads:
        thread.start()
    memory = []
    while any(thread.is_alive() for thread in threads):
        memory.append([time.perf_counter() - began, rss_mb(task["server"])])
        threads[-1].join(_LOOK_EVERY_S)
    # Until the last answer: cutting off at the end would count work that was not done within the time.
    seconds = time.perf_counter() - began
    return {"times_ms": times, "statuses": dict(statuses), "memory_mb": memory, "seconds": seconds}


if __name__ == "__main__":
    work({"load": put_load})
