import type { ChatMessage, Found } from "@spotter/chat-client";
import { ANNA, MAYA } from "./cast";
import type { Pictures } from "./pictures";
import { type Line, pdf, UNSENT, voice } from "./rows";

const DAY = 1_440;

/** A week between a trainer and a client, with a bit of everything. */
export function week(pictures: Pictures): Line[] {
  return [
    { from: MAYA, minutes: 2 * DAY + 200, text: "Morning Anna! How did the long run go?" },
    {
      from: ANNA,
      minutes: 2 * DAY + 170,
      text: "Amazing. 14 km on the ridge, and I was up there for the sunrise",
    },
    {
      from: ANNA,
      minutes: 2 * DAY + 169,
      attachments: [pictures.trail],
      reactions: [{ emoji: "😍", userIds: [MAYA.id] }],
    },
    {
      from: MAYA,
      minutes: 2 * DAY + 150,
      text: "Beautiful! What was your heart rate on the last climb?",
      editedAt: "2026-03-02T15:20:00Z",
    },
    { from: ANNA, minutes: 2 * DAY + 140, text: "162, and down to 118 a minute later", replyTo: 4 },
    { from: ANNA, minutes: DAY + 400, deletedAt: "2026-03-03T11:10:00Z" },
    { from: MAYA, minutes: DAY + 90, attachments: [pdf("plan", "Spring block, week 3.pdf", 248_320)] },
    {
      from: MAYA,
      minutes: DAY + 89,
      text: "Week 3 is in there. Two things are new:\n\n1. Tempo squats, 3 s down\n2. The 20 min threshold run on Friday",
    },
    { from: ANNA, minutes: 64, text: "Done! My numbers so far:" },
    {
      from: ANNA,
      minutes: 63,
      attachments: [pictures.chart],
      reactions: [
        { emoji: "🔥", userIds: [MAYA.id, ANNA.id] },
        { emoji: "👏", userIds: [MAYA.id] },
      ],
    },
    {
      from: MAYA,
      minutes: 31,
      text: "That is 12 kg more than in January 💪 Here is what I saw in your video:",
    },
    { from: MAYA, minutes: 30, attachments: [voice("feedback", 37_000, 3)] },
    { from: ANNA, minutes: 12, text: "Knees out, chest up. Got it" },
    { from: ANNA, minutes: 12, text: "🙏" },
    { from: MAYA, minutes: 9, text: "See you Thursday at 7:30 then", state: "delivered" },
  ];
}

const SAID = [
  "Warm-up done, starting with the squats now",
  "Good. Keep the tempo slow on the way down",
  "3 × 5 at 80 kg, felt strong",
  "Great work! How was the last set, honestly?",
  "RPE 8, maybe 8.5. I could have done one more, but not two",
  "Perfect, that is where we want it. Add 2.5 kg next week, and keep everything else as it is: same rest, same tempo, same number of sets. If the knee says anything, stop and tell me",
  "👍",
  "And the run on Friday: easy pace, you should be able to talk all the time",
];

/** Talk of any length. */
export function plain(count: number): Line[] {
  return Array.from({ length: count }, (_, at) => ({
    from: at % 4 < 2 ? ANNA : MAYA,
    minutes: (count - at) * 23,
    text: SAID[at % SAID.length] ?? "",
  }));
}

export function mediaLines({ trail, kettlebell, bowl, chart }: Pictures): Line[] {
  return [
    {
      from: ANNA,
      minutes: 50,
      text: "Breakfast, new kettlebell, and the view",
      attachments: [bowl, kettlebell, trail],
    },
    { from: MAYA, minutes: 40, attachments: [chart] },
    { from: ANNA, minutes: 30, attachments: [kettlebell] },
    { from: ANNA, minutes: 20, attachments: [bowl, trail] },
    {
      from: MAYA,
      minutes: 10,
      attachments: [bowl, kettlebell, trail, chart, bowl],
      text: "Your week in pictures",
    },
    {
      from: ANNA,
      minutes: 5,
      attachments: [{ ...trail, id: "gone", url: "data:image/png,", thumbnailUrl: "data:image/png," }],
    },
  ];
}

export function spoken(): Line[] {
  return [
    { from: ANNA, minutes: 50, text: "Easier to say than to write:" },
    { from: ANNA, minutes: 49, attachments: [voice("long", 184_000, 1)] },
    { from: MAYA, minutes: 31, attachments: [voice("short", 4_000, 5)] },
    { from: MAYA, minutes: 30, text: "And once more, slower", attachments: [voice("middle", 41_000, 7)] },
  ];
}

export function troubled(): Line[] {
  return [
    ...plain(4),
    {
      from: MAYA,
      minutes: 3,
      text: "This one did not make it",
      ...UNSENT,
      state: "failed",
      failure: { code: "unavailable", retryable: true },
    },
    {
      from: MAYA,
      minutes: 2,
      text: "This one may not be sent",
      ...UNSENT,
      state: "failed",
      failure: { code: "read_only", retryable: false },
    },
    { from: MAYA, minutes: 1, text: "And this one waits", ...UNSENT, state: "waiting" },
    { from: MAYA, minutes: 0, text: "This one is on its way", ...UNSENT, state: "sending" },
  ];
}

/** What a search for "squat" and "week" finds. */
export function found(messages: readonly ChatMessage[]): Found[] {
  return messages.flatMap((message) => {
    const text = message.text ?? "";
    const highlight = [...text.matchAll(/squat|week/g)].map(({ index, 0: hit }) => ({
      start: [...text.slice(0, index)].length,
      end: [...text.slice(0, index + hit.length)].length,
    }));
    return highlight.length > 0 ? [{ message, highlight }] : [];
  });
}
