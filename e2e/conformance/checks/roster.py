"""Trainers, clients, names, and the directory that the platform feeds."""

import asyncio
import uuid

from stage import Stage, conversation, uuid7
from wire import Socket


async def story(stage: Stage) -> None:
    trainer, client = await stage.person("Mira", "Trainer"), await stage.person("Jörg", "User")
    await lists(stage, trainer, client)
    await names(stage, trainer, client)
    await directory(stage)
    await roles(stage, trainer, client)
    await access(stage)


async def lists(stage: Stage, trainer, client) -> None:
    report = stage.report

    async def clients(**query) -> list[dict]:
        return (await stage.call("GET", "/api/trainer/clients", token=trainer.token, params=query)).json()["data"]

    async def trainers() -> list[dict]:
        return (await stage.call("GET", "/api/user/trainers", token=client.token)).json()["data"]

    report.equal("clients: none yet", await clients(), [])
    booking = await stage.book(trainer, client)
    told = await clients()
    report.equal("clients: with a booking", [(c["userID"], c["name"], c["role"]) for c in told], [(client.id, "Jörg", "User")])
    report.equal("clients: the fields", set(told[0]), {"userID", "name", "email", "role"})
    report.equal("trainers: with a booking", [(t["userID"], t["name"], t["role"]) for t in await trainers()], [(trainer.id, "Mira", "Trainer")])
    report.equal("clients: search by name", len(await clients(search="jör")), 1)
    report.equal("clients: search by address", len(await clients(search=told[0]["email"][:6])), 1)
    report.equal("clients: search for another", await clients(search="zzz"), [])
    report.equal("clients: search with wildcards finds only their letters", await clients(search="%"), [])
    await stage.book(trainer, client, "completed", booking)
    report.equal("clients: gone with the booking", await clients(), [])

    writer = await stage.person("Nele", "User")
    body = {"conversationId": conversation(trainer, writer), "id": uuid7(), "text": "May I join?"}
    answer = await stage.call("POST", "/api/chat/messages", token=writer.token, json=body)
    report.equal("a client may write to any trainer first", answer.status_code, 201)
    for _ in range(40):
        told = await clients()
        if told:
            break
        await asyncio.sleep(0.25)
    report.equal("clients: who has written", [c["userID"] for c in told], [writer.id])

    await stage.book(trainer, client, "active", booking)
    first = await stage.call("GET", "/api/trainer/clients", token=trainer.token, params={"limit": 1})
    report.check("clients: Link next", "next" in first.links, dict(first.headers))
    second = await stage.http.get(first.links["next"]["url"], headers={"Authorization": f"Bearer {trainer.token}"})
    both = {c["userID"] for answer in (first, second) for c in answer.json()["data"]}
    report.equal("clients: by pages of one", both, {client.id, writer.id})


async def names(stage: Stage, trainer, client) -> None:
    report = stage.report
    stranger, other = await stage.person("Ben", "User"), await stage.person("Otto", "Trainer")

    async def people(token: str, *ids: str):
        return await stage.call("GET", "/api/people", token=token, params=[("id", one) for one in ids])

    found = (await people(trainer.token, client.id, stranger.id, str(uuid.uuid4()))).json()["data"]
    report.equal("people: a trainer sees own clients only", found, [{"userID": client.id, "name": "Jörg", "role": "User"}])
    found = (await people(client.token, trainer.id, other.id, stranger.id)).json()["data"]
    report.equal("people: a client sees any trainer", {one["userID"] for one in found}, {trainer.id, other.id})
    stage.refused("people: 101 ids", await people(client.token, *[str(uuid.uuid4()) for _ in range(101)]), 422, "invalid_field", "id")
    stage.refused("people: a malformed id", await people(client.token, "x"), 422, "invalid_field", "id")


