-- no-transaction
drop index concurrently if exists chat.conversation_of_client;
