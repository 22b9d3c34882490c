//! Walks the markers of a JPEG, without decoding anything.

const END: u8 = 0xd9;

/// Whether the image's own end marker is there. Segments are stepped over by their length, so that
/// the end of a thumbnail inside one does not count; what follows the end is ignored, as cameras
/// append films there.
pub fn has_end(file: &[u8]) -> bool {
    let Some(mut rest) = file.strip_prefix(&[0xff, 0xd8]) else {
        return false;
    };
    loop {
        let Some((marker, after)) = next_marker(rest) else {
            return false;
        };
        rest = match marker {
            END => return true,
            // Without a length: padding, restarts, the start of an image, and a stuffed zero in a scan.
            0x00 | 0x01 | 0xd0..=0xd8 => after,
            _ => match skip_segment(after) {
                Some(after) => after,
                None => return false,
            },
        };
    }
}

/// The first marker at or after the start, and what follows it. Bytes of a scan are stepped over.
fn next_marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let at = bytes
        .windows(2)
        .position(|pair| matches!(pair, [0xff, marker] if *marker != 0xff))?;
    let after = bytes.get(at + 1..)?;
    after.split_first().map(|(marker, rest)| (*marker, rest))
}

fn skip_segment(bytes: &[u8]) -> Option<&[u8]> {
    let length = u16::from_be_bytes(bytes.first_chunk().copied()?);
    bytes.get(usize::from(length.max(2))..)
}
