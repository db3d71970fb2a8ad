"""The failures to connect that pgvigil knows, by text where libpq gives nothing better.

libpq keeps the SQLSTATE of a refused connection to itself, so a refusal is known by the server's
words. They are English unless the server's lc_messages says otherwise; a text that is not known
is shown as it came.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.model.server import LinkState


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of failure; ``{target}`` and groups of ``pattern`` are filled into the text.

    ``what`` names the fact first and the target last: a narrow screen cuts the end.
    """

    state: LinkState
    what: str
    why: str
    remedy: str
    pattern: re.Pattern[str] = re.compile("")


def _case(pattern: str, state: LinkState, what: str, why: str, remedy: str) -> Case:
    return Case(state, what, why, remedy, re.compile(pattern, re.DOTALL))


_UNREACHABLE = LinkState.UNREACHABLE
_REFUSED = LinkState.REFUSED
_EXHAUSTED = LinkState.SLOTS_EXHAUSTED
_STARTING = LinkState.STARTING

_FREE_A_SLOT = (
    "end idle sessions, or raise max_connections (restart). So that pgvigil always gets in: set"
    " reserved_connections and GRANT pg_use_reserved_connections to its role (PostgreSQL 16 and"
    " later; before, only superusers have slots of their own)"
)
WHERE_TO_LOOK = "check password_env, password_file, password_command, PGPASSWORD or ~/.pgpass"

