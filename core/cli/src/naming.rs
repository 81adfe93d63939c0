//! Which one is meant: by the beginning of an id, and what is near where there is none such.

use std::fmt::Display;

use keepwell_protocol::domain::{GrantId, IdPrefix, RecordId, fold, shortest_prefixes};
use keepwell_wallet::{Wallet, WalletError};

use crate::failure::Failure;

/// The one of `known`, ids with their names, whose id begins so; `missing` if there is none.
///
/// # Errors
/// `missing` with the nearest, or `AmbiguousId` with those that begin so.
pub(crate) fn pick<I: Copy + Display>(
    prefix: &IdPrefix,
    known: &[(I, String)],
    missing: impl Into<Failure>,
) -> Result<I, Failure> {
    let found: Vec<&(I, String)> = known.iter().filter(|(id, _)| prefix.begins(id)).collect();
    match found.as_slice() {
        [(one, _)] => Ok(*one),
        [] => Err(with_nearest(missing.into(), prefix.as_str(), known)),
        several => {
            let ids = several.iter().map(|(id, _)| id.to_string()).collect();
            Err(WalletError::AmbiguousId { ids }.into())
        }
    }
}

/// The grant whose id begins so.
///
/// # Errors
/// `NoSuchGrant` with what is near, or `AmbiguousId` with those that begin so.
pub(crate) fn grant(prefix: &IdPrefix, wallet: &Wallet) -> Result<GrantId, Failure> {
    let known: Vec<_> = wallet.grants()?.into_iter().map(|view| (view.grant, view.name)).collect();
    pick(prefix, &known, WalletError::NoSuchGrant)
}

/// The record whose id begins so.
///
/// # Errors
/// `NoSuchRecord` with what is near, or `AmbiguousId` with those that begin so.
pub(crate) fn record(prefix: &IdPrefix, wallet: &Wallet) -> Result<RecordId, Failure> {
    match wallet.find_record(prefix) {
        Err(error @ WalletError::NoSuchRecord) => {
            let near = wallet.records_near(prefix)?.into_iter();
            let near = near.map(|id| {
                let row = wallet.record_view(&id)?.view.row;
                let title = row.title.unwrap_or(row.resource_type);
                Ok((id.to_string(), format!("{}  {title}", wallet.shortest_id(&id)?)))
            });
            Err(note(error.into(), near.collect::<Result<Vec<_>, WalletError>>()?))
        }
        found => Ok(found?),
    }
}

/// Adds what of `known` is nearest to what was typed: a beginning of an id, or a name.
pub(crate) fn with_nearest<I: Display>(failure: Failure, typed: &str, known: &[(I, String)]) -> Failure {
    let typed = fold(typed);
    let ids: Vec<&I> = known.iter().map(|(id, _)| id).collect();
    let mut near: Vec<(usize, String, String)> = known
        .iter()
        .zip(shortest_prefixes(&ids))
        .map(|((id, name), short)| {
            let text = id.to_string();
            let start = text.get(..typed.len().min(text.len())).unwrap_or(&text);
            let distance = distance(&typed, start).min(distance(&typed, &fold(name)));
            (distance, text, format!("{short}  {name}"))
        })
        .collect();
    near.sort_by(|one, other| (one.0, &one.2).cmp(&(other.0, &other.2)));
    note(failure, near.into_iter().take(MOST_NEAR).map(|(_, id, line)| (id, line)).collect())
}

/// Adds ids for programs, and a line of each for people.
fn note(failure: Failure, near: Vec<(String, String)>) -> Failure {
    let (ids, lines): (Vec<String>, Vec<String>) = near.into_iter().unzip();
    lines
        .iter()
        .fold(failure, |failure, line| failure.with_note(format!("perhaps: {}", line.trim_end())))
        .with_field("nearest", ids.into())
}

/// How many letters have to be changed, put in or left out to make one text of the other (Levenshtein); of
/// each the first 64.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(COMPARED).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.chars().take(COMPARED).enumerate() {
        let mut diagonal = at;
        let mut left = at + 1;
        let mut next = vec![left];
        for (up, met) in row.iter().skip(1).zip(&other) {
            left = (diagonal + usize::from(letter != *met)).min(left + 1).min(up + 1);
            diagonal = *up;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

/// How many are named where none is meant.
const MOST_NEAR: usize = 3;
/// Characters of a name that are compared.
const COMPARED: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use keepwell_protocol::domain::LinkId;

    #[test]
    fn distances_are_those_of_levenshtein() {
        for (one, other, changes) in
            [("", "", 0), ("abc", "", 3), ("", "ab", 2), ("kitten", "sitting", 3), ("abc", "abc", 0)]
        {
            assert_eq!(distance(one, other), changes, "{one} {other}");
        }
    }

    #[test]
    fn one_id_is_picked_and_the_nearest_are_named() {
        let id = |first: u8, last: u8| {
            let mut bytes = [first; 16];
            bytes[15] = last;
            LinkId::from_bytes(bytes)
        };
        let known = [
            (id(0xaa, 1), "Check-in".to_owned()),
            (id(0xaa, 2), "Dr. Näf".into()),
            (id(0xbb, 3), String::new()),
        ];
        let pick = |text: &str| pick(&IdPrefix::parse(text).unwrap(), &known, WalletError::NoSuchShare);
        assert_eq!(pick("bbbbbbbb"), Ok(id(0xbb, 3)));
        assert_eq!(pick(&id(0xaa, 1).to_string()), Ok(id(0xaa, 1)));
        assert!(pick("aaaaaaaa").unwrap_err().is("AmbiguousId"));
        let missing = pick("bbbbbbab").unwrap_err();
        assert!(missing.is("NoSuchShare"));
        let first_near = with_nearest(WalletError::NoSuchShare.into(), "bbbbbbab", &known[2..]);
        assert!(format!("{first_near:?}").contains("perhaps: bbbbbbbb"));
        let by_name = with_nearest(WalletError::NoSuchShare.into(), "dr naf", &known);
        assert!(format!("{by_name:?}").contains("Dr. Näf"));
    }
}
