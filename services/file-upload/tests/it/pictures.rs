//! Pictures made for one test, good and bad ones.

use std::io::Cursor;

use image::{
    DynamicImage, ImageBuffer, ImageEncoder, ImageFormat, Rgb, Rgba,
    codecs::{jpeg::JpegEncoder, png::PngEncoder},
};

/// Left half red, right half blue: tells which way it was turned.
pub fn halves(width: u32, height: u32) -> DynamicImage {
    DynamicImage::ImageRgb8(ImageBuffer::from_fn(width, height, |x, _| {
        if x < width / 2 {
            Rgb([230, 20, 20])
        } else {
            Rgb([20, 20, 230])
        }
    }))
}

/// Nearly incompressible, the same each time.
pub fn noise(width: u32, height: u32) -> DynamicImage {
    let mut state = 0x9e37_79b9_u32;
    DynamicImage::ImageRgb8(ImageBuffer::from_fn(width, height, |_, _| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let [r, g, b, _] = state.to_le_bytes();
        Rgb([r, g, b])
    }))
}

/// A disc on nothing.
pub fn transparent(width: u32, height: u32) -> DynamicImage {
    let (cx, cy) = (i64::from(width / 2), i64::from(height / 2));
    DynamicImage::ImageRgba8(ImageBuffer::from_fn(width, height, |x, y| {
        let (dx, dy) = (i64::from(x) - cx, i64::from(y) - cy);
        let alpha = if dx * dx + dy * dy < cx * cx / 2 { 255 } else { 0 };
        Rgba([10, 200, 90, alpha])
    }))
}

pub fn encode(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub fn jpeg(image: &DynamicImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode_image(image)
        .unwrap();
    bytes
}

/// What a phone adds: where it was taken, and which way up it was held (6: turn right).
pub const PLACE: &[u8] = b"48.8584N 2.2945E";

pub fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    // IFD0: orientation, and a pointer to the GPS directory right behind it.
    tiff.extend(b"\x02\0\x12\x01\x03\0\x01\0\0\0");
    tiff.extend([orientation, 0, 0, 0]);
    tiff.extend(b"\x25\x88\x04\0\x01\0\0\0\x26\0\0\0\0\0\0\0");
    // GPS: a text whose bytes follow.
    tiff.extend(b"\x01\0\x1b\0\x02\0");
    tiff.extend(u32::try_from(PLACE.len()).unwrap().to_le_bytes());
    tiff.extend(b"\x38\0\0\0\0\0\0\0");
    tiff.extend(PLACE);
    let segment = [b"Exif\0\0".as_slice(), &tiff].concat();
    with_segment(jpeg, 0xe1, &segment)
}

pub fn with_comment(jpeg: &[u8], comment: &[u8]) -> Vec<u8> {
    with_segment(jpeg, 0xfe, comment)
}

fn with_segment(jpeg: &[u8], marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, marker], &length, content, &jpeg[2..]].concat()
}

/// A PNG that only says how large it would be.
pub fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([8, 2, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    png.extend(chunk(*b"IHDR", &header));
    png.extend(chunk(*b"IDAT", b"\x78\x9c\x03\0\0\0\0\x01"));
    png.extend(chunk(*b"IEND", b""));
    png
}

/// A small PNG whose colour profile inflates to 100 MiB.
pub fn png_with_huge_profile() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    encoder.set_icc_profile(vec![0; 100 << 20]).unwrap();
    halves(64, 64).write_with_encoder(encoder).unwrap();
    bytes
}

fn chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let named = [&name, content].concat();
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&length, named.as_slice(), &crc32(&named).to_be_bytes()].concat()
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}
