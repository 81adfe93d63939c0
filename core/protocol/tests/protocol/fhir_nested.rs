//! Bundles and Parameters, and what is within them: what a receiver is told, in which order.

use std::ops::ControlFlow;

use keepwell_protocol::formats::fhir::{
    Event, Limits, MAX_NESTED, ReadError, Severity, outcome_issues, read,
};

/// What the receiver is told, a line each.
fn told(input: &[u8]) -> Vec<String> {
    told_by(input, input.len().max(1)).0
}

/// The same where the input comes in pieces of so many bytes.
fn told_by(input: &[u8], size: usize) -> (Vec<String>, Result<u64, ReadError>) {
    struct Pieces<'a>(&'a [u8], usize);
    impl std::io::Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let size = self.1.min(buffer.len());
            self.0.read(&mut buffer[..size])
        }
    }
    let mut told = Vec::new();
    let summary = read(Pieces(input, size), Limits::default(), &mut |event| {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        told.extend(match event {
            Event::Resource(resource) => {
                let id = text(resource.bytes)
                    .split("\"id\":\"")
                    .nth(1)
                    .map_or(String::new(), |rest| rest.split('"').next().unwrap().to_owned());
                let history = resource.history.map_or(String::new(), |number| format!(" history {number}"));
                let url = resource.full_url.map_or(String::new(), |url| format!(" {url}"));
                Some(format!("{} {id}{url}{history}", resource.index))
            }
            Event::Card(card) => Some(format!("{} card", card.index)),
            Event::Document(document) => Some(format!("document {}", document.derived)),
            Event::Measurements(measurements) => Some(format!("measurements {}", measurements.taken)),
            Event::Quarantined { index, reason, bytes, .. } => {
                Some(format!("{index} {} {}", reason.code(), bytes.map_or("-".into(), text)))
            }
            Event::Deleted(deleted) => Some(format!(
                "{} deleted {:?} {:?} {:?} {:?} {:?}",
                deleted.index,
                deleted.full_url,
                deleted.resource_type,
                deleted.id,
                deleted.last_modified,
                deleted.history
            )),
            Event::Outcome(outcome) => {
                let issues = outcome.bytes.map(outcome_issues).unwrap_or_default();
                let grave = issues.iter().filter(|issue| issue.severity > Severity::Information).count();
                Some(format!("{} outcome {:?} {grave}", outcome.index, outcome.status))
            }
            Event::Page(page) => Some(format!("page {:?} {:?} {:?}", page.own, page.next, page.previous)),
            Event::Exported(_) | Event::Progress { .. } => None,
        });
        ControlFlow::Continue(())
    });
    (told, summary.map(|summary| summary.resources))
}

fn resource(id: &str) -> String {
    format!(r#"{{"resourceType":"Basic","id":"{id}"}}"#)
}

fn bundle(entries: &[String]) -> String {
    let entries: Vec<_> = entries.iter().map(|entry| format!(r#"{{"resource":{entry}}}"#)).collect();
    format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{}]}}"#, entries.join(","))
}

#[test]
fn opens_bundles_and_parameters_within_each_other_wherever_they_say_what_they_are() {
    let inner = bundle(&[resource("b"), resource("c")]);
    // As a database writes it that sorts members by name, or by length.
    let late = format!(r#"{{"entry":[{{"resource":{}}}],"id":"x","resourceType":"Bundle"}}"#, resource("c"));
    let sorted = format!(
        r#"{{"entry":[{{"resource":{}}},{{"resource":{late}}}],"resourceType":"Bundle","type":"searchset"}}"#,
        resource("b")
    );
    let parameters = |first: &str| {
        format!(
            r#"{{"resourceType":"Parameters","id":"x","parameter":[7,{{"name":"n","valueString":"s"}},
            {{"name":"p","part":[{{"name":"q","resource":{first}}}]}}]}}"#
        )
    };
    let reversed =
        format!(r#"{{"parameter":[{{"name":"p","resource":{inner}}}],"resourceType":"Parameters"}}"#);
    for within in [inner.clone(), sorted, parameters(&inner), reversed, bundle(std::slice::from_ref(&inner))]
    {
        for whole in [
            bundle(&[resource("a"), within.clone(), resource("d")]),
            parameters(&bundle(&[resource("a"), within.clone(), resource("d")])),
            format!("{}\n{within}\n{}\n", resource("a"), resource("d")),
        ] {
            let whole = if whole.contains("}\n{") { whole.replace(",\n            ", ",") } else { whole };
            let ids: Vec<_> = told(whole.as_bytes())
                .iter()
                .map(|line| line.split(' ').nth(1).unwrap().to_owned())
                .collect();
            assert_eq!(ids, ["a", "b", "c", "d"], "{whole}");
            for size in [1, 7, 100] {
                assert_eq!(told_by(whole.as_bytes(), size).0, told(whole.as_bytes()), "{whole} by {size}");
            }
        }
    }
}

