import type { Messages } from "@lingui/core";

const modules = import.meta.glob<Messages>("../**/texts.de.json", { eager: true, import: "default" });

export const messages: Messages = Object.assign({}, ...Object.values(modules));
