"""Personal data: normalised, hashed with the company's key, never stored or shown as it came.

All functions work on whole columns and compute each distinct value once.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from hashlib import sha256
from urllib.parse import unquote

import numpy as np
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
# Inside a longer text, such as the address of a page: anna%40example.ru, phone=89001112233.
_EMAIL_WITHIN = r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)*\.\p{L}{2,}"
_PHONE_WITHIN = r"(?:\+|%2B)\d(?:[\s()-]|%20|\d){8,18}\d"
_PHONE_VALUE = r"=[78]9\d{9}(?:[&#]|$)"
_WITHIN = rf"{_EMAIL_WITHIN}|{_PHONE_WITHIN}|{_PHONE_VALUE}"
_MOBILE = r"^\s*[78]?[\s(-]*9\d{2}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}\s*$"
# Bytes without which no text holds any of these; to look for single ones costs next to nothing.
_SIGNS = (b"@", b"+", b"%", b"=")
_LONG_SIGNS = (b"@", b"+", b"%40", b"%2B", b"=79", b"=89")
# In what another system says, phones in any notation: 8 (495) 123-45-67, 79001112233, 900 111 2233.
# An id that looks like one is blotted out with them. Python's syntax, not RE2's.
_BETWEEN = r"(?:[\s().-]|%20|%28|%29){0,3}"
_TOLD = re.compile(
    r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+"
    rf"|(?:\+|%2B)\d(?:{_BETWEEN}\d){{8,14}}"
    rf"|(?:(?<![0-9A-Za-z])|(?<=%20)|(?<=%3D))(?:[78]{_BETWEEN}[3489]|9)(?:{_BETWEEN}\d){{9}}(?!\d)",
    re.IGNORECASE,
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


def hash_contacts_within(values: pa.Array, key: bytes, *, is_free_text: bool) -> pa.Array:
    """The column with each e-mail and phone that stands inside a text replaced by its hash.

    A phone is one with a + (or %2B), or a Russian mobile as a parameter of an address; in a column
    of free text also a cell that is such a mobile. Elsewhere digits alone may be any number, and
    stay. The hash is that of a phone or e-mail column.
    """
    values = values.cast(pa.string())
    pattern = f"{_WITHIN}|{_MOBILE}" if is_free_text else _WITHIN
    if not is_free_text and not _holds_any(values, _SIGNS, _LONG_SIGNS):
        return values
    is_found = pc.fill_null(pc.match_substring_regex(values, pattern), False)
    if not pc.any(is_found).as_py():
        return values
    within = re.compile(pattern.replace(r"\p{L}", r"[^\W\d_]"))
    encoded = _dictionary(values.filter(is_found))
    hashed = [
        within.sub(lambda found: _hash_of_match(found.group(), key), text)
        for text in encoded.dictionary.to_pylist()
    ]
    return pc.replace_with_mask(
        values, is_found, pa.array(hashed, pa.string()).take(encoded.indices)
    )


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


def holds_contact(value: str) -> bool:
    """Whether an e-mail or a phone stands in a text."""
    return bool(pc.match_substring_regex(pa.scalar(value), f"{_WITHIN}|{_MOBILE}").as_py())


def mask_contacts(text: str, mask: str = "***") -> str:
    """A text of another system with `mask` in place of each e-mail and phone, in any notation."""
    return _TOLD.sub(mask, text)


def looks_personal(value: str) -> bool:
    """Whether a text holds something like a phone, an e-mail or a name."""
    return bool(pc.match_substring_regex(pa.scalar(value), _PERSONAL).as_py())


def _hash_of_match(text: str, key: bytes) -> str:
    """The hash of a phone or an e-mail found in a text; the text itself where it is neither."""
    before, body, after = re.fullmatch(r"(=?)(.*?)([&#]?)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    plain = unquote(body)
    # A + may be a blank of an address, as in ?q=89001112233.
    contact = normalise_email(plain) or normalise_phone(plain) or normalise_phone(plain.lstrip("+"))
    return f"{before}{keyed_hash(contact, key)}{after}" if contact else text


def _holds_any(values: pa.Array, *signs: tuple[bytes, ...]) -> bool:
    """Whether the bytes of a column of texts hold one of each set of signs."""
    content = values.buffers()[2] if len(values) > values.null_count else None
    if content is None:
        return False
    offsets = np.frombuffer(values.buffers()[1], np.int32)[
        values.offset : values.offset + len(values) + 1
    ]
    text = content.slice(int(offsets[0]), int(offsets[-1] - offsets[0])).to_pybytes()
    return all(any(sign in text for sign in either) for either in signs)


def _normalise_any(value: str) -> str:
    return normalise_email(value) or normalise_phone(value) or " ".join(value.casefold().split())


def _dictionary(values: pa.Array) -> pa.DictionaryArray:
    return values.cast(pa.string()).dictionary_encode()
