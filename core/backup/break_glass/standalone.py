#!/usr/bin/env python3
"""Opens a backup of pgvigil without pgvigil: sealed artifacts in, what pg_dump wrote out.

Needs Python 3.9 or newer and the library cryptography (pip install cryptography), the folder of the
backup, the folders of the backups that it refers to beside it, and the key.

    python3 break-glass.py OUT                     asks for the recovery key, line by line
    python3 break-glass.py OUT --key-file FILE     the key file, or its four lines
    python3 break-glass.py OUT --passphrase        asks for the passphrase
    python3 break-glass.py OUT --folder FOLDER     where the backup is; else: where this script is
    python3 break-glass.py --check                 opens everything and writes nothing

Every byte is authenticated. What is damaged, cut, or not what the manifest names is refused, and
then nothing is left in OUT. The format is described in docs/sealed-artifacts.md of pgvigil.

Exit code: 0 done, 1 the backup or the key is not good, 64 the command line can't be understood.
"""

from __future__ import annotations

import argparse
import getpass
import hashlib
import hmac
import json
import os
import re
import shlex
import shutil
import struct
import sys
import unicodedata
from pathlib import Path
from typing import Any, BinaryIO, Callable, Dict, Iterator, List, NoReturn, Optional, Tuple

try:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
except ImportError:
    sys.exit("The library cryptography is missing: pip install cryptography")

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.=@+-]{0,254}")
TAG_BYTES = 16
MOST_SCRYPT_BYTES = 1 << 30
FOLDER_OF_ARCHIVE = "database"
PROVIDERS = {"c": "libc", "i": "icu", "b": "builtin"}
PROVIDERS_SINCE = 15
OF_THE_DATABASE = """\
What belongs to the database itself is not brought back by these: its owner, ALTER DATABASE ... SET,
grants on it, its comment. The archive has it; this shows it, and followed by | psql -X -d postgres
does it (that the database exists already is told then, and no harm):"""
Json = Dict[str, Any]


class NotGood(Exception):
    """The backup or the key is not good; the text says why."""


# ---- the key -------------------------------------------------------------------------------------


def line_of_key(number: int, text: str) -> bytes:
    """Eight bytes of the key from one of its four lines."""
    looks_like = str.maketrans("OIL", "011")
    characters = re.sub(r"[\s-]", "", text).upper().translate(looks_like)
    if len(characters) != 15 or not set(characters) <= set(ALPHABET):
        raise NotGood("line %d of the key has not 15 characters of its alphabet" % (number + 1))
    value = 0
    for character in characters:
        value = value << 5 | ALPHABET.index(character)
    part = (value >> 11).to_bytes(8, "big")
    label = b"pgvigil recovery line 1" + bytes([number])
    if value & 0x7FF != int.from_bytes(hashlib.sha256(label + part).digest()[:2], "big") >> 5:
        raise NotGood("line %d of the key has a mistake: its checksum does not fit" % (number + 1))
    return part


