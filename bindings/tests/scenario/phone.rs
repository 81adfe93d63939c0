//! A phone: a folder, a device key, at most one open wallet.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use keepwell::{Authentication, DeviceKey, DeviceKeyError, Wallet, WalletConfig};
use keepwell_wallet::{DeviceKey as CoreDeviceKey, DeviceKeyLevel, SoftwareDeviceKey};

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
            device_key: Arc::new(FileDeviceKey(Mutex::new(self.device_key()))),
            device_key_deadline: None,
            http_client: None,
            accept_demonstration_ledger: true,
        }
    }

    pub fn home(&self) -> PathBuf {
        self.folder.join("home")
    }

    pub fn wipe_device_key(&self) {
        CoreDeviceKey::delete(&self.device_key()).unwrap();
    }

    fn device_key(&self) -> SoftwareDeviceKey {
        SoftwareDeviceKey::new(&self.folder.join("device.key"))
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

/// The core's key in a file, as an app would give one.
struct FileDeviceKey(Mutex<SoftwareDeviceKey>);

impl FileDeviceKey {
    fn with<T>(
        &self,
        work: impl FnOnce(&SoftwareDeviceKey) -> Result<T, keepwell_wallet::DeviceKeyError>,
    ) -> Result<T, DeviceKeyError> {
        work(&self.0.lock().unwrap()).map_err(|error| match error {
            keepwell_wallet::DeviceKeyError::Lost => DeviceKeyError::Lost,
            keepwell_wallet::DeviceKeyError::Refused => DeviceKeyError::Refused,
            keepwell_wallet::DeviceKeyError::LockedOut => DeviceKeyError::LockedOut,
            keepwell_wallet::DeviceKeyError::Unavailable => DeviceKeyError::Unavailable,
        })
    }
}

#[async_trait::async_trait]
impl DeviceKey for FileDeviceKey {
    async fn wrap(&self, context: Vec<u8>, secret: Vec<u8>) -> Result<Vec<u8>, DeviceKeyError> {
        self.with(|key| key.wrap(&context, &secret))
    }

    async fn unwrap(&self, context: Vec<u8>, wrapped: Vec<u8>) -> Result<Vec<u8>, DeviceKeyError> {
        self.with(|key| key.unwrap(&context, &wrapped)).map(|secret| secret.to_vec())
    }

    async fn delete(&self) -> Result<(), DeviceKeyError> {
        self.with(CoreDeviceKey::delete)
    }

    async fn counter(&self) -> Result<u64, DeviceKeyError> {
        self.with(CoreDeviceKey::counter)
    }

    async fn set_counter(&self, value: u64) -> Result<(), DeviceKeyError> {
        self.with(|key| key.set_counter(value))
    }

    async fn level(&self) -> Result<DeviceKeyLevel, DeviceKeyError> {
        self.with(|key| Ok(key.level()))
    }
}
