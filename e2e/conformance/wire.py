"""A socket that checks each frame it hears, and waits for what it is told to wait for."""

import asyncio
import itertools
import json
import ssl
import uuid

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from stage import Person, Stage, uuid7

UNTRUSTING = ssl.create_default_context()
UNTRUSTING.check_hostname = False
UNTRUSTING.verify_mode = ssl.CERT_NONE


class Socket:
    def __init__(self, stage: Stage, connection):
        self.stage = stage
        self.connection = connection
        self.heard: list[dict] = []
        # Positions of the messages a check was told of, by message.
        self.told: dict[str, int] = {}
        self.refs = itertools.count(1)
        self.answers_pings = True
        self._queue: asyncio.Queue[dict] = asyncio.Queue()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, stage: Stage, person: Person, gateway: int = 0, **hello) -> "Socket":
        """Connects as a browser does, says hello, and waits for `synced`."""
        socket = await cls.dial(stage, person.token, gateway)
        await socket.hello(**hello)
        socket.synced = await socket.expect("synced", within=12)
        return socket

    @classmethod
    async def dial(cls, stage: Stage, token: str, gateway: int = 0, **options) -> "Socket":
        connection = await raw(stage, token, gateway, **options)
        return cls(stage, connection)

    async def hello(self, device: str | None = None, resume: dict | None = None) -> dict:
        frame = {"type": "hello", "device": device or str(uuid.uuid4()), "client": {"name": "conformance", "version": "1"}}
        if resume is not None:
            frame["resume"] = resume
        await self.say(frame)
        self.welcome = await self.expect("welcome")
        return self.welcome

    async def say(self, frame: dict | str | bytes) -> None:
        await self.connection.send(json.dumps(frame) if isinstance(frame, dict) else frame)

    async def ask(self, frame: dict, within: float = 6) -> dict:
        """Says a frame with a fresh `ref`; answers the frame that carries it."""
        ref = next(self.refs)
        await self.say({**frame, "ref": ref})
        return await self.expect(lambda answer: answer.get("ref") == ref, within=within)

    async def send(self, conversation: str, text: str | None = "hello", **more) -> dict:
        """Sends a message, waiting where the rate says so."""
        frame = {"type": "send", "conversationId": conversation, "id": more.pop("id", None) or uuid7(), **more}
        if text is not None:
            frame["text"] = text
        while True:
            answer = await self.ask(frame)
            if answer.get("code") != "rate_limited":
                return answer
            await asyncio.sleep(answer["retryAfterMs"] / 1000)

    async def expect(self, wanted, within: float = 6) -> dict:
        """The next frame of a type, or for which a predicate holds; others before it are kept in `heard`."""
        holds = wanted if callable(wanted) else lambda frame: frame["type"] == wanted
        since = len(self.heard)
        try:
            async with asyncio.timeout(within):
                while True:
                    frame = await self._queue.get()
                    self.heard.append(frame)
                    if "closed" in frame:
                        raise AssertionError(f"closed {frame} while waiting for {wanted}")
                    if holds(frame):
                        return frame
        except TimeoutError:
            kinds = [frame.get("type") for frame in self.heard[since:]]
            raise AssertionError(f"no {wanted} within {within} s; heard {kinds} {self.heard[since:][-1:]}") from None

    async def nothing(self, wanted, within: float = 1) -> bool:
        try:
            await self.expect(wanted, within)
        except AssertionError as error:
            return "within" in str(error)
        return False

    async def closed(self, within: float = 6) -> int:
        """The close code."""
        try:
            await self.expect(lambda _: False, within)
        except AssertionError:
            pass
        last = self.heard[-1] if self.heard else {}
        return last.get("closed", 0)

    async def close(self) -> None:
        await self.connection.close()
        await self._reader

    async def _read(self) -> None:
        try:
            while True:
                text = await self.connection.recv()
                if isinstance(text, bytes):
                    self.stage.report.check("frames are text", False, text[:100])
                    continue
                frame = json.loads(text)
                errors = self.stage.documents.frame_errors(frame)
                if errors:
                    self.stage.report.check(f"frame `{frame.get('type')}` is as asyncapi.json says", False, f"{errors} in {text[:900]}")
                else:
                    self.stage.report.passed += 1
                if len(text.encode()) > 262_144:
                    self.stage.report.check("no frame is larger than 256 KiB", False, len(text))
                if frame["type"] == "ping" and self.answers_pings:
                    await self.say({"type": "pong"})
                self._queue.put_nowait(frame)
        except ConnectionClosed as end:
            received = end.rcvd
            self._queue.put_nowait({"closed": received.code if received else 1006, "reason": received.reason if received else ""})


async def raw(stage: Stage, token: str | None, gateway: int = 0, *, subprotocols=("chat.v1",), bearer=True,
              origin: str | None = None, header: str | None = None, path: str = "/ws/chat", **options):
    """A bare connection. Raises `InvalidStatus` when it is refused."""
    url = stage.gateways[gateway].replace("http", "ws", 1)
    url = url if url.endswith("/ws/chat") else url + path
    offered = [*subprotocols, *([f"bearer.{token}"] if bearer and token is not None else [])]
    headers = {"Authorization": header} if header else None
    return await connect(
        url, subprotocols=offered or None, origin=origin, additional_headers=headers, max_size=None, proxy=None,
        ping_interval=None, ssl=UNTRUSTING if url.startswith("wss") else None, close_timeout=2, **options,
    )


async def refusal(stage: Stage, token: str | None, **options):
    """The HTTP answer to a refused upgrade, or `None` when it was not refused."""
    try:
        connection = await raw(stage, token, **options)
    except InvalidStatus as refused:
        return refused.response
    await connection.close()
    return None
