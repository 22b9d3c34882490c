//! What becomes of a voice message. The recordings are made by the system's ffmpeg, as browsers make
//! them: no length in a WebM's header, fragments in an MP4.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use file_upload::{
    contain::{Error, Limits, Pen},
    inspect::Container,
    voice::Studio,
};
use protocol::{
    ErrorCode,
    http::{FileStatus, Uploaded},
    limits::WAVEFORM_POINTS,
};
use reqwest::StatusCode;

use crate::house::{House, Person, SERVICE, message, problem};

const PLACE: &str = "48.8584N 2.2945E";
/// Loud for the first half and quiet for the second.
const SPEECH: &str = "aevalsrc='sin(880*PI*t)*if(lt(t,2),0.8,0.1)':d=4:s=48000";
pub const OPUS: &[&str] = &["-c:a", "libopus", "-f", "webm", "-live", "1"];
pub const AAC: &[&str] = &[
    "-c:a",
    "aac",
    "-f",
    "mp4",
    "-movflags",
    "frag_keyframe+empty_moov",
];

#[tokio::test]
async fn a_voice_message_is_stored_so_that_every_browser_plays_it() {
    let house = House::start().await;
    for (kind, encoding) in [("audio/webm", OPUS), ("audio/mp4", AAC)] {
        let file = sent(&house, recording(SPEECH, encoding)).await;

        assert_eq!(file.content_type, "audio/mp4", "{kind}");
        assert!(
            file.duration_ms.is_some_and(|ms| ms.abs_diff(4_000) < 100),
            "{kind}: {:?}",
            file.duration_ms
        );
        assert_eq!((file.width, &file.thumbnail_url), (None, &None));
        let answer = house.get(&file.url).await;
        assert_eq!(answer.headers()["content-type"], "audio/mp4");
        assert_eq!(
            answer.headers()["content-disposition"],
            format!("inline; filename=\"{}-full.m4a\"", file.id).as_str()
        );
        let stored = answer.bytes().await.unwrap();
        assert_eq!(stored.len() as u64, file.size);
        let streams = probe(&stored, "stream=codec_name,profile,channels");
        assert_eq!(streams, "aac,LC,1", "{kind}");
        // The index comes first: it plays while it loads.
        assert!(position(&stored, b"moov") < position(&stored, b"mdat"));
    }
}

#[tokio::test]
async fn a_waveform_shows_where_somebody_speaks() {
    let house = House::start().await;
    let (anna, tom) = (Person::client(), Person::trainer());
    let answer = house.upload(&anna, recording(SPEECH, OPUS), "voice.webm").await;
    let file: Uploaded = answer.json().await.unwrap();

    let waveform = file.waveform.clone().unwrap();

    assert_eq!(waveform.len(), WAVEFORM_POINTS);
    assert!(waveform[2..30].iter().all(|level| *level > 200), "{waveform:?}");
    assert!(waveform[36..62].iter().all(|level| *level < 60), "{waveform:?}");
    let attached = house
        .attach(&message(&anna, &tom, &anna, &[file.id]))
        .await
        .unwrap();
    assert_eq!(
        (attached[0].duration_ms, &attached[0].waveform),
        (file.duration_ms, &file.waveform)
    );
    let status: FileStatus = house.status(&anna, file.id).await.json().await.unwrap();
    assert_eq!(status, FileStatus::Ready(file));
}

#[tokio::test]
async fn a_voice_message_tells_neither_place_nor_recorder() {
    let house = House::start().await;
    let tags = [
        "-metadata",
        "location=48.8584N 2.2945E",
        "-metadata",
        "title=48.8584N 2.2945E",
        "-movflags",
        "use_metadata_tags",
    ];
    let recording = recording(SPEECH, &[AAC, &tags].concat());
    assert!(contains(&recording, PLACE.as_bytes()));

    let file = sent(&house, recording).await;

    let stored = house.bytes(&file.url).await;
    for told in [PLACE.as_bytes(), b"Lavf", b"Lavc", b"title"] {
        assert!(!contains(&stored, told), "{}", String::from_utf8_lossy(told));
    }
}

#[tokio::test]
async fn five_minutes_are_taken_whole_and_more_are_refused() {
    let noise = |seconds: u32| recording(&format!("anoisesrc=c=pink:a=0.1:d={seconds}:r=48000"), OPUS);
    // Made before, because making them takes longer than an idle connection lives.
    let (whole, longer) = (noise(300), noise(302));
    let house = House::with(&[("SPOTTER_VOICE_CPU_SECONDS", "120")]).await;
    let anna = Person::client();

    let file = sent(&house, whole).await;
    let refused = problem(house.upload(&anna, longer, "voice.webm").await).await;

    assert_eq!(file.duration_ms, Some(300_000));
    assert_eq!(refused.code, ErrorCode::UploadRejected);
}

