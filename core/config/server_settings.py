"""Servers: where each is, and who connects how."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from msgspec import Meta

from core.config.secret_references import command_for, file_of, variable_of
from core.config.settings_types import about


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """One server, under the name that pgvigil NAME takes; give a dsn or the single parameters.

    What is left out is libpq's business: PG* variables, service files, ~/.pgpass.
    """

    dsn: Annotated[
        str,
        about(
            "postgresql:// URL or key=value string, without a password.",
            "postgresql://pgvigil@db.example.com:5432/orders",
        ),
    ] = field(default="", repr=False)
    host: Annotated[
        str, about("Host name, address, or the folder of a Unix socket.", "db.example.com")
    ] = ""
    port: (
        Annotated[int, Meta(ge=1, le=65535), about("TCP port; libpq's default is 5432.", 5432)]
        | None
    ) = None
    dbname: Annotated[
        str, about("Database to connect to; any one shows the whole server.", "orders")
    ] = ""
    user: Annotated[str, about("Role to connect as; pg_monitor is all it needs.", "pgvigil")] = ""
    service: Annotated[str, about("A section of pg_service.conf.", "orders")] = ""
    sslmode: Annotated[
        Literal["", "disable", "allow", "prefer", "require", "verify-ca", "verify-full"],
        about("How TLS is used; verify-full also checks who answers.", "verify-full"),
    ] = ""
    sslrootcert: Annotated[
        str,
        about(
            "File with the certificate authority to trust (~ is your home folder), or system.",
            "~/.postgresql/root.crt",
        ),
    ] = ""
    sslcert: Annotated[
        str,
        about(
            "File with the client certificate; ~ is your home folder.",
            "~/.postgresql/postgresql.crt",
        ),
    ] = ""
    sslkey: Annotated[
        str,
        about(
            "File with the client certificate's key; ~ is your home folder.",
            "~/.postgresql/postgresql.key",
        ),
    ] = ""
    password_env: Annotated[
        str,
        variable_of("password"),
        about("Environment variable that holds the password.", "ORDERS_PASSWORD"),
    ] = ""
    password_file: Annotated[str, file_of("password", "~/.config/pgvigil/orders.password")] = ""
    password_command: Annotated[
        tuple[str, ...], command_for("password", ["pass", "show", "orders"])
    ] = ()
    restore_user: Annotated[
        str,
        about(
            "Role that restores, where the other may only look: who creates databases and owns"
            " what comes back.",
            "postgres",
        ),
    ] = ""
    restore_password_env: Annotated[
        str,
        variable_of("password"),
        about("Environment variable that holds that role's password.", "ORDERS_RESTORE_PASSWORD"),
    ] = ""
    restore_password_file: Annotated[
        str, file_of("password of that role", "~/.config/pgvigil/orders.restore-password")
    ] = ""
    restore_password_command: Annotated[
        tuple[str, ...],
        command_for("password of that role", ["pass", "show", "orders-restore"]),
    ] = ()
    production: Annotated[
        bool, about("Mark the server on screen and ask twice before acting on it.")
    ] = False
    storage_quota_bytes: Annotated[
        int,
        Meta(ge=0),
        about("Storage that the plan allows, in bytes; 0: not known."),
    ] = 0

    def for_restores(self) -> ServerSettings:
        """The same server as the role that restores; where none is named, as it is."""
        if not self.restore_user:
            return self
        return replace(
            self,
            user=self.restore_user,
            password_env=self.restore_password_env,
            password_file=self.restore_password_file,
            password_command=self.restore_password_command,
        )
