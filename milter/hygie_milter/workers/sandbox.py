"""What a worker may no longer do once it starts reading hostile bytes.

Does:   lowers resource limits, gives up root, forbids new privileges, core dumps, and
        (seccomp) network, exec and changes to the file system.
Never:  is undone: each step lasts for the life of the process.
Fails:  a step the kernel or the system lacks is reported by name in the returned set of
        missing steps (``hygie check`` shows it); a step that should work and does not raises.
Source: systemd.exec and seccomp(2) for the list of calls; measurements with pdfium, lxml
        and libmagic, which work under it.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import pwd
import resource
import signal
from typing import Any, Final

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_NO_NEW_PRIVS: Final = 38

_FORBIDDEN_CALLS: Final = (
    # no way out for a reader that was taken over; io_uring would do all of these past the filter
    "socket", "connect", "bind", "listen", "accept", "accept4",
    "io_uring_setup", "io_uring_enter", "io_uring_register",
    # no other program
    "execve", "execveat", "fork", "vfork",
    # no other process
    "ptrace", "process_vm_readv", "process_vm_writev", "kill", "tkill", "rt_sigqueueinfo",
    "rt_tgsigqueueinfo", "pidfd_open", "pidfd_send_signal",
    # nothing on disk changes (writing is already impossible: RLIMIT_FSIZE is 0)
    "unlink", "unlinkat", "rename", "renameat", "renameat2", "mkdir", "mkdirat", "rmdir", "link", "linkat",
    "symlink", "symlinkat", "chmod", "fchmod", "fchmodat", "chown", "fchown", "fchownat", "truncate",
    "ftruncate", "creat", "mknod", "mknodat", "open_by_handle_at",
    # no other view of the system
    "mount", "umount2", "pivot_root", "chroot", "setns", "unshare", "bpf", "perf_event_open", "keyctl",
)  # fmt: skip

_UNSEEN_CALLS: Final = ("clone3", "openat2")
"""Their flags lie in memory, which a filter cannot read; libraries fall back on what these replaced."""
_CLONE_THREAD: Final = 0x10000
_OPEN_FILES_MAX: Final = 64

try:
    # Now, as the user that starts us: the one that workers become may not be allowed to read it.
    import pyseccomp
except (ImportError, RuntimeError, OSError):  # it looks for libseccomp when imported
    pyseccomp = None


def has_seccomp() -> bool:
    """Tell whether calls can be filtered here."""
    return pyseccomp is not None


def die_with_parent() -> None:
    """Ask the kernel to kill this process when the one that forked it dies."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def no_core_dumps() -> None:
    """Forbid core dumps, which would hold mail, and debuggers of the same user."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _prctl(_PR_SET_DUMPABLE, 0)


def confine(user: str, memory_max_bytes: int, *, seccomp: bool) -> frozenset[str]:
    """Confine this process for good; return the names of the steps the system lacks.

    ``memory_max_bytes`` is what the process may map beyond what it maps now (address space,
    not resident memory). ``user`` is who to become when the process is root.
    """
    missing = set()
    no_core_dumps()
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    files = min(_OPEN_FILES_MAX, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    address_space = _address_space() + memory_max_bytes
    resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
    if os.geteuid() == 0:
        account = pwd.getpwnam(user)
        os.setgroups([])
        os.setresgid(account.pw_gid, account.pw_gid, account.pw_gid)
        os.setresuid(account.pw_uid, account.pw_uid, account.pw_uid)
        no_core_dumps()  # changing user sets the dumpable flag again on some kernels
    if seccomp and not _filter_calls():
        missing.add("seccomp")
    return frozenset(missing)


def cpu_seconds(more: float) -> None:
    """Let this process use this much more processor time; beyond it the kernel kills it (SIGXCPU)."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + more) + 1, hard))


def resident_bytes() -> int:
    """Return the resident memory of this process."""
    with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123 - read at every job; pathlib costs ten times more
        return int(statm.read().split()[1]) * resource.getpagesize()


def _address_space() -> int:
    with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123 - as above
        return int(statm.read().split()[0]) * resource.getpagesize()


def _filter_calls() -> bool:
    if pyseccomp is None:
        return False
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    refused = pyseccomp.ERRNO(errno.EPERM)

    def forbid(action: Any, call: str, *arguments: Any) -> None:
        with contextlib.suppress(OSError, ValueError):  # a call this architecture lacks cannot be made either
            rules.add_rule(action, call, *arguments)

    for call in _FORBIDDEN_CALLS:
        forbid(refused, call)
    for call in _UNSEEN_CALLS:
        forbid(pyseccomp.ERRNO(errno.ENOSYS), call)
    argument, masked = pyseccomp.Arg, pyseccomp.MASKED_EQ
    forbid(refused, "clone", argument(0, masked, _CLONE_THREAD, 0))  # a process, not a thread
    forbid(refused, "tgkill", argument(0, pyseccomp.NE, os.getpid()))  # but abort() and raise()
    forbid(refused, "prlimit64", argument(0, pyseccomp.NE, 0))  # but our own limits
    for call, position in (("open", 1), ("openat", 2)):
        for mask, flags in (
            (os.O_ACCMODE, os.O_WRONLY), (os.O_ACCMODE, os.O_RDWR), (os.O_CREAT, os.O_CREAT),
            (os.O_TRUNC, os.O_TRUNC),
        ):  # fmt: skip
            forbid(refused, call, argument(position, masked, mask, flags))
    rules.load()
    return True


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"prctl {option}: {os.strerror(code)}")
