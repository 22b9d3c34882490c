import { expect, test, vi } from "vitest";
import { button, click, render } from "../../../testing/render";
import { MessageText } from "./MessageText";

const HOSTILE = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<svg/onload=alert(1)>",
  '"><iframe src=javascript:alert(1)>',
  "javascript:alert(1)",
  "[x](javascript:alert(1))",
  "<a href=https://example.com>here</a>",
  "&lt;b&gt; &amp;",
  "{{constructor.constructor('alert(1)')()}}",
];

const shown = (text: string, expanded = false, onExpand = vi.fn()) =>
  render(<MessageText text={text} expanded={expanded} onExpand={onExpand} />);

test.each(HOSTILE)("%s is shown as it was written and becomes no element", async (text) => {
  const { container } = await shown(text);

  expect(container.textContent).toBe(text);
  expect(container.querySelectorAll("script, img, svg, iframe, b, [href^='javascript' i]")).toHaveLength(0);
});

test("a link opens elsewhere and learns nothing of this page", async () => {
  const { container } = await shown("see https://example.com");

  const link = container.querySelector("a");

  expect(link?.getAttribute("href")).toBe("https://example.com/");
  expect(link?.target).toBe("_blank");
  expect(link?.rel.split(" ")).toEqual(expect.arrayContaining(["noopener", "noreferrer"]));
});

test("emoji alone are large, and a text has its own direction", async () => {
  const emoji = await shown("💪");
  const text = await shown("שלום");

  expect(emoji.container.querySelector(".text-emoji")).not.toBeNull();
  expect(text.container.querySelector("[dir=auto]")?.textContent).toBe("שלום");
});

test("a long text is folded until somebody wants more", async () => {
  const onExpand = vi.fn();
  const { container } = await shown("line\n".repeat(40), false, onExpand);

  await click(button(container, "Show more"));

  expect(container.querySelector(".line-clamp-12")).not.toBeNull();
  expect(onExpand).toHaveBeenCalledWith(true);
});
