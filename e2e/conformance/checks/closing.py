"""Why a socket closes."""

import asyncio
import json
import os
import struct
import uuid

from stage import Stage, conversation, uuid7
from wire import Socket


async def story(stage: Stage) -> None:
    await asyncio.gather(no_hello(stage), idle(stage), framing(stage), first_frames(stage), devices(stage))


async def no_hello(stage: Stage) -> None:
    anna = await stage.person("Anna", "User")
    socket = await Socket.dial(stage, anna.token)
    stage.report.equal("no hello in 5 s closes 4002", await socket.closed(within=8), 4002)


async def idle(stage: Stage) -> None:
    anna = await stage.person("Anna", "User")
    socket = await Socket.open(stage, anna)
    socket.answers_pings = False
    await socket.expect("ping", within=28)
    stage.report.equal("a ping without pong closes 4004", await socket.closed(within=14), 4004)

    socket = await Socket.open(stage, anna)
    await asyncio.sleep(40)
    stage.report.check("a socket that answers pings stays", (await socket.ask({"type": "sync", "conversationId": f"conversation:{uuid.uuid4()}:{anna.id}", "after": 0}))["type"] == "error")
    await socket.close()


async def first_frames(stage: Stage) -> None:
    report = stage.report
    anna = await stage.person("Anna", "User")
    for name, frame in {"pong": {"type": "pong"}, "send": {"type": "send", "ref": 1, "conversationId": "x", "id": uuid7(), "text": "x"}}.items():
        socket = await Socket.dial(stage, anna.token)
        await socket.say(frame)
        report.equal(f"a first frame `{name}` closes 4500", await socket.closed(), 4500)
    socket = await Socket.dial(stage, anna.token)
    await socket.say("no json")
    report.equal("a first frame that is no JSON closes 4500", await socket.closed(), 4500)
    socket = await Socket.open(stage, anna)
    await socket.say({"type": "hello", "device": str(uuid.uuid4())})
    report.equal("a second hello closes 4500", await socket.closed(), 4500)


async def framing(stage: Stage) -> None:
    report = stage.report
    trainer, anna = await stage.pair()
    room = conversation(trainer, anna)

    socket = await Socket.open(stage, anna)
    await socket.say(b"binary")
    report.equal("a binary frame closes 1003", await socket.closed(), 1003)

    socket = await Socket.open(stage, anna)
    await socket.say(padded(room, 65_536))
    answer = await socket.expect("error")
    report.equal("a frame of 65,536 bytes is read", answer["code"], "text_too_long")
    await socket.say(padded(room, 65_537))
    report.equal("a frame of 65,537 bytes closes 1009", await socket.closed(), 1009)

    bad = {
        "text that is not UTF-8": (frame(0x81, b"\xff\xfe"), 1007),
        "a reserved opcode": (frame(0x83, b"x"), 1002),
        "a reserved bit": (frame(0xC1, b"{}"), 1002),
        "an unmasked frame": (b"\x81\x02{}", 1002),
        "a continuation of nothing": (frame(0x80, b"x"), 1002),
        "64 MiB declared": (b"\x81\xff" + struct.pack("!Q", 64 << 20) + os.urandom(4), 1009),
    }
    for name, (data, code) in bad.items():
        socket = await Socket.open(stage, anna)
        socket.connection.transport.write(data)
        report.equal(f"{name} closes {code}", await socket.closed(), code)


async def devices(stage: Stage) -> None:
    report = stage.report
    ben = await stage.person("Ben", "User")
    device = str(uuid.uuid4())
    older = await Socket.open(stage, ben, device=device)
    newer = await Socket.open(stage, ben, device=device)
    report.equal("a newer socket of the device closes the older 4504", await older.closed(), 4504)
    other = await Socket.open(stage, ben)
    report.check("another device of the person is left alone", await newer.nothing(lambda _: False))

    sockets = [await Socket.open(stage, ben) for _ in range(8)]
    try:
        eleventh = await Socket.dial(stage, ben.token)
        await eleventh.say({"type": "hello", "device": str(uuid.uuid4())})
        seen: object = await eleventh.closed(within=3)
        report.check("an eleventh device is refused as rate_limited (4029)", seen == 4029, (seen, eleventh.heard[-2:]))
    except Exception as error:  # noqa: BLE001 a refused upgrade is fine too
        status = getattr(getattr(error, "response", None), "status_code", None)
        report.equal("an eleventh device is refused with 429", status, 429)
    for socket in [newer, other, *sockets]:
        await socket.close()


def padded(room: str, size: int) -> str:
    head = json.dumps({"type": "send", "ref": 1, "conversationId": room, "id": uuid7(), "text": ""})
    return head[:-2] + "x" * (size - len(head)) + '"}'


def frame(first: int, payload: bytes) -> bytes:
    """One masked frame, by hand."""
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
    return bytes([first, 0x80 | len(payload)]) + mask + masked
