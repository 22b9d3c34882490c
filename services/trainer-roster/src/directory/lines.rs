//! Lines of a body that may have any length, and no line of which may be longer than a limit.

use bytes::{Bytes, BytesMut};
use tokio_util::codec::Decoder;

/// The longest line: name and address at their longest, every character escaped.
pub const LINE_BYTES: usize = 16 * 1024;

#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    Bytes(Bytes),
    /// What does not fit is skipped to the line's end, not kept.
    TooLong,
}

/// Takes lines apart at `\n`; the last one needs none.
#[derive(Debug, Default)]
pub struct Lines {
    /// Bytes of the buffer that are known to hold no end of a line.
    seen: usize,
    /// The rest of a line that was too long is on its way.
    skipping: bool,
}

impl Lines {
    fn ended(&mut self, line: Bytes) -> Line {
        self.seen = 0;
        if std::mem::take(&mut self.skipping) || line.len() > LINE_BYTES {
            Line::TooLong
        } else {
            Line::Bytes(line)
        }
    }
}

impl Decoder for Lines {
    type Item = Line;
    type Error = std::io::Error;

    fn decode(&mut self, source: &mut BytesMut) -> Result<Option<Line>, std::io::Error> {
        let unseen = source.get(self.seen..).unwrap_or_default();
        if let Some(end) = unseen.iter().position(|byte| *byte == b'\n') {
            let mut line = source.split_to(self.seen + end + 1);
            line.truncate(self.seen + end);
            return Ok(Some(self.ended(line.freeze())));
        }
        self.seen = source.len();
        if source.len() > LINE_BYTES {
            source.clear();
            self.seen = 0;
            self.skipping = true;
        }
        Ok(None)
    }

    fn decode_eof(&mut self, source: &mut BytesMut) -> Result<Option<Line>, std::io::Error> {
        if let Some(line) = self.decode(source)? {
            return Ok(Some(line));
        }
        if source.is_empty() && !self.skipping {
            return Ok(None);
        }
        let rest = source.split().freeze();
        Ok(Some(self.ended(rest)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What comes out when `body` arrives in pieces of `piece` bytes.
    fn lines(body: &[u8], piece: usize) -> Vec<Line> {
        let (mut lines, mut buffer, mut out) = (Lines::default(), BytesMut::new(), Vec::new());
        for chunk in body.chunks(piece) {
            buffer.extend_from_slice(chunk);
            while let Some(line) = lines.decode(&mut buffer).unwrap() {
                out.push(line);
            }
            assert!(buffer.len() <= LINE_BYTES + piece, "the buffer is bounded");
        }
        while let Some(line) = lines.decode_eof(&mut buffer).unwrap() {
            out.push(line);
        }
        out
    }

    fn line(text: &str) -> Line {
        Line::Bytes(Bytes::copy_from_slice(text.as_bytes()))
    }

    #[test]
    fn the_last_line_needs_no_end_and_an_empty_one_is_a_line() {
        assert_eq!(lines(b"a\n\nb", 2), [line("a"), line(""), line("b")]);
        assert_eq!(lines(b"a\n", 1), [line("a")]);
        assert_eq!(lines(b"", 1), []);
    }

    #[test]
    fn a_line_that_is_too_long_is_one_line_and_its_neighbours_are_whole() {
        let longest = "x".repeat(LINE_BYTES);
        for (excess, piece) in [(1, 7), (1, 100_000), (100_000, 4_096), (100_000, 1_000_000)] {
            let body = format!("a\n{longest}\n{longest}{}\nb", "x".repeat(excess));
            let expected = [line("a"), line(&longest), Line::TooLong, line("b")];
            assert_eq!(lines(body.as_bytes(), piece), expected, "{excess} {piece}");
        }
    }

    #[test]
    fn a_last_line_that_is_too_long_is_told_too() {
        let body = "x".repeat(LINE_BYTES * 3);

        assert_eq!(lines(body.as_bytes(), 1_000), [Line::TooLong]);
    }

    proptest! {
        #[test]
        fn however_it_arrives_the_lines_are_the_same(body in "[ab\n]{0,60}", piece in 1_usize..20) {
            prop_assert_eq!(lines(body.as_bytes(), piece), lines(body.as_bytes(), 1_000));
        }
    }
}
