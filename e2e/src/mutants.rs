//! Takes each safeguard away in turn: what it kept must be seen to break, and by its name.
//!
//! `e2e/mutants/*.patch` say in their first lines what they remove, what shows it, and what is found then.
//! Each is applied to a copy of the last commit, which shares everything that cargo has built before.
#![expect(clippy::print_stdout, reason = "a tool that says what it found")]
#![expect(
    clippy::expect_used,
    reason = "a mutant that cannot be tried says why and ends"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use sandbox::{Output, Process, Spec, workspace};

use crate::mutants::header::{Header, Show};

pub mod header;

/// Generous: the first mutant builds our own crates once more.
const PATIENCE: Duration = Duration::from_mins(30);
const PROGRAMS: [&str; 5] = ["gateway", "chat-history", "trainer-roster", "file-upload", "e2e"];

/// Which of them.
#[derive(Debug, clap::Args)]
pub struct Mutants {
    /// Only these, by the names of their files
    only: Vec<String>,
}

/// Whether every mutant was found out.
pub async fn run(mutants: Mutants) -> bool {
    let copy = Copy::of_the_last_commit().await;
    let mut found_out = true;
    for patch in patches() {
        let name = name(&patch);
        if !mutants.only.is_empty() && !mutants.only.contains(&name) {
            continue;
        }
        let text = fs::read_to_string(&patch).expect("a patch can be read");
        let header: Header = text.parse().expect("a patch says what it removes");
        let begun = Instant::now();
        let outcome = copy.tries(&patch, &header).await;
        let taken = begun.elapsed().as_secs();
        match &outcome {
            Ok(()) => println!("found     {name}: {} ({taken} s)", header.finds),
            Err(why) => println!(
                "NOT FOUND {name}, without which: {}\n  {why} ({taken} s)",
                header.removes
            ),
        }
        found_out &= outcome.is_ok();
    }
    found_out
}

/// The patches, by name.
pub fn patches() -> Vec<PathBuf> {
    let folder = fs::read_dir(workspace().join("e2e/mutants")).expect("the mutants are there");
    let mut patches: Vec<_> = folder
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "patch"))
        .collect();
    patches.sort();
    patches
}

fn name(patch: &Path) -> String {
    let stem = patch.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// A copy of the sources in which things are broken.
struct Copy {
    tree: PathBuf,
    /// Where its programs go. What lies between is shared with everything else that cargo builds.
    out: PathBuf,
    shared: PathBuf,
    log: PathBuf,
}

impl Copy {
    async fn of_the_last_commit() -> Self {
        let own = std::env::current_exe().expect("a running program has a path");
        let shared = own.ancestors().nth(2).expect("it lies in a target folder");
        let folder = shared.join("mutants");
        fs::create_dir_all(&folder).expect("a folder for the copy");
        let copy = Self {
            tree: folder.join("tree"),
            out: folder.join("out"),
            shared: shared.to_owned(),
            log: folder.join("log"),
        };
        let root = workspace();
        if !copy.tree.is_dir() {
            let tree = copy.tree.display().to_string();
            copy.git(root, &["worktree", "prune"]).await;
            copy.git(root, &["worktree", "add", "--detach", &tree, "HEAD"])
                .await;
            // What `dev/setup` brought; absent where everything is installed.
            let _ = std::os::unix::fs::symlink(root.join(".dev"), copy.tree.join(".dev"));
        }
        let head = copy.says(root, "git", &["rev-parse", "HEAD"]).await;
        copy.git(&copy.tree, &["checkout", "--force", "--detach", head.trim()])
            .await;
        copy.rename();
        copy
    }

    /// Gives our crates another version: to cargo they are others than those that people work on, and what is
    /// broken here is never taken for theirs.
    fn rename(&self) {
        let manifest = self.tree.join("Cargo.toml");
        let text = fs::read_to_string(&manifest).expect("the copy has a manifest");
        let renamed = text.replacen("\nversion = \"", "\nversion = \"0.0.0-mutant.", 1);
        assert_ne!(text, renamed, "the workspace has a version");
        fs::write(&manifest, renamed).expect("the manifest can be written");
    }

    /// Whether what the patch removes is missed, and by the right name.
    async fn tries(&self, patch: &Path, header: &Header) -> Result<(), String> {
        self.git(&self.tree, &["apply", &patch.display().to_string()])
            .await;
        let outcome = self.breaks(header).await;
        self.git(&self.tree, &["checkout", "--force", "--", "."]).await;
        self.rename();
        outcome
    }

    async fn breaks(&self, header: &Header) -> Result<(), String> {
        let mut build = vec!["build"];
        build.extend(PROGRAMS.iter().flat_map(|program| ["--package", program]));
        if header.shown_by.needs_programs() {
            self.succeeds("cargo", &build).await?;
        }
        let (program, arguments) = match &header.shown_by {
            Show::Program(arguments) => (self.out.join("debug/e2e"), arguments.clone()),
            Show::Test(arguments) => {
                let mut build: Vec<_> = arguments.iter().map(String::as_str).collect();
                build.push("--no-run");
                self.succeeds("cargo", &build).await?;
                (PathBuf::from("cargo"), arguments.clone())
            }
        };
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let (succeeded, said) = self.runs(&program, &arguments).await;
        if succeeded {
            return Err("nothing was missed".to_owned());
        }
        if header.is_found_in(&said) {
            return Ok(());
        }
        Err(format!(
            "{:?} was not found, but:\n{}",
            header.finds,
            end_of(&said)
        ))
    }

    async fn succeeds(&self, program: &str, arguments: &[&str]) -> Result<(), String> {
        let (succeeded, said) = self.runs(Path::new(program), arguments).await;
        succeeded
            .then_some(())
            .ok_or_else(|| format!("it cannot be built:\n{}", end_of(&said)))
    }

    async fn runs(&self, program: &Path, arguments: &[&str]) -> (bool, String) {
        self.runs_in(&self.tree, program, arguments).await
    }

    async fn runs_in(&self, folder: &Path, program: &Path, arguments: &[&str]) -> (bool, String) {
        drop(fs::remove_file(&self.log));
        let spec = Spec::new("mutant", program)
            .args(arguments.iter().copied())
            .directory(folder)
            .env("CARGO_BUILD_BUILD_DIR", self.shared.as_os_str())
            .env("CARGO_TARGET_DIR", self.out.as_os_str())
            .env("RUST_BACKTRACE", "0")
            .env("SPOTTER_BINARIES", self.out.join("debug").as_os_str())
            .output(Output::File(self.log.clone()));
        let mut process = Process::start(spec).expect("it starts");
        let status = process.ended(PATIENCE).await.expect("it ends");
        let said = fs::read(&self.log).unwrap_or_default();
        (status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    async fn git(&self, folder: &Path, arguments: &[&str]) {
        self.says(folder, "git", arguments).await;
    }

    async fn says(&self, folder: &Path, program: &str, arguments: &[&str]) -> String {
        let (succeeded, said) = self.runs_in(folder, Path::new(program), arguments).await;
        assert!(succeeded, "{program} {arguments:?}: {said}");
        said
    }
}

fn end_of(said: &str) -> String {
    let lines: Vec<_> = said.lines().collect();
    lines
        .get(lines.len().saturating_sub(20)..)
        .unwrap_or_default()
        .join("\n")
}
