"""botocore's client, made from the settings; and the one way in which requests are made."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from hashlib import md5
from ipaddress import ip_address
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import urlsplit

from core.backup.progress import SILENT, JobReporter
from core.backup.repository.presets import Traits, traits_of
from core.backup.repository.problems import RepositoryUnreachableError
from core.backup.repository.retry import Failure, Patience
from core.backup.repository.s3.credentials import AccessKey, fetch_access_key
from core.backup.repository.s3.failure import blames_key, failure_of
from core.backup.repository.s3.header_times import moment_of
from core.config.paths import with_home
from core.config.repository_settings import RepositorySettings
from core.errors import RepositoryError

T = TypeVar("T")

_USER_AGENT = "pgvigil"
_MUCH_BYTES = 1 << 20


class S3Client:
    """Requests to one bucket: signed, tried again while failures pass, explained when they don't.

    A server is given up where a request was tried in vain for the whole time, and no other one
    succeeded since it first failed: each further request is then tried once, until one succeeds, so
    that what is left to be done costs no more than its own timeouts.
    A key that is refused is fetched anew from its source before it counts as a failure: it may have
    expired, or been exchanged.
    ``reporter`` hears of each failure that is tried again.
    """

    def __init__(
        self, name: str, settings: RepositorySettings, reporter: JobReporter = SILENT
    ) -> None:
        self.name = name
        self.settings = settings
        self.traits = traits_of(settings)
        self.closing = threading.Event()
        self.is_given_up = False
        self._reporter = reporter
        self._lock = threading.Lock()
        self._succeeded_at = 0.0
        self._session = _session(settings, fetch_access_key(name, settings))
        self._boto = self._connected(self._session)

    @property
    def where(self) -> str:
        """The bucket as people name it."""
        prefix = self.settings.prefix.strip("/")
        return f"s3://{self.settings.bucket}" + (f"/{prefix}" if prefix else "")

    @property
    def endpoint(self) -> str:
        """Whom the requests go to."""
        return str(self._boto.meta.endpoint_url)

    def key_of(self, path: str) -> str:
        """An object's key in the bucket."""
        prefix = self.settings.prefix.strip("/")
        return f"{prefix}/{path}" if prefix else path

    def path_of(self, key: str) -> str:
        """The object that a key of ``key_of`` names."""
        prefix = self.settings.prefix.strip("/")
        return key.removeprefix(f"{prefix}/") if prefix else key

    def call(
        self,
        what: str,
        request: Callable[[Any], T],
        *,
        stop: threading.Event | None = None,
        seconds: float | None = None,
    ) -> T:
        """What ``request`` gets from botocore's client; ``what`` says what can't be done if not.

        ``stop`` cuts short the wait for another try. It is tried for ``seconds``; ``None``: for as
        long as the settings say.

        Raises:
            RepositoryError: it failed, or did not succeed in time.
        """
        wait = (stop or self.closing).wait
        whole = Patience.of(self.settings, wait, self._trying_again)
        wanted = whole.all_seconds if seconds is None else min(seconds, whole.all_seconds)
        patience = replace(whole, all_seconds=0.0 if self.is_given_up else wanted)
        failed_at: list[float] = []

        def understood(error: Exception) -> Failure | None:
            failed_at.append(monotonic())
            return self.understood(what, error)

        try:
            answer = patience.keep_trying(lambda: self._attempt(request), understood)
        except RepositoryUnreachableError:
            # Where somebody did not want to wait any longer, it may be well.
            was_cut_short = (stop or self.closing).is_set() or wanted < whole.all_seconds
            if not was_cut_short and self._succeeded_at < failed_at[0]:
                self.is_given_up = True
            raise
        self._succeeded_at = monotonic()
        self.is_given_up = False
        return answer

    def once(self, what: str, request: Callable[[Any], T]) -> T:
        """As ``call``, without another try."""
        try:
            return self._attempt(request)
        except Exception as error:
            failure = self.understood(what, error)
            if failure is None:
                raise
            raise failure.error from error

    def understood(self, what: str, error: Exception) -> Failure | None:
        """What a failure of botocore means."""
        return failure_of(what, self.endpoint, self.settings.bucket, error)

    def attributes(self) -> dict[str, Any]:
        """What every new object gets."""
        given: dict[str, Any] = {}
        if self.settings.sse != "none":
            given["ServerSideEncryption"] = self.settings.sse
        if self.settings.sse_kms_key_id:
            given["SSEKMSKeyId"] = self.settings.sse_kms_key_id
        if self.settings.storage_class:
            given["StorageClass"] = self.settings.storage_class
        return given

    def close(self) -> None:
        """Close the connections; whoever waits for another try stops waiting."""
        self.closing.set()
        self._boto.close()

    def _trying_again(self, error: RepositoryError, pause: float) -> None:
        self._reporter.note(
            f"{self.name} keeps us waiting: {error.what}: {error.why};"
            f" it is tried again in {pause:.1f} s"
        )
        self._reporter.waiting(self.name)

    def _attempt(self, request: Callable[[Any], T]) -> T:
        boto = self._boto
        try:
            return request(boto)
        except Exception as error:
            if not blames_key(error) or not self._renewed(boto):
                raise
        return request(self._boto)

    def _renewed(self, used: Any) -> bool:
        """Whether there is a newer key than the one that ``used`` signs with."""
        with self._lock:
            if self._boto is not used:
                return True
            session = _session(self.settings, fetch_access_key(self.name, self.settings))
            if _key_of(session) == _key_of(self._session):
                return False
            self._boto = self._connected(session)
            self._session = session
        self._reporter.note(f"{self.name}: its key was refused; a new one was fetched")
        return True

    def _connected(self, session: Any) -> Any:
        """A client of botocore; it is thread-safe, and making it asks nothing of the network."""
        what = f"The repository {self.name} can't be opened"
        try:
            client = session.create_client(
                "s3",
                region_name=self.traits.region or None,
                endpoint_url=self.traits.endpoint_url or None,
                verify=self._authority(what),
                config=_config(self.settings, self.traits),
            )
        except ValueError as error:
            raise RepositoryError(
                what, why="endpoint_url is not an address", remedy="correct it in the config"
            ) from error
        except Exception as error:
            failure = failure_of(what, "the endpoint", self.settings.bucket, error)
            if failure is None:
                raise
            raise failure.error from error
        client.meta.events.register_last("before-call.s3", _send_at_once)
        if self.traits.checksum == "md5":
            client.meta.events.register("before-call.s3.DeleteObjects", _add_md5)
        return client

    def _authority(self, what: str) -> str | None:
        if not self.settings.ca_file:
            return None
        path = with_home(Path(self.settings.ca_file))
        if not path.is_file():
            raise RepositoryError(
                what, why=f"there is no file {path}", remedy="correct ca_file in the config"
            )
        return str(path)


