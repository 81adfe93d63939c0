//! The page that makes a request for a patient to scan.

use axum::extract::{Extension, Form, State};
use axum::http::StatusCode;
use axum::response::Response;
use keepwell_chart::english;
use keepwell_protocol::domain::{Category, Duration, Purpose};

use super::answer::page;
use super::guard::{LoggedIn, Permission};
use super::labels;
use super::pages::{Choice, RequestPage, RequestQrPage, Shell};
use super::routes::{Posted, draw, forged, is_genuine, message};
use super::shared::Desk;
use crate::{Asked, ClinicError};

/// The fields of the form, those of one name beside each other.
type Fields = Vec<(String, String)>;

pub(super) async fn form(State(desk): State<Desk>, Extension(session): Extension<LoggedIn>) -> Response {
    form_page(&desk, session, StatusCode::OK, &usual(), None).await
}

pub(super) async fn make(
    State(desk): State<Desk>,
    Extension(session): Extension<LoggedIn>,
    form: Posted<Fields>,
) -> Response {
    let fields = form.map(|Form(fields)| fields).unwrap_or_default();
    let all =
        |name: &'static str| fields.iter().filter(move |(key, _)| key == name).map(|(_, it)| it.as_str());
    if !is_genuine(&session, all("csrf").next()) {
        return forged(&desk, &session).await;
    }
    let categories = all("category").map(Category::parse).collect::<Result<Vec<_>, _>>().unwrap_or_default();
    let purpose = all("purpose").next().and_then(|code| Purpose::parse(code).ok());
    let duration = all("duration").next().and_then(|text| Duration::parse(text).ok());
    let (Some(purpose), Some(duration), false) = (purpose, duration, categories.is_empty()) else {
        let problem = Some("Choose at least one kind of record, what for, and for how long.");
        let chosen = Asked { categories, ..usual() };
        return form_page(&desk, session, StatusCode::BAD_REQUEST, &chosen, problem).await;
    };
    let asked = Asked { categories, purpose, duration };
    let made = desk.with_clinic(move |clinic, clock, rng| {
        let signed = clinic.request(asked, clock, rng)?;
        Ok((clinic.card()?.card.name, signed))
    });
    match made.await {
        Ok((clinic, signed)) => {
            let text = signed.to_string();
            let Some(svg) = draw(&text) else {
                return message(&desk, &session, &ClinicError::Interrupted, "/request").await;
            };
            let request = signed.request;
            let asks: Vec<&str> = request.categories.iter().map(|it| english::category(*it)).collect();
            let shell = Shell { clinic, csrf: Some(session.csrf.clone()), here: "request" };
            let mut response = page(
                StatusCode::OK,
                &RequestQrPage {
                    shell,
                    request: request.id.to_string(),
                    csrf: session.csrf,
                    asks: asks.join(", "),
                    purpose: labels::purpose(request.purpose),
                    lasts: lasts(request.duration),
                    minutes: crate::Clinic::REQUEST_LIVES.0 / 60,
                    text,
                    svg,
                },
            );
            response.extensions_mut().insert(Permission::Script);
            response
        }
        Err(error) => message(&desk, &session, &error, "/request").await,
    }
}

/// The form, with what is `chosen` on it.
async fn form_page(
    desk: &Desk,
    session: LoggedIn,
    status: StatusCode,
    chosen: &Asked,
    problem: Option<&'static str>,
) -> Response {
    let clinic = match desk.with_clinic(|clinic, _, _| Ok(clinic.card()?.card.name)).await {
        Ok(name) => name,
        Err(error) => return message(desk, &session, &error, "/").await,
    };
    let choice = |value: String, name: &'static str, is_chosen| Choice { value, name, is_chosen };
    let categories = Category::ALL
        .iter()
        .map(|it| choice(it.to_string(), english::category(*it), chosen.categories.contains(it)));
    let purposes =
        Purpose::ALL.iter().map(|it| choice(it.to_string(), labels::purpose(*it), *it == chosen.purpose));
    let durations = DURATIONS.iter().map(|(it, name)| choice(it.to_string(), name, *it == chosen.duration));
    let shell = Shell { clinic, csrf: Some(session.csrf.clone()), here: "request" };
    page(
        status,
        &RequestPage {
            shell,
            csrf: session.csrf,
            problem,
            categories: categories.collect(),
            purposes: purposes.collect(),
            durations: durations.collect(),
        },
    )
}

/// A span as the form calls it.
fn lasts(duration: Duration) -> String {
    let known = DURATIONS.iter().find(|(one, _)| *one == duration);
    known.map_or_else(|| duration.to_string(), |(_, name)| (*name).to_owned())
}

/// What most visits need.
fn usual() -> Asked {
    let categories =
        vec![Category::Patient, Category::Allergies, Category::Conditions, Category::Medications];
    Asked { categories, purpose: Purpose::Treat, duration: Duration::days(1) }
}

/// What a desk may ask for; the patient may give less.
const DURATIONS: [(Duration, &str); 5] = [
    (Duration::hours(1), "1 hour"),
    (Duration::days(1), "1 day"),
    (Duration::days(7), "1 week"),
    (Duration::days(30), "30 days"),
    (Duration::days(365), "1 year"),
];
