"""`send`, `edit`, `delete`: acknowledged once stored, delivered once, in order, on every device."""

import uuid

from stage import Stage, conversation, uuid7
from wire import Socket

ACK = {"type", "ref", "conversationId", "id", "seq", "position", "sentAt", "duplicate"}


async def story(stage: Stage) -> None:
    trainer, client = await stage.pair()
    room = conversation(trainer, client)
    phone = await Socket.open(stage, client, gateway=0)
    desk = await Socket.open(stage, trainer, gateway=len(stage.gateways) - 1)
    await sends(stage, phone, desk, room, client)
    await duplicates(stage, phone, desk, room, trainer)
    await texts(stage, phone, desk, room)
    await changes(stage, phone, desk, room)
    await foreign(stage, phone, desk, trainer, client)
    await phone.close()
    await desk.close()


async def sends(stage: Stage, phone: Socket, desk: Socket, room: str, client) -> None:
    report = stage.report
    message_id = uuid7()
    ack = await phone.send(room, "Ready for Monday?", id=message_id, senderId=str(uuid.uuid4()), seq=99, position=99, role="Trainer")
    report.equal("ack: its fields", set(ack), ACK)
    report.equal("ack: values", (ack["conversationId"], ack["id"], ack["duplicate"]), (room, message_id, False))
    report.equal("ack: the first message is 1", (ack["seq"], ack["position"]), (1, 1))
    here = await heard(phone, message_id)
    there = await heard(desk, message_id)
    report.equal("both people hear the same message", here, there)
    row = there["message"]
    report.equal("message: position", (there["position"], row["position"], row["seq"]), (1, 1, 1))
    report.equal("message: the true sender", row["senderId"], client.id)
    report.equal("message: sentAt as acknowledged", row["sentAt"], ack["sentAt"])
    report.equal("message: empty fields are null", (row["replyTo"], row["editedAt"], row["deletedAt"], row["attachments"], row["reactions"]), (None, None, None, [], []))
    before = [frame["type"] for frame in desk.heard[:desk.heard.index(there)]]
    known = [entry["conversationId"] for entry in desk.welcome["conversations"]]
    report.check("`conversation` comes before the first live frame of one not told of", room in known or "conversation" in before, (known, before))

    ack = await desk.send(room, "Yes.", replyTo=1)
    reply = await heard(phone, ack["id"])
    report.equal("a reply says to what", reply["message"]["replyTo"], 1)
    answer = await desk.ask({"type": "send", "conversationId": room, "id": uuid7(), "text": "x", "replyTo": 9_999})
    report.equal("a reply to nothing", (answer.get("code"), answer.get("field")), ("invalid_field", "replyTo"))


async def duplicates(stage: Stage, phone: Socket, desk: Socket, room: str, trainer) -> None:
    report = stage.report
    message_id = uuid7()
    first = await phone.send(room, "once", id=message_id)
    await heard(desk, message_id)
    again = await phone.send(room, "once", id=message_id)
    report.equal("a retry is a duplicate", again["duplicate"], True)
    report.equal("a retry has the first answer", pick(again), pick(first))
    report.check("a retry is not delivered again", await desk.nothing(of(message_id)))
    other = await phone.ask({"type": "send", "conversationId": room, "id": message_id, "text": "other"})
    report.equal("the same id with other content", other.get("code"), "idempotency_conflict")
    other = await desk.ask({"type": "send", "conversationId": room, "id": message_id, "text": "once"})
    report.equal("the same id from the other person", other.get("code"), "idempotency_conflict")

    ben = await stage.person("Ben", "User")
    await stage.book(trainer, ben)
    elsewhere = await Socket.open(stage, ben)
    ack = await elsewhere.send(conversation(trainer, ben), "once", id=message_id)
    report.equal("the same id in another conversation is independent", (ack["type"], ack.get("duplicate")), ("ack", False))
    await elsewhere.close()


async def texts(stage: Stage, phone: Socket, desk: Socket, room: str) -> None:
    report = stage.report
    kept = " <b>Cafe\u0301</b> & \"quotes\" '); drop table--\n\t\u202e "
    ack = await phone.send(room, kept)
    told = await heard(desk, ack["id"])
    report.equal("text is kept as sent, after NFC", told["message"]["text"], kept.replace("e\u0301", "\u00e9"))
    ack = await phone.send(room, "💪" * 4000)
    report.equal("4,000 characters fit", ack["type"], "ack")
    refused = {
        "4,001 characters": ("x" * 4001, "text_too_long"),
        "an empty text": ("", "empty_message"),
        "white space": (" \n\t\u00a0", "empty_message"),
        "no text": (None, "empty_message"),
        "a bell": ("a\u0007", "invalid_field"),
        "a carriage return": ("a\r\nb", "invalid_field"),
        "a C1 control": ("a\u0085", "invalid_field"),
    }
    for name, (text, code) in refused.items():
        answer = await phone.send(room, text)
        report.equal(f"{name}", answer.get("code"), code)


