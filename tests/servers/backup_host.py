"""A host with a config file, on which pgvigil's commands take and restore backups."""

from __future__ import annotations

import json

from psycopg.conninfo import conninfo_to_dict

from tests.servers.backing_up import BackupSite
from tests.servers.commands import BackupCommands


class Host(BackupCommands):
    """A host with a config file, on which pgvigil is run as a program."""

    def __init__(self, site: BackupSite) -> None:
        super().__init__(site.folder / "config.toml", site.state)
        self.site = site
        self.write_config()

    def write_config(self, *, second: str = "") -> None:
        """A config with one repository, or with two."""
        site = self.site
        further = f'[repositories.offsite]\npath = "{second}"\n' if second else ""
        reached = conninfo_to_dict(site.dsn)
        password = site.folder / "password"
        password.write_text(str(reached.get("password") or ""))
        password.chmod(0o600)
        copies = '["local", "offsite"]' if second else '["local"]'
        self.config.write_text(
            f"""
[servers.shop]
host = "{reached["host"]}"
port = {reached["port"]}
user = "{reached["user"]}"
dbname = {json.dumps(reached["dbname"], ensure_ascii=False)}
password_file = "{password}"
[repositories.local]
path = "{site.local}"
{further}
[backup]
copies = {copies}
[dump]
nice = 0
[encryption]
recovery_kept_by = "the tests"
[keys.main]
file = "{site.key_file}"
"""
        )

    @property
    def restores(self) -> BackupCommands:
        """``pgvigil restore`` on this host."""
        return BackupCommands(self.config, self.state, "restore")
