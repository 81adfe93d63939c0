//! A phone: a folder, a device key, at most one open wallet.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use keepwell::{
    Authentication, DeviceKey, DeviceKeyError, ExportSink, ExportSinkError, Wallet, WalletConfig,
};
use keepwell_wallet::{DeviceKey as CoreDeviceKey, DeviceKeyLevel, DeviceKeyPurpose, SoftwareDeviceKey};

pub struct Phone {
    folder: PathBuf,
    pub wallet: Option<Arc<Wallet>>,
    pub authentication: Option<Arc<Authentication>>,
}

impl Phone {
    pub fn new(folder: PathBuf) -> Self {
        std::fs::create_dir_all(&folder).unwrap();
        Self { folder, wallet: None, authentication: None }
    }

    pub fn config(&self) -> WalletConfig {
        WalletConfig {
            home: self.home().to_str().unwrap().to_owned(),
            device_key: Arc::new(FileDeviceKey { pin: self.device_key(), finger: self.finger_key() }),
            device_key_deadline: None,
            http_client: None,
            accept_demonstration_ledger: true,
        }
    }

    pub fn home(&self) -> PathBuf {
        self.folder.join("home")
    }

    pub fn wipe_device_key(&self) {
        CoreDeviceKey::delete(&self.device_key(), DeviceKeyPurpose::Pin).unwrap();
    }

    /// The phone comes to know another finger.
    pub fn enroll_finger(&self) {
        CoreDeviceKey::delete(&self.finger_key(), DeviceKeyPurpose::Pin).unwrap();
    }

    fn device_key(&self) -> SoftwareDeviceKey {
        SoftwareDeviceKey::new(&self.folder.join("device.key"))
    }

    fn finger_key(&self) -> SoftwareDeviceKey {
        SoftwareDeviceKey::new(&self.folder.join("finger.key"))
    }
}

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (from, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(from, to).unwrap();
        }
    }
}

/// The core's keys in files, as an app would give them; the finger is always there.
struct FileDeviceKey {
    pin: SoftwareDeviceKey,
    finger: SoftwareDeviceKey,
}

impl FileDeviceKey {
    fn of(&self, purpose: DeviceKeyPurpose) -> &SoftwareDeviceKey {
        match purpose {
            DeviceKeyPurpose::Pin => &self.pin,
            DeviceKeyPurpose::Biometric => &self.finger,
        }
    }
}

fn told(error: keepwell_wallet::DeviceKeyError) -> DeviceKeyError {
    match error {
        keepwell_wallet::DeviceKeyError::Lost => DeviceKeyError::Lost,
        keepwell_wallet::DeviceKeyError::Refused => DeviceKeyError::Refused,
        keepwell_wallet::DeviceKeyError::LockedOut => DeviceKeyError::LockedOut,
        keepwell_wallet::DeviceKeyError::Unavailable => DeviceKeyError::Unavailable,
    }
}

#[async_trait::async_trait]
impl DeviceKey for FileDeviceKey {
    async fn wrap(
        &self,
        purpose: DeviceKeyPurpose,
        context: Vec<u8>,
        secret: Vec<u8>,
    ) -> Result<Vec<u8>, DeviceKeyError> {
        self.of(purpose).wrap(DeviceKeyPurpose::Pin, &context, &secret).map_err(told)
    }

    async fn unwrap(
        &self,
        purpose: DeviceKeyPurpose,
        context: Vec<u8>,
        wrapped: Vec<u8>,
    ) -> Result<Vec<u8>, DeviceKeyError> {
        let secret = self.of(purpose).unwrap(DeviceKeyPurpose::Pin, &context, &wrapped).map_err(told)?;
        Ok(secret.to_vec())
    }

    async fn delete(&self, purpose: DeviceKeyPurpose) -> Result<(), DeviceKeyError> {
        CoreDeviceKey::delete(self.of(purpose), DeviceKeyPurpose::Pin).map_err(told)
    }

    async fn counter(&self) -> Result<u64, DeviceKeyError> {
        CoreDeviceKey::counter(&self.pin).map_err(told)
    }

    async fn set_counter(&self, value: u64) -> Result<(), DeviceKeyError> {
        CoreDeviceKey::set_counter(&self.pin, value).map_err(told)
    }

    async fn level(&self) -> Result<DeviceKeyLevel, DeviceKeyError> {
        Ok(CoreDeviceKey::level(&self.pin))
    }
}

/// Writes so many pieces to a file, and then refuses.
pub struct Sink {
    file: PathBuf,
    left: AtomicU64,
}

impl Sink {
    pub fn new(file: &Path, takes: u64) -> Arc<Self> {
        Arc::new(Self { file: file.to_owned(), left: AtomicU64::new(takes) })
    }
}

#[async_trait::async_trait]
impl ExportSink for Sink {
    async fn write(&self, bytes: Vec<u8>) -> Result<(), ExportSinkError> {
        let left = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        left.map_err(|_| ExportSinkError::Unwritable)?;
        let mut file = OpenOptions::new().create(true).append(true).open(&self.file).unwrap();
        file.write_all(&bytes).map_err(|_| ExportSinkError::Unwritable)
    }
}
