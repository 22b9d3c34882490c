//! The child process: reads `source` in its working directory, writes the variants beside it, and
//! reports on standard output. Whatever goes wrong inside, only this process ends.

use std::{
    fs,
    io::{Cursor, Write},
    path::Path,
    process::ExitCode,
};

use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, metadata::Orientation};
use protocol::file::Variant;
use serde::{Deserialize, Serialize};

use crate::{
    inspect::{self, Kind},
    render::{encode, scale},
};

/// The argument that makes the binary a renderer.
pub const CHILD_FLAG: &str = "--render";
/// The upload's name in the child's directory.
pub const SOURCE: &str = "source";

/// What the child made; the bytes are in files named after their variant.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub content_type: String,
    /// Of the full variant, after its orientation was applied.
    pub width: u32,
    pub height: u32,
    pub placeholder: String,
}

/// What a variant is scaled to, largest first: each is made from the one before.
pub const SIDES: [(Variant, u32); 3] = [
    (Variant::Full, 2_560),
    (Variant::Screen, 1_600),
    (Variant::Thumb, 400),
];

/// Renders in the working directory. Exits 0 with a report, or 1 when the image cannot be used.
pub fn run_child() -> ExitCode {
    let report = render(Path::new(""))
        .ok()
        .and_then(|report| serde_json::to_vec(&report).ok());
    match report.map(|report| std::io::stdout().write_all(&report)) {
        Some(Ok(())) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not read the upload")]
    Read(#[from] std::io::Error),
    #[error("the image cannot be decoded")]
    Image(#[from] ImageError),
    #[error("the image is not of a known kind, too large, or cut")]
    Refused,
}

pub fn render(directory: &Path) -> Result<Report, Error> {
    let (image, orientation) = decode(fs::read(directory.join(SOURCE))?)?;
    let mut image = scale::plain(image);
    let mut report = None;
    for (variant, side) in SIDES {
        image = scale::within(image, side);
        if report.is_none() {
            // After the first scaling, when turning is cheap.
            image.apply_orientation(orientation);
            report = Some(Report {
                content_type: encode::content_type(&image).to_owned(),
                width: image.width(),
                height: image.height(),
                placeholder: encode::placeholder(&image),
            });
        }
        encode::write(&image, &directory.join(variant.as_str()))?;
    }
    report.ok_or(Error::Refused)
}

fn decode(file: Vec<u8>) -> Result<(DynamicImage, Orientation), Error> {
    let first_bytes = file.get(..inspect::MAGIC_BYTES).unwrap_or(&file);
    let Ok(Kind::Image(format)) = inspect::kind(first_bytes) else {
        return Err(Error::Refused);
    };
    if !inspect::is_whole(format, &file) {
        return Err(Error::Refused);
    }
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(inspect::SIDE);
    limits.max_image_height = Some(inspect::SIDE);
    limits.max_alloc = Some(inspect::DECODED_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    if !inspect::fits(width, height, decoder.total_bytes()) {
        return Err(Error::Refused);
    }
    // A broken orientation is no reason to refuse a picture that can be seen.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Ok((DynamicImage::from_decoder(decoder)?, orientation))
}
