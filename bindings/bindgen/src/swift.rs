//! Generates Swift: `uniffi-bindgen-swift --swift-sources LIBRARY DIR`, then the same with `--headers`.

fn main() {
    uniffi::uniffi_bindgen_swift();
}
