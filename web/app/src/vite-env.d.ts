/// <reference types="vite/client" />

interface ImportMetaEnv {
  readonly VITE_WS_CHAT_URL?: string;
}

declare module "*.css";