def key_of_text(text: str) -> bytes:
    """The key from a key file's text, or from its four lines in one."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    characters = re.sub(r"[\s-]", "", "".join(lines))
    if len(characters) != 60:
        raise NotGood("the key is not whole: it has %d characters of 60" % len(characters))
    return b"".join(line_of_key(n, characters[15 * n : 15 * n + 15]) for n in range(4))


def id_of(key: bytes) -> str:
    """The name of a key, as wraps.json has it."""
    return hashlib.sha256(b"pgvigil key id 1" + key).hexdigest()[:16]


class Keys:
    """What the person gave: a key, or a passphrase from which keys are derived."""

    def __init__(self, key: Optional[bytes], passphrase: str) -> None:
        self.known = {id_of(key): key} if key else {}
        self.passphrase = passphrase

    def get(self, key_id: str, derivation: Optional[Json]) -> Optional[bytes]:
        """The key of this name, if what was given gives it."""
        if key_id not in self.known and derivation and self.passphrase:
            n, r, p = (int(derivation[name]) for name in ("n", "r", "p"))
            if derivation["function"] != "scrypt" or not 0 < 128 * n * r <= MOST_SCRYPT_BYTES:
                raise NotGood("the key's derivation has costs that are not accepted here")
            passphrase = unicodedata.normalize("NFC", self.passphrase).encode()
            salt, room = bytes.fromhex(derivation["salt"]), 2 * MOST_SCRYPT_BYTES - 1
            key = hashlib.scrypt(passphrase, salt=salt, n=n, r=r, p=p, dklen=32, maxmem=room)
            self.known[id_of(key)] = key
        return self.known.get(key_id)


# ---- one backup's folder -------------------------------------------------------------------------


class Backup:
    """A backup's folder, and the data keys of what is in it."""

    def __init__(self, folder: Path, keys: Keys, backup_id: str = "") -> None:
        self.folder, self.keys = folder, keys
        wraps = json_of(read_file(folder / "wraps.json"), "pgvigil wraps", "wraps.json")
        self.id = safe(wraps["backup_id"])
        if backup_id and self.id != backup_id:
            raise NotGood("%s holds backup %s, not %s" % (folder, self.id, backup_id))
        self.wraps: List[Json] = wraps["wraps"]
        self.derivations: Dict[str, Json] = wraps["derivations"]

    def data_key(self, artifact: str) -> bytes:
        """The data key of an artifact, unwrapped."""
        wanted = []
        for wrap in self.wraps:
            if wrap["artifact"] != artifact:
                continue
            if wrap["method"] == "none":
                return bytes.fromhex(wrap["wrapped"])
            key = self.keys.get(wrap["key_id"], self.derivations.get(wrap["key_id"]))
            if wrap["method"] == "aes-256-gcm" and key:
                return self.unwrap(key, wrap)
            wanted.append(wrap["key_id"])
        here = ", ".join(sorted(self.keys.known)) or "none that fits"
        raise NotGood(
            "this key does not open backup %s: it was sealed with key %s; you gave %s"
            % (self.id, ", ".join(wanted) or "(destroyed)", here)
        )

    def unwrap(self, key: bytes, wrap: Json) -> bytes:
        """What AES-256-GCM wrapped for this artifact of this backup."""
        parts = (b"pgvigil wrap 1", self.id.encode(), wrap["artifact"].encode())
        bound_to = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        try:
            nonce, wrapped = bytes.fromhex(wrap["nonce"]), bytes.fromhex(wrap["wrapped"])
            return AESGCM(key).decrypt(nonce, wrapped, bound_to)
        except (InvalidTag, ValueError):
            raise NotGood("wraps.json of backup %s is damaged" % self.id) from None

    def manifest(self) -> Json:
        """What the backup consists of."""
        with open_file(self.folder / "manifest.sealed") as source:
            content = b"".join(chunks_of(source, self.data_key("manifest"), self.id, "manifest"))
        manifest: Json = json_of(content, "pgvigil manifest", "the manifest")["manifest"]
        if manifest["backup_id"] != self.id:
            raise NotGood("the manifest is that of backup %s" % manifest["backup_id"])
        return manifest


class Head:
    """What stands before the first chunk of a sealed artifact."""

    def __init__(self, source: BinaryIO, backup_id: str, name: str) -> None:
        self.source, self.what = source, "%s of backup %s" % (name, backup_id)
        start = self.exactly(14)
        magic, version, suite, self.chunk_bytes = struct.unpack(">8sBBI", start)
        if magic != b"PGVIGIL\0":
            raise NotGood("%s is no sealed artifact" % self.what)
        if (version, suite) != (1, 1):
            raise NotGood("%s is of another format: %d, suite %d" % (self.what, version, suite))
        if not 1 <= self.chunk_bytes <= 1 << 26:
            raise NotGood("%s is damaged" % self.what)
        names = self.named(backup_id.encode()) + self.named(name.encode())
        self.salt, self.prefix = self.exactly(32), self.exactly(7)
        self.before_commitment = start + names + self.salt + self.prefix
        self.commitment = self.exactly(32)
        self.all = self.before_commitment + self.commitment

    def named(self, expected: bytes) -> bytes:
        """A name with its length before it, which must be the expected one."""
        length = self.exactly(2)
        found = self.exactly(struct.unpack(">H", length)[0])
        if found != expected:
            raise NotGood("here is %r where %s should be" % (found, self.what))
        return length + found

    def exactly(self, size: int) -> bytes:
        """The next bytes."""
        taken = self.source.read(size)
        if len(taken) != size:
            raise NotGood("%s is cut" % self.what)
        return taken

    def cipher(self, data_key: bytes) -> AESGCM:
        """What opens the chunks; says whether the data key is the right one."""
        info = b"pgvigil sealed artifact 1" + hashlib.sha256(self.before_commitment).digest()
        material = hkdf_sha256(data_key, self.salt, info)
        if not hmac.compare_digest(self.commitment, material[32:]):
            raise NotGood("the key of %s does not fit it: it is damaged" % self.what)
        return AESGCM(material[:32])


