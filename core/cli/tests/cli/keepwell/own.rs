//! A wallet on its own, beside the files that it is given.

use serde_json::Value;

use super::{Party, Run, text};

/// A wallet that no server knows, in a folder of its own.
pub(crate) struct OwnWallet {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) wallet: Party,
}

impl OwnWallet {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let wallet = Party::new(folder.path().join("wallet"));
        wallet.json(&["wallet", "init"]);
        Self { folder, wallet }
    }

    /// Another wallet beside it, empty.
    pub(crate) fn another(&self, name: &str) -> Party {
        let wallet = Party::new(self.folder.path().join(name));
        wallet.json(&["wallet", "init"]);
        wallet
    }

    /// Where a file of the folder is, or will be.
    pub(crate) fn path(&self, name: &str) -> String {
        text(&self.folder.path().join(name))
    }

    /// Writes a file of the folder.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Imports files of these contents in one command.
    pub(crate) fn try_import(&self, contents: &[&str], flags: &[&str]) -> Run {
        let files = contents.iter().enumerate();
        let paths: Vec<String> =
            files.map(|(number, content)| self.file(&format!("{number}.json"), content)).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        self.wallet.run(&[&["--json", "record", "import"], paths.as_slice(), flags].concat())
    }

    /// The same, which must succeed.
    #[track_caller]
    pub(crate) fn import(&self, contents: &[&str], flags: &[&str]) -> Value {
        self.try_import(contents, flags).json()
    }

    /// What `record list` has, whatever the number.
    #[track_caller]
    pub(crate) fn records(&self, flags: &[&str]) -> Vec<Value> {
        let list = self.wallet.json(&[&["record", "list", "--limit", "1000"], flags].concat());
        list["records"].as_array().unwrap().clone()
    }

    /// The types of all records, in their order.
    pub(crate) fn types(&self) -> Vec<String> {
        let records = self.records(&[]);
        let mut types: Vec<_> =
            records.iter().map(|record| record["type"].as_str().unwrap().to_owned()).collect();
        types.sort();
        types
    }

    /// What is in quarantine.
    pub(crate) fn quarantine(&self) -> Vec<Value> {
        self.wallet.json(&["record", "quarantine", "list"])["quarantined"].as_array().unwrap().clone()
    }
}
