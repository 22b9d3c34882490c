"""`/api/chat/*` beside paging: who may read, what is refused, sending without a socket, CORS, `/docs`."""

import json
import uuid

from stage import Stage, conversation, uuid7
from wire import Socket

ACK = {"conversationId", "id", "seq", "position", "sentAt", "duplicate"}


async def story(stage: Stage) -> None:
    trainer, client = await stage.pair()
    await sends(stage, trainer, client)
    await refusals(stage, trainer, client)
    await lists(stage, trainer)
    await shell(stage, client)


async def sends(stage: Stage, trainer, client) -> None:
    report = stage.report
    room = conversation(trainer, client)
    desk = await Socket.open(stage, trainer)
    body = {"conversationId": room, "id": uuid7(), "text": "over HTTP"}
    first = await stage.call("POST", "/api/chat/messages", token=client.token, json=body)
    report.equal("POST messages: 201 with the ack's fields", (first.status_code, set(first.json())), (201, ACK))
    told = await desk.expect(lambda frame: frame["type"] == "message" and frame["message"]["id"] == body["id"])
    report.equal("POST messages: delivered", told["message"]["text"], "over HTTP")
    again = await stage.call("POST", "/api/chat/messages", token=client.token, json=body)
    report.equal("POST messages: 200 for a duplicate", (again.status_code, again.json()), (200, {**first.json(), "duplicate": True}))
    over_socket = await desk.ask({"type": "send", **body})
    report.equal("POST messages: the id is taken for the socket too", over_socket.get("code"), "idempotency_conflict")
    await desk.close()

    async def post(**change):
        return await stage.call("POST", "/api/chat/messages", token=client.token, json={**body, "id": uuid7(), **change})

    for promise, answer, status, code, field in [
        ("other content", await post(id=body["id"], text="else"), 409, "idempotency_conflict", None),
        ("id is no UUIDv7", await post(id=str(uuid.uuid4())), 422, "invalid_field", "id"),
        ("no conversation id", await post(conversationId="x"), 422, "invalid_field", "conversationId"),
        ("a foreign conversation", await post(conversationId=f"conversation:{uuid.uuid4()}:{uuid.uuid4()}"), 404, "not_found", None),
        ("empty", await post(text=" "), 422, "empty_message", None),
        ("too long", await post(text="x" * 4001), 422, "text_too_long", None),
        ("a control character", await post(text="\u0000"), 422, "invalid_field", "text"),
        ("a wrong type", await post(text=1), 400, "bad_frame", None),
        ("eleven attachments", await post(attachments=[str(uuid.uuid4())] * 11), 422, "invalid_field", "attachments"),
        ("an unknown file", await post(attachments=[str(uuid.uuid4())]), 404, "not_found", None),
    ]:
        stage.refused(f"POST messages: {promise}", answer, status, code, field)
    for promise, content, status, code in [
        ("no JSON", b"{", 400, "bad_frame"),
        ("a surrogate", b'{"conversationId":"%s","id":"%s","text":"\\ud800"}' % (room.encode(), uuid7().encode()), 422, "invalid_field"),
        ("a body of 1 MiB", json.dumps({**body, "padding": "x" * (1 << 20)}).encode(), 413, "payload_too_large"),
    ]:
        answer = await stage.call("POST", "/api/chat/messages", token=client.token, content=content, headers={"Content-Type": "application/json"})
        stage.refused(f"POST messages: {promise}", answer, status, code)


async def refusals(stage: Stage, trainer, client) -> None:
    tom, ben = await stage.pair()
    own = {"userId": client.id, "trainerId": trainer.id}

    async def history(token: str | None = client.token, **query):
        return await stage.call("GET", "/api/chat/history", token=token, params={**own, **query})

    stage.refused("history: no token", await history(token=None), 401, "unauthenticated")
    stage.refused("history: Platform", await history(token=stage.platform), 403, "forbidden")
    theirs = await history(userId=ben.id, trainerId=tom.id)
    absent = await history(userId=str(uuid.uuid4()), trainerId=str(uuid.uuid4()))
    stage.refused("history: of others", theirs, 404, "not_found")
    stage.refused("history: absent", absent, 404, "not_found")
    bodies = [{key: value for key, value in answer.json().items() if key != "traceId"} for answer in (theirs, absent)]
    stage.report.equal("history: of others and absent alike", bodies[0], bodies[1])
    for name, value in {"userId": "x", "trainerId": "x", "limit": "0", "before": "x", "after": "-1", "around": "x"}.items():
        stage.refused(f"history: {name}={value}", await history(**{name: value}), 422, "invalid_field", name)
    stage.refused("history: limit=201", await history(limit="201"), 422, "invalid_field", "limit")
    answer = await stage.call("GET", "/api/chat/history", token=client.token, params={"userId": client.id})
    stage.refused("history: no trainerId", answer, 422, "invalid_field", "trainerId")
    answer = await stage.call("GET", "/api/chat/conversations", token=stage.platform)
    stage.refused("conversations: Platform", answer, 403, "forbidden")


