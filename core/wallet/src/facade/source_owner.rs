//! Whether the patient of a server is the owner of the wallet.

use std::ops::ControlFlow;

use keepwell_protocol::formats::fhir::{self, Event, Limits, ResourceHead};
use keepwell_source::{FhirBase, SourceError};
use rusqlite::Connection;

use super::import::Owner;
use crate::error::WalletError;

/// Checks the Patient in a Bundle of a server; `named` as in [`ImportOptions`](crate::ImportOptions).
///
/// # Errors
/// [`WalletError::OtherPatient`], [`WalletError::NoSuchPatient`]; [`SourceError::PatientUnreadable`] if it can't be
/// judged, which no import could either.
pub(super) fn check(
    connection: &Connection,
    bundle: &[u8],
    base: &FhirBase,
    named: Option<&str>,
) -> Result<(), WalletError> {
    let (mut owner, source) = (Owner::known(connection)?, base.to_string());
    let mut observed = Err(SourceError::PatientUnreadable.into());
    let end = fhir::read(bundle, Limits::default(), &mut |event| {
        if let Event::Resource(resource) = event
            && let Ok(head) = ResourceHead::read(resource.bytes)
        {
            observed = owner.observe(connection, &resource, &head, Some(&source));
        }
        ControlFlow::Continue(())
    });
    end?;
    observed?;
    owner.decide(named)
}
