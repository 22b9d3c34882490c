//! Which tokens are believed, which are not, and what that costs.

mod attacks;
mod families;
mod garbage;
mod issuer;
mod jwks;
mod revoked;
