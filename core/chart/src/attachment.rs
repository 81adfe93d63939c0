//! What a record carries or points to: letters, pictures, documents.

use crate::binary::{data_of, decoded_length, is_binary, short_of};
use crate::node::Node;
use crate::record::Related;
use crate::text::{self, LONGEST, legible};

/// A file within a record, or one that it points to.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Attachment {
    /// What it is called.
    pub title: Option<String>,
    /// Its media type, as written.
    pub content_type: Option<String>,
    /// How many bytes it has, as far as that is known.
    pub bytes: Option<u64>,
    /// Where it is, if it is not in the record. An address in a record is never followed by itself.
    pub address: Option<String>,
    /// Whether its bytes are there: in the record, or in a Binary that it points to.
    pub is_here: bool,
    /// What a person reads of it, where it is text or HTML.
    pub text: Option<String>,
}

/// A file as a record carries it, with what the record says of it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CarriedFile {
    /// What it is called.
    pub title: Option<String>,
    /// Its media type, as written.
    pub content_type: Option<String>,
    /// Its content in base64, if it is in the record.
    pub data: Option<String>,
    /// Where it is else.
    pub address: Option<String>,
    /// How many bytes the record says it has.
    pub size: Option<u64>,
    /// Its SHA-1 in base64, as the record says.
    pub hash: Option<String>,
}

impl CarriedFile {
    /// The file in this place among a view's attachments, from 0.
    pub fn read(resource: &[u8], index: usize) -> Option<Self> {
        let node = Node::parse(resource)?;
        let found = find(&node);
        let Found { node, data, address } = found.get(index)?;
        Some(Self {
            title: short_of(node, "title"),
            content_type: short_of(node, "contentType"),
            data: data.map(str::to_owned),
            address: address.map(str::to_owned),
            size: size_of(node),
            hash: node.text_of("hash").map(str::to_owned),
        })
    }

    /// The file that a Binary is; nothing of anything else, or of one without content.
    pub fn of_binary(resource: &[u8]) -> Option<Self> {
        let node = Node::parse(resource).filter(is_binary)?;
        let data = data_of(&node)?.to_owned();
        Some(Self { content_type: short_of(&node, "contentType"), data: Some(data), ..Self::default() })
    }
}

/// Every attachment, at any depth.
pub(crate) fn attachments(resource: &Node<'_>, related: &dyn Related) -> Vec<Attachment> {
    let mut attachments = Vec::new();
    let mut texts = 0;
    for found in find(resource) {
        let attachment = attachment(&found, texts < MOST_TEXTS, related);
        texts += usize::from(attachment.text.is_some());
        attachments.push(attachment);
    }
    attachments
}

/// An attachment where it stands.
struct Found<'n> {
    node: &'n Node<'n>,
    data: Option<&'n str>,
    address: Option<&'n str>,
}

fn find<'n>(resource: &'n Node<'n>) -> Vec<Found<'n>> {
    let mut found = Vec::new();
    walk(resource, "", &mut found);
    found
}

fn walk<'n>(node: &'n Node<'n>, name: &str, found: &mut Vec<Found<'n>>) {
    if found.len() >= MOST {
        return;
    }
    match node {
        Node::List(items) => items.iter().for_each(|item| walk(item, name, found)),
        Node::Fields(members) => {
            let is_named = matches!(
                name,
                "attachment" | "presentedForm" | "photo" | "valueAttachment" | "contentAttachment"
            );
            let (data, address) = (data_of(node), node.text_of("url"));
            if (is_named || node.text_of("contentType").is_some()) && (data.is_some() || address.is_some()) {
                found.push(Found { node, data, address });
            }
            members.iter().for_each(|(name, node)| walk(node, name, found));
        }
        _ => {}
    }
}

fn attachment(found: &Found<'_>, is_read: bool, related: &dyn Related) -> Attachment {
    let Found { node, data, address } = *found;
    let kind = node.text_of("contentType");
    // Only what may be a Binary is looked for: it is read whole.
    let may_be_binary = |address: &str| address.contains("Binary/") || address.starts_with("urn:");
    let pointed_to = address.filter(|address| data.is_none() && may_be_binary(address));
    let binary = pointed_to.and_then(|address| related.binary(address));
    Attachment {
        title: short_of(node, "title"),
        content_type: short_of(node, "contentType")
            .or_else(|| binary.as_ref().and_then(|binary| binary.content_type.clone())),
        bytes: size_of(node)
            .or_else(|| data.map(decoded_length))
            .or_else(|| binary.as_ref().map(|binary| binary.bytes)),
        address: address.map(|address| legible(address, LONGEST)),
        is_here: data.is_some() || binary.is_some(),
        text: kind
            .zip(data)
            .filter(|_| is_read)
            .and_then(|(kind, data)| text::of_attachment(kind, data))
            .map(|text| legible(&text, text::LONGEST_LETTER)),
    }
}

