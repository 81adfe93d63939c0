//! The files of a link, as HTML.

use askama::Template;
use keepwell_chart::{CarriedFile, Chart, Entry};
use keepwell_page::{NotARecord, Shared, Shown};
use keepwell_protocol::formats::fhir::decode_base64;

/// The records in the files of a link.
#[derive(Debug, Default)]
pub struct Records {
    files: Vec<Shared>,
}

/// What is shown of them.
#[derive(Debug, Default)]
pub struct Page {
    /// Who they are about, as they say; empty where they name nobody or more than one.
    pub name: String,
    /// The records, to stand within a page; empty where there are none.
    pub html: String,
}

#[derive(Template)]
#[template(path = "opened.html")]
struct Opened<'a> {
    chart: &'a Chart,
    unreadable: u32,
    documents: &'a [CarriedFile],
    /// The records as HTML, which is of our own making.
    records: String,
}

impl Records {
    /// Takes a file of type `application/fhir+json`.
    ///
    /// # Errors
    /// [`NotARecord`] where no resource can be read from it.
    pub fn take(&mut self, file: &[u8]) -> Result<(), NotARecord> {
        let file = Shared::read(file)?;
        if file.resources.is_empty() {
            return Err(NotARecord);
        }
        self.files.push(file);
        Ok(())
    }

    /// All of them, as the desk shows them, behind who they are about and the documents that they carry.
    pub fn page(&self) -> Page {
        let entries: Vec<Entry<'_>> = self.files.iter().flat_map(Shared::entries).collect();
        let chart = Chart::new(&entries);
        let rendered = keepwell_page::records(&chart, Shown::default()).and_then(|records| {
            let unreadable = self.files.iter().map(|file| file.unreadable).sum();
            Opened { chart: &chart, unreadable, documents: &self.documents(), records }.render()
        });
        // Writing to memory does not fail.
        let html = rendered.unwrap_or_default();
        Page { name: chart.patient.map(|patient| patient.name).unwrap_or_default(), html }
    }

    /// The content of a document, by its number on the page.
    pub fn document(&self, number: usize) -> Option<Vec<u8>> {
        decode_base64(self.documents().get(number)?.data.as_deref()?, LONGEST_DOCUMENT).ok()
    }

    /// The files that the records carry.
    fn documents(&self) -> Vec<CarriedFile> {
        let resources = self.files.iter().flat_map(|file| &file.resources);
        let carried = resources.flat_map(|resource| {
            let mut listed: Vec<CarriedFile> =
                (0..).map_while(|index| CarriedFile::read(&resource.bytes, index)).collect();
            // One that says its type is among them already.
            if listed.is_empty() {
                listed.extend(CarriedFile::of_binary(&resource.bytes));
            }
            listed
        });
        carried.filter(|file| file.data.is_some()).collect()
    }
}

/// As much as a file of 50 MiB can hold, in bytes.
const LONGEST_DOCUMENT: usize = 50 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_record_says_is_never_markup() {
        let mut records = Records::default();
        let hostile = r#"<script>alert(1)</script>\"'&"#;
        let bundle = format!(
            r#"{{"resourceType":"Bundle","type":"collection","entry":[
            {{"resource":{{"resourceType":"Patient","name":[{{"text":"{hostile}"}}],"birthDate":"{hostile}","gender":"{hostile}"}}}},
            {{"resource":{{"resourceType":"DocumentReference","content":[{{"attachment":{{"title":"{hostile}","contentType":"{hostile}","data":"aGk="}}}}]}}}},
            {{"resource":{{"resourceType":"AllergyIntolerance","code":{{"text":"{hostile}"}},"text":{{"div":"<div onclick=\"x()\">{hostile}</div>"}}}}}}]}}"#
        );
        records.take(bundle.as_bytes()).unwrap();
        let page = records.page();
        assert!(!page.html.contains("<script") && !page.html.contains("onclick"), "{}", page.html);
        assert!(
            page.html.contains("&#60;script&#62;alert(1)&#60;/script&#62;&#34;&#39;&#38;"),
            "{}",
            page.html
        );
        assert!(page.name.starts_with("<script>"), "a title is text");
    }

    #[test]
    fn documents_are_numbered_over_all_files_and_whole() {
        let mut records = Records::default();
        records.take(br#"{"resourceType":"DocumentReference","content":[{"attachment":{"url":"https://x.example/a"}},{"attachment":{"title":"One","data":"b25l"}}]}"#).unwrap();
        records.take(br#"{"resourceType":"Binary","contentType":"text/plain","data":"dHdv"}"#).unwrap();
        assert_eq!(records.document(0).as_deref(), Some(&b"one"[..]));
        assert_eq!(records.document(1).as_deref(), Some(&b"two"[..]));
        records.take(br#"{"resourceType":"Binary","data":"dGhyZWU="}"#).unwrap();
        assert_eq!(records.document(2).as_deref(), Some(&b"three"[..]), "one without a type");
        assert_eq!(records.document(3), None);
        let html = records.page().html;
        assert!(
            html.contains(r#"data-document="0">Save One"#) && html.contains(r#"data-document="1""#),
            "{html}"
        );
        assert!(html.contains(r#"data-document="2""#) && !html.contains(r#"data-document="3""#));
    }

    #[test]
    fn a_file_that_is_no_record_is_refused_and_changes_nothing() {
        let mut records = Records::default();
        records.take(br#"{"resourceType":"Patient","name":[{"text":"Ana"}]}"#).unwrap();
        assert_eq!(records.take(b"{}"), Err(NotARecord));
        assert_eq!(records.page().name, "Ana");
    }
}
