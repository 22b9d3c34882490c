//! A decoder that misbehaves harms the one request that brought its image.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use file_upload::{
    contain::{Error, Limits, Pen},
    render::Renderer,
};
use image::{DynamicImage, ImageFormat};
use protocol::ErrorCode;
use reqwest::StatusCode;
use sandbox::until;

use crate::{
    house::{House, Person, SERVICE, problem},
    pictures::{encode, halves, jpeg},
};

#[tokio::test]
async fn a_renderer_that_takes_all_memory_is_refused_it() {
    let scratch = tempfile::tempdir().unwrap();
    let renderer = renderer("hungry.sh", limits());

    let outcome = renderer.render(scratch.path()).await;

    assert!(matches!(outcome, Err(Error::Rejected)), "{outcome:?}");
}

#[tokio::test]
async fn a_renderer_that_computes_for_ever_runs_out_of_processor_time() {
    let scratch = tempfile::tempdir().unwrap();
    let short = Limits {
        cpu_seconds: 1,
        ..limits()
    };
    let renderer = renderer("busy.sh", short);

    let outcome = renderer.render(scratch.path()).await;

    assert!(matches!(outcome, Err(Error::Rejected)), "{outcome:?}");
}

#[tokio::test]
async fn a_renderer_that_stalls_is_killed_at_its_deadline() {
    let scratch = tempfile::tempdir().unwrap();
    let impatient = Limits {
        deadline: Duration::from_millis(300),
        ..limits()
    };
    let renderer = renderer("stuck.sh", impatient);
    let started = Instant::now();

    let outcome = renderer.render(scratch.path()).await;

    assert!(matches!(outcome, Err(Error::Busy)), "{outcome:?}");
    assert!(started.elapsed() < Duration::from_secs(5));
    gone(scratch.path()).await;
}

#[tokio::test]
async fn a_renderer_dies_with_the_request_that_started_it() {
    let scratch = tempfile::tempdir().unwrap();
    let renderer = renderer("stuck.sh", limits());

    let given_up = tokio::time::timeout(Duration::from_millis(300), renderer.render(scratch.path())).await;

    assert!(given_up.is_err());
    gone(scratch.path()).await;
}

#[tokio::test]
async fn a_renderer_that_dies_rejects_its_image_and_one_that_is_missing_is_our_fault() {
    let scratch = tempfile::tempdir().unwrap();

    let died = renderer("clumsy.sh", limits()).render(scratch.path()).await;
    let missing = renderer("nowhere.sh", limits()).render(scratch.path()).await;
    let limitless = Limits {
        memory_mib: 0,
        ..limits()
    };
    let unlimited = renderer("clumsy.sh", limitless).render(scratch.path()).await;

    assert!(matches!(died, Err(Error::Rejected)), "{died:?}");
    assert!(matches!(missing, Err(Error::Broken(_))), "{missing:?}");
    assert!(unlimited.is_err());
}

#[tokio::test]
async fn a_renderer_that_talks_for_ever_finds_nobody_listening() {
    let scratch = tempfile::tempdir().unwrap();
    let renderer = renderer("chatty.sh", limits());
    let started = Instant::now();

    let outcome = renderer.render(scratch.path()).await;

    assert!(matches!(outcome, Err(Error::Rejected)), "{outcome:?}");
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn only_so_many_renderers_run_at_once() {
    let scratch = tempfile::tempdir().unwrap();
    let patient = Limits {
        deadline: Duration::from_secs(20),
        ..limits()
    };
    let renderer = renderer("stuck.sh", patient);

    let both = async { tokio::join!(renderer.render(scratch.path()), renderer.render(scratch.path())) };
    let running = async {
        until("one renderer", Duration::from_secs(4), || async {
            living(scratch.path()) == 1
        })
        .await
        .unwrap();
        tokio::time::timeout(
            Duration::from_secs(1),
            until("two", Duration::from_secs(2), || async {
                living(scratch.path()) > 1
            }),
        )
        .await
    };
    let more_than_one = tokio::select! {
        _ = both => panic!("stuck renderers ended"),
        more = running => more,
    };

    assert!(!matches!(more_than_one, Ok(Ok(()))));
}

#[tokio::test]
async fn an_image_that_needs_too_much_memory_is_rejected_while_others_are_shown() {
    let house = House::with(&[("SPOTTER_RENDER_MEMORY_MIB", "64")]).await;
    let (anna, tom) = (Person::client(), Person::trainer());
    let huge = encode(&DynamicImage::new_rgb8(6_000, 6_000), ImageFormat::Png);

    let (rejected, shown) = tokio::join!(
        house.upload(&anna, huge, "photo.png"),
        house.uploaded(&tom, jpeg(&halves(300, 200), 90))
    );

    assert_eq!(problem(rejected).await.code, ErrorCode::UploadRejected);
    assert_eq!(house.get(&shown.url).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn an_image_that_needs_too_much_time_is_rejected_while_others_are_shown() {
    let house = House::with(&[("SPOTTER_RENDER_CPU_SECONDS", "1")]).await;
    let (anna, tom) = (Person::client(), Person::trainer());
    let slow = encode(&DynamicImage::new_rgba8(7_240, 7_240), ImageFormat::Png);

    let (rejected, shown) = tokio::join!(
        house.upload(&anna, slow, "photo.png"),
        house.uploaded(&tom, jpeg(&halves(300, 200), 90))
    );

    // Processor time ends it, or on a machine with much to do the clock on the wall.
    let code = problem(rejected).await.code;
    assert!(
        [ErrorCode::UploadRejected, ErrorCode::Overloaded].contains(&code),
        "{code}"
    );
    assert_eq!(house.get(&shown.url).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_largest_images_that_are_taken_fit_into_memory() {
    // Time for a machine that runs many tests at once; alone they take two to four seconds.
    let house = House::with(&[("SPOTTER_RENDER_CPU_SECONDS", "60")]).await;
    let anna = Person::client();
    let broad = encode(&DynamicImage::new_rgb8(12_000, 4_369), ImageFormat::Png);
    let square = encode(&DynamicImage::new_rgba8(7_240, 7_240), ImageFormat::Png);

    for (bytes, expected) in [(broad, (2_560, 932)), (square, (2_560, 2_560))] {
        let file = house.uploaded(&anna, bytes).await;

        assert_eq!((file.width, file.height), (Some(expected.0), Some(expected.1)));
    }
}

/// One of the programs beside this file in the renderer's place, alone in its pen.
fn renderer(name: &str, limits: Limits) -> Renderer {
    let program = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/programs")
        .join(name);
    Renderer::new(program, limits, Arc::new(Pen::new(SERVICE.into(), 1)))
}

fn limits() -> Limits {
    Limits {
        memory_mib: 128,
        cpu_seconds: 30,
        deadline: Duration::from_secs(30),
    }
}

/// Processes that work in this directory.
fn living(directory: &Path) -> usize {
    let directory = directory.canonicalize().unwrap();
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter(|entry| std::fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd == directory))
        .count()
}

async fn gone(directory: &Path) {
    until("the renderer's end", Duration::from_secs(5), || async {
        living(directory) == 0
    })
    .await
    .unwrap();
}
