import type { Attachment } from "@spotter/chat-client";
import { Download, FileText } from "lucide-react";
import type { MouseEvent } from "react";
import { useTexts } from "../../i18n/useTexts";
import { classes } from "../../ui/classes";
import { isExpired } from "./links";
import { sizeText } from "./sizes";
import { useFileLink } from "./useFileLink";

/** A document: what it is called, how large it is, and the way to it. */
export function FileCard({ attachment, own }: { attachment: Attachment; own: boolean }) {
  const { t, dateLocale } = useTexts();
  const link = useFileLink(attachment);
  const name = attachment.name ?? t("media.file");
  const size = sizeText(attachment.size, dateLocale);

  const open = async (event: MouseEvent<HTMLAnchorElement>) => {
    if (link.src && !isExpired(link.src, Date.now())) return;
    event.preventDefault();
    const fresh = await link.retry();
    if (fresh) download(fresh.url, name);
  };

  return (
    <a
      href={link.src ?? "#"}
      download={name}
      target="_blank"
      rel="noreferrer"
      onClick={(event) => void open(event)}
      className={classes(
        "flex w-full min-w-[min(18rem,100%)] items-center gap-3 rounded-card p-3 no-underline transition-colors",
        own ? "bg-black/15 hover:bg-black/25" : "bg-sunken hover:bg-line",
      )}
    >
      <span className="sr-only">{t("media.download")}</span>
      <span
        className={classes(
          "flex size-10 shrink-0 items-center justify-center rounded-control",
          own ? "bg-white/15" : "bg-brand-soft text-brand",
        )}
      >
        <FileText aria-hidden size={22} />
      </span>
      <span className="min-w-0 flex-1">
        <bdi className="line-clamp-2 break-all font-semibold leading-5">{name}</bdi>
        <span className={classes("text-xs", own ? "text-on-own-muted" : "text-muted")}>{size}</span>
      </span>
      <Download aria-hidden size={18} className="shrink-0 opacity-80" />
    </a>
  );
}

function download(url: string, name: string): void {
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = name;
  anchor.target = "_blank";
  anchor.rel = "noreferrer";
  anchor.click();
}
