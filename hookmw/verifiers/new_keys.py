"""New private keys of every kind that a provider may sign with; nobody has their public halves."""

from collections.abc import Iterator

__all__ = ["new_private_keys"]


def new_private_keys() -> Iterator[tuple[bytes, bytes]]:
    """One of each kind, each as PEM and as DER, made only when it is asked for.

    Raises:
        ImportError: `cryptography`, an extra, is not there.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - an extra
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    for make in (
        ed25519.Ed25519PrivateKey.generate,
        lambda: ec.generate_private_key(ec.SECP256R1()),
        lambda: ec.generate_private_key(ec.SECP384R1()),
        lambda: ec.generate_private_key(ec.SECP521R1()),
        lambda: rsa.generate_private_key(65537, 2048),
    ):
        key = make()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        yield pem.strip(), key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
