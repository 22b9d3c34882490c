use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::place::Place;
use crate::{Error, executable, scratch};

/// Fills `data` with an empty database, unless there is one already.
///
/// `initdb` takes a second or more; its result is kept per version and copied from then on.
pub(super) fn fill(place: &Place, data: &Path) -> Result<(), Error> {
    if data.join("PG_VERSION").is_file() {
        return Ok(());
    }
    copy(place, &template(place)?, data)
}

/// Copies the data of a server that does not run.
pub(super) fn copy(place: &Place, from: &Path, to: &Path) -> Result<(), Error> {
    run(
        "copy data to",
        to,
        place.command("cp").arg("-Rp").arg(from).arg(to),
    )
}

fn template(place: &Place) -> Result<PathBuf, Error> {
    let (major, _) = executable::version(&place.program("postgres")).unwrap_or_default();
    let folder = place.reachable(&scratch::shared_folder(&format!("postgres-{major}"))?)?;
    let lock_path = folder.join("lock");
    let lock = File::create(&lock_path).map_err(Error::at("open", &lock_path))?;
    lock.lock().map_err(Error::at("lock", &lock_path))?;

    let template = folder.join("empty");
    if template.is_dir() {
        return Ok(template);
    }
    let unfinished = folder.join("unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(Error::at("remove", &unfinished))?;
    }
    let ctype = if cfg!(target_os = "macos") {
        "en_US.UTF-8"
    } else {
        "C.UTF-8"
    };
    let mut initdb = place.command(place.program("initdb"));
    initdb.args([
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--lc-collate=C",
        "--no-sync",
    ]);
    initdb
        .arg(format!("--lc-ctype={ctype}"))
        .arg("-D")
        .arg(&unfinished);
    run("initialise", &unfinished, &mut initdb)?;
    fs::rename(&unfinished, &template).map_err(Error::at("keep", &template))?;
    Ok(template)
}

fn run(what: &'static str, path: &Path, command: &mut Command) -> Result<(), Error> {
    let output = command.output().map_err(Error::at(what, path))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Error::Path {
        what,
        path: path.to_path_buf(),
        source: std::io::Error::other(said),
    })
}
