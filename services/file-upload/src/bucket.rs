//! The bucket: any S3. Objects are `{file}/{variant}` and never change.

mod erased;

use std::{collections::HashMap, path::PathBuf, time::Duration};

use aws_sdk_s3::{
    Client,
    config::{
        BehaviorVersion, Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation,
        retry::RetryConfig, timeout::TimeoutConfig,
    },
    error::{ProvideErrorMetadata, SdkError},
    operation::{get_object::GetObjectOutput, head_object::HeadObjectOutput},
    primitives::ByteStream,
};
use boot::Invalid;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use protocol::{FileId, file::Variant};
use secrecy::{ExposeSecret, SecretString};

/// A whole operation with its retries; for a download, until its first byte.
const OPERATION: Duration = Duration::from_secs(10);
const ATTEMPT: Duration = Duration::from_secs(6);
const CONNECT: Duration = Duration::from_secs(2);
const ATTEMPTS: u32 = 2;

/// The metadata that holds a document's name.
pub const NAME: &str = "name";

#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
pub struct Config {
    /// Address of the S3 service
    #[arg(long, env = "SPOTTER_S3_ENDPOINT", value_name = "URL")]
    pub s3_endpoint: Option<String>,

    /// Bucket that holds the files; nothing else writes to it
    #[arg(long, env = "SPOTTER_S3_BUCKET", default_value = "spotter")]
    pub s3_bucket: String,

    /// Region that requests are signed for
    #[arg(long, env = "SPOTTER_S3_REGION", default_value = "us-east-1")]
    pub s3_region: String,

    /// Access key
    #[arg(long, env = "SPOTTER_S3_ACCESS_KEY", hide_env_values = true)]
    pub s3_access_key: Option<SecretString>,

    /// File that holds the access key instead
    #[arg(long, env = "SPOTTER_S3_ACCESS_KEY_FILE", value_name = "PATH")]
    pub s3_access_key_file: Option<PathBuf>,

    /// Secret key
    #[arg(long, env = "SPOTTER_S3_SECRET_KEY", hide_env_values = true)]
    pub s3_secret_key: Option<SecretString>,

    /// File that holds the secret key instead
    #[arg(long, env = "SPOTTER_S3_SECRET_KEY_FILE", value_name = "PATH")]
    pub s3_secret_key_file: Option<PathBuf>,
}

impl Config {
    pub fn validate(&self) -> Result<(), Invalid> {
        self.endpoint()?;
        self.credentials().map(|_| ())
    }

    fn endpoint(&self) -> Result<&str, Invalid> {
        self.s3_endpoint
            .as_deref()
            .filter(|url| url.starts_with("http://") || url.starts_with("https://"))
            .ok_or_else(|| Invalid::new("SPOTTER_S3_ENDPOINT", "must start with https:// or http://"))
    }

    fn credentials(&self) -> Result<Credentials, Invalid> {
        let required = |variable| move || Invalid::new(variable, "is required");
        let access = boot::secret(
            "SPOTTER_S3_ACCESS_KEY",
            &self.s3_access_key,
            &self.s3_access_key_file,
        )?
        .ok_or_else(required("SPOTTER_S3_ACCESS_KEY"))?;
        let secret = boot::secret(
            "SPOTTER_S3_SECRET_KEY",
            &self.s3_secret_key,
            &self.s3_secret_key_file,
        )?
        .ok_or_else(required("SPOTTER_S3_SECRET_KEY"))?;
        Ok(Credentials::new(
            access.expose_secret(),
            secret.expose_secret(),
            None,
            None,
            "configuration",
        ))
    }
}

#[derive(Clone, Debug)]
pub struct Bucket {
    client: Client,
    name: String,
}

/// One variant of a file on its way to the bucket.
#[derive(Debug)]
pub struct Object<'a> {
    pub key: (FileId, Variant),
    pub content_type: &'a str,
    /// What it is saved as by whoever downloads it; kept beside the object, percent-encoded, under
    /// [`NAME`].
    pub name: Option<&'a str>,
    pub path: PathBuf,
}

