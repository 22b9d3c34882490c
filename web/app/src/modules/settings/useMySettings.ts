import type { Settings } from "@spotter/chat-client";
import { useApi } from "@spotter/chat-client/react";
import { useCallback, useEffect, useRef, useState } from "react";

export interface MySettings {
  /** Null until they are known. */
  settings: Settings | null;
  /** They could not be read, or the last change was not kept. */
  trouble: "read" | "write" | null;
  change(next: Partial<Settings>): void;
  retry(): void;
}

/** The person's own settings: a change shows at once, and goes back where the server did not take it. */
export function useMySettings(): MySettings {
  const { me } = useApi();
  const [settings, setSettings] = useState<Settings | null>(null);
  const [trouble, setTrouble] = useState<MySettings["trouble"]>(null);
  const turn = useRef(0);

  const read = useCallback(() => {
    turn.current += 1;
    const mine = turn.current;
    setTrouble(null);
    me.getSettings().then(
      (known) => mine === turn.current && setSettings(known),
      () => mine === turn.current && setTrouble("read"),
    );
  }, [me]);
  useEffect(read, [read]);

  const change = (next: Partial<Settings>) => {
    if (!settings) return;
    turn.current += 1;
    const mine = turn.current;
    const wanted = { ...settings, ...next };
    setTrouble(null);
    setSettings(wanted);
    me.putSettings(wanted).then(
      // An answer to a change that was followed by another one is no longer what is wanted.
      (kept) => mine === turn.current && setSettings(kept),
      () => {
        if (mine !== turn.current) return;
        setSettings(settings);
        setTrouble("write");
      },
    );
  };

  return { settings, trouble, change, retry: read };
}
