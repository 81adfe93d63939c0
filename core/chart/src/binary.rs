//! Files that are records by themselves.

use crate::node::Node;
use crate::text::{LONGEST, legible};

/// The size and kind of a file that is a record by itself: a Binary.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BinaryFile {
    /// Its media type, as written.
    pub content_type: Option<String>,
    /// About how many bytes it has.
    pub bytes: u64,
}

impl BinaryFile {
    /// Reads a Binary; nothing of anything else, or of one without content.
    pub fn read(resource: &[u8]) -> Option<Self> {
        let node = Node::parse(resource).filter(is_binary)?;
        let data = data_of(&node)?;
        Some(Self { content_type: short_of(&node, "contentType"), bytes: decoded_length(data) })
    }
}

pub(crate) fn is_binary(node: &Node<'_>) -> bool {
    node.text_of("resourceType") == Some("Binary")
}

/// The content of FHIR's Attachment, and of a Binary, where it was called `content` before FHIR STU3.
pub(crate) fn data_of<'n>(node: &'n Node<'n>) -> Option<&'n str> {
    node.field("data").or_else(|| node.field("content")).and_then(Node::text)
}

pub(crate) fn short_of(node: &Node<'_>, name: &str) -> Option<String> {
    node.text_of(name).map(|text| legible(text, LONGEST))
}

/// How many bytes base64 without blanks stands for.
pub(crate) fn decoded_length(data: &str) -> u64 {
    u64::try_from(data.trim_end_matches('=').len()).unwrap_or(u64::MAX).saturating_mul(3) / 4
}
