//! Which function answers which target.

use std::sync::Arc;

use crate::answer::{Answer, Call};
use crate::refusal::Refusal;
use crate::routes::Target;
use crate::service::Service;

impl Service {
    /// Answers a request whose sender was found out; never fails, whatever it says.
    pub(crate) fn answer(self: &Arc<Self>, call: &Call, target: &Target) -> Answer {
        self.serve(call, target).unwrap_or_else(Refusal::into_answer)
    }

    fn serve(self: &Arc<Self>, call: &Call, target: &Target) -> Result<Answer, Refusal> {
        match target {
            Target::ShowViewer(name) => self.show_viewer(call, name),
            Target::VisitLink(path) => self.visit_link(call, path),
            Target::VisitManifest(path) => self.visit_manifest(call, path),
            Target::VisitFile(path, file) => self.visit_file(call, path, file),
            Target::OpenSpace => self.open_space(call),
            Target::ShowSpace => self.show_space(call),
            Target::Commit => self.commit(call),
            Target::MoveSpace => self.move_space(call),
            Target::PutBlobs => self.put_blobs(call),
            Target::OwnerBlobs => self.owner_blobs(call),
            Target::MissingBlobs => self.missing_blobs(call),
            Target::PutLink(id) => self.put_link(call, *id),
            Target::PutManifest(id) => self.put_manifest(call, *id),
            Target::ReplaceFiles(id) => self.replace_files(call, *id),
            Target::ChangeLink(id, action) => self.change_link(call, *id, *action),
            Target::ShowLog => self.show_log(call),
            Target::ReadGrant(id) => self.read_grant(call, *id),
            Target::ReaderBlobs(id) => self.reader_blobs(call, *id),
            Target::LeaveEnvelope(id) => self.leave_envelope(call, *id),
            Target::FetchEnvelopes(id) => self.fetch_envelopes(call, *id),
            Target::DeleteEnvelopes(id) => self.delete_envelopes(call, *id),
            Target::ShowProviderLog(id) => self.show_provider_log(call, *id),
            Target::AppendProviderLog(id) => self.append_provider_log(call, *id),
            Target::RelayTransaction => self.relay_transaction(call),
            Target::SubmitBatch => self.submit_batch(call),
            Target::ProveBatch => self.prove_batch(call),
            Target::RelayProof(key) => self.relay_proof(call, key),
            Target::RelayLight(height) => self.relay_light(call, height),
            Target::ListGateways => self.list_gateways(call),
            Target::RelaySealed(gateway) => self.relay_sealed(call, *gateway),
        }
    }
}
