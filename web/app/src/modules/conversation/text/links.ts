export type Piece = { kind: "text"; text: string } | { kind: "link"; text: string; href: string };

// A link ends at white space, quotes, and at every character that could make it read as another
// address: zero-width ones and the bidi controls.
const CANDIDATE =
  /(?<![\p{L}\p{N}_@])(?:https?:\/\/|www\.)[^\s<>"`\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/giu;
const TRAILING = /[.,:;!?'’”»…*_~)\]}]$/u;
const OPENERS: Record<string, string> = { ")": "(", "]": "[", "}": "{" };

/**
 * Splits a text into plain pieces and links. Only `http:` and `https:` become links, only without a name
 * or password before the host (`https://bank.example@evil.example`), and nothing is ever parsed as HTML.
 */
export function linkPieces(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const shown = withoutTrailingPunctuation(match[0]);
    const href = safeAddress(shown);
    if (!href) continue;
    if (match.index > end) pieces.push({ kind: "text", text: text.slice(end, match.index) });
    pieces.push({ kind: "link", text: shown, href });
    end = match.index + shown.length;
  }
  if (end < text.length) pieces.push({ kind: "text", text: text.slice(end) });
  return pieces;
}

function safeAddress(shown: string): string | null {
  const address = /^www\./i.test(shown) ? `https://${shown}` : shown;
  if (!URL.canParse(address)) return null;
  const { protocol, username, password, hostname, href } = new URL(address);
  const web = protocol === "https:" || protocol === "http:";
  return web && !username && !password && /[^.]\.[^.]/.test(hostname) ? href : null;
}

/** A sentence's full stop is not the link's; a bracket is, when the link opened it. */
function withoutTrailingPunctuation(candidate: string): string {
  let shown = candidate;
  while (TRAILING.test(shown)) {
    const last = shown.slice(-1);
    const opener = OPENERS[last];
    if (opener && count(shown, opener) >= count(shown, last)) break;
    shown = shown.slice(0, -1);
  }
  return shown;
}

function count(text: string, char: string): number {
  return text.split(char).length - 1;
}