def _session(settings: RepositorySettings, key: AccessKey | None) -> Any:
    from botocore.session import Session

    session = Session(profile=settings.profile or None) if key is None else Session()
    session.register_component("data_loader", _loader())
    parsers = session.get_component("response_parser_factory")
    parsers.set_parser_defaults(timestamp_parser=moment_of)
    if key is not None:
        session.set_credentials(key.identifier, key.secret, key.token or None)
    return session


def _key_of(session: Any) -> tuple[str | None, ...]:
    """What a session signs with: of AWS's own chain what it has found."""
    found = session.get_credentials()
    return tuple(found.get_frozen_credentials()) if found is not None else ()


@lru_cache(maxsize=1)
def _loader() -> Any:
    """What botocore knows of S3: megabytes of JSON, read once and not for each client anew."""
    from botocore.loaders import Loader

    return Loader()


def _config(settings: RepositorySettings, traits: Traits) -> Any:
    """Trying again is ours; so are checksums, which differ from server to server.

    Bodies are not hashed for the signature: they carry a checksum, travel through TLS where there
    is any, and what matters in them is sealed.
    """
    from botocore.config import Config

    return Config(
        connect_timeout=settings.connect_timeout_seconds,
        read_timeout=settings.read_timeout_seconds,
        max_pool_connections=32,
        retries={"total_max_attempts": 1, "mode": "standard"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        user_agent_extra=_USER_AGENT,
        # None: those that the environment names. No proxy elsewhere leads back to this machine.
        proxies={} if _is_here(traits.endpoint_url) else None,
        s3={
            "addressing_style": "path" if traits.path_style else "auto",
            "payload_signing_enabled": False,
        },
    )


def _is_here(endpoint_url: str) -> bool:
    """Whether an endpoint is on this machine, by its address or as localhost."""
    host = urlsplit(endpoint_url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _send_at_once(params: dict[str, Any], **_: object) -> None:
    """Before each body botocore waits until the server says that it would take it.

    That is a round trip, which pays where much would be sent in vain.
    """
    headers = params["headers"]
    if int(headers.get("Content-Length") or 0) <= _MUCH_BYTES:
        headers.pop("Expect", None)


def _add_md5(params: dict[str, Any], **_: object) -> None:
    """Servers that are not Amazon's often want Content-MD5 here, which botocore no longer sends."""
    digest = md5(params["body"], usedforsecurity=False).digest()
    params["headers"]["Content-MD5"] = base64.b64encode(digest).decode()
