export type Presences = ReadonlyMap<string, { online: boolean; lastSeenAt: string | null }>;
