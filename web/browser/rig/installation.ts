import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";

/** What `make up` writes for scripts: `demo.json`. */
export interface Demo {
  url: string;
  /** Base addresses without the edge in between. */
  services: { history: string; roster: string; files: string };
  platformToken: string;
}

interface Running {
  gateways: { name: string; pid: number; internal: string }[];
  broker: number;
}

/** The installation that `e2e browser` started for these stories. */
export class Installation {
  readonly home: string;
  readonly demo: Demo;

  constructor(path = process.env.SPOTTER_DEMO) {
    if (!path) throw new Error("SPOTTER_DEMO names the demo.json of a running installation");
    this.home = dirname(path);
    this.demo = JSON.parse(readFileSync(path, "utf8")) as Demo;
  }

  /** Killed as by a crash; the runner starts each again after a moment. */
  killGateways(): void {
    for (const gateway of this.running().gateways) process.kill(gateway.pid, "SIGKILL");
  }

  /** The broker hangs while `story` runs, as if its machine had gone. */
  async withoutBroker(story: () => Promise<void>): Promise<void> {
    const { broker } = this.running();
    process.kill(broker, "SIGSTOP");
    try {
      await story();
    } finally {
      process.kill(broker, "SIGCONT");
    }
  }

  /** How many sockets each gateway holds. */
  sockets(): Promise<number[]> {
    return Promise.all(
      this.running().gateways.map(async ({ internal }) => {
        const metrics = await (await fetch(`${internal}/metrics`)).text();
        const line = metrics.split("\n").find((line) => line.startsWith("gateway_sockets "));
        return Number(line?.split(" ").at(-1) ?? 0);
      }),
    );
  }

  private running(): Running {
    return JSON.parse(readFileSync(join(this.home, "run.json"), "utf8")) as Running;
  }
}
