import type { ConversationId } from "@spotter/chat-client";
import { useChatClient } from "@spotter/chat-client/react";
import { useEffect, useSyncExternalStore } from "react";
import { playback } from "./playback";
import type { Recorder, RecorderEvent } from "./recorder";
import { recordingOf } from "./recordings";

/** The recording of a conversation while its bar is on the screen. */
export function useRecorder(conversationId: ConversationId): {
  recorder: Recorder;
  tell(event: RecorderEvent): void;
} {
  const recording = recordingOf(useChatClient(), conversationId);
  const recorder = useSyncExternalStore(recording.subscribe, recording.get);

  useEffect(() => {
    // Whoever speaks does not want to record what sounds.
    playback.pause();
    recording.enter();
    return recording.leave;
  }, [recording]);

  return { recorder, tell: recording.tell };
}

/** Whether there is a recording to come back to. */
export function useKeptRecording(conversationId: ConversationId): boolean {
  return recordingOf(useChatClient(), conversationId).get().step !== "idle";
}
