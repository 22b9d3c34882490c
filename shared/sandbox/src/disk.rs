use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::postgres::Place;
use crate::{Error, Output, Process, Scratch, Spec};

/// Mounts a file system in a namespace of its own, as root of that namespace alone, and stays: the file
/// system lives as long as this program. A file tells that it is there.
const MOUNT: &str =
    r#"mount -t tmpfs -o "size=$1,mode=700" tmpfs "$2" && : > "$2/mounted" && exec sleep infinity"#;

/// A file system that is full when it is told so, for PostgreSQL's data; nobody else sees it.
///
/// It takes no rights but that to make a user namespace, which some machines and containers refuse.
#[derive(Debug)]
pub struct SmallDisk {
    place: Place,
    holder: Process,
    scratch: Scratch,
}

impl SmallDisk {
    pub async fn mount(mebibytes: u32) -> Result<Self, Error> {
        let place = Place::find()?;
        let scratch = Scratch::new("disk")?;
        let dir = place.reachable(scratch.path())?;
        let spec = Spec::new("disk", "/usr/bin/unshare")
            .args([
                "--user",
                "--map-root-user",
                "--mount",
                "/bin/sh",
                "-c",
                MOUNT,
                "disk",
            ])
            .arg(format!("{mebibytes}m"))
            .arg(&dir)
            .output(Output::Discard)
            .run_as(place.user());
        let mut holder = Process::start(spec)?;
        let marker = inside(&holder, &dir).join("mounted");
        holder
            .ready(Duration::from_secs(10), || std::future::ready(marker.exists()))
            .await?;
        Ok(Self {
            place,
            holder,
            scratch,
        })
    }

    /// Where it is, as seen from outside of its namespace.
    pub fn path(&self) -> PathBuf {
        inside(&self.holder, self.scratch.path())
    }

    /// Takes all the room that is left.
    pub fn fill(&self) -> Result<(), Error> {
        let ballast = self.ballast();
        let mut dd = self.place.command("dd");
        dd.args(["if=/dev/zero", "bs=4096"]);
        dd.arg(format!("of={}", ballast.display()));
        let output = dd.output().map_err(Error::at("fill", &ballast))?;
        let full = String::from_utf8_lossy(&output.stderr).contains("No space left on device");
        if full {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(Error::at("fill", &ballast)(std::io::Error::other(said)))
    }

    /// Gives the room back.
    pub fn free(&self) -> Result<(), Error> {
        let ballast = self.ballast();
        std::fs::remove_file(&ballast).map_err(Error::at("remove", &ballast))
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }
}

/// A folder as a program sees it.
fn inside(holder: &Process, dir: &Path) -> PathBuf {
    let root = PathBuf::from(format!("/proc/{}/root", holder.pid()));
    root.join(dir.strip_prefix("/").unwrap_or(dir))
}
