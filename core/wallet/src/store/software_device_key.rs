//! A device key in a file, for machines without hardware that keeps one.

use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use keepwell_protocol::crypto::{self, CryptoError, Label, Rng, SealKey};
use zeroize::Zeroizing;

use super::device_key::{DeviceKey, DeviceKeyError, DeviceKeyLevel, DeviceKeyPurpose};
use super::home;

/// A device key in a file, for computers without a key store that programs can use.
///
/// The file is read each time it is needed, and made by the first [`DeviceKey::wrap`], which a wallet
/// calls while it has the lock of its home: two programs that make a wallet in one home at once never
/// make two keys. Its counter is a file beside it: whoever can put back the wallet's files can put
/// back that too. It knows no fingers and no faces: for [`DeviceKeyPurpose::Biometric`] it is
/// [`DeviceKeyError::Unavailable`].
pub struct SoftwareDeviceKey {
    file: PathBuf,
}

impl SoftwareDeviceKey {
    /// The key in this file, which need not exist yet; nothing is read or written.
    ///
    /// ```
    /// use keepwell_wallet::{DeviceKey, DeviceKeyError, DeviceKeyPurpose, SoftwareDeviceKey};
    ///
    /// let folder = tempfile::tempdir().unwrap();
    /// let device = SoftwareDeviceKey::new(&folder.path().join("device.key"));
    /// let wrapped = device.wrap(DeviceKeyPurpose::Pin, b"wallet", b"secret")?;
    /// assert_eq!(device.unwrap(DeviceKeyPurpose::Pin, b"wallet", &wrapped)?.as_slice(), b"secret");
    /// assert!(device.unwrap(DeviceKeyPurpose::Pin, b"another wallet", &wrapped).is_err());
    /// # Ok::<(), DeviceKeyError>(())
    /// ```
    pub fn new(file: &Path) -> Self {
        Self { file: file.to_owned() }
    }

    /// The key; `None` if there is no file.
    fn read(&self) -> Result<Option<SealKey>, DeviceKeyError> {
        let content = home::read_small(&self.file).map_err(|_| DeviceKeyError::Unavailable)?;
        let Some(content) = content.map(Zeroizing::new) else { return Ok(None) };
        let key = <&[u8; 32]>::try_from(content.as_slice()).map_err(|_| DeviceKeyError::Lost)?;
        Ok(Some(SealKey::from_bytes(key)))
    }

    /// Makes the key.
    fn create(&self, rng: &mut Rng) -> Result<SealKey, DeviceKeyError> {
        let key = SealKey::generate(rng).map_err(|_: CryptoError| DeviceKeyError::Unavailable)?;
        let written = match self.file.parent() {
            Some(dir) => home::create_dir(dir),
            None => Ok(()),
        };
        written
            .and_then(|()| home::write_atomically(&self.file, key.expose()))
            .map_err(|_| DeviceKeyError::Unavailable)?;
        Ok(key)
    }

    fn counter_file(&self) -> PathBuf {
        self.file.with_extension("counter")
    }
}

impl DeviceKey for SoftwareDeviceKey {
    fn wrap(
        &self,
        purpose: DeviceKeyPurpose,
        context: &[u8],
        secret: &[u8],
    ) -> Result<Vec<u8>, DeviceKeyError> {
        refuse_biometrics(purpose)?;
        let rng = &mut Rng::system();
        let key = match self.read()? {
            Some(key) => key,
            None => self.create(rng)?,
        };
        crypto::seal(key.expose(), Label::Device, context, secret, rng)
            .map_err(|_: CryptoError| DeviceKeyError::Unavailable)
    }

    fn unwrap(
        &self,
        purpose: DeviceKeyPurpose,
        context: &[u8],
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, DeviceKeyError> {
        refuse_biometrics(purpose)?;
        let key = self.read()?.ok_or(DeviceKeyError::Lost)?;
        crypto::open(key.expose(), Label::Device, context, wrapped)
            .map_err(|_: CryptoError| DeviceKeyError::Lost)
    }

    fn delete(&self, purpose: DeviceKeyPurpose) -> Result<(), DeviceKeyError> {
        if purpose == DeviceKeyPurpose::Biometric {
            return Ok(());
        }
        for file in [&self.file, &self.counter_file()] {
            match std::fs::remove_file(file) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(DeviceKeyError::Unavailable),
                _ => {}
            }
        }
        Ok(())
    }

