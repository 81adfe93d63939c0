//! The operations of `fixtures/scenarios/README.md`.

use std::sync::Arc;

use keepwell::{
    ArgumentReason, GrantRequest, LedgerRenewal, ManifestRequest, Passphrase, Pin, ProviderSelection,
    QuizAnswer, RecordQuery, RecoveryWords, Servers, ShareRequest, Wallet, WalletError, choices,
    create_wallet, find_providers, read_anchor_fingerprint, read_connection, read_typed_words,
    restore_wallet, suggest_words,
};
use keepwell_protocol::domain::{
    Category, CodeFilter, Duration, GrantId, LinkId, ProviderId, Purpose, RecordId, RequestId, Scope,
    Sensitivity, Timestamp,
};
use keepwell_protocol::ledger::AnchorFingerprint;
use keepwell_protocol::vault::LinkAction;
use keepwell_wallet::{
    AccessRequestAnswer, Cursor, ProviderState, ProviderSummary, RecordOrder, ShareFormat, SyncOptions,
};
use serde_json::{Value, json};

use super::phone::{Phone, Sink, copy};
use super::results::{ToValue as _, document, name};
use super::{Failure, Stage};
use super::{evidence, imports, sources};
use crate::setup::wait;

/// Does one operation on a phone.
pub fn perform(stage: &mut Stage, operation: &str, on: &str, with: &Value) -> Result<Value, Failure> {
    if let Some(answer) = without_phone(operation, with) {
        return answer;
    }
    if let Some(answer) = sources::outside(operation, stage.servers.as_ref(), with) {
        return Ok(answer);
    }
    let folder = stage.folder.path().join(on);
    let phone = stage.phones.entry(on.to_owned()).or_insert_with(|| Phone::new(folder));
    match operation {
        "create" => {
            let words = RecoveryWords::parse(bytes(with, "words"))?;
            let made = create_wallet(phone.config(), words, pin(with)?, Some(passphrase(with)?));
            let made = wait(made)?;
            (phone.wallet, phone.authentication) = (Some(made.wallet), Some(made.authentication));
            return Ok(Value::Null);
        }
        "open" => {
            phone.wallet = Some(wait(Wallet::open(phone.config()))?);
            return Ok(Value::Null);
        }
        "restore" => {
            let words = RecoveryWords::parse(bytes(with, "words"))?;
            let servers = servers(stage.servers.as_ref().unwrap().servers(), with);
            let (pin, passphrase) = (pin(with)?, Some(passphrase(with)?));
            let made = wait(restore_wallet(phone.config(), words, pin, servers, passphrase, None, None))?;
            (phone.wallet, phone.authentication) = (Some(made.wallet), Some(made.authentication));
            return Ok(made.report.to_value());
        }
        "wipeDeviceKey" => {
            phone.wipe_device_key();
            return Ok(Value::Null);
        }
        "enrollFinger" => {
            phone.enroll_finger();
            return Ok(Value::Null);
        }
        "copyWallet" => {
            let home = phone.home();
            copy(&stage.phones[with["from"].as_str().unwrap()].home(), &home);
            return Ok(Value::Null);
        }
        "clinic" => {
            let arguments = with["arguments"].as_array().unwrap().iter();
            let arguments: Vec<_> = arguments.map(|one| one.as_str().unwrap().to_owned()).collect();
            return stage.servers.as_ref().unwrap().clinic(&arguments).map_err(Failure::Command);
        }
        _ => {}
    }
    let wallet = phone.wallet.clone().unwrap_or_else(|| panic!("{on} has no wallet for {operation}"));
    let fresh = || phone.authentication.clone().expect("there was an unlock before");
    let result = match operation {
        "unlock" => {
            phone.authentication = Some(wait(wallet.unlock(pin(with)?, None))?);
            Value::Null
        }
        "unlockWithWords" => {
            let words = RecoveryWords::parse(bytes(with, "words"))?;
            let changed = wallet.unlock_with_words(words, pin(with)?, Some(passphrase(with)?), None);
            phone.authentication = Some(wait(changed)?);
            Value::Null
        }
        "connect" => {
            let servers = servers(stage.servers.as_ref().unwrap().servers(), with);
            wait(wallet.connect(fresh(), servers, None, None))?.to_value()
        }
        "erase" => document(wait(wallet.erase(fresh()))?),
        "changePin" => document(wait(wallet.change_pin(fresh(), pin(with)?))?),
        "enableBiometrics" => document(wait(wallet.enable_biometrics(fresh()))?),
        "shownWords" => Value::String(String::from_utf8(fresh().words()?).unwrap()),
        "export" | "exportHistory" => {
            let to = text(with, "to");
            let file = stage.folder.path().join(to.as_deref().unwrap_or("export"));
            let path = file.to_str().unwrap().to_owned();
            let report = match (operation, with["takes"].as_u64()) {
                ("export", None) => wait(wallet.export_records(fresh(), path)),
                (_, None) => wait(wallet.export_history(fresh(), path)),
                ("export", Some(takes)) => {
                    wait(wallet.export_records_to(fresh(), Sink::new(&file, takes), None))
                }
                (_, Some(takes)) => wait(wallet.export_history_to(fresh(), Sink::new(&file, takes), None)),
            };
            if to.is_none() {
                let _ = std::fs::remove_file(file);
            }
            json!({ "records": report?.records })
        }
        "renderedPdf" => {
            let with_numbers = with["withNumbers"] == true;
            let pdf = wallet.rendered_pdf(fresh(), scopes(with)?, sensitivities(with), with_numbers, None);
            json!({ "begins": String::from_utf8_lossy(&wait(pdf)?.unwrap()[..5]) })
        }
        "exportAudit" => {
            let file = stage.folder.path().join("audit");
            let sink = Sink::new(&file, with["takes"].as_u64().unwrap_or(u64::MAX));
            let report = wait(wallet.export_audit_to(fresh(), sink, None))?;
            report.to_value()
        }
        "renewTrust" => {
            let fingerprint =
                text(with, "fingerprint").map(|text| AnchorFingerprint::parse(&text)).transpose();
            let (anchor, ledger_url) = (bytes(with, "anchor"), text(with, "ledgerUrl"));
            let renewal =
                LedgerRenewal { anchor, ledger_url, fingerprint: fingerprint.map_err(WalletError::from)? };
            let trust = wait(wallet.renew_trust(fresh(), renewal, None))?;
            json!({ "old": trust.old, "new": trust.new, "ledger": trust.ledger.to_value() })
        }
        "answerQuiz" => document(wait(wallet.confirm_words(fresh(), answers(with)?))?),
        "approveAccessRequest" => {
            let answer = AccessRequestAnswer {
                scope: scope(with)?,
                leave_out: sensitivities(with),
                duration: with["duration"].as_u64().map(Duration),
                is_anonymous: with["anonymous"] == true,
            };
            let id = identifier(with, "request", RequestId::parse)?;
            wait(wallet.approve_access_request(fresh(), id, answer, None))?.to_value()
        }
        "grant" => wait(wallet.grant(fresh(), grant(with)?, None))?.to_value(),
        "shareOnLedger" => wait(wallet.share_on_ledger(fresh(), share_request(with)?, None))?.to_value(),
        "extendGrant" => {
            let duration = Duration(with["duration"].as_u64().unwrap());
            let id = identifier(with, "grant", GrantId::parse)?;
            wait(wallet.extend_grant(fresh(), id, duration, None))?.to_value()
        }
        _ => match life(operation, &wallet, with)
            .or_else(|| records(operation, &wallet, with))
            .or_else(|| imports::perform(operation, &wallet, with, stage.folder.path()))
            .or_else(|| evidence::perform(operation, &wallet, with))
            .or_else(|| sources::perform(operation, &wallet, with))
        {
            Some(answer) => answer?,
            None => online(operation, &wallet, with)?,
        },
    };
    Ok(result)
}

