//! Whether a file is a whole PDF, as far as that can be told without reading what is in it.
//!
//! Nothing here or elsewhere in the service opens a document: it is stored as it was sent, and
//! served only as a download. So the check is of its frame: the header at its very first byte, which
//! keeps out most files that are something else too, and the trailer near its end, which keeps out
//! those that were cut.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

pub const CONTENT_TYPE: &str = "application/pdf";
/// Readers look this far from the end for the trailer.
const TRAILER_BYTES: u64 = 1_024;

/// `%PDF-1.x` or `%PDF-2.x`.
pub fn has_start(first_bytes: &[u8]) -> bool {
    matches!(first_bytes.strip_prefix(b"%PDF-"), Some([b'1' | b'2', b'.', minor, ..]) if minor.is_ascii_digit())
}

/// Whether the place of its table and the mark of its end are where they belong.
pub fn has_end(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let start = file.metadata()?.len().saturating_sub(TRAILER_BYTES);
    file.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    file.take(TRAILER_BYTES).read_to_end(&mut tail)?;
    Ok(is_trailer(&tail))
}

fn is_trailer(tail: &[u8]) -> bool {
    let find = |needle: &[u8]| tail.windows(needle.len()).rposition(|window| window == needle);
    matches!((find(b"startxref"), find(b"%%EOF")), (Some(table), Some(end)) if table < end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_starts_with_its_version() {
        assert!(has_start(b"%PDF-1.4\n"));
        assert!(has_start(b"%PDF-2.0\r"));
        for other in [
            b"%PDF-".as_slice(),
            b"%PDF-9.0",
            b"%PDF-1,4",
            b" %PDF-1.4",
            b"%!PS-Adobe-3.0",
        ] {
            assert!(!has_start(other), "{other:?}");
        }
    }

    #[test]
    fn a_document_ends_with_its_table_and_its_mark() {
        assert!(is_trailer(b"trailer\n<< /Size 4 >>\nstartxref\n9\n%%EOF\n"));
        for cut in [
            b"".as_slice(),
            b"startxref\n9\n",
            b"%%EOF",
            b"%%EOF\nstartxref\n9\n",
        ] {
            assert!(!is_trailer(cut), "{cut:?}");
        }
    }
}
