import type { Attachment, FileId } from "../protocol.ts";
import { isRecord } from "../wire/shape.ts";
import { ApiError, errorOf, isErrorCode } from "./error.ts";
import { type Http, problem } from "./http.ts";
import type { Tokens } from "./token.ts";
import type { UploadOptions } from "./types.ts";

type Sendable = Attachment & { url: string };

const POLL_MS = 1_000;
/** A file that is not ready by then never will be. */
const POLLS = 120;

/** Sends a file, telling of progress, and resolves when it can be attached. */
export async function uploadFile(
  http: Http,
  tokens: Tokens,
  file: Blob & { name?: string },
  { onProgress, signal }: UploadOptions = {},
): Promise<Sendable> {
  let status = await post(http, tokens, file, onProgress, signal);
  for (let polls = 0; isRecord(status) && status.state === "processing" && polls < POLLS; polls++) {
    await pause(POLL_MS, signal);
    status = (await http.get(`/api/files/${String(status.id)}`)).body;
  }
  if (isRecord(status) && status.state === "rejected") {
    throw errorOf(isErrorCode(status.code) ? status.code : "upload_rejected");
  }
  return attachmentOf(status, file.name ?? null);
}

async function post(
  http: Http,
  tokens: Tokens,
  file: Blob & { name?: string },
  onProgress: UploadOptions["onProgress"],
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const token = await tokens.get().catch(() => {
    throw errorOf("unauthenticated");
  });
  const form = new FormData();
  form.append("file", file, file.name ?? "file");
  const { status, body } = await request(`${http.base}/api/files/upload`, token, form, onProgress, signal);
  if (status >= 200 && status < 300) return body;
  if (status === 401) tokens.refused(token);
  throw problem(status, body);
}

/** `fetch` tells nothing of an upload's progress. */
function request(
  url: string,
  token: string,
  form: FormData,
  onProgress: UploadOptions["onProgress"],
  signal: AbortSignal | undefined,
): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted());
    const xhr = new XMLHttpRequest();
    xhr.open("POST", url);
    xhr.setRequestHeader("Authorization", `Bearer ${token}`);
    xhr.upload.onprogress = ({ lengthComputable, loaded, total }) => {
      if (lengthComputable && total > 0) onProgress?.(loaded / total);
    };
    xhr.onload = () => resolve({ status: xhr.status, body: parsed(xhr.responseText) });
    xhr.onerror = () => reject(errorOf("unavailable"));
    xhr.onabort = () => reject(aborted());
    signal?.addEventListener("abort", () => xhr.abort(), { once: true });
    xhr.send(form);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function attachmentOf(body: unknown, name: string | null): Sendable {
  if (!isRecord(body) || typeof body.url !== "string" || typeof body.id !== "string") {
    throw new ApiError("unavailable", true);
  }
  const { id, url, contentType, size, width, height, thumbnailUrl, placeholder, durationMs, waveform } = body;
  return {
    id: id as FileId,
    url,
    contentType: String(contentType),
    size: Number(size),
    name,
    width: (width as number | undefined) ?? null,
    height: (height as number | undefined) ?? null,
    ...(typeof thumbnailUrl === "string" ? { thumbnailUrl } : {}),
    placeholder: (placeholder as string | undefined) ?? null,
    durationMs: (durationMs as number | undefined) ?? null,
    waveform: (waveform as number[] | undefined) ?? null,
  };
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(aborted());
    });
  });
}

function aborted(): DOMException {
  return new DOMException("the upload was cancelled", "AbortError");
}