fn without_phone(operation: &str, with: &Value) -> Option<Result<Value, Failure>> {
    let told = |words: Arc<RecoveryWords>| {
        let text = String::from_utf8(words.text()?).unwrap();
        Ok(json!({ "words": text, "count": words.count()? }))
    };
    Some(match operation {
        "choices" => Ok(choices().to_value()),
        "findProviders" => providers(with)
            .and_then(|all| find_providers(all, text(with, "text").unwrap_or_default()))
            .map(|found| found.to_value())
            .map_err(Failure::from),
        "readTypedWords" => {
            read_typed_words(bytes(with, "text")).map(|typed| typed.to_value()).map_err(Failure::from)
        }
        "generateWords" => RecoveryWords::generate().map_err(Failure::from).and_then(told),
        "parseWords" => RecoveryWords::parse(bytes(with, "text")).map_err(Failure::from).and_then(told),
        "suggestWords" => suggest_words(bytes(with, "text")).map(|all| json!(all)).map_err(Failure::from),
        "checkQuiz" => RecoveryWords::parse(bytes(with, "words"))
            .and_then(|words| words.check_quiz(answers(with)?))
            .map(document)
            .map_err(Failure::from),
        "readAnchorFingerprint" => {
            read_anchor_fingerprint(bytes(with, "anchor")).map(|of| json!(of)).map_err(Failure::from)
        }
        "readConnection" => {
            read_connection(bytes(with, "text")).map(|offer| offer.to_value()).map_err(Failure::from)
        }
        _ => return None,
    })
}

