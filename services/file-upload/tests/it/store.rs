//! Which S3 a test uses: the sandbox's, or with `SPOTTER_TEST_S3_ENDPOINT` another one, whose bucket
//! the tests share. See `make test-s3`.

use std::env::var_os;

use file_upload::bucket::Config;
use sandbox::S3;
use secrecy::ExposeSecret;

pub fn bucket(ours: &S3) -> Config {
    let told = |name: &str| {
        let value = var_os(format!("SPOTTER_TEST_S3_{name}"));
        value.map(|value| value.into_string().unwrap())
    };
    match told("ENDPOINT") {
        Some(endpoint) => config(
            endpoint,
            [
                told("BUCKET"),
                told("REGION"),
                told("ACCESS_KEY"),
                told("SECRET_KEY"),
            ]
            .map(Option::unwrap),
        ),
        None => config(
            ours.endpoint(),
            [S3::BUCKET, S3::REGION, S3::ACCESS_KEY, S3::SECRET_KEY].map(str::to_owned),
        ),
    }
}

/// What the service is told.
pub fn variables(bucket: &Config) -> [(&'static str, String); 5] {
    let secret = |value: &Option<secrecy::SecretString>| value.as_ref().unwrap().expose_secret().to_owned();
    [
        ("SPOTTER_S3_ENDPOINT", bucket.s3_endpoint.clone().unwrap()),
        ("SPOTTER_S3_BUCKET", bucket.s3_bucket.clone()),
        ("SPOTTER_S3_REGION", bucket.s3_region.clone()),
        ("SPOTTER_S3_ACCESS_KEY", secret(&bucket.s3_access_key)),
        ("SPOTTER_S3_SECRET_KEY", secret(&bucket.s3_secret_key)),
    ]
}

fn config(endpoint: String, [bucket, region, access, secret]: [String; 4]) -> Config {
    Config {
        s3_endpoint: Some(endpoint),
        s3_bucket: bucket,
        s3_region: region,
        s3_access_key: Some(access.into()),
        s3_access_key_file: None,
        s3_secret_key: Some(secret.into()),
        s3_secret_key_file: None,
    }
}
