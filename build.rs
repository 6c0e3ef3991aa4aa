//! Tells cargo when the pages inside the binary have changed. It builds nothing itself: without Node
//! a build works, and has no pages.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_FEATURE_EMBED_UI").is_some() {
        println!("cargo::rerun-if-changed=web/dist");
    }
}