fn life(operation: &str, wallet: &Arc<Wallet>, with: &Value) -> Option<Result<Value, WalletError>> {
    Some(match operation {
        "isUnlocked" => wallet.is_unlocked().map(Value::Bool),
        "lock" => wait(wallet.lock()).map(document),
        "panicLock" => wait(wallet.panic_lock()).map(document),
        "setAutoLock" => {
            let after = |name| with[name].as_u64().map(std::time::Duration::from_secs);
            wait(wallet.set_auto_lock(after("inFront"), after("inBackground"))).map(document)
        }
        "autoLock" => wait(wallet.auto_lock()).map(|after| after.to_value()),
        "hasBiometrics" => wait(wallet.has_biometrics()).map(Value::Bool),
        "unlockWithBiometrics" => wait(wallet.unlock_with_biometrics(None)).map(document),
        "disableBiometrics" => wait(wallet.disable_biometrics()).map(document),
        "eraseUnauthenticated" => wait(wallet.erase_unauthenticated()).map(document),
        "release" => wait(wallet.release()).map(document),
        "status" => wait(wallet.status()).map(|status| status.to_value()),
        _ => return None,
    })
}

fn records(operation: &str, wallet: &Arc<Wallet>, with: &Value) -> Option<Result<Value, WalletError>> {
    Some(match operation {
        "records" => query(with).and_then(|query| wait(wallet.records(query))).map(|page| page.to_value()),
        "recordCounts" => wait(wallet.record_counts()).map(|counts| counts.to_value()),
        "record" => identifier(with, "id", RecordId::parse)
            .and_then(|id| wait(wallet.record(id)))
            .map(|bytes| serde_json::from_slice(&bytes).unwrap()),
        "recordView" => identifier(with, "id", RecordId::parse)
            .and_then(|id| wait(wallet.record_view(id)))
            .map(|view| view.to_value()),
        "attachment" => identifier(with, "record", RecordId::parse)
            .and_then(|id| wait(wallet.attachment(id, with["index"].as_u64().unwrap().try_into().unwrap())))
            .map(|file| {
                let text = String::from_utf8(file.bytes).unwrap();
                json!({ "contentType": file.content_type, "title": file.title, "text": text })
            }),
        "recordSeries" => identifier(with, "id", RecordId::parse)
            .and_then(|id| wait(wallet.record_series(id)))
            .map(|rows| rows.to_value()),
        _ => return None,
    })
}

