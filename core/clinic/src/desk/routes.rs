//! What each request does.

use axum::extract::rejection::FormRejection;
use axum::extract::{Extension, Form, Multipart, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use keepwell_chart::{Chart, Entry, english};
use keepwell_page::Shown;
use keepwell_protocol::crypto::{self, Rng};
use keepwell_protocol::domain::{Category, GrantId, RecordId};
use keepwell_protocol::ledger::ProviderCode;
use keepwell_server::Client;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::answer::{self, body, page, redirect};
use super::guard::{BROWSER_COOKIE, COOKIE, LoggedIn, Permission, cookie};
use super::labels;
use super::local_time;
use super::pages::{
    GrantRow, LoginPage, MessagePage, Notice, PatientList, PatientsPage, QrPage, RecordPage, SharePage,
    SharedPage, Shell, WrongDigits, facts, health_card, name, notices, synced,
};
use super::session::{Admitted, LoginRefused, Sender};
use super::shared::Desk;
use crate::{Clinic, ClinicError, read_picture};

/// A form that carries nothing but its token.
#[derive(Deserialize)]
pub(super) struct TokenForm {
    csrf: String,
}

#[derive(Deserialize)]
pub(super) struct LoginForm {
    code: String,
}

#[derive(Deserialize)]
pub(super) struct ConfirmForm {
    csrf: String,
    code: String,
}

#[derive(Deserialize)]
pub(super) struct RecordQuery {
    category: Option<String>,
    /// Words that a record must have.
    q: Option<String>,
}

pub(super) type Posted<T> = Result<Form<T>, FormRejection>;

pub(super) async fn style() -> Response {
    body(StatusCode::OK, "text/css; charset=utf-8", keepwell_page::STYLE.as_bytes().to_vec())
}

/// Browsers ask for one whatever the page says.
pub(super) async fn no_icon() -> StatusCode {
    StatusCode::NO_CONTENT
}

pub(super) async fn login_form(State(desk): State<Desk>, session: Option<Extension<LoggedIn>>) -> Response {
    if session.is_some() {
        return redirect("/");
    }
    login_page(&desk, StatusCode::OK, None).await
}

pub(super) async fn log_in(
    State(desk): State<Desk>,
    Extension(Client(address)): Extension<Client>,
    session: Option<Extension<LoggedIn>>,
    headers: HeaderMap,
    form: Posted<LoginForm>,
) -> Response {
    let code = form.map(|Form(form)| form.code).unwrap_or_default();
    let browser = cookie(&headers, BROWSER_COOKIE);
    let from = Sender { address, browser: browser.as_deref(), is_logged_in: session.is_some() };
    match desk.shared.sessions.log_in(&code, from, desk.now(), &mut Rng::system()) {
        Ok(Admitted { session, browser }) => {
            let mut response = redirect("/");
            let session = format!("{COOKIE}={session}; Path=/");
            // A year, and sent to nothing but the login.
            let browser = browser.map(|it| format!("{BROWSER_COOKIE}={it}; Path=/login; Max-Age=31536000"));
            for cookie in [session].into_iter().chain(browser) {
                if let Ok(value) = HeaderValue::from_str(&format!("{cookie}; HttpOnly; SameSite=Strict")) {
                    response.headers_mut().append(header::SET_COOKIE, value);
                }
            }
            response
        }
        Err(LoginRefused::Wrong) => {
            let problem = "This is not the code. It is new at each start.".to_owned();
            login_page(&desk, StatusCode::UNAUTHORIZED, Some(problem)).await
        }
        Err(LoginRefused::Wait(seconds)) => {
            let unit = if seconds == 1 { "second" } else { "seconds" };
            let problem =
                format!("Too many wrong codes came from this computer. Try again in {seconds} {unit}.");
            let mut response = login_page(&desk, StatusCode::TOO_MANY_REQUESTS, Some(problem)).await;
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            response
        }
        Err(LoginRefused::Entropy) => {
            let problem = "This computer gives no randomness, so nobody can log in.".to_owned();
            login_page(&desk, StatusCode::SERVICE_UNAVAILABLE, Some(problem)).await
        }
    }
}

pub(super) async fn log_out(
    State(desk): State<Desk>,
    Extension(session): Extension<LoggedIn>,
    form: Posted<TokenForm>,
) -> Response {
    if !is_genuine(&session, form.as_ref().ok().map(|Form(form)| form.csrf.as_str())) {
        return forged(&desk, &session).await;
    }
    desk.shared.sessions.log_out(&session.cookie);
    redirect("/login")
}

pub(super) async fn patients(State(desk): State<Desk>, Extension(session): Extension<LoggedIn>) -> Response {
    list(&desk, &session, StatusCode::OK, Vec::new(), None).await
}

pub(super) async fn sync(
    State(desk): State<Desk>,
    Extension(session): Extension<LoggedIn>,
    form: Posted<TokenForm>,
) -> Response {
    if !is_genuine(&session, form.as_ref().ok().map(|Form(form)| form.csrf.as_str())) {
        return forged(&desk, &session).await;
    }
    match desk.with_clinic(|clinic, clock, rng| clinic.sync(clock, rng)).await {
        Ok(done) => list(&desk, &session, StatusCode::OK, synced(&done), None).await,
        Err(error) => message(&desk, &session, &error, "/").await,
    }
}

pub(super) async fn confirm(
    State(desk): State<Desk>,
    Extension(session): Extension<LoggedIn>,
    Path(grant): Path<String>,
    form: Posted<ConfirmForm>,
) -> Response {
    if !is_genuine(&session, form.as_ref().ok().map(|Form(form)| form.csrf.as_str())) {
        return forged(&desk, &session).await;
    }
    let typed = form.map(|Form(form)| form.code).unwrap_or_default();
    let (id, code) = (grant.clone(), typed.clone());
    let confirmed = desk.with_clinic(move |clinic, _, _| clinic.confirm(grant_id(&id)?, &code)).await;
    match confirmed {
        Ok(()) => {
            let notices = vec![Notice { text: "Confirmed.".to_owned(), refused: false }];
            list(&desk, &session, StatusCode::OK, notices, None).await
        }
        Err(ClinicError::WrongMatchCode) => {
            tracing::warn!(code = ClinicError::WrongMatchCode.code(), "a grant was not confirmed");
            // Of a hand-made form as much as the field takes.
            let wrong = WrongDigits { grant, typed: typed.chars().take(LONGEST_DIGITS).collect() };
            list(&desk, &session, StatusCode::BAD_REQUEST, Vec::new(), Some(wrong)).await
        }
        Err(error) => message(&desk, &session, &error, "/").await,
    }
}

pub(super) async fn record(
    State(desk): State<Desk>,
    Extension(session): Extension<LoggedIn>,
    Path(grant): Path<String>,
    Query(query): Query<RecordQuery>,
) -> Response {
    let only = query.category.as_deref().and_then(|name| Category::parse(name).ok());
    let opened = desk.with_clinic(move |clinic, clock, rng| {
        let grant = clinic.grant(grant_id(&grant)?)?;
        let reading = clinic.read(grant.grant, grant.purpose, clock, rng)?;
        if reading.refused.is_some() {
            // So that the list says the same.
            clinic.refresh_one(grant.grant, clock)?;
        }
        let files: Vec<String> = reading
            .records
            .iter()
            .map(|record| format!("/grants/{}/records/{}", grant.grant, record.id))
            .collect();
        let entries: Vec<Entry<'_>> = reading
            .records
            .iter()
            .zip(&files)
            .map(|(record, file)| Entry {
                category: record.category,
                full_url: record.full_url.as_deref(),
                resource: &record.bytes,
                file: Some(file),
            })
            .collect();
        let chart = Chart::new(&entries);
        Ok((clinic.card()?.card.name, grant, reading, chart))
    });
    let (clinic, grant, reading, mut chart) = match opened.await {
        Ok(opened) => opened,
        Err(error) => return message(&desk, &session, &error, "/").await,
    };
    let (facts, notices) = (facts(&grant, &chart, &reading), notices(&grant, &chart, &reading));
    let count = |chart: &Chart| chart.sections.iter().map(|section| section.count).sum::<usize>();
    let all = count(&chart);
    if let Some(category) = only {
        chart.keep(category);
    }
    let words = query.q.unwrap_or_default().trim().to_owned();
    chart.find(&words);
    let found = count(&chart);
    let shown = Shown {
        // Of a part of a category nobody here knows whether there is more.
        categories: if grant.narrowed { &[] } else { &grant.categories },
        files: true,
        most_rows: if only.is_some() { usize::MAX } else { ROWS },
        is_part: only.is_some() || !words.is_empty(),
    };
    let status = if reading.refused.is_some() { StatusCode::FORBIDDEN } else { StatusCode::OK };
    let Ok(records) = keepwell_page::records(&chart, shown) else { return answer::not_rendered() };
    let shell = Shell { clinic, csrf: Some(session.csrf), here: "record" };
    let only = only.map(english::category);
    let (name, born) = (name(&grant), grant.patient.birth_date);
    page(status, &RecordPage { shell, name, born, facts, notices, only, words, found, all, records })
}

/// One record as it is, as a file: never shown by the browser itself.
pub(super) async fn file(
    State(desk): State<Desk>,
    Extension(session): Extension<LoggedIn>,
    Path((grant, record)): Path<(String, String)>,
) -> Response {
    let opened = desk.with_clinic(move |clinic, clock, rng| {
        let record = RecordId::parse(&record).map_err(|_| ClinicError::UnknownRecord)?;
        let grant = clinic.grant(grant_id(&grant)?)?;
        let opened = clinic.read_record(grant.grant, record, grant.purpose, clock, rng)?;
        opened.map_err(ClinicError::NotInForce)
    });
    match opened.await {
        Ok(record) => {
            let mut response = body(StatusCode::OK, "text/plain; charset=utf-8", record.bytes);
            let name = format!("attachment; filename=\"{}.json\"", record.id);
            if let Ok(value) = HeaderValue::from_str(&name) {
                response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
            }
            response
        }
        Err(error) => message(&desk, &session, &error, "/").await,
    }
}

/// The clinic's own code, for a screen that patients see and for paper.
pub(super) async fn qr(State(desk): State<Desk>, Extension(session): Extension<LoggedIn>) -> Response {
    let card = match desk.with_clinic(|clinic, _, _| Ok(clinic.card()?.card)).await {
        Ok(card) => card,
        Err(error) => return message(&desk, &session, &error, "/").await,
    };
    let text = ProviderCode(card.provider).to_string();
    let Some(svg) = draw(&text) else {
        return answer::plain(StatusCode::INTERNAL_SERVER_ERROR, "the code could not be drawn");
    };
    let shell = Shell { clinic: card.name, csrf: Some(session.csrf), here: "qr" };
    page(StatusCode::OK, &QrPage { shell, place: card.place, text, svg })
}

/// The picture of a code, as a part of a page; none of a text that fits in no code.
pub(super) fn draw(text: &str) -> Option<String> {
    let picture = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let svg = picture.render::<svg::Color<'_>>().build();
    // Without what makes it a document.
    Some(svg.split_once("?>").map_or(svg.as_str(), |(_, svg)| svg).to_owned())
}

pub(super) async fn share_form(
    State(desk): State<Desk>,
    Extension(session): Extension<LoggedIn>,
) -> Response {
    share_page(&desk, session, StatusCode::OK, None, String::new()).await
}

pub(super) async fn open_share(
    State(desk): State<Desk>,
    Extension(session): Extension<LoggedIn>,
    form: Multipart,
) -> Response {
    let form = match ShareForm::read(form).await {
        Ok(form) => form,
        Err(code) => {
            let problem = labels::sentence(code).to_owned();
            return share_page(&desk, session, StatusCode::PAYLOAD_TOO_LARGE, Some(problem), String::new())
                .await;
        }
    };
    if !is_genuine(&session, Some(&form.csrf)) {
        return forged(&desk, &session).await;
    }
    let link = match form.picture {
        picture if !picture.is_empty() && form.link.trim().is_empty() => {
            desk.with_clinic(move |_, _, _| Ok(read_picture(&picture)?)).await
        }
        _ => Ok(form.link),
    };
    let link = match link {
        Ok(link) => link,
        Err(error) => return share_refused(&desk, session, &error, String::new()).await,
    };
    let again = link.clone();
    let opened = desk.with_clinic(move |clinic, clock, _| {
        let passcode = Some(form.passcode.trim()).filter(|text| !text.is_empty());
        let shared = clinic.open_share(&link, passcode, clock.now())?;
        let chart = Chart::new(&shared.content.entries());
        let left_out = labels::left_out_of_share(shared.content.unreadable, shared.other_files);
        let cards = shared.cards.iter().map(health_card).collect();
        Ok((clinic.card()?.card.name, shared.label, chart, cards, left_out))
    });
    match opened.await {
        Ok((clinic, label, chart, cards, left_out)) => {
            let patient = chart.patient.as_ref();
            let said = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
            let name =
                patient.and_then(|patient| said(&patient.name)).unwrap_or_else(|| "A share".to_owned());
            let born = patient.and_then(|patient| said(&patient.birth_date));
            let facts = patient.and_then(|patient| said(&patient.gender)).into_iter().chain(label).collect();
            let Ok(records) = keepwell_page::records(&chart, Shown::default()) else {
                return answer::not_rendered();
            };
            let shell = Shell { clinic, csrf: Some(session.csrf), here: "share" };
            page(StatusCode::OK, &SharedPage { shell, name, born, facts, cards, left_out, records })
        }
        Err(error) => {
            // A link that lacks its passcode alone need not be scanned again.
            let lacks_passcode = matches!(error.code(), "LinkPasscodeNeeded" | "LinkPasscodeWrong");
            let again = if lacks_passcode { again } else { String::new() };
            share_refused(&desk, session, &error, again).await
        }
    }
}

/// The form once more, with why a share was not opened.
async fn share_refused(desk: &Desk, session: LoggedIn, error: &ClinicError, link: String) -> Response {
    share_page(desk, session, StatusCode::BAD_REQUEST, Some(labels::share_problem(error)), link).await
}

pub(super) async fn not_found(State(desk): State<Desk>, Extension(session): Extension<LoggedIn>) -> Response {
    message(&desk, &session, &ClinicError::UnknownRecord, "/").await
}

/// What was sent to open a share.
#[derive(Default)]
pub(super) struct ShareForm {
    pub(super) csrf: String,
    link: String,
    pub(super) picture: Vec<u8>,
    passcode: Zeroizing<String>,
}

impl ShareForm {
    pub(super) async fn read(mut form: Multipart) -> Result<Self, &'static str> {
        let mut read = Self::default();
        while let Some(field) = form.next_field().await.map_err(|_| "PictureUnreadable")? {
            let name = field.name().unwrap_or_default().to_owned();
            let content = field.bytes().await.map_err(|_| "PictureUnreadable")?;
            match name.as_str() {
                "csrf" => read.csrf = String::from_utf8_lossy(&content).into_owned(),
                "link" => read.link = String::from_utf8_lossy(&content).into_owned(),
                "passcode" => read.passcode = Zeroizing::new(String::from_utf8_lossy(&content).into_owned()),
                "picture" => read.picture = content.to_vec(),
                _ => {}
            }
        }
        Ok(read)
    }
}

