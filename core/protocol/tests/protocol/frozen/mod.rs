//! A frozen example: encoded and decoded to the same bytes for ever, and nothing near it is read.
//! `KEEPWELL_FREEZE=1` writes the examples that are not there yet. The wallet's tests use it too.

use std::path::PathBuf;

use keepwell_protocol::domain::{CborError, Object};

pub(crate) fn frozen<T: Object>(name: &str, example: &T) {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/objects").join(format!("{name}.hex"));
    let bytes = example.to_cbor();
    if std::env::var_os("KEEPWELL_FREEZE").is_some() && !path.exists() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, format!("{}\n", hex::encode(&bytes))).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{name} has no frozen example"));
    let frozen = hex::decode(text.trim()).unwrap();
    assert_eq!(hex::encode(&bytes), hex::encode(&frozen), "{name} is encoded in another way than it was");
    assert_eq!(T::from_cbor(&frozen).map(|object| object.to_cbor()), Ok(frozen.clone()), "{name}");

    let mut longer = frozen.clone();
    longer.push(0);
    assert_eq!(
        T::from_cbor(&longer).err(),
        Some(CborError::NotDeterministic),
        "{name} with a byte left over"
    );
    assert!(T::from_cbor(&frozen[..frozen.len() - 1]).is_err(), "{name} cut short");
}
