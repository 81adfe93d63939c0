use keepwell_protocol::domain::Timestamp;

/// What a document says of itself.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// When it was put together, which it says.
    pub created: Timestamp,
    /// What tells it from all others, such as a random UUID; it stands in the file, not on the page.
    pub document_id: &'a str,
}
