//! Makes the stored variants of an image in a contained child.

mod child;
mod encode;
mod scale;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::contain::{Error, Limits, Pen};

pub use child::{CHILD_FLAG, Report, SIDES, SOURCE, render, run_child};

#[derive(Debug)]
pub struct Renderer {
    /// The binary that is started with [`CHILD_FLAG`].
    program: PathBuf,
    limits: Limits,
    pen: Arc<Pen>,
}

impl Renderer {
    pub fn new(program: PathBuf, limits: Limits, pen: Arc<Pen>) -> Self {
        Self { program, limits, pen }
    }

    /// Renders the file called [`SOURCE`] in `directory`; the variants are written beside it.
    pub async fn render(&self, directory: &Path) -> Result<Report, Error> {
        let place = self.pen.enter().await?;
        let report = place
            .run(&self.program, &[CHILD_FLAG], directory, &self.limits)
            .await?;
        serde_json::from_slice(&report).map_err(Error::Garbled)
    }
}
