import { useApi } from "@spotter/chat-client/react";
import { Download, LogOut } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTexts } from "../../i18n/useTexts";
import { useSignOut } from "../../signOut";
import { Button } from "../../ui/Button";
import { Spinner } from "../../ui/Spinner";
import { Section } from "./Section";

/** Taking one's data along, and leaving. */
export function DataSection() {
  const { t } = useTexts();
  const { state, start } = useExport();
  return (
    <Section title={t("settings.data")}>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="min-w-48 flex-1 text-muted text-sm">{t("settings.export.about")}</p>
        <Button onClick={start} disabled={state === "busy"}>
          {state === "busy" ? <Spinner /> : <Download aria-hidden size={16} />}
          {t("settings.export")}
        </Button>
      </div>
      {state === "failed" && (
        <p role="alert" className="text-danger text-sm">
          {t("settings.export.failed")}
        </p>
      )}
      <SignOut />
    </Section>
  );
}

function SignOut() {
  const { t } = useTexts();
  const signOut = useSignOut();
  const [sure, setSure] = useState(false);
  return (
    <div className="flex flex-wrap items-center justify-between gap-3">
      <p className="min-w-48 flex-1 text-muted text-sm">{t("settings.signOut.about")}</p>
      {sure ? (
        <span className="flex gap-1">
          <Button onClick={() => setSure(false)}>{t("settings.keep")}</Button>
          <Button variant="danger" autoFocus onClick={() => void signOut()}>
            {t("settings.signOut")}
          </Button>
        </span>
      ) : (
        <Button onClick={() => setSure(true)}>
          <LogOut aria-hidden size={16} />
          {t("settings.signOut")}
        </Button>
      )}
    </div>
  );
}

/** Fetches the archive and hands it to the browser; leaving the dialog cancels it. */
function useExport() {
  const { me } = useApi();
  const [state, setState] = useState<"still" | "busy" | "failed">("still");
  const stop = useRef<AbortController>(null);
  useEffect(() => () => stop.current?.abort(), []);

  const start = async () => {
    const own = new AbortController();
    stop.current = own;
    setState("busy");
    try {
      save(await me.exportData({ signal: own.signal }));
      setState("still");
    } catch {
      if (!own.signal.aborted) setState("failed");
    }
  };
  return { state, start: () => void start() };
}

function save(archive: Blob): void {
  const url = URL.createObjectURL(archive);
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = "spotter.zip";
  anchor.click();
  // The download has begun with its own hold on the bytes by the next task.
  setTimeout(() => URL.revokeObjectURL(url));
}
