//! What the worst files take: `make bench-files`.

use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use file_upload::{
    contain::{Error, Limits, Pen},
    inspect::Container,
    render::Renderer,
    voice::Studio,
};
use image::{DynamicImage, ImageFormat};
use tempfile::TempDir;

use crate::{
    house::SERVICE,
    memory,
    pictures::{encode, jpeg, noise},
    voices::{AAC, OPUS, recording},
};

const SAMPLE_EVERY: Duration = Duration::from_millis(5);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn peak_memory_and_time_of_the_worst_files() {
    println!(
        "{:<58} {:>9} {:>9} {:>8}  outcome",
        "file", "sent MiB", "peak MiB", "seconds"
    );
    for (what, image) in images() {
        let renderer = Renderer::new(
            PathBuf::from(SERVICE),
            limits(8),
            Arc::new(Pen::new(SERVICE.into(), 1)),
        );
        let scratch = scratch(&image);
        let path = scratch.path().to_owned();
        let work = async move { renderer.render(&path).await.map(|_| ()) };
        measure(what, &image, &scratch, work).await;
    }
    for (what, voice, container) in voices() {
        let studio = Studio::new(
            PathBuf::from("/usr/bin/ffmpeg"),
            limits(20),
            Arc::new(Pen::new(SERVICE.into(), 1)),
        );
        let scratch = scratch(&voice);
        let path = scratch.path().to_owned();
        let work = async move { studio.encode(&path, container).await.map(|_| ()) };
        measure(what, &voice, &scratch, work).await;
    }
}

/// As the service has them by default.
fn limits(cpu_seconds: u64) -> Limits {
    Limits {
        memory_mib: 512,
        cpu_seconds,
        deadline: Duration::from_secs(cpu_seconds + 2),
    }
}

fn images() -> Vec<(&'static str, Vec<u8>)> {
    let flat = DynamicImage::new_rgb8(8_192, 6_400);
    let mut images = vec![
        ("JPEG, 8,192 × 6,400, one colour", jpeg(&flat, 90)),
        (
            "JPEG, 2,900 × 1,900, noise, near 10 MiB",
            jpeg(&noise(2_900, 1_900), 90),
        ),
        (
            "PNG, 7,240 × 7,240, transparent",
            encode(&DynamicImage::new_rgba8(7_240, 7_240), ImageFormat::Png),
        ),
        (
            "PNG, 5,120 × 5,120, 16 bit, transparent",
            encode(&DynamicImage::new_rgba16(5_120, 5_120), ImageFormat::Png),
        ),
        (
            "PNG, 12,000 × 4,369",
            encode(&DynamicImage::new_rgb8(12_000, 4_369), ImageFormat::Png),
        ),
        (
            "PNG, 1,900 × 1,800, noise, near 10 MiB",
            encode(&noise(1_900, 1_800), ImageFormat::Png),
        ),
        (
            "WebP, 7,240 × 7,240, transparent",
            encode(&DynamicImage::new_rgba8(7_240, 7_240), ImageFormat::WebP),
        ),
        (
            "PNG, 60,000 × 60,000 (says its header)",
            crate::pictures::png_header(60_000, 60_000),
        ),
        (
            "PNG with a colour profile of 100 MiB",
            crate::pictures::png_with_huge_profile(),
        ),
    ];
    match progressive(&flat) {
        Some(bytes) => images.push(("JPEG, 8,192 × 6,400, progressive, not subsampled", bytes)),
        None => println!("without cjpeg (libjpeg-turbo-progs) no progressive JPEG is measured"),
    }
    images
}

fn voices() -> Vec<(&'static str, Vec<u8>, Container)> {
    let noise = "anoisesrc=c=pink:a=0.3:d=300:r=48000";
    let stereo = "anoisesrc=c=white:a=0.9:d=300:r=48000,aformat=channel_layouts=stereo";
    vec![
        (
            "WebM with Opus, 5 minutes of noise",
            recording(noise, OPUS),
            Container::WebM,
        ),
        (
            "MP4 with AAC, 5 minutes of noise in stereo",
            recording(stereo, AAC),
            Container::Mp4,
        ),
        (
            "WebM with Opus, an hour of silence",
            recording("anullsrc=r=48000:d=3600", OPUS),
            Container::WebM,
        ),
    ]
}

/// The costliest kind to decode: all coefficients are kept until the last scan.
fn progressive(image: &DynamicImage) -> Option<Vec<u8>> {
    let mut cjpeg = Command::new("cjpeg")
        .args(["-progressive", "-sample", "1x1", "-quality", "90"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut stdin = cjpeg.stdin.take()?;
    let ppm = format!("P6 {} {} 255\n", image.width(), image.height());
    let pixels = image.to_rgb8().into_raw();
    let writer = std::thread::spawn(move || {
        stdin.write_all(ppm.as_bytes())?;
        stdin.write_all(&pixels)
    });
    let told = cjpeg.wait_with_output().ok()?;
    writer.join().ok()?.ok()?;
    Some(told.stdout)
}

fn scratch(file: &[u8]) -> TempDir {
    let scratch = tempfile::tempdir().unwrap();
    std::fs::write(scratch.path().join("source"), file).unwrap();
    scratch
}

async fn measure(
    what: &str,
    file: &[u8],
    scratch: &TempDir,
    work: impl Future<Output = Result<(), Error>> + Send + 'static,
) {
    let directory = scratch.path().canonicalize().unwrap();
    let started = Instant::now();
    let tasks = boot::Tasks::new();
    let mut work = tasks.spawn("work", work);
    let mut ticks = tokio::time::interval(SAMPLE_EVERY);
    let mut peak = 0.0_f64;
    let outcome = loop {
        tokio::select! {
            outcome = &mut work => break outcome.unwrap(),
            _ = ticks.tick() => peak = peak.max(memory::peak_in(&directory)),
        }
    };
    let outcome = outcome.map_or_else(|error| error.to_string(), |()| "ready".to_owned());
    let sent = f64::from(u32::try_from(file.len()).unwrap()) / 1_048_576.0;
    let seconds = started.elapsed().as_secs_f64();
    println!("{what:<58} {sent:>9.2} {peak:>9.1} {seconds:>8.2}  {outcome}");
}
