//! Where a FHIR server is, and which of the addresses that it names are followed.

use std::fmt;

use keepwell_net::{NetError, Reach};
use keepwell_protocol::formats::http::is_loopback;
use url::Url;

/// The base address of a FHIR server: https, or http on this machine; without query, fragment or `/` at its end.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FhirBase(Url);

impl FhirBase {
    /// Parses what was typed. Names in other scripts become punycode.
    ///
    /// # Errors
    /// [`NetError::AddressMalformed`], or [`NetError::AddressRefused`] for what may not be contacted.
    ///
    /// ```
    /// # use keepwell_source::FhirBase;
    /// assert_eq!(FhirBase::parse("https://clinic.example/fhir/").unwrap().to_string(), "https://clinic.example/fhir");
    /// assert!(FhirBase::parse("http://clinic.example/fhir").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, NetError> {
        Reach::Configured.check_text(text)?;
        let mut url = Url::parse(text).map_err(|_| NetError::AddressMalformed)?;
        if url.query().is_some() || url.fragment().is_some() || url.cannot_be_a_base() {
            return Err(NetError::AddressMalformed);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// Its host, and its port where that is not the usual one.
    pub fn authority(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or(host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The address of something below it.
    pub(crate) fn join(&self, segments: &[&str]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// Whether an address is of the same server: scheme, host and port.
    pub(crate) fn is_origin_of(&self, url: &Url) -> bool {
        self.0.origin() == url.origin()
    }

    /// How far a request may go to an address that the server named: its own is as good as what was typed; any other is
    /// somebody else's.
    pub(crate) fn reach(&self, url: &Url) -> Reach {
        match (self.is_origin_of(url), is_loopback(&self.0)) {
            (true, _) => Reach::Configured,
            (false, true) => Reach::ForeignOrLoopback,
            (false, false) => Reach::Foreign,
        }
    }

    /// Parses an address that the server named.
    pub(crate) fn named(&self, text: &str) -> Result<Url, NetError> {
        let url = Url::parse(text).map_err(|_| NetError::AddressMalformed)?;
        self.reach(&url).check_text(text)?;
        Ok(url)
    }
}

impl fmt::Display for FhirBase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_https_or_on_this_machine() {
        for (text, base) in [
            ("https://clinic.example/fhir/r4//", "https://clinic.example/fhir/r4"),
            ("https://clinic.example", "https://clinic.example"),
            ("http://127.0.0.1:8080/fhir", "http://127.0.0.1:8080/fhir"),
            ("https://klinik-münchen.example/fhir", "https://xn--klinik-mnchen-3ob.example/fhir"),
        ] {
            assert_eq!(FhirBase::parse(text).unwrap().to_string(), base);
        }
        for bad in [
            "clinic",
            "http://clinic.example/fhir",
            "file:///etc/passwd",
            "keepwell:a",
            "https://user@clinic.example/",
            "https://clinic.example/fhir?a=b",
            "https://clinic.example/fhir#a",
        ] {
            assert!(FhirBase::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_a_server_names_leads_into_no_private_network() {
        let base = FhirBase::parse("https://clinic.example/fhir").unwrap();
        for good in ["https://clinic.example/token", "https://login.example/token"] {
            assert!(base.named(good).is_ok(), "{good}");
        }
        for bad in [
            "http://127.0.0.1/token",
            "https://10.0.0.1/token",
            "https://localhost/token",
            "http://clinic.example/token",
            "file:///token",
            "/token",
            "javascript:alert(1)",
        ] {
            assert!(base.named(bad).is_err(), "{bad}");
        }
        // Who typed an address of their own network means that server, and no other there.
        let own = FhirBase::parse("https://10.0.0.1/fhir").unwrap();
        assert!(own.named("https://10.0.0.1/token").is_ok());
        assert!(own.named("https://10.0.0.2/token").is_err());
        assert!(FhirBase::parse("http://127.0.0.1:1/fhir").unwrap().named("http://127.0.0.1:2/t").is_ok());
    }
}
