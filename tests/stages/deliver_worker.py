"""Another process that delivers: ``deliver_worker.py STORE PORT SLOT RECIPIENT… [--die]``.

It prints ``ready`` and begins when it reads a line, so that several can begin at once. With
``--die`` it is killed, by a real signal, when it is about to note that the server took the first
mail.
"""
# ruff: noqa: T201 (printing is how it answers the test)

from __future__ import annotations

import signal
import sys
from pathlib import Path

from digest.settings import MailSettings, Settings
from digest.stages.deliver import deliver, owed, turn
from digest.store.store import Store

sys.path.insert(0, str(Path(__file__).parents[1] / "cli"))
from signalled import send_at

if __name__ == "__main__":
    url, port, slot, *recipients = sys.argv[1:]
    if recipients[-1] == "--die":
        recipients.pop()
        # The first time it is told that the mail is on its way.
        send_at(signal.SIGKILL, "digest.store.deliveries:DeliveryShelf.save_delivery", 2)
    server = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "d@news.example"}
    settings = Settings(store=url, mail=MailSettings(**server))
    with Store.open(url) as store:
        print("ready", flush=True)
        sys.stdin.readline()
        with store.alone(turn("daily")) as still_alone:
            edition = store.edition("daily", slot).edition
            done = deliver(store, owed(store, edition, recipients), settings, still_alone)
    print(*(each.status for each in done))
