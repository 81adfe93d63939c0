//! Signed requests: what a server takes, and the nearest that it refuses.

use keepwell_protocol::crypto::{Rng, SigningKey, base64url};
use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::formats::http::{
    Method, Request, RequestSignatureError as E, content_digest, sign_request, verify_request,
};

const NOW: Timestamp = Timestamp(1_795_262_400);

fn key() -> SigningKey {
    SigningKey::from_seed(&[7; 32])
}

fn request() -> Request {
    Request::new(Method::Put, "https://host.example/v1/links/1?a=b").with_body(b"body".to_vec())
}

fn signed(request: Request) -> Request {
    let mut request = request;
    sign_request(&mut request, &key(), NOW, &mut Rng::system()).unwrap();
    request
}

/// Signs with the given list and parameters, written by hand as another implementation would.
fn signed_with(parameters: &str) -> Request {
    use base64::Engine;
    let mut request = request();
    let digest = content_digest(&request.body);
    let base = format!(
        "\"@method\": PUT\n\"@authority\": host.example\n\"@path\": /v1/links/1\n\"@query\": ?a=b\n\
         \"content-digest\": {digest}\n\"@signature-params\": {parameters}"
    );
    let signature =
        base64::engine::general_purpose::STANDARD.encode(key().sign_raw(base.as_bytes()).as_bytes());
    request.headers = vec![
        ("content-digest".into(), digest),
        ("signature-input".into(), format!("other={parameters}")),
        ("signature".into(), format!("other=:{signature}:")),
    ];
    request
}

fn keyid() -> String {
    base64url::encode(key().public_key().as_bytes())
}

const LIST: &str = r#"("@method" "@authority" "@path" "@query" "content-digest")"#;

#[test]
fn a_signed_request_names_its_key_and_a_fresh_nonce() {
    let (first, second) = (signed(request()), signed(request()));
    let verified = verify_request(&first, NOW).unwrap();
    assert_eq!(verified.key, key().public_key());
    assert_ne!(verified.nonce, verify_request(&second, NOW).unwrap().nonce);
    let empty = signed(Request::new(Method::Get, "http://127.0.0.1:7301/v1/space"));
    assert_eq!(empty.header("content-digest"), Some(&*content_digest(b"")));
    assert!(verify_request(&empty, NOW).is_ok());
}

#[test]
fn signing_again_replaces_the_first_signature() {
    let mut request = signed(request());
    sign_request(&mut request, &SigningKey::from_seed(&[8; 32]), NOW, &mut Rng::system()).unwrap();
    assert_eq!(request.headers.len(), 3);
    assert_eq!(verify_request(&request, NOW).unwrap().key, SigningKey::from_seed(&[8; 32]).public_key());
}

#[test]
fn every_part_of_a_request_is_signed() {
    let good = signed(request());
    let with = |change: &dyn Fn(&mut Request)| {
        let mut request = good.clone();
        change(&mut request);
        verify_request(&request, NOW).unwrap_err()
    };
    assert_eq!(with(&|request| request.method = Method::Post), E::BadSignature);
    for url in [
        "https://other.example/v1/links/1?a=b",
        "https://host.example:444/v1/links/1?a=b",
        "https://host.example/v1/links/2?a=b",
        "https://host.example/v1/links/1",
        "https://host.example/v1/links/1?a=c",
    ] {
        assert_eq!(with(&|request| request.url = url.into()), E::BadSignature, "{url}");
    }
    let detour = "https://host.example/x/../v1/links/1?a=b";
    assert_eq!(with(&|request| request.url = detour.into()), E::BadAddress);
    assert_eq!(with(&|request| request.body.push(0)), E::WrongDigest);
    for (at, header) in good.headers.iter().enumerate() {
        assert_eq!(with(&|request| drop(request.headers.remove(at))), E::Malformed, "{}", header.0);
        assert_eq!(with(&|request| request.headers.push(header.clone())), E::Malformed, "{} twice", header.0);
        assert_eq!(with(&|request| request.headers[at].1.push_str("\r\nx: y")), E::Malformed, "{}", header.0);
        assert_eq!(with(&|request| request.headers[at].1.push('\n')), E::Malformed, "{}", header.0);
    }
}

#[test]
fn is_valid_for_a_minute_around_its_creation() {
    let request = signed(request());
    for (now, expected) in [(-61, Err(E::NotNow)), (-60, Ok(())), (60, Ok(())), (61, Err(E::NotNow))] {
        let now = Timestamp(NOW.0.checked_add_signed(now).unwrap());
        assert_eq!(verify_request(&request, now).map(drop), expected);
    }
}