    fn counter(&self) -> Result<u64, DeviceKeyError> {
        let content = home::read_small(&self.counter_file()).map_err(|_| DeviceKeyError::Unavailable)?;
        let Some(content) = content else { return Ok(0) };
        <[u8; 8]>::try_from(content.as_slice())
            .map(u64::from_be_bytes)
            .map_err(|_| DeviceKeyError::Unavailable)
    }

    fn set_counter(&self, value: u64) -> Result<(), DeviceKeyError> {
        home::write_atomically(&self.counter_file(), &value.to_be_bytes())
            .map_err(|_| DeviceKeyError::Unavailable)
    }

    fn level(&self) -> DeviceKeyLevel {
        DeviceKeyLevel::Software
    }
}

fn refuse_biometrics(purpose: DeviceKeyPurpose) -> Result<(), DeviceKeyError> {
    match purpose {
        DeviceKeyPurpose::Pin => Ok(()),
        DeviceKeyPurpose::Biometric => Err(DeviceKeyError::Unavailable),
    }
}

impl fmt::Debug for SoftwareDeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SoftwareDeviceKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::DeviceKeyPurpose::{Biometric, Pin};
    use super::*;

    #[test]
    fn unwraps_its_own_for_the_same_context_only() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("device.key");
        let key = SoftwareDeviceKey::new(&file);
        assert_eq!(key.unwrap(Pin, b"context", b"secret").unwrap_err(), DeviceKeyError::Lost);
        assert!(!file.exists(), "only what is wrapped needs a key");
        let wrapped = key.wrap(Pin, b"context", b"secret").unwrap();
        let again = SoftwareDeviceKey::new(&file);
        assert_eq!(again.unwrap(Pin, b"context", &wrapped).unwrap().as_slice(), b"secret");
        assert_eq!(again.unwrap(Pin, b"another", &wrapped).unwrap_err(), DeviceKeyError::Lost);
        let other = SoftwareDeviceKey::new(&dir.path().join("other.key"));
        other.wrap(Pin, b"context", b"secret").unwrap();
        assert_eq!(other.unwrap(Pin, b"context", &wrapped).unwrap_err(), DeviceKeyError::Lost);
    }

    #[cfg(unix)]
    #[test]
    fn the_key_file_is_its_owners_alone_and_a_damaged_one_is_not_replaced() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("device.key");
        let key = SoftwareDeviceKey::new(&file);
        let wrapped = key.wrap(Pin, b"context", b"secret").unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&file, [0; 31]).unwrap();
        assert_eq!(key.unwrap(Pin, b"context", &wrapped).unwrap_err(), DeviceKeyError::Lost);
        assert_eq!(key.wrap(Pin, b"context", b"secret").unwrap_err(), DeviceKeyError::Lost);
        assert_eq!(std::fs::read(&file).unwrap().len(), 31);
    }

    #[test]
    fn knows_no_fingers_and_removes_its_key_only_for_the_pin() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("device.key");
        let key = SoftwareDeviceKey::new(&file);
        let wrapped = key.wrap(Pin, b"context", b"secret").unwrap();
        assert_eq!(key.wrap(Biometric, b"context", b"secret").unwrap_err(), DeviceKeyError::Unavailable);
        assert_eq!(key.unwrap(Biometric, b"context", &wrapped).unwrap_err(), DeviceKeyError::Unavailable);
        key.delete(Biometric).unwrap();
        assert!(file.exists());
        key.delete(Pin).unwrap();
        key.delete(Pin).unwrap();
        assert!(!file.exists());
    }

    #[test]
    fn does_not_show_itself() {
        let dir = tempfile::tempdir().unwrap();
        let key = SoftwareDeviceKey::new(&dir.path().join("k"));
        assert_eq!(format!("{key:?}"), "SoftwareDeviceKey(..)");
    }
}
