import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ANNA, MAYA } from "../../../gallery/cast";
import { fakeChat } from "../../../gallery/fakeChat";
import { onScreen } from "../../../gallery/onScreen";
import { rows } from "../../../gallery/rows";
import { SearchPanel } from "./SearchPanel";

const [SQUAT, RUN] = rows({ trainer: MAYA, client: ANNA, me: MAYA }, [
  { from: ANNA, minutes: 9, text: "💪 squat day" },
  { from: MAYA, minutes: 8, text: "and a run" },
]);

describe("search", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("asks once one pauses, marks what was found and leads to it", async () => {
    const { chat, asked } = server({ squat: page([[SQUAT, 2, 7]]) });
    const onJump = vi.fn();
    const screen = await onScreen(<SearchPanel onJump={onJump} onClose={() => {}} />, {}, chat);
    await screen.type("input", "squ");
    await screen.type("input", " squat ");
    await pause(screen);

    expect(asked).toEqual(["squat"]);
    expect(screen.find("mark").textContent).toBe("squat");

    await screen.press(/squat day/);
    expect(onJump).toHaveBeenCalledWith(SQUAT?.conversationId, SQUAT?.seq);
  });

  it("shows only the answer to the latest question", async () => {
    const { chat, answer } = server({});
    const screen = await onScreen(<SearchPanel onJump={() => {}} onClose={() => {}} />, {}, chat);
    await screen.type("input", "squat");
    await pause(screen);
    await screen.type("input", "run");
    await pause(screen);

    answer("run", page([[RUN, 6, 9]]));
    answer("squat", page([[SQUAT, 2, 7]]));
    await screen.settle();

    expect(screen.all("mark").map((it) => it.textContent)).toEqual(["run"]);
  });

  it("says when nothing was found, and that it failed when it failed", async () => {
    const { chat } = server({ plan: page([]), lost: new Error("unavailable") });
    const screen = await onScreen(<SearchPanel onJump={() => {}} onClose={() => {}} />, {}, chat);
    await screen.type("input", "plan");
    await pause(screen);
    expect(screen.text()).toContain("Nothing found for “plan”");

    await screen.type("input", "lost");
    await pause(screen);
    expect(screen.find("[role=alert]").textContent).toContain("The search did not work");
  });

  it("goes on with older pages", async () => {
    const { chat, asked } = server({
      day: { ...page([[SQUAT, 8, 11]]), next: "older" },
      "day older": page([[RUN, 0, 3]]),
    });
    const screen = await onScreen(<SearchPanel onJump={() => {}} onClose={() => {}} />, {}, chat);
    await screen.type("input", "day");
    await pause(screen);

    await screen.press("Show more");

    expect(asked).toEqual(["day", "day older"]);
    expect(screen.all("mark").map((it) => it.textContent)).toEqual(["day", "and"]);
    expect(screen.text()).not.toContain("Show more");
  });
});

type Answer = Awaited<ReturnType<ReturnType<typeof fakeChat>["api"]["chat"]["search"]>>;

function page(hits: readonly [typeof SQUAT, number, number][]): Answer {
  const data = hits.flatMap(([message, start, end]) =>
    message ? [{ message, highlight: [{ start, end }] }] : [],
  );
  return { data, next: null };
}

/** Answers by the question, or later by hand. */
function server(answers: Readonly<Record<string, Answer | Error>>) {
  const chat = fakeChat({ me: MAYA });
  const asked: string[] = [];
  const waiting = new Map<string, (answer: Answer) => void>();
  chat.api.chat.search = ({ q, after }) => {
    const question = after ? `${q} ${after}` : q;
    asked.push(question);
    const known = answers[question];
    if (known instanceof Error) return Promise.reject(known);
    return known ? Promise.resolve(known) : new Promise((resolve) => waiting.set(question, resolve));
  };
  return { chat, asked, answer: (question: string, answer: Answer) => waiting.get(question)?.(answer) };
}

async function pause(screen: Awaited<ReturnType<typeof onScreen>>): Promise<void> {
  vi.advanceTimersByTime(250);
  await screen.settle();
}
