//! A newer trust anchor, and whether it may be taken (flows.md §0).

use keepwell_protocol::ledger::{AnchorFingerprint, ProofError, TrustAnchor, TrustPolicy, TrustedState};

use crate::{Clock, Gateway, GatewayError, Transport};

/// Why a trust anchor is not taken in the place of the one there is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AnchorRefused {
    /// It is of another ledger: every grant would be void there.
    #[error("the trust anchor is of another ledger, where none of the grants exists")]
    OtherLedger,
    /// It is not the one there is, and not newer.
    #[error("the trust anchor is older than what is trusted")]
    NotNewer,
    /// What is trusted verifies another header in the place of the anchor's.
    #[error("the trust anchor contradicts what was verified of the ledger")]
    Contradicted,
    /// Nothing that is trusted vouches for it: its fingerprint is to be compared with what the ledger's operator
    /// says by another way, and typed.
    #[error("nothing vouches for the new trust anchor but its fingerprint, typed from a second channel")]
    Unproved {
        /// Of the anchor that is trusted.
        old: AnchorFingerprint,
        /// Of the new one.
        new: AnchorFingerprint,
    },
    /// What was typed is not its fingerprint.
    #[error("this is not the fingerprint of the new trust anchor")]
    FingerprintMismatch,
}

impl AnchorRefused {
    /// The stable name of this error.
    pub fn code(self) -> &'static str {
        match self {
            Self::OtherLedger => "OtherLedger",
            Self::NotNewer => "AnchorNotNewer",
            Self::Contradicted => "AnchorContradicted",
            Self::Unproved { .. } => "AnchorUnproved",
            Self::FingerprintMismatch => "FingerprintMismatch",
        }
    }
}

/// Why a ledger is not trusted anew.
#[derive(Debug, thiserror::Error)]
pub enum RenewalError {
    /// The anchor is not taken.
    #[error(transparent)]
    Refused(#[from] AnchorRefused),
    /// The gateway does not show that ledger.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
}

/// What a party trusts of a ledger, and what it is to trust from now on.
#[derive(Clone, Copy, Debug)]
pub struct Renewal<'a> {
    /// The anchor that it has.
    pub old: &'a TrustAnchor,
    /// What it has verified last.
    pub trusted: &'a TrustedState,
    /// The new anchor, or the same one.
    pub new: &'a TrustAnchor,
    /// The new one's fingerprint as a person typed it from a second channel.
    pub typed: Option<AnchorFingerprint>,
}

impl<T: Transport> Gateway<T> {
    /// Answers what is to be trusted from now on: the newest header here, verified from what is trusted if that
    /// vouches for the new anchor, else, if its fingerprint was typed, from the new anchor.
    ///
    /// # Errors
    /// [`RenewalError`]; nothing is to change then.
    pub fn renew(
        &self,
        renewal: &Renewal<'_>,
        policy: &TrustPolicy,
        clock: &dyn Clock,
    ) -> Result<TrustedState, RenewalError> {
        let Renewal { old, trusted, new, typed } = *renewal;
        if new.origin() != old.origin() {
            return Err(AnchorRefused::OtherLedger.into());
        }
        if new == old {
            return Ok(self.latest(trusted, policy, clock)?);
        }
        if new.height <= old.height {
            return Err(AnchorRefused::NotNewer.into());
        }
        let from = match self.block_at(new.height, trusted, policy, clock) {
            Ok((block, _)) if !new.starts_at(&block) => return Err(AnchorRefused::Contradicted.into()),
            Ok((_, next)) => next,
            Err(GatewayError::Proof(ProofError::TrustExpired | ProofError::InsufficientTrust)) => {
                if new.height <= trusted.height {
                    return Err(AnchorRefused::NotNewer.into());
                }
                let (old, new_fingerprint) = (old.fingerprint(), new.fingerprint());
                match typed {
                    None => return Err(AnchorRefused::Unproved { old, new: new_fingerprint }.into()),
                    Some(typed) if typed != new_fingerprint => {
                        return Err(AnchorRefused::FingerprintMismatch.into());
                    }
                    Some(_) => self.start_from(new, policy, clock)?,
                }
            }
            Err(error) => return Err(error.into()),
        };
        Ok(self.latest(&from, policy, clock)?)
    }

    /// What follows from an anchor alone: the gateway's block there must be the very one that it names, since
    /// later headers follow from its validators whatever its hash is.
    fn start_from(
        &self,
        anchor: &TrustAnchor,
        policy: &TrustPolicy,
        clock: &dyn Clock,
    ) -> Result<TrustedState, RenewalError> {
        let (block, next) = self.block_at(anchor.height, &anchor.trusted_state(), policy, clock)?;
        if anchor.starts_at(&block) { Ok(next) } else { Err(AnchorRefused::Contradicted.into()) }
    }
}
