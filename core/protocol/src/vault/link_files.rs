//! What a wallet puts behind a share link that leads to a list of files (SMART Health Links, without flag `U`).

use minicbor::{Decode, Encode};

use crate::crypto::PasscodeVerifier;
use crate::domain::Object;

/// What a file behind a link is; only what its receivers take.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(index_only)]
pub enum LinkFileType {
    /// A FHIR resource or Bundle.
    #[n(0)]
    Fhir,
    /// A file of SMART Health Cards.
    #[n(1)]
    HealthCards,
}

impl LinkFileType {
    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Fhir => "application/fhir+json",
            Self::HealthCards => "application/smart-health-card",
        }
    }
}

/// A sealed file behind a link.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct LinkFile {
    /// What it is once it is opened.
    #[n(0)]
    pub file_type: LinkFileType,
    /// The file, encrypted under the link's key: a compact JWE.
    #[n(1)]
    pub sealed: String,
}

/// All files behind a link, in the order in which they are listed.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(transparent)]
pub struct LinkFiles(#[n(0)] pub Vec<LinkFile>);

impl Object for LinkFiles {}

impl LinkFiles {
    /// The most files of one link.
    pub const MOST: usize = 100;

    /// Whether there is at least one file, none of them empty, and not too many.
    pub fn is_servable(&self) -> bool {
        (1..=Self::MOST).contains(&self.0.len()) && self.0.iter().all(|file| !file.sealed.is_empty())
    }
}

/// A link to a list of files, before a commit names it.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct LinkManifest {
    /// Flag `L`: its files may be replaced while it lives.
    #[n(0)]
    pub is_long_term: bool,
    /// Flag `P`: what tells the passcode that it asks for.
    #[n(1)]
    pub passcode: Option<PasscodeVerifier>,
    /// Its files.
    #[n(2)]
    pub files: LinkFiles,
}

impl Object for LinkManifest {}
