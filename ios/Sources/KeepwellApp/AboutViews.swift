// What Keepwell is, who learns what, and help in plain words.

import Foundation
import KeepwellKit
import SwiftUI

struct HelpView: View {
    @Environment(\.texts) private var texts

    var body: some View {
        List {
            ForEach(HelpTopic.allCases, id: \.self) { topic in
                DisclosureGroup(texts.title(topic)) { Text(texts.answer(topic)) }
            }
            Section {
                NavigationLink(value: SettingsPlace.glossary) { Text(texts(.glossaryTitle)) }
            }
        }
        .navigationTitle(texts(.helpTitle))
    }
}

/// Help for whoever can't get in; it shows nothing of theirs.
struct LockedHelpView: View {
    let close: @MainActor () -> Void
    @Environment(\.texts) private var texts

    var body: some View {
        NavigationStack {
            HelpView()
                .navigationDestination(for: SettingsPlace.self) { _ in GlossaryView() }
                .toolbar {
                    ToolbarItem(placement: .cancellationAction) { Button(texts(.close)) { close() } }
                }
        }
    }
}

struct GlossaryView: View {
    @Environment(\.texts) private var texts

    var body: some View {
        List {
            ForEach(GlossaryWord.allCases, id: \.self) { word in
                TwoLines(title: texts.title(word), detail: texts.meaning(word))
            }
        }
        .navigationTitle(texts(.glossaryTitle))
    }
}

struct PrivacyView: View {
    @State private var model: PrivacyModel
    @Environment(\.texts) private var texts

    init(service: any StatusService) {
        _model = State(initialValue: PrivacyModel(service: service))
    }

    var body: some View {
        List {
            ForEach(PrivacyTopic.allCases, id: \.self) { topic in
                Section(texts.title(topic)) { Text(texts.text(topic)) }
            }
            if let questions = model.ledgerQuestions {
                Section(texts(.privacyAskedTitle)) { Text(texts.label(questions)) }
            }
        }
        .navigationTitle(texts(.privacyTitle))
        .task { await model.load() }
    }
}

struct AboutView: View {
    @Environment(\.texts) private var texts

    var body: some View {
        List {
            Section {
                Text(texts(.aboutFree))
                Text(texts(.aboutDoctor))
                Label(texts(.aboutCare), systemImage: "exclamationmark.triangle")
            }
            if let version = Self.version { Section { Text(texts(.aboutVersion, version)) } }
            Section {
                NavigationLink(value: SettingsPlace.licences) { Text(texts(.licencesTitle)) }
                NavigationLink(value: SettingsPlace.support) { Text(texts(.supportTitle)) }
            }
        }
        .navigationTitle(texts(.aboutTitle))
    }

    static var version: String? { Bundle.main.object(forInfoDictionaryKey: "CFBundleShortVersionString") as? String }
}
