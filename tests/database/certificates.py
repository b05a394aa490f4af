"""A CA of our own, a server's certificate from it, and a CA that nobody here was certified by."""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from local.place import HOST

OWN_ADDRESS = x509.IPAddress(ipaddress.ip_address(HOST))
_USES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip
_SIGNS = x509.KeyUsage(**dict.fromkeys(_USES, False), key_cert_sign=True)


@dataclass(frozen=True)
class Certificates:
    """PEM files; the server's name is its address, so `localhost` is another server's."""

    ca: Path
    wrong_ca: Path
    certificate: Path
    key: Path


def issue(folder: Path) -> Certificates:
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    wrong_key = ec.generate_private_key(ec.SECP256R1())
    made = Certificates(*(folder / name for name in ("ca.pem", "wrong.pem", "server.pem", "server.key")))
    for path, signer in ((made.ca, ca_key), (made.wrong_ca, wrong_key)):
        path.write_bytes(certificate("ca", signer, signer, is_ca=True))
    made.certificate.write_bytes(certificate("server", key, ca_key, is_ca=False))
    made.key.write_bytes(pem(key))
    return made


def pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Unencrypted."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    *,
    is_ca: bool,
    host: x509.GeneralName = OWN_ADDRESS,
) -> bytes:
    """PEM, good for an hour; `host` is whose it is."""
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ca")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([host]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if is_ca:
        builder = builder.add_extension(_SIGNS, critical=True)
    return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