async def changes(stage: Stage, phone: Socket, desk: Socket, room: str) -> None:
    report = stage.report
    message_id = uuid7()
    sent = await phone.send(room, "first", id=message_id)
    seq = sent["seq"]
    await heard(desk, message_id)

    ack = await phone.ask({"type": "edit", "conversationId": room, "seq": seq, "text": "second"})
    report.equal("edit: ack", (ack["type"], ack.get("seq"), ack.get("position"), ack.get("duplicate")), ("ack", seq, seq + 1, False))
    told = await heard(desk, message_id)
    row = told["message"]
    report.equal("edit: the whole row", (row["text"], row["seq"], row["position"], told["position"]), ("second", seq, seq + 1, seq + 1))
    report.check("edit: editedAt", row["editedAt"] is not None, row)
    again = await phone.ask({"type": "edit", "conversationId": room, "seq": seq, "text": "second"})
    report.equal("edit: repeated", (again["type"], again.get("duplicate")), ("ack", True))
    stale = await phone.ask({"type": "edit", "conversationId": room, "seq": seq, "text": "third", "ifPosition": seq})
    report.equal("edit: of a row that changed since", stale.get("code"), "edit_conflict")
    fine = await phone.ask({"type": "edit", "conversationId": room, "seq": seq, "text": "third", "ifPosition": seq + 1})
    report.equal("edit: ifPosition that holds", (fine["type"], fine.get("position")), ("ack", seq + 2))
    await heard(desk, message_id)
    for name, frame, code in [
        ("edit: to nothing", {"type": "edit", "seq": seq, "text": " "}, "empty_message"),
        ("edit: too long", {"type": "edit", "seq": seq, "text": "x" * 4001}, "text_too_long"),
        ("edit: not there", {"type": "edit", "seq": 9_999, "text": "x"}, "not_found"),
        ("delete: not there", {"type": "delete", "seq": 9_999}, "not_found"),
    ]:
        answer = await phone.ask({**frame, "conversationId": room})
        report.equal(name, answer.get("code"), code)
    for name, frame in [("edit", {"type": "edit", "seq": seq, "text": "mine"}), ("delete", {"type": "delete", "seq": seq})]:
        answer = await desk.ask({**frame, "conversationId": room})
        report.equal(f"{name}: of another's message", answer.get("code"), "forbidden")

    ack = await phone.ask({"type": "delete", "conversationId": room, "seq": seq})
    report.equal("delete: ack", (ack["type"], ack.get("position"), ack.get("duplicate")), ("ack", seq + 3, False))
    row = (await heard(desk, message_id))["message"]
    report.equal("delete: what is kept", (row["id"], row["seq"], row["sentAt"]), (message_id, seq, sent["sentAt"]))
    report.equal("delete: nothing of the content", (row["text"], row["attachments"], row["reactions"], row["replyTo"]), (None, [], [], None))
    report.check("delete: deletedAt", row["deletedAt"] is not None, row)
    again = await phone.ask({"type": "delete", "conversationId": room, "seq": seq})
    report.equal("delete: repeated", (again["type"], again.get("duplicate")), ("ack", True))
    late = await phone.send(room, "first", id=message_id)
    report.equal("a late retry of a deleted message", (late["type"], late.get("duplicate"), pick(late)), ("ack", True, pick(sent)))
    answer = await phone.ask({"type": "edit", "conversationId": room, "seq": seq, "text": "back"})
    report.check("a deleted message is not edited back", answer["type"] == "error", answer)


async def foreign(stage: Stage, phone: Socket, desk: Socket, trainer, client) -> None:
    report = stage.report
    turned = f"conversation:{client.id}:{trainer.id}"
    ack = await phone.send(turned, "turned")
    report.equal("either order is taken, the canonical answered", ack.get("conversationId"), conversation(trainer, client))
    tom, ben = await stage.pair()
    theirs, absent = conversation(tom, ben), f"conversation:{uuid.uuid4()}:{uuid.uuid4()}"
    for name, frame in {
        "send": {"type": "send", "id": uuid7(), "text": "x"},
        "edit": {"type": "edit", "seq": 1, "text": "x"},
        "delete": {"type": "delete", "seq": 1},
        "sync": {"type": "sync", "after": 0},
    }.items():
        answers = [await phone.ask({**frame, "conversationId": room}) for room in (theirs, absent)]
        report.equal(f"{name}: a conversation of others", answers[0].get("code"), "not_found")
        bodies = [{key: value for key, value in answer.items() if key not in ("ref", "conversationId")} for answer in answers]
        report.equal(f"{name}: of others and absent alike", bodies[0], bodies[1])
    stranger = await stage.person("Zoe", "User")
    answer = await desk.send(conversation(trainer, stranger), "buy more")
    report.check("a trainer may not write to a stranger", answer.get("code") in ("not_found", "read_only"), answer)


def pick(ack: dict) -> dict:
    return {key: ack.get(key) for key in ("conversationId", "id", "seq", "position", "sentAt")}


def of(message_id: str):
    return lambda frame: frame["type"] == "message" and frame["message"]["id"] == message_id


async def heard(socket: Socket, message_id: str) -> dict:
    """The next frame of the message. It may come before the ack that was waited for: nothing orders the two."""
    last = socket.told.get(message_id, 0)

    def is_next(frame: dict) -> bool:
        return of(message_id)(frame) and frame["position"] > last

    kept = [frame for frame in socket.heard if "type" in frame and is_next(frame)]
    frame = kept[0] if kept else await socket.expect(is_next)
    socket.told[message_id] = frame["position"]
    return frame
