"""Key pairs for the oracles that want them."""

import base64
from functools import cache

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """Of that name, for as long as the program runs."""
    del name
    return rsa.generate_private_key(65537, 2048)


def rsa_public(name: str, encoding: serialization.Encoding) -> str:
    raw = rsa_key(name).public_key().public_bytes(encoding, SPKI)
    return raw.decode().strip() if encoding is PEM else base64.b64encode(raw).decode()


def rsa_sign(name: str, content: bytes, hash_: hashes.HashAlgorithm) -> str:
    return base64.b64encode(rsa_key(name).sign(content, padding.PKCS1v15(), hash_)).decode()


def ed25519_key(name: str) -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b"."))


def ed25519_public(name: str) -> bytes:
    return ed25519_key(name).public_key().public_bytes_raw()
