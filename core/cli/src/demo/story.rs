//! What the steps of the story share.

use std::path::PathBuf;

use keepwell_protocol::crypto::space_id;
use keepwell_protocol::crypto::words::Passphrase;
use keepwell_protocol::domain::{GrantId, LinkId};
use tempfile::TempDir;

use super::insiders::Insiders;
use super::ledger::StoryEngine;
use super::parties::Parties;
use super::patient::Patient;
use crate::failure::{CommandError, Failure};

/// What the steps share.
pub(crate) struct Story {
    /// Every party's home is in here; gone when the story ends.
    pub(super) folder: TempDir,
    /// The files with the patient's records.
    pub(super) records: Vec<PathBuf>,
    /// How the ledger's blocks are agreed on.
    pub(super) engine: StoryEngine,
    /// From step 1 on.
    pub(super) patient: Option<Patient>,
    /// From step 3 on.
    pub(super) parties: Option<Parties>,
    /// From step 4 on.
    pub(super) grant: Option<GrantId>,
    /// From step 8 on: a share that lives until step 9.
    pub(super) old_share: Option<LinkId>,
    /// Whether a terminal is there to draw on.
    pub(super) draws: bool,
}

impl Story {
    /// A party's home folder.
    pub(super) fn home(&self, party: &str) -> PathBuf {
        self.folder.path().join(party)
    }

    /// The patient, who is there from step 1 on.
    pub(super) fn patient(&mut self) -> Result<&mut Patient, Failure> {
        self.patient.as_mut().ok_or_else(|| CommandError::DemoCheck("step 1 passed").into())
    }

    /// The patient and everybody else, who are there from step 3 on.
    pub(super) fn patient_and_parties(&mut self) -> Result<(&mut Patient, &mut Parties), Failure> {
        let both = self.patient.as_mut().zip(self.parties.as_mut());
        both.ok_or_else(|| CommandError::DemoCheck("step 3 passed").into())
    }

    /// What a dishonest clinic and a dishonest host have of the patient now.
    pub(super) fn insiders(&mut self) -> Result<Insiders, Failure> {
        let (clinic, host) = (self.home("clinic"), self.home("host"));
        let (patient, parties) = self.patient_and_parties()?;
        let owner = patient.words.seed(&Passphrase::none()).owner_key();
        Insiders::of(&clinic, &host, space_id(&owner.public_key()), &parties.tape)
    }

    /// The grant of step 4.
    pub(super) fn grant(&self) -> Result<GrantId, Failure> {
        self.grant.ok_or_else(|| CommandError::DemoCheck("step 4 passed").into())
    }

    /// The share of step 8 that lives on.
    pub(super) fn old_share(&self) -> Result<LinkId, Failure> {
        self.old_share.ok_or_else(|| CommandError::DemoCheck("step 8 passed").into())
    }
}
