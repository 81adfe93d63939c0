// The unlock screen.

import KeepwellKit
import SwiftUI

/// Asks for the PIN, or for the words and a new PIN.
struct UnlockView: View {
    let model: UnlockModel
    /// SwiftUI edits text as a `String`, which can't be overwritten: it is dropped as soon as it was handed on.
    @State private var words = ""
    @Environment(\.texts) private var texts

    var body: some View {
        ScrollView {
            VStack(spacing: 24) {
                Text(texts(.unlockTitle)).font(.title).accessibilityAddTraits(.isHeader)
                Text(texts(model.state.step == .words ? .unlockWords : .unlockPIN))
                if let problem = model.state.problem { ProblemView(problem: problem) }
                if model.state.step == .words {
                    TextField(texts(.unlockWordsField), text: $words, axis: .vertical)
                        .autocorrectionDisabled()
                        .privacySensitive()
                        .textFieldStyle(.roundedBorder)
                }
                PINPad(entry: model.pin)
                Button(texts(.unlockAction)) { unlock() }
                    .buttonStyle(.borderedProminent)
                    .disabled(!model.pin.isComplete || model.state.isBusy)
                if model.state.isBusy { ProgressView() }
                Button(texts(model.state.step == .words ? .unlockUsePIN : .unlockUseWords)) {
                    words = ""
                    model.choose(model.state.step == .words ? .pin : .words)
                }
            }
            .padding()
        }
        .onDisappear { words = "" }
    }

    private func unlock() {
        let typed = SecretBytes(words)
        words = ""
        Task {
            if model.state.step == .words {
                await model.unlock(words: typed)
            } else {
                await model.unlock()
            }
        }
    }
}

/// A keypad of our own: what is typed reaches no text field, keyboard or pasteboard.
struct PINPad: View {
    let entry: PINEntry
    @Environment(\.texts) private var texts
    private static let rows = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]

    var body: some View {
        VStack(spacing: 12) {
            Text(String(repeating: "●", count: entry.count))
                .font(.title2)
                .accessibilityLabel(texts(.pinDigits, entry.count))
            ForEach(Self.rows, id: \.self) { row in
                HStack(spacing: 12) {
                    ForEach(row, id: \.self) { digit in key(digit) }
                }
            }
            HStack(spacing: 12) {
                Color.clear.frame(minWidth: 64, maxHeight: 44).accessibilityHidden(true)
                key(0)
                Button {
                    entry.deleteLast()
                } label: {
                    Image(systemName: "delete.left").frame(minWidth: 64, minHeight: 44)
                }
                .accessibilityLabel(texts(.pinDelete))
            }
        }
        .privacySensitive()
    }

    private func key(_ digit: Int) -> some View {
        Button {
            entry.type(digit)
        } label: {
            Text(String(digit)).font(.title).frame(minWidth: 64, minHeight: 44)
        }
        .buttonStyle(.bordered)
    }
}