#[test]
fn takes_parameters_in_any_order_and_more_of_them() {
    let created = NOW.0;
    let keyid = keyid();
    for parameters in [
        format!(r#"{LIST};keyid="{keyid}";nonce="n";created={created}"#),
        format!(r#"{LIST};created={created};expires={created};nonce="n,=()";keyid="{keyid}";tag="x";b=?1"#),
        format!(
            r#"( "@method"  "@authority" "@path" "@query" "content-digest" );  created={created};nonce="n";keyid="{keyid}""#
        ),
    ] {
        assert!(verify_request(&signed_with(&parameters), NOW).is_ok(), "{parameters}");
    }
}

#[test]
fn refuses_signatures_over_anything_else_or_in_another_form() {
    let created = NOW.0;
    let keyid = keyid();
    let low_order = base64url::encode(&[0; 32]);
    let all = format!(r#"created={created};nonce="n";keyid="{keyid}""#);
    let list = |names: &str| format!("({names});{all}");
    for (parameters, error) in [
        (list(""), E::WrongComponents),
        (list(r#""@method" "@authority" "@path" "@query""#), E::WrongComponents),
        (list(r#""@authority" "@method" "@path" "@query" "content-digest""#), E::WrongComponents),
        (list(r#""@method" "@authority" "@path" "@query" "Content-Digest""#), E::WrongComponents),
        (list(r#""@method" "@authority" "@path" "@query";req "content-digest""#), E::WrongComponents),
        (list(r#""@method" "@authority" "@path" "@query" content-digest"#), E::WrongComponents),
        (
            list(r#""@method" "@authority" "@path" "@query" "content-digest" "content-digest""#),
            E::WrongComponents,
        ),
        (format!("{LIST};{all};alg=\"hmac-sha256\""), E::BadKey),
        (format!("{LIST};{all};alg=ed25519"), E::Malformed),
        (format!("{LIST};{all};expires={}", created - 1), E::NotNow),
        (format!("{LIST};{all};expires=\"{created}\""), E::Malformed),
        (format!(r#"{LIST};nonce="n";keyid="{keyid}""#), E::Malformed),
        (format!(r#"{LIST};created=-1;nonce="n";keyid="{keyid}""#), E::Malformed),
        (format!(r#"{LIST};created={created}.0;nonce="n";keyid="{keyid}""#), E::Malformed),
        (format!(r#"{LIST};created={created};keyid="{keyid}""#), E::Malformed),
        (format!(r#"{LIST};created={created};nonce="";keyid="{keyid}""#), E::Malformed),
        (format!(r#"{LIST};created={created};nonce="{}";keyid="{keyid}""#, "n".repeat(65)), E::Malformed),
        (format!(r#"{LIST};created={created};nonce="n""#), E::Malformed),
        (format!(r#"{LIST};created={created};nonce="n";keyid="{keyid}=""#), E::BadKey),
        (format!(r#"{LIST};created={created};nonce="n";keyid="AAAA""#), E::BadKey),
        (format!(r#"{LIST};created={created};nonce="n";keyid="{low_order}""#), E::BadKey),
        (format!("{LIST};{all}, other={LIST};{all}"), E::Malformed),
        (format!("{LIST};{all}, {LIST};{all}"), E::Malformed),
        (format!("?1;{all}"), E::Malformed),
        (String::new(), E::Malformed),
    ] {
        assert_eq!(verify_request(&signed_with(&parameters), NOW), Err(error), "{parameters}");
    }
}

#[test]
fn refuses_signature_fields_of_another_shape() {
    let good = signed(request());
    let signature = good.header("signature").unwrap().to_owned();
    for (defect, value) in [
        ("other label", signature.replace("keepwell=", "other=")),
        ("two signatures", format!("{signature}, x=:AA==:")),
        ("not bytes", "keepwell=1".into()),
        ("too short", "keepwell=:AAAA:".into()),
        ("empty", String::new()),
    ] {
        let mut request = good.clone();
        request.headers.iter_mut().find(|(name, _)| name == "signature").unwrap().1 = value;
        assert_eq!(verify_request(&request, NOW), Err(E::Malformed), "{defect}");
    }
    let mut request = good;
    request.headers.iter_mut().find(|(name, _)| name == "signature").unwrap().1 =
        "keepwell=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==:"
            .into();
    assert_eq!(verify_request(&request, NOW), Err(E::BadSignature));
}

#[test]
fn an_address_that_cannot_be_signed_is_an_error() {
    let mut request = Request::new(Method::Get, "/v1/space");
    assert_eq!(sign_request(&mut request, &key(), NOW, &mut Rng::system()), Err(E::BadAddress));
}
