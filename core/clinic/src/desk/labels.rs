//! Codes in words for people at a front desk.

use keepwell_protocol::domain::Purpose;
use keepwell_protocol::formats::shc::CardState;
use keepwell_protocol::formats::shl::OpenError;

use crate::{ClinicError, ShareError};

/// What a code means and what to do, in a sentence.
pub(super) fn sentence(code: &str) -> &'static str {
    match code {
        "GrantPending" => "This grant is not in force yet. Try again in a minute.",
        "GrantExpired" => "This grant has ended. The patient can make a new one.",
        "GrantRevoked" => "The patient has ended this grant. Nothing more can be read under it.",
        "LedgerStale" | "ProofNotYet" | "LedgerUnreachable" => {
            "The ledger’s last word is too old to rely on, so nothing is shown. Try again in a minute."
        }
        "HostRolledBack" => {
            "The server showed an older state of this record than before, so nothing of it is shown. Tell whoever runs the server."
        }
        "GrantChanged" => "The patient changed this grant. Look for new grants, then try again.",
        "UnknownGrant" | "UnknownRecord" => "There is nothing here under this address.",
        "NotFound" => "The server has nothing for this grant. The patient may have moved or removed it.",
        "Offline" | "Timeout" | "ConnectionBroken" => {
            "The server can’t be reached. Check the network and try again."
        }
        "CertificateRefused" => "The server’s certificate is not valid, so nothing was sent to it.",
        "RateLimited" => "The server asks us to wait. Try again in a minute.",
        "Busy" => "Another program is using this clinic’s data. Try again.",
        "DiskFull" => "The disk of this computer is full. Make room on it and try again; nothing was lost.",
        "NotAHealthLink" => {
            "This is not a SMART Health Link. It contains “shlink:/” and a long row of letters."
        }
        "UnsupportedLink" => {
            "This kind of link is of a later version than this program, and can’t be opened here."
        }
        "LinkAddress" | "AddressRefused" | "AddressMalformed" => {
            "This link leads to an address that is not a public server, so it was not opened."
        }
        "LinkPasscodeNeeded" => "This link asks for a passcode. Ask the patient for it and type it below.",
        "LinkManifest" => "The list of files behind this link can’t be read. Ask the patient for a new link.",
        "LinkFlags" | "LinkKey" => "This link is damaged. Scan or copy it again.",
        "LinkNotActive" => "This link is no longer active. The patient can make a new one.",
        "LinkRetryLater" | "LinkAnswer" => "The server of this link can’t answer now. Try again in a minute.",
        "LinkContent" => "What this link leads to is not a health record that can be shown here.",
        "ResponseTooLarge" | "JweTooLarge" => "What the link leads to is too large to be shown here.",
        "JweMalformed" | "JweUnsupported" | "JweDoesNotOpen" | "JweInflate" => {
            "What the link leads to can’t be opened with its key. Ask the patient for a new link."
        }
        "PictureUnreadable" => "This is not a PNG or JPEG picture of up to 10 MB.",
        "QrAbsent" => "No QR code was found in this picture. Take it again, closer and straight.",
        "ClockSuspect" | "HeaderFromFuture" => {
            "This computer’s clock seems to be wrong. Set it and try again."
        }
        "TrustExpired" => "This clinic has not seen the ledger for too long and needs a new trust anchor.",
        _ => "This did not work. The code below says more to whoever looks after this system.",
    }
}

/// Why a share could not be opened, in a sentence.
pub(super) fn share_problem(error: &ClinicError) -> String {
    match error {
        ClinicError::Share(ShareError::Open(OpenError::WrongPasscode { left })) => match left {
            Some(0) => {
                "The passcode is wrong, and the link is closed now. Ask the patient for a new one.".to_owned()
            }
            Some(1) => "The passcode is wrong. One more wrong one closes the link for ever.".to_owned(),
            Some(left) => {
                format!("The passcode is wrong. {left} tries are left before the link is closed for ever.")
            }
            None => "The passcode is wrong.".to_owned(),
        },
        error => sentence(error.code()).to_owned(),
    }
}

/// What can be said of a health card, as a clause.
pub(super) fn card_state(state: CardState) -> &'static str {
    match state {
        CardState::Verified => "its issuer signed it, and it holds",
        CardState::UnknownIssuer => "its signature was not checked, for its issuer’s keys were not reached",
        CardState::UnknownKey => "its issuer does not name the key that it is signed with",
        CardState::UnknownRevocation => "its issuer signed it, and may have revoked it since",
        CardState::Broken => "it was changed, or somebody else signed it",
        CardState::Revoked => "its issuer revoked it",
        CardState::Expired => "it is no longer valid",
        CardState::NotYetValid => "it is not valid yet",
    }
}

/// What came along with a share and is not shown, in a sentence; nothing where all is shown.
pub(super) fn left_out_of_share(unreadable: u32, other_files: u32) -> Option<String> {
    let counted = |count: u32, one: &str, more: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {more}")),
    };
    let parts = [
        counted(unreadable, "record that can’t be read", "records that can’t be read"),
        counted(other_files, "file that is no record", "files that are no record"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { None } else { Some(format!("Not shown here: {}.", parts.join(", "))) }
}

/// Why records were left out, in words.
pub(super) fn left_out(reason: &str) -> &'static str {
    match reason {
        "other-category" | "out-of-bounds" => "not covered by the grant",
        "other-purpose" => "granted for another purpose",
        "not-yet" | "expired" => "not covered at this time",
        "BlobMissing" => "missing at the server, or not what was promised",
        "RecordTooNew" => "written by a newer program than this one",
        _ => "damaged or malformed",
    }
}

/// A purpose as people say it.
pub(super) fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Treat => "treatment",
        Purpose::EmergencyTreat => "emergency treatment",
        Purpose::Payment => "payment",
        Purpose::Operations => "healthcare operations",
        Purpose::Research => "research",
        Purpose::PublicHealth => "public health",
        Purpose::PatientRequest => "the patient’s request",
        Purpose::FamilyRequest => "the family’s request",
    }
}