/// A part of the bucket's list.
#[derive(Debug)]
pub struct Page {
    pub files: Vec<FileId>,
    /// Where the next page starts; none after the last.
    pub next: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no such object")]
    Absent,
    #[error("the range lies outside of the object")]
    Range,
    #[error("could not read the rendered file")]
    Read(#[source] std::io::Error),
    #[error("the object store did not do what was asked")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Bucket {
    pub fn new(config: &Config) -> Result<Self, Invalid> {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT)
            .operation_attempt_timeout(ATTEMPT)
            .operation_timeout(OPERATION)
            .build();
        let client = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(config.endpoint()?)
            .region(Region::new(config.s3_region.clone()))
            .credentials_provider(config.credentials()?)
            // Other stores than Amazon's refuse checksums in trailers, and have no host per bucket.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .force_path_style(true)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(timeouts)
            .build();
        Ok(Self {
            client: Client::from_conf(client),
            name: config.s3_bucket.clone(),
        })
    }

    /// Stores one variant from a file on disk.
    pub async fn put(&self, object: Object<'_>) -> Result<(), Error> {
        let (file, variant) = object.key;
        let body = ByteStream::from_path(object.path)
            .await
            .map_err(|error| Error::Read(std::io::Error::other(error)))?;
        self.client
            .put_object()
            .bucket(&self.name)
            .key(key(file, variant))
            .content_type(object.content_type)
            .set_metadata(object.name.map(named))
            .body(body)
            .send()
            .await
            .map_err(refused)?;
        Ok(())
    }

    /// Starts to read a variant, or a part of it as HTTP's `Range` names it.
    pub async fn get(
        &self,
        file: FileId,
        variant: Variant,
        range: Option<String>,
    ) -> Result<GetObjectOutput, Error> {
        self.client
            .get_object()
            .bucket(&self.name)
            .key(key(file, variant))
            .set_range(range)
            .send()
            .await
            .map_err(refused)
    }

    /// Removes all variants of a file; those that are not there are passed over.
    pub async fn remove(&self, file: FileId) -> Result<(), Error> {
        for variant in [Variant::Full, Variant::Screen, Variant::Thumb] {
            let removed = self
                .client
                .delete_object()
                .bucket(&self.name)
                .key(key(file, variant))
                .send()
                .await
                .map_err(refused);
            match removed {
                Ok(_) | Err(Error::Absent) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Files that have objects, page by page in the order of keys. Keys that are not ours are left out.
    pub async fn list(&self, after: Option<String>) -> Result<Page, Error> {
        let listed = self
            .client
            .list_objects_v2()
            .bucket(&self.name)
            .set_start_after(after)
            .send()
            .await
            .map_err(refused)?;
        let keys = || listed.contents().iter().filter_map(|object| object.key());
        let mut files: Vec<FileId> = keys()
            .filter_map(|key| key.split_once('/')?.0.parse().ok())
            .collect();
        files.dedup();
        let next = keys().next_back().map(str::to_owned);
        Ok(Page {
            files,
            next: next.filter(|_| listed.is_truncated() == Some(true)),
        })
    }

    pub async fn head(&self, file: FileId, variant: Variant) -> Result<HeadObjectOutput, Error> {
        self.client
            .head_object()
            .bucket(&self.name)
            .key(key(file, variant))
            .send()
            .await
            .map_err(refused)
    }
}

/// Letters, digits and percent signs: a store sends metadata as headers.
fn named(name: &str) -> HashMap<String, String> {
    let encoded = utf8_percent_encode(name, NON_ALPHANUMERIC);
    HashMap::from([(NAME.to_owned(), encoded.to_string())])
}

fn key(file: FileId, variant: Variant) -> String {
    format!("{file}/{}", variant.as_str())
}

fn refused<E>(error: SdkError<E>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match error.raw_response().map(|response| response.status().as_u16()) {
        Some(404) if error.code() != Some("NoSuchBucket") => Error::Absent,
        Some(416) => Error::Range,
        _ => Error::Store(error.into()),
    }
}
