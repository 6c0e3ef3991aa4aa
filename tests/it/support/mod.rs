//! What the tests share.

pub mod committed;
pub mod desk;
#[path = "../../support/entry.rs"]
pub mod entry;
pub mod http;
pub mod load;
pub mod logs;
pub mod providers;
pub mod receiver;
pub mod reports;
pub mod server;
#[path = "../../support/shim.rs"]
pub mod shim;
pub mod tools;

/// The folder of bodies collected elsewhere; `None`, said aloud, when it is not there.
pub fn payloads() -> Option<std::path::PathBuf> {
    let default = || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/payloads");
    let folder = std::env::var_os("CREEL_PAYLOADS").map_or_else(default, std::path::PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("payloads not found at {}: skipped (set CREEL_PAYLOADS)", folder.display());
    None
}
