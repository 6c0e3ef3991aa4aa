//! Programs of others that tests run beside Creel. `scripts/test-tools` unpacks them where they are not
//! installed; a test that does without one says so.

use std::path::{Path, PathBuf};

/// Where a program is; `None`, said aloud, when it is not here.
pub fn tool(name: &str) -> Option<PathBuf> {
    let unpacked = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/usr");
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Where Debian keeps servers; not everybody's path leads there.
    let beside = [PathBuf::from("/usr/sbin"), unpacked.join("bin"), unpacked.join("sbin")];
    let found = std::env::split_paths(&path)
        .chain(beside)
        .map(|directory| directory.join(name))
        .find(|program| program.is_file());
    if found.is_none() {
        println!("{name} is not here: skipped (scripts/test-tools gets it on Debian)");
    }
    found
}

/// What `scripts/test-tools` has fetched to this place below `target/tools`; `None`, said aloud, when it
/// is not here.
pub fn fetched(place: &str, what: &str) -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools").join(place);
    if found.exists() {
        return Some(found);
    }
    println!("{what} is not here: skipped (scripts/test-tools gets it)");
    None
}
