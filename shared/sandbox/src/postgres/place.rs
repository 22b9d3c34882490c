use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Error, executable};

const WANTED: &str = "15 or later";

/// Where PostgreSQL's programs are, and the user they run as.
#[derive(Debug)]
pub(crate) struct Place {
    programs: PathBuf,
    user: Option<(u32, u32)>,
}

impl Place {
    pub fn find() -> Result<Self, Error> {
        let postgres = executable::find("postgres", WANTED, packages(), |program| {
            executable::version(program) >= Some((15, 0))
        })?;
        let programs = fs::canonicalize(&postgres).unwrap_or(postgres);
        let programs = programs.parent().map(Path::to_path_buf).unwrap_or_default();
        let user = if rustix::process::getuid().is_root() {
            Some(other_user()?)
        } else {
            None
        };
        Ok(Self { programs, user })
    }

    pub fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }

    /// PostgreSQL refuses to run as root: there it runs as another user.
    pub fn user(&self) -> Option<(u32, u32)> {
        self.user
    }

    /// A command that runs as that user.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command.current_dir("/");
        command
    }

    /// Gives `dir` to the server's user; where that user cannot reach it (it lies in root's home),
    /// another folder, named in `dir/elsewhere`, takes its place.
    pub fn reachable(&self, dir: &Path) -> Result<PathBuf, Error> {
        let Some((user, group)) = self.user else {
            fs::create_dir_all(dir).map_err(Error::at("create", dir))?;
            return Ok(dir.to_path_buf());
        };
        let mut place = dir.to_path_buf();
        claim(&place, user, group)?;
        if !self.enters(&place) {
            let note = dir.join("elsewhere");
            let name = dir.display().to_string().replace('/', "-");
            place = Path::new("/var/tmp").join(format!("spotter{name}"));
            // Whoever removed `dir` meant the data as well.
            if !note.is_file() && place.exists() {
                fs::remove_dir_all(&place).map_err(Error::at("remove", &place))?;
            }
            claim(&place, user, group)?;
            fs::write(&note, place.as_os_str().as_encoded_bytes()).map_err(Error::at("write", &note))?;
        }
        Ok(place)
    }

    fn enters(&self, dir: &Path) -> bool {
        self.command("test")
            .arg("-x")
            .arg(dir)
            .status()
            .is_ok_and(|status| status.success())
    }
}

fn claim(dir: &Path, user: u32, group: u32) -> Result<(), Error> {
    fs::create_dir_all(dir).map_err(Error::at("create", dir))?;
    std::os::unix::fs::chown(dir, Some(user), Some(group)).map_err(Error::at("give away", dir))
}

/// Debian, Ubuntu and Homebrew keep the server's programs off the PATH; the newest comes first.
fn packages() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"]
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("postgres").is_file())
        .collect();
    found.sort();
    found.reverse();
    found
}

fn other_user() -> Result<(u32, u32), Error> {
    ["postgres", "nobody"]
        .iter()
        .find_map(|name| Some((id("-u", name)?, id("-g", name)?)))
        .ok_or(Error::Missing {
            program: "user",
            wanted: "`postgres` or `nobody`, to run PostgreSQL as",
        })
}

fn id(what: &str, name: &str) -> Option<u32> {
    let output = Command::new("id").args([what, name]).output().ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}
