//! A conversation that goes on, or has gone on for long.

use std::time::{Duration, Instant};

use protocol::ConversationId;
use testkit::{Kit, Person};

/// Waits until the log has that many messages more; answers how long it took.
pub async fn grown(kit: &Kit, conversation: ConversationId, more: usize) -> Duration {
    let started = Instant::now();
    let before = kit.log(conversation).await.len();
    let written = sandbox::until("messages in the log", Duration::from_secs(30), || async {
        kit.log(conversation).await.len() >= before + more
    });
    written.await.unwrap();
    started.elapsed()
}

/// Gives a person's conversation so many messages of theirs, straight in the log.
pub async fn fill(kit: &Kit, person: &Person, messages: i64) {
    let conversation = person.conversation();
    let filled = sqlx::query(
        "with thread as (
            update chat.conversation set head = head + $3
            where trainer_id = $1 and client_id = $2
            returning id, head - $3 as before
        )
        insert into chat.message (conversation_id, seq, position, id, sender, text, sent_at)
        select id, before + n, before + n,
            overlay(gen_random_uuid()::text placing '7' from 15 for 1)::uuid,
            $4, 'message ' || n || repeat(' and a little more', 10), now()
        from thread, generate_series(1, $3) as n",
    );
    filled
        .bind(conversation.trainer.0)
        .bind(conversation.client.0)
        .bind(messages)
        .bind(person.id.0)
        .execute(kit.pool())
        .await
        .unwrap();
}
