"""Who calls, when schemathesis does: for each call somebody whose role may use it, a new person every few calls.

Loaded by schemathesis as its hooks (`schemathesis.toml`); `SPOTTER_DEMO` says what runs.
"""

import asyncio
import itertools
import os
from pathlib import Path

import schemathesis

from report import Report
from stage import Person, Stage

#: So many people share the calls that none is over the rate of one.
PEOPLE = 12


def role_of(path: str) -> str:
    if path.startswith("/api/directory/"):
        return "Platform"
    if path.startswith("/api/user/"):
        return "User"
    if path.startswith("/api/trainer/"):
        return "Trainer"
    return "Either"


async def cast() -> tuple[Stage, list[tuple[Person, Person]]]:
    demo = Path(os.environ["SPOTTER_DEMO"])
    stage = Stage(demo, demo.parent / "keys" / "jwt.pem", Report())
    return stage, [await stage.pair() for _ in range(PEOPLE)]


STAGE, PAIRS = asyncio.run(cast())
TURNS = itertools.cycle(range(PEOPLE))


@schemathesis.auth(refresh_interval=None)
class Callers:
    def get(self, case, context):
        trainer, client = PAIRS[next(TURNS)]
        match role_of(context.operation.path):
            case "Platform":
                return STAGE.platform
            case "User":
                return client.token
            case _:
                return trainer.token

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
