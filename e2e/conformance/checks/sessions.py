"""Tokens on live sockets: expiry, refresh, sign-out."""

import asyncio
import time

from stage import Stage, conversation
from wire import Socket, refusal


async def story(stage: Stage) -> None:
    await asyncio.gather(expiry(stage), refresh(stage), sign_out(stage), role_change(stage))


async def expiry(stage: Stage) -> None:
    report = stage.report
    anna = await stage.person("Anna", "User")
    socket = await Socket.dial(stage, stage.token(anna.id, "User", lifetime=6))
    await socket.hello()
    frame = await socket.expect("authExpiring")
    report.check("authExpiring: inMs is what is left", 0 < frame["inMs"] <= 6_000, frame)
    report.equal("an expired token closes 4401", await socket.closed(within=9), 4401)


async def refresh(stage: Stage) -> None:
    report = stage.report
    trainer, anna = await stage.pair()
    socket = await Socket.dial(stage, stage.token(anna.id, "User", lifetime=5))
    await socket.hello()
    answer = await socket.ask({"type": "auth", "token": stage.token(anna.id, "User", lifetime=600)})
    report.equal("auth: authOk", answer["type"], "authOk")
    await asyncio.sleep(6)
    ack = await socket.send(conversation(trainer, anna), "past the first token")
    report.equal("auth: the socket outlives its first token", ack["type"], "ack")
    await socket.close()
    for name, token in {
        "another person": stage.token(trainer.id, "Trainer"),
        "another role": stage.token(anna.id, "Trainer"),
    }.items():
        socket = await Socket.open(stage, anna)
        await socket.say({"type": "auth", "ref": 1, "token": token})
        report.equal(f"auth: {name} closes 4401", await socket.closed(), 4401)
    socket = await Socket.open(stage, anna)
    await socket.say({"type": "auth", "ref": 1, "token": "garbage"})
    answer = await last(socket)
    report.check("auth: garbage is refused", answer.get("code") in ("unauthenticated", "invalid_field") or answer.get("closed") == 4401, answer)
    await socket.close()


async def sign_out(stage: Stage) -> None:
    report = stage.report
    anna = await stage.person("Anna", "User")
    await asyncio.sleep(1.1)
    sockets = [await Socket.open(stage, anna, gateway=gateway) for gateway in range(len(stage.gateways))]
    before = time.monotonic()
    answer = await stage.call("POST", "/api/directory/users/{id}/sign-out", id=anna.id, token=stage.platform)
    report.equal("sign-out: 204", answer.status_code, 204)
    codes = [await socket.closed() for socket in sockets]
    took = time.monotonic() - before
    report.equal("sign-out: live sockets close 4505", codes, [4505] * len(sockets))
    report.check("sign-out: within 2.5 s", took < 2.5, took)
    await asyncio.sleep(1)
    response = await refusal(stage, anna.token)
    report.equal("sign-out: the token opens no socket", response and response.status_code, 401)
    for path in ("/api/chat/conversations", "/api/user/trainers"):
        stage.refused(f"sign-out: nor {path}", await stage.call("GET", path, token=anna.token), 401, "unauthenticated")
    answer = await stage.call("POST", "/api/files/links", token=anna.token, json={"ids": []})
    stage.refused("sign-out: nor /api/files/links", answer, 401, "unauthenticated")
    socket = await Socket.dial(stage, stage.token(anna.id, "User"))
    report.equal("sign-out: a later token is fine", (await socket.hello())["type"], "welcome")
    await socket.close()


async def role_change(stage: Stage) -> None:
    report = stage.report
    kim = await stage.person("Kim", "User")
    await asyncio.sleep(1.1)
    socket = await Socket.open(stage, kim)
    body = {"name": "Kim", "email": "kim@example.com", "role": "Trainer"}
    await stage.call("PUT", "/api/directory/users/{id}", id=kim.id, token=stage.platform, json=body)
    report.equal("a change of role closes 4505", await socket.closed(), 4505)


async def last(socket: Socket) -> dict:
    try:
        return await socket.expect(lambda frame: frame["type"] in ("error", "authOk"))
    except AssertionError:
        return socket.heard[-1] if socket.heard else {}
