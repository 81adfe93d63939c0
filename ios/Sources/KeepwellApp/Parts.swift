// Small parts that several screens show.

import KeepwellKit
import SwiftUI

extension EnvironmentValues {
    /// The texts in the person's language.
    var texts: Texts {
        get { self[TextsKey.self] }
        set { self[TextsKey.self] = newValue }
    }
}

private struct TextsKey: EnvironmentKey {
    static let defaultValue = Texts.preferred
}

extension EnvironmentValues {
    /// Goes to the recovery words from within an open wallet.
    var recover: (@MainActor () -> Void)? {
        get { self[RecoverKey.self] }
        set { self[RecoverKey.self] = newValue }
    }
}

private struct RecoverKey: EnvironmentKey {
    static let defaultValue: (@MainActor () -> Void)? = nil
}

/// A problem in words, read out when it appears, with a button where trying again makes sense.
struct ProblemView: View {
    let problem: Problem
    var retry: (@MainActor () -> Void)?
    /// Puts it away, where nothing else does.
    var close: (@MainActor () -> Void)?
    @Environment(\.recover) private var recover
    @Environment(\.texts) private var texts

    var body: some View {
        VStack(alignment: .leading, spacing: 8) {
            Label(texts.message(problem), systemImage: "exclamationmark.triangle")
                .foregroundStyle(.primary)
            if let retry {
                Button(texts(.retry), action: retry)
            }
            if problem == .wordsNeeded, let recover { Button(texts(.recoverAction), action: recover) }
            if let close { Button(texts(.close), action: close) }
        }
        .accessibilityElement(children: .contain)
        .accessibilityAddTraits(.updatesFrequently)
    }
}

/// What a list says when it is empty.
struct EmptyLine: View {
    let text: String

    var body: some View {
        Text(text).foregroundStyle(.secondary)
    }
}

/// Two lines, read out as one.
struct TwoLines: View {
    let title: String
    let detail: String

    var body: some View {
        VStack(alignment: .leading, spacing: 2) {
            Text(title).font(.body)
            Text(detail).font(.subheadline).foregroundStyle(.secondary)
        }
        .accessibilityElement(children: .combine)
    }
}

extension View {
    /// Text that stands readable, because nobody copies 24 words blindly, and that the keyboard neither corrects nor learns.
    func asSecret() -> some View {
        #if os(macOS)
            autocorrectionDisabled().privacySensitive()
        #else
            textInputAutocapitalization(.never).autocorrectionDisabled().privacySensitive()
        #endif
    }
}
