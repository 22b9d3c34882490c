//! Private PostgreSQL, nats-server, S3 and edge on free ports, for tests and for `make up`.
//!
//! Every server is a [`Process`] that cannot outlive the program that started it,
//! not even when that program is killed by SIGKILL.

mod disk;
mod edge;
mod error;
mod executable;
mod nats;
mod port;
mod postgres;
mod process;
mod s3;
mod scratch;
mod wait;

pub use disk::SmallDisk;
pub use edge::{Edge, Options as EdgeOptions, Upstreams};
pub use error::Error;
pub use executable::{binary, workspace};
pub use nats::{Line as NatsLine, Nats, Options as NatsOptions, Users as NatsUsers};
pub use port::{free_port, reserve_port};
pub use postgres::{Backup, Options as PostgresOptions, Postgres, schema_of};
pub use process::{Output, Process, Spec};
pub use rustix::process::Signal;
pub use s3::{Mood, Options as S3Options, S3};
pub use scratch::Scratch;
pub use wait::until;
