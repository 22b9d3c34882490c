//! `make trust`: lets this machine's browsers trust the edge's local authority.

use std::path::Path;
use std::process::Command;

use crate::Error;
use crate::layout::Layout;

pub fn run() -> Result<(), Error> {
    let certificate = Layout::of_repository()?
        .data("edge")
        .join("pki/authorities/local/root.crt");
    if !certificate.is_file() {
        return Err("there is no local authority yet; run `make up` once".into());
    }
    if cfg!(target_os = "macos") {
        trust_on_macos(&certificate)?;
    } else {
        trust_on_linux(&certificate)?;
    }
    println!("This machine trusts {}.", certificate.display());
    Ok(())
}

fn trust_on_macos(certificate: &Path) -> Result<(), Error> {
    let mut security = Command::new("security");
    succeed(
        security
            .args(["add-trusted-cert", "-r", "trustRoot"])
            .arg(certificate),
    )
}

fn trust_on_linux(certificate: &Path) -> Result<(), Error> {
    let place = Path::new("/usr/local/share/ca-certificates/spotter-dev.crt");
    succeed(as_root("install").args(["-m", "644"]).arg(certificate).arg(place))?;
    succeed(&mut as_root("update-ca-certificates"))?;

    // Chromium and Firefox on Linux read their own database, when the tool for it is there.
    let Some(home) = std::env::var_os("HOME") else {
        return Ok(());
    };
    let database = Path::new(&home).join(".pki/nssdb");
    let mut certutil = Command::new("certutil");
    certutil.arg("-d").arg(format!("sql:{}", database.display()));
    certutil
        .args(["-A", "-t", "C,,", "-n", "Spotter dev", "-i"])
        .arg(certificate);
    if database.is_dir() && succeed(&mut certutil).is_err() {
        println!(
            "Browsers keep their own list: install libnss3-tools and run this again, or import the file there."
        );
    }
    Ok(())
}

fn as_root(program: &str) -> Command {
    if rustix::process::getuid().is_root() {
        return Command::new(program);
    }
    let mut sudo = Command::new("sudo");
    sudo.arg(program);
    sudo
}

fn succeed(command: &mut Command) -> Result<(), Error> {
    let status = command
        .status()
        .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{} failed", command.get_program().display()).into())
    }
}
