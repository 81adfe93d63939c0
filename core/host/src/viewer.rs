//! The page on which a browser opens a link. It is the same for every link: which one is opened stands behind `#`, which no browser sends.

use keepwell_viewer::{ASSETS, HEADERS};

use crate::answer::{Answer, Call};
use crate::refusal::Refusal;
use crate::service::Service;

impl Service {
    /// A file of the page, by its name.
    pub(crate) fn show_viewer(&self, call: &Call, name: &str) -> Result<Answer, Refusal> {
        self.admit(&self.rates.link, 1, call)?;
        let asset = ASSETS.iter().find(|asset| asset.name == name).ok_or(Refusal::NotFound)?;
        let room = call.reserve(asset.content.iter().map(|part| part.len() as u64).sum())?;
        let answer = Answer::bytes(200, asset.content_type, asset.content.concat()).within(room);
        Ok(HEADERS.iter().fold(answer, |answer, (name, value)| answer.with_header(name, *value)))
    }
}
