"""Archives but zip, by libarchive: 7z, rar, tar and its compressions, iso, cab; single compressed files.

Does:   streams the members out of memory under running caps and hands them out as parts; reads zip
        members that zipfile cannot, in the order of their local headers.
Never:  writes to disk, follows a link, trusts a declared size, lets libarchive call a program or read
        a file (its mtree, lrzip, lzop and grzip readers are not enabled).
Fails:  never raises on any bytes. A damaged, encrypted or unknown archive is unread with its reason;
        what came before the damage is read.
Source: libarchive 3.6.2, behaviour measured on some fifty archives, hostile ones among them.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any, Final, Self

from libarchive import ffi
from libarchive.exception import ArchiveError

from hygie_detectors.extraction import streams
from hygie_detectors.extraction.members import Intake, OverError, decode_name, hand_out_tail, place_of
from hygie_detectors.extraction.text import written
from hygie_detectors.extraction.walk import Sink

_FORMATS: Final = ("7zip", "cab", "iso9660", "rar", "rar5", "tar")
_TAR: Final = ("tar",)
_RAW: Final = ("raw",)
"""One file, merely compressed."""
_ZIP: Final = ("zip_streamable",)
"""Zip by its local headers: the central directory, and what it leaves out, is not asked."""
_FILTERS: Final = ("bzip2", "compress", "gzip", "lz4", "lzip", "lzma", "xz", "zstd")
_TAR_TO_THE_END: Final = b"tar:read_concatenated_archives"
"""A second archive behind the end mark of the first is read, as ``tar -i`` does."""

_FATAL: Final = -30
"""libarchive's code for: no more operations are possible."""
_UNNAMED: Final = "data"
"""What libarchive calls a compressed file that does not say its name."""
_7Z_START_BYTES: Final = 32
"""Before the streams; offset and size of the header that lies behind them stand at 12 and 20."""
_ISO_START: Final = 32768
"""An ISO image has its descriptors here, behind room for a boot program."""
_ISO_MARK: Final = b"CD001"
_ISO_BLOCK_BYTES: Final = 2048

# Warnings name members, and the log holds no content.
ffi.logger.disabled = True
_set_options: Final = ffi.ffi("read_set_options", [ffi.c_archive_p, ctypes.c_char_p], ctypes.c_int)
_encrypted_entries: Final = ffi.ffi("read_has_encrypted_entries", [ffi.c_archive_p], ctypes.c_int)


def read_packed(sink: Sink) -> None:
    """Read an archive that is no zip, or a file that is merely compressed."""
    data = sink.item.data
    sink.text(_gzip_words(data), "gzip", "name")
    if data.startswith(_ISO_MARK, _ISO_START + 1):
        _read_beside_files(data, sink)
    known = streams.end(data, sink.limits.member_max_bytes)
    try:
        with _utf8_names():
            end = _read(data[:known] if known else data, sink)
    except OverError as over:
        sink.unread(f"limit:{over}")
        return
    except ArchiveError as error:
        sink.unread(reason(error))
        return
    if known or end:
        hand_out_tail(data[known or end :], sink)


def read_local_headers(data: bytes, start: int, intake: Intake) -> int:
    """Read the zip members from ``start`` to the next directory; return how many bytes were read.

    ``data`` ends with an end record, which tells libarchive that nothing is missing.

    Raises:
        ArchiveError: when nothing can be read.
        OverError: when a limit is passed.

    """
    with _utf8_names(), _Archive(data, _ZIP, start) as archive:
        archive.take_all(intake)
        return archive.end


def _read(data: bytes, sink: Sink) -> int:
    """Read all members; return where the archive ends, 0 when that is not known."""
    with _Archive(data, _RAW) as file:
        if file.layers > sink.limits.archive_depth_max:
            raise OverError("archive_depth_max")
        if file.layers and not _is_tar(file.beginning()):
            return _read_single_file(data, sink)
        if file.layers:
            return _read_packed_tar(data, sink)
    with _Archive(data, _FORMATS) as archive:
        if not archive.take_all(Intake(sink, len(data))):
            sink.unread("corrupt")  # nobody sends an empty archive; a RAR cut short looks like one
        return _end(data, archive.end)