def chunks_of(
    source: BinaryIO, data_key: bytes, backup_id: str, name: str, digest: str = ""
) -> Iterator[bytes]:
    """The plain bytes of a sealed artifact; raises at whatever is not as it was written."""
    head = Head(source, backup_id, name)
    cipher, bound_to = head.cipher(data_key), hashlib.sha256(head.all).digest()
    tags = hashlib.sha256(head.all)
    counter, chunk = 0, source.read(head.chunk_bytes + TAG_BYTES)
    while True:
        following = source.read(head.chunk_bytes + TAG_BYTES)
        nonce = head.prefix + counter.to_bytes(4, "big") + bytes([not following])
        try:
            plain = cipher.decrypt(nonce, chunk, bound_to)
        except (InvalidTag, ValueError):
            raise NotGood("%s is damaged" % head.what) from None
        tags.update(chunk[-TAG_BYTES:])
        if not following and digest and not hmac.compare_digest(tags.hexdigest(), digest):
            raise NotGood("%s is not the one that the manifest names" % head.what)
        yield plain
        if not following:
            return
        chunk, counter = following, counter + 1


def hkdf_sha256(key: bytes, salt: bytes, info: bytes) -> bytes:
    """64 bytes by HKDF-SHA256 (RFC 5869)."""
    extracted = hmac.new(salt, key, hashlib.sha256).digest()
    first = hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()
    return first + hmac.new(extracted, first + info + b"\x02", hashlib.sha256).digest()


