"""Where Spotter runs, and people to talk as: new ones in every run."""

import base64
import json
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from report import Report
from schemas import Documents


@dataclass(frozen=True)
class Person:
    id: str
    role: str
    name: str
    token: str


def uuid7() -> str:
    """A UUIDv7 of this moment, as a device makes one."""
    value = int(time.time() * 1000) << 80 | uuid.uuid4().int & ((1 << 80) - 1)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def signing_key(pem: str) -> Ed25519PrivateKey:
    """Reads PKCS#8 of either version: the second also holds the public key, which libraries stumble over."""
    der = base64.b64decode("".join(line for line in pem.splitlines() if not line.startswith("-")))
    _, found, rest = der.partition(b"\x04\x22\x04\x20")
    assert found, "the key is no Ed25519 key in PKCS#8"
    return Ed25519PrivateKey.from_private_bytes(rest[:32])


class Stage:
    """The input is `.dev/demo.json`; the key beside it stands in for the platform that issues tokens."""

    def __init__(self, demo: Path, key: Path, report: Report):
        self.demo = json.loads(demo.read_text())
        self.url = self.demo["url"].rstrip("/")
        self.gateways = [url.rstrip("/") for url in self.demo["gateways"]]
        self.key = signing_key(key.read_text())
        self.platform = self.demo["platformToken"]
        claims = jwt.decode(self.platform, options={"verify_signature": False})
        self.issuer, self.audience = claims["iss"], claims["aud"]
        self.report = report
        self.documents = Documents()
        self.http = httpx.AsyncClient(base_url=self.url, verify=False, timeout=20)

    def claims(self, user: str, role: str, lifetime: int = 3600, **other) -> dict:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": self.audience, "sub": user, "role": role, "iat": now, "exp": now + lifetime}
        return {name: value for name, value in {**claims, **other}.items() if value is not None}

    def token(self, user: str, role: str, lifetime: int = 3600, **other) -> str:
        return jwt.encode(self.claims(user, role, lifetime, **other), self.key, algorithm="EdDSA")

    async def person(self, name: str, role: str) -> Person:
        user = str(uuid.uuid4())
        body = {"name": name, "email": f"{name.lower()}.{user[:8]}@example.com", "role": role}
        answer = await self.call("PUT", "/api/directory/users/{id}", id=user, token=self.platform, json=body)
        assert answer.status_code == 204, f"PUT user: {answer.status_code} {answer.text}"
        return Person(user, role, name, self.token(user, role))

    async def book(self, trainer: Person, client: Person, status: str = "active", booking: str | None = None) -> str:
        booking = booking or str(uuid.uuid4())
        body = {
            "trainerId": trainer.id, "clientId": client.id, "status": status,
            "startsAt": "2026-11-02T08:00:00Z", "endsAt": "2027-11-02T08:00:00Z",
        }
        answer = await self.call("PUT", "/api/directory/bookings/{id}", id=booking, token=self.platform, json=body)
        assert answer.status_code == 204, f"PUT booking: {answer.status_code} {answer.text}"
        return booking

    async def pair(self) -> tuple[Person, Person]:
        trainer, client = await self.person("Tom", "Trainer"), await self.person("Anna", "User")
        await self.book(trainer, client)
        return trainer, client

    async def call(self, method: str, template: str, *, id: str = "", variant: str = "", token: str | None = None,
                   polite: bool = True, headers: dict | None = None, **more) -> httpx.Response:
        """One call, checked against openapi.json. `polite` waits where the answer is a rate."""
        path = template.replace("{id}", id).replace("{variant}", variant)
        headers = dict(headers or {})
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        while True:
            answer = await self.http.request(method, path, headers=headers, **more)
            if answer.status_code != 429 or not polite:
                break
            await _sleep(answer.json()["retryAfterMs"] / 1000)
        errors = self.documents.answer_errors(method, template, answer)
        if errors:
            self.report.check(f"{method} {template} answers what openapi.json says", False, f"{errors} in {answer.text[:600]}")
        else:
            self.report.passed += 1
        return answer

    def refused(self, promise: str, answer: httpx.Response, status: int, code: str, field: str | None = None) -> None:
        """The answer is a problem with this status, code and field."""
        body = _json(answer)
        self.report.equal(f"{promise}: status and code", (answer.status_code, body.get("code")), (status, code))
        kind = answer.headers.get("content-type", "").split(";")[0]
        self.report.equal(f"{promise}: problem+json", kind, "application/problem+json")
        self.report.check(f"{promise}: traceId", bool(body.get("traceId")), answer.text)
        if field is not None:
            self.report.equal(f"{promise}: field", body.get("field"), field)


def conversation(trainer: Person, client: Person) -> str:
    return f"conversation:{trainer.id}:{client.id}"


def _json(answer: httpx.Response) -> dict:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


async def _sleep(seconds: float) -> None:
    import asyncio

    await asyncio.sleep(seconds)
