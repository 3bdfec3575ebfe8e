"""A cluster's front-proxy CA, and the certificates by which its API servers show who they are."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


class Authority:
    """A CA. Its own certificate is `pem`."""

    def __init__(self, name: str = "front-proxy-ca") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        self.pem = _pem(self._signed(name, self._key, ca=True))

    def client(self, folder: Path, name: str = "front-proxy-client") -> tuple[Path, Path]:
        """Write a client certificate and its key; give the two files."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate, secret = folder / f"{name}.crt", folder / f"{name}.key"
        certificate.write_text(_pem(self._signed(name, key)))
        plain = serialization.NoEncryption()
        form = serialization.PrivateFormat.PKCS8
        secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
        return certificate, secret

    def _signed(self, name: str, key: ec.EllipticCurvePrivateKey, *, ca: bool = False) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(_named(name))
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if not ca:
            usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
            builder = builder.add_extension(usage, critical=False)
        return builder.sign(self._key, hashes.SHA256())


def connecting(trusted: str, certificate: tuple[Path, Path] | None = None) -> ssl.SSLContext:
    """Give what an API server connects with: the CA bundle of an APIService, and its own certificate."""
    made = ssl.create_default_context(cadata=trusted)
    if certificate:
        made.load_cert_chain(*certificate)
    return made


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
