import type { Attachment } from "@spotter/chat-client";
import { useApi } from "@spotter/chat-client/react";
import { useCallback, useEffect, useRef, useState } from "react";
import { bareType } from "../media/limits";
import type { Recording } from "./recorder";

export interface VoiceUpload {
  busy: boolean;
  /** 0 to 1. */
  done: number;
  failed: boolean;
  send(): void;
}

/** Uploads a recording; leaving the screen cancels it. */
export function useVoiceUpload(recording: Recording, onReady: (attachment: Attachment) => void): VoiceUpload {
  const api = useApi();
  const [state, setState] = useState({ busy: false, done: 0, failed: false });
  const stop = useRef<AbortController>(null);
  const ready = useRef(onReady);
  ready.current = onReady;

  useEffect(() => () => stop.current?.abort(), []);

  const send = useCallback(() => {
    const own = new AbortController();
    stop.current?.abort();
    stop.current = own;
    setState({ busy: true, done: 0, failed: false });
    const onProgress = (done: number) => !own.signal.aborted && setState((it) => ({ ...it, done }));
    api.files.uploadFile(fileOf(recording), { onProgress, signal: own.signal }).then(
      (attachment) => !own.signal.aborted && ready.current(drawn(attachment, recording)),
      () => !own.signal.aborted && setState({ busy: false, done: 0, failed: true }),
    );
  }, [api, recording]);

  return { ...state, send };
}

function fileOf({ blob }: Recording): File {
  const type = bareType(blob.type);
  return new File([blob], type === "audio/mp4" ? "voice.m4a" : "voice.webm", { type });
}

/** The server tells length and waveform; where it does not yet, the recorder's own are shown. */
function drawn(attachment: Attachment, { durationMs, waveform }: Recording): Attachment {
  return {
    ...attachment,
    durationMs: attachment.durationMs ?? Math.round(durationMs),
    waveform: attachment.waveform ?? waveform,
  };
}
