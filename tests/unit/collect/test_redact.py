"""No secret that can be told from its surroundings leaves a collector."""

import pytest

from core.collect.redact import redact

SECRET = "hunter2"


@pytest.mark.parametrize(
    "text",
    [
        "ALTER ROLE ann PASSWORD 'hunter2'",
        "alter user ann with encrypted password 'hunter2' valid until '2030-01-01'",
        "CREATE ROLE ann LOGIN PASSWORD E'it\\'s hunter2'",
        "CREATE ROLE ann PASSWORD $pw$hunter2$pw$",
        "CREATE ROLE ann PASSWORD $$hunter2$$",
        "CREATE ROLE ann PASSWORD U&'hunter2'",
        "CREATE ROLE ann PASSWORD 'hunter2",
        "CREATE USER ann IDENTIFIED BY 'hunter2'",
        "alter role ann password -- a comment\n'hunter2'",
        "ALTER ROLE ann PASSWORD/**/'hunter2'",
        "create user ann password \n/* another */ 'hunter2'",
        "alter role ann password 'hun'\n'ter2hunter2'",
        "COPY t FROM PROGRAM 'curl -u ann:hunter2 http://x'",
        "COPY t FROM PROGRAM 'curl --user=ann:hunter2 http://x'",
        "CREATE SUBSCRIPTION s CONNECTION 'host=a user=b password=hunter2' PUBLICATION p",
        "CREATE SUBSCRIPTION s CONNECTION 'host=a password=''hunter2'' port=1' PUBLICATION p",
        "CREATE USER MAPPING FOR ann SERVER s OPTIONS (user 'ann', password 'hunter2')",
        "ALTER SERVER s OPTIONS (SET password 'hunter2')",
        "SELECT * FROM dblink('dbname=x password = hunter2', 'select 1')",
        "SELECT dblink_connect('postgresql://ann:hunter2@db1/shop')",
        "COPY t FROM PROGRAM 'curl https://ann:hunter2@host/x'",
        "UPDATE users SET password = 'hunter2' WHERE id = 1",
        "UPDATE users SET password_hash='hunter2', name = 'x'",
        "SELECT login(password => 'hunter2')",
        "SELECT set_config('app.api_key', 'hunter2', false)",
        "SET app.secret_key TO 'hunter2'",
        "SET app.auth_token = 'hunter2'",
        "INSERT INTO users (name, password) VALUES ('ann', 'hunter2')",
        "INSERT INTO users (name, password) SELECT 'ann', crypt('hunter2', gen_salt('bf'))",
        "SELECT * FROM users WHERE hash = crypt('hunter2', hash)",
        "SELECT pgp_sym_decrypt(data, 'hunter2') FROM t",
        'INSERT INTO log VALUES (\'{"user": "ann", "password": "hunter2"}\')',
        "SELECT http('Authorization: Bearer hunter2hunter2')",
        "SELECT 'eyJhbGciOi.hunter2.sig'",
        "SELECT 'sk_live_hunter2hunter2'",
    ],
)
def test_a_secret_is_taken_out(text: str) -> None:
    redacted = redact(text)

    assert SECRET not in redacted
    assert "***" in redacted


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1",
        "SELECT * FROM orders WHERE state = 'open' AND note LIKE '%pass%'",
        "UPDATE users SET password = $1 WHERE id = $2",
        "SELECT key, value FROM settings WHERE key = 'theme'",
        "SELECT tokens FROM t WHERE n = 5",
        "SELECT 'https://example.com/a:b'",
        "ALTER ROLE ann PASSWORD NULL",
        "INSERT INTO keys (id, name) VALUES (1, 'x')",
    ],
)
def test_a_text_without_a_secret_stays_as_it_is(text: str) -> None:
    assert redact(text) == text


def test_what_stands_around_a_secret_stays() -> None:
    assert (
        redact("ALTER ROLE ann PASSWORD 'hunter2' VALID UNTIL '2030-01-01'")
        == "ALTER ROLE ann PASSWORD '***' VALID UNTIL '2030-01-01'"
    )


@pytest.mark.parametrize(
    "unit",
    ["password", "password=", "password '", "insert into (", "a://", "a://b:", "eyJ", "' ", "$a$",
     "insert into x(", "PASSWORD $a"],
)  # fmt: skip
def test_a_hostile_text_of_a_megabyte_comes_to_an_end(unit: str) -> None:
    # Were any pattern worse than linear, this would run for hours.
    assert redact(unit * (1_000_000 // len(unit)))