#[tokio::test]
async fn what_is_no_voice_is_refused() {
    let house = House::start().await;
    let anna = Person::client();
    let whole = recording(SPEECH, OPUS);
    let film = [
        "-f",
        "lavfi",
        "-i",
        "color=red:s=64x64:d=4",
        "-c:v",
        "libvpx",
        "-map",
        "1:v",
        "-map",
        "0:a",
    ];
    let bad = [
        ("a film", recording(SPEECH, &[&film, OPUS].concat())),
        (
            "another codec",
            recording(SPEECH, &["-c:a", "libvorbis", "-f", "webm"]),
        ),
        (
            "a film's codec for sound",
            recording(SPEECH, &["-c:a", "libmp3lame", "-f", "mp4"]),
        ),
        ("a head alone", whole[..64].to_vec()),
        ("noise behind a head", [&whole[..64], &[0xa5; 4_000]].concat()),
        ("nothing to hear", recording("anullsrc=d=0:r=48000", OPUS)),
    ];
    for (what, bytes) in bad {
        let refused = problem(house.upload(&anna, bytes, "voice.webm").await).await;

        assert!(
            [ErrorCode::UploadRejected, ErrorCode::UnsupportedMediaType].contains(&refused.code),
            "{what}: {:?}",
            refused.code
        );
    }
    sent(&house, whole).await;
}

#[tokio::test]
async fn a_voice_that_needs_too_much_time_or_memory_is_refused() {
    let minutes = recording("anoisesrc=c=pink:a=0.1:d=290:r=48000", OPUS);
    let hour = recording("anullsrc=r=48000:d=3600", OPUS);
    let short = Limits {
        cpu_seconds: 1,
        ..limits()
    };
    let small = Limits {
        memory_mib: 64,
        ..limits()
    };

    let slow = encode(&minutes, short).await;
    // Too small for the program itself, which is told apart from a file that needs too much.
    let starved = encode(&minutes, small).await;
    let long = encode(&hour, limits()).await;

    assert!(matches!(slow, Err(Error::Rejected)), "{slow:?}");
    assert!(matches!(starved, Err(Error::Broken(_))), "{starved:?}");
    assert!(matches!(long, Err(Error::Rejected)), "{long:?}");
}

#[tokio::test]
async fn a_file_that_names_other_files_and_addresses_opens_none() {
    let house = House::start().await;
    let secret = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    secret.set_nonblocking(true).unwrap();
    let address = secret.local_addr().unwrap();
    let playlist = format!("#EXTM3U\n#EXTINF:4,\nhttp://{address}/x.ts\n#EXT-X-ENDLIST\n");
    let disguised = [
        b"\0\0\0\x18ftypisom\0\0\0\0isommp42".as_slice(),
        playlist.as_bytes(),
    ]
    .concat();
    let concat = b"ffconcat version 1.0\nfile /etc/passwd\n".to_vec();

    for bytes in [playlist.into_bytes(), disguised, concat] {
        let answer = house.upload(&Person::client(), bytes, "voice.m4a").await;

        assert!([415, 422].contains(&answer.status().as_u16()));
    }
    assert!(secret.accept().is_err());
}

async fn sent(house: &House, bytes: Vec<u8>) -> Uploaded {
    let answer = house.upload(&Person::client(), bytes, "voice.webm").await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    answer.json().await.unwrap()
}

async fn encode(recording: &[u8], limits: Limits) -> Result<(), Error> {
    let scratch = tempfile::tempdir().unwrap();
    std::fs::write(scratch.path().join("source"), recording).unwrap();
    let pen = Arc::new(Pen::new(SERVICE.into(), 1));
    let studio = Studio::new(PathBuf::from("/usr/bin/ffmpeg"), limits, pen);
    studio.encode(scratch.path(), Container::WebM).await.map(|_| ())
}

fn limits() -> Limits {
    Limits {
        memory_mib: 512,
        cpu_seconds: 60,
        deadline: Duration::from_mins(1),
    }
}

/// A recording of what an ffmpeg source describes.
pub fn recording(source: &str, encoding: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recording");
    ffmpeg("ffmpeg", &["-f", "lavfi", "-i", source], encoding, &path);
    std::fs::read(path).unwrap()
}

fn ffmpeg(program: &str, input: &[&str], output: &[&str], path: &Path) {
    let ended = Command::new(program)
        .args(["-nostdin", "-hide_banner", "-loglevel", "error", "-y"])
        .args(input)
        .args(output)
        .arg(path)
        .status()
        .unwrap();
    assert!(ended.success());
}

/// What ffprobe tells of stored bytes, joined by commas.
fn probe(bytes: &[u8], entries: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stored");
    std::fs::write(&path, bytes).unwrap();
    let told = Command::new("ffprobe")
        .args(["-loglevel", "error", "-show_entries", entries, "-of", "csv=p=0"])
        .arg(path)
        .output()
        .unwrap();
    String::from_utf8(told.stdout).unwrap().trim().to_owned()
}

fn position(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    position(bytes, needle).is_some()
}
