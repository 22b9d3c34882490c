import "../src/theme/base.css";
import { I18nProvider } from "@lingui/react";
import { ChatProvider } from "@spotter/chat-client/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Router } from "wouter";
import { memoryLocation } from "wouter/memory-location";
import { App } from "../src/App";
import { i18n, startI18n } from "../src/i18n/i18n";
import { received } from "../src/modules/notifications/received";
import { showTheme, storedTheme } from "../src/theme/theme";
import { Contents } from "./Contents";
import { fakeChat } from "./fakeChat";
import { drawPictures } from "./pictures";
import { type Page, pages } from "./scenes";

showTheme(storedTheme());

const query = new URLSearchParams(location.search);
const root = document.getElementById("root");
if (!root) throw new Error("the page has no #root");

const [pictures] = await Promise.all([drawPictures(), startI18n(query.get("locale") ?? "en")]);
const all = pages(pictures);
const page = all[query.get("scene") ?? ""];
createRoot(root).render(page ? screen(page()) : <Contents names={Object.keys(all)} />);

function screen({ scene, at }: Page) {
  if (scene.asksForNotices) {
    // A browser that is driven by a program has always decided already.
    Object.defineProperty(Notification, "permission", { get: () => "default" });
    received.set(true);
  }
  const [path = "/", searchPath = ""] = at.split("?");
  const { hook, searchHook } = memoryLocation({ path, searchPath });
  return (
    <StrictMode>
      <I18nProvider i18n={i18n}>
        <ChatProvider chat={fakeChat(scene)}>
          <Router hook={hook} searchHook={searchHook}>
            <App />
          </Router>
        </ChatProvider>
      </I18nProvider>
    </StrictMode>
  );
}
