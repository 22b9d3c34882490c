export { ApiError } from "./api/error.ts";
export type { Api, Contact, Found, Settings, UploadOptions } from "./api/types.ts";
export type { Chat, ChatOptions } from "./chat.ts";
export type { ChatStatus, Refusal } from "./connection/status.ts";
export type { ConversationLine, ConversationList } from "./conversations/list.ts";
export { chatUrl, createChat } from "./create-chat.ts";
export type { Named } from "./people/people.ts";
export type { Presence } from "./presence/presence.ts";
export type {
  Attachment,
  ConversationEntry,
  ConversationId,
  ErrorCode,
  FileId,
  Limits,
  Me,
  MessageId,
  Reaction,
  Role,
  UserId,
} from "./protocol.ts";
export type { Readable } from "./store/readable.ts";
export type { ChatMessage, Failure, MessageBody, MessageState, Thread, ThreadView } from "./threads/view.ts";
export { conversationId, type Pair, parseConversationId } from "./wire/ids.ts";