SLOTS_EXHAUSTED = Case(
    _EXHAUSTED,
    "every connection slot is taken on {target}",
    "max_connections is reached, even its reserved slots",
    _FREE_A_SLOT,
)
NO_PASSWORD = _case(
    r"no password supplied",
    _REFUSED,
    "a password is asked for, and none was found for {target}",
    "neither the config nor libpq's own places (PGPASSWORD, ~/.pgpass) have one for it",
    "name one with password_env, password_file or password_command, or add it to ~/.pgpass",
)
CONNECTIONS = (
    _case(
        r"remaining connection slots are reserved",
        _EXHAUSTED,
        "every connection slot that this role may use is taken on {target}",
        "the last ones are reserved (superuser_reserved_connections, reserved_connections)",
        _FREE_A_SLOT,
    ),
    _case(
        r"too many clients already",
        _EXHAUSTED,
        SLOTS_EXHAUSTED.what,
        SLOTS_EXHAUSTED.why,
        SLOTS_EXHAUSTED.remedy,
    ),
    _case(
        r'cannot connect to invalid database "(?P<name>.*?)"',
        _REFUSED,
        "the database {name} is invalid on {target}",
        "an interrupted DROP DATABASE left it, and nobody can connect to it any more",
        'DROP DATABASE "{name}"',
    ),
    _case(
        r'too many connections for (?P<kind>role|database) "(?P<name>.*?)"',
        _EXHAUSTED,
        "no further connection of the {kind} {name} is admitted by {target}",
        "its CONNECTION LIMIT is reached",
        'end idle sessions of it, or raise the limit: ALTER {kind} "{name}" CONNECTION LIMIT n',
    ),
    _case(
        r"no more connections allowed|[Mm]ax client connections reached|EMAXCONN",
        _EXHAUSTED,
        "no further client is admitted by the pooler at {target}",
        "its limit of client connections (max_client_conn, pool size) is reached",
        "raise the pooler's limit, or connect to the server itself",
    ),
    _case(
        r"the database system is starting up|not yet accepting connections",
        _STARTING,
        "the server is starting up: {target}",
        "it is replaying its log and not ready for connections yet",
        "wait: pgvigil connects as soon as it is ready; progress is in the server's log",
    ),
    _case(
        r"the database system is shutting down",
        _STARTING,
        "the server is shutting down: {target}",
        "somebody stops or restarts it",
        "wait for the restart: pgvigil connects as soon as it is back",
    ),
    _case(
        r"the database system is in recovery mode",
        _STARTING,
        "the server is recovering from a crash: {target}",
        "one of its processes died, and it restarts all of them",
        "wait: pgvigil connects as soon as it is ready; read the server's log for the cause",
    ),
    _case(
        r"the database system is not accepting connections",
        _REFUSED,
        "a standby that admits no connections: {target}",
        "hot_standby is off",
        "set hot_standby = on there and restart it, or point pgvigil at the primary",
    ),
    _case(
        r'password authentication failed for user "(?P<name>.*?)"|SASL authentication failed',
        _REFUSED,
        "the password was refused by {target}",
        "the role's password is another one or past its VALID UNTIL, or there is no such role",
        WHERE_TO_LOOK,
    ),
    NO_PASSWORD,
    _case(
        r'role "(?P<name>.*?)" does not exist',
        _REFUSED,
        "there is no role {name} on {target}",
        "the role's name is wrong, or it was dropped",
        "check user; a new role: CREATE ROLE … LOGIN PASSWORD '…' IN ROLE pg_monitor",
    ),
    _case(
        r'role "(?P<name>.*?)" is not permitted to log in',
        _REFUSED,
        "the role {name} may not log in to {target}",
        "it lacks LOGIN",
        'ALTER ROLE "{name}" LOGIN, or use another role',
    ),
    _case(
        r'database "(?P<name>.*?)" does not exist|no such database: (?P<pooled>.*?)\s*$',
        _REFUSED,
        "there is no such database on {target}",
        "the database's name is wrong, or it was dropped or renamed",
        "check dbname; psql -l lists the databases",
    ),
    _case(
        r'permission denied for database "(?P<name>.*?)"',
        _REFUSED,
        "the role may not connect to the database {name} on {target}",
        "it lacks the CONNECT privilege",
        'GRANT CONNECT ON DATABASE "{name}" TO its role, or connect to another database',
    ),
    _case(
        r'database "(?P<name>.*?)" is not currently accepting connections',
        _REFUSED,
        "the database {name} admits no connections on {target}",
        "its ALLOW_CONNECTIONS is off, as that of a template is",
        'connect to another database, or ALTER DATABASE "{name}" ALLOW_CONNECTIONS true',
    ),
    _case(
        r"no pg_hba\.conf entry for (?P<who>.*?)\n|no pg_hba\.conf entry for (?P<rest>.*)$"
        r"|pg_hba\.conf rejects connection",
        _REFUSED,
        "this client is not let in by {target}",
        "no line of its pg_hba.conf admits this address, role, database and encryption",
        "add a line to pg_hba.conf and reload, or use another sslmode or address",
    ),
    _case(
        r"certificate verify failed|does not match host name",
        _REFUSED,
        "the TLS certificate can't be trusted: {target}",
        "it is not signed by the authority in sslrootcert, or is made out to another name",
        "check sslrootcert (or sslrootcert=system) and the host name;"
        " a change that nobody announced may be an attack",
    ),
    _case(
        r"root certificate file .* does not exist",
        _REFUSED,
        "the TLS certificate can't be checked: {target}",
        "sslmode asks for it, but the file with the trusted authority is not there",
        "set sslrootcert to the file, or to system",
    ),
    _case(
        r"server does not support SSL",
        _REFUSED,
        "TLS is not spoken by {target}",
        "sslmode demands it, and the server has ssl = off",
        "set ssl = on there with a certificate, or use sslmode=prefer in a network that you trust",
    ),
    _case(
        r"requires a valid client certificate|certificate file|private key file|SSL error"
        r"|tlsv1 alert",
        _REFUSED,
        "no TLS connection to {target} could be made",
        "",
        "check sslmode, sslrootcert, sslcert and sslkey",
    ),
    _case(
        r'definition of service "(?P<name>.*?)" not found|service file "(?P<file>.*?)" not found',
        _REFUSED,
        "the service is not defined: {target}",
        "no service file has that section",
        "check service; the file is ~/.pg_service.conf or what PGSERVICEFILE names",
    ),
    _case(
        r"failed to resolve host '(?P<name>.*?)'|could not translate host name \"(?P<host>.*?)\"",
        _UNREACHABLE,
        "the host's name is not known: {target}",
        "its name can't be resolved to an address",
        "check the host's name and this machine's name resolution (getent hosts NAME)",
    ),
    _case(
        r"on socket \"(?P<path>.*?)\" failed: No such file",
        _UNREACHABLE,
        "no server listens where {target} points",
        "there is no socket {path}",
        "start the server, or give host and port (a host name means TCP)",
    ),
    _case(
        r"Connection refused",
        _UNREACHABLE,
        "nothing listens at {target}",
        "the machine answers, but refuses the port: the server is down, listens elsewhere, or a"
        " firewall rejects",
        "start the server, check port, listen_addresses and the firewall",
    ),
    _case(
        r"invalid response to SSL negotiation|expected authentication request from server"
        r"|unexpected response from server|invalid message length",
        _UNREACHABLE,
        "something else than PostgreSQL answers at {target}",
        "what listens there speaks another protocol (a web server, a proxy?)",
        "check host and port; PostgreSQL's own is 5432",
    ),
    _case(
        r"timeout expired|Connection timed out|timed out",
        _UNREACHABLE,
        "no answer from {target}",
        "no connection within the time allowed: the host is down, a firewall drops the packets, or"
        " the server hangs",
        "check the address, the network between, and the host",
    ),
    _case(
        r"No route to host|Network is unreachable",
        _UNREACHABLE,
        "there is no way to {target}",
        "this machine has no route to that network, or the host is off",
        "check VPN, routes and the host",
    ),
    _case(
        r"cannot connect to server|server login (?:has been )?fail|server_login_retry"
        r"|query_wait_timeout",
        _UNREACHABLE,
        "the pooler answers, but has no connection to the server: {target}",
        "the server is down, full, or refuses the pooler",
        "check the server and the pooler's log, or connect to the server itself",
    ),
    _case(
        r"server closed the connection|connection has been closed|Connection reset|connection lost"
        r"|the connection is (?:lost|closed)|terminating connection",
        _UNREACHABLE,
        "the connection broke off: {target}",
        "the server stopped or crashed, or something between closed the connection",
        "wait: pgvigil connects again by itself; look into the server's log if it stays away",
    ),
)
