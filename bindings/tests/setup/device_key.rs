//! A device key as an app might write it, well or badly.

use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};

use keepwell::{DeviceKey, DeviceKeyError, Wallet};
use keepwell_wallet::{DeviceKeyLevel, DeviceKeyPurpose};

/// What `unwrap` does.
#[derive(Clone, Default)]
pub enum Behaviour {
    #[default]
    Works,
    Fails(DeviceKeyError),
    NeverAnswers,
    WrongLength,
    WrongBytes,
    /// Calls the wallet that waits for it.
    CallsBack(Weak<Wallet>),
}

/// Keeps its key in memory; what it wraps is not secret.
#[derive(Default)]
pub struct AppDeviceKey {
    pub behaviour: Mutex<Behaviour>,
    pub counter: AtomicU64,
    pub level: Mutex<Option<DeviceKeyLevel>>,
    /// Whether whoever is asked to let it wrap declines.
    pub declines_to_wrap: AtomicBool,
    /// How often it was asked to unwrap.
    pub asked: AtomicU64,
}

impl AppDeviceKey {
    pub fn behave(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap() = behaviour;
    }
}

#[async_trait::async_trait]
impl DeviceKey for AppDeviceKey {
    async fn wrap(
        &self,
        _: DeviceKeyPurpose,
        context: Vec<u8>,
        secret: Vec<u8>,
    ) -> Result<Vec<u8>, DeviceKeyError> {
        if self.declines_to_wrap.load(Ordering::SeqCst) {
            return Err(DeviceKeyError::Refused);
        }
        Ok([[context.len() as u8].as_slice(), &context, &secret].concat())
    }

    async fn unwrap(
        &self,
        _: DeviceKeyPurpose,
        context: Vec<u8>,
        wrapped: Vec<u8>,
    ) -> Result<Vec<u8>, DeviceKeyError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let behaviour = self.behaviour.lock().unwrap().clone();
        let (length, rest) = wrapped.split_first().ok_or(DeviceKeyError::Lost)?;
        let (sealed_for, secret) = rest.split_at(usize::from(*length));
        assert_eq!(sealed_for, context);
        match behaviour {
            Behaviour::Works => Ok(secret.to_vec()),
            Behaviour::Fails(error) => Err(error),
            Behaviour::NeverAnswers => pending().await,
            Behaviour::WrongLength => Ok(secret[1..].to_vec()),
            Behaviour::WrongBytes => Ok(secret.iter().map(|byte| !byte).collect()),
            Behaviour::CallsBack(wallet) => {
                let wallet: Arc<Wallet> = wallet.upgrade().unwrap();
                wallet.imports().await.map_err(|_| DeviceKeyError::Refused)?;
                Ok(secret.to_vec())
            }
        }
    }

    async fn delete(&self, _: DeviceKeyPurpose) -> Result<(), DeviceKeyError> {
        Ok(())
    }

    async fn counter(&self) -> Result<u64, DeviceKeyError> {
        Ok(self.counter.load(Ordering::SeqCst))
    }

    async fn set_counter(&self, value: u64) -> Result<(), DeviceKeyError> {
        self.counter.store(value, Ordering::SeqCst);
        Ok(())
    }

    async fn level(&self) -> Result<DeviceKeyLevel, DeviceKeyError> {
        Ok(self.level.lock().unwrap().unwrap_or(DeviceKeyLevel::Software))
    }
}
