//! Photos that nobody took: a few soft shapes, different for each name.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};

use super::people::named_id;
use crate::Error;

const WIDTH: u32 = 960;
const HEIGHT: u32 = 720;

/// Draws a PNG that depends on the name alone.
pub fn draw(name: &str) -> Result<Vec<u8>, Error> {
    let seed = named_id(name).into_bytes();
    let byte = |index: usize| f64::from(seed.get(index).copied().unwrap_or_default());
    let sky = [byte(0), byte(1), byte(2)].map(|value| 90.0 + value * 0.5);
    let circles: Vec<(f64, f64, f64, f64)> = (0..4)
        .map(|n| {
            (
                byte(3 + n) / 255.0,
                0.35 + byte(7 + n) / 500.0,
                0.08 + byte(11 + n) / 1500.0,
                byte(12 + n),
            )
        })
        .collect();

    let picture = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let (u, v) = (f64::from(x) / f64::from(WIDTH), f64::from(y) / f64::from(WIDTH));
        let mut colour = sky.map(|value| value * (1.1 - 0.5 * v));
        for (cx, cy, radius, tone) in &circles {
            let distance = (u - cx).hypot(v - cy) - radius;
            let cover = (0.5 - distance * 200.0).clamp(0.0, 1.0);
            colour = colour.map(|value| value * (1.0 - cover) + tone * cover * (0.7 + 0.3 * v));
        }
        Rgb(colour.map(channel))
    });
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png)?;
    Ok(png.into_inner())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to a byte's range"
)]
fn channel(value: f64) -> u8 {
    value.clamp(0.0, 255.0) as u8
}