/// Whether a form carries the token of the session it is sent in.
pub(super) fn is_genuine(session: &LoggedIn, token: Option<&str>) -> bool {
    // Digests are compared, so the time that takes says nothing about the token.
    token.is_some_and(|token| crypto::sha256(token.as_bytes()) == crypto::sha256(session.csrf.as_bytes()))
}

fn grant_id(text: &str) -> Result<GrantId, ClinicError> {
    GrantId::parse(text).map_err(|_| ClinicError::UnknownGrant)
}

async fn list(
    desk: &Desk,
    session: &LoggedIn,
    status: StatusCode,
    notices: Vec<Notice>,
    wrong: Option<WrongDigits>,
) -> Response {
    match patient_list(desk, session, wrong).await {
        Ok((clinic, mut list)) => {
            list.focus();
            let shell = Shell { clinic, csrf: Some(session.csrf.clone()), here: "patients" };
            let mut response =
                page(status, &PatientsPage { shell, csrf: session.csrf.clone(), notices, list });
            response.extensions_mut().insert(Permission::Script);
            response
        }
        Err(error) => message(desk, session, &error, "/").await,
    }
}

/// The provider's name, and the list of patients as it is known.
pub(super) async fn patient_list(
    desk: &Desk,
    session: &LoggedIn,
    wrong: Option<WrongDigits>,
) -> Result<(String, PatientList), ClinicError> {
    let listed = desk.with_clinic(|clinic, clock, _| {
        Ok((clinic.card()?.card.name, clinic.known_grants(clock)?, clock.now()))
    });
    // What is known is shown at once; what the ledger says meanwhile is on the next page.
    let is_checking = desk.refresh_behind();
    let (clinic, mut grants, now) = listed.await?;
    grants.sort_by_key(|grant| !grant.state.is_open());
    let oldest = grants.iter().filter(|grant| grant.state.is_open()).map(|grant| grant.as_of).min();
    let as_of = local_time::age(oldest.unwrap_or(now), now);
    let mut grants: Vec<GrantRow> = grants.iter().map(|grant| GrantRow::new(grant, now)).collect();
    if let Some(WrongDigits { grant, typed }) = wrong {
        let row = grants.iter_mut().find(|row| row.id == grant);
        row.into_iter().for_each(|row| row.wrong_digits = Some(typed.clone()));
    }
    let problem = desk.look_failed().map(|code| labels::sentence(&code));
    Ok((clinic, PatientList { csrf: session.csrf.clone(), as_of, is_checking, problem, grants }))
}

