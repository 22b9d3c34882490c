"""Devices that were away: `resume`, `sync`, `POST /api/chat/sync`, history by pages."""

import asyncio
import uuid

from stage import Stage, conversation
from wire import Socket

MESSAGES = 230


async def story(stage: Stage) -> None:
    trainer, client = await stage.pair()
    room = conversation(trainer, client)
    phone, desk = await Socket.open(stage, client), await Socket.open(stage, trainer)
    await asyncio.gather(*[many(socket, room) for socket in (phone, desk)])
    epoch = desk.welcome["epoch"]
    head = MESSAGES
    await desk.close()

    await resumes(stage, trainer, room, epoch, head)
    await asks(stage, phone, room, head)
    await polls(stage, client, room, epoch, head)
    await pages(stage, trainer, client, head)
    await phone.close()


async def many(socket: Socket, room: str) -> None:
    for number in range(MESSAGES // 2):
        await socket.send(room, f"set {number}")
        # After the burst, at the pace of the rate: a socket that keeps on over it is closed.
        await asyncio.sleep(0.2 if number > 20 else 0)


async def resumes(stage: Stage, trainer, room: str, epoch: str, head: int) -> None:
    report = stage.report
    socket = await Socket.open(stage, trainer, resume={"epoch": epoch, "positions": {room: head - 3}})
    frames = syncs(socket)
    report.equal("resume: what was missed", [row["seq"] for frame in frames for row in frame["messages"]], [head - 2, head - 1, head])
    report.equal("resume: from, to, more", (frames[0]["from"], frames[-1]["to"], frames[-1]["more"]), (head - 3, head, False))
    report.check("resume: sync is heard before synced", socket.heard[-1]["type"] == "synced", [frame["type"] for frame in socket.heard])
    await socket.close()

    socket = await Socket.open(stage, trainer, resume={"epoch": epoch, "positions": {room: 0}})
    frames = syncs(socket)
    rows = [row["position"] for frame in frames for row in frame["messages"]]
    report.equal("resume from 0: every row in order", rows, list(range(1, head + 1)))
    report.check("resume from 0: pages of at most 200 rows", all(len(frame["messages"]) <= 200 for frame in frames) and len(frames) >= 2, [len(f["messages"]) for f in frames])
    report.equal("resume from 0: pages join", [frame["from"] for frame in frames[1:]], [frame["to"] for frame in frames[:-1]])
    report.equal("resume from 0: more", [frame["more"] for frame in frames], [True] * (len(frames) - 1) + [False])
    await socket.close()

    socket = await Socket.open(stage, trainer, resume={"epoch": epoch, "positions": {room: head}})
    report.equal("resume at the head: nothing", syncs(socket), [])
    await socket.close()
    for name, resume, reset in [
        ("another epoch", {"epoch": str(uuid.uuid4()), "positions": {room: head}}, "epoch_changed"),
        ("ahead of the log", {"epoch": epoch, "positions": {room: head + 100}}, "ahead"),
    ]:
        socket = await Socket.open(stage, trainer, resume=resume)
        seen = [(frame.get("reset"), frame["to"], frame["messages"], frame["more"]) for frame in syncs(socket)]
        report.equal(f"resume: {name}", seen, [(reset, head, [], False)])
        await socket.close()
    foreign = f"conversation:{trainer.id}:{uuid.uuid4()}"
    socket = await Socket.open(stage, trainer, resume={"epoch": epoch, "positions": {foreign: 1, room: head - 1}})
    errors = [frame for frame in socket.heard if frame["type"] == "error"]
    report.check("resume: what is not there gets an error with its conversationId", any(e.get("conversationId") == foreign and e["code"] == "not_found" for e in errors), socket.heard[1:])
    report.equal("resume: and the others their rows", [row["seq"] for frame in syncs(socket) for row in frame["messages"]], [head])
    await socket.close()


async def asks(stage: Stage, phone: Socket, room: str, head: int) -> None:
    report = stage.report
    page = await phone.ask({"type": "sync", "conversationId": room, "after": head - 2})
    report.equal("sync: the rows after", ([row["seq"] for row in page["messages"]], page["from"], page["to"], page["more"]), ([head - 1, head], head - 2, head, False))
    page = await phone.ask({"type": "sync", "conversationId": room, "after": 0})
    report.equal("sync from 0: the first page has more", (len(page["messages"]), page["to"], page["more"]), (200, 200, True))
    rest = await phone.expect(lambda frame: frame["type"] == "sync")
    report.equal("sync from 0: all pages come, with the ref", (rest.get("ref"), rest["from"], rest["to"], rest["more"]), (page["ref"], 200, head, False))
    page = await phone.ask({"type": "sync", "conversationId": room, "after": head + 5})
    report.equal("sync: ahead of the log", (page.get("reset"), page.get("to")), ("ahead", head))


async def polls(stage: Stage, client, room: str, epoch: str, head: int) -> None:
    report = stage.report

    async def poll(epoch: str, positions: dict):
        return await stage.call("POST", "/api/chat/sync", token=client.token, json={"epoch": epoch, "positions": positions})

    body = (await poll(epoch, {room: head - 2})).json()
    report.equal("poll: the rows after", [[row["seq"] for row in sync["messages"]] for sync in body["syncs"]], [[head - 1, head]])
    report.check("poll: no ref", all("ref" not in sync for sync in body["syncs"]), body["syncs"])
    report.equal("poll: epoch", body["epoch"], epoch)
    body = (await poll(epoch, {room: head})).json()
    report.equal("poll: nothing changed", body["syncs"], [])
    body = (await poll(epoch, {})).json()
    report.equal("poll: entries that are new", [entry["conversationId"] for entry in body["conversations"]], [room])
    body = (await poll(str(uuid.uuid4()), {room: 1})).json()
    report.equal("poll: another epoch", [sync.get("reset") for sync in body["syncs"]], ["epoch_changed"])
    body = (await poll(epoch, {room: head + 9})).json()
    report.equal("poll: ahead of the log", [sync.get("reset") for sync in body["syncs"]], ["ahead"])
    too_many = {f"conversation:{uuid.uuid4()}:{client.id}": 0 for _ in range(501)}
    stage.refused("poll: 501 positions", await poll(epoch, too_many), 422, "invalid_field", "positions")
    stage.refused("poll: a malformed epoch", await poll("x", {}), 422, "invalid_field", "epoch")
    stage.refused("poll: a wrong type", await poll(epoch, {room: "1"}), 400, "bad_frame")


async def pages(stage: Stage, trainer, client, head: int) -> None:
    report = stage.report
    people = {"userId": client.id, "trainerId": trainer.id}

    async def page(**query):
        return await stage.call("GET", "/api/chat/history", token=client.token, params={**people, **query})

    newest = await page()
    report.equal("history: 50 newest, oldest first", seqs(newest), list(range(head - 49, head + 1)))
    report.equal("history: Chat-Position", newest.headers.get("chat-position"), str(head))
    report.check("history: Chat-Epoch", bool(newest.headers.get("chat-epoch")), newest.headers)
    links = newest.links
    report.check("history: prev but no next on the newest page", "prev" in links and "next" not in links, links)
    older = await stage.http.get(links["prev"]["url"], headers={"Authorization": f"Bearer {client.token}"})
    report.equal("history: prev is the page before", seqs(older), list(range(head - 99, head - 49)))
    report.check("history: a page in the middle has both", {"prev", "next"} <= set(older.links), older.links)
    back = await stage.http.get(older.links["next"]["url"], headers={"Authorization": f"Bearer {client.token}"})
    report.equal("history: and next leads back", seqs(back), seqs(newest))
    report.equal("history: limit", len(seqs(await page(limit=200))), 200)
    report.equal("history: before", seqs(await page(before=11, limit=3)), [8, 9, 10])
    report.equal("history: after", seqs(await page(after=10, limit=3)), [11, 12, 13])
    around = seqs(await page(around=100, limit=5))
    report.check("history: around", len(around) == 5 and 100 in around and around == sorted(around), around)
    first = await page(before=4)
    report.check("history: the first page has no prev", seqs(first) == [1, 2, 3] and "prev" not in first.links and "next" in first.links, first.links)

    etag = newest.headers.get("etag", "")
    same = await stage.call("GET", "/api/chat/history", token=client.token, params=people, headers={"If-None-Match": etag})
    report.equal("history: ETag", (bool(etag), same.status_code, same.content), (True, 304, b""))
    turned = await stage.call("GET", "/api/chat/history", token=client.token, params={"userId": trainer.id, "trainerId": client.id})
    report.equal("history: the ids the other way round", turned.json(), newest.json())


def syncs(socket: Socket) -> list[dict]:
    return [frame for frame in socket.heard if frame["type"] == "sync"]


def seqs(answer) -> list[int]:
    return [row["seq"] for row in answer.json()]
