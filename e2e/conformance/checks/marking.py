"""`delivered`, `read`, `receipt`, `react`, and marks over HTTP."""

import uuid

from stage import Stage, conversation
from wire import Socket


async def story(stage: Stage) -> None:
    trainer, client = await stage.pair()
    room = conversation(trainer, client)
    phone = await Socket.open(stage, client, 0)
    desk = await Socket.open(stage, trainer, 1)
    for text in ("one", "two", "three"):
        await desk.send(room, text)
    await marks(stage, room, client, phone, desk)
    await over_http(stage, room, trainer, client, phone)
    await reactions(stage, room, trainer, client, phone, desk)
    await phone.close()
    await desk.close()


async def marks(stage: Stage, room: str, client, phone: Socket, desk: Socket) -> None:
    report = stage.report
    answer = await phone.ask({"type": "delivered", "conversationId": room, "seq": 2})
    answer.pop("ref", None)
    report.equal("`delivered` with a ref is acked", answer, {"type": "ack", "conversationId": room, "duplicate": False})
    await receipt(stage, "delivered", desk, room, client.id, (2, 0, 3))
    await phone.say({"type": "read", "conversationId": room, "seq": 1})
    await receipt(stage, "read without a ref", desk, room, client.id, (2, 1, 2))
    answer = await phone.ask({"type": "read", "conversationId": room, "seq": 900})
    report.equal("`read` beyond the thread is acked", answer.get("type"), "ack")
    await receipt(stage, "read beyond the thread", desk, room, client.id, (3, 3, 0))
    answer = await phone.ask({"type": "read", "conversationId": room, "seq": 1})
    report.equal("a lower `read` is acked", answer.get("type"), "ack")
    report.check("a lower `read` tells nobody", await desk.nothing("receipt"))
    absent = f"conversation:{uuid.uuid4()}:{client.id}"
    for kind in ("read", "delivered"):
        answer = await phone.ask({"type": kind, "conversationId": absent, "seq": 1})
        report.equal(f"`{kind}` in a foreign conversation", (answer["type"], answer.get("code")), ("error", "not_found"))


async def over_http(stage: Stage, room: str, trainer, client, phone: Socket) -> None:
    report = stage.report
    answer = await stage.call("POST", "/api/chat/marks", token=trainer.token, json={"conversationId": room, "deliveredSeq": 3, "readSeq": 2})
    report.equal("POST /api/chat/marks", answer.status_code, 200)
    entry = answer.json()
    report.equal("marks: the entry", [entry[key] for key in ("deliveredSeq", "readSeq", "peerReadSeq", "unread")], [3, 2, 3, 0])
    await receipt(stage, "marks over HTTP", phone, room, trainer.id, (3, 2, 0))
    answer = await stage.call("POST", "/api/chat/marks", token=trainer.token, json={"conversationId": f"conversation:{trainer.id}:{uuid.uuid4()}", "readSeq": 1})
    report.equal("marks: an absent conversation", (answer.status_code, answer.json()["code"]), (404, "not_found"))


async def reactions(stage: Stage, room: str, trainer, client, phone: Socket, desk: Socket) -> None:
    report = stage.report
    react = {"type": "react", "conversationId": room, "seq": 1, "emoji": "👍", "on": True}
    answer = await phone.ask(react)
    report.equal("`react`", (answer["type"], answer.get("position"), answer["duplicate"]), ("ack", 4, False))
    frame = await desk.expect(lambda frame: frame["type"] == "message" and frame["position"] == 4)
    report.equal("`react` reaches the other", frame["message"]["reactions"], [{"emoji": "👍", "userIds": [client.id]}])
    answer = await phone.ask(react)
    report.equal("`react` again", (answer["type"], answer.get("position"), answer["duplicate"]), ("ack", None, True))
    answer = await phone.ask({**react, "emoji": "thumbs up"})
    report.equal("`react` with words", (answer.get("code"), answer.get("field")), ("invalid_field", "emoji"))
    answer = await phone.ask({**react, "on": False})
    report.equal("`react` off", (answer["type"], answer.get("position")), ("ack", 5))


async def receipt(stage: Stage, name: str, socket: Socket, room: str, user: str, wanted: tuple[int, int, int]) -> None:
    delivered, read, unread = wanted
    frame = await socket.expect(lambda frame: frame["type"] == "receipt" and frame["userId"] == user)
    stage.report.equal(
        f"receipt: {name}", frame,
        {"type": "receipt", "conversationId": room, "userId": user, "deliveredSeq": delivered, "readSeq": read, "unread": unread},
    )