fn online(operation: &str, wallet: &Arc<Wallet>, with: &Value) -> Result<Value, WalletError> {
    Ok(match operation {
        "ledgerStatus" => wait(wallet.ledger_status())?.to_value(),
        "ledgerQuestions" => wait(wallet.ledger_questions())?.map_or(Value::Null, name),
        "anchorFingerprint" => json!(wait(wallet.anchor_fingerprint())?),
        "sync" => {
            let wait_for = with["wait"].as_u64().unwrap_or(0);
            let options = SyncOptions {
                anchor: with["anchor"] == true,
                wait: std::time::Duration::from_secs(wait_for),
                heal: false,
            };
            wait(wallet.sync(options, None))?.to_value()
        }
        "queued" => json!(wait(wallet.queued())?),
        "activity" => wait(wallet.activity(None))?.entries.to_value(),
        "ownActivity" => wait(wallet.own_activity())?.to_value(),
        "providers" => wait(wallet.providers(None))?.to_value(),
        "provider" => wait(wallet.provider(selection(with)?, None))?.to_value(),
        "noteAccessRequest" => {
            wait(wallet.note_access_request(text(with, "text").unwrap(), None))?.to_value()
        }
        "accessRequests" => wait(wallet.access_requests())?.to_value(),
        "refuseAccessRequest" => {
            let id = identifier(with, "request", RequestId::parse)?;
            document(wait(wallet.refuse_access_request(id))?)
        }
        "grants" => wait(wallet.grants())?.to_value(),
        "grantById" => wait(wallet.grant_by_id(identifier(with, "grant", GrantId::parse)?))?.to_value(),
        "revoke" => name(wait(wallet.revoke(identifier(with, "grant", GrantId::parse)?))?),
        "preview" => wait(wallet.preview(identifier(with, "provider", ProviderId::parse)?))?.to_value(),
        "previewGrant" => {
            let scope = wait(wallet.scope_leaving_out(scope(with)?, sensitivities(with)))?;
            wait(wallet.preview_grant(scope))?.to_value()
        }
        "previewOfGrant" => {
            wait(wallet.preview_of_grant(identifier(with, "grant", GrantId::parse)?))?.to_value()
        }
        "extensionDurations" => {
            let durations = wait(wallet.extension_durations(identifier(with, "grant", GrantId::parse)?))?;
            durations.iter().map(|duration| duration.0).collect()
        }
        "grantActivity" => {
            wait(wallet.grant_activity(identifier(with, "grant", GrantId::parse)?, None))?.to_value()
        }
        "verifyGrant" => {
            wait(wallet.verify_grant(identifier(with, "grant", GrantId::parse)?, None))?.to_value()
        }
        "share" => wait(wallet.share(share_request(with)?, None))?.to_value(),
        "verifyShare" => {
            wait(wallet.verify_share(identifier(with, "share", LinkId::parse)?, None))?.to_value()
        }
        "previewShare" => wait(wallet.preview_share(
            scopes(with)?,
            sensitivities(with),
            with["withNumbers"] == true,
            share_format(with),
        ))?
        .to_value(),
        "shareLink" => json!(wait(wallet.share_link(identifier(with, "share", LinkId::parse)?))?),
        "shares" => wait(wallet.shares())?.to_value(),
        "changeShare" => {
            let action = named(&[LinkAction::Pause, LinkAction::Resume, LinkAction::Revoke], &with["action"]);
            wait(wallet.change_share(identifier(with, "share", LinkId::parse)?, action, None))?.to_value()
        }
        "shareLog" => wait(wallet.share_log(identifier(with, "share", LinkId::parse)?, None))?.to_value(),
        "openShare" => {
            let (link, recipient) = (text(with, "link").unwrap(), text(with, "recipient").unwrap());
            let files = wait(wallet.open_share(link, recipient, text(with, "passcode"), None))?;
            assert_eq!(files.len(), 1);
            files[0].to_value()
        }
        other => panic!("there is no operation {other}"),
    })
}

fn query(with: &Value) -> Result<RecordQuery, WalletError> {
    let after = text(with, "after").map(|cursor| Cursor::parse(&cursor)).transpose();
    Ok(RecordQuery {
        category: with.get("category").map(|category| named(Category::ALL, category)),
        text: text(with, "text"),
        since: time(with, "since")?,
        until: time(with, "until")?,
        limit: with["limit"].as_u64().map_or(50, |limit| limit.try_into().unwrap()),
        after: after.map_err(WalletError::from)?,
        order: with
            .get("order")
            .map(|order| named(&[RecordOrder::NewestFirst, RecordOrder::LatestArrival], order)),
    })
}

fn grant(with: &Value) -> Result<GrantRequest, WalletError> {
    Ok(GrantRequest {
        provider: selection(with)?,
        scope: scope(with)?,
        duration: Duration(with["duration"].as_u64().unwrap()),
        purpose: with.get("purpose").map(|purpose| named(Purpose::ALL, purpose)),
        anonymous: with["anonymous"] == true,
    })
}

fn scopes(with: &Value) -> Result<Vec<Scope>, WalletError> {
    with["scopes"].as_array().into_iter().flatten().map(scope).collect()
}

fn share_format(with: &Value) -> Option<ShareFormat> {
    let all = [ShareFormat::PatientSharedBundle, ShareFormat::InternationalPatientSummary];
    with.get("format").map(|format| named(&all, format))
}

fn sensitivities(with: &Value) -> Vec<Sensitivity> {
    with["leaveOut"].as_array().into_iter().flatten().map(|one| named(Sensitivity::ALL, one)).collect()
}

