//! What the person in front of the runner sees, and where the rest is kept.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, IsTerminal, PipeReader, Write, stdout};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::Error;

const COLOURS: [&str; 6] = [
    "\x1b[36m", "\x1b[35m", "\x1b[33m", "\x1b[32m", "\x1b[34m", "\x1b[31m",
];
const PLAIN: &str = "\x1b[0m";

/// A cheap handle: lines of all services in one stream, and each in a file of its own.
#[derive(Clone, Debug)]
pub struct Console {
    logs: PathBuf,
    colourful: bool,
    /// Off while the demo people are brought in, which takes hundreds of requests.
    streaming: Arc<AtomicBool>,
}

impl Console {
    pub fn new(logs: PathBuf) -> Self {
        let streaming = Arc::new(AtomicBool::new(false));
        Self {
            logs,
            colourful: stdout().is_terminal(),
            streaming,
        }
    }

    /// Whether this is a terminal that shows colours.
    pub fn is_colourful(&self) -> bool {
        self.colourful
    }

    /// The runner's own words.
    pub fn say(&self, sentence: &str) {
        println!("{sentence}");
    }

    /// From here on the services' lines are shown.
    pub fn stream(&self) {
        self.streaming.store(true, Ordering::Relaxed);
    }

    /// Reads a service's lines on a thread of their own until it ends.
    pub fn follow(&self, name: &str, output: PipeReader) -> Result<(), Error> {
        let path = self.logs.join(format!("{name}.log"));
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let (console, prefix) = (self.clone(), self.prefix(name));
        let thread = std::thread::Builder::new().name(format!("log {name}"));
        thread.spawn(move || console.copy(&prefix, output, file))?;
        Ok(())
    }

    fn copy(&self, prefix: &str, output: PipeReader, mut file: File) {
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            let _ = writeln!(file, "{line}");
            if self.streaming.load(Ordering::Relaxed) {
                let _ = writeln!(stdout(), "{prefix} {line}");
            }
        }
    }

    fn prefix(&self, name: &str) -> String {
        let label = format!("{name:>14} |");
        if !self.colourful {
            return label;
        }
        let colour = name.bytes().map(usize::from).sum::<usize>() % COLOURS.len();
        format!("{}{label}{PLAIN}", COLOURS.get(colour).unwrap_or(&PLAIN))
    }
}
