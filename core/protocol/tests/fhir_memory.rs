//! How much memory the reader takes: measured on a whole process, so alone in its file.

use std::{
    io::{self, Read},
    ops::ControlFlow,
};

use keepwell_protocol::formats::fhir::{Event, Limits, read};

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
fn memory_does_not_grow_with_the_input() {
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
