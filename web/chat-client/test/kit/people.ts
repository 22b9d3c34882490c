import { conversationId } from "../../src/wire/ids.ts";

export const TOM = "0f8b9a52-6c1e-4f0a-9d35-7be1c1b1a001";
export const ANNA = "7d2e4c18-93ab-4a77-8a0e-2f5d3c9e0b02";
export const BEN = "b3a1f6d4-5e27-4c89-b1d2-90c4e8f7a603";
export const TOM_ANNA = conversationId({ trainerId: TOM, clientId: ANNA });
export const TOM_BEN = conversationId({ trainerId: TOM, clientId: BEN });

export function tokenOf(id: string, role: string, exp = 4_102_444_800): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "EdDSA" })}.${part({ sub: id, role, iat: 1, exp })}.c2ln`;
}
