//! Archives: everything in them that can be unpacked is, and nothing else is believed.

use std::io::{Cursor, Read, Write};

use keepwell_protocol::formats::archive::{
    ArchiveEntry, ArchiveError, ArchiveLimits, Listed, UnpackedEntry, list_archive,
};
use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn packed_with(files: &[(&str, &[u8])], options: SimpleFileOptions) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
    packed_with(files, SimpleFileOptions::default())
}

fn list(archive: &[u8]) -> Result<Listed, ArchiveError> {
    list_archive(&mut Cursor::new(archive), ArchiveLimits::default())
}

fn entries(archive: &[u8]) -> Vec<ArchiveEntry> {
    match list(archive) {
        Ok(Listed::Entries(entries)) => entries,
        other => panic!("{other:?}"),
    }
}

fn unpack(archive: &[u8], entry: &ArchiveEntry) -> Result<Vec<u8>, ArchiveError> {
    let reason = |error: std::io::Error| *error.get_ref().unwrap().downcast_ref::<ArchiveError>().unwrap();
    let mut unpacked = Vec::new();
    let mut reader = UnpackedEntry::open(Cursor::new(archive), entry).map_err(reason)?;
    reader.read_to_end(&mut unpacked).map_err(reason)?;
    Ok(unpacked)
}

/// Where the n-th header of the central directory begins.
fn central_header(archive: &[u8], number: usize) -> usize {
    let mut headers = (0..archive.len()).filter(|at| archive[*at..].starts_with(b"PK\x01\x02"));
    headers.nth(number).unwrap()
}

#[test]
fn what_is_packed_comes_out_whatever_it_is_called() {
    let files: [(&str, &[u8]); 5] = [
        ("a/b.json", b"{}"),
        ("../../etc/passwd", b"1"),
        ("/absolute.json", &[b'x'; 5_000]),
        ("__MACOSX/._b.json", b"left behind"),
        (".DS_Store", b"left behind"),
    ];
    let zip64 = SimpleFileOptions::default().large_file(true);
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for options in [SimpleFileOptions::default(), zip64, stored] {
        let archive = packed_with(&files, options);
        let entries = entries(&archive);
        let names: Vec<_> = entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["a/b.json", "etc/passwd", "absolute.json"]);
        for (entry, (_, bytes)) in entries.iter().zip(files) {
            assert_eq!(unpack(&archive, entry).as_deref(), Ok(bytes));
        }
    }
}

#[test]
fn entries_of_one_name_are_all_given() {
    let mut archive = packed(&[("a.json", b"1"), ("b.json", b"2")]);
    let at = central_header(&archive, 1) + 46;
    archive[at] = b'a';
    let found: Vec<_> = entries(&archive)
        .iter()
        .map(|entry| (entry.name.clone(), unpack(&archive, entry).unwrap()))
        .collect();
    assert_eq!(found, [("a.json".to_owned(), b"1".to_vec()), ("a.json".to_owned(), b"2".to_vec())]);
}

#[test]
fn the_pages_of_a_medium_are_no_records_and_those_of_other_archives_may_be() {
    let files: [(&str, &[u8]); 5] = [
        ("INDEX.HTM", b"<html>"),
        ("README.TXT", b"x"),
        ("IHE_XDM/SUBSET01/METADATA.XML", b"<x/>"),
        ("IHE_XDM/SUBSET01/CCDA.XSL", b"<x/>"),
        ("IHE_XDM/SUBSET01/DOC0001.XML", b"<x/>"),
    ];
    let names = |archive: &[u8]| entries(archive).into_iter().map(|entry| entry.name).collect::<Vec<_>>();
    assert_eq!(names(&packed(&files)), ["IHE_XDM/SUBSET01/DOC0001.XML"]);
    assert_eq!(names(&packed(&files[..2])), ["INDEX.HTM", "README.TXT"]);
    let letter: [(&str, &[u8]); 2] = [("[Content_Types].xml", b"<x/>"), ("word/document.xml", b"<x/>")];
    assert_eq!(list(&packed(&letter)), Ok(Listed::OfficeDocument));
}