fn size_of(node: &Node<'_>) -> Option<u64> {
    node.text_of("size").and_then(|size| size.parse().ok())
}

/// The most attachments of a record that are listed.
const MOST: usize = 100;

/// The most of them that are read.
const MOST_TEXTS: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binary::BinaryFile;

    #[test]
    fn finds_what_a_record_carries_wherever_it_stands() {
        let found = attachments(
            &Node::parse(
                br#"{"resourceType":"DocumentReference","content":[
                {"attachment":{"contentType":"text/html","data":"PHA+SGk8L3A+","title":"Letter"}},
                {"attachment":{"contentType":"application/pdf","data":"aGk=","size":2}},
                {"attachment":{"url":"javascript:alert(1)"}},{"attachment":{"title":"nothing"}}],
                "extension":[{"url":"http://x.example"}],"signature":[{"data":"AAAA"}]}"#,
            )
            .unwrap(),
            &(),
        );
        let shape: Vec<_> = found
            .iter()
            .map(|it| (it.text.as_deref(), it.bytes, it.address.as_deref(), it.is_here))
            .collect();
        assert_eq!(
            shape,
            [
                (Some("Hi"), Some(9), None, true),
                (None, Some(2), None, true),
                (None, None, Some("javascript:alert(1)"), false)
            ]
        );
        let binary =
            Node::parse(br#"{"resourceType":"Binary","contentType":"text/plain","data":"aGk="}"#).unwrap();
        assert_eq!(attachments(&binary, &())[0].text.as_deref(), Some("hi"));
    }

    /// Knows one Binary.
    struct OneBinary;

    impl Related for OneBinary {
        fn row(&self, _: &str) -> Option<crate::Row> {
            None
        }

        fn binary(&self, address: &str) -> Option<BinaryFile> {
            let binary = br#"{"resourceType":"Binary","contentType":"image/png","data":"aGk="}"#;
            (address == "Binary/b1" || address == "urn:uuid:1").then(|| BinaryFile::read(binary)).flatten()
        }
    }

    #[test]
    fn what_a_record_points_to_is_here_if_it_is_a_binary_that_is_there() {
        let record = br#"{"resourceType":"DocumentReference","content":[{"attachment":{"url":"Binary/b1"}},
            {"attachment":{"url":"Binary/b2","contentType":"text/plain","size":7}},
            {"attachment":{"contentType":"text/plain","data":"aGk=","hash":"wiwt","title":"Note"}},
            {"attachment":{"url":"urn:uuid:1"}},{"attachment":{"url":"urn:uuid:2"}}]}"#;
        let found = attachments(&Node::parse(record).unwrap(), &OneBinary);
        let shape: Vec<_> =
            found.iter().map(|it| (it.content_type.as_deref(), it.bytes, it.is_here)).collect();
        let text = Some("text/plain");
        assert_eq!(
            shape,
            [
                (Some("image/png"), Some(2), true),
                (text, Some(7), false),
                (text, Some(2), true),
                (Some("image/png"), Some(2), true),
                (None, None, false)
            ]
        );
        let file = |index| CarriedFile::read(record, index);
        assert_eq!(file(0).unwrap().address.as_deref(), Some("Binary/b1"));
        assert_eq!(file(1).unwrap().size, Some(7));
        let note = file(2).unwrap();
        assert_eq!((note.data.as_deref(), note.hash.as_deref()), (Some("aGk="), Some("wiwt")));
        assert_eq!((note.title.as_deref(), file(5)), (Some("Note"), None));
        assert_eq!(CarriedFile::of_binary(record), None, "only a Binary is a file");
        let empty = br#"{"resourceType":"Binary","contentType":"image/png"}"#;
        assert_eq!((CarriedFile::of_binary(empty), BinaryFile::read(empty)), (None, None));
    }

    #[test]
    fn a_record_of_many_attachments_reads_some_of_them() {
        let one = r#"{"contentType":"text/plain","data":"aGk="}"#;
        let many = format!(r#"{{"photo":[{}]}}"#, vec![one; 1_000].join(","));
        let found = attachments(&Node::parse(many.as_bytes()).unwrap(), &());
        assert_eq!(found.len(), MOST);
        assert_eq!(found.iter().filter(|it| it.text.is_some()).count(), MOST_TEXTS);
    }
}
