//! Evidence of a request: the part of it that its signer signed, as a server keeps it in a log.
//!
//! ASCII text: a line `METHOD URL`, then one line `name: value` for each of `content-digest`,
//! `signature-input` and `signature`; each ends with a line feed. The body is not in it: whoever
//! checks evidence brings the body that the log claims, and the digest says whether it was that one.

use super::signature::{HEADERS, verify_kept_request};
use super::{Method, Request, RequestSignatureError, VerifiedRequest};

/// Writes the evidence of a signed request.
pub fn write_evidence(request: &Request) -> Vec<u8> {
    let mut text = format!("{} {}\n", request.method, request.url);
    for (name, value) in &request.headers {
        if HEADERS.contains(&name.as_str()) {
            text.extend([name, ": ", value, "\n"]);
        }
    }
    text.into_bytes()
}

/// Checks evidence, as of the time that the signature names, against the body that the request is
/// said to have had; gives the request, without body, and who signed it when.
///
/// It proves that the key signed this once. It admits nobody: whoever heard the request can show it.
/// Where the body is not known, `None`, the evidence tells the rest.
///
/// # Errors
/// [`RequestSignatureError`], by the first check that fails; [`RequestSignatureError::Malformed`] also
/// if the text is no evidence.
pub fn verify_evidence(
    evidence: &[u8],
    body: Option<&[u8]>,
) -> Result<(Request, VerifiedRequest), RequestSignatureError> {
    let request = read(evidence).ok_or(RequestSignatureError::Malformed)?;
    let verified = verify_kept_request(&request, body)?;
    Ok((request, verified))
}

fn read(evidence: &[u8]) -> Option<Request> {
    let text = str::from_utf8(evidence).ok()?.strip_suffix('\n')?;
    let mut lines = text.split('\n');
    let (method, url) = lines.next()?.split_once(' ')?;
    let mut request = Request::new(Method::parse(method)?, url);
    for line in lines {
        let (name, value) = line.split_once(": ")?;
        request.headers.push((name.to_owned(), value.to_owned()));
    }
    Some(request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{Rng, SigningKey};
    use crate::domain::Timestamp;
    use crate::formats::http::sign_request;

    const URL: &str = "https://host.example/v1/grants/00/blobs";
    const CREATED: Timestamp = Timestamp(1_795_000_000);

    fn signed() -> (SigningKey, Request) {
        let key = SigningKey::from_seed(&[7; 32]);
        let mut request = Request::new(Method::Post, URL).with_body(b"asked".to_vec());
        request.headers.push(("content-type".into(), "application/cbor".into()));
        sign_request(&mut request, &key, CREATED, &mut Rng::seeded(1)).unwrap();
        (key, request)
    }

    fn refusal(evidence: &[u8], body: &[u8]) -> RequestSignatureError {
        verify_evidence(evidence, Some(body)).unwrap_err()
    }

    #[test]
    fn tells_for_ever_who_signed_what_and_when() {
        let (key, request) = signed();
        let evidence = write_evidence(&request);
        let (read, verified) = verify_evidence(&evidence, Some(b"asked")).unwrap();
        assert_eq!((read.method, read.url.as_str()), (Method::Post, URL));
        assert_eq!((verified.key, verified.created), (key.public_key(), CREATED));
    }

    #[test]
    fn holds_for_no_other_body_address_time_or_key() {
        use RequestSignatureError as E;
        let (_, request) = signed();
        let good = String::from_utf8(write_evidence(&request)).unwrap();
        assert_eq!(refusal(good.as_bytes(), b"other"), E::WrongDigest);
        assert!(verify_evidence(good.as_bytes(), None).is_ok(), "the body is not asked for");
        let other_digest = good.replacen("sha-256=:", "sha-256=:A", 1);
        let refused = verify_evidence(other_digest.as_bytes(), None);
        assert_eq!(refused.unwrap_err(), E::BadSignature, "but its digest is signed");
        for (from, to, expected) in [
            ("POST", "PUT", E::BadSignature),
            ("/grants/00/", "/grants/01/", E::BadSignature),
            ("created=1795000000", "created=1795000001", E::BadSignature),
            ("keyid=\"", "keyid=\"A", E::BadKey),
            ("signature: ", "signed: ", E::Malformed),
            ("https://", "https:/", E::BadAddress),
            // It had expired before it was made.
            (";nonce", ";expires=1794999999;nonce", E::NotNow),
            ("POST ", "", E::Malformed),
            ("\nsignature-input", "\nsignature-input: x\nsignature-input", E::Malformed),
        ] {
            assert!(good.contains(from), "{from}");
            assert_eq!(refusal(good.replacen(from, to, 1).as_bytes(), b"asked"), expected, "{from} → {to}");
        }
        let without_end = good.trim_end_matches('\n');
        for evidence in ["", "\n", without_end, &format!("{good}\n"), &format!("{good}x\n")] {
            assert_eq!(refusal(evidence.as_bytes(), b"asked"), E::Malformed, "{evidence:?}");
        }
        assert_eq!(refusal(b"\xff\n", b"asked"), E::Malformed);
    }
}
