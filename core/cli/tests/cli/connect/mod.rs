//! A clinic whose servers nobody here wrote: HAPI FHIR behind Keycloak, and a real browser in between. Run by `./dev test connect`, which
//! starts them and sets `KEEPWELL_CONNECT_FHIR`, `KEEPWELL_CONNECT_REALM` (addresses), `KEEPWELL_CONNECT_FHIR_PID` (a file with the
//! process id of the FHIR server, which is started again whenever it ends) and `KEEPWELL_WEB_MODULES`.

mod breaking;
mod line;
mod pulling;
mod records;
mod tokens;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};
use std::sync::Once;

use serde_json::Value;

use crate::keepwell::{Party, Run};
use line::Line;

/// A wallet and a line to the clinic, which has the records of Vivien and of Grace.
struct World {
    folder: tempfile::TempDir,
    wallet: Party,
    line: Line,
}

impl World {
    fn new() -> Self {
        static WRITTEN: Once = Once::new();
        WRITTEN.call_once(|| {
            let began = std::time::Instant::now();
            records::put(&records::vivien());
            records::put(&records::grace());
            eprintln!("the clinic has its records after {} ms", began.elapsed().as_millis());
        });
        let folder = tempfile::tempdir().unwrap();
        let wallet = Party::new(folder.path().join("wallet"));
        wallet.json(&["wallet", "init"]);
        Self { folder, wallet, line: Line::start() }
    }

    /// `source add` of the server at this path, with this person in the browser; and what was on the browser's pages.
    fn add(&self, path: &str, client: &str, person: &str) -> (Run, Value) {
        let base = self.line.base(path);
        let arguments = ["source", "add", &base, "--client-id", client, "--json"];
        let mut child = self.wallet.command(&arguments).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let (mut told, mut url) = (String::new(), None);
        while url.is_none() && stderr.read_line(&mut told).unwrap() > 0 {
            url = told.lines().last().filter(|line| line.starts_with("http")).map(str::to_owned);
        }
        let pages = url.map_or(Value::Null, |url| browse(&url, person));
        stderr.read_to_string(&mut told).unwrap();
        let mut stdout = Vec::new();
        child.stdout.take().unwrap().read_to_end(&mut stdout).unwrap();
        (Run { code: child.wait().unwrap().code(), stdout, stderr: told }, pages)
    }

    /// `source add` that succeeds; gives the source's id.
    fn connect(&self, path: &str, client: &str, person: &str) -> String {
        let (added, pages) = self.add(path, client, person);
        let source = added.json()["sources"][0]["source"].as_str().unwrap().to_owned();
        assert!(pages["page"].as_str().unwrap().contains("Connected"), "{pages}");
        source
    }

    /// Every version of every record that the wallet has, by `TYPE/ID`, byte for byte.
    fn exported(&self) -> BTreeMap<String, Vec<Vec<u8>>> {
        let file = self.folder.path().join("export.ndjson");
        self.wallet.json(&["record", "export", file.to_str().unwrap()]);
        let bytes = std::fs::read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        let mut exported: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let resource = serde_json::from_slice(line).unwrap();
            exported.entry(records::path(&resource)).or_default().push(line.to_owned());
        }
        exported
    }
}

/// What a person in a browser sees who agrees.
fn browse(url: &str, person: &str) -> Value {
    let output = Command::new("node")
        .arg(format!("{}/tests/cli/connect/browser.mjs", env!("CARGO_MANIFEST_DIR")))
        .args([url, person])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: ./dev test connect sets it"))
}
