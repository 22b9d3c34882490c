//! What an upload is, told by its bytes and never by its name.

mod jpeg;

use image::ImageFormat;
use protocol::ErrorCode;

/// As many first bytes as [`kind`] needs to see.
pub const MAGIC_BYTES: usize = 16;

/// Longest side of an image, pixels.
pub const SIDE: u32 = 12_000;
/// Most pixels of an image: what cameras of phones make, and 200 MiB when decoded with transparency.
pub const PIXELS: u64 = 50 * 1024 * 1024;
/// Most bytes of a decoded image: 16-bit images of [`PIXELS`] would need twice as much.
pub const DECODED_BYTES: u64 = PIXELS * 4;

/// The kind of image that starts with these bytes.
pub fn kind(first_bytes: &[u8]) -> Result<ImageFormat, ErrorCode> {
    if first_bytes.is_empty() {
        return Err(ErrorCode::UploadRejected);
    }
    match image::guess_format(first_bytes) {
        Ok(format @ (ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) => Ok(format),
        _ => Err(ErrorCode::UnsupportedMediaType),
    }
}

/// Whether a decoder may start on an image of this size: asked before any pixel is.
pub fn fits(width: u32, height: u32, decoded_bytes: u64) -> bool {
    let sides = 1..=SIDE;
    sides.contains(&width)
        && sides.contains(&height)
        && u64::from(width) * u64::from(height) <= PIXELS
        && decoded_bytes <= DECODED_BYTES
}

/// Whether the file ends where its format says. The decoders of PNG and WebP see a cut themselves;
/// the one of JPEG fills what is missing with grey.
pub fn is_whole(format: ImageFormat, file: &[u8]) -> bool {
    format != ImageFormat::Jpeg || jpeg::has_end(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_first_bytes_say() {
        let kinds: [(&[u8], _); 9] = [
            (b"\xff\xd8\xff\xe0\0\x10JFIF", Ok(ImageFormat::Jpeg)),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Ok(ImageFormat::Png)),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Ok(ImageFormat::WebP)),
            (b"", Err(ErrorCode::UploadRejected)),
            (b"<svg xmlns=\"http", Err(ErrorCode::UnsupportedMediaType)),
            (b"<!DOCTYPE html><", Err(ErrorCode::UnsupportedMediaType)),
            (b"%PDF-1.7\n", Err(ErrorCode::UnsupportedMediaType)),
            (b"GIF89a\x01\0\x01\0", Err(ErrorCode::UnsupportedMediaType)),
            (b"\x89PNG", Err(ErrorCode::UnsupportedMediaType)),
        ];
        for (first_bytes, expected) in kinds {
            assert_eq!(kind(first_bytes), expected, "{first_bytes:?}");
        }
    }

    #[test]
    fn images_too_large_to_decode_are_told_from_their_size() {
        assert!(fits(8_192, 6_144, 8_192 * 6_144 * 3));
        assert!(fits(1, SIDE, 3 * u64::from(SIDE)));
        assert!(!fits(60_000, 60_000, 1));
        assert!(!fits(SIDE + 1, 1, 1));
        assert!(!fits(0, 10, 0));
        assert!(!fits(8_000, 8_000, 1));
        assert!(!fits(7_000, 7_000, 7_000 * 7_000 * 8));
    }
}
