/// Why there is no PDF.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PdfError {
    /// The letters that this crate carries can't be read.
    #[error("the letters for a PDF can't be read")]
    Font,
    /// The PDF would not keep the rules of PDF/UA-1.
    #[error("the records can't be set as a PDF")]
    Rules,
}
