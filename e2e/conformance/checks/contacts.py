"""A client writes first: to any trainer, within limits."""

from stage import Stage, conversation
from wire import Socket


async def story(stage: Stage) -> None:
    report = stage.report
    zoe, tom = await stage.person("Zoe", "User"), await stage.person("Tom", "Trainer")
    room = conversation(tom, zoe)
    desk = await Socket.open(stage, tom)
    phone = await Socket.open(stage, zoe)

    ack = await phone.send(room, "May I train with you?")
    report.equal("a first contact is taken", ack["type"], "ack")
    live = await desk.expect("message")
    told = [frame["type"] for frame in desk.heard]
    report.check("the trainer is told of the conversation first", "conversation" in told and told.index("conversation") < told.index("message"), told)
    entry = next(frame for frame in desk.heard if frame["type"] == "conversation")
    report.equal("and may answer", (entry["peerId"], entry["canSend"]), (zoe.id, True))
    report.equal("the message", live["message"]["senderId"], zoe.id)
    answers = [await phone.send(room, f"{number}") for number in (2, 3, 4)]
    report.equal("three messages, then read_only", [answer.get("code", "ack") for answer in answers], ["ack", "ack", "read_only"])
    report.equal("the trainer answers", (await desk.send(room, "Sure."))["type"], "ack")
    report.equal("and the client may go on", (await phone.send(room, "Great."))["type"], "ack")

    last = {}
    for number in range(10):
        other = await stage.person(f"Trainer{number}", "Trainer")
        last = await phone.send(conversation(other, zoe), "hello")
        if last["type"] != "ack":
            break
    report.equal("ten conversations a day, then read_only", (number, last.get("code")), (9, "read_only"))
    own = await stage.person("Own", "Trainer")
    await stage.book(own, zoe)
    report.equal("a trainer one books with does not count", (await eventually(phone, conversation(own, zoe)))["type"], "ack")
    nobody = conversation(await stage.person("Ben", "User"), zoe)
    answer = await phone.send(nobody, "hello")
    report.check("someone who is no trainer is not there", answer.get("code") == "not_found", answer)
    await phone.close()
    await desk.close()


async def eventually(socket: Socket, room: str) -> dict:
    import asyncio

    for _ in range(10):
        answer = await socket.send(room, "hello")
        if answer["type"] == "ack":
            break
        await asyncio.sleep(0.25)
    return answer
