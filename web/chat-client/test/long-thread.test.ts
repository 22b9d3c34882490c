import { performance } from "node:perf_hooks";
import { expect, test } from "vitest";
import { Conversation } from "../src/conversations/conversation.ts";
import { Log } from "./kit/log.ts";
import { ANNA, TOM, TOM_ANNA } from "./kit/people.ts";

test("a message at the end of 50,000 costs a copy of the list, and no work for any other row", () => {
  const log = new Log(TOM_ANNA, "epoch");
  const rows = Array.from({ length: 50_000 }, (_, n) => log.send(ANNA, `id-${n}`, `${n}`));
  const tom = new Conversation(TOM_ANNA, () => TOM);
  tom.open({ rows, position: log.head, hasOlder: false, hasNewer: false });
  const before = tom.replica?.tail.rows ?? [];

  const took: number[] = [];
  for (let n = 0; n < 100; n++) {
    const message = log.send(ANNA, `new-${n}`, "more");
    const start = performance.now();
    tom.takeMessage(message.position, message);
    took.push(performance.now() - start);
  }

  const median = took.sort((a, b) => a - b)[50] ?? 0;
  process.stdout.write(`chat-client: a message after 50,000 rows, median ${median.toFixed(2)} ms\n`);
  const after = tom.replica?.tail.rows ?? [];
  expect(after).toHaveLength(50_100);
  expect(before.every((row, index) => row === after[index])).toBe(true);
  expect(median).toBeLessThan(16);
});
