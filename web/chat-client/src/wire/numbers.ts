// Of the protocol's tables what the core needs, so that it carries no table; a test compares them.

export const TOKEN_EXPIRED = 4401;
export const FORBIDDEN = 4503;
export const REPLACED = 4504;
export const REVOKED = 4505;

export const UNREAD = 100;
export const IDS = 100;
export const RESUME_POSITIONS = 500;

export const SUBPROTOCOL = "chat.v1";
export const BEARER_SUBPROTOCOL = "bearer.";
