//! Says how the library of an app is linked.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Relative relocations take a bit or two each instead of 24 bytes: a megabyte, most of it word lists. Android's linker takes
    // them from API 28 on, glibc from 2.36, so only the profile for apps has them.
    let is_small = env::var("OPT_LEVEL").as_deref() == Ok("s");
    let is_linux = env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux");
    if is_small && is_linux {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,pack-relative-relocs");
    }
}