def _read_single_file(data: bytes, sink: Sink) -> int:
    with _Archive(data, _RAW) as file:
        file.take_all(Intake(sink, len(data)))
        return file.end


def _read_packed_tar(data: bytes, sink: Sink) -> int:
    """Read a compressed tar; all that is expanded is counted, members or not."""
    failures: list[ArchiveError] = []
    with _Archive(data, _RAW) as file:
        file.next()
        blocks = Intake(sink, len(data)).meter(file.blocks(failures))
        with _Archive(blocks, _TAR) as archive:
            archive.take_all(Intake(sink, len(data)))
        for failure in failures:
            sink.unread(reason(failure))
        return file.end


_TAR_HEADER_BYTES: Final = 512
_TAR_CHECKSUM: Final = slice(148, 156)


def _is_tar(beginning: bytes) -> bool:
    """Tell by the header's checksum, which tars of every age have."""
    header = bytearray(beginning[:_TAR_HEADER_BYTES])
    written = bytes(header[_TAR_CHECKSUM]).strip(b"\0 ")
    header[_TAR_CHECKSUM] = b" " * 8
    return (
        written.isdigit() and len(header) == _TAR_HEADER_BYTES and written.lstrip(b"0") == b"%o" % sum(header)
    )


_GZIP_HEADER_BYTES: Final = 10
_GZIP_NAMED: Final = 8
_GZIP_COMMENTED: Final = 16
_GZIP_EXTRA: Final = 4


def _gzip_words(data: bytes) -> str:
    """Return the file name and the comment in a gzip header: libarchive gives the first at times only."""
    if not data.startswith(b"\x1f\x8b\x08") or len(data) < _GZIP_HEADER_BYTES:
        return ""
    start, words = _GZIP_HEADER_BYTES, []
    if data[3] & _GZIP_EXTRA:
        start += 2 + int.from_bytes(data[10:12], "little")
        words.append(written(data[12:start]))
    for flag in (_GZIP_NAMED, _GZIP_COMMENTED):
        end = data.find(b"\0", start) if data[3] & flag else -1
        if end >= 0:
            words.append(decode_name(data[start:end]))
            start = end + 1
    return "\n".join(words)


def _read_beside_files(data: bytes, sink: Sink) -> None:
    """Read what a disc image holds beside its files: labels, a boot program, a second file system."""
    descriptor = data[_ISO_START : _ISO_START + _ISO_BLOCK_BYTES]
    labels = b"\n".join(descriptor[start:end].strip(b"\0 ") for start, end in _ISO_LABELS)
    sink.text(decode_name(labels).replace("\0", " "), "volume", "metadata")
    if data[:_ISO_START].strip(b"\0"):
        sink.child("amorce", data[:_ISO_START])
    if b"NSR0" in data[_ISO_START : _ISO_START + _ISO_DESCRIPTORS_MAX * _ISO_BLOCK_BYTES]:
        sink.unread("unsupported", "udf")  # it may name and hold other files


_ISO_LABELS: Final = ((8, 72), (190, 813))
_ISO_DESCRIPTORS_MAX: Final = 32


def _end(data: bytes, position: int) -> int:
    """Return where an archive ends that has been read to ``position``."""
    if data.startswith(b"7z"):
        return _7Z_START_BYTES + int.from_bytes(data[12:20], "little") + int.from_bytes(data[20:28], "little")
    if data.startswith(b"MSCF"):
        return int.from_bytes(data[8:12], "little")
    if data.startswith(_ISO_MARK, _ISO_START + 1):
        return int.from_bytes(data[_ISO_START + 80 : _ISO_START + 84], "little") * _ISO_BLOCK_BYTES
    return position


