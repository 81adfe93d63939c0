// The unlock screen.

import KeepwellKit
import SwiftUI

/// Asks for the PIN, and shows the way on for whoever has none that opens.
struct UnlockView: View {
    let model: UnlockModel
    @State private var isHelping = false
    @Environment(\.texts) private var texts

    var body: some View {
        if let recovery = model.recovery {
            RecoveryView(model: recovery, leave: { model.leaveRecovery() }, noWords: { model.askToErase() })
        } else if let erasing = model.erasing {
            NavigationStack {
                EraseView(model: erasing, look: { Task { await model.lookBeforeErasing() } }).toolbar {
                    ToolbarItem(placement: .cancellationAction) {
                        Button(texts(.back)) { model.leaveErasing() }.disabled(erasing.state.isBusy)
                    }
                }
            }
        } else {
            ScrollView {
                VStack(spacing: 24) {
                    Text(texts(.unlockTitle)).font(.title).accessibilityAddTraits(.isHeader)
                    if let problem = model.state.problem { ProblemView(problem: problem) }
                    if model.state.hasBiometrics {
                        Button(texts(.biometricsUnlock)) { Task { await model.unlockWithBiometrics() } }
                            .buttonStyle(.borderedProminent)
                            .disabled(!model.canTryBiometrics)
                    }
                    if model.state.needsWords {
                        Button(texts(.recoverAction)) { model.recover() }.buttonStyle(.borderedProminent)
                    } else {
                        Text(texts(.unlockBody))
                        PINPad(entry: model.pin)
                        Button(texts(.unlockAction)) { Task { await model.unlock() } }
                            .buttonStyle(.borderedProminent)
                            .disabled(!model.canTry)
                        if model.state.isBusy { ProgressView() }
                        Button(texts(.recoverForgot)) { model.recover() }
                    }
                    Button(texts(.helpTitle)) { isHelping = true }
                }
                .padding()
            }
            .task { await model.load() }
            // What is left of a delay is counted down, and then it can be tried again.
            .task(id: model.state.notBefore) { await model.waitOut() }
            .sheet(isPresented: $isHelping) {
                LockedHelpView { isHelping = false }
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
                .accessibilityLabel(texts(.pinEntered, entry.count))
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
                // Within a list a button without a style takes every touch of its row.
                .buttonStyle(.bordered)
                .accessibilityLabel(texts(.pinErase))
            }
        }
        .privacySensitive()
        .disabled(entry.isBeingChecked)
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
