"""Who may enter, decided before the upgrade."""

import base64
import json
import time
import uuid

import jwt

from stage import Stage
from wire import Socket, raw, refusal


async def story(stage: Stage) -> None:
    report = stage.report
    anna = await stage.person("Anna", "User")

    await tokens(stage, anna.id)

    for origin in ("https://evil.example", "null", stage.url + ".evil.example", stage.url.replace("https://", "https://x")):
        await refused(stage, f"Origin {origin}", 403, "forbidden", anna.token, origin=origin)
    await refused(stage, "no chat.v1", 400, "bad_frame", anna.token, subprotocols=())
    await refused(stage, "another subprotocol", 400, "bad_frame", anna.token, subprotocols=("chat.v2",))
    await refused(stage, "a token in the URL", 401, "unauthenticated", None, path=f"/ws/chat?token={anna.token}&access_token={anna.token}")

    for name, options in {
        "a browser": {"origin": stage.url},
        "no Origin": {},
        "Authorization": {"bearer": False, "header": f"Bearer {anna.token}"},
    }.items():
        connection = await raw(stage, anna.token, **options)
        report.equal(f"{name}: chat.v1 is selected", connection.subprotocol, "chat.v1")
        await Socket(stage, connection).close()


async def tokens(stage: Stage, user: str) -> None:
    def signed(**other) -> str:
        return stage.token(user, "User", **other)

    now = int(time.time())
    claims = stage.claims(user, "User")
    public = public_key(stage)
    cases = {
        "no token": None,
        "garbage": "garbage",
        "alg none": f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{encoded(claims)}.",
        "HS256 with the public key": hmac_token(claims, public),
        "another issuer": signed(iss="https://evil.example"),
        "another audience": signed(aud="elsewhere"),
        "no exp": signed(exp=None),
        "no iat": signed(iat=None),
        "no sub": signed(sub=None),
        "no iss": signed(iss=None),
        "no aud": signed(aud=None),
        "sub is no UUID": signed(sub="tom"),
        "exp is a string": stage_raw(stage, {**claims, "exp": str(now + 3600)}),
        "not yet valid": signed(nbf=now + 3600),
        "another key": jwt.encode(claims, other_key(), algorithm="EdDSA"),
        "an unknown kid with jku": jwt.encode(claims, other_key(), algorithm="EdDSA", headers={"kid": "x", "jku": "https://evil.example/jwks"}),
        "longer than 4 KiB": signed(padding="x" * 4096),
    }
    for name, token in cases.items():
        code = "unauthenticated"
        await refused(stage, f"token: {name}", 401, code, token)
        answer = await stage.call("GET", "/api/chat/conversations", token=token, params={"limit": 1})
        stage.refused(f"HTTP token: {name}", answer, 401, code)
    nobody = stage_raw(stage, {key: value for key, value in claims.items() if key != "role"})
    await refused(stage, "token: no role", 403, "forbidden", nobody)
    expired = signed(iat=now - 7200, exp=now - 3600)
    await refused(stage, "token: expired", 401, "token_expired", expired)
    stage.refused("HTTP token: expired", await stage.call("GET", "/api/chat/conversations", token=expired), 401, "token_expired")
    await refused(stage, "role Platform", 403, "forbidden", stage.platform)


async def refused(stage: Stage, promise: str, status: int, code: str, token: str | None, **options) -> None:
    response = await refusal(stage, token, **options)
    if not stage.report.check(f"{promise}: no upgrade", response is not None, "upgraded"):
        return
    try:
        problem = json.loads(response.body)
    except ValueError:
        problem = {}
    stage.report.equal(f"{promise}: status and code", (response.status_code, problem.get("code")), (status, code))
    stage.report.equal(f"{promise}: problem+json", response.headers.get("content-type"), "application/problem+json")
    for field in ("type", "title", "status", "code", "retryable", "traceId"):
        stage.report.check(f"{promise}: the problem has `{field}`", field in problem, response.body)


def stage_raw(stage: Stage, claims: dict) -> str:
    """Signs claims as they are, without the library's own checks."""
    message = f"{encoded({'alg': 'EdDSA', 'typ': 'JWT'})}.{encoded(claims)}"
    signature = base64.urlsafe_b64encode(stage.key.sign(message.encode())).rstrip(b"=").decode()
    return f"{message}.{signature}"


def hmac_token(claims: dict, secret: bytes) -> str:
    import hashlib
    import hmac

    message = f"{encoded({'alg': 'HS256', 'typ': 'JWT'})}.{encoded(claims)}"
    digest = hmac.new(secret, message.encode(), hashlib.sha256).digest()
    return f"{message}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def public_key(stage: Stage) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return stage.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def other_key():
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.generate()


def encoded(value: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
