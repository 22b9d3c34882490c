//! What a process occupies, as the kernel says.

use std::{fs, path::Path};

/// MiB in memory at this moment.
pub fn resident(pid: u32) -> f64 {
    mebibytes(Path::new("/proc").join(pid.to_string()).as_path(), "VmRSS:")
}

/// Most MiB in memory since the process began, or since [`forget_peak`].
pub fn peak(pid: u32) -> f64 {
    mebibytes(Path::new("/proc").join(pid.to_string()).as_path(), "VmHWM:")
}

pub fn forget_peak(pid: u32) {
    fs::write(format!("/proc/{pid}/clear_refs"), "5").unwrap();
}

/// Most MiB of any process that works in this directory. Not of one that has just been forked and is
/// still a copy of the test.
pub fn peak_in(directory: &Path) -> f64 {
    let ours = std::env::current_exe().unwrap();
    let is_ours =
        |process: &fs::DirEntry| fs::read_link(process.path().join("exe")).is_ok_and(|exe| exe == ours);
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter(|process| fs::read_link(process.path().join("cwd")).is_ok_and(|cwd| cwd == directory))
        .filter(|process| !is_ours(process))
        .map(|process| mebibytes(&process.path(), "VmHWM:"))
        .fold(0.0, f64::max)
}

fn mebibytes(process: &Path, name: &str) -> f64 {
    let status = fs::read_to_string(process.join("status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kibibytes.unwrap_or_default() / 1024.0
}
