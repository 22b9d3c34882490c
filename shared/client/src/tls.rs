//! One TLS provider for sockets and HTTP alike.

use std::sync::Once;

/// Makes aws-lc the process's TLS provider, unless the process has chosen one itself.
pub(crate) fn install_provider() {
    static ONCE: Once = Once::new();
    // A provider that is already there was installed on purpose.
    ONCE.call_once(|| drop(rustls::crypto::aws_lc_rs::default_provider().install_default()));
}
