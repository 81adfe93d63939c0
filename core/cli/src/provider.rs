//! How a provider is named on the command line: by its id, its exact name, or its card file.

use std::path::Path;

use keepwell_protocol::domain::ProviderId;
use keepwell_protocol::ledger::{Directory, DirectoryEntry, SignedCard};

use crate::failure::{CommandError, Failure};

/// More pages than any directory has; a gateway that lists without end is not followed.
const MOST_PAGES: usize = 1_000;

/// The provider that `text` names; `page` gives the directory's entries behind a provider.
///
/// # Errors
/// [`CommandError::UnknownProvider`], or [`CommandError::AmbiguousProvider`] if several have this name.
pub(crate) fn find(
    text: &str,
    page: impl FnMut(Option<ProviderId>) -> Result<Directory, Failure>,
) -> Result<ProviderId, Failure> {
    if let Ok(id) = ProviderId::parse(text) {
        return Ok(id);
    }
    if Path::new(text).is_file() {
        let json = std::fs::read(text).map_err(|error| CommandError::FileUnreadable(error.kind()))?;
        return Ok(SignedCard::parse_json(&json)?.card.provider);
    }
    let named: Vec<_> = listed(page)?.into_iter().filter(|entry| entry.name == text).collect();
    match named.as_slice() {
        [one] => Ok(one.provider),
        [] => Err(CommandError::UnknownProvider.into()),
        several => {
            Err(several.iter().fold(Failure::from(CommandError::AmbiguousProvider), |failure, entry| {
                failure.with_note(format!("{}  {}, {}", entry.provider, entry.name, entry.place))
            }))
        }
    }
}

/// The whole directory, page by page.
pub(crate) fn listed(
    mut page: impl FnMut(Option<ProviderId>) -> Result<Directory, Failure>,
) -> Result<Vec<DirectoryEntry>, Failure> {
    let mut all: Vec<DirectoryEntry> = Vec::new();
    for _ in 0..MOST_PAGES {
        let next = page(all.last().map(|entry| entry.provider))?.providers;
        let is_last = next.len() < Directory::MOST;
        all.extend(next);
        if is_last {
            break;
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(names: &[&str]) -> impl FnMut(Option<ProviderId>) -> Result<Directory, Failure> {
        let entries: Vec<DirectoryEntry> = names
            .iter()
            .zip(1_u32..)
            .map(|(name, at)| DirectoryEntry {
                provider: id(at),
                name: (*name).to_owned(),
                place: "Bern".to_owned(),
            })
            .collect();
        move |after| {
            let behind = entries.iter().filter(|entry| after.is_none_or(|after| entry.provider > after));
            Ok(Directory { providers: behind.take(Directory::MOST).cloned().collect() })
        }
    }

    fn id(at: u32) -> ProviderId {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&at.to_be_bytes());
        ProviderId::from_bytes(bytes)
    }

    #[test]
    fn an_id_needs_no_directory_and_a_name_must_be_exact_and_unique() {
        let nobody = |_| -> Result<Directory, Failure> { panic!("the directory was asked") };
        assert_eq!(find(&id(7).to_string(), nobody), Ok(id(7)));
        let names = ["Clinic A", "Clinic B", "Clinic B"];
        assert_eq!(find("Clinic A", directory(&names)), Ok(id(1)));
        assert_eq!(find("clinic a", directory(&names)), Err(CommandError::UnknownProvider.into()));
        assert!(find("Clinic B", directory(&names)).is_err());
    }

    #[test]
    fn every_page_is_looked_at() {
        let names: Vec<String> = (0..250).map(|at| format!("Clinic {at}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(find("Clinic 249", directory(&names)), Ok(id(250)));
    }
}
