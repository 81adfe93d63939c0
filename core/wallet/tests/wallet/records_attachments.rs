//! Files that records carry or point to.

use keepwell_protocol::domain::RecordId;
use keepwell_wallet::{Attachment, Query, RecordOrder, Wallet};

use crate::setup::{Place, import, import_as};

const LETTER: &str = "SGVsbG8sIEFuYS4=";

/// The record that came last.
fn last(wallet: &Wallet) -> RecordId {
    let query = Query { order: RecordOrder::LatestArrival, limit: 1, ..Query::default() };
    wallet.records(&query).unwrap().records[0].id
}

fn file(wallet: &Wallet, index: u32) -> Result<Attachment, &'static str> {
    wallet.attachment(&last(wallet), index).map_err(|error| error.code())
}

/// What is known of a document with this attachment: whether it is said to be here, and what it gives.
fn attached(wallet: &mut Wallet, attachment: &str) -> (bool, Result<Vec<u8>, &'static str>) {
    let document =
        format!(r#"{{"resourceType":"DocumentReference","content":[{{"attachment":{attachment}}}]}}"#);
    import(wallet, document.as_bytes()).unwrap();
    let view = wallet.record_view(&last(wallet)).unwrap().view;
    (view.attachments[0].is_here, file(wallet, 0).map(|file| file.bytes))
}

#[test]
fn a_letter_is_found_wherever_a_record_has_it() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let attachment = format!(r#"{{"contentType":"text/plain","title":"Letter","data":"{LETTER}"}}"#);
    for record in [
        format!(r#"{{"resourceType":"DocumentReference","content":[{{"attachment":{attachment}}}]}}"#),
        format!(
            r#"{{"resourceType":"DiagnosticReport","code":{{"text":"R"}},"presentedForm":[{attachment}]}}"#
        ),
        format!(r#"{{"resourceType":"Media","content":{attachment}}}"#),
        format!(r#"{{"resourceType":"Observation","code":{{"text":"O"}},"valueAttachment":{attachment}}}"#),
    ] {
        import(&mut wallet, record.as_bytes()).unwrap();
        let found = file(&wallet, 0).unwrap();
        assert_eq!(
            (found.content_type.as_deref(), found.title.as_deref()),
            (Some("text/plain"), Some("Letter"))
        );
        assert_eq!(found.bytes, b"Hello, Ana.", "{record}");
        assert_eq!(file(&wallet, 1), Err("NoSuchAttachment"));
    }
    let nobody = RecordId::from_bytes([7; 32]);
    assert_eq!(wallet.attachment(&nobody, 0).unwrap_err().code(), "NoSuchRecord");
    wallet.lock();
    assert_eq!(wallet.attachment(&nobody, 0).unwrap_err().code(), "Locked");
}

#[test]
fn a_file_that_is_not_what_its_record_says_is_damaged() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let whole = Ok(b"Hello, Ana.".to_vec());
    // SHA-1 of `Hello, Ana.`, and of nothing; a hash of 32 bytes is of another kind.
    let (hash, other) = ("FJlAOe1ljKCquJM+9oJc8bnvLy8=", "2jmj7l5rSw0yVb/vlWAYkK/YBwk=");
    let sha256 = "A".repeat(43) + "=";
    for (says, expected) in [
        (String::new(), whole.clone()),
        (r#","size":11"#.to_owned(), whole.clone()),
        (r#","size":"11""#.to_owned(), whole.clone()),
        (r#","size":12"#.to_owned(), Err("AttachmentDamaged")),
        (r#","size":0"#.to_owned(), Err("AttachmentDamaged")),
        (format!(r#","hash":"{hash}""#), whole.clone()),
        (format!(r#","hash":"{other}""#), Err("AttachmentDamaged")),
        (format!(r#","hash":"{sha256}""#), whole.clone()),
        (r#","hash":"no hash""#.to_owned(), whole),
    ] {
        let attachment = format!(r#"{{"contentType":"text/plain","data":"{LETTER}"{says}}}"#);
        assert_eq!(attached(&mut wallet, &attachment), (true, expected), "{says}");
    }
    let broken = attached(&mut wallet, r#"{"contentType":"text/plain","data":"SGVs*bG8="}"#);
    assert_eq!(broken, (true, Err("AttachmentDamaged")));
    let spaced = attached(&mut wallet, r#"{"contentType":"text/plain","data":"SGVs\nbG8"}"#);
    assert_eq!(spaced, (true, Ok(b"Hello".to_vec())));
}

#[test]
fn a_binary_that_is_here_is_given_and_nothing_else_is_fetched() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let binary = |id: &str, content: &str| {
        format!(r#"{{"resourceType":"Binary","id":"{id}","contentType":"text/plain"{content}}}"#)
    };
    let data = format!(r#","data":"{LETTER}""#);
    import(&mut wallet, binary("b1", &data).as_bytes()).unwrap();
    import(&mut wallet, binary("empty", "").as_bytes()).unwrap();
    import(
        &mut wallet,
        br#"{"resourceType":"Device","id":"d1","contentType":"text/plain","data":"SGVsbG8="}"#,
    )
    .unwrap();
    let hello = Ok(b"Hello, Ana.".to_vec());
    let not_here = (false, Err("AttachmentNotHere"));
    for (attachment, expected) in [
        (r#"{"url":"Binary/b1"}"#, (true, hello.clone())),
        (r#"{"url":"Binary/b1","size":11}"#, (true, hello)),
        (r#"{"url":"Binary/b1","size":9}"#, (true, Err("AttachmentDamaged"))),
        (r#"{"url":"Binary/b2"}"#, not_here.clone()),
        (r#"{"url":"Binary/empty"}"#, not_here.clone()),
        (r#"{"url":"Device/d1"}"#, not_here.clone()),
        (r#"{"url":"https://elsewhere.example/Binary/b1"}"#, not_here.clone()),
        (r#"{"url":"file:///etc/passwd","contentType":"text/plain"}"#, not_here),
    ] {
        assert_eq!(attached(&mut wallet, attachment), expected, "{attachment}");
    }
    let view = {
        assert!(attached(&mut wallet, r#"{"url":"Binary/b1","title":"Once more"}"#).0);
        wallet.record_view(&last(&wallet)).unwrap().view
    };
    assert_eq!(view.attachments[0].content_type.as_deref(), Some("text/plain"));
    assert_eq!(view.attachments[0].bytes, Some(11));

    // The same words in another place mean another file.
    let elsewhere = keepwell_wallet::ImportOptions { source: Some("laboratory".into()), patient: None };
    let document = br#"{"resourceType":"DocumentReference","description":"x","content":[{"attachment":{"url":"Binary/b1"}}]}"#;
    import_as(&mut wallet, document, &elsewhere).unwrap();
    assert_eq!(file(&wallet, 0), Err("AttachmentNotHere"));
}
