//! Makes a voice message that every browser plays: MP4 with AAC, whatever it was recorded as, by
//! the system's ffmpeg in a contained child.
//!
//! ffmpeg knows hundreds of formats and can open addresses named inside of files, so that it is told
//! what the file is, and may use nothing else: one demuxer, one decoder, files only. What it writes
//! comes from samples alone.

mod waveform;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use protocol::limits::VOICE_MS;
use serde::Deserialize;

use crate::{
    contain::{Error, Limits, Pen, Place},
    files::Ready,
    inspect::Container,
    render::SOURCE,
};

pub const CONTENT_TYPE: &str = "audio/mp4";
/// A recorder that stops at the limit may still write its last frame.
const SLACK_MS: u64 = 500;
/// Decoded no further than this, in seconds: enough to know that it is too long.
const DECODED: &str = "302";
/// Where the samples go that length and waveform are told from: 16 bit, mono.
const SAMPLES: &str = "samples";
const SAMPLE_RATE: &str = "8000";
const SAMPLES_PER_MS: u64 = 8;
const BYTES_PER_SAMPLE: u64 = 2;

#[derive(Debug)]
pub struct Studio {
    ffmpeg: PathBuf,
    ffprobe: PathBuf,
    limits: Limits,
    pen: Arc<Pen>,
}

impl Studio {
    /// `ffmpeg` and `ffprobe` are neighbours.
    pub fn new(ffmpeg: PathBuf, limits: Limits, pen: Arc<Pen>) -> Self {
        Self {
            ffprobe: ffmpeg.with_file_name("ffprobe"),
            ffmpeg,
            limits,
            pen,
        }
    }

    /// Encodes the file called [`SOURCE`] in `directory`; the result is written beside it, under
    /// the name of its variant.
    pub async fn encode(&self, directory: &Path, container: Container) -> Result<Ready, Error> {
        let place = self.pen.enter().await?;
        self.probe(&place, directory, container).await?;
        let arguments = arguments(container);
        place
            .run(&self.ffmpeg, &arguments, directory, &self.limits)
            .await?;
        let samples = tokio::fs::read(directory.join(SAMPLES))
            .await
            .map_err(Error::Start)?;
        measured(&samples)
    }

    /// Whether there is a voice to hear, and no film.
    async fn probe(&self, place: &Place<'_>, directory: &Path, container: Container) -> Result<(), Error> {
        let mut arguments = source(container);
        arguments.extend([
            "-show_entries",
            "stream=codec_type,codec_name:stream_disposition=attached_pic",
            "-of",
            "json",
        ]);
        let report = place
            .run(&self.ffprobe, &arguments, directory, &self.limits)
            .await?;
        let probed: Probed = serde_json::from_slice(&report).map_err(Error::Garbled)?;
        if probed.is_voice(container) {
            Ok(())
        } else {
            Err(Error::Rejected)
        }
    }
}

/// What is read, and what it may be read with.
fn source(container: Container) -> Vec<&'static str> {
    let (demuxer, decoders) = match container {
        Container::WebM => ("matroska", "opus,libopus"),
        Container::Mp4 => ("mov", "aac"),
    };
    vec![
        "-hide_banner",
        "-loglevel",
        "error",
        "-protocol_whitelist",
        "file",
        "-codec_whitelist",
        decoders,
        "-f",
        demuxer,
        "-i",
        SOURCE,
    ]
}

fn arguments(container: Container) -> Vec<&'static str> {
    // Samples are numbered anew: what a file says of their times is not believed.
    let voice = [
        "-map",
        "0:a:0",
        "-af",
        "asetpts=N/SR/TB",
        "-t",
        DECODED,
        "-ac",
        "1",
    ];
    let mut arguments = vec!["-nostdin", "-threads", "1"];
    arguments.extend(source(container));
    arguments.extend(voice);
    arguments.extend(["-ar", "48000", "-c:a", "aac", "-b:a", "64k"]);
    arguments.extend(["-map_metadata", "-1", "-map_chapters", "-1"]);
    // Without the encoder's name and the time; the index first, so that it plays while it loads.
    arguments.extend(["-fflags", "+bitexact", "-flags:a", "+bitexact"]);
    arguments.extend(["-movflags", "+faststart", "-f", "mp4", "full"]);
    arguments.extend(voice);
    arguments.extend(["-ar", SAMPLE_RATE, "-c:a", "pcm_s16le", "-f", "s16le", SAMPLES]);
    arguments
}

/// Length and waveform, from the samples themselves.
pub fn measured(samples: &[u8]) -> Result<Ready, Error> {
    let duration_ms = samples.len() as u64 / BYTES_PER_SAMPLE / SAMPLES_PER_MS;
    if duration_ms == 0 || duration_ms > VOICE_MS + SLACK_MS {
        return Err(Error::Rejected);
    }
    Ok(Ready {
        content_type: CONTENT_TYPE.to_owned(),
        duration_ms: u32::try_from(duration_ms.min(VOICE_MS)).ok(),
        waveform: Some(waveform::of(samples)),
        ..Ready::default()
    })
}

#[derive(Debug, Deserialize)]
struct Probed {
    #[serde(default)]
    streams: Vec<Stream>,
}

#[derive(Debug, Deserialize)]
struct Stream {
    #[serde(default)]
    codec_type: String,
    #[serde(default)]
    codec_name: String,
    #[serde(default)]
    disposition: Disposition,
}

#[derive(Debug, Default, Deserialize)]
struct Disposition {
    /// 1 for the picture of an album, which is no film.
    #[serde(default)]
    attached_pic: u8,
}

impl Probed {
    fn is_voice(&self, container: Container) -> bool {
        let codec = match container {
            Container::WebM => "opus",
            Container::Mp4 => "aac",
        };
        let film = |stream: &Stream| stream.codec_type == "video" && stream.disposition.attached_pic == 0;
        let first_sound = self.streams.iter().find(|stream| stream.codec_type == "audio");
        first_sound.is_some_and(|sound| sound.codec_name == codec) && !self.streams.iter().any(film)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_or_another_codec_is_no_voice() {
        let probed = |json: &str| serde_json::from_str::<Probed>(json).unwrap();
        let opus = r#"{"codec_type":"audio","codec_name":"opus","disposition":{"attached_pic":0}}"#;
        let vorbis = r#"{"codec_type":"audio","codec_name":"vorbis"}"#;
        let film = r#"{"codec_type":"video","codec_name":"vp8","disposition":{"attached_pic":0}}"#;
        let cover = r#"{"codec_type":"video","codec_name":"png","disposition":{"attached_pic":1}}"#;

        for (streams, expected) in [
            (opus.to_owned(), true),
            (format!("{opus},{cover}"), true),
            (vorbis.to_owned(), false),
            (format!("{opus},{film}"), false),
            (film.to_owned(), false),
            (String::new(), false),
        ] {
            let probed = probed(&format!(r#"{{"programs":[],"streams":[{streams}]}}"#));
            assert_eq!(probed.is_voice(Container::WebM), expected, "{streams}");
        }
    }

    #[test]
    fn five_minutes_are_taken_and_a_second_more_is_not() {
        let silence = |ms: u64| vec![0; usize::try_from(ms * SAMPLES_PER_MS * BYTES_PER_SAMPLE).unwrap()];

        assert_eq!(measured(&silence(1_234)).unwrap().duration_ms, Some(1_234));
        assert_eq!(
            measured(&silence(VOICE_MS + 20)).unwrap().duration_ms,
            Some(300_000)
        );
        assert!(measured(&silence(VOICE_MS + 1_000)).is_err());
        assert!(measured(&[]).is_err());
    }
}