fn scope(with: &Value) -> Result<Scope, WalletError> {
    let list = |name: &str| with[name].as_array().cloned().unwrap_or_default();
    let string = |value: &Value| value.as_str().unwrap().to_owned();
    let records = list("records").into_iter().map(|id| RecordId::parse(&string(&id)));
    Ok(Scope {
        categories: list("categories").iter().map(|one| named(Category::ALL, one)).collect(),
        types: list("types").iter().map(string).collect(),
        codes: list("codes")
            .iter()
            .map(|code| CodeFilter { system: string(&code["system"]), code: string(&code["code"]) })
            .collect(),
        since: time(with, "since")?,
        until: time(with, "until")?,
        records: records.collect::<Result<_, _>>()?,
    })
}

fn providers(with: &Value) -> Result<Vec<ProviderSummary>, WalletError> {
    let provider = |one: &Value| {
        Ok(ProviderSummary {
            provider: ProviderId::parse(one["provider"].as_str().unwrap())?,
            name: text(one, "name").unwrap(),
            place: text(one, "place").unwrap(),
            state: ProviderState::Listed,
        })
    };
    with["providers"].as_array().unwrap().iter().map(provider).collect()
}

fn selection(with: &Value) -> Result<ProviderSelection, WalletError> {
    Ok(match text(with, "name") {
        Some(name) => ProviderSelection::ByName { name },
        None => ProviderSelection::ById { provider: identifier(with, "id", ProviderId::parse)? },
    })
}

fn answers(with: &Value) -> Result<Vec<QuizAnswer>, WalletError> {
    if let Some(all) = with["answers"].as_array() {
        let answer = |one: &Value| QuizAnswer {
            position: one["position"].as_u64().unwrap().try_into().unwrap(),
            word: bytes(one, "word"),
        };
        return Ok(all.iter().map(answer).collect());
    }
    let words = text(with, "words").unwrap();
    let words: Vec<&str> = words.split(' ').collect();
    let quiz = RecoveryWords::parse(bytes(with, "words"))?.quiz()?;
    let answer = |position| QuizAnswer { position, word: words[position as usize - 1].into() };
    Ok(quiz.into_iter().map(answer).collect())
}

fn servers(mut servers: Servers, with: &Value) -> Servers {
    servers.ledger_url = text(with, "ledgerUrl").unwrap_or(servers.ledger_url);
    servers.host_url = text(with, "hostUrl").unwrap_or(servers.host_url);
    servers.anchor = text(with, "anchor").map_or(servers.anchor, String::into_bytes);
    servers
}

/// The value that a scenario calls by this name.
pub fn named<T: std::fmt::Debug + Copy>(all: &[T], wanted: &Value) -> T {
    *all.iter().find(|one| name(one) == *wanted).unwrap_or_else(|| panic!("nothing is called {wanted}"))
}

/// As the languages' glue reads what an app gives.
pub fn identifier<T, E>(with: &Value, key: &str, parse: fn(&str) -> Result<T, E>) -> Result<T, WalletError>
where
    WalletError: From<E>,
{
    parse(with[key].as_str().unwrap()).map_err(WalletError::from)
}

/// As the languages' glue reads what an app gives.
fn time(with: &Value, key: &str) -> Result<Option<Timestamp>, WalletError> {
    let invalid = || WalletError::InvalidArgument { reason: ArgumentReason::InvalidTime };
    let Some(value) = with.get(key) else { return Ok(None) };
    let seconds = value.as_u64().filter(|seconds| *seconds <= 253_402_300_799).ok_or_else(invalid)?;
    Ok(Some(Timestamp(seconds)))
}

pub fn text(with: &Value, key: &str) -> Option<String> {
    with[key].as_str().map(str::to_owned)
}

fn pin(with: &Value) -> Result<Arc<Pin>, WalletError> {
    Pin::new(bytes(with, "pin"))
}

fn passphrase(with: &Value) -> Result<Arc<Passphrase>, WalletError> {
    Passphrase::new(bytes(with, "passphrase"))
}

fn bytes(with: &Value, key: &str) -> Vec<u8> {
    text(with, key).unwrap_or_default().into_bytes()
}

fn share_request(with: &Value) -> Result<ShareRequest, WalletError> {
    Ok(ShareRequest {
        scopes: scopes(with)?,
        label: text(with, "label"),
        life: Duration(with["life"].as_u64().unwrap()),
        opens: with["opens"].as_u64().map(|opens| opens.try_into().unwrap()),
        format: share_format(with),
        leave_out: sensitivities(with),
        with_numbers: with["withNumbers"] == true,
        manifest: with.get("manifest").map(|manifest| ManifestRequest {
            is_long_term: manifest["isLongTerm"] == true,
            passcode: text(manifest, "passcode"),
        }),
        story: None,
        cards: Vec::new(),
    })
}
