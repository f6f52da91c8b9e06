"""Access tokens of Google's APIs, in the three ways a company may hold the secret.

Chosen by the settings that are there:
- `service_account_env`: a service account; the variable holds the path of its JSON key, or it;
- `refresh_token_env`, `client_id_env`, `client_secret_env`: an OAuth client and a refresh token;
- `token_env`: a ready access token, good for an hour, for trying things out.

Tokens live in memory and end with the load.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from orchestration.errors import UserError
from orchestration.sources.api.http import (
    ApiClient,
    ApiError,
    AuthError,
    Options,
    Progress,
    Retry,
    Transport,
    json_or_none,
)

TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
SYSTEM = "Google's token service"

Way = Literal["service_account", "refresh_token", "token"]

# A token that dies during the next request is as good as dead.
_MARGIN = timedelta(seconds=60)
_LIFE = timedelta(hours=1)


class GoogleTokens:
    """Access tokens of one source for one load.

    `prefix`: of the default names of variables, such as GA4 for GA4_SERVICE_ACCOUNT. `default`:
    the way that is meant when the settings name none. `variable`: the one to name in errors.
    """

    def __init__(
        self,
        options: Options,
        transport: Transport,
        progress: Progress,
        *,
        prefix: str,
        scope: str,
        default: Way,
    ) -> None:
        ways: tuple[Way, ...] = ("service_account", "refresh_token", "token")
        self.way = next((way for way in ways if options.get(f"{way}_env")), default)
        key = f"{self.way}_env"
        self.variable = options.variable(key, f"{prefix}_{self.way.upper()}")
        self._transport = transport
        self._scope = scope
        self._url = options.text("token_url", f'"{TOKEN_URL}"', TOKEN_URL)
        if self._url != TOKEN_URL and not self._url.startswith(("https://", "http://127.0.0.1:")):
            raise options.wrong("token_url", "must begin with https://", f'"{TOKEN_URL}"')
        self._secret = options.secret(transport, key, self.variable)
        self._form: dict[str, str] = {}
        self._account: Mapping[str, Any] = {}
        if self.way == "service_account":
            self._account = _account_of(self._secret, self.variable)
        elif self.way == "refresh_token":
            self._form = {
                "grant_type": "refresh_token",
                "refresh_token": self._secret,
                "client_id": options.secret(transport, "client_id_env", f"{prefix}_CLIENT_ID"),
                "client_secret": options.secret(
                    transport, "client_secret_env", f"{prefix}_CLIENT_SECRET"
                ),
            }
        self.secrets = {
            self._secret,
            *(self._form.get(name, "") for name in ("client_secret", "client_id")),
            str(self._account.get("private_key", "")),
        } - {""}
        self._client = ApiClient(
            SYSTEM, self._url, transport, self._judge, progress, secrets=self.secrets
        )
        self._access = self._secret if self.way == "token" else ""
        self._expires = datetime.max.replace(tzinfo=transport.now().tzinfo)
        self._has_worked = False

    def headers(self) -> dict[str, str]:
        """The header of the next request, with a token that is still good."""
        if not self._access or self._transport.now() + _MARGIN >= self._expires:
            self._renew()
        return {"Authorization": f"Bearer {self._access}"}

    def worked(self) -> None:
        """The system has taken the token."""
        self._has_worked = True

    def expired(self) -> bool:
        """The system has refused the token: True when another try with a new one is worth it."""
        if self.way == "token" or not self._has_worked:
            return False
        self._access, self._has_worked = "", False
        return True

    def refused(self, system: str, said: str, status: int) -> AuthError:
        return AuthError(
            f"{system} refuses the access that {self.variable} gives: {said}",
            status=status,
            remedy=f"renew the secret in {self.variable}"
            if self.way != "token"
            else f"an access token lives for an hour: put a new one into {self.variable}, or use "
            "service_account_env or refresh_token_env",
        )

    def _renew(self) -> None:
        if self.way == "token":
            return
        now = self._transport.now()
        form = self._form or {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": self._assertion(now),
        }
        answer = self._client.json("POST", "", data=form)
        access = answer.get("access_token") if isinstance(answer, dict) else None
        if not access:
            raise ApiError(f"{SYSTEM} sent no token")
        self._access = str(access)
        seconds = int(answer.get("expires_in") or _LIFE.total_seconds())
        self._expires = now + timedelta(seconds=seconds)

    def _assertion(self, now: datetime) -> str:
        """The signed statement a service account gets its token for (RFC 7523)."""
        issued = int(now.timestamp())
        parts = [
            {"alg": "RS256", "typ": "JWT"},
            {
                "iss": self._account["client_email"],
                "scope": self._scope,
                "aud": self._url,
                "iat": issued,
                "exp": issued + int(_LIFE.total_seconds()),
            },
        ]
        text = ".".join(_base64(json.dumps(part).encode()) for part in parts)
        try:
            key = serialization.load_pem_private_key(
                str(self._account["private_key"]).encode(), password=None
            )
        except (ValueError, TypeError):
            key = None
        if not isinstance(key, rsa.RSAPrivateKey):
            raise _wrong_key(self.variable) from None
        signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{text}.{_base64(signature)}"

    def _judge(self, response: requests.Response) -> Retry | None:
        status = response.status_code
        if status == 200:
            return None
        if status == 429 or status >= 500:
            return Retry(f"the token service is in trouble (HTTP {status})")
        answer = json_or_none(response)
        reason = answer.get("error") if isinstance(answer, dict) else ""
        said = self._client.quote(reason if isinstance(reason, str) else f"HTTP {status}")
        raise AuthError(
            f"Google gives no access token for the secret in {self.variable}: {said}",
            status=status,
            remedy=f"check {self.variable}"
            + (" and the client's id and secret" if self.way == "refresh_token" else "")
            + "; refresh tokens of an app in testing end after seven days",
        )


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _account_of(secret: str, variable: str) -> Mapping[str, Any]:
    """A service account's key; `secret` is its path or the JSON itself."""
    try:
        text = secret if secret.startswith("{") else Path(secret).read_text(encoding="utf-8")
        account = json.loads(text)
    except (OSError, ValueError):
        raise _wrong_key(variable) from None
    if not isinstance(account, dict) or not {"client_email", "private_key"} <= account.keys():
        raise _wrong_key(variable)
    return account


def _wrong_key(variable: str) -> UserError:
    return UserError(
        f"The environment variable {variable} does not lead to the key of a service account",
        remedy="let it hold the path of the JSON key file that Google Cloud gave for the account",
    )
