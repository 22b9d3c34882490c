import { afterEach } from "vitest";

// Each test starts on an empty page with nothing remembered.
afterEach(() => {
  document.body.replaceChildren();
  localStorage.clear();
});
