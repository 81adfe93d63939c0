// The recovery words seen again, against the PIN.

import KeepwellKit
import SwiftUI

/// The recovery words, six at a time, until they are out of sight.
struct SeeWordsView: View {
    let screen: any PhoneScreen
    @State private var model: SeeWordsModel
    @Environment(\.scenePhase) private var phase
    @Environment(\.texts) private var texts

    init(service: any SafetyService, screen: any PhoneScreen) {
        self.screen = screen
        _model = State(initialValue: SeeWordsModel(service: service))
    }

    var body: some View {
        List {
            if let problem = model.state.problem { Section { ProblemView(problem: problem) } }
            if model.state.page == nil {
                PINSection(
                    question: texts(.checkWordsPin), entry: model.pin, action: texts(.next), isReady: model.canShow
                ) { Task { await model.show() } }
                if model.state.isBusy { ProgressView().accessibilityLabel(texts(.loading)) }
            } else {
                WordsPage(model: model)
            }
            Section { Text(texts(.wordsSecret)).foregroundStyle(.secondary) }
        }
        .navigationTitle(texts(.wordsTitle))
        .staysAwake(model.state.page != nil, on: screen)
        .onDisappear { model.clear() }
        // Sooner than other secrets: the picture for the app switcher is taken when the app is no longer active.
        .onChange(of: phase) { _, phase in
            if phase != .active { model.clear() }
        }
    }
}

private struct WordsPage: View {
    let model: SeeWordsModel
    @Environment(\.texts) private var texts

    var body: some View {
        Section {
            if let first = model.shown.first, let last = model.shown.last {
                Text(texts(.showWordsPage, first.place, last.place, model.count)).foregroundStyle(.secondary)
            }
            WordRows(words: model.shown)
        }
        .privacySensitive()
        Section {
            if model.hasNext {
                Button(texts(.showWordsNext)) { model.next() }.buttonStyle(.borderedProminent)
            }
            if model.hasPrevious {
                Button(texts(.seeWordsPrevious)) { model.previous() }.buttonStyle(.bordered)
            }
            Button(texts(.seeWordsHide)) { model.clear() }.buttonStyle(.bordered)
        }
    }
}
