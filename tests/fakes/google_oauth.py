"""Google's token endpoint, for the fakes of Google's APIs."""

from __future__ import annotations

import base64
import json

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.fakes.server import FakeClock, FakeRequest, Reply, json_reply

REFRESH_TOKEN = "refresh-token-77f0"
CLIENT_ID = "client-id-4b1e"
CLIENT_SECRET = "client-secret-c0de"
ACCOUNT_EMAIL = "kpi@project.example"
TOKEN_PATH = "/token"
LIFE_SECONDS = 3_600

_PRIVATE_KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


def account_key() -> str:
    """The JSON key of the service account."""
    pem = _PRIVATE_KEY.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return json.dumps({"client_email": ACCOUNT_EMAIL, "private_key": pem.decode()})


class GoogleOauthFake:
    """Issues access tokens. `dies_after`: an access token stops being good after so many uses."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.issued_tokens: list[str] = []
        self.life_seconds = LIFE_SECONDS
        self.dies_after = 10**6
        self._uses = 0
        self._ends = 0.0

    def token(self, request: FakeRequest) -> Reply:
        form = request.form()
        if form["grant_type"] == "refresh_token":
            good = (form["refresh_token"], form["client_id"], form["client_secret"]) == (
                REFRESH_TOKEN,
                CLIENT_ID,
                CLIENT_SECRET,
            )
        else:
            good = self._is_signed(form["assertion"])
        if not good:
            return json_reply({"error": "invalid_grant", "error_description": "Bad Request"}, 400)
        self.issued_tokens.append(f"access-token-{len(self.issued_tokens)}-e5")
        self._uses = 0
        self._ends = self.clock.now().timestamp() + self.life_seconds
        return json_reply(
            {
                "access_token": self.issued_tokens[-1],
                "expires_in": self.life_seconds,
                "token_type": "Bearer",
            }
        )

    def accepts(self, request: FakeRequest) -> bool:
        """Whether the request carries the newest token, still alive."""
        self._uses += 1
        return bool(
            self.issued_tokens
            and request.headers.get("authorization") == f"Bearer {self.issued_tokens[-1]}"
            and self._uses <= self.dies_after
            and self.clock.now().timestamp() < self._ends
        )

    def _is_signed(self, assertion: str) -> bool:
        head, claims, signature = assertion.split(".")
        _PRIVATE_KEY.public_key().verify(  # raises when it is not
            _unpack(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256()
        )
        said = json.loads(_unpack(claims))
        now = self.clock.now().timestamp()
        return (
            json.loads(_unpack(head))["alg"] == "RS256"
            and said["iss"] == ACCOUNT_EMAIL
            and said["aud"].endswith(TOKEN_PATH)
            and "googleapis.com/auth/" in said["scope"]
            and said["iat"] <= now + 1 < said["exp"] <= now + LIFE_SECONDS + 1
        )


def _unpack(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
