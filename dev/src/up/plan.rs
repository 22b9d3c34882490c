//! Addresses and settings: what every service is told.

use std::net::TcpListener;

use sandbox::{S3, reserve_port};

use crate::Error;
use crate::keys::{AUDIENCE, ISSUER, Keys};
use crate::layout::Layout;

/// Services get free ports from here on.
const FIRST_PORT: u16 = 7010;

/// Where `npm run dev` serves the web client while somebody works on it.
const VITE: &str = "http://localhost:5173";

/// A service's name and its two ports.
#[derive(Clone, Debug)]
pub struct Place {
    pub name: String,
    pub program: &'static str,
    pub public: u16,
    pub internal: u16,
}

#[derive(Debug)]
pub struct Plan {
    pub url: String,
    pub port: u16,
    pub places: Vec<Place>,
    settings: Vec<(&'static str, String)>,
}

impl Plan {
    pub fn new(layout: &Layout, keys: &Keys, port: u16, gateways: usize) -> Result<Self, Error> {
        if !is_free(port) {
            return Err(format!(
                "port {port} is taken; try `make up PORT={}`",
                port.wrapping_add(100)
            )
            .into());
        }
        let url = format!("https://localhost:{port}");
        let path = |path: &std::path::Path| path.display().to_string();
        let scratch = layout.data("uploads");
        std::fs::create_dir_all(&scratch)?;
        let settings = vec![
            ("SPOTTER_LOG_FORMAT", "pretty".to_owned()),
            ("SPOTTER_JWT_PUBLIC_KEY_FILE", path(keys.public_key())),
            ("SPOTTER_JWT_ISSUER", ISSUER.to_owned()),
            ("SPOTTER_JWT_AUDIENCE", AUDIENCE.to_owned()),
            ("SPOTTER_FILE_LINK_KEYS_FILE", path(keys.link_keys())),
            ("SPOTTER_PUBLIC_URL", url.clone()),
            ("SPOTTER_ALLOWED_ORIGINS", format!("{url},{VITE}")),
            ("SPOTTER_TRUSTED_PROXIES", "127.0.0.1,::1".to_owned()),
            ("SPOTTER_DRAIN_SECONDS", "2".to_owned()),
            ("SPOTTER_S3_BUCKET", S3::BUCKET.to_owned()),
            ("SPOTTER_S3_REGION", S3::REGION.to_owned()),
            ("SPOTTER_S3_ACCESS_KEY", S3::ACCESS_KEY.to_owned()),
            ("SPOTTER_S3_SECRET_KEY", S3::SECRET_KEY.to_owned()),
            ("SPOTTER_SCRATCH_DIR", path(&scratch)),
        ];
        Ok(Self {
            url,
            port,
            places: places(gateways),
            settings,
        })
    }

    pub fn settings(&self) -> &[(&'static str, String)] {
        &self.settings
    }

    /// The public addresses of all replicas of one service.
    pub fn upstreams(&self, program: &str) -> Vec<String> {
        let replicas = self.places.iter().filter(|place| place.program == program);
        replicas
            .map(|place| format!("127.0.0.1:{}", place.public))
            .collect()
    }
}

fn places(gateways: usize) -> Vec<Place> {
    let mut ports = (FIRST_PORT..).filter(|port| reserve_port(*port));
    let mut place = |name: String, program| Place {
        name,
        program,
        public: ports.next().unwrap_or_default(),
        internal: ports.next().unwrap_or_default(),
    };
    let mut places: Vec<Place> = ["chat-history", "trainer-roster", "file-upload"]
        .map(|name| place(name.to_owned(), name))
        .into();
    places.extend((1..=gateways).map(|number| place(format!("gateway-{number}"), "gateway")));
    places
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}
