//! One TLS provider for sockets and HTTP alike, and whose certificates both believe.

use std::{
    fmt,
    sync::{Arc, Once},
};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::http::Error;

/// Makes aws-lc the process's TLS provider, unless the process has chosen one itself.
pub(crate) fn install_provider() {
    static ONCE: Once = Once::new();
    // A provider that is already there was installed on purpose.
    ONCE.call_once(|| drop(rustls::crypto::aws_lc_rs::default_provider().install_default()));
}

/// A certificate authority that is believed instead of the machine's own.
#[derive(Clone)]
pub struct Authority {
    pub(crate) sockets: Arc<ClientConfig>,
    pub(crate) calls: reqwest::Certificate,
}

impl Authority {
    /// Reads its certificate, in PEM.
    pub fn from_pem(pem: &[u8]) -> Result<Self, Error> {
        install_provider();
        let failed = |error: &dyn fmt::Display| Error::Failed(format!("no certificate: {error}"));
        let certificate = CertificateDer::from_pem_slice(pem).map_err(|error| failed(&error))?;
        let mut roots = RootCertStore::empty();
        roots.add(certificate).map_err(|error| failed(&error))?;
        let sockets = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let calls = reqwest::Certificate::from_pem(pem).map_err(|error| failed(&error))?;
        Ok(Self {
            sockets: Arc::new(sockets),
            calls,
        })
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authority")
    }
}
