//! SMART Health Links as others write them are read and opened; what must not be followed is refused.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keepwell_protocol::crypto::{LinkKey, Rng, jwe_encrypt, sha256};
use keepwell_protocol::domain::{Duration, Timestamp};
use keepwell_protocol::formats::http::Response;
use keepwell_protocol::formats::shl::{OpenError, ShareLink, ShareLinkError, direct_request, read_answer};
use proptest::prelude::*;
use serde_json::{Value, json};

const KEY: &str = "rxTgYlOaKJPFtcEd0qcceN8wEU4p94SqAwIWQe6uX7Q";
const URL: &str = "https://host.example/l/Y9xwkUdtmN9wwoJoN3ffJIhX2UGvCL1JnlPVNL3kDWM";

fn link(payload: &Value) -> String {
    format!("shlink:/{}", URL_SAFE_NO_PAD.encode(payload.to_string()))
}

fn with(name: &str, value: Value) -> String {
    let mut payload = json!({ "url": URL, "flag": "U", "key": KEY });
    payload[name] = value;
    link(&payload)
}

fn answer(status: u16, body: &str) -> Response {
    Response { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
}

/// A file that others published, as it was.
fn published(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/fhir/shl");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn the_text_for_a_browser_leads_to_the_page_of_its_own_server_and_reads_back() {
    for (url, page) in [
        ("https://host.example:8443/l/abc?d=1", "https://host.example:8443/view"),
        ("http://127.0.0.1:7002/l/abc", "http://127.0.0.1:7002/view"),
    ] {
        let key = LinkKey::from_bytes(&[7; 32]);
        let link = ShareLink::direct(url, key, Timestamp(1_800_000_000), None).unwrap();
        let text = link.to_viewer_uri();
        assert_eq!(text, format!("{page}#{}", link.to_uri()));
        assert_eq!(ShareLink::parse(&text).unwrap().direct_url().unwrap(), url);
    }
}

#[test]
fn reads_what_it_writes_bare_or_behind_a_viewer() {
    let made =
        ShareLink::direct(URL, LinkKey::from_bytes(&[7; 32]), Timestamp(1_795_000_600), Some("Check-in"))
            .unwrap();
    let uri = made.to_uri();
    assert!(uri.len() <= 300, "{} characters make a large QR code", uri.len());
    for text in
        [uri.clone(), format!("https://viewer.example/#{uri}"), format!(" {uri}\n"), format!("{uri}==")]
    {
        let read = ShareLink::parse(&text).unwrap();
        assert_eq!(read.direct_url(), Ok(URL));
        assert_eq!(read.key().expose(), &[7; 32]);
        assert_eq!((read.expires(), read.label()), (Some(Timestamp(1_795_000_600)), Some("Check-in")));
    }
    assert_eq!(format!("{made:?}"), "ShareLink(..)");
}

#[test]
fn opens_a_file_that_others_have_published() {
    let (text, file) = (published("IPS_IG-bundle-01-shl.txt"), published("IPS_IG-bundle-01-enc.txt"));
    let link = ShareLink::parse(&text).unwrap();
    assert!(link.flags().direct && link.flags().long_term);
    let request = direct_request(&link, "Front desk & co").unwrap();
    assert!(request.url.ends_with("IPS_IG-bundle-01-enc.txt?recipient=Front+desk+%26+co"), "{}", request.url);
    let shared = read_answer(&link, &answer(200, &file)).unwrap();
    assert_eq!(shared.content_type, "application/fhir+json");
    assert_eq!(
        hex::encode(sha256(&shared.content)),
        "fdf7432edbd8f140d052d65779215eb867e4e9a16813247b165da5da65e05b16"
    );
    let other = ShareLink::parse(&published("shlink-link-direct.txt")).unwrap();
    assert!(matches!(read_answer(&other, &answer(200, &file)), Err(OpenError::File(_))));

    let set: Value =
        serde_json::from_str(&published("jvb42XYZTjY2BTZ2mcL6nozbTFT8Vs5G2_I-_IuxCZo.json")).unwrap();
    assert_eq!((other.label(), other.expires()), (Some("Sample Set 1"), Some(Timestamp(1_704_096_000))));
    let shared = read_answer(&other, &answer(200, set["jweFiles"][0].as_str().unwrap())).unwrap();
    assert_eq!(shared.content_type, "application/smart-health-card");
    assert_eq!(
        hex::encode(sha256(&shared.content)),
        "ff93014ef9ca7d6bdd72f6c62c25a4bc36dac760a7db3bb30fce31e737a9b2f3"
    );
}

#[test]
fn a_manifest_link_shows_its_label_and_is_not_followed() {
    let payload = published("shl-payload-1.json");
    let read = ShareLink::parse(&link(&serde_json::from_str(&payload).unwrap())).unwrap();
    assert_eq!(read.expires(), Some(Timestamp(1_767_225_600)));
    assert_eq!(read.direct_url(), Err(ShareLinkError::UnsupportedLink));
    let newer = ShareLink::parse(&with("v", json!(2))).unwrap();
    assert_eq!(direct_request(&newer, "x").err(), Some(OpenError::Link(ShareLinkError::UnsupportedLink)));
    assert!(ShareLink::parse(&with("v", json!(1))).unwrap().direct_url().is_ok());
    assert!(ShareLink::parse(&with("v", json!("1"))).unwrap().direct_url().is_err());
}

#[test]
fn says_which_server_it_leads_to() {
    for (url, server) in [
        (URL, "host.example"),
        ("https://host.example:8443/l/x", "host.example:8443"),
        ("https://host.example:443/l/x", "host.example"),
        ("https://HOST.example/l/x", "host.example"),
        ("https://аpple.example/l/x", "xn--pple-43d.example"),
        ("http://127.0.0.1:4000/l/x", "127.0.0.1:4000"),
        ("https://[2001:db8::1]/l/x", "[2001:db8::1]"),
    ] {
        assert_eq!(ShareLink::parse(&with("url", json!(url))).unwrap().server(), server, "{url}");
    }
}

#[test]
fn ignores_what_it_does_not_know() {
    for text in [with("flag", json!("UXZ")), with("_extra", json!({"a": [1]})), with("extension", json!([]))]
    {
        assert!(ShareLink::parse(&text).unwrap().direct_url().is_ok());
    }
    let long = ShareLink::parse(&with("label", json!(format!("a\u{7}{}", "b".repeat(100))))).unwrap();
    assert_eq!(long.label().unwrap().chars().count(), 80);
    assert!(!long.label().unwrap().contains('\u{7}'));
}

#[test]
fn takes_every_expiry_that_is_met_and_no_nonsense() {
    for (exp, read) in [
        (json!(1_795_000_600), Some(1_795_000_600)),
        (json!(1_795_000_600.7), Some(1_795_000_600)),
        (json!("1795000600"), Some(1_795_000_600)),
        (json!(1_795_000_600_000_u64), Some(1_795_000_600)),
        (json!(-5), None),
        (json!(1e300), None),
        (json!("tomorrow"), None),
        (json!({ "a": [1] }), None),
        (json!(null), None),
    ] {
        assert_eq!(
            ShareLink::parse(&with("exp", exp.clone())).unwrap().expires().map(|time| time.0),
            read,
            "{exp}"
        );
    }
}

#[test]
fn an_expiry_that_no_number_holds_is_none_and_a_member_given_twice_is_no_link() {
    let raw = |more: &str| {
        let payload = format!(r#"{{"url":"{URL}","flag":"U","key":"{KEY}"{more}}}"#);
        ShareLink::parse(&format!("shlink:/{}", URL_SAFE_NO_PAD.encode(payload)))
    };
    for exp in ["1e400", "-1e400", "999999999999999999999999999999", "0.1e-999"] {
        let expires = raw(&format!(r#","exp":{exp}"#)).unwrap().expires();
        assert!(expires.is_none_or(|time| time == Timestamp(0)), "{exp}");
    }
    assert!(raw(r#","_new":{"a":1},"extension":[]"#).is_ok());
    assert_eq!(raw(&format!(r#","key":"{KEY}""#)).err(), Some(ShareLinkError::NotAHealthLink));
}

#[test]
fn finds_a_link_among_words() {
    let bare = with("label", json!("x"));
    for text in [format!("My link: {bare} (10 min)"), format!("see\nhttps://viewer.example/#{bare}\n\nBye")] {
        assert_eq!(ShareLink::parse(&text).unwrap().label(), Some("x"), "{text}");
    }
    for text in [format!("see:{bare}"), format!("see https://viewer.example/{bare}")] {
        assert_eq!(ShareLink::parse(&text).err(), Some(ShareLinkError::NotAHealthLink), "{text}");
    }
}

#[test]
fn refuses_what_is_no_link() {
    let good = with("label", json!("x"));
    for (defect, text) in [
        ("empty", String::new()),
        ("another scheme", good.replace("shlink:/", "http:/")),
        ("a blank in it", good.replace("shlink:/", "shlink:/ ")),
        ("a viewer without #", format!("https://viewer.example/{good}")),
        ("a viewer over http", format!("http://viewer.example/#{good}")),
        ("the other alphabet", good.replacen("ey", "e+", 1)),
        ("cut short", good[..good.len() - 3].to_owned()),
        ("no object", format!("shlink:/{}", URL_SAFE_NO_PAD.encode("[]"))),
        (
            "too long",
            format!("shlink:/{}", URL_SAFE_NO_PAD.encode(format!("{{\"a\":\"{}\"}}", "x".repeat(5_000)))),
        ),
        ("no address", link(&json!({ "key": KEY }))),
    ] {
        assert_eq!(ShareLink::parse(&text).err(), Some(ShareLinkError::NotAHealthLink), "{defect}");
    }
    assert_eq!(ShareLink::parse(&with("flag", json!("PU"))).err(), Some(ShareLinkError::ContradictoryFlags));
    for key in ["", "short", &KEY[1..], &format!("{KEY}A"), &KEY.replace('r', "!"), &format!("{KEY}=")] {
        assert_eq!(ShareLink::parse(&with("key", json!(key))).err(), Some(ShareLinkError::BadKey), "{key}");
    }
    for url in [
        "http://host.example/x",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://user:pass@host.example/x",
        "https://user@host.example/x",
        "https://host.example/x#fragment",
        "//host.example/x",
        &format!("https://host.example/{}", "x".repeat(108)),
    ] {
        assert_eq!(
            ShareLink::parse(&with("url", json!(url))).err(),
            Some(ShareLinkError::BadAddress),
            "{url}"
        );
    }
    assert!(
        ShareLink::parse(&with("url", json!(format!("https://host.example/{}", "x".repeat(107))))).is_ok()
    );
}

#[test]
fn each_answer_means_what_the_specification_says() {
    let link = ShareLink::parse(&with("label", json!("x"))).unwrap();
    let file = |content_type: &str, content: &[u8]| {
        jwe_encrypt(link.key(), content_type, content, &mut Rng::system()).unwrap()
    };
    let bundle = br#"{"resourceType":"Bundle"}"#;
    for (content_type, content, read) in [
        ("application/fhir+json", &bundle[..], "application/fhir+json"),
        ("application/fhir+json; fhirVersion=4.0.1", bundle, "application/fhir+json"),
        ("application/smart-health-card", br#"{"verifiableCredential":[]}"#, "application/smart-health-card"),
        ("application/fhir+json", b"<html>", "application/octet-stream"),
        ("application/fhir+json", b"%PDF-1.7", "application/octet-stream"),
        ("text/html", bundle, "application/octet-stream"),
        ("application/pdf", bundle, "application/octet-stream"),
    ] {
        let shared = read_answer(&link, &answer(200, &file(content_type, content))).unwrap();
        assert_eq!(shared.content_type, read, "{content_type}");
        assert_eq!(shared.is_record(), read != "application/octet-stream", "{content_type}");
        assert_eq!(shared.content.as_slice(), content);
    }
    let mut changed = file("application/fhir+json", bundle).into_bytes();
    let last = changed.len() - 30;
    changed[last] ^= 1;
    assert!(matches!(
        read_answer(&link, &answer(200, &String::from_utf8(changed).unwrap())),
        Err(OpenError::File(_))
    ));
    for (status, error) in [
        (404, OpenError::NotActive),
        (410, OpenError::NotActive),
        (429, OpenError::RetryLater { wait: None }),
        (503, OpenError::RetryLater { wait: None }),
        (401, OpenError::Status(401)),
        (204, OpenError::Status(204)),
        (301, OpenError::Status(301)),
        (500, OpenError::Status(500)),
    ] {
        assert_eq!(read_answer(&link, &answer(status, "")).err(), Some(error), "{status}");
    }
}

#[test]
fn how_long_the_host_asks_to_wait_is_told_where_it_says_so_in_seconds() {
    let link = ShareLink::parse(&with("label", json!("x"))).unwrap();
    for (header, wait, sentence) in [
        ("60", Some(Duration(60)), "the host asks to try again in 60 seconds"),
        ("Fri, 31 Dec 2027 23:59:59 GMT", None, "the host asks to try again later"),
        ("-1", None, "the host asks to try again later"),
        ("99999999999999999999", None, "the host asks to try again later"),
    ] {
        let mut response = answer(429, "");
        response.headers.push(("retry-after".into(), header.into()));
        let error = read_answer(&link, &response).unwrap_err();
        assert_eq!(error, OpenError::RetryLater { wait }, "{header}");
        assert_eq!(error.to_string(), sentence);
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_stop(text in ".{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = ShareLink::parse(&text);
        let _ = ShareLink::parse(&format!("shlink:/{}", URL_SAFE_NO_PAD.encode(&bytes)));
        let _ = ShareLink::parse(&with("exp", json!(text)));
        let _ = ShareLink::parse(&with("url", json!(text)));
        let _ = ShareLink::parse(&with("key", json!(text)));
    }
}
