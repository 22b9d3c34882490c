"""Checks a running Spotter against PROTOCOL: every call and frame, fields and codes to the letter.

    .dev/conformance/bin/python e2e/conformance/run.py [--demo .dev/demo.json] [--only sending,files] [-v]
"""

import sys

sys.dont_write_bytecode = True  # leaves the checkout clean

import argparse
import asyncio
import warnings
from pathlib import Path

from checks import catching_up, closing, contacts, files, frames, handshake, living, marking, over_http, rates, roster, sending, sessions
from report import Report
from stage import Stage

SECTIONS = {
    "handshake": handshake, "frames": frames, "sending": sending, "marking": marking, "living": living, "catching_up": catching_up, "contacts": contacts,
    "over_http": over_http, "roster": roster, "files": files, "sessions": sessions, "closing": closing, "rates": rates,
}


async def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--demo", type=Path, default=Path(".dev/demo.json"), help="what runs, as `make up` writes it")
    arguments.add_argument("--key", type=Path, help="the key that signs tokens; keys/jwt.pem beside the demo file unless told")
    arguments.add_argument("--only", default=",".join(SECTIONS), help="sections, comma-separated: " + ", ".join(SECTIONS))
    arguments.add_argument("-v", "--verbose", action="store_true", help="print what holds as well")
    chosen = arguments.parse_args()

    report = Report(verbose=chosen.verbose)
    stage = Stage(chosen.demo, chosen.key or chosen.demo.parent / "keys" / "jwt.pem", report)
    for name in chosen.only.split(","):
        await report.section(name, SECTIONS[name].story(stage))
    await stage.http.aclose()
    return report.summary()


if __name__ == "__main__":
    warnings.filterwarnings("ignore", message="Unverified HTTPS request")
    sys.exit(asyncio.run(main()))
