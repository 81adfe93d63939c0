//! Which records are of sensitive kinds.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use keepwell_protocol::domain::{RecordId, Sensitivity};
use keepwell_protocol::formats::fhir::{reference_key, resource_keys, sensitivities};
use rusqlite::Connection;
use serde_json::Value;

use crate::error::WalletError;
use crate::store::records::{self, Shown, Version};

/// A record and the sensitive kinds that it is of, at least one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SensitiveRecord {
    /// The record.
    pub record: RecordId,
    /// Its kinds, in their order.
    pub kinds: Vec<Sensitivity>,
}

/// The kinds of each record that is of any: by its own codes, and by those of what it refers to.
#[derive(Default)]
pub(crate) struct SensitiveKinds(BTreeMap<RecordId, BTreeSet<Sensitivity>>);

impl SensitiveKinds {
    /// Reads every record that lists show.
    ///
    /// A reference counts one step far, as from an order to its medicine or to its reason; that of the Patient counts not. What
    /// is made of others counts with all of them, as a medicine with its ingredients.
    pub(crate) fn read(connection: &Connection) -> Result<Self, WalletError> {
        let mut kinds = BTreeMap::new();
        let mut by_key: HashMap<String, BTreeSet<Sensitivity>> = HashMap::new();
        let mut mixtures = Vec::new();
        each_version(connection, &mut |version| {
            let own = sensitivities(&version.bytes);
            let ingredients = ingredients(&version.bytes);
            if own.is_empty() && ingredients.is_empty() {
                return Ok(());
            }
            let head = records::read_head(&version.bytes)?;
            let keys = resource_keys(&head, version.full_url.as_deref(), &version.source);
            if !ingredients.is_empty() {
                let key = |reference: &String| {
                    reference_key(reference, version.full_url.as_deref(), &version.source)
                };
                let ingredients = ingredients.iter().filter_map(key).collect();
                mixtures.push(Mixture { keys: keys.clone(), ingredients });
            }
            if own.is_empty() {
                return Ok(());
            }
            if !is_context(&head.resource_type) {
                for key in keys {
                    by_key.entry(key).or_default().extend(&own);
                }
            }
            kinds.insert(version.record, own);
            Ok(())
        })?;
        if !kinds.is_empty() {
            mix(&mut by_key, &mixtures);
            // A file in a record of its own is of the kinds of whatever it is a part of.
            let (mut files, mut parts) = (Vec::new(), HashMap::<String, BTreeSet<Sensitivity>>::new());
            each_version(connection, &mut |version| {
                let head = records::read_head(&version.bytes)?;
                if head.resource_type == "Binary" {
                    let keys = resource_keys(&head, version.full_url.as_deref(), &version.source);
                    files.push((version.record, keys));
                }
                if head.resource_type == "Patient" {
                    return Ok(());
                }
                for reference in &head.references {
                    let key = reference_key(reference, version.full_url.as_deref(), &version.source);
                    if let Some(referred) = key.and_then(|key| by_key.get(&key)) {
                        kinds.entry(version.record).or_default().extend(referred);
                    }
                }
                if let Some(own) = kinds.get(&version.record) {
                    let urls = head.content_urls.iter();
                    let keys = urls
                        .filter_map(|url| reference_key(url, version.full_url.as_deref(), &version.source));
                    keys.for_each(|key| parts.entry(key).or_default().extend(own));
                }
                Ok(())
            })?;
            for (file, keys) in files {
                for of in keys.iter().filter_map(|key| parts.get(key)) {
                    kinds.entry(file).or_default().extend(of);
                }
            }
        }
        Ok(Self(kinds))
    }

    /// Whether a record is of any of these kinds.
    pub(crate) fn is_any(&self, record: &RecordId, of: &[Sensitivity]) -> bool {
        self.0.get(record).is_some_and(|kinds| of.iter().any(|kind| kinds.contains(kind)))
    }

    /// Those of these records that are of any kind, in the same order.
    pub(crate) fn among(&self, records: impl IntoIterator<Item = RecordId>) -> Vec<SensitiveRecord> {
        let of = |record| {
            let kinds = self.0.get(&record)?.iter().copied().collect();
            Some(SensitiveRecord { record, kinds })
        };
        records.into_iter().filter_map(of).collect()
    }
}

/// A medicine or a substance, and what it is made of, which may be mixtures again.
struct Mixture {
    keys: Vec<String>,
    ingredients: Vec<String>,
}

/// Gives each mixture the kinds of all that is in it.
fn mix(by_key: &mut HashMap<String, BTreeSet<Sensitivity>>, mixtures: &[Mixture]) {
    let mut is_more_known = true;
    while std::mem::take(&mut is_more_known) {
        for Mixture { keys, ingredients } in mixtures {
            let kinds: BTreeSet<Sensitivity> =
                ingredients.iter().filter_map(|key| by_key.get(key)).flatten().copied().collect();
            for key in keys.iter().filter(|_| !kinds.is_empty()) {
                let known = by_key.entry(key.clone()).or_default();
                is_more_known |= !known.is_superset(&kinds);
                known.extend(&kinds);
            }
        }
    }
}

/// The references to what a medicine or a substance is made of: those below an `ingredient`.
fn ingredients(resource: &[u8]) -> Vec<String> {
    fn collect(value: &Value, is_below: bool, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => members.iter().for_each(|(name, value)| match value {
                Value::String(reference) if is_below && name == "reference" => found.push(reference.clone()),
                _ => collect(value, is_below || name == "ingredient", found),
            }),
            Value::Array(values) => values.iter().for_each(|value| collect(value, is_below, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    // Looking for the name is faster than reading; an escape may hide it.
    let may_have = |text: &str| text.contains("ingredient") || text.contains(r"\u");
    if std::str::from_utf8(resource).is_ok_and(may_have)
        && let Ok(value) = serde_json::from_slice(resource)
    {
        collect(&value, false, &mut found);
    }
    found
}

/// Whether resources of this type are what everything refers to, so that a reference to one says nothing.
fn is_context(resource_type: &str) -> bool {
    matches!(resource_type, "Patient" | "Encounter" | "EpisodeOfCare")
}

fn each_version(
    connection: &Connection,
    then: &mut dyn FnMut(Version) -> Result<(), WalletError>,
) -> Result<(), WalletError> {
    records::each_shown(connection, &mut |Shown { version, .. }| then(version))
}
