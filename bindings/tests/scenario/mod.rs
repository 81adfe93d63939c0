//! Runs a scenario: its steps in order, each result against what the step expects.

#![allow(unreachable_pub, reason = "a module of a test")]

mod evidence;
mod imports;
mod matching;
mod operations;
mod phone;
mod pictures;
mod results;
mod sources;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use keepwell::WalletError;
use serde_json::{Value, json};

use crate::setup::{ServerProcesses, repository};
use matching::{at, fits};
use operations::perform;
use phone::Phone;

/// What the steps of one scenario share.
pub struct Stage {
    folder: tempfile::TempDir,
    phones: BTreeMap<String, Phone>,
    names: BTreeMap<String, Value>,
    servers: Option<ServerProcesses>,
}

/// Why an operation gave nothing.
pub enum Failure {
    Wallet(WalletError),
    /// `keepwell` refused with this code.
    Command(String),
}

impl From<WalletError> for Failure {
    fn from(error: WalletError) -> Self {
        Self::Wallet(error)
    }
}

/// Runs one file of `fixtures/scenarios`.
pub fn run(file: &str) {
    let text = std::fs::read_to_string(folder().join(file)).unwrap();
    let scenario: Value = serde_json::from_str(&text).unwrap();
    let servers = (scenario["servers"] == true).then(ServerProcesses::start);
    let names = servers.as_ref().map(ServerProcesses::names).unwrap_or_default();
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage { folder, phones: BTreeMap::new(), names, servers };
    for (index, step) in scenario["steps"].as_array().unwrap().iter().enumerate() {
        stage.step(step).unwrap_or_else(|why| panic!("{file}, step {}: {step}\n{why}", index + 1));
    }
}

/// The files, as they are called.
pub fn names() -> Vec<String> {
    let names = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.map(|name| name.into_string().unwrap()).filter(|name| name.ends_with(".json"));
    names.collect()
}

fn folder() -> PathBuf {
    repository().join("fixtures/scenarios")
}

impl Stage {
    fn step(&mut self, step: &Value) -> Result<(), String> {
        let known = ["do", "on", "with", "gives", "throws", "keep", "until"];
        if let Some(other) = step.as_object().unwrap().keys().find(|key| !known.contains(&key.as_str())) {
            return Err(format!("a step has no member {other}"));
        }
        let began = Instant::now();
        loop {
            match self.attempt(step) {
                Err(_) if step["until"] == true && began.elapsed() < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(200));
                }
                outcome => return outcome,
            }
        }
    }

    fn attempt(&mut self, step: &Value) -> Result<(), String> {
        let with = self.filled(&step["with"]);
        let on = step["on"].as_str().unwrap_or("phone");
        let outcome = perform(self, step["do"].as_str().unwrap(), on, &with);
        match (outcome, step.get("gives"), step.get("throws")) {
            (Ok(result), gives, None) => {
                if let Some(gives) = gives.map(|gives| self.filled(gives)) {
                    fits(&gives, &result)
                        .then_some(())
                        .ok_or_else(|| format!("gave {result}, expected {gives}"))?;
                }
                for (name, path) in step["keep"].as_object().into_iter().flatten() {
                    self.names.insert(name.clone(), at(&result, path.as_str().unwrap()));
                }
                Ok(())
            }
            (Err(failure), None, Some(throws)) => {
                let told = told(&failure);
                fits(&self.filled(throws), &told).then_some(()).ok_or_else(|| format!("threw {told}"))
            }
            (Ok(result), _, Some(_)) => Err(format!("gave {result} and threw nothing")),
            (Err(failure), _, _) => Err(format!("threw {}", told(&failure))),
        }
    }

    /// The value with what its `$names` stand for.
    fn filled(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => match text.strip_prefix('$') {
                Some(name) => {
                    self.names.get(name).unwrap_or_else(|| panic!("nothing is called ${name}")).clone()
                }
                None => value.clone(),
            },
            Value::Array(all) => all.iter().map(|one| self.filled(one)).collect(),
            Value::Object(all) => all.iter().map(|(key, one)| (key.clone(), self.filled(one))).collect(),
            other => other.clone(),
        }
    }
}

/// An error as scenarios write it.
fn told(failure: &Failure) -> Value {
    let error = match failure {
        Failure::Command(code) => return json!({ "error": "Command", "code": code }),
        Failure::Wallet(error) => error,
    };
    let variant: String = format!("{error:?}").chars().take_while(|c| c.is_alphanumeric()).collect();
    let mut told = json!({ "error": variant, "code": error.code().unwrap() });
    match error {
        WalletError::WrongPin { left } => told["left"] = json!(left),
        WalletError::PinDelayed { seconds } => told["seconds"] = json!(seconds),
        WalletError::WordsUnreadable { position, .. } => told["position"] = json!(position),
        _ => {}
    }
    told
}

const PATIENCE: Duration = Duration::from_secs(60);
