"""Clients that keep a server busy, in a process of their own.

Runs as ``python -m eval.bench.client``. Every client is a thread with one connection that stays open; it asks its next
question as soon as it has its answer.
"""

from __future__ import annotations

import http.client
import json
import threading
import time

from eval.bench.worker import Channel, Result, Task, work

_HEADERS = {"Content-Type": "application/json"}


def put_load(task: Task, channel: Channel) -> Result:
    """Let ``clients`` clients ask ``questions`` for ``seconds``; return each answer's time in ms and the failures."""
    bodies = [json.dumps({"vraag": question}) for question in task["questions"]]
    clients = task["clients"]
    times: list[list[float]] = [[] for _ in range(clients)]
    failures = [0] * clients
    began = time.perf_counter()
    end = began + task["seconds"]

    def run(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", task["port"], timeout=60)
        place = number * len(bodies) // clients
        while (sent := time.perf_counter()) < end:
            try:
                connection.request("POST", "/v1/vragen", bodies[place % len(bodies)], _HEADERS)
                response = connection.getresponse()
                response.read()
                failures[number] += response.status != 200
            except (OSError, http.client.HTTPException):
                failures[number] += 1
                connection.close()
            times[number].append((time.perf_counter() - sent) * 1000)
            place += 1
        connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Until the last answer: cutting off at the end would count work that was not done within the time.
    seconds = time.perf_counter() - began
    return {"times_ms": [value for row in times for value in row], "failures": sum(failures), "seconds": seconds}


if __name__ == "__main__":
    work({"load": put_load})
