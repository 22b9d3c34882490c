"""`typing`, `watch`, `presence`, what people hide, and search."""

import uuid

from stage import Stage, conversation
from wire import Socket


async def story(stage: Stage) -> None:
    trainer, client = await stage.pair()
    room = conversation(trainer, client)
    phone = await Socket.open(stage, client, 0)
    desk = await Socket.open(stage, trainer, 1)
    await desk.send(room, "one")
    await search(stage, room, trainer, client, desk)
    await typing(stage, room, client, phone, desk)
    await presence(stage, trainer, client, phone, desk)
    await settings(stage, room, trainer, client, phone, desk)
    await phone.close()
    await desk.close()


async def typing(stage: Stage, room: str, client, phone: Socket, desk: Socket) -> None:
    report = stage.report
    for _ in range(3):
        await phone.say({"type": "typing", "conversationId": room})
    frame = await desk.expect("typing")
    report.equal("`typing` reaches the other", frame, {"type": "typing", "conversationId": room, "userId": client.id, "ttlMs": 6000})
    report.check("`typing` again within 3 s is let go", await desk.nothing("typing"))
    report.check("`typing` is not echoed", await phone.nothing("typing"))


async def presence(stage: Stage, trainer, client, phone: Socket, desk: Socket) -> None:
    report = stage.report
    await desk.say({"type": "watch", "ref": 901, "userIds": [client.id]})
    frame = await desk.expect("presence")
    report.equal("`watch` tells who is here", frame, {"type": "presence", "userId": client.id, "online": True})
    for name, ids, code in (
        ("a stranger", [str(uuid.uuid4())], "not_found"),
        ("oneself", [trainer.id], "not_found"),
        ("no id", ["no-id"], "invalid_field"),
        ("fifty-one", [client.id] * 51, "invalid_field"),
    ):
        answer = await desk.ask({"type": "watch", "userIds": ids})
        report.equal(f"`watch` of {name}", answer.get("code"), code)
    await phone.close()
    frame = await desk.expect("presence", within=15)
    report.equal("who leaves is offline", (frame["userId"], frame["online"]), (client.id, False))
    report.check("and was seen last", frame.get("lastSeenAt"))


async def settings(stage: Stage, room: str, trainer, client, phone: Socket, desk: Socket) -> None:
    report = stage.report
    answer = await stage.call("GET", "/api/me/settings", token=client.token)
    report.equal("settings: nothing is hidden at first", answer.json(), {"presence": True, "receipts": True})
    hidden = {"presence": False, "receipts": False}
    answer = await stage.call("PUT", "/api/me/settings", token=client.token, json=hidden)
    report.equal("settings: put", (answer.status_code, answer.json()), (200, hidden))
    frame = await desk.expect("presence", within=25)
    report.equal("who hides was never seen", frame, {"type": "presence", "userId": client.id, "online": False})
    answer = await stage.call("PUT", "/api/me/settings", token=client.token, json={"presence": True})
    report.equal("settings: half of them", (answer.json()["code"], answer.json().get("field")), ("invalid_field", "receipts"))
    await stage.call("POST", "/api/chat/marks", token=client.token, json={"conversationId": room, "readSeq": 1})
    report.check("hidden marks tell nobody", await desk.nothing("receipt"))
    answer = await stage.call("GET", "/api/chat/conversations", token=trainer.token)
    entry = next(entry for entry in answer.json()["data"] if entry["conversationId"] == room)
    report.equal("hidden marks are 0", (entry["peerReadSeq"], entry["peerDeliveredSeq"]), (0, 0))


async def search(stage: Stage, room: str, trainer, client, desk: Socket) -> None:
    report = stage.report
    ack = await desk.send(room, "Zoë trains 明天训练")
    await desk.send(room, "retrained")
    for q, highlight in (("zoe", [0, 3]), ("TRAIN", [4, 9]), ("训练", [13, 15])):
        answer = await stage.call("GET", "/api/chat/search", token=client.token, params={"q": q})
        found = answer.json()["data"]
        report.equal(f"search: {q}", [row["seq"] for row in found], [ack["seq"]])
        report.equal(f"search: {q} is highlighted", found[0]["highlight"], [{"start": highlight[0], "end": highlight[1]}])
    for name, params, code in (
        ("nothing", {"q": ""}, "invalid_field"),
        ("a foreign conversation", {"q": "zoe", "conversationId": f"conversation:{trainer.id}:{uuid.uuid4()}"}, "not_found"),
    ):
        answer = await stage.call("GET", "/api/chat/search", token=client.token, params=params)
        report.equal(f"search: {name}", answer.json()["code"], code)
    other, _ = await stage.pair()
    answer = await stage.call("GET", "/api/chat/search", token=other.token, params={"q": "zoe"})
    report.equal("search: of others", answer.json()["data"], [])
    await desk.ask({"type": "delete", "conversationId": room, "seq": ack["seq"]})
    answer = await stage.call("GET", "/api/chat/search", token=client.token, params={"q": "zoe"})
    report.equal("search: deleted", answer.json()["data"], [])
