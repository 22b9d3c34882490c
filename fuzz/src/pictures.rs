//! The image pipeline, from any bytes to the variants that are stored.

use std::{fs, io::Cursor, path::Path};

use file_upload::{
    inspect::{self, Kind},
    outside::render,
    render::{SIDES, SOURCE},
};
use image::ImageReader;
use tempfile::TempDir;

/// Pixels of a picture that is tried: the limits on size have tests of their own.
const PIXELS: u64 = 256 * 256;

pub fn run(bytes: &[u8]) {
    let first = bytes.get(..inspect::MAGIC_BYTES).unwrap_or(bytes);
    let Ok(Kind::Image(format)) = inspect::kind(first) else {
        return;
    };
    let reader = ImageReader::with_format(Cursor::new(bytes), format);
    let Ok((width, height)) = reader.into_dimensions() else {
        return;
    };
    if u64::from(width) * u64::from(height) > PIXELS {
        return;
    }
    let folder = scratch();
    fs::write(folder.path().join(SOURCE), bytes).expect("it is written");
    let Ok(report) = render(folder.path()) else { return };

    assert!(
        (1..=2_560).contains(&report.width) && (1..=2_560).contains(&report.height),
        "{report:?}"
    );
    for (variant, side) in SIDES {
        let stored = fs::read(folder.path().join(variant.as_str())).expect("each variant is made");
        let stored = image::load_from_memory(&stored).expect("what is stored can be shown");
        assert!(stored.width().max(stored.height()) <= side, "{variant:?}");
    }
}

/// In memory, where there is such a place.
fn scratch() -> TempDir {
    TempDir::new_in("/dev/shm")
        .or_else(|_| TempDir::new_in(Path::new("/tmp")))
        .expect("a folder")
}
