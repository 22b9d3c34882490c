import { expect, test } from "vitest";
import { previewOf } from "./preview";

const t = (id: string, values?: Record<string, unknown>) => (values ? `${id} ${values.count}` : id);
const of = (...types: string[]) => ({
  text: null,
  attachments: types.map((contentType) => ({ contentType })),
  deletedAt: null,
});

test("a message in one line", () => {
  expect(previewOf({ text: " see\n\nyou ", attachments: [], deletedAt: null }, t)).toBe("see you");
  expect(previewOf({ text: null, attachments: [], deletedAt: "2026-03-02T10:00:00Z" }, t)).toBe(
    "message.deleted",
  );
  expect(previewOf(of("image/webp", "image/webp"), t)).toBe("message.photo 2");
  expect(previewOf(of("audio/mp4"), t)).toBe("message.voice");
  expect(previewOf(of("application/pdf"), t)).toBe("message.document 1");
});
