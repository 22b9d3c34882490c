//! Subjects of the broker: one that reads back is exactly what we would say, so that none holds a wildcard.

use bus::{Subject, subject};

pub fn run(bytes: &[u8]) {
    let Ok(raw) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Some((kind, conversation)) = subject::parse_chat(raw) {
        let said = Subject::chat(kind, conversation);
        assert_eq!(subject::parse_chat(said.as_str()), Some((kind, conversation)));
        assert_eq!(said.template(), kind.template());
        assert!(!raw.contains(['*', '>']), "{raw}");
    }
    if let Some(user) = subject::parse_presence(raw) {
        assert_eq!(
            subject::parse_presence(Subject::presence(user).as_str()),
            Some(user)
        );
        assert!(!raw.contains(['*', '>']), "{raw}");
    }
}
