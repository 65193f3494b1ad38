"""The nursery: a single-threaded process that loads the models once and forks workers.

Does:   builds the engine, warms it, then forks a confined worker for each order it gets,
        so that workers share the models' memory (copy on write).
Never:  has a second thread, nor reads a message itself.
Fails:  a bad recognizer or template file or a missing model ends it with one line on stderr and exit
        status 2. When its parent goes away it ends, and the kernel ends its workers.

Run as ``python -m hygie_milter.workers.nursery DESCRIPTOR``, by the pool only: the descriptor
is its control socket (a sequenced-packet socket). The first packet is its configuration.
"""

from __future__ import annotations

import contextlib
import encodings
import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any, Final

PACKET_MAX_BYTES: Final = 64 * 1024
READY: Final = b"ready"
SPAWN: Final = b"spawn"


def main() -> int:
    """Serve the parent until it closes the control socket; return the exit status."""
    control = socket.socket(fileno=int(sys.argv[1]))
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)  # the parent drains, then closes the socket: that is how we end
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS", "OMP_THREAD_LIMIT"):
        os.environ[variable] = "1"  # a forked worker must find a process without threads
    from hygie_milter.workers import sandbox, worker  # noqa: F401, PLC0415 - after the variables, and before any fork

    sandbox.no_core_dumps()
    configuration = json.loads(control.recv(PACKET_MAX_BYTES))
    from hygie_detectors import extraction  # noqa: PLC0415 - as above
    from hygie_detectors.engine import Engine  # noqa: PLC0415 - as above
    from hygie_detectors.limits import Limits  # noqa: PLC0415 - as above

    limits = Limits(**configuration["limits"])
    recognizers, templates = configuration["recognizers_file"], configuration["templates_file"]
    try:
        engine = Engine(
            recognizers_file=Path(recognizers) if recognizers else None,
            templates_file=Path(templates) if templates else None,
            key=bytes.fromhex(configuration["key"]),
            limits=limits,
        )
        if configuration["warm"]:
            engine.warm()
        engine.load()  # always, for the reason below
        extraction.warm()  # always: a worker that gave up root may not be able to read libraries later
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent must be told in one line
        sys.stderr.write(f"hygie: nursery: {type(error).__name__}: {error}\n")
        return 2
    _import_all_encodings()
    if configuration["seccomp"] and not sandbox.has_seccomp():
        sys.stderr.write("hygie: nursery: workers run without a call filter: apt-get install libseccomp2\n")
    signal.signal(signal.SIGCHLD, lambda *_: _reap())
    gc.collect()
    gc.freeze()  # keeps the collector from touching, and so copying, the shared pages
    with contextlib.suppress(BrokenPipeError):  # the parent was interrupted meanwhile; the loop ends at once
        control.send(READY)
    while True:
        order, descriptors, _, _ = socket.recv_fds(control, len(SPAWN), 2)
        if not order:
            return 0
        worker_pid = os.fork()
        if worker_pid == 0:
            control.close()
            _become_worker(descriptors, engine, limits, configuration)
        for descriptor in descriptors:
            os.close(descriptor)
        control.send(str(worker_pid).encode())


def _become_worker(descriptors: list[int], engine: Any, limits: Any, configuration: dict[str, Any]) -> None:
    """Turn the forked process into a worker; never returns."""
    from hygie_milter.workers import sandbox, worker  # noqa: PLC0415 - loaded by main already

    status = 1
    said = os.dup(2)
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a descriptor is what is needed
        os.dup2(nowhere.fileno(), 2)  # what libraries complain about may quote the mail
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        job_socket = socket.socket(fileno=descriptors[0])
        sandbox.confine(
            configuration["user"], configuration["memory_max_bytes"], seccomp=configuration["seccomp"]
        )
        sandbox.die_with_parent()
        wear = worker.Wear(
            configuration["jobs_max"], configuration["growth_max_bytes"], configuration["job_cpu_seconds"]
        )
        worker.run(job_socket, descriptors[1], engine, limits, wear)
        status = 0
    except BaseException as error:  # noqa: BLE001 - nothing may return into the nursery's loop
        # Where it happened and what kind it was; never its text, which may quote the mail.
        where = traceback.extract_tb(error.__traceback__)[-1]
        line = f"hygie: worker: {type(error).__name__} at {Path(where.filename).name}:{where.lineno}\n"
        os.write(said, line.encode())
    finally:
        os._exit(status)


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _import_all_encodings() -> None:
    """Load every codec now: a worker that gave up root may not be able to read them later."""
    for module in pkgutil.iter_modules(encodings.__path__):
        with contextlib.suppress(ImportError):  # mbcs and oem exist on Windows only
            importlib.import_module(f"encodings.{module.name}")


if __name__ == "__main__":
    sys.exit(main())
