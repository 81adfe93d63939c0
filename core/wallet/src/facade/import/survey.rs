//! The first reading of an import: whom its files are about and where they come from, over all of them.

use keepwell_protocol::formats::fhir::{Event, ReadError, Resource, ResourceHead};
use rusqlite::Transaction;

use super::file::ImportFile;
use super::held::Known;
use super::origin::GuessedOrigin;
use super::owner::Owner;
use super::reading::{Progress, read};
use super::set_aside::BrokenFile;
use crate::error::WalletError;

/// What all files of an import say together.
pub(super) struct Survey {
    pub(super) owner: Owner,
    pub(super) origin: GuessedOrigin,
}

impl Survey {
    /// Looks through all files, of which those that are `known` are at hand, and adds to `broken` which of them can't be
    /// read to their end.
    pub(super) fn of(
        transaction: &Transaction<'_>,
        files: &mut [ImportFile<'_>],
        known: &[Option<Vec<Known<'_>>>],
        source: Option<&str>,
        broken: &mut Vec<BrokenFile>,
        done: &mut Progress<'_>,
    ) -> Result<Self, WalletError> {
        let first_passed = done.passed;
        loop {
            let mut survey = Self { owner: Owner::known(transaction)?, origin: GuessedOrigin::default() };
            let known_broken = broken.len();
            for ((number, file), known) in (0..).zip(files.iter_mut()).zip(known) {
                if broken.iter().any(|broken| broken.file == number) {
                    continue;
                }
                match survey.look_through(transaction, file, known.as_deref(), source, done) {
                    Err(WalletError::Import(reason)) if !matches!(reason, ReadError::Cancelled) => {
                        broken.push(BrokenFile { file: number, reason, kept: None, entry: None });
                    }
                    looked => looked?,
                }
            }
            if broken.len() == known_broken {
                return Ok(survey);
            }
            // Whom a file speaks of before it breaks does not count: once more without it.
            done.passed = first_passed;
        }
    }

    fn look_through(
        &mut self,
        transaction: &Transaction<'_>,
        file: &mut ImportFile<'_>,
        known: Option<&[Known<'_>]>,
        source: Option<&str>,
        done: &mut Progress<'_>,
    ) -> Result<(), WalletError> {
        let mut observe = |resource: &Resource<'_>, head: &ResourceHead<'_>| {
            self.origin.observe(resource, head);
            self.owner.observe(transaction, resource, head, source)
        };
        if let Some(known) = known {
            // What cannot be read is about nobody: it is set aside.
            let mut heads = known.iter().filter_map(|(resource, head)| Some((resource, head.as_ref()?)));
            return heads.try_for_each(|(resource, head)| observe(resource, head));
        }
        read(transaction, file, done, &mut |event| match event {
            Event::Resource(resource) => match ResourceHead::read(resource.bytes) {
                Ok(head) => observe(&resource, &head),
                Err(_) => Ok(()),
            },
            _ => Ok(()),
        })
    }
}
