//! `keepwell wallet print-revocations`: the end of each grant as a QR code on paper.

use std::fmt::Write as _;
use std::path::PathBuf;

use keepwell_wallet::{Clock as _, SignedRevocation, SystemClock};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::failure::Failure;
use crate::output::Answer;
use crate::private_file::PrivateFile;
use crate::qr::Qr;
use crate::report::{Report, counted};
use crate::secrets::PinSource;
use crate::shown_time::shown;
use crate::unlock::unlock;

/// Where the sheet is written.
#[derive(clap::Args, Debug)]
pub(crate) struct PrintFlags {
    /// An HTML page, to be printed from a browser; an older file is replaced
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    pin: PinSource,
}

/// Writes the sheet.
///
/// # Errors
/// [`CommandError::FileUnwritable`](crate::failure::CommandError::FileUnwritable).
pub(crate) fn run(caller: &Caller, flags: &PrintFlags) -> Result<Answer, Failure> {
    let writing = PrivateFile::begin(&flags.file)?;
    let (wallet, _) = unlock(caller, &flags.pin)?;
    let revocations = wallet.signed_revocations()?;
    let page = page(&wallet.status()?.fingerprint, wallet.ledger_url()?.as_deref(), &revocations)?;
    writing.write(|file| file.write_all(page.as_bytes()))?;
    writing.put_in_place()?;
    let listed: Vec<Value> = revocations.iter().map(document).collect();
    let report = Report::of_deed(json!({ "revocations": listed, "bytes": page.len() }));
    let (file, grants) = (flags.file.display(), counted(revocations.len(), "grant", "grants"));
    let line = match revocations.len() {
        0 => format!("{file}: no grant stands, so there is no code on it."),
        _ => format!("{file}: {grants}, each with its code. Print it, and delete the file."),
    };
    Ok(report
        .line(line)
        .line("Whoever has a code can end that grant by `keepwell ledger revoke`, and can do nothing else with it. Later grants are not on it.")
        .into())
}

fn document(revocation: &SignedRevocation) -> Value {
    json!({
        "grant": revocation.grant,
        "name": revocation.name,
        "not_after": revocation.not_after,
        "code": revocation.code.to_string(),
    })
}

/// A page that asks nobody for anything and runs nothing.
fn page(
    fingerprint: &str,
    ledger: Option<&str>,
    revocations: &[SignedRevocation],
) -> Result<String, Failure> {
    let mut codes = String::new();
    for revocation in revocations {
        let code = revocation.code.to_string();
        // Writing to a String can't fail.
        let _ = writeln!(
            codes,
            r#"<section><div>{}</div><div><h2>{}</h2><p>until {}</p><p>grant {}</p><p class="code">{code}</p></div></section>"#,
            Qr::of(&code)?.to_svg_element(),
            escaped(&revocation.name),
            shown(revocation.not_after),
            revocation.grant,
        );
    }
    if codes.is_empty() {
        codes.push_str("<p>No grant stands.</p>\n");
    }
    let (fingerprint, now) = (escaped(fingerprint), shown(SystemClock.now()));
    let ledger = escaped(ledger.unwrap_or("URL"));
    Ok(format!(
        r#"<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Signed revocations</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>{STYLE}</style></head><body>
<h1>Signed revocations</h1>
<p>Wallet {fingerprint}, {now}. Each code ends one grant, also when the phone is lost or in other hands, and can do nothing else.
Scan it, and hand in its text at this or any other gateway of the ledger, from any computer:</p>
<p class="code">keepwell ledger revoke CODE --ledger {ledger} --anchor FILE</p>
<p>What was already read may still be held. Grants that are made later are not on this sheet.</p>
{codes}</body></html>
"#
    ))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const STYLE: &str = "body{font:12pt/1.4 sans-serif;margin:2cm;max-width:17cm}h1{font-size:18pt}h2{font-size:13pt;margin:0}\
    p{margin:.3em 0;overflow-wrap:anywhere}section{display:flex;gap:.5cm;break-inside:avoid;margin:.7cm 0}\
    section svg{width:4.2cm;height:4.2cm}.code{font:8pt monospace}";
