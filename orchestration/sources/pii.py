"""Personal data: normalised, hashed with the company's key, never stored or shown as it came.

All functions work on whole columns and compute each distinct value once.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from hashlib import sha256

import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc

DEFAULT_REGION = "RU"
VALID, INVALID, MISSING = "valid", "invalid", "missing"

_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IPV4 = rf"^({_OCTET}\.{_OCTET}\.{_OCTET})\.(?:{_OCTET}|xxx|x|\*)$"
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]{2,}")
# An e-mail, two words of letters (a name), or a phone.
_PERSONAL = (
    r"@|\p{L}{2,}\s+\p{L}{2,}|\+\d[\d\s()-]{8,}\d"
    r"|^[78]?[\s(-]*9\d{2}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}$"
)
# As an id also a single word that is written like a name: a hash joins as well.
_PERSONAL_ID = _PERSONAL + r"|^\p{Cyrillic}{2,}$|^\p{Lu}\p{Ll}+$"


def normalise_phone(value: str) -> str | None:
    """The number as E.164 (`+79001112233`), or None when it is no possible valid number."""
    try:
        # 79161234567.0: a column of phones with gaps is one of fractions to many programs.
        number = phonenumbers.parse(re.sub(r"^(\d{10,12})[.,]0$", r"\1", value), DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normalise_email(value: str) -> str | None:
    """The address trimmed and in lower case, or None when it is no address."""
    address = value.strip().lower()
    return address if _EMAIL.fullmatch(address) else None


def keyed_hash(value: str, key: bytes) -> str:
    """HMAC-SHA256 of a normalised value, 64 hex digits."""
    return hmac.new(key, value.encode(), sha256).hexdigest()


def hash_contacts(values: pa.Array, kind: str, key: bytes) -> tuple[pa.Array, pa.Array]:
    """(hash, status) columns of a column of phones (`kind` 'phone') or e-mails ('email')."""
    normalise = normalise_phone if kind == "phone" else normalise_email
    encoded = _dictionary(values)
    hashes: list[str | None] = []
    statuses: list[str] = []
    for value in encoded.dictionary.to_pylist():
        normalised = normalise(value)
        hashes.append(keyed_hash(normalised, key) if normalised else None)
        statuses.append(VALID if normalised else INVALID)
    hash_column = pa.array(hashes, pa.string()).take(encoded.indices)
    status_column = pa.array(statuses, pa.string()).take(encoded.indices)
    return hash_column, pc.fill_null(status_column, MISSING)


def hash_personal_identifiers(values: pa.Array, key: bytes) -> pa.Array:
    """The column with values that look like a phone, an e-mail or a name replaced by hashes.

    Other ids stay as they are. A phone gets the hash that it has in a phone column.
    """
    personal = pc.fill_null(pc.match_substring_regex(values, _PERSONAL_ID), False)
    if not pc.any(personal).as_py():
        return values
    encoded = _dictionary(values)
    replaced = [
        keyed_hash(_normalise_any(value), key) if is_personal else value
        for value, is_personal in zip(
            encoded.dictionary.to_pylist(),
            pc.match_substring_regex(encoded.dictionary, _PERSONAL_ID).to_pylist(),
            strict=True,
        )
    ]
    return pa.array(replaced, pa.string()).take(encoded.indices)


def networks_of(values: pa.Array) -> pa.Array:
    """The /24 network of each IPv4 address (`203.0.113.7`, or `203.0.113.xxx` as Metrica masks it)
    and the /48 of each IPv6 address; NULL where the value is no address."""
    values = values.cast(pa.string())
    # Nearly all addresses are plain IPv4: those are cut in columns, the others one by one.
    is_plain = pc.fill_null(pc.match_substring_regex(values, _IPV4), True)
    plain = pc.replace_substring_regex(values, _IPV4, r"\1.0")
    if pc.all(is_plain).as_py() is not False:
        return plain
    encoded = pc.if_else(is_plain, None, values).dictionary_encode()
    networks = [_network_of(value) for value in encoded.dictionary.to_pylist()]
    return pc.if_else(is_plain, plain, pa.array(networks, pa.string()).take(encoded.indices))


def _network_of(value: str) -> str | None:
    address = re.sub(r"\.(xxx|x|\*)$", ".0", value.strip().lower())
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    length = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network(f"{parsed}/{length}", strict=False).network_address)


def looks_personal(value: str) -> bool:
    """Whether a text holds something like a phone, an e-mail or a name."""
    return bool(pc.match_substring_regex(pa.scalar(value), _PERSONAL).as_py())


def _normalise_any(value: str) -> str:
    return normalise_email(value) or normalise_phone(value) or " ".join(value.casefold().split())


def _dictionary(values: pa.Array) -> pa.DictionaryArray:
    return values.cast(pa.string()).dictionary_encode()
