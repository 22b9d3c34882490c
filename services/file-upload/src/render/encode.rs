//! Encodes variants from nothing but pixels: no metadata can survive.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use image::{
    DynamicImage, GenericImageView, ImageResult,
    codecs::{
        jpeg::JpegEncoder,
        png::{CompressionType, FilterType, PngEncoder},
    },
};

const JPEG_QUALITY: u8 = 85;
/// The thumbhash encoder takes at most this many pixels a side.
const PLACEHOLDER_SIDE: u32 = 100;

/// JPEG for opaque images, PNG for those with transparency.
pub fn content_type(image: &DynamicImage) -> &'static str {
    if image.color().has_alpha() {
        "image/png"
    } else {
        "image/jpeg"
    }
}

pub fn write(image: &DynamicImage, path: &Path) -> ImageResult<()> {
    let mut file = BufWriter::new(File::create_new(path)?);
    if image.color().has_alpha() {
        let encoder = PngEncoder::new_with_quality(&mut file, CompressionType::Default, FilterType::Adaptive);
        image.write_with_encoder(encoder)?;
    } else {
        image.write_with_encoder(JpegEncoder::new_with_quality(&mut file, JPEG_QUALITY))?;
    }
    file.flush()?;
    Ok(())
}

/// A thumbhash: some 25 bytes that show colours and shapes until the image is there.
pub fn placeholder(image: &DynamicImage) -> String {
    let small = image.thumbnail(PLACEHOLDER_SIDE, PLACEHOLDER_SIDE);
    let (width, height) = small.dimensions();
    let rgba = small.into_rgba8();
    STANDARD.encode(thumbhash::rgba_to_thumb_hash(
        width as usize,
        height as usize,
        &rgba,
    ))
}
