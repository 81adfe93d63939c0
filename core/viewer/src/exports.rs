//! What the page's script calls. One buffer goes in, one comes out; both are ours, so that no pointer is followed here.

#![expect(
    unsafe_code,
    reason = "a function that the page's script finds has a name that could be somebody else's"
)]

use std::sync::{Mutex, PoisonError};

use crate::Records;

static STATE: Mutex<State> = Mutex::new(State { input: Vec::new(), output: Vec::new(), records: None });

struct State {
    input: Vec<u8>,
    output: Vec<u8>,
    records: Option<Records>,
}

fn with_state<T>(work: impl FnOnce(&mut State) -> T) -> T {
    work(&mut STATE.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Makes room for a file of so many bytes, and says where the script writes it.
#[unsafe(no_mangle)]
extern "C" fn room(bytes: usize) -> *mut u8 {
    with_state(|state| {
        state.input = vec![0; bytes];
        state.input.as_mut_ptr()
    })
}

/// Takes the file that was written: 1 if records are in it, else 0.
#[unsafe(no_mangle)]
extern "C" fn take() -> u32 {
    with_state(|state| {
        let file = std::mem::take(&mut state.input);
        u32::from(state.records.get_or_insert_default().take(&file).is_ok())
    })
}

/// Forgets all files and what was made of them.
#[unsafe(no_mangle)]
extern "C" fn forget() {
    with_state(|state| *state = State { input: Vec::new(), output: Vec::new(), records: None });
}

/// Writes the records, and says how many bytes of HTML lie at [`output`].
#[unsafe(no_mangle)]
extern "C" fn html() -> usize {
    put(|records| records.page().html.into_bytes())
}

/// Writes the patient's name, for a title.
#[unsafe(no_mangle)]
extern "C" fn name() -> usize {
    put(|records| records.page().name.into_bytes())
}

/// Writes the content of the document with this number.
#[unsafe(no_mangle)]
extern "C" fn document(number: usize) -> usize {
    put(|records| records.document(number).unwrap_or_default())
}

/// Where what was written last lies.
#[unsafe(no_mangle)]
extern "C" fn output() -> *const u8 {
    with_state(|state| state.output.as_ptr())
}

fn put(write: impl FnOnce(&Records) -> Vec<u8>) -> usize {
    with_state(|state| {
        state.output = write(state.records.get_or_insert_default());
        state.output.len()
    })
}
