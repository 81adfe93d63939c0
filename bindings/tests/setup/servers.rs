//! The servers of `dev.d/servers`: those that run already, or some of our own.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use keepwell::Servers;
use keepwell_net::{HttpTransport, Limits, Transport as _};
use keepwell_protocol::formats::http::{Method, Request};
use serde_json::{Value, json};

use super::repository;

/// Where the servers and the clinic are; those of our own stop when this is dropped.
pub struct ServerProcesses {
    folder: PathBuf,
    document: Value,
    own: Option<Child>,
}

impl ServerProcesses {
    pub fn start() -> Self {
        let (file, own) = match std::env::var_os("KEEPWELL_SERVERS") {
            Some(file) => (PathBuf::from(file), None),
            None => {
                let mut child = Command::new(repository().join("dev.d/servers"))
                    // Until its standard input ends.
                    .args(["sh", "-c", "echo \"$KEEPWELL_SERVERS\"; cat >/dev/null"])
                    .stdin(Stdio::piped())
                    .stdout(Stdio::piped())
                    .spawn()
                    .unwrap();
                let mut file = String::new();
                BufReader::new(child.stdout.take().unwrap()).read_line(&mut file).unwrap();
                assert!(!file.is_empty(), "the servers did not start");
                (PathBuf::from(file.trim_end()), Some(child))
            }
        };
        let document = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        Self { folder: file.parent().unwrap().to_owned(), document, own }
    }

    /// The names that scenarios have from the beginning.
    pub fn names(&self) -> BTreeMap<String, Value> {
        let servers = self.servers();
        let named = [
            ("ledger", json!(servers.ledger_url)),
            ("host", json!(servers.host_url)),
            ("anchor", json!(String::from_utf8(servers.anchor).unwrap())),
            ("clinic", self.document["clinic"]["name"].clone()),
            ("provider", self.document["clinic"]["provider"].clone()),
        ];
        named.map(|(name, value)| (name.to_owned(), value)).into()
    }

    /// Asks the process that plays clinics' servers and a patient's browser.
    pub fn smart(&self, path: &str, query: &[(&str, &str)]) -> String {
        let base = self.document["smartUrl"].as_str().unwrap();
        let escaped = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let query: Vec<String> =
            query.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        let request = Request::new(Method::Get, format!("{base}{path}?{}", query.join("&")));
        let answer = HttpTransport::new().unwrap().send(request, Limits::CONFIGURED).unwrap();
        String::from_utf8(answer.body).unwrap()
    }

    pub fn servers(&self) -> Servers {
        let text = |name: &str| self.document[name].as_str().unwrap().to_owned();
        let anchor = std::fs::read(self.folder.join(text("anchor"))).unwrap();
        Servers { ledger_url: text("ledgerUrl"), host_url: text("hostUrl"), anchor }
    }

    /// Runs `keepwell clinic ARGUMENTS` and reads its JSON document, or the code of its refusal.
    pub fn clinic(&self, arguments: &[String]) -> Result<Value, String> {
        let text = |name: &str| self.document["clinic"][name].as_str().unwrap().to_owned();
        let run = Command::new(self.folder.join(self.document["keepwell"].as_str().unwrap()))
            .args(["--json", "clinic"])
            .args(arguments)
            .env("KEEPWELL_HOME", self.folder.join(text("home")))
            .env("KEEPWELL_PIN", text("pin"))
            .output()
            .unwrap();
        if run.status.success() {
            return Ok(serde_json::from_slice(&run.stdout).unwrap());
        }
        let told = String::from_utf8(run.stderr).unwrap();
        let document: Value = serde_json::from_str(told.lines().last().unwrap_or_default()).unwrap();
        Err(document["error"]["code"].as_str().unwrap().to_owned())
    }
}

/// A host that takes whom it invites, beside the others; it is killed when this is dropped.
pub struct InvitingHost {
    keepwell: PathBuf,
    home: tempfile::TempDir,
    child: Child,
    /// The same ledger, and this host.
    pub servers: Servers,
}

impl InvitingHost {
    pub fn start(beside: &ServerProcesses) -> Self {
        let text = |name: &str| beside.document[name].as_str().unwrap().to_owned();
        let (keepwell, home) = (beside.folder.join(text("keepwell")), tempfile::tempdir().unwrap());
        let mut child = Command::new(&keepwell)
            .env("KEEPWELL_HOME", home.path())
            .args(["host", "serve", "--registration", "invite", "--listen", "127.0.0.1:0"])
            .args(["--ledger", &text("ledgerUrl"), "--anchor"])
            .arg(beside.folder.join(text("anchor")))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let host_url = line.trim_end().strip_prefix("listening on ").unwrap().to_owned();
        Self { keepwell, home, child, servers: Servers { host_url, ..beside.servers() } }
    }

    /// The text of a new invitation.
    pub fn invite(&self) -> String {
        let file = self.home.path().join("invitation");
        let mut command = Command::new(&self.keepwell);
        command.env("KEEPWELL_HOME", self.home.path()).args(["host", "invite"]).arg(&file);
        assert!(command.output().unwrap().status.success());
        std::fs::read_to_string(file).unwrap()
    }
}

impl Drop for InvitingHost {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for ServerProcesses {
    fn drop(&mut self) {
        if let Some(own) = &mut self.own {
            // It ends what it started when its input ends.
            drop(own.stdin.take());
            let _ = own.wait();
        }
    }
}
