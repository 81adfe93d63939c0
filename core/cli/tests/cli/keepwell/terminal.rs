//! A command on a terminal of its own, as a person uses it.

use std::io::{ErrorKind, Read, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::Party;

/// A running command, what it has shown so far, and a keyboard.
pub(crate) struct Terminal {
    child: Child,
    keyboard: ChildStdin,
    shown: Arc<Mutex<Vec<u8>>>,
    /// How much of it was waited for.
    seen: usize,
}

impl Terminal {
    /// Starts the command; it asks for the PIN where it needs one.
    ///
    /// `script` of util-linux makes the terminal. Without it a test is skipped, but not in CI.
    pub(crate) fn start(party: &Party, arguments: &[&str]) -> Option<Self> {
        let quoted: Vec<String> = arguments.iter().map(|argument| format!("'{argument}'")).collect();
        let started = Command::new("script")
            .args(["--quiet", "--return", "--command"])
            .arg(format!("exec '{}' {}", env!("CARGO_BIN_EXE_keepwell"), quoted.join(" ")))
            .arg("/dev/null")
            .env("SHELL", "/bin/sh")
            .env("KEEPWELL_HOME", &party.home)
            .env_remove("KEEPWELL_PIN")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = match started {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                assert!(std::env::var_os("CI").is_none(), "no `script`: install util-linux");
                println!("skipped: no `script` to make a terminal with");
                return None;
            }
            started => started.unwrap(),
        };
        let shown = Arc::new(Mutex::new(Vec::new()));
        let (mut screen, keep) = (child.stdout.take().unwrap(), Arc::clone(&shown));
        std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(read @ 1..) = screen.read(&mut chunk) {
                keep.lock().unwrap().extend(chunk[..read].iter().filter(|byte| **byte != b'\r'));
            }
        });
        let keyboard = child.stdin.take().unwrap();
        Some(Self { child, keyboard, shown, seen: 0 })
    }

    /// Waits until `text` is shown; answers with what was shown since the last wait, up to its end.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        let begun = Instant::now();
        loop {
            let ended = self.child.try_wait().unwrap().is_some();
            let shown = self.shown();
            let new = &shown[self.seen..];
            if let Some(at) = new.find(text) {
                let end = at + text.len();
                self.seen += end;
                return new[..end].to_owned();
            }
            assert!(!ended && begun.elapsed() < PATIENCE, "no {text:?} in: {new}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Types a line and presses Enter.
    pub(crate) fn type_line(&mut self, line: &str) {
        self.keyboard.write_all(format!("{line}\r").as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Presses Ctrl-C, of which the terminal makes a signal.
    pub(crate) fn press_control_c(&mut self) {
        self.keyboard.write_all(b"\x03").unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Waits for the end: the exit code, and what was shown since the last wait.
    #[track_caller]
    pub(crate) fn finish(mut self) -> (Option<i32>, String) {
        let begun = Instant::now();
        let code = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status.code();
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end; shown: {}", &self.shown()[self.seen..]);
            std::thread::sleep(Duration::from_millis(20));
        };
        // The reader is at the end soon after the process is.
        std::thread::sleep(Duration::from_millis(100));
        (code, self.shown()[self.seen..].to_owned())
    }

    fn shown(&self) -> String {
        let shown = self.shown.lock().unwrap();
        // A character that is not whole yet is left out.
        let whole = std::str::from_utf8(&shown).map_or_else(|error| error.valid_up_to(), str::len);
        String::from_utf8(shown[..whole].to_vec()).unwrap()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Longer than the slowest step on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// Looks at a QR code on the screen as a camera would: each character is two pixels, black where it is drawn.
pub(crate) fn read_qr(shown: &str) -> String {
    let rows: Vec<Vec<char>> = shown
        .lines()
        .filter_map(|line| line.split_once("\x1b[30;107m")?.1.split_once("\x1b[0m"))
        .map(|(row, _)| row.chars().collect())
        .collect();
    let (width, height, scale) = (rows[0].len(), rows.len() * 2, 4);
    let is_dark = |x: usize, y: usize| {
        matches!((rows[y / 2][x], y % 2), ('\u{2588}', _) | ('\u{2580}', 0) | ('\u{2584}', 1))
    };
    let pixels = (0..height * scale).flat_map(|y| (0..width * scale).map(move |x| (x / scale, y / scale)));
    let luma = pixels.map(|(x, y)| if is_dark(x, y) { 0 } else { 255 }).collect();
    let side = |modules: usize| u32::try_from(modules * scale).unwrap();
    rxing::helpers::detect_in_luma(luma, side(width), side(height), None).unwrap().getText().to_owned()
}
