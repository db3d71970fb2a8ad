"""A server's certificate for tests that speak TLS."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from core.postgres.embedded import EmbeddedServer, ServerAccount


def make_certificate(server: EmbeddedServer, account: ServerAccount) -> Path:
    """Give the server a key and a certificate that it signed itself, made out to another host."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "another-host")])
    now, day = datetime.now(UTC), timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, pkcs8, plain = Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    written = {
        server.data / "server.key": key.private_bytes(pem, pkcs8, plain),
        server.data / "server.crt": certificate.public_bytes(pem),
    }
    for path, content in written.items():
        path.write_bytes(content)
        path.chmod(0o600)
        account.own(path)
    return server.data / "server.crt"