class _Archive:
    """An archive open in libarchive; a context manager that frees it."""

    def __init__(self, source: bytes | Iterator[bytes], formats: tuple[str, ...], start: int = 0) -> None:
        """Read from ``start``; bytes are read where they lie, blocks as they come."""
        self._data = source if isinstance(source, bytes) else b""
        self._fed = iter(()) if isinstance(source, bytes) else source
        self._start = start
        self._formats = formats
        self._block = b""
        self._feed_callback = ffi.READ_CALLBACK(self._feed)
        self._stopped: OverError | None = None
        self._archive: Any = None
        self._entry: Any = None

    def __enter__(self) -> Self:
        self._archive = ffi.read_new()
        self._entry = ffi.entry_new()
        try:
            for name in self._formats:
                ffi.get_read_format_function(name)(self._archive)
            for name in _FILTERS if self._formats == _RAW else ():
                ffi.get_read_filter_function(name)(self._archive)
            _set_options(self._archive, _TAR_TO_THE_END)
            self._open()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        ffi.entry_free(self._entry)
        with suppress(ArchiveError):  # freed all the same
            ffi.read_free(self._archive)

    def _open(self) -> None:
        if self._data:
            address = ctypes.cast(ctypes.c_char_p(self._data), ctypes.c_void_p).value or 0
            ffi.read_open_memory(self._archive, address + self._start, len(self._data) - self._start)
        else:
            ffi.read_open(self._archive, None, ffi.NO_OPEN_CB, self._feed_callback, ffi.NO_CLOSE_CB)

    def _feed(self, _archive: int, _context: int, target: Any) -> int:
        """Give libarchive the next block; an exception cannot pass through it, and waits."""
        try:
            self._block = next(self._fed, b"")  # kept: libarchive reads it where it lies
        except OverError as over:
            self._stopped = over
            return _FATAL
        target[0] = ctypes.cast(ctypes.c_char_p(self._block), ctypes.c_void_p)
        return len(self._block)

    @property
    def layers(self) -> int:
        """Compressions around the archive."""
        return int(ffi.filter_count(self._archive)) - 1

    @property
    def end(self) -> int:
        """Bytes read so far of what was given."""
        return max(0, int(ffi.filter_bytes(self._archive, -1)))

    def take_all(self, intake: Intake) -> int:
        """Take every member in; return how many there are.

        Raises:
            ArchiveError: when not even the first can be read.
            OverError: when a limit is passed that concerns the whole archive.

        """
        count = 0
        try:
            while self.next():
                intake.count()
                count += 1
                self._take(intake)
        except ArchiveError as error:
            if self._stopped:
                raise self._stopped from None
            if not count:
                raise
            intake.sink.unread(self._why(error))
            if self._names_lie_apart:
                self._name_rest(intake, count)
        return count

    def beginning(self) -> bytes:
        """Return the first bytes of the first member."""
        beginning = b""
        if self.next():
            blocks = self.blocks([])
            while len(beginning) < _TAR_HEADER_BYTES and (block := next(blocks, b"")):
                beginning += block
        return beginning

    def next(self) -> bool:
        """Go to the next member; raises :class:`ArchiveError`."""
        return bool(ffi.read_next_header2(self._archive, self._entry) != ffi.ARCHIVE_EOF)

    def _take(self, intake: Intake) -> None:
        name = self._name(intake.sink)
        failures: list[ArchiveError] = []
        blocks = self.blocks(failures)
        try:
            content = intake.collect(blocks)
        except OverError as over:
            if str(over) != "member_max_bytes":
                intake.name_only(name)
                raise
            intake.unread(f"limit:{over}", name)
            for block in blocks:  # libarchive would skip it without a cap
                intake.charge(len(block))
            return
        if self._stopped:
            intake.name_only(name)
            raise self._stopped
        link = _text(ffi.entry_symlink_w, ffi.entry_symlink, self._entry)
        if link:
            intake.name_only(link)
        if content or (stat.S_ISREG(ffi.entry_filetype(self._entry)) and not failures):
            # A picture that is merely compressed (.emz) is a logo where the picture would be one.
            single = self._formats == _RAW
            intake.hand_out(name, content, intake.sink.item.decorative_max if single else 0)
        else:
            intake.name_only(name)
        for failure in failures:
            if failure.retcode <= _FATAL:
                raise failure
            intake.sink.unread(self._why(failure), place_of(name))

    def blocks(self, failures: list[ArchiveError]) -> Iterator[bytes]:
        """Yield the content of the current member, without the holes of sparse files, up to a failure."""
        block, size, offset = ctypes.c_void_p(), ctypes.c_size_t(), ctypes.c_longlong()
        try:
            while ffi.read_data_block(self._archive, block, size, offset) != ffi.ARCHIVE_EOF:
                if size.value:
                    yield ctypes.string_at(block, size.value)
        except ArchiveError as error:
            failures.append(error)

    def _name(self, sink: Sink) -> str:
        name = _text(ffi.entry_pathname_w, ffi.entry_pathname, self._entry)
        if self._formats == _RAW and name == _UNNAMED:
            return sink.item.path.rpartition("/")[2].rpartition(".")[0]
        return name

    @property
    def _names_lie_apart(self) -> bool:
        """Whether names can be had where contents cannot."""
        return not self.layers and (ffi.format_name(self._archive) or b"").startswith((b"7-Zip", b"RAR"))

    def _name_rest(self, intake: Intake, seen: int) -> None:
        """Give the names behind the member that could not be read."""
        with _Archive(self._data, self._formats) as again:
            try:
                while again.next():
                    seen -= 1
                    if seen < 0:
                        intake.count()
                        intake.name_only(again._name(intake.sink))
            except ArchiveError:
                return  # said already

    def _why(self, error: ArchiveError) -> str:
        # Asked before a first header was read, libarchive goes through a null pointer.
        return "encrypted" if _encrypted_entries(self._archive) == 1 else reason(error)


