import type { Me } from "@spotter/chat-client";
import { useCallback, useEffect, useState } from "react";
import { useLocation } from "wouter";
import { addressOf, conversationWith, peerOf } from "../roster/selection";

export interface JumpTarget {
  conversationId: string;
  seq: number;
}

/** Goes to one message of any conversation: opens that conversation, whose thread then goes to the message. */
export function useJumpTarget(me: Me, peerId: string | null) {
  const [, navigate] = useLocation();
  const [target, setTarget] = useState<JumpTarget | null>(null);

  // A jump is over once the reader has gone elsewhere: coming back must not repeat it.
  useEffect(() => {
    const here = peerId === null ? null : conversationWith(me, peerId);
    setTarget((wanted) => (wanted?.conversationId === here ? wanted : null));
  }, [me, peerId]);

  const jump = useCallback(
    (conversationId: string, seq: number) => {
      const peer = peerOf(me, conversationId);
      if (!peer) return;
      setTarget({ conversationId, seq });
      if (peer !== peerId) navigate(addressOf(me, peer));
    },
    [me, peerId, navigate],
  );
  return { target, jump };
}
