//! What to do next where a command was refused; told beside the sentence, which says what is so.

/// The next step after an error of this code, if there is one that the command line can name.
pub(crate) fn next_step(code: &str) -> Option<&'static str> {
    STEPS.iter().find(|(known, _)| *known == code).map(|(_, step)| *step)
}

/// Codes with what to do about them.
const STEPS: &[(&str, &str)] = &[
    (
        "NoWallet",
        "`keepwell wallet init` makes a wallet, `keepwell wallet restore` brings one back from its words; \
         --home names another folder",
    ),
    ("WalletExists", "`keepwell wallet status` shows the wallet that is here; --home names another folder"),
    (
        "AddressTaken",
        "end that program, or listen at another port: --listen ADDR, where port 0 picks a free one",
    ),
    ("Busy", "wait until the other command has ended, or end it"),
    ("NotConnected", "`keepwell wallet connect` connects the wallet to a ledger and a host"),
    (
        "AlreadyConnected",
        "`keepwell wallet move-host` moves it to another host; \
         `keepwell wallet connect --anchor FILE` without --host takes a newer trust anchor",
    ),
    ("LinkPasscodeNeeded", "--passcode-file gives it from a file, on a terminal it is asked for"),
    ("SpaceExists", "`keepwell wallet restore` brings that wallet back"),
    ("PinSlotDestroyed", "`keepwell wallet restore` into another --home takes the recovery words"),
    ("NoSuchAttachment", "`keepwell record show --readable` numbers the files of a record"),
    (
        "AttachmentNotHere",
        "`keepwell record show --readable` says where it is; nothing is fetched from there",
    ),
    ("NoSuchRecord", "`keepwell record list` lists the records"),
    ("NotStamped", "`keepwell record stamp` asks for one"),
    ("TimeStampWaiting", "`keepwell sync` fetches it once the ledger has recorded it"),
    ("NoSuchImport", "`keepwell record imports` lists what came in"),
    ("NoSuchQuarantined", "`keepwell record quarantine list` lists what is set aside"),
    ("NoSuchPerson", "`keepwell wallet people` lists who counts as the owner"),
    ("NoSuchGrant", "`keepwell grant list` lists the grants"),
    ("NoSuchRequest", "`keepwell request list` lists what clinics asked for"),
    ("RequestExceeded", "`keepwell grant new` gives more than a clinic asked for"),
    ("RequestAnswered", "`keepwell request list` shows the answer; the desk makes another request"),
    ("NoSuchShare", "`keepwell share list` lists the shares"),
    ("NoSuchSource", "`keepwell source list` lists the servers that records come from"),
    ("NoSuchBrand", "`keepwell source brands` takes in a vendor's list of clinics; an address works without"),
    ("AmbiguousBrand", "`keepwell source add` takes the address of one of them"),
    (
        "SourceAuthorizationEnded",
        "`keepwell source add` with the same address asks the clinic again; what came before stays",
    ),
    ("SourceNotSmart", "ask the clinic for the base address of its FHIR server"),
    ("SourceAuthorizationRefused", "--client-id names the app as the clinic knows it"),
    ("UnknownProvider", "`keepwell provider list` lists the providers"),
    ("UnknownGrant", "`keepwell clinic grants` lists the grants, `keepwell clinic sync` fetches new ones"),
    ("NotInitialised", "`keepwell clinic init` makes a clinic; --home names another folder"),
    ("DeskRunning", "its login code is in desk.code in its home; end it before you start another"),
    ("LedgerStale", "`keepwell sync` asks the ledger again once it is reached"),
    ("InvalidScope", "name what may be read: --category, or --record with ids of `keepwell record list`"),
    ("InvalidCursor", "take the `next` of the page before, or none"),
    ("GrantState", "`keepwell grant list` shows how each grant stands"),
    ("ShareEnded", "`keepwell share new` makes another"),
    (
        "InviteNeeded",
        "ask whoever runs the host for an invitation; `keepwell wallet connect` with the servers and \
         `wallet move-host` take it by --invite FILE",
    ),
    ("InviteUnknown", "ask whoever runs this host for an invitation; it may be of another host"),
    ("InviteLapsed", "ask whoever runs the host for another one"),
    ("InviteUsed", "ask whoever runs the host for another one"),
    ("DiskFull", "make room on the disk and try again; nothing was lost"),
    ("StorageTooNew", "this wallet was opened by a newer keepwell: update this one"),
];

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::arguments::Arguments;

    #[test]
    fn every_step_is_after_a_code_that_is_told_and_names_commands_that_there_are() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors.md");
        let told = std::fs::read_to_string(path).unwrap();
        for (code, step) in STEPS {
            assert!(told.contains(&format!("| `{code}` |")), "{code}");
            for quoted in step.split('`').skip(1).step_by(2).filter(|quoted| quoted.starts_with("keepwell "))
            {
                let mut command = Arguments::command();
                let mut words = quoted.split(' ').skip(1).peekable();
                while let Some(word) = words.next_if(|word| !word.starts_with('-')) {
                    command = command.find_subcommand(word).unwrap_or_else(|| panic!("no {quoted}")).clone();
                }
                assert!(!command.has_subcommands(), "{quoted} does nothing");
                for option in words.filter_map(|word| word.strip_prefix("--")) {
                    assert!(command.get_arguments().any(|one| one.get_long() == Some(option)), "no {quoted}");
                }
            }
        }
        assert_eq!(next_step("Locked"), None);
    }
}
