//! From a decoded image of any size to the variants that are stored.

use image::{DynamicImage, GenericImageView, imageops::FilterType};

/// Above this many pixels an image is first halved by averaging: the better filter keeps rows of
/// floating-point numbers, which would not fit next to a large image.
const HALVE_ABOVE: u64 = 24_000_000;

/// Cuts to 8 bits a channel, and drops transparency that nothing uses.
pub fn plain(image: DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return DynamicImage::ImageRgb8(image.into_rgb8());
    }
    let image = image.into_rgba8();
    if image.pixels().all(|pixel| pixel.0[3] == u8::MAX) {
        return DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(image).into_rgb8());
    }
    DynamicImage::ImageRgba8(image)
}

/// Shrinks so that neither side is longer than `side`; never enlarges.
pub fn within(image: DynamicImage, side: u32) -> DynamicImage {
    let (width, height) = image.dimensions();
    if width.max(height) <= side {
        return image;
    }
    let image = if u64::from(width) * u64::from(height) > HALVE_ABOVE {
        image.thumbnail_exact(width.div_ceil(2), height.div_ceil(2))
    } else {
        image
    };
    image.resize(side, side, FilterType::CatmullRom)
}
