//! The viewer page of a host: a browser opens a share link there, for clinics without a scanner or software of their own.
//!
//! The key stands in the link's fragment, which no browser sends; the page's script fetches the sealed files, opens them by WebCrypto,
//! and hands them to this crate as a WebAssembly module, which writes them as the desk's page does. Elsewhere the crate is what a host
//! serves: [`ASSETS`], each with the headers in [`HEADERS`].
//!
//! - [`Records`]: the files of a link, as HTML, and the documents in them.
//!
//! ```
//! use keepwell_viewer::Records;
//!
//! let mut records = Records::default();
//! records.take(br#"{"resourceType":"Patient","name":[{"text":"Ana & Co"}],"birthDate":"1980-02-03"}"#)?;
//! let page = records.page();
//! assert!(page.html.contains("Ana &#38; Co") && page.html.contains("1980-02-03"));
//! # Ok::<(), keepwell_page::NotARecord>(())
//! ```

#[cfg(not(target_family = "wasm"))]
mod assets;
#[cfg(target_family = "wasm")]
mod exports;
mod records;

#[cfg(not(target_family = "wasm"))]
pub use assets::{ASSETS, Asset, HEADERS};
pub use records::{Page, Records};
