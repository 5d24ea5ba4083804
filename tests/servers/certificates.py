"""A test authority and the certificates a server may show: good, for another name, expired, signed by nobody."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
_SERVER = """\
subjectAltName=DNS:{name}
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
"""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Two PEM files; `key` is readable by everybody, since the servers run as other users."""

    file: Path
    key: Path


class Authority:
    """A certificate authority of two days in `folder`; `file` is what a client must trust."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.file = folder / "authority.pem"
        self._key = folder / "authority.key"
        _openssl(
            *("req", "-x509", *_NEW_KEY, "-keyout", self._key, "-out", self.file, "-days", "2"),
            *("-subj", "/CN=mailbot test authority"),
            *("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"),
        )

    def valid(self) -> Certificate:
        return self._signed("valid", "localhost", days=2)

    def wrong_host(self) -> Certificate:
        return self._signed("wrong-host", "imap.elsewhere.example", days=2)

    def expired(self) -> Certificate:
        return self._signed("expired", "localhost", days=-1)

    def self_signed(self) -> Certificate:
        """For the right name, but no chain leads to the authority."""
        made = self._files("self-signed")
        _openssl(
            *("req", "-x509", *_NEW_KEY, "-keyout", made.key, "-out", made.file, "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
        )
        return _readable(made)

    def _signed(self, name: str, host: str, days: int) -> Certificate:
        made = self._files(name)
        request, extensions = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
        extensions.write_text(_SERVER.format(name=host))
        _openssl("req", *_NEW_KEY, "-keyout", made.key, "-out", request, "-subj", f"/CN={host}")
        _openssl(
            *("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self._key, "-CAcreateserial"),
            *("-days", str(days), "-extfile", extensions, "-out", made.file),
        )
        return _readable(made)

    def _files(self, name: str) -> Certificate:
        return Certificate(self._folder / f"{name}.pem", self._folder / f"{name}.key")


def _readable(certificate: Certificate) -> Certificate:
    certificate.key.chmod(0o644)
    return certificate


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
