//! The server of the tests as a process of its own, for tests in other languages (`dev.d/servers`): it says where it
//! listens and answers plain text.
//!
//! - `/start?OPTIONS` starts a clinic's server and answers its base address. It has two results and a condition of Ada
//!   Lovelace, `p1`, and the patient `p2`, Ada Hopper. Options: `patient`, whose tokens it hands out; `scope`, what it
//!   grants; `refused`, a type that it refuses; `uses`, after how many requests a token ends; `error`, in the place of a
//!   code; `noRefresh`, so that nothing renews a token.
//! - `/agree?url=ADDRESS` is the patient who opens the address in a browser and agrees: it answers where that leads.

#[path = "../tests/smart_server/mod.rs"]
#[allow(dead_code, reason = "the tests of the wallet use the rest of it")]
mod smart_server;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};

use smart_server::SmartServer;
use url::Url;

const AT: &str = "2026-01-01T00:00:00Z";

fn main() {
    // `--listen ADDRESS`, as the other servers.
    let listener = TcpListener::bind(std::env::args().nth(2).unwrap()).unwrap();
    println!("listening on http://{}", listener.local_addr().unwrap());
    for stream in listener.incoming().flatten() {
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line).unwrap();
        // Only our own tests ask; what they ask wrongly ends this server, and shows.
        let target = line.split(' ').nth(1).unwrap();
        let asked = Url::parse("http://localhost").unwrap().join(target).unwrap();
        let text = match asked.path() {
            "/start" => start(&asked),
            "/agree" => agree(&asked),
            other => panic!("nothing is called {other}"),
        };
        answer(stream, &text);
    }
}

fn answer(mut stream: TcpStream, text: &str) {
    let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", text.len());
    // The test may have gone away meanwhile.
    let _ = stream.write_all(format!("{head}{text}").as_bytes());
}

fn start(asked: &Url) -> String {
    let server = SmartServer::start();
    server.put_patient("p1", "Lovelace", AT);
    server.put_patient("p2", "Hopper", AT);
    server.put_result("o1", "p1", 13, AT);
    server.put_result("o2", "p1", 14, AT);
    server.put_condition("c1", "p1", "Asthma", AT);
    let mut state = server.state();
    for (name, value) in asked.query_pairs().into_owned() {
        match &*name {
            "patient" => state.patient = value,
            "scope" => state.scope = Some(value),
            "refused" => drop(state.refused.insert(value.leak())),
            "uses" => state.uses = Some(value.parse().unwrap()),
            "error" => state.error = Some(value.leak()),
            "noRefresh" => state.is_refreshing = false,
            other => panic!("there is no option {other}"),
        }
    }
    drop(state);
    server.base()
}

fn agree(asked: &Url) -> String {
    let url = asked.query_pairs().find(|(name, _)| name == "url").unwrap().1;
    let (_, location, _) = smart_server::get(&url);
    location.unwrap()
}
