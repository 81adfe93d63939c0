//! What a record carries or points to: letters, pictures, documents.

use crate::node::Node;
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
    /// What a person reads of it, where it is text or HTML.
    pub text: Option<String>,
}

/// Every attachment, at any depth.
pub(crate) fn attachments(resource: &Node<'_>) -> Vec<Attachment> {
    let mut found = Vec::new();
    walk(resource, "", &mut found);
    found
}

fn walk(node: &Node<'_>, name: &str, found: &mut Vec<Attachment>) {
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
            // FHIR's Attachment, and Binary, whose data was called content before FHIR STU3.
            let data = node.field("data").or_else(|| node.field("content")).and_then(Node::text);
            let address = node.text_of("url");
            if (is_named || node.text_of("contentType").is_some()) && (data.is_some() || address.is_some()) {
                let texts = found.iter().filter(|attachment| attachment.text.is_some()).count();
                let is_read = texts < MOST_TEXTS;
                found.push(attachment(node, data, address, is_read));
            }
            members.iter().for_each(|(name, node)| walk(node, name, found));
        }
        _ => {}
    }
}

fn attachment(node: &Node<'_>, data: Option<&str>, address: Option<&str>, is_read: bool) -> Attachment {
    let short = |text: &str| legible(text, LONGEST);
    let kind = node.text_of("contentType");
    let size = node.text_of("size").and_then(|size| size.parse().ok());
    Attachment {
        title: node.text_of("title").map(short),
        content_type: kind.map(short),
        bytes: size
            .or_else(|| data.map(|data| (data.trim_end_matches('=').len() as u64).saturating_mul(3) / 4)),
        address: address.map(short),
        text: kind
            .zip(data)
            .filter(|_| is_read)
            .and_then(|(kind, data)| text::of_attachment(kind, data))
            .map(|text| legible(&text, text::LONGEST_LETTER)),
    }
}

/// The most attachments of a record that are listed.
const MOST: usize = 100;

/// The most of them that are read.
const MOST_TEXTS: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

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
        );
        let shape: Vec<_> =
            found.iter().map(|it| (it.text.as_deref(), it.bytes, it.address.as_deref())).collect();
        assert_eq!(
            shape,
            [(Some("Hi"), Some(9), None), (None, Some(2), None), (None, None, Some("javascript:alert(1)"))]
        );
        let binary =
            Node::parse(br#"{"resourceType":"Binary","contentType":"text/plain","data":"aGk="}"#).unwrap();
        assert_eq!(attachments(&binary)[0].text.as_deref(), Some("hi"));
    }

    #[test]
    fn a_record_of_many_attachments_reads_some_of_them() {
        let one = r#"{"contentType":"text/plain","data":"aGk="}"#;
        let many = format!(r#"{{"photo":[{}]}}"#, vec![one; 1_000].join(","));
        let found = attachments(&Node::parse(many.as_bytes()).unwrap());
        assert_eq!(found.len(), MOST);
        assert_eq!(found.iter().filter(|it| it.text.is_some()).count(), MOST_TEXTS);
    }
}
