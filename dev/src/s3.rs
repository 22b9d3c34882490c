//! An S3 on its own, for trying a service by hand.

use std::path::PathBuf;

use sandbox::{S3, S3Options};

use crate::Error;

#[derive(clap::Args, Debug)]
pub struct Options {
    /// Port to listen on; a free one by default
    #[arg(long)]
    port: Option<u16>,
    /// Folder to keep objects in; one that is removed at the end by default
    #[arg(long)]
    dir: Option<PathBuf>,
}

pub async fn run(options: Options) -> Result<(), Error> {
    let s3 = S3::start(S3Options {
        port: options.port,
        dir: options.dir,
    })?;
    println!("SPOTTER_S3_ENDPOINT={}", s3.endpoint());
    println!(
        "SPOTTER_S3_BUCKET={} SPOTTER_S3_REGION={}",
        S3::BUCKET,
        S3::REGION
    );
    println!(
        "SPOTTER_S3_ACCESS_KEY={} SPOTTER_S3_SECRET_KEY={}",
        S3::ACCESS_KEY,
        S3::SECRET_KEY
    );
    tokio::signal::ctrl_c().await?;
    Ok(())
}
