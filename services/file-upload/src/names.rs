//! The name an upload came with: shown to people, never used as a path or a header.

/// Longest name that is kept, characters.
const CHARS: usize = 200;

/// What may be shown of a file's name: its last part, without characters that break lines or turn
/// the direction of text; nothing when that leaves nothing.
pub fn display(raw: &str) -> Option<String> {
    let last = raw.rsplit(['/', '\\']).next().unwrap_or(raw);
    let shown: String = last
        .chars()
        .filter(|c| !c.is_control() && !is_deceptive(*c))
        .collect();
    let shown: String = shown.trim_start().chars().take(CHARS).collect();
    // After it was cut, as the cut may fall among spaces.
    let shown = shown.trim_end();
    let says_something = shown.chars().any(|c| c != '.' && !c.is_whitespace());
    says_something.then(|| shown.to_owned())
}

/// The name of a document says that it is one: whoever saves it opens it by its ending.
pub fn document(shown: String) -> String {
    const ENDING: &str = ".pdf";
    let ends = shown
        .get(shown.len().saturating_sub(ENDING.len())..)
        .is_some_and(|end| end.eq_ignore_ascii_case(ENDING));
    if ends {
        return shown;
    }
    let kept = shown.chars().take(CHARS - ENDING.len());
    kept.chain(ENDING.chars()).collect()
}

/// Separators and marks that are not seen but change how the rest is read. Joiners stay: scripts
/// and emoji need them.
fn is_deceptive(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_name_is_kept() {
        for name in [
            "front.jpg",
            "Überkopf drücken 2.jpeg",
            "前.png",
            "👩‍🦰 day 1.webp",
            "<img src=x>.jpg",
        ] {
            assert_eq!(display(name).as_deref(), Some(name));
        }
    }

    #[test]
    fn a_path_leaves_its_last_part() {
        assert_eq!(display("../../x").as_deref(), Some("x"));
        assert_eq!(display(r"C:\photos\front.jpg").as_deref(), Some("front.jpg"));
        assert_eq!(display("/etc/passwd").as_deref(), Some("passwd"));
    }

    #[test]
    fn characters_that_break_lines_or_turn_text_are_dropped() {
        assert_eq!(
            display("a\r\nSet-Cookie: b=1\0.jpg").as_deref(),
            Some("aSet-Cookie: b=1.jpg")
        );
        assert_eq!(display("photo\u{202e}gpj.exe").as_deref(), Some("photogpj.exe"));
        assert_eq!(display("\u{2066}x\u{2069}").as_deref(), Some("x"));
    }

    #[test]
    fn a_name_that_says_nothing_is_no_name() {
        for name in ["", "   ", ".", "..", "dir/", "\u{202e}", "\r\n"] {
            assert_eq!(display(name), None, "{name:?}");
        }
    }

    #[test]
    fn a_document_is_called_one() {
        for (name, expected) in [
            ("plan.pdf", "plan.pdf"),
            ("PLAN.PDF", "PLAN.PDF"),
            ("plan", "plan.pdf"),
            ("plan.exe", "plan.exe.pdf"),
            ("ä", "ä.pdf"),
        ] {
            assert_eq!(document(name.to_owned()), expected);
        }
        assert_eq!(document("ä".repeat(CHARS)).chars().count(), CHARS);
    }

    #[test]
    fn a_name_that_is_cut_among_spaces_ends_before_them() {
        let spaces = " ".repeat(CHARS);

        assert_eq!(display(&format!("  a{spaces}b")).as_deref(), Some("a"));
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        let shown = display(&"ä".repeat(300)).unwrap();

        assert_eq!(shown.chars().count(), CHARS);
    }
}
