import "./theme/base.css";
import { I18nProvider } from "@lingui/react";
import { createChat } from "@spotter/chat-client";
import { ChatProvider } from "@spotter/chat-client/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { host, socketUrl } from "./host";
import { i18n, startI18n } from "./i18n/i18n";
import { loadThread } from "./modules/messages/loadThread";
import { showTheme, storedTheme } from "./theme/theme";

showTheme(storedTheme());

const { getToken, locale } = host();
const chat = createChat({
  url: socketUrl(host()),
  getToken: () => getToken(),
  client: { name: "web", version: "0.1.0" },
});

// A deep link needs the thread as soon as it is known who is signed in.
if (window.location.search !== "") void loadThread().catch(() => null);

void startI18n(locale).then(() => {
  const root = document.getElementById("root");
  if (!root) throw new Error("the page has no #root");
  createRoot(root).render(
    <StrictMode>
      <I18nProvider i18n={i18n}>
        <ChatProvider chat={chat}>
          <App />
        </ChatProvider>
      </I18nProvider>
    </StrictMode>,
  );
});
