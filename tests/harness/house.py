"""The whole house: Postfix, Hygie, the Internet and the MSSanté gateway under one folder.

Does:   starts the four in the right order and ends them in the reverse one, whatever happens.
Never:  leaves a process or a socket behind.
Fails:  with the ``HarnessError`` of the part that did not start.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.hygie import HygieServe
from harness.postfix import PrivatePostfix
from harness.sink import Sink


@dataclass(frozen=True, slots=True)
class House:
    """The four that run."""

    postfix: PrivatePostfix
    hygie: HygieServe
    internet: Sink
    gateway: Sink

    def clear(self) -> None:
        """Empty the queue, hold included, and both receivers."""
        for entry in self.postfix.queue():
            self.postfix.delete(entry["queue_id"])
        self.postfix.wait_empty()
        self.internet.clear()
        self.gateway.clear()


@contextlib.contextmanager
def open_house(folder: Path, hygie: HygieServe) -> Iterator[House]:
    """Start both receivers and Postfix around a Hygie that runs already."""
    with (
        Sink(folder / "internet") as internet,
        Sink(folder / "gateway") as gateway,
        PrivatePostfix(
            folder / "postfix",
            internet=internet.port,
            mssante=gateway.port,
            milter=hygie.socket,
            notices=hygie.notices_port,
        ) as postfix,
    ):
        yield House(postfix, hygie, internet, gateway)
