"""What was checked, and the exact bytes of what went wrong."""

import traceback
from dataclasses import dataclass, field


@dataclass
class Report:
    passed: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    verbose: bool = False

    def check(self, promise: str, holds: bool, seen: object = "") -> bool:
        if holds:
            self.passed += 1
            if self.verbose:
                print(f"  ok    {promise}")
        else:
            self.failed.append((promise, str(seen)))
            print(f"  FAIL  {promise}\n        seen: {str(seen)[:1500]}")
        return bool(holds)

    def equal(self, promise: str, seen: object, wanted: object) -> bool:
        return self.check(promise, seen == wanted, f"{seen!r}, wanted {wanted!r}")

    def skip(self, promise: str, why: str) -> None:
        self.skipped.append((promise, why))
        print(f"  skip  {promise}: {why}")

    async def section(self, name: str, story) -> None:
        """Runs one group of checks; a story that breaks off counts as one failure."""
        print(name)
        try:
            await story
        except Exception as error:  # noqa: BLE001 a broken story must not hide the others
            place = traceback.extract_tb(error.__traceback__)
            lines = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in place][-4:]
            self.check(f"{name} runs to its end", False, f"{type(error).__name__}: {error} at {' '.join(lines)}")

    def summary(self) -> int:
        print(f"\nconformance: {self.passed} passed, {len(self.failed)} failed, {len(self.skipped)} skipped")
        for promise, seen in self.failed:
            print(f"  FAIL  {promise}\n        {seen[:600]}")
        return 1 if self.failed else 0
