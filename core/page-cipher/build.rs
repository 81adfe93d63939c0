//! `libsqlite3-sys` always prints `-lcrypto` with `bundled-sqlcipher`, also when the cryptography is
//! ours. This gives the linker an empty archive of that name: nothing is taken from it, and no
//! OpenSSL file is needed.

use std::error::Error;
use std::{env, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    // MSVC looks for another name.
    let name =
        if env::var("CARGO_CFG_TARGET_ENV").as_deref() == Ok("msvc") { "crypto.lib" } else { "libcrypto.a" };
    // An `ar` archive without members is its 8-byte magic.
    fs::write(out.join(name), b"!<arch>\n")?;
    println!("cargo:rustc-link-search=native={}", out.display());
    Ok(())
}
