"""The certificate by which the API server knows the operator: made by the process for itself, never kept."""

import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFE = timedelta(days=90)
_LAST_THIRD = timedelta(days=30)
# The API server's clock may be behind ours.
_SKEW = timedelta(hours=1)


@dataclass(frozen=True)
class Certificate:
    """A certificate that signs itself, and its key."""

    pem: str
    key: bytes
    """PEM."""
    ends: datetime

    def is_due(self, now: datetime) -> bool:
        """Tell whether it is time for another one."""
        return now > self.ends - _LAST_THIRD


def certificate(service: str, namespace: str, now: datetime) -> Certificate:
    """Make a certificate for a Service, and a key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, service[:64])])
    hosts = [x509.DNSName(f"{service}.{namespace}.svc"), x509.DNSName(f"{service}.{namespace}")]
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + _LIFE)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM).decode()
    return Certificate(pem, _pem(key), now + _LIFE)


def context(own: Certificate, authority: str) -> ssl.SSLContext:
    """Give what TLS needs: our certificate, and the CA whose certificates count. Raises ValueError."""
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.verify_mode = ssl.CERT_OPTIONAL  # who has none is told so in words
    try:
        made.load_verify_locations(cadata=authority)
    except ssl.SSLError as error:
        raise ValueError(f"requestheader-client-ca-file cannot be read: {error}") from error
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tls.pem"
        file.touch(0o600)
        file.write_bytes(own.key + own.pem.encode())
        made.load_cert_chain(file)
    return made


def now() -> datetime:
    return datetime.now(UTC)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
