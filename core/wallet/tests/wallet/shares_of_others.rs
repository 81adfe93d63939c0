//! Links that others share are opened: lists of files, passcodes, and what is too much.

use std::sync::Mutex;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keepwell_net::{Limits, NetError, Reach, Transport};
use keepwell_protocol::crypto::{Rng, jwe_encrypt};
use keepwell_protocol::formats::http::{Request, Response};
use keepwell_protocol::formats::shl::{OpenError, ShareLink, SharedFile};
use keepwell_wallet::{RemoteError, WalletError, open_share};
use serde_json::{Value, json};

const LIST: &str = "https://hospital.example/m/list";

/// A hospital's server with a list of files behind a passcode, of which each wrong one counts.
struct Hospital {
    link: ShareLink,
    /// How many more tries there are.
    left: Mutex<u32>,
    files: Vec<Value>,
    /// The addresses that were asked.
    asked: Mutex<Vec<String>>,
    /// What lies at every other address.
    elsewhere: Vec<u8>,
}

impl Hospital {
    fn new(flag: &str, files: impl FnOnce(&ShareLink) -> Vec<Value>) -> Self {
        let key = URL_SAFE_NO_PAD.encode([7; 32]);
        let payload = json!({ "url": LIST, "flag": flag, "key": key }).to_string();
        let link = ShareLink::parse(&format!("shlink:/{}", URL_SAFE_NO_PAD.encode(payload))).unwrap();
        let files = files(&link);
        let elsewhere = sealed(&link, b"{\"resourceType\":\"Bundle\",\"id\":\"elsewhere\"}");
        Self { link, left: Mutex::new(2), files, asked: Mutex::default(), elsewhere: elsewhere.into_bytes() }
    }

    fn open(&self, passcode: Option<&str>) -> Result<Vec<SharedFile>, WalletError> {
        open_share(self, Reach::Foreign, &self.link, "A patient", passcode)
    }
}

impl Transport for Hospital {
    fn send(&self, request: Request, limits: Limits) -> Result<Response, NetError> {
        self.asked.lock().unwrap().push(request.url.clone());
        let answer = |status, body: Vec<u8>| Response { status, headers: Vec::new(), body };
        if request.url != LIST {
            return match self.elsewhere.len() > limits.max_body {
                true => Err(NetError::ResponseTooLarge { limit: limits.max_body }),
                false => Ok(answer(200, self.elsewhere.clone())),
            };
        }
        let question: Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(question["recipient"], "A patient");
        let mut left = self.left.lock().unwrap();
        Ok(match question["passcode"].as_str() {
            _ if *left == 0 => answer(404, Vec::new()),
            Some("1234") => answer(200, json!({ "files": self.files }).to_string().into_bytes()),
            None if !self.link.flags().passcode => {
                answer(200, json!({ "files": self.files }).to_string().into_bytes())
            }
            _ => {
                *left -= 1;
                answer(401, json!({ "remainingAttempts": *left }).to_string().into_bytes())
            }
        })
    }
}

fn sealed(link: &ShareLink, content: &[u8]) -> String {
    jwe_encrypt(link.key(), "application/fhir+json", content, &mut Rng::system()).unwrap()
}

fn embedded(link: &ShareLink) -> Value {
    json!({ "embedded": sealed(link, b"{\"resourceType\":\"Bundle\",\"id\":\"embedded\"}") })
}

fn located(address: &str) -> Value {
    json!({ "location": address })
}

#[test]
fn the_right_passcode_opens_all_files_of_a_list() {
    let hospital = Hospital::new("P", |link| vec![embedded(link), located("https://files.example/1")]);
    let files = hospital.open(Some("1234")).unwrap();
    let ids: Vec<Value> = files
        .iter()
        .map(|file| serde_json::from_slice::<Value>(&file.content).unwrap()["id"].clone())
        .collect();
    assert_eq!(ids, ["embedded", "elsewhere"]);
    assert_eq!(*hospital.asked.lock().unwrap(), [LIST, "https://files.example/1"]);
}

#[test]
fn a_wrong_passcode_says_how_many_tries_are_left_and_none_is_not_sent() {
    let hospital = Hospital::new("P", |link| vec![embedded(link)]);
    assert!(matches!(hospital.open(None), Err(WalletError::Link(OpenError::PasscodeNeeded))));
    assert_eq!(hospital.asked.lock().unwrap().len(), 0);
    for left in [1, 0] {
        let refused = hospital.open(Some("4321")).unwrap_err();
        assert!(
            matches!(refused, WalletError::Link(OpenError::WrongPasscode { left: Some(told) }) if told == left),
            "{refused:?}"
        );
        assert_eq!(refused.code(), "LinkPasscodeWrong");
    }
    assert!(matches!(hospital.open(Some("1234")), Err(WalletError::Link(OpenError::NotActive))));
}

#[test]
fn a_list_without_a_passcode_opens_and_one_that_leads_astray_does_not() {
    assert_eq!(Hospital::new("L", |link| vec![embedded(link)]).open(None).unwrap().len(), 1);
    let astray = Hospital::new("L", |_| vec![located("http://files.example/1")]);
    assert_eq!(astray.open(None).unwrap_err().code(), "LinkAddress");
    assert_eq!(*astray.asked.lock().unwrap(), [LIST]);
}

#[test]
fn files_of_a_list_are_too_much_together() {
    // 9 MB each, 12 MB as they are sent.
    let large = [b"{\"a\":\"".to_vec(), vec![b'x'; 9_000_000], b"\"}".to_vec()].concat();
    let listed = |count: usize| {
        let mut hospital = Hospital::new("L", |_| vec![located("https://files.example/1"); count]);
        hospital.elsewhere = sealed(&hospital.link, &large).into_bytes();
        hospital
    };
    assert_eq!(listed(4).open(None).unwrap().len(), 4);
    let refused = listed(8).open(None).unwrap_err();
    assert!(
        matches!(refused, WalletError::Remote(RemoteError::Net(NetError::ResponseTooLarge { .. }))),
        "{refused:?}"
    );
}
