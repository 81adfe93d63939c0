//! How much memory an import takes: measured on a whole process, so alone in its file.

use std::{
    io::{self, Read},
    ops::ControlFlow,
};

use keepwell_protocol::formats::fhir::{Event, Limits, Observed, People, ResourceHead, read};

/// A Bundle of many entries, made while it is read.
struct Endless {
    left: u64,
    entry: Vec<u8>,
    ready: Vec<u8>,
    at: usize,
}

impl Endless {
    fn new(entries: u64, entry_bytes: usize) -> Self {
        let words = "x".repeat(entry_bytes);
        Self {
            left: entries,
            entry: format!(r#",{{"resource":{{"resourceType":"Basic","a":"{words}"}}}}"#).into_bytes(),
            ready: br#"{"resourceType":"Bundle","entry":[{}"#.to_vec(),
            at: 0,
        }
    }
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.ready.len() {
            self.at = 0;
            self.ready = match self.left {
                0 => return Ok(0),
                1 => b"]}".to_vec(),
                _ => self.entry.clone(),
            };
            self.left -= 1;
        }
        let size = (&self.ready[self.at..]).read(buffer)?;
        self.at += size;
        Ok(size)
    }
}

/// The most memory that this process had at once, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_input_and_as_people_do() {
    the_reader_takes_as_much_whatever_the_input();
    people_take_as_much_as_they_say();
}

/// A Group that has members and refers to as many other things: some 2 KB for each, never one by the other.
fn people_take_as_much_as_they_say() {
    let list = |part: fn(usize) -> String| (0..20_000).map(part).collect::<Vec<_>>().join(",");
    let group = format!(
        r#"{{"resourceType":"Group","id":"g","member":[{}],"extension":[{}]}}"#,
        list(|n| format!(r#"{{"entity":{{"reference":"Patient/{n}"}}}}"#)),
        list(|n| format!(r#"{{"valueReference":{{"reference":"https://h.example/Binary/{n}"}}}}"#)),
    );
    let head = ResourceHead::read(group.as_bytes()).unwrap();
    let before = peak();
    let mut people = People::default();
    let url = Some("https://h.example/fhir/Group/g");
    let record = Observed { bytes: group.as_bytes(), head: &head, full_url: url, source: None };
    people.observe(&record, &mut || false);
    people.settle();
    assert_eq!(people.found().len(), 20_000);
    let grown = peak() - before;
    assert!(grown < 60_000_000, "{grown} bytes");
}

fn the_reader_takes_as_much_whatever_the_input() {
    let before = peak();
    let mut resources = 0_u64;
    let mut count = |entries, entry_bytes| {
        read(Endless::new(entries, entry_bytes), Limits::default(), &mut |event| {
            resources += u64::from(matches!(event, Event::Resource(_)));
            ControlFlow::Continue(())
        })
        .unwrap()
    };
    // 60 MB in large pieces, and many small ones.
    let summary = count(600, 100_000);
    assert_eq!((summary.entries, summary.entries_without_resource), (600, 1));
    assert_eq!(count(100_000, 10).entries, 100_000);
    assert_eq!(resources, 599 + 99_999);
    let grown = peak() - before;
    assert!(grown < 8_000_000, "{grown} bytes");
}
