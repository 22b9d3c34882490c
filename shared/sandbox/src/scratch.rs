use std::fs;
use std::path::{Path, PathBuf};

use rand::Rng;
use rand::distr::Alphanumeric;

use crate::Error;

/// A folder for one server's data, removed when it is dropped or when its process' parent dies.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new(kind: &str) -> Result<Self, Error> {
        let suffix: String = rand::rng()
            .sample_iter(Alphanumeric)
            .take(10)
            .map(char::from)
            .collect();
        let path = std::env::temp_dir().join(format!("spotter-{kind}-{suffix}"));
        fs::create_dir(&path).map_err(Error::at("create", &path))?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Where a server keeps its data: the folder it was given, or a scratch folder.
#[derive(Debug)]
pub(crate) enum Folder {
    Kept(PathBuf),
    Scratch(Scratch),
}

impl Folder {
    pub fn new(kind: &str, kept: Option<PathBuf>) -> Result<Self, Error> {
        let Some(path) = kept else {
            return Scratch::new(kind).map(Self::Scratch);
        };
        fs::create_dir_all(&path).map_err(Error::at("create", &path))?;
        Ok(Self::Kept(path))
    }

    pub fn path(&self) -> &Path {
        match self {
            Self::Kept(path) => path,
            Self::Scratch(scratch) => scratch.path(),
        }
    }

    /// What must not stay behind.
    pub fn scratch(&self) -> Option<PathBuf> {
        match self {
            Self::Kept(_) => None,
            Self::Scratch(scratch) => Some(scratch.path().to_path_buf()),
        }
    }
}

/// A folder that all test processes of one person share: port locks and the empty database.
pub(crate) fn shared_folder(name: &str) -> Result<PathBuf, Error> {
    let owner = rustix::process::getuid().as_raw();
    let path = std::env::temp_dir()
        .join(format!("spotter-sandbox-{owner}"))
        .join(name);
    fs::create_dir_all(&path).map_err(Error::at("create", &path))?;
    Ok(path)
}
