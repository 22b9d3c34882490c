import type { Limits } from "@spotter/chat-client";
import { bareType, isImage } from "./limits";

/** The longest side a shrunk picture keeps: more than any screen of a chat shows. */
const LONGEST = 3_072;
const QUALITY = 0.86;
const TARGET = "image/jpeg";

/** Makes a picture fit where the browser can read it: one over the limit, or of a type nobody else reads (HEIC). */
export async function shrunk(file: File, limits: Limits): Promise<File> {
  const type = bareType(file.type);
  if (!isImage(type)) return file;
  const group = limits.uploads.find((uploads) => uploads.types.includes(type));
  if (group && file.size <= group.bytes) return file;
  const blob = await redrawn(file).catch(() => null);
  return blob ? new File([blob], renamed(file.name), { type: TARGET }) : file;
}

async function redrawn(file: File): Promise<Blob> {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas");
  // A transparent picture turns black in JPEG without it.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas.convertToBlob({ type: TARGET, quality: QUALITY });
}

function renamed(name: string): string {
  return `${name.replace(/\.[^.]*$/, "")}.jpg`;
}
