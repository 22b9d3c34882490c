import { describe, expect, test } from "vitest";
import { agoLabel, dayLabel, listLabel } from "./dates";

const now = new Date(2026, 2, 11, 15, 30);
const t = (id: string) => id;

describe("the line above a day", () => {
  test.each([
    [new Date(2026, 2, 11, 0, 1), "conversation.today"],
    [new Date(2026, 2, 10, 23, 59), "conversation.yesterday"],
    [new Date(2026, 2, 6, 12), "Friday"],
    [new Date(2026, 1, 2, 12), "Monday 2 February"],
    [new Date(2025, 11, 24, 12), "24 December 2025"],
  ])("of %s reads %s", (date, label) => {
    expect(dayLabel(date, now, "en-GB", t)).toBe(label);
  });

  test("is German for German readers", () => {
    expect(dayLabel(new Date(2026, 1, 2, 12), now, "de", t)).toBe("Montag, 2. Februar");
  });
});

test("the list shows the time, the weekday or the date", () => {
  const labels = [
    new Date(2026, 2, 11, 9, 5),
    new Date(2026, 2, 10, 9),
    new Date(2026, 2, 8, 9),
    new Date(2026, 0, 8, 9),
  ];

  expect(labels.map((date) => listLabel(date, now, "en-GB", t))).toEqual([
    "9:05",
    "conversation.yesterday",
    "Sun",
    "08/01/26",
  ]);
});

test("a person's absence is told in minutes, hours, days", () => {
  const away = [new Date(2026, 2, 11, 15, 29, 50), new Date(2026, 2, 11, 12, 30), new Date(2026, 2, 10, 12)];

  expect(away.map((date) => agoLabel(date, now, "en"))).toEqual(["1 minute ago", "3 hours ago", "yesterday"]);
});
