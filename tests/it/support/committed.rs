//! Documents in the repository that are written by the code.

use std::path::Path;

/// The committed copy below `docs/` must be what the code says; `UPDATE_DOCS=1` writes it.
pub fn assert_committed(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, text).expect("written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == text, "docs/{name} is not what the code says; `make docs` writes it");
}