def reason(error: ArchiveError) -> str:
    """Return why an archive is unread; libarchive tells it in words only."""
    words = str(error.msg).lower()
    if "encrypt" in words or "passphrase" in words:
        return "encrypted"
    if "too many filters" in words:
        return "limit:archive_depth_max"
    return "unsupported" if any(word in words for word in _NOT_KNOWN) else "corrupt"


_NOT_KNOWN: Final = (
    "unsupported",
    "not supported",
    "unknown codec",
    "unavailable",
    "allocate",
    "multi-volume",
)


def _text(wide: Any, narrow: Any, entry: Any) -> str:
    try:
        text = wide(entry)
    except ValueError:  # characters beyond Unicode
        text = None
    return str(text or decode_name(narrow(entry) or b"")).replace("\0", " ")


_LC_CTYPE_MASK: Final = 1


@cache
def _utf8_locale() -> tuple[Any, int | None]:
    """Return the C library and its UTF-8 locale, part of Debian's C library itself."""
    library = ctypes.CDLL(None)
    library.newlocale.restype = library.uselocale.restype = ctypes.c_void_p
    library.newlocale.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p]
    library.uselocale.argtypes = [ctypes.c_void_p]
    return library, library.newlocale(_LC_CTYPE_MASK, b"C.UTF-8", None)


@contextmanager
def _utf8_names() -> Iterator[None]:
    """Let libarchive convert names to UTF-8 in this thread; under LC_ALL=C it loses accented ones."""
    library, utf8 = _utf8_locale()
    if utf8 is None:
        yield
        return
    before = library.uselocale(utf8)
    try:
        yield
    finally:
        library.uselocale(before)