async def directory(stage: Stage) -> None:
    report = stage.report
    user = str(uuid.uuid4())

    async def put(id: str = user, token: str = stage.platform, **change):
        body = {"name": "Kim", "email": "kim@example.com", "role": "Trainer", **change}
        return await stage.call("PUT", "/api/directory/users/{id}", id=id, token=token, json={k: v for k, v in body.items() if v is not None})

    async def name() -> str:
        asker = await stage.person("Lea", "User")
        return (await stage.call("GET", "/api/people", token=asker.token, params={"id": user})).json()["data"][0]["name"]

    answer = await put(version=5)
    report.equal("PUT user: 204 without a body", (answer.status_code, answer.content), (204, b""))
    await put(version=4, name="Old Kim")
    report.equal("PUT user: a lower version is ignored", await name(), "Kim")
    await put(version=6, name="New Kim")
    report.equal("PUT user: a higher one is taken", await name(), "New Kim")
    stage.refused("PUT user: a malformed id", await put(id="x"), 422, "invalid_field", "id")
    stage.refused("PUT user: no name", await put(name=None), 422, "invalid_field", "name")
    stage.refused("PUT user: an unknown role", await put(role="Admin"), 422, "invalid_field", "role")
    stage.refused("PUT user: a name that is a number", await put(name=1), 400, "bad_frame")
    stage.refused("PUT user: NUL in the name", await put(name="a\u0000"), 422, "invalid_field", "name")

    tom, ben = await stage.pair()
    body = {"trainerId": tom.id, "clientId": ben.id, "status": "active", "startsAt": "2026-11-02T08:00:00Z", "endsAt": "2026-12-02T08:00:00Z"}
    for promise, change, status, code in [
        ("an unknown status", {"status": "maybe"}, 422, "invalid_field"),
        ("a malformed time", {"startsAt": "monday"}, 422, "invalid_field"),
    ]:
        answer = await stage.call("PUT", "/api/directory/bookings/{id}", id=str(uuid.uuid4()), token=stage.platform, json={**body, **change})
        stage.refused(f"PUT booking: {promise}", answer, status, code)


async def roles(stage: Stage, trainer, client) -> None:
    body = {"name": "x", "email": "x@example.com", "role": "User"}
    for promise, method, path, token, more in [
        ("clients as User", "GET", "/api/trainer/clients", client.token, {}),
        ("clients as Platform", "GET", "/api/trainer/clients", stage.platform, {}),
        ("trainers as Trainer", "GET", "/api/user/trainers", trainer.token, {}),
        ("people as Platform", "GET", "/api/people", stage.platform, {"params": {"id": client.id}}),
        ("PUT user as Trainer", "PUT", "/api/directory/users/{id}", trainer.token, {"json": body}),
        ("sign-out as User", "POST", "/api/directory/users/{id}/sign-out", client.token, {}),
    ]:
        answer = await stage.call(method, path, id=client.id, token=token, **more)
        stage.refused(promise, answer, 403, "forbidden")
    answer = await stage.call("GET", "/api/trainer/clients")
    stage.refused("clients without a token", answer, 401, "unauthenticated")


async def access(stage: Stage) -> None:
    """A booking opens a conversation and its end closes it, on live sockets."""
    report = stage.report
    tom, ben = await stage.person("Tom", "Trainer"), await stage.person("Ben", "User")
    room = conversation(tom, ben)
    booking = await stage.book(tom, ben)
    desk = await Socket.open(stage, tom)
    ack = await retried(desk, room)
    report.equal("a booking lets the trainer write first", ack["type"], "ack")
    # Told by the doorbell, not by the check of heads that follows the first subscription.
    await asyncio.sleep(3)
    for status, may in (("cancelled", False), ("active", True)):
        await stage.book(tom, ben, status, booking)
        try:
            frame = await desk.expect(lambda frame: frame["type"] == "access" and frame["userId"] == tom.id, within=2.5)
            report.equal(f"a booking that is {status} is told with `access` within 2.5 s", frame["canSend"], may)
        except AssertionError as error:
            report.check(f"a booking that is {status} is told with `access` within 2.5 s", False, error)
        answer = await desk.send(room, "still there?")
        report.equal(f"a booking that is {status}: the trainer writes", answer.get("code", "ack"), "ack" if may else "read_only")
    await desk.close()


async def retried(socket: Socket, room: str) -> dict:
    """The relation reaches the log by a doorbell: within 2.5 s."""
    for _ in range(10):
        ack = await socket.send(room, "welcome")
        if ack["type"] == "ack":
            return ack
        await asyncio.sleep(0.25)
    return ack