async fn login_page(desk: &Desk, status: StatusCode, problem: Option<String>) -> Response {
    let shell = Shell { clinic: clinic_name(desk).await, csrf: None, here: "login" };
    page(status, &LoginPage { shell, problem })
}

async fn share_page(
    desk: &Desk,
    session: LoggedIn,
    status: StatusCode,
    problem: Option<String>,
    link: String,
) -> Response {
    let shell = Shell { clinic: clinic_name(desk).await, csrf: Some(session.csrf.clone()), here: "share" };
    let mut response = page(status, &SharePage { shell, csrf: session.csrf, problem, link });
    response.extensions_mut().insert(Permission::Camera);
    response
}

pub(super) async fn forged(desk: &Desk, session: &LoggedIn) -> Response {
    message(desk, session, &ClinicError::ForgedForm, "/").await
}

/// A page that says in plain words what did not work.
pub(super) async fn message(
    desk: &Desk,
    session: &LoggedIn,
    error: &ClinicError,
    back: &'static str,
) -> Response {
    let (status, heading) = match error {
        ClinicError::UnknownGrant | ClinicError::UnknownRecord => (StatusCode::NOT_FOUND, "Nothing here"),
        ClinicError::ForgedForm | ClinicError::NotInForce(_) => (StatusCode::FORBIDDEN, "Not allowed"),
        ClinicError::Busy => (StatusCode::SERVICE_UNAVAILABLE, "Busy"),
        ClinicError::DiskFull => (StatusCode::INSUFFICIENT_STORAGE, "The disk is full"),
        ClinicError::Net(_) | ClinicError::Server(_) | ClinicError::Gateway(_) => {
            (StatusCode::BAD_GATEWAY, "No answer")
        }
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "This did not work"),
    };
    tracing::warn!(code = error.code(), "a request at the desk was not done");
    let shell = Shell { clinic: clinic_name(desk).await, csrf: Some(session.csrf.clone()), here: "message" };
    let code = error.code().to_owned();
    page(status, &MessagePage { shell, heading, sentence: labels::sentence(&code), code, back })
}

/// The provider's name, for pages that must be shown even when the store can't be used.
async fn clinic_name(desk: &Desk) -> String {
    desk.with_clinic(|clinic: &mut Clinic, _, _| Ok(clinic.card()?.card.name))
        .await
        .unwrap_or_else(|_| "Keepwell".to_owned())
}

/// Six digits with a space or hyphen between them.
const LONGEST_DIGITS: usize = 7;

/// Rows of each kind on a page that shows every kind of record.
const ROWS: usize = 200;
