//! libsqlite3-sys always prints `-lcrypto` with `bundled-sqlcipher`, also when the crypto is ours.
//! Give the linker an empty archive of that name: nothing is taken from it, no OpenSSL file is needed.
use std::{env, fs, path::PathBuf};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    // An `ar` archive without members is its 8-byte magic. MSVC looks for another name.
    let name =
        if env::var("CARGO_CFG_TARGET_ENV").as_deref() == Ok("msvc") { "crypto.lib" } else { "libcrypto.a" };
    fs::write(out.join(name), b"!<arch>\n").expect("write the empty archive");
    println!("cargo:rustc-link-search=native={}", out.display());
}
