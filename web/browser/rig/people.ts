import { createPrivateKey, createPublicKey, randomUUID, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Installation } from "./installation.ts";

export interface Person {
  id: string;
  name: string;
  role: "Trainer" | "User";
}

/** The platform outside: it knows people and bookings, and issues tokens. */
export class Platform {
  constructor(private readonly installation: Installation) {}

  async person(name: string, role: Person["role"]): Promise<Person> {
    const id = randomUUID();
    await this.put(`users/${id}`, { name, email: `${id}@example.com`, role });
    return { id, name, role };
  }

  /** A trainer and a client of theirs. */
  async pair(trainerName = "Tom Brandt", clientName = "Anna Keller") {
    const [trainer, client] = await Promise.all([
      this.person(trainerName, "Trainer"),
      this.person(clientName, "User"),
    ]);
    await this.book(trainer, client);
    return { trainer, client };
  }

  async book(trainer: Person, client: Person): Promise<void> {
    const day = 24 * 3600 * 1000;
    await this.put(`bookings/${randomUUID()}`, {
      trainerId: trainer.id,
      clientId: client.id,
      status: "active",
      startsAt: new Date(Date.now() - day).toISOString(),
      endsAt: new Date(Date.now() + 30 * day).toISOString(),
    });
  }

  async signOut(person: Person): Promise<void> {
    await this.call("POST", `users/${person.id}/sign-out`);
  }

  /** A token as the demo's platform signs it. */
  token(person: Person, lifetimeSeconds = 3600): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: "https://id.spotter.localhost",
      aud: "spotter",
      sub: person.id,
      role: person.role,
      iat: now,
      exp: now + lifetimeSeconds,
    };
    const body = [{ alg: "EdDSA", typ: "JWT" }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    return `${body}.${sign(null, Buffer.from(body), this.key()).toString("base64url")}`;
  }

  private key() {
    const keys = join(this.installation.home, "keys");
    const publicKey = createPublicKey(readFileSync(join(keys, "jwt.pub.pem"))).export({ format: "jwk" });
    // The seed of Ed25519 lies at this place of its PKCS #8, which Node reads only without the public key.
    const der = Buffer.from(
      readFileSync(join(keys, "jwt.pem"), "utf8").replace(/-----[^-]+-----|\s/g, ""),
      "base64",
    );
    const d = der.subarray(16, 48).toString("base64url");
    return createPrivateKey({ key: { ...publicKey, d }, format: "jwk" });
  }

  private put(path: string, body: object): Promise<void> {
    return this.call("PUT", path, body);
  }

  private async call(method: string, path: string, body?: object): Promise<void> {
    const { services, platformToken } = this.installation.demo;
    const answer = await fetch(`${services.roster}/api/directory/${path}`, {
      method,
      headers: { authorization: `Bearer ${platformToken}`, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  }
}