#[test]
fn what_holds_no_resource_stays_one() {
    for whole in [
        r#"{"resourceType":"Parameters","id":"p","parameter":[{"name":"n","part":[{"name":"q","valueString":"s"}]}]}"#,
        r#"{"resourceType":"Parameters","id":"p"}"#,
        r#"{"parameter":{"resource":{"resourceType":"Basic"}},"resourceType":"Parameters","id":"p"}"#,
        // No Bundle and no Parameters, whatever it is called.
        r#"{"resourceType":"Basic","id":"p","entry":[{"resource":{"resourceType":"Basic","id":"q"}}]}"#,
        r#"{"resourceType":"Basic","id":"p","parameter":[{"resource":{"resourceType":"Bundle","id":"q"}}]}"#,
    ] {
        assert_eq!(told(whole.as_bytes()), ["0 p"], "{whole}");
        assert_eq!(told(bundle(&[whole.to_owned(), resource("q")]).as_bytes()), ["0 p", "1 q"], "{whole}");
    }
    assert!(told(br#"{"resourceType":"Bundle"}"#).is_empty());
    assert!(told(bundle(&[r#"{"resourceType":"Bundle","entry":[]}"#.to_owned()]).as_bytes()).is_empty());
}

#[test]
fn each_bundle_has_addresses_of_its_own() {
    let entry = |id: &str| format!(r#"{{"fullUrl":"urn:uuid:1","resource":{}}}"#, resource(id));
    let inner = format!(r#"{{"resourceType":"Bundle","entry":[{},{}]}}"#, entry("b"), entry("c"));
    let whole = format!(
        r#"{{"resourceType":"Bundle","entry":[{},{{"fullUrl":"urn:uuid:2","resource":{inner}}},{}]}}"#,
        entry("a"),
        entry("d")
    );
    assert_eq!(told(whole.as_bytes()), ["0 a urn:uuid:1", "2 b urn:uuid:1", "3 c", "4 d"]);
}

#[test]
fn what_is_nested_too_deep_is_set_aside_and_the_rest_is_read() {
    for (head, tail) in [
        (r#"{"resourceType":"Bundle","entry":[{"resource":"#, "}]}"),
        (r#"{"resourceType":"Parameters","parameter":[{"name":"n","resource":"#, "}]}"),
        (r#"{"entry":[{"resource":"#, r#"}],"resourceType":"Bundle"}"#),
    ] {
        let nested = |depth: usize| head.repeat(depth) + &resource("x") + &tail.repeat(depth);
        let lines = told(bundle(&[nested(MAX_NESTED), resource("y")]).as_bytes());
        assert_eq!(lines.len(), 2, "{head}");
        assert!(lines[0].ends_with(" x") && lines[1].ends_with(" y"), "{lines:?}");
        for depth in [MAX_NESTED + 1, 1_000] {
            let lines = told(bundle(&[nested(depth), resource("y")]).as_bytes());
            let what = format!("{head} {depth}: {lines:.200?}");
            assert_eq!(lines.len(), 2, "{what}");
            assert!(lines[0].contains("TooDeep {") && lines[0].contains("\"x\""), "{what}");
            assert!(lines[1].ends_with(" y"), "{what}");
        }
    }
    let parts = r#"{"name":"n","part":["#.repeat(1_000)
        + &format!(r#"{{"name":"n","resource":{}}}"#, resource("x"))
        + &"]}".repeat(1_000);
    let lines = told(format!(r#"{{"resourceType":"Parameters","parameter":[{parts}]}}"#).as_bytes());
    assert!(lines.len() == 1 && lines[0].contains("TooDeep ["), "{:.200?}", lines);
}

#[test]
fn a_hundred_thousand_bundles_in_one_are_read_in_bounded_time() {
    let read = |count: usize| {
        let whole = bundle(&vec![bundle(&[resource("x")]); count]);
        let started = std::time::Instant::now();
        assert_eq!(told(whole.as_bytes()).len(), count);
        started.elapsed()
    };
    // Against itself, however slow the machine: ten times as many take ten times as long, not a hundred times.
    let few = (0..3).map(|_| read(10_000)).max().unwrap();
    assert!(read(100_000) < few * 40);
}

#[test]
fn a_deletion_is_told_in_a_history_and_only_there() {
    let removal = r#"{"fullUrl":"https://h.example/fhir/Basic/a","request":{"method":"DELETE","url":"Basic/a"},"response":{"status":"204","lastModified":"2024-04-01T00:00:00Z"}}"#;
    let created = format!(
        r#"{{"fullUrl":"https://h.example/fhir/Basic/a","resource":{},"request":{{"method":"PUT","url":"Basic/a"}},"response":{{"status":"201"}}}}"#,
        resource("a")
    );
    let of = |kind: &str| format!(r#"{{"resourceType":"Bundle",{kind}"entry":[{removal},{created}]}}"#);
    let expected = [
        r#"0 deleted Some("https://h.example/fhir/Basic/a") Some("Basic") Some("a") Some("2024-04-01T00:00:00Z") Some(0)"#,
        "1 a https://h.example/fhir/Basic/a history 0",
    ];
    assert_eq!(told(of(r#""type":"history","#).as_bytes()), expected);
    assert_eq!(told(of("").as_bytes()), expected);
    assert_eq!(
        told(
            format!(r#"{{"entry":[{removal},{created}],"resourceType":"Bundle","type":"history"}}"#)
                .as_bytes()
        ),
        expected
    );
    for other in ["transaction", "batch", "searchset", "transaction-response"] {
        let lines = told(of(&format!(r#""type":"{other}","#)).as_bytes());
        assert_eq!(lines, ["1 a https://h.example/fhir/Basic/a"], "{other}");
    }
    // Two of them, one within the other: each is one history.
    let two = bundle(&[of(r#""type":"history","#), of(r#""type":"history","#)]);
    let lines = told(two.as_bytes());
    assert!(lines[1].ends_with("history 0") && lines[3].ends_with("history 1"), "{lines:?}");
    // What is asked for by a search has no id.
    let search = r#"{"resourceType":"Bundle","type":"history","entry":[{"request":{"method":"DELETE","url":"Basic?code=x"}}]}"#;
    assert_eq!(told(search.as_bytes()), ["0 deleted None None None None Some(0)"]);
}

#[test]
fn what_a_server_says_of_its_answer_is_no_record() {
    let outcome =
        r#"{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"suppressed"}]}"#;
    let whole = format!(
        r#"{{"resourceType":"Bundle","type":"searchset","link":[{{"relation":"self","url":"https://h.example/?page=1"}},
        {{"relation":"next","url":"https://h.example/?page=2"}}],"entry":[
        {{"resource":{}}},{{"resource":{outcome},"search":{{"mode":"outcome"}}}},
        {{"response":{{"status":"404 Not Found","outcome":{outcome}}}}},{{"response":{{"status":"500"}}}},
        {{"response":{{"status":"201"}}}}]}}"#,
        resource("a")
    );
    assert_eq!(
        told(whole.as_bytes()),
        [
            "0 a",
            "1 outcome None 1",
            "2 outcome Some(\"404 Not Found\") 1",
            "3 outcome Some(\"500\") 0",
            "page Some(\"https://h.example/?page=1\") Some(\"https://h.example/?page=2\") None",
        ]
    );
    assert_eq!(told(outcome.as_bytes()), ["0 outcome None 1"]);
    assert_eq!(told(format!("{}\n{outcome}\n", resource("a")).as_bytes()), ["0 a", "1 outcome None 1"]);
}

#[test]
fn what_is_set_aside_comes_with_its_bytes() {
    for (entry, kept) in [
        (r#"{"resource":{"id":"1"}}"#, r#"NotAResource {"id":"1"}"#),
        ("7", "NotAResource 7"),
        (
            r#"{"resource":{"resourceType":"Basic","a":"\u0000"}}"#,
            r#"InvalidText {"resourceType":"Basic","a":"\u0000"}"#,
        ),
    ] {
        let whole =
            format!(r#"{{"resourceType":"Bundle","entry":[{entry},{{"resource":{}}}]}}"#, resource("a"));
        assert_eq!(told(whole.as_bytes()), [format!("0 {kept}"), "1 a".to_owned()]);
    }
    let (a, b) = (resource("a"), resource("b"));
    assert_eq!(told(format!("{a}\n{{\"x\":1,\r\n{b}").as_bytes()), ["0 a", "1 InvalidJson {\"x\":1,", "2 b"]);
    assert_eq!(told(format!("{{\"x\":1,\n{b}").as_bytes()), ["0 InvalidJson {\"x\":1,", "1 b"]);
    // Of a Bundle that breaks off, the entries before are read and what is left is kept.
    let cut = format!(r#"{{"resourceType":"Bundle","entry":[{{"resource":{b}}},{{"resource":{{"resour"#);
    assert_eq!(
        told(format!("{a}\n{cut}\n{a}\n").as_bytes()),
        ["0 a", "1 b", r#"1 InvalidJson {"resource":{"resour"#, "2 a"]
    );
}
