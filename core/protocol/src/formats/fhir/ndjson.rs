//! NDJSON: one resource to a line.

/// A resource as a line, without the line break that ends it: breaks, which stand between elements only,
/// become blanks. Everything else stays as it was received.
pub fn ndjson_line(resource: &[u8]) -> Vec<u8> {
    resource.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_line_breaks_become_blanks() {
        assert_eq!(ndjson_line(b"{\r\n\t\"a\": \"b\\nc\"\n}"), b"{  \t\"a\": \"b\\nc\" }");
    }
}
