//! Step 8: a share by QR, opened by a plain client, logged, ended.

use keepwell_net::{HttpTransport, Reach};
use keepwell_protocol::domain::Duration;
use keepwell_protocol::formats::shl::{OpenError, ShareLink};
use keepwell_protocol::vault::LinkAction;
use keepwell_wallet::{ShareRequest, open_share};

use super::check::{check, show};
use super::story::Story;
use crate::failure::{CommandError, Failure};
use crate::qr::{Picture, Qr};

pub(super) fn share(story: &mut Story) -> Result<String, Failure> {
    let path = story.home("share.png");
    let picture = Picture::begin(&path)?;
    let draws = story.draws;
    let (patient, parties) = story.patient_and_parties()?;
    let network = parties.connection.network();
    let request = ShareRequest {
        scopes: Vec::new(),
        label: None,
        life: Duration::minutes(10),
        opens: None,
        ..ShareRequest::default()
    };
    let made = patient.wallet.share(network, request)?;
    let qr = Qr::of(&made.link)?;
    picture.draw(&qr)?;
    picture.put_in_place()?;
    if draws {
        show(&format!("{}{}\n", qr.to_terminal(), made.link));
    }
    let bytes = std::fs::read(&path).map_err(|error| CommandError::unreadable(&path, &error))?;
    let seen = keepwell_clinic::read_picture(&bytes)?;
    check(seen == made.link, "the picture reads back as the link")?;

    let link = ShareLink::parse(&seen).map_err(OpenError::from)?;
    let client = HttpTransport::new()?;
    let open = || open_share(&client, Reach::ForeignOrLoopback, &link, "City Hospital", None);
    let files = open()?;
    let is_bundle = files.len() == 1 && files.iter().all(|file| file.content_type == "application/fhir+json");
    check(is_bundle, "the link leads to a FHIR Bundle")?;
    let log = patient.wallet.share_log(network, made.share.id)?;
    check(
        log.iter().any(|open| open.recipient == "City Hospital"),
        "the opening is in the log with its recipient",
    )?;
    patient.wallet.change_share(network, made.share.id, LinkAction::Revoke)?;
    check(open().is_err_and(|error| error.code() == "LinkNotActive"), "a revoked share is 404")?;

    // One more, which lives on until the phone is lost.
    let request = ShareRequest {
        scopes: Vec::new(),
        label: None,
        life: Duration::hours(1),
        opens: None,
        ..ShareRequest::default()
    };
    story.old_share = Some(patient.wallet.share(network, request)?.share.id);
    Ok(format!(
        "{} bytes by a link of {} characters, opened by a plain client, logged, revoked: 404",
        files.iter().map(|file| file.content.len()).sum::<usize>(),
        made.link.len()
    ))
}
