//! Builds this crate once more, for the browser, and hands the module to the one that serves it.

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    // The module itself carries none.
    if env::var("CARGO_CFG_TARGET_FAMILY")?.contains("wasm") {
        return Ok(());
    }
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let workspace = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../..").canonicalize()?;
    // A folder of its own: the outer Cargo holds the lock of the other one.
    let target = out.join("module");
    let mut cargo = Command::new(env::var("CARGO")?);
    cargo.current_dir(&workspace).args([
        "rustc",
        "--locked",
        "--quiet",
        "--package",
        "keepwell-viewer",
        "--lib",
    ]);
    cargo
        .args(["--crate-type", "cdylib", "--profile", "viewer", "--target", TRIPLE, "--target-dir"])
        .arg(&target);
    // What was meant for the outer build: flags of its target, and clippy in the compiler's place.
    for name in [
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTFLAGS",
        "CARGO_BUILD_TARGET",
        "RUSTC_WORKSPACE_WRAPPER",
        "CLIPPY_ARGS",
    ] {
        cargo.env_remove(name);
    }
    if !cargo.status()?.success() {
        return Err(format!("the viewer page was not built; it needs `rustup target add {TRIPLE}`").into());
    }
    let built = target.join(TRIPLE).join("viewer");
    std::fs::copy(built.join("keepwell_viewer.wasm"), out.join("viewer.wasm"))?;
    rerun_where_a_source_changes(&workspace, &built.join("keepwell_viewer.d"))
}

/// Names the sources that Cargo says the module was made of, and the manifests of their crates.
fn rerun_where_a_source_changes(workspace: &Path, list: &Path) -> Result<(), Box<dyn Error>> {
    let list = std::fs::read_to_string(list)?;
    let (_, sources) = list.split_once(": ").ok_or("Cargo's list of sources has another form")?;
    for source in sources.replace("\\ ", "\0").split_whitespace() {
        let source = source.replace('\0', " ");
        println!("cargo::rerun-if-changed={source}");
        if source.ends_with("src/lib.rs") {
            println!("cargo::rerun-if-changed={}", source.replace("src/lib.rs", "Cargo.toml"));
        }
    }
    for manifest in ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml"] {
        println!("cargo::rerun-if-changed={}", workspace.join(manifest).display());
    }
    Ok(())
}

const TRIPLE: &str = "wasm32-unknown-unknown";