#[test]
fn what_does_not_hold_together_is_refused_and_the_other_entries_are_not() {
    let text = b"some text that is packed, some text that is packed";
    let whole = packed(&[("a.json", text), ("b.json", text)]);
    let (header, local) = (central_header(&whole, 0), 30 + "a.json".len());
    let changes: [(usize, u8, ArchiveError); 7] = [
        (header + 8, 1, ArchiveError::Encrypted),
        (header + 10, 12, ArchiveError::Compression),
        (header + 16, 0xff, ArchiveError::Damaged),
        (header + 24, text.len() as u8 + 1, ArchiveError::Damaged),
        (header + 24, text.len() as u8 - 1, ArchiveError::Damaged),
        (header + 42, 1, ArchiveError::Damaged),
        (local, 0xff, ArchiveError::Damaged),
    ];
    for (at, byte, reason) in changes {
        let mut changed = whole.clone();
        assert_ne!(changed[at], byte);
        changed[at] = byte;
        let entries = entries(&changed);
        assert_eq!(unpack(&changed, &entries[0]), Err(reason), "{at} {byte}");
        assert_eq!(unpack(&changed, &entries[1]).as_deref(), Ok(&text[..]));
    }
    // Nothing that its list does not say whole is believed.
    for length in 0..whole.len() {
        assert_eq!(list(&whole[..length]), Err(ArchiveError::Damaged), "{length}");
    }
}

#[test]
fn what_unpacks_to_too_much_is_known_before_it_is_unpacked() {
    let limits = ArchiveLimits {
        entries: 3,
        entry_bytes: 100_000,
        unpacked_bytes: 150_000,
        ratio: 10,
        free_bytes: 20_000,
    };
    let within = |files: &[(&str, &[u8])]| list_archive(&mut Cursor::new(packed(files)), limits);
    let refused = |files: &[(&str, &[u8])]| match within(files) {
        Ok(Listed::Entries(entries)) => {
            Ok(entries.into_iter().map(|entry| entry.refused).collect::<Vec<_>>())
        }
        Ok(other) => panic!("{other:?}"),
        Err(reason) => Err(reason),
    };
    let zeros = vec![0; 200_000];
    let noise: Vec<u8> = std::iter::successors(Some(0x9e37_79b9_u32), |n| {
        let n = n ^ (n << 13);
        let n = n ^ (n >> 17);
        Some(n ^ (n << 5))
    })
    .map(|n| (n >> 8) as u8)
    .take(200_000)
    .collect();
    let (small, large) = (&zeros[..20_000], &zeros[..20_001]);
    assert_eq!(refused(&[("a", small)]), Ok(vec![None]));
    assert_eq!(
        refused(&[("a", large), ("b", &noise[..20_000])]),
        Ok(vec![Some(ArchiveError::TooLarge), None])
    );
    assert_eq!(refused(&[("a", large)]), Ok(vec![Some(ArchiveError::TooLarge)]));
    assert_eq!(refused(&[("a", small), ("b", small)]), Err(ArchiveError::TooLarge));
    assert_eq!(refused(&[("a", &noise[..100_000])]), Ok(vec![None]));
    assert_eq!(refused(&[("a", &noise[..100_001])]), Ok(vec![Some(ArchiveError::TooLarge)]));
    let half = &noise[..75_000];
    assert_eq!(refused(&[("a", half), ("b", half)]), Ok(vec![None, None]));
    assert_eq!(refused(&[("a", half), ("b", half), ("c", b"1")]), Err(ArchiveError::TooLarge));
    assert_eq!(
        refused(&[("a", b"1"), ("b", b"1"), ("c", b"1"), ("d/", b"")]),
        Err(ArchiveError::TooManyEntries)
    );
    // Two entries in one place.
    let mut nested = packed(&[("a", half), ("b", half)]);
    let (first, second) = (central_header(&nested, 0) + 42, central_header(&nested, 1) + 42);
    let start: Vec<u8> = nested[first..first + 4].to_vec();
    nested[second..second + 4].copy_from_slice(&start);
    nested.drain(75_000..100_000);
    assert!(list_archive(&mut Cursor::new(nested), limits).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_is_done_to_an_archive_gives_what_was_packed_or_a_reason(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<Option<prop::sample::Index>>(),
    ) {
        let texts: [&[u8]; 2] = [b"one text, and one text", b"two texts"];
        let mut archive = packed(&[("a.json", texts[0]), ("b.json", texts[1])]);
        for (at, byte) in changes {
            let at = at.index(archive.len());
            archive[at] = byte;
        }
        if let Some(cut) = cut {
            archive.truncate(cut.index(archive.len()));
        }
        if let Ok(Listed::Entries(entries)) = list(&archive) {
            for entry in entries {
                if let Ok(unpacked) = unpack(&archive, &entry) {
                    prop_assert!(unpacked.is_empty() || texts.contains(&unpacked.as_slice()));
                }
            }
        }
    }
}