def json_of(content: bytes, kind: str, what: str) -> Json:
    """A document of version 1 of its kind."""
    try:
        document = json.loads(content)
        kind_here, version = document["format"], document["version"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NotGood("%s is damaged: it can't be read" % what) from None
    if (kind_here, version) != (kind, 1):
        raise NotGood("%s is of another format: %r, version %r" % (what, kind_here, version))
    return dict(document)


def safe(name: Any) -> str:
    """A name that leads nowhere else."""
    if not isinstance(name, str) or not SAFE_NAME.fullmatch(name) or ".." in name:
        raise NotGood("%r is no name that pgvigil gives" % (name,))
    return name


def open_file(path: Path) -> BinaryIO:
    """The file, or a word about why not."""
    try:
        return path.open("rb")
    except OSError as error:
        raise NotGood("%s can't be read: %s" % (path, error.strerror)) from None


def read_file(path: Path) -> bytes:
    """The file's bytes."""
    with open_file(path) as source:
        return source.read()


# ---- all of it -----------------------------------------------------------------------------------


class Opened:
    """A backup with the backups that it refers to; their folders lie beside its own."""

    def __init__(self, folder: Path, keys: Keys) -> None:
        first = Backup(folder, keys)
        self.backups = {first.id: first}
        self.manifest = first.manifest()
        self.beside, self.keys = folder.resolve().parent, keys

    def backup(self, backup_id: str) -> Backup:
        """The backup of this name."""
        if backup_id not in self.backups:
            folder = self.beside / safe(backup_id)
            if not folder.is_dir():
                raise NotGood(
                    "this backup refers to backup %s: put its folder here: %s" % (backup_id, folder)
                )
            self.backups[backup_id] = Backup(folder, self.keys, backup_id)
        return self.backups[backup_id]

    def write_all(self, out: Optional[Path]) -> None:
        """Open every artifact; into the folder ``out`` where one is given."""
        taken = set()
        for artifact in self.manifest["artifacts"]:
            target = target_of(artifact)
            if target in taken:
                raise NotGood("the manifest names %s twice" % target)
            taken.add(target)
        for artifact in self.manifest["artifacts"]:
            self.write(artifact, out / target_of(artifact) if out else None)

    def write(self, artifact: Json, target: Optional[Path]) -> None:
        """Open one artifact, and compare it with what the manifest says of it."""
        backup, name = self.backup(artifact["backup_id"]), safe(artifact["name"])
        path = backup.folder / "artifacts" / (name + ".sealed")
        if path.is_file() and path.stat().st_size != artifact["sealed_bytes"]:
            raise NotGood("%s of backup %s is not as long as it should be" % (name, backup.id))
        if not artifact["digest"]:
            raise NotGood("the manifest has no digest of %s" % name)
        size = 0
        with open_file(path) as source, Sink(target) as sink:
            key = backup.data_key(name)
            for chunk in chunks_of(source, key, backup.id, name, artifact["digest"]):
                sink.write(chunk)
                size += len(chunk)
        if size != artifact["plain_bytes"]:
            raise NotGood("%s of backup %s is not as long as it should be" % (name, backup.id))


class Sink:
    """A new file that is durable when it is closed, or nothing at all."""

    def __init__(self, path: Optional[Path]) -> None:
        self.file: Optional[BinaryIO] = None
        if path is not None:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            self.file = path.open("xb")

    def __enter__(self) -> Sink:
        return self

    def write(self, content: bytes) -> None:
        """Take more."""
        if self.file:
            self.file.write(content)

    def __exit__(self, *_: object) -> None:
        if self.file:
            with self.file:
                self.file.flush()
                os.fsync(self.file.fileno())


def target_of(artifact: Json) -> Path:
    """Where an artifact goes below the folder that is written."""
    name = Path(safe(artifact["file_name"]))
    in_archive = artifact["role"] not in ("globals", "archive")
    return FOLDER_OF_ARCHIVE / name if in_archive else name


def put_into(out: Path, fill: Callable[[Path], None]) -> None:
    """A new folder ``out`` that is whole, or none."""
    if os.path.lexists(str(out)):
        raise NotGood("%s is there already: name a new folder" % out)
    unfinished = out.with_name(out.name + ".unfinished")
    if unfinished.exists():
        raise NotGood("%s is there from an earlier attempt: remove it" % unfinished)
    unfinished.mkdir(mode=0o700)
    try:
        fill(unfinished)
        unfinished.rename(out)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def next_steps(manifest: Json, out: Path) -> str:
    """The commands that come next."""
    files = [(artifact["role"], out / target_of(artifact)) for artifact in manifest["artifacts"]]
    archive = [path for role, path in files if role == "archive"] or [out / FOLDER_OF_ARCHIVE]
    database, version = str(manifest["database"]), int(manifest["program_version"])
    major = version // 10000 if version >= 10000 else version
    steps = [
        "psql -X -d postgres -f %s" % quoted(path) for role, path in files if role == "globals"
    ]
    jobs = "" if archive[0].is_file() and manifest["archive_format"] != "custom" else " -j 4"
    # A name with "=" in it would be taken for a connection string.
    escaped = database.replace("\\", "\\\\").replace("'", "\\'")
    target = "dbname='%s'" % escaped if "=" in database or "://" in database else database
    steps += [
        " ".join(["createdb -T template0", *made_like(manifest, major), quoted(database)]),
        "pg_restore --exit-on-error%s -d %s %s" % (jobs, quoted(target), quoted(archive[0])),
    ]
    head = "Next, with the programs of PostgreSQL %d or newer (roles may be there already):" % major
    also = "pg_restore --create -n '' -f - %s" % quoted(archive[0])
    return "\n".join([head] + ["  " + step for step in steps] + [OF_THE_DATABASE, "  " + also])


def made_like(manifest: Json, major: int) -> List[str]:
    """The options of createdb for the encoding and the locale that the database had."""
    was = manifest.get("fingerprint") or {}
    collate, ctype, own = [*str(was.get("collation", "")).split(" "), "", "", ""][:3]
    provider = (
        PROVIDERS.get(str(was.get("locale_provider")), "") if major >= PROVIDERS_SINCE else ""
    )
    options = [
        ("-E ", was.get("encoding")),
        ("--lc-collate=", ctype and collate),
        ("--lc-ctype=", ctype),
        ("--locale-provider=", provider),
        ("--%s-locale=" % provider, own if provider in ("icu", "builtin") else ""),
    ]
    return [option + quoted(value) for option, value in options if value]


def quoted(word: object) -> str:
    """A word for a shell, on one line whatever it holds."""
    text = str(word)
    return shlex.quote(text) if text.isprintable() else ascii(text)


def given_key(arguments: argparse.Namespace, folder: Path) -> Keys:
    """The key, from where the command line says; asked for on the terminal else."""
    if arguments.key_file:
        content = read_file(arguments.key_file)
        return Keys(key_of_text(content.decode("utf-8", "replace")), "")
    if arguments.passphrase_file:
        lines = read_file(arguments.passphrase_file).decode("utf-8", "replace").splitlines()
        return Keys(None, lines[0] if lines else "")
    if arguments.passphrase:
        return Keys(None, getpass.getpass("Passphrase: "))
    wraps = json_of(read_file(folder / "wraps.json"), "pgvigil wraps", "wraps.json")["wraps"]
    if wraps and all(wrap["method"] == "none" for wrap in wraps):
        return Keys(None, "")
    return Keys(b"".join(asked_line(number) for number in range(4)), "")


def asked_line(number: int) -> bytes:
    """One line of the recovery key; asked again on a terminal until it fits."""
    while True:
        sys.stderr.write("Recovery key, line %d of 4: " % (number + 1))
        sys.stderr.flush()
        text = sys.stdin.readline()
        if not text:
            raise NotGood("no key was given")
        try:
            return line_of_key(number, text)
        except NotGood as error:
            if not sys.stdin.isatty():
                raise
            sys.stderr.write("%s\n" % error)


class Parser(argparse.ArgumentParser):
    """A parser whose mistakes end with the exit code for usage."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong."""
        self.print_usage(sys.stderr)
        self.exit(64, "%s\n" % message)


def parsed(arguments: List[str]) -> Tuple[argparse.Namespace, Path]:
    """The command line, and the backup's folder."""
    parser = Parser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, add_help=True
    )
    parser.add_argument("out", nargs="?", type=Path, metavar="OUT", help="a new folder")
    parser.add_argument("--folder", type=Path, help="the backup's folder")
    parser.add_argument("--check", action="store_true", help="write nothing")
    key = parser.add_mutually_exclusive_group()
    key.add_argument("--key-file", type=Path, metavar="FILE")
    key.add_argument("--passphrase", action="store_true", help="ask for the passphrase")
    key.add_argument("--passphrase-file", type=Path, metavar="FILE", help="its first line")
    given = parser.parse_args(arguments)
    if bool(given.out) == given.check:
        parser.error("name a new folder OUT, or --check")
    return given, given.folder or Path(__file__).resolve().parent


def main(arguments: List[str]) -> int:
    """Open a backup; gives the exit code."""
    given, folder = parsed(arguments)
    try:
        opened = Opened(folder, given_key(given, folder))
        if given.check:
            opened.write_all(None)
        else:
            put_into(given.out, opened.write_all)
    except (NotGood, OSError) as error:
        sys.stderr.write("Not done: %s\n" % error)
        return 1
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        sys.stderr.write("Not done: the backup is damaged: %r\n" % error)
        return 1
    manifest = opened.manifest
    sys.stdout.write(
        "Backup %s of database %s as of %s: %d artifacts, every byte authenticated.\n"
        % (
            manifest["backup_id"],
            quoted(manifest["database"]),
            manifest["snapshot_at"],
            len(manifest["artifacts"]),
        )
    )
    if not given.check:
        sys.stdout.write(next_steps(manifest, given.out) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
