"""`hello`, `welcome`, and what is no frame."""

import json
import time
import uuid
from datetime import datetime
from pathlib import Path

from stage import Stage, conversation, uuid7
from wire import Socket

FIXTURES = Path(__file__).resolve().parents[3] / "shared" / "protocol" / "fixtures"


async def story(stage: Stage) -> None:
    trainer, client = await stage.pair()
    await welcome(stage, trainer, client)
    await bad_hellos(stage, client)
    await bad_frames(stage, client, conversation(trainer, client))


async def welcome(stage: Stage, trainer, client) -> None:
    report = stage.report
    room = conversation(trainer, client)
    phone = await Socket.open(stage, client)
    await phone.send(room, "x" * 300)
    await phone.close()

    desk = await Socket.open(stage, trainer)
    told = desk.welcome
    fixture = json.loads((FIXTURES / "server.welcome.json").read_text())
    report.equal("welcome: protocol", told["protocol"], 1)
    report.equal("welcome: user", told["user"], {"id": trainer.id, "role": "Trainer"})
    report.equal("welcome: limits", told["limits"], fixture["limits"])
    report.equal("welcome: heartbeat", told["heartbeat"], fixture["heartbeat"])
    report.equal("welcome: backoff", told["backoff"], fixture["backoff"])
    report.equal("welcome: more", told["more"], False)
    skew = abs(datetime.fromisoformat(told["serverTime"]).timestamp() - time.time())
    report.check("welcome: serverTime is now", skew < 5, told["serverTime"])
    left = datetime.fromisoformat(told["expiresAt"]).timestamp() - time.time()
    report.check("welcome: expiresAt is the token's", 3500 < left <= 3600, told["expiresAt"])

    entries = [entry for entry in told["conversations"] if entry["conversationId"] == room]
    report.equal("welcome: the conversation is there once", len(entries), 1)
    entry = entries[0]
    report.equal("welcome: peerId", entry["peerId"], client.id)
    report.equal("welcome: position", entry["position"], 1)
    report.equal("welcome: unread", entry["unread"], 1)
    report.equal("welcome: canSend", entry["canSend"], True)
    report.equal("welcome: the preview is cut to 200 characters", len(entry["lastMessage"]["text"]), 200)
    await desk.close()


async def bad_hellos(stage: Stage, client) -> None:
    report = stage.report
    socket = await Socket.dial(stage, client.token)
    await socket.say({"type": "hello", "device": "not-a-uuid"})
    answer = await first(socket)
    report.equal("hello with a bad device", (answer.get("code"), answer.get("field")), ("invalid_field", "device"))
    await socket.close()

    socket = await Socket.dial(stage, client.token)
    positions = {f"conversation:{uuid.uuid4()}:{client.id}": 1 for _ in range(501)}
    await socket.say({"type": "hello", "device": str(uuid.uuid4()), "resume": {"epoch": str(uuid.uuid4()), "positions": positions}})
    answer = await first(socket)
    report.check("hello with 501 positions is invalid_field or too large", answer.get("code") == "invalid_field" or answer.get("closed") == 1009, answer)
    await socket.close()


async def bad_frames(stage: Stage, client, room: str) -> None:
    report = stage.report
    wrong = {
        "no JSON": "hello",
        "not an object": "[1]",
        "no type": "{}",
        "an unknown type": '{"type":"shout"}',
        "ref is a string": json.dumps({"type": "send", "ref": "1", "conversationId": room, "id": uuid7(), "text": "x"}),
        "ref is negative": json.dumps({"type": "send", "ref": -1, "conversationId": room, "id": uuid7(), "text": "x"}),
        "text is a number": json.dumps({"type": "send", "ref": 1, "conversationId": room, "id": uuid7(), "text": 1}),
        "NaN": '{"type":"sync","ref":NaN}',
        "10,000 deep": "[" * 10_000 + "]" * 10_000,
    }
    socket = await Socket.open(stage, client)
    for name, text in wrong.items():
        await socket.say(text)
        answer = await socket.expect("error")
        report.equal(f"bad frame: {name}", answer["code"], "bad_frame")
        report.equal(f"bad frame: {name}: not retryable", answer["retryable"], False)
    await socket.say("tenth")
    report.equal("the tenth bad frame closes 4500", await socket.closed(), 4500)

    socket = await Socket.open(stage, client)
    invalid = {
        "conversationId": {"type": "send", "conversationId": "conversation:x", "id": uuid7(), "text": "x"},
        "id": {"type": "send", "conversationId": room, "id": str(uuid.uuid4()), "text": "x"},
        "text": {"type": "send", "conversationId": room, "id": uuid7(), "text": "a\u0000b"},
    }
    for field, frame in invalid.items():
        answer = await socket.ask(frame)
        report.equal(f"malformed {field}", (answer.get("code"), answer.get("field")), ("invalid_field", field))
    answer = await socket.ask({"type": "send", "conversationId": room, "id": uuid7(), "text": "x", "attachments": ["x"]})
    report.equal("malformed attachments", (answer.get("code"), answer.get("field")), ("invalid_field", "attachments"))
    await socket.say('{"type":"send","ref":7001,"conversationId":"%s","id":"%s","text":"\\ud800"}' % (room, uuid7()))
    answer = await socket.expect("error")
    report.equal("an unpaired surrogate", answer["code"], "invalid_field")
    answer = await socket.ask({"type": "send", "conversationId": room, "id": uuid7(), "text": "kept", "fromTheFuture": {"a": 1}})
    report.equal("an unknown field is ignored", answer["type"], "ack")
    await socket.say({"type": "typing", "conversationId": room})
    await socket.say({"type": "typing", "conversationId": "no-id"})
    answer = await socket.expect("error")
    report.equal("malformed typing", (answer.get("code"), answer.get("field")), ("invalid_field", "conversationId"))
    report.check("the socket lives on", (await socket.send(room, "still here"))["type"] == "ack")
    await socket.close()


async def first(socket: Socket) -> dict:
    """The first thing heard, the end included."""
    try:
        return await socket.expect(lambda _: True)
    except AssertionError:
        return socket.heard[-1] if socket.heard else {}
