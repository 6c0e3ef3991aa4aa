//! The licences of what is inside the binary: the crates it is linked from, the C sources that some of
//! them bring along, and the packages that the pages are bundled from. `make dist` puts the list beside
//! the binary.
//!
//! ```text
//! cargo run --example licences -- x86_64-unknown-linux-gnu > THIRD-PARTY.txt
//! ```
//!
//! Texts are taken from the packages themselves, as they lie in cargo's registry and in
//! `web/node_modules`. Nothing is fetched, and a package without any text is an error.

#![expect(clippy::print_stdout, reason = "an example talks to the person who runs it")]

#[path = "../tests/support/licences.rs"]
mod licences;

fn main() -> anyhow::Result<()> {
    let target = std::env::args().nth(1);
    let target = target.as_deref().unwrap_or("x86_64-unknown-linux-gnu");
    let list = licences::list(std::path::Path::new(env!("CARGO_MANIFEST_DIR")), target)?;
    print!("{list}");
    Ok(())
}
