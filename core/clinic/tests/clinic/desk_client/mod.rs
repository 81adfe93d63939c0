//! A desk page on a loopback port, and a browser without a screen.

use std::io::Cursor;
use std::net::SocketAddr;
use std::sync::Arc;

use keepwell_clinic::{ClinicError, desk};
use keepwell_net::{HttpTransport, Limits, Transport};
use keepwell_protocol::crypto::Rng;
use keepwell_protocol::formats::http::{Method, Request, Response};
use keepwell_protocol::ledger::TrustPolicy;
use keepwell_server::Server;

use crate::world::World;

/// A desk page that runs until it is dropped.
pub(crate) struct Desk {
    pub(crate) url: String,
    pub(crate) code: String,
    _server: Server,
}

pub(crate) fn prepare(world: &World) -> (desk::Desk, desk::LoginCode) {
    try_prepare(world).unwrap()
}

pub(crate) fn try_prepare(world: &World) -> Result<(desk::Desk, desk::LoginCode), ClinicError> {
    let network = Arc::clone(&world.network);
    let policy = TrustPolicy::DEMONSTRATION;
    desk::Desk::new(&world.clinic_home(), network, policy, Arc::new(world.clock.clone()), &mut Rng::system())
}

impl Desk {
    pub(crate) fn start(world: &World) -> Self {
        let (desk, code) = prepare(world);
        let server = desk.start(SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        Self { url: format!("http://{}", server.address()), code: code.to_string(), _server: server }
    }
}

/// Keeps the cookies of a login, follows nothing.
pub(crate) struct Browser {
    url: String,
    cookies: Vec<String>,
    transport: HttpTransport,
}

impl Browser {
    pub(crate) fn new(desk: &Desk) -> Self {
        Self { url: desk.url.clone(), cookies: Vec::new(), transport: HttpTransport::new().unwrap() }
    }

    pub(crate) fn log_in(&mut self, code: &str) -> u16 {
        let answer = self.post("/login", &[("code", code)]);
        let name = |cookie: &str| cookie.split('=').next().unwrap().to_owned();
        for (_, cookie) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            self.cookies.retain(|kept| name(kept) != name(cookie));
            self.cookies.push(cookie.split(';').next().unwrap().to_owned());
        }
        answer.status
    }

    /// The same browser at another start of the desk.
    pub(crate) fn goes_to(self, desk: &Desk) -> Self {
        Self { url: desk.url.clone(), ..self }
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        self.get_with(path, &[])
    }

    pub(crate) fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        self.send(Request::new(Method::Get, format!("{}{path}", self.url)), headers)
    }

    /// A page that must be there.
    pub(crate) fn page(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}");
        String::from_utf8(answer.body).unwrap()
    }

    /// The form token of this session.
    pub(crate) fn csrf(&self) -> String {
        let page = self.page("/share");
        page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    }

    pub(crate) fn post(&self, path: &str, form: &[(&str, &str)]) -> Response {
        self.post_with(path, form, &[])
    }

    pub(crate) fn post_with(&self, path: &str, form: &[(&str, &str)], headers: &[(&str, &str)]) -> Response {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut headers = headers.to_vec();
        headers.push(("content-type", "application/x-www-form-urlencoded"));
        self.send(
            Request::new(Method::Post, format!("{}{path}", self.url)).with_body(body.into_bytes()),
            &headers,
        )
    }

    /// Sends the form for a share.
    pub(crate) fn open_share(&self, link: &str, picture: &[u8]) -> Response {
        self.open_share_with(link, picture, "")
    }

    /// The same with a passcode.
    pub(crate) fn open_share_with(&self, link: &str, picture: &[u8], passcode: &str) -> Response {
        let csrf = self.csrf();
        self.post_parts("/share", &[("csrf", &csrf), ("link", link), ("passcode", passcode)], picture)
    }

    /// Sends a form with a picture.
    pub(crate) fn post_parts(&self, path: &str, fields: &[(&str, &str)], picture: &[u8]) -> Response {
        let mut body = Vec::new();
        for (name, content) in fields {
            let content = content.as_bytes();
            let head = format!("--boundary\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        // The name of the file is never used, least of all as a path.
        let head = "--boundary\r\ncontent-disposition: form-data; name=\"picture\"; filename=\"../../../etc/passwd\"\r\n\
                    content-type: image/png\r\n\r\n";
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(picture);
        body.extend_from_slice(b"\r\n--boundary--\r\n");
        let request = Request::new(Method::Post, format!("{}{path}", self.url)).with_body(body);
        self.send(request, &[("content-type", "multipart/form-data; boundary=boundary")])
    }

    fn send(&self, mut request: Request, headers: &[(&str, &str)]) -> Response {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        request.headers.extend(headers);
        if !self.cookies.is_empty() {
            request.headers.push(("cookie".to_owned(), self.cookies.join("; ")));
        }
        let limits = Limits { max_body: 20_000_000, ..Limits::CONFIGURED };
        self.transport.send(request, limits).unwrap()
    }
}

/// A PNG of the QR code of a text.
pub(crate) fn picture_of(text: &str) -> Vec<u8> {
    png(&code_of(text))
}

/// The QR code of a text, with its margin.
pub(crate) fn code_of(text: &str) -> image::GrayImage {
    let code = qrcode::QrCode::with_error_correction_level(text, qrcode::EcLevel::M).unwrap();
    let (width, scale, margin) = (code.width(), 4, 4);
    let colors = code.to_colors();
    let side = u32::try_from((width + 2 * margin) * scale).unwrap();
    image::GrayImage::from_fn(side, side, |x, y| {
        let module = |pixel: u32| (pixel as usize / scale).checked_sub(margin).filter(|at| *at < width);
        let dark =
            module(x).zip(module(y)).is_some_and(|(x, y)| colors[y * width + x] == qrcode::Color::Dark);
        image::Luma([if dark { 0 } else { 255 }])
    })
}

/// A PNG with nothing on it.
pub(crate) fn blank_picture() -> Vec<u8> {
    png(&image::GrayImage::from_pixel(200, 200, image::Luma([255])))
}

fn png(picture: &image::GrayImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}
