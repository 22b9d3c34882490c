//! What an upload is, told by its bytes and never by its name.

pub mod document;
mod jpeg;

use image::ImageFormat;
use protocol::{ErrorCode, error::Refusal};

/// As many first bytes as [`kind`] needs to see.
pub const MAGIC_BYTES: usize = 512;

/// Longest side of an image, pixels.
pub const SIDE: u32 = 12_000;
/// Most pixels of an image: what cameras of phones make, and 200 MiB when decoded with transparency.
pub const PIXELS: u64 = 50 * 1024 * 1024;
/// Most bytes of a decoded image: 16-bit images of [`PIXELS`] would need twice as much.
pub const DECODED_BYTES: u64 = PIXELS * 4;

/// What an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Image(ImageFormat),
    Voice(Container),
    Document,
}

/// What a voice message came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    WebM,
    Mp4,
}

/// The kind of file that starts with these bytes; otherwise what to send instead.
pub fn kind(first_bytes: &[u8]) -> Result<Kind, Refusal> {
    if first_bytes.is_empty() {
        return Err(ErrorCode::UploadRejected.into());
    }
    match image::guess_format(first_bytes) {
        Ok(format @ (ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) => Ok(Kind::Image(format)),
        _ if document::has_start(first_bytes) => Ok(Kind::Document),
        _ => container(first_bytes)
            .map(Kind::Voice)
            .ok_or_else(|| unsupported(first_bytes)),
    }
}

/// What a recorder writes first. Whether a voice is inside, and no film, is told by its streams.
fn container(first_bytes: &[u8]) -> Option<Container> {
    const EBML: &[u8] = b"\x1a\x45\xdf\xa3";
    const DOC_TYPE: &[u8] = b"\x42\x82";
    let names = |name: &[u8]| first_bytes.windows(name.len()).any(|window| window == name);
    if first_bytes.starts_with(EBML) {
        return (names(DOC_TYPE) && names(b"webm")).then_some(Container::WebM);
    }
    // The pictures of this family are refused by their names, and QuickTime is no MP4.
    let picture = infer::is_image(first_bytes);
    let brand = first_bytes.get(4..)?.strip_prefix(b"ftyp")?.first_chunk::<4>()?;
    (!picture && brand != b"qt  ").then_some(Container::Mp4)
}

fn unsupported(first_bytes: &[u8]) -> Refusal {
    let advice = match infer::get(first_bytes).map(|kind| kind.mime_type()) {
        Some("image/gif") => "a GIF is not taken: send a JPEG, PNG or WebP picture",
        Some("image/heif") => {
            "a HEIC photo is not taken: send it as JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible)"
        }
        Some("image/avif") => "an AVIF picture is not taken: send it as JPEG, PNG or WebP",
        _ => "send a JPEG, PNG or WebP picture, a WebM or MP4 voice message, or a PDF",
    };
    Refusal::advising(ErrorCode::UnsupportedMediaType, advice)
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
            (b"\xff\xd8\xff\xe0\0\x10JFIF", Ok(Kind::Image(ImageFormat::Jpeg))),
            (
                b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
                Ok(Kind::Image(ImageFormat::Png)),
            ),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Ok(Kind::Image(ImageFormat::WebP))),
            (b"", Err(ErrorCode::UploadRejected)),
            (b"<svg xmlns=\"http", Err(ErrorCode::UnsupportedMediaType)),
            (b"<!DOCTYPE html><", Err(ErrorCode::UnsupportedMediaType)),
            (b"%PDF-1.7\n", Ok(Kind::Document)),
            (b"\n%PDF-1.7\n", Err(ErrorCode::UnsupportedMediaType)),
            (b"\x89PNG", Err(ErrorCode::UnsupportedMediaType)),
        ];
        for (first_bytes, expected) in kinds {
            assert_eq!(
                kind(first_bytes).map_err(|refusal| refusal.code),
                expected,
                "{first_bytes:?}"
            );
        }
    }

    #[test]
    fn a_picture_that_is_not_taken_is_told_by_its_name() {
        let kinds: [(&[u8], &str); 6] = [
            (b"GIF89a\x01\0\x01\0", "a GIF"),
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC"),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "a HEIC"),
            (b"\0\0\0\x18ftypavif\0\0\0\0mif1avif", "an AVIF"),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", "an AVIF"),
            (b"BM\x9a\0\0\0\0\0\0\0", "send a JPEG"),
        ];
        for (first_bytes, advice) in kinds {
            let refusal = kind(first_bytes).unwrap_err();

            assert!(refusal.detail.unwrap().starts_with(advice), "{first_bytes:?}");
        }
    }

    #[test]
    fn a_voice_message_is_told_by_its_container() {
        let webm = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm\x42\x87\x81\x04";
        let matroska = b"\x1a\x45\xdf\xa3\xa3\x42\x86\x81\x01\x42\x82\x88matroska";
        assert_eq!(kind(webm), Ok(Kind::Voice(Container::WebM)));
        for brand in ["isom", "mp42", "M4A ", "iso5"] {
            let mp4 = [b"\0\0\0\x18ftyp", brand.as_bytes(), b"\0\0\0\0isom"].concat();
            assert_eq!(kind(&mp4), Ok(Kind::Voice(Container::Mp4)), "{brand}");
        }
        for other in [matroska.as_slice(), b"\0\0\0\x14ftypqt  \0\0\0\0", b"OggS\0\x02"] {
            assert_eq!(kind(other).unwrap_err().code, ErrorCode::UnsupportedMediaType);
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
