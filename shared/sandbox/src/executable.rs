use std::collections::HashMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::Error;

/// The root of this repository, where `.dev/` lies.
pub fn workspace() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        here.ancestors().nth(2).unwrap_or(here).to_path_buf()
    });
    &ROOT
}

/// Returns the path of one of our own programs, next to the running test or runner.
///
/// Cargo builds it first, once per process and name, unless `SPOTTER_BINARIES` names the folder
/// that somebody (`make test`) has filled before.
///
/// # Panics
/// When it does not compile: no test can go on without it.
pub fn binary(name: &str) -> PathBuf {
    static BUILT: LazyLock<Mutex<HashMap<String, PathBuf>>> = LazyLock::new(Mutex::default);
    if let Some(folder) = env::var_os("SPOTTER_BINARIES") {
        return PathBuf::from(folder).join(name);
    }
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    built
        .entry(name.to_owned())
        .or_insert_with(|| build(name))
        .clone()
}

#[expect(clippy::expect_used, reason = "without the program no test can go on")]
fn build(name: &str) -> PathBuf {
    let own = env::current_exe().expect("a running program has a path");
    let mut profile = own.parent().expect("a program lies in a folder");
    if profile.ends_with("deps") || profile.ends_with("examples") {
        profile = profile.parent().expect("deps lies in a profile's folder");
    }
    let target = profile
        .parent()
        .expect("a profile's folder lies in a target folder");
    let profile_name = match profile.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(other) => other,
    };

    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args([
            "build",
            "--quiet",
            "--package",
            name,
            "--bin",
            name,
            "--profile",
            profile_name,
        ])
        .arg("--target-dir")
        .arg(target)
        .current_dir(workspace())
        .status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "could not build {name}"
    );
    profile.join(name)
}

/// Finds a program on PATH and then in `places`; the first that `accept`s wins.
pub(crate) fn find(
    program: &'static str,
    wanted: &'static str,
    places: impl IntoIterator<Item = PathBuf>,
    accept: impl Fn(&Path) -> bool,
) -> Result<PathBuf, Error> {
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<PathBuf> = env::split_paths(&path).collect();
    on_path
        .into_iter()
        .chain(places)
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file() && accept(candidate))
        .ok_or(Error::Missing { program, wanted })
}

/// The first `major.minor` that `program --version` prints.
pub(crate) fn version(program: &Path) -> Option<(u32, u32)> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let digits = text.find(|letter: char| letter.is_ascii_digit())?;
    let number: String = text
        .get(digits..)?
        .chars()
        .take_while(|letter| letter.is_ascii_digit() || *letter == '.')
        .collect();
    let mut parts = number.split('.').map(|part| part.parse().unwrap_or(0));
    Some((parts.next()?, parts.next().unwrap_or(0)))
}
