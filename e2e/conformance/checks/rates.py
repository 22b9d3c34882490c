"""Too much of anything: told when to come back, then closed. Last, because it uses up this address's handshakes."""

import asyncio
import time

from stage import Stage, conversation, uuid7
from wire import Socket, refusal


async def story(stage: Stage) -> None:
    await messages(stage)
    await http(stage)
    await flood(stage)
    await handshakes(stage)


async def messages(stage: Stage) -> None:
    report = stage.report
    trainer, anna = await stage.pair()
    room = conversation(trainer, anna)
    socket = await Socket.open(stage, anna)
    for ref in range(1000, 1060):
        await socket.say({"type": "send", "ref": ref, "conversationId": room, "id": uuid7(), "text": f"{ref}"})
    answers = [await socket.expect(lambda frame: frame.get("ref", 0) >= 1000) for _ in range(60)]
    limited = [answer for answer in answers if answer["type"] == "error"]
    report.check("60 messages at once: about 30 are taken", 28 <= 60 - len(limited) <= 40, 60 - len(limited))
    report.check("the others are rate_limited with retryAfterMs", bool(limited) and all(e["code"] == "rate_limited" and e["retryable"] and 0 < e.get("retryAfterMs", 0) <= 10_000 for e in limited), limited[:1])
    report.check("the socket stays", (await socket.send(room, "later"))["type"] == "ack")
    await socket.close()


async def http(stage: Stage) -> None:
    report = stage.report
    anna = await stage.person("Anna", "User")
    call = lambda: stage.call("GET", "/api/chat/conversations", token=anna.token, polite=False)  # noqa: E731
    answers = [answer for _ in range(10) for answer in await asyncio.gather(*[call() for _ in range(20)])]
    limited = [answer for answer in answers if answer.status_code == 429]
    report.check("200 calls at once: some are 429", bool(limited), [answer.status_code for answer in answers][-5:])
    if limited:
        stage.refused("HTTP rate", limited[0], 429, "rate_limited")
        report.check("HTTP rate: Retry-After and retryAfterMs", limited[0].headers.get("retry-after", "").isdigit() and limited[0].json().get("retryAfterMs", 0) > 0, (dict(limited[0].headers), limited[0].text))


async def flood(stage: Stage) -> None:
    report = stage.report
    trainer, anna = await stage.pair()
    frame = {"type": "sync", "conversationId": conversation(trainer, anna), "after": 0}
    socket = await Socket.open(stage, anna)
    started = time.monotonic()
    ref = 0
    while time.monotonic() - started < 16 and not any("closed" in heard for heard in list(socket._queue._queue)):
        for _ in range(40):
            ref += 1
            try:
                await socket.say({**frame, "ref": ref})
            except Exception:  # noqa: BLE001 closed meanwhile
                break
        await asyncio.sleep(0.25)
    code, took = await socket.closed(), time.monotonic() - started
    report.equal("a socket that keeps on closes 4029", code, 4029)
    report.check("after about 10 s of it", 8 < took < 16, took)


async def handshakes(stage: Stage) -> None:
    report = stage.report
    responses = []
    for _ in range(20):
        responses += await asyncio.gather(*[refusal(stage, "garbage") for _ in range(20)])
    limited = [response for response in responses if response is not None and response.status_code == 429]
    report.check("400 handshakes at once: some are 429", bool(limited), {r.status_code for r in responses if r})
    if limited:
        report.check("with Retry-After", limited[0].headers.get("retry-after", "").isdigit(), dict(limited[0].headers))
