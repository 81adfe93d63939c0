//! The code by which a patient finds a provider.

use std::fmt;

use crate::crypto::base64url;
use crate::domain::ProviderId;

/// The text of the QR code at a provider's desk: `keepwell:p/` and the id in base64url (flows.md §2.3). It proves
/// nothing: who that is the ledger says.
///
/// ```
/// use keepwell_protocol::domain::ProviderId;
/// use keepwell_protocol::ledger::ProviderCode;
///
/// let code = ProviderCode(ProviderId::from_bytes([0; 32]));
/// assert_eq!(code.to_string(), format!("keepwell:p/{}", "A".repeat(43)));
/// assert_eq!(ProviderCode::parse(&code.to_string()), Some(code));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ProviderCode(pub ProviderId);

impl ProviderCode {
    /// Reads the text of such a code; none if it is another.
    pub fn parse(text: &str) -> Option<Self> {
        let id = base64url::decode(text.strip_prefix(PREFIX)?).ok()?;
        Some(Self(ProviderId::from_bytes(id.try_into().ok()?)))
    }
}

impl fmt::Display for ProviderCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", base64url::encode(self.0.as_bytes()))
    }
}

const PREFIX: &str = "keepwell:p/";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_code_is_none_of_a_provider() {
        let code = ProviderCode(ProviderId::from_bytes([0xfb; 32])).to_string();
        assert_eq!(ProviderCode::parse(&code).map(|it| it.to_string()), Some(code.clone()));
        for other in [
            code.replace("keepwell:p/", "keepwell:c/"),
            code.replace("keepwell:p/", ""),
            format!("{code}A"),
            format!("{code}="),
            format!(" {code}"),
            format!("{code}\n"),
            code.replace('-', "+"),
            "keepwell:p/".to_owned(),
        ] {
            assert_eq!(ProviderCode::parse(&other), None, "{other}");
        }
    }
}