async def lists(stage: Stage, trainer) -> None:
    report = stage.report
    rooms = []
    for name in ("Ada", "Bea", "Cas"):
        client = await stage.person(name, "User")
        await stage.book(trainer, client)
        room = conversation(trainer, client)
        body = {"conversationId": room, "id": uuid7(), "text": f"from {name}"}
        await stage.call("POST", "/api/chat/messages", token=client.token, json=body)
        rooms.append(room)
    everything = (await stage.call("GET", "/api/chat/conversations", token=trainer.token)).json()["data"]
    report.equal("conversations: most recent first", [entry["conversationId"] for entry in everything][:3], rooms[::-1])
    collected, link = [], "/api/chat/conversations?limit=1"
    while link and len(collected) < 10:
        answer = await stage.http.get(link, headers={"Authorization": f"Bearer {trainer.token}"})
        collected += answer.json()["data"]
        link = answer.links.get("next", {}).get("url")
    report.equal("conversations: by pages of one, all of them once", [e["conversationId"] for e in collected], [e["conversationId"] for e in everything])
    answer = await stage.call("GET", "/api/chat/conversations", token=trainer.token, params={"limit": 0})
    stage.refused("conversations: limit=0", answer, 422, "invalid_field", "limit")
    answer = await stage.call("GET", "/api/chat/conversations", token=trainer.token, params={"after": "nonsense"})
    stage.refused("conversations: after=nonsense", answer, 422, "invalid_field", "after")


async def shell(stage: Stage, client) -> None:
    report = stage.report
    headers = {"Authorization": f"Bearer {client.token}", "Origin": stage.url}
    answer = await stage.http.get("/api/chat/conversations", headers=headers)
    report.equal("CORS: our origin", answer.headers.get("access-control-allow-origin"), stage.url)
    exposed = {name.strip().lower() for name in answer.headers.get("access-control-expose-headers", "").split(",")}
    report.equal("CORS: exposed headers", exposed, {"link", "etag", "chat-epoch", "chat-position", "retry-after"})
    answer = await stage.http.get("/api/chat/conversations", headers={**headers, "Origin": "https://evil.example"})
    report.equal("CORS: another origin is not named", answer.headers.get("access-control-allow-origin"), None)
    for path in ("/api/chat/sync", "/api/files/upload", "/api/trainer/clients"):
        preflight = await stage.http.options(path, headers={"Origin": stage.url, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"})
        allowed = preflight.headers.get("access-control-allow-headers", "").lower()
        report.check(f"CORS: preflight of {path}", preflight.status_code in (200, 204) and "authorization" in allowed and "content-type" in allowed, (preflight.status_code, dict(preflight.headers)))
    for path in ("/api/chat/nothing", "/api/nothing", "/api/trainer/nothing", "/api/files/nothing/else/there"):
        answer = await stage.http.get(path, headers=headers)
        stage.refused(f"GET {path}", answer, 404, "not_found")
    answer = await stage.http.delete("/api/chat/conversations", headers=headers)
    report.equal("a wrong method is 405 in problem+json", (answer.status_code, answer.headers.get("content-type")), (405, "application/problem+json"))
    for path in ("/metrics", "/healthz", "/readyz"):
        for base in (stage.url, stage.gateways[0].replace("ws", "http", 1).removesuffix("/ws/chat")):
            answer = await stage.http.get(base + path)
            report.check(f"{path} is not public", "spotter" not in answer.text.lower() or answer.headers.get("content-type", "").startswith("text/html"), (base, answer.status_code, answer.text[:100]))
    for path, kind in {"/docs": "text/html", "/docs/socket": "text/html", "/docs/openapi.json": "application/json", "/docs/asyncapi.json": "application/json"}.items():
        answer = await stage.http.get(path)
        report.equal(f"{path} is served", (answer.status_code, answer.headers.get("content-type", "").split(";")[0]), (200, kind))
