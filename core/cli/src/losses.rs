//! What would be lost if a device broke now, in sentences.

use keepwell_wallet::{AtRisk, Clock as _, Status, SystemClock};

use crate::shown_time::shown_shortly;

/// What would be lost if this device broke now, a sentence each.
pub(crate) fn losses(status: &Status, is_connected: bool, quarantined: u64) -> Vec<String> {
    let mut losses = losses_without_quarantine(status, is_connected);
    if quarantined > 0 {
        losses.push(format!(
            "{quarantined} in quarantine would be lost: what lies there is at no host and in no backup"
        ));
    }
    losses
}

fn losses_without_quarantine(status: &Status, is_connected: bool) -> Vec<String> {
    let AtRisk { records, decisions, host_reached } = status.at_risk;
    let mut losses = Vec::new();
    if !status.words_verified {
        losses.push(
            "everything would be lost unless the recovery words are written down: they are not verified"
                .to_owned(),
        );
    }
    if !is_connected {
        losses.push(match records {
            0 => "there are no records to lose yet; the wallet is not connected".to_owned(),
            _ => format!(
                "all records would be lost: the wallet is not connected, and only this phone has them \
                 ({records} versions)"
            ),
        });
        return losses;
    }
    if records > 0 {
        losses.push(format!("{records} record versions would be lost: the host does not have them"));
    }
    if decisions > 0 {
        losses.push(format!(
            "{decisions} decisions would be lost: no server was told of these grants, revocations or shares"
        ));
    }
    let as_of =
        host_reached.map(|time| format!(" (host last reached {})", shown_shortly(time, SystemClock.now())));
    let as_of = as_of.unwrap_or_default();
    losses.push(match (records, decisions) {
        (0, 0) => format!("the recovery words would bring everything back{as_of}"),
        _ => format!(
            "the recovery words would bring the rest back{as_of}; `keepwell sync` sends what only this \
             phone has"
        ),
    });
    losses
}
