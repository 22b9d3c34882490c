//! What a client says on its socket.

use gateway::outside::{Command, parse};
use protocol::{ErrorCode, internal::Action, limits};

use crate::{ME, choice, role};

pub fn run(bytes: &[u8]) {
    let (chosen, text) = choice(bytes);
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    match parse(text, ME, role(chosen)) {
        Ok(Command::Change { change, .. }) => {
            let people = change.conversation;
            assert!(
                people.trainer == ME || people.client == ME,
                "somebody else's conversation"
            );
            assert_eq!(change.actor, ME);
            if let Action::Send {
                text, attachments, ..
            } = change.action
            {
                let characters = text.as_ref().map_or(0, |text| text.as_str().chars().count());
                assert!(characters <= limits::TEXT_CHARS && attachments.len() <= limits::ATTACHMENTS);
                assert!(text.is_some() || !attachments.is_empty(), "nothing is sent");
            }
        }
        Ok(Command::Watch { users, .. }) => assert!(users.len() <= limits::WATCHED),
        Ok(Command::Hello(greeting)) => {
            let positions = greeting
                .resume
                .map_or(0, |resume| resume.positions.len() + resume.foreign.len());
            assert!(positions <= limits::RESUME_POSITIONS && greeting.client.chars().count() <= 64);
        }
        Ok(_) => {}
        Err(refused) => {
            assert!(refused.0.code != ErrorCode::Internal && !refused.0.retryable);
            serde_json::to_string(&refused.0).expect("a refusal can be said");
        }
    }
}
