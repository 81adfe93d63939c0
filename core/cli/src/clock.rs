//! The one place that asks the system for the time.

use std::time::{SystemTime, UNIX_EPOCH};

use keepwell_protocol::domain::Timestamp;

use crate::failure::{CommandError, Failure};

/// The time at which the command runs.
///
/// # Errors
/// [`CommandError::ClockUnset`] before 1970.
pub(crate) fn now() -> Result<Timestamp, Failure> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| CommandError::ClockUnset)?;
    Ok(Timestamp(since.as_secs()))
}
