import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Conversation } from "../src/conversations/conversation.ts";
import { around, newer, older } from "../src/device/paging.ts";
import { awaiting, gaveUp, left, shown } from "../src/device/replica.ts";
import type { ServerFrame, Sync } from "../src/protocol.ts";
import { toMessage } from "../src/threads/row.ts";
import { Log } from "./kit/log.ts";
import { ANNA, TOM, TOM_ANNA } from "./kit/people.ts";

type Live = Extract<ServerFrame, { type: "message" }>;
type Arrival = { kind: "message"; frame: Live } | { kind: "sync"; page: Sync };

const PAGE = 5;

const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant("send"), n: fc.nat(1) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("edit", "remove"), n: fc.nat(40) }) },
    { weight: 8, arbitrary: fc.record({ do: fc.constant("deliver"), n: fc.nat(3) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("drop", "repeat", "reorder"), n: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("cut", "reload", "restore"), n: fc.nat(20) }) },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constantFrom("older", "newer", "around", "leave"), n: fc.nat(40) }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("page", "page fails"), n: fc.nat(1) }) },
  ),
  { maxLength: 80, size: "max" },
);

describe("a device that follows the rules", () => {
  test("ends as the log, whatever was dropped, repeated, reordered, cut and reset on the way", () => {
    fc.assert(
      fc.property(fc.nat(12), steps, fc.boolean(), (before, commands, reconnects) => {
        const world = new World(before);

        for (const { do: what, n } of commands) world.step(what, n);
        world.heal(reconnects);

        world.expectTheLog();
      }),
      { numRuns: Number(process.env.RUNS ?? 400) },
    );
  });

  test("moves its position by the next message, and by nothing beyond a hole", () => {
    const world = new World(2);

    const skipped = world.log.send(ANNA, "c", "third");
    const after = world.log.send(ANNA, "d", "fourth");
    world.receive({ kind: "message", frame: live(after) });

    expect(world.device.replica?.position).toBe(2);
    expect(world.device.replica?.tail.rows).toHaveLength(2);
    world.receive({ kind: "message", frame: live(skipped) });
    expect(world.device.replica?.position).toBe(3);
  });
});

/** One device, its server, and a network that does what it likes. */
class World {
  readonly log = new Log(TOM_ANNA, "epoch-0");
  device: Conversation;
  epoch = "epoch-0";
  #wire: Arrival[] = [];
  #epochs = 0;
  #sent = 0;
  #due: (() => void) | null = null;

  constructor(before: number) {
    for (let n = 0; n < before; n++) this.#send(n);
    this.#wire = [];
    this.device = this.#begin();
  }

  step(what: string, n: number): void {
    const rows = this.log.rows;
    switch (what) {
      case "send":
        this.#send(n);
        break;
      case "edit":
        this.#tell(
          this.log.change(rows[n % (rows.length || 1)]?.seq ?? 0, { text: `edited ${this.log.head}` }),
        );
        break;
      case "remove":
        this.#tell(this.log.remove(rows[n % (rows.length || 1)]?.seq ?? 0));
        break;
      case "deliver":
        for (let times = 0; times <= n; times++) this.#deliver(0);
        break;
      case "drop":
        this.#wire.splice(n, 1);
        break;
      case "repeat": {
        const again = this.#wire[n];
        if (again) this.#wire.push(again);
        break;
      }
      case "reorder":
        this.#deliver(n);
        break;
      case "cut":
        this.#reconnect();
        break;
      case "reload":
        this.#reload();
        break;
      case "restore":
        this.#restore(n);
        break;
      case "page":
        this.#due?.();
        break;
      case "page fails":
        if (this.#due && this.device.replica) this.device.replica = gaveUp(this.device.replica);
        this.#due = null;
        break;
      default:
        this.#ask(what, n);
    }
  }

  receive(arrival: Arrival): void {
    const before = this.#positions();
    const { outcome } =
      arrival.kind === "message"
        ? this.device.takeMessage(arrival.frame.position, arrival.frame.message)
        : this.device.takeSync(arrival.page);
    for (const [seq, position] of this.#positions()) {
      expect(position).toBeGreaterThanOrEqual(before.get(seq) ?? 0);
    }
    if (outcome === "reset") {
      this.#entry(false);
      this.#openNewest();
    }
    if (outcome === "hole") this.#sync();
  }

  /** The network is well again: by a new socket, or because the gateway repairs what it knows to be missing. */
  heal(reconnects: boolean): void {
    this.#due?.();
    if (reconnects || this.epoch !== this.log.epoch) this.#reconnect();
    this.#deliverAll();
    // A page may have reached the copy before its frames reached the line.
    const from = Math.min(this.device.replica?.position ?? 0, this.device.line.position);
    for (const page of this.log.sync(this.epoch, from)) this.#wire.push({ kind: "sync", page });
    this.#deliverAll();
  }

