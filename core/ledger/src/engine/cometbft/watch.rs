//! The thread that looks each second whether this machine lets CometBFT go on: at its disk and its clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::application::Application;
use super::room::{Disk, Room};
use crate::engine::error::EngineError;

/// How often it looks.
const PERIOD: Duration = Duration::from_secs(1);

/// Looks once, before anything is started.
///
/// # Errors
/// [`EngineError::DiskFull`] if there is too little room to begin with.
pub(super) fn look(application: &Application, disk: &Disk) -> Result<(), EngineError> {
    let room = disk.room();
    application.set_room(room);
    if room == Room::None { Err(EngineError::DiskFull) } else { Ok(()) }
}

/// Starts the thread, which ends the application in order where there is no room for it.
pub(super) fn start(
    application: Arc<Application>,
    disk: Disk,
    is_ending: Arc<AtomicBool>,
) -> Result<JoinHandle<()>, EngineError> {
    let run = move || {
        // Why no blocks came here when that was said last.
        let mut known = None;
        while !is_ending.load(Ordering::SeqCst) {
            if let Err(error) = look(&application, &disk) {
                application.fail(error);
                return;
            }
            let why = application.stopped();
            if known != why {
                match why {
                    Some(why) => tracing::warn!(why = why.reason(), "blocks stopped here"),
                    None => tracing::info!("blocks go on here"),
                }
                known = why;
            }
            std::thread::park_timeout(PERIOD);
        }
    };
    std::thread::Builder::new().name("node watch".to_owned()).spawn(run).map_err(|_| EngineError::Thread)
}
