use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread::JoinHandle;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, HttpRequest, HttpResponse};
use s3s_fs::FileSystem;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::scratch::Folder;
use crate::{Error, free_port};

/// How to start an S3; the default is what tests want.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// A free one, when none is given.
    pub port: Option<u16>,
    /// Objects are kept there when given; in a scratch folder otherwise.
    pub dir: Option<PathBuf>,
}

/// How the server behaves, for tests of what its users do then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Mood {
    Well = 0,
    /// Answers 503 to everything.
    Unavailable = 1,
    /// Accepts requests and never answers.
    Hangs = 2,
    /// Cuts the connection when a request has begun.
    Cuts = 3,
}

/// An S3 server in this process (s3s-fs), on a thread of its own so that it outlives a test's runtime.
#[derive(Debug)]
pub struct S3 {
    port: u16,
    dir: PathBuf,
    mood: Arc<AtomicU8>,
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
    _folder: Folder,
}

impl S3 {
    pub const BUCKET: &'static str = "spotter";
    pub const ACCESS_KEY: &'static str = "sandbox";
    pub const SECRET_KEY: &'static str = "sandbox-secret";
    pub const REGION: &'static str = "us-east-1";

    pub fn start(options: Options) -> Result<Self, Error> {
        let folder = Folder::new("s3", options.dir)?;
        let dir = folder.path().to_path_buf();
        let bucket = dir.join(Self::BUCKET);
        std::fs::create_dir_all(&bucket).map_err(Error::at("create", &bucket))?;
        let port = options.port.unwrap_or_else(free_port);
        let mood = Arc::new(AtomicU8::new(Mood::Well as u8));
        let mut s3 = Self {
            port,
            dir,
            mood,
            running: None,
            _folder: folder,
        };
        s3.restart()?;
        Ok(s3)
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The folder that holds the bucket's objects.
    pub fn bucket_dir(&self) -> PathBuf {
        self.dir.join(Self::BUCKET)
    }

    pub fn set_mood(&self, mood: Mood) {
        self.mood.store(mood as u8, Ordering::SeqCst);
    }

    /// Cuts every connection and stops listening.
    pub fn kill(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            drop(stop);
            let _ = thread.join();
        }
    }

    /// Starts it again on the same port and objects, after [`S3::kill`] or instead of it.
    pub fn restart(&mut self) -> Result<(), Error> {
        self.kill();
        let failed = |source| Error::Spawn {
            program: "s3".to_owned(),
            source,
        };
        let files = FileSystem::new(&self.dir)
            .map_err(|error| failed(std::io::Error::other(format!("{error:?}"))))?;
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single(Self::ACCESS_KEY, Self::SECRET_KEY));
        let server = Server {
            service: service.build(),
            mood: Arc::clone(&self.mood),
        };

        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let listener = {
            let _guard = runtime.enter();
            listen(self.port).map_err(failed)?
        };
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("s3".to_owned())
            .spawn(move || runtime.block_on(server.run(listener, stopped)))
            .map_err(failed)?;
        self.running = Some((stop, thread));
        Ok(())
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Listens at once after a kill, whatever old connections still linger.
fn listen(port: u16) -> std::io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(([127, 0, 0, 1], port).into())?;
    socket.listen(256)
}

#[derive(Clone)]
struct Server {
    service: S3Service,
    mood: Arc<AtomicU8>,
}

impl Server {
    async fn run(self, listener: TcpListener, mut stopped: oneshot::Receiver<()>) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                _ = &mut stopped => break,
                Some(_) = connections.join_next() => {}
                accepted = listener.accept() => {
                    let Ok((stream, _)) = accepted else { continue };
                    let server = self.clone();
                    connections.spawn(async move {
                        let service = service_fn(move |request| server.clone().answer(request));
                        let _ = http1::Builder::new()
                            .timer(TokioTimer::new())
                            .serve_connection(TokioIo::new(stream), service)
                            .await;
                    });
                }
            }
        }
    }

    async fn answer(
        self,
        request: hyper::Request<hyper::body::Incoming>,
    ) -> Result<HttpResponse, std::io::Error> {
        let mood = self.mood.load(Ordering::SeqCst);
        if mood == Mood::Hangs as u8 {
            std::future::pending::<()>().await;
        }
        if mood == Mood::Cuts as u8 {
            return Err(std::io::ErrorKind::ConnectionReset.into());
        }
        if mood == Mood::Unavailable as u8 {
            let mut answer = HttpResponse::new(Body::empty());
            *answer.status_mut() = hyper::StatusCode::SERVICE_UNAVAILABLE;
            return Ok(answer);
        }
        let request: HttpRequest = request.map(Body::from);
        self.service
            .call(request)
            .await
            .map_err(|error| std::io::Error::other(format!("{error:?}")))
    }
}