  expectTheLog(): void {
    const { replica, line } = this.device;
    if (!replica) throw new Error("no copy");
    expect(replica.position).toBe(this.log.head);
    for (const window of [replica.tail, shown(replica)]) {
      const first = window.rows[0]?.seq ?? 0;
      const last = window.hasNewer ? (window.rows.at(-1)?.seq ?? 0) : Number.POSITIVE_INFINITY;
      const truth = this.log.rows.filter(({ seq }) => seq >= first && seq <= last);
      expect(window.rows.map(toMessage)).toEqual(truth);
      expect(window.hasOlder).toBe(this.log.rows.some(({ seq }) => seq < first));
    }
    expect(line.unread).toBe(this.log.unreadOf(ANNA, line.readSeq));
    expect(line.lastMessage).toEqual(this.log.rows.at(-1) ?? null);
  }

  #positions(): Map<number, number> {
    const { replica } = this.device;
    const rows = replica ? [...replica.tail.rows, ...shown(replica).rows] : [];
    return new Map(rows.map(({ seq, position }) => [seq, position]));
  }

  #begin(): Conversation {
    const device = new Conversation(TOM_ANNA, () => TOM);
    this.device = device;
    this.#entry(true);
    device.open(this.log.page({}, PAGE));
    return device;
  }

  #entry(afresh: boolean): void {
    const marks = { readSeq: 2, deliveredSeq: 2, peerReadSeq: 0, peerDeliveredSeq: 0 };
    const unread = this.log.unreadOf(ANNA, 2);
    const { head: position } = this.log;
    const lastMessage = this.log.rows.at(-1) ?? null;
    const line = {
      conversationId: TOM_ANNA,
      peerId: ANNA,
      position,
      lastMessage,
      unread,
      ...marks,
      canSend: true,
    };
    this.device.takeEntry(line, afresh);
  }

  #send(n: number): void {
    this.#sent += 1;
    this.#tell(this.log.send(n % 2 === 0 ? ANNA : TOM, `id-${this.#sent}`, `message ${this.#sent}`));
  }

  #tell(row: ReturnType<Log["send"]> | null): void {
    if (row) this.#wire.push({ kind: "message", frame: live(row) });
  }

  #deliver(n: number): void {
    const [arrival] = this.#wire.splice(Math.min(n, Math.max(0, this.#wire.length - 1)), 1);
    if (arrival) this.receive(arrival);
  }

  #deliverAll(): void {
    while (this.#wire.length > 0) this.#deliver(0);
  }

  #sync(): void {
    const after = this.device.replica?.position ?? 0;
    for (const page of this.log.sync(this.epoch, after)) this.#wire.push({ kind: "sync", page });
  }

  #reconnect(): void {
    this.#wire = [];
    const isNew = this.epoch !== this.log.epoch;
    const resumed = this.epoch;
    this.epoch = this.log.epoch;
    if (isNew) this.device.distrust();
    this.#entry(isNew);
    if (this.device.replica?.stale) this.#openNewest();
    else {
      const after = this.device.replica?.position ?? 0;
      for (const page of this.log.sync(resumed, after)) this.#wire.push({ kind: "sync", page });
    }
  }

  #reload(): void {
    const kept = this.device.record(this.epoch);
    this.#due = null;
    this.device = new Conversation(TOM_ANNA, () => TOM);
    if (kept)
      this.device.restore({
        ...kept,
        copy: kept.copy && {
          ...kept.copy,
          rows: kept.copy.rows.slice(-3),
          hasOlder: kept.copy.hasOlder || kept.copy.rows.length > 3,
        },
      });
    if (!this.device.replica) this.#openNewest();
    this.#reconnect();
  }

  #restore(n: number): void {
    this.#epochs += 1;
    this.log.restore(`epoch-${this.#epochs}`, n);
    this.#due = null;
    this.#reconnect();
  }

  /** A page is read now and arrives later. */
  #ask(what: string, n: number): void {
    const { replica } = this.device;
    if (!replica || replica.stale) return;
    if (what === "leave") this.device.replica = left(replica);
    if (what === "leave" || this.#due) return;
    const window = shown(replica);
    const seq = what === "around" ? n + 1 : what === "older" ? window.rows[0]?.seq : window.rows.at(-1)?.seq;
    if (seq === undefined || (what === "older" && !window.hasOlder) || (what === "newer" && !window.hasNewer))
      return;
    const device = this.device;
    device.replica = awaiting(replica);
    const part = what === "older" ? { before: seq } : what === "newer" ? { after: seq } : { around: seq };
    const page = this.log.page(part, PAGE);
    this.#due = () => {
      this.#due = null;
      if (!device.replica) return;
      const read = { ...page, rows: page.rows.map((message) => device.row(message)) };
      if (what === "older") device.replica = older(device.replica, seq, read);
      else if (what === "newer") device.replica = newer(device.replica, seq, read);
      else device.replica = around(device.replica, read);
    };
  }

  #openNewest(): void {
    this.#due = null;
    this.device.open(this.log.page({}, PAGE));
    if (this.device.isBehind) this.#sync();
  }
}

function live(row: ReturnType<Log["send"]>): Live {
  return { type: "message", conversationId: TOM_ANNA, position: row.position, message: row };
}
