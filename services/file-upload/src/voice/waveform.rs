//! What a voice message looks like: the loudest sample of each of 64 equal parts.

use protocol::limits::WAVEFORM_POINTS;

/// Levels from 0 to 255, the loudest part 255, so that a quiet voice is seen too. Silence is flat.
pub fn of(samples: &[u8]) -> Vec<u8> {
    let (pairs, _) = samples.as_chunks::<2>();
    let peaks: Vec<u16> = (0..WAVEFORM_POINTS).map(|part| peak(pairs, part)).collect();
    let loudest = peaks.iter().copied().max().unwrap_or_default();
    peaks.into_iter().map(|peak| level(peak, loudest)).collect()
}

/// The loudest of one part; a message with fewer samples than parts repeats some.
fn peak(pairs: &[[u8; 2]], part: usize) -> u16 {
    let bound = |part: usize| part * pairs.len() / WAVEFORM_POINTS;
    let (start, end) = (bound(part), bound(part + 1).max(bound(part) + 1));
    let samples = pairs.get(start..end).unwrap_or_default().iter();
    samples
        .map(|pair| i16::from_le_bytes(*pair).unsigned_abs())
        .max()
        .unwrap_or_default()
}

fn level(peak: u16, loudest: u16) -> u8 {
    let scaled = u32::from(peak) * u32::from(u8::MAX) / u32::from(loudest.max(1));
    u8::try_from(scaled).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loud_parts_stand_out_and_the_loudest_is_full() {
        let samples: Vec<u8> = (0..64)
            .flat_map(|part: i16| vec![if part == 10 { -2_000 } else { part * 10 }; 100])
            .flat_map(i16::to_le_bytes)
            .collect();

        let levels = of(&samples);

        assert_eq!(levels.len(), 64);
        assert_eq!((levels[0], levels[10], levels[32]), (0, 255, 40));
    }

    #[test]
    fn silence_is_flat_and_the_shortest_message_has_all_points() {
        assert_eq!(of(&[0; 2_000]), vec![0; 64]);
        assert_eq!(of(&1_000_i16.to_le_bytes()), vec![255; 64]);
        assert_eq!(of(&[]).len(), 64);
        assert_eq!(level(i16::MIN.unsigned_abs(), i16::MIN.unsigned_abs()), 255);
    }
}
