//! What the tests share.

pub mod desk;
pub mod http;
pub mod server;
#[path = "../../support/shim.rs"]
pub mod shim;
