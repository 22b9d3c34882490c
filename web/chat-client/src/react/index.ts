export {
  type OpenChat,
  useApi,
  useChat,
  useConversations,
  useLimits,
  useMe,
  usePeople,
  usePresence,
  useStatus,
} from "./hooks.ts";
export { ChatProvider, useChatClient } from "./provider.tsx";
