//! Binary HTTP (RFC 9292), as far as a client of Oblivious HTTP needs it: it writes requests and reads responses, both
//! of known length.

use url::{Position, Url};

use super::{Request, Response};

/// Writes a request; none if its URL has no host.
pub(super) fn write_request(request: &Request) -> Option<Vec<u8>> {
    let url = Url::parse(&request.url).ok()?;
    url.host_str()?;
    let authority = &url[Position::BeforeHost..Position::AfterPort];
    let target = &url[Position::BeforePath..Position::AfterQuery];
    let mut written = Vec::new();
    write_integer(&mut written, KNOWN_LENGTH_REQUEST)?;
    for part in [request.method.as_str(), url.scheme(), authority, target] {
        write_text(&mut written, part.as_bytes())?;
    }
    let mut fields = Vec::new();
    for (name, value) in &request.headers {
        write_text(&mut fields, name.as_bytes())?;
        write_text(&mut fields, value.as_bytes())?;
    }
    write_text(&mut written, &fields)?;
    write_text(&mut written, &request.body)?;
    // The length of the trailers, which there are none of.
    write_integer(&mut written, 0)?;
    Some(written)
}

/// Reads a response with its padding; none if it is of another form, is padded by anything but zeros, has trailers, or
/// has an informational response before it.
pub(super) fn read_response(bytes: &[u8]) -> Option<Response> {
    let mut rest = bytes;
    if read_integer(&mut rest)? != KNOWN_LENGTH_RESPONSE {
        return None;
    }
    let status =
        u16::try_from(read_integer(&mut rest)?).ok().filter(|status| (200..=599).contains(status))?;
    let mut fields = read_section(&mut rest)?;
    let mut headers = Vec::new();
    while !fields.is_empty() {
        let mut text = || Some(str::from_utf8(read_text(&mut fields)?).ok()?.to_owned());
        headers.push((text()?, text()?));
    }
    let body = read_section(&mut rest)?.to_vec();
    let trailers = read_section(&mut rest)?;
    let is_whole = trailers.is_empty() && rest.iter().all(|byte| *byte == 0);
    is_whole.then_some(Response { status, headers, body })
}

/// A length and so many bytes; empty where the message ends, as RFC 9292 §3.8 has it.
fn read_section<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    if rest.is_empty() { Some(&[]) } else { read_text(rest) }
}

fn read_text<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(read_integer(rest)?).ok()?;
    let (text, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(text)
}

fn write_text(written: &mut Vec<u8>, text: &[u8]) -> Option<()> {
    write_integer(written, u64::try_from(text.len()).ok()?)?;
    written.extend_from_slice(text);
    Some(())
}

/// A variable-length integer: two bits say how many bytes it takes (RFC 9000 §16).
fn read_integer(rest: &mut &[u8]) -> Option<u64> {
    let length = 1_usize << (rest.first()? >> 6);
    let (bytes, after) = rest.split_at_checked(length)?;
    *rest = after;
    let number = bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    Some(number & (u64::MAX >> (66 - 8 * length)))
}

fn write_integer(written: &mut Vec<u8>, number: u64) -> Option<()> {
    let (length, kind) = match number {
        0..0x40 => (1, 0),
        0x40..0x4000 => (2, 0x40),
        0x4000..0x4000_0000 => (4, 0x80),
        _ => return None,
    };
    let bytes = number.to_be_bytes();
    let (first, others) = bytes.last_chunk::<4>()?.get(4 - length..)?.split_first()?;
    written.push(first | kind);
    written.extend_from_slice(others);
    Some(())
}

const KNOWN_LENGTH_REQUEST: u64 = 0;
const KNOWN_LENGTH_RESPONSE: u64 = 1;

#[cfg(test)]
mod tests {
    use super::super::Method;
    use super::*;

    #[test]
    fn integers_are_those_of_rfc_9000() {
        for (number, bytes) in [
            (37, "25"),
            (63, "3f"),
            (64, "4040"),
            (15_293, "7bbd"),
            (16_384, "80004000"),
            (494_878_333, "9d7f3e7d"),
        ] {
            let mut written = Vec::new();
            write_integer(&mut written, number).unwrap();
            assert_eq!(hex::encode(&written), bytes);
            assert_eq!(read_integer(&mut &written[..]), Some(number));
        }
        // Eight bytes, and more than are needed (RFC 9000 §A.1).
        for (bytes, number) in [("c2197c5eff14e88c", 151_288_809_941_952_652), ("4025", 37)] {
            assert_eq!(read_integer(&mut &hex::decode(bytes).unwrap()[..]), Some(number));
        }
        assert_eq!(read_integer(&mut &[0x40][..]), None);
        assert_eq!(read_integer(&mut &[][..]), None);
        assert_eq!(write_integer(&mut Vec::new(), 1 << 30), None);
    }

    #[test]
    fn a_request_is_the_one_of_rfc_9458_appendix_a() {
        let request = Request::new(Method::Get, "https://example.com/");
        let written = write_request(&request).unwrap();
        let published = hex::decode("00034745540568747470730b6578616d706c652e636f6d012f").unwrap();
        // The published one leaves out the three empty sections at its end (RFC 9292 §3.8).
        assert_eq!(written, [published, vec![0; 3]].concat());
        let here = Request::new(Method::Get, "http://[::1]:7/a?b#c");
        assert_eq!(
            write_request(&here).unwrap(),
            [b"\0\x03GET\x04http\x07[::1]:7\x04/a?b".as_slice(), &[0; 3]].concat()
        );
        assert_eq!(write_request(&Request::new(Method::Get, "/relative")), None);
    }

    #[test]
    fn a_response_is_read_to_its_last_zero_and_nothing_near_it_is() {
        let whole = b"\x01\x40\xc8\x04\x01a\x01b\x03xyz\x00\x00\x00";
        let read = read_response(whole).unwrap();
        assert_eq!((read.status, read.header("a"), &read.body[..]), (200, Some("b"), b"xyz".as_slice()));
        let empty = Response { status: 200, headers: Vec::new(), body: Vec::new() };
        for short in ["0140c8", "0140c800", "0140c80000", "0140c8000000", "0140c800000000"] {
            assert_eq!(read_response(&hex::decode(short).unwrap()), Some(empty.clone()), "{short}");
        }
        for near in [
            b"".as_slice(),
            b"\x00\x40\xc8",                                  // a request
            b"\x01\x40\x66\x00\x00\x00",                      // 102, processing
            b"\x01\x46\x00\x00",                              // 1536
            b"\x01\x40\xc8\x04\x01a\x01b\x03xyz\x02\x01a",    // trailers that are cut
            b"\x01\x40\xc8\x04\x01a\x01b\x03xyz\x00\x00\x01", // padded by a one
            b"\x01\x40\xc8\x04\x01a\x02b",                    // a value that is cut
            b"\x01\x40\xc8\x02\x01a",                         // a name without value
            b"\x01\x40\xc8\x00\x04xyz",                       // a body that is cut
            b"\x01\x40\xc8\x04\x01\xff\x01b",                 // no text
        ] {
            assert_eq!(read_response(near), None, "{near:?}");
        }
        for cut in 3..11 {
            let is_whole = matches!(cut, 3 | 8);
            assert_eq!(read_response(&whole[..cut]).is_some(), is_whole, "{cut}");
        }
    }
}
