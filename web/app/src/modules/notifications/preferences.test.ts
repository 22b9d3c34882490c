import { describe, expect, it } from "vitest";
import { PreferenceStore } from "./preferences";

describe("what was decided about notifications", () => {
  it("is undecided at first, and text is shown", () => {
    expect(new PreferenceStore().get()).toEqual({ wanted: null, showText: true });
  });

  it("outlives the page", () => {
    new PreferenceStore().change({ wanted: true, showText: false });
    expect(new PreferenceStore().get()).toEqual({ wanted: true, showText: false });
  });

  it("reaches the other tabs", () => {
    const store = new PreferenceStore();
    let told = 0;
    const leave = store.subscribe(() => told++);
    localStorage.setItem("spotter.notifications", '{"wanted":false}');

    window.dispatchEvent(new StorageEvent("storage", { key: "spotter.notifications" }));

    expect(store.get()).toEqual({ wanted: false, showText: true });
    expect(told).toBe(1);
    leave();
  });

  it("survives what somebody else wrote", () => {
    localStorage.setItem("spotter.notifications", "][");
    expect(new PreferenceStore().get()).toEqual({ wanted: null, showText: true });
  });
});
