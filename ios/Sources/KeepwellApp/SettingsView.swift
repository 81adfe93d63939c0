// The settings: what keeps the owner safe, what is done with all records, and the app itself.

import KeepwellKit
import SwiftUI

#if canImport(UIKit)
    import UIKit
#endif

/// A screen behind the settings, or the settings themselves.
enum SettingsPlace: Hashable {
    case settings
    case autoLock, changePIN, biometrics
    case words, export, print, erase
    case language, notices
    case help, glossary, privacy, about, licences, support
}

extension View {
    /// Lets links of ``SettingsPlace`` lead where they say.
    func reachesSettings(of app: AppModel) -> some View {
        navigationDestination(for: SettingsPlace.self) { place in SettingsDestination(place: place, app: app) }
    }
}

private struct SettingsDestination: View {
    let place: SettingsPlace
    let app: AppModel

    var body: some View {
        switch place {
        case .settings: SettingsView(app: app)
        case .autoLock: AutoLockView(service: app.services, choices: app.services.choices)
        case .changePIN: ChangePINView(service: app.services)
        case .biometrics: BiometricsView(service: app.services)
        case .words: ShownWordsView(service: app.services, screen: app.phone.screen)
        case .export: ExportView(service: app.services, folder: app.exports)
        case .print: PrintView(model: PrintModel(service: app.services, printer: app.phone.printer))
        case .erase: EraseView(model: EraseModel(service: app.services, isPINNeeded: true, ended: app.ended))
        case .language: LanguageView()
        case .notices: NoticesView(model: app.notices)
        case .help: HelpView()
        case .glossary: GlossaryView()
        case .privacy: PrivacyView(service: app.services)
        case .about: AboutView()
        case .licences: LicencesView()
        case .support: SupportView(service: app.services)
        }
    }
}

struct SettingsView: View {
    let app: AppModel
    @State private var model: SettingsModel
    @Environment(\.texts) private var texts

    init(app: AppModel) {
        self.app = app
        _model = State(initialValue: SettingsModel(service: app.services, choices: app.services.choices))
    }

    var body: some View {
        List {
            if let problem = model.state.problem {
                ProblemView(problem: problem) { Task { await model.load() } }
            }
            Section(texts(.settingsLocking)) {
                Button(texts(.lockNow)) { Task { await app.lock() } }
                Button(texts(.panicLock)) { Task { await app.panicLock() } }
                if model.state.hasBiometrics == true {
                    Text(texts(.panicLockHow)).font(.subheadline).foregroundStyle(.secondary)
                }
                NavigationLink(value: SettingsPlace.biometrics) {
                    if let isOn = model.state.hasBiometrics {
                        TwoLines(title: texts(.biometricsTitle), detail: texts(isOn ? .switchedOn : .switchedOff))
                    } else {
                        Text(texts(.biometricsTitle))
                    }
                }
                row(.autoLock, .autoLockTitle)
                row(.changePIN, .changePinTitle)
            }
            Section(texts(.settingsRecords)) {
                row(.export, .exportTitle)
                row(.print, .printTitle)
            }
            Section(texts(.settingsLostPhone)) {
                row(.words, .seeWordsTitle)
                row(.erase, .eraseTitle)
            }
            Section(texts(.settingsApp)) {
                row(.language, .languageTitle)
                row(.notices, .noticesTitle)
                row(.help, .helpTitle)
                row(.privacy, .privacyTitle)
                row(.about, .aboutTitle)
            }
        }
        .navigationTitle(texts(.settingsTitle))
        .task { await model.load() }
    }

    private func row(_ place: SettingsPlace, _ title: TextKey) -> some View {
        NavigationLink(value: place) { Text(texts(title)) }
    }
}

/// After how long without use the wallet locks itself.
struct AutoLockView: View {
    @State private var model: SettingsModel
    @Environment(\.texts) private var texts

    init(service: any SafetyService, choices: Choices) {
        _model = State(initialValue: SettingsModel(service: service, choices: choices))
    }

    var body: some View {
        List {
            if let problem = model.state.problem {
                ProblemView(problem: problem) { Task { await model.load() } }
            }
            Section { Text(texts(.autoLockBody)) }
            if let autoLock = model.state.autoLock {
                Section(texts(.autoLockInFront)) {
                    choices(model.timesInFront, chosen: autoLock.inFront) { await model.lock(inFrontAfter: $0) }
                }
                Section(texts(.autoLockInBackground)) {
                    choices(model.timesInBackground, chosen: autoLock.inBackground) { await model.lock(inBackgroundAfter: $0) }
                }
            } else if model.state.isBusy {
                ProgressView().accessibilityLabel(texts(.loading))
            }
        }
        .navigationTitle(texts(.autoLockTitle))
        .task { await model.load() }
    }

    /// A row each, with a tick: nothing to open, and nothing cut in large type.
    private func choices(
        _ times: [TimeInterval?], chosen: TimeInterval?, choose: @escaping @MainActor (TimeInterval?) async -> Void
    ) -> some View {
        ForEach(times, id: \.self) { time in
            Button {
                Task { await choose(time) }
            } label: {
                HStack {
                    Text(texts.autoLock(time)).foregroundStyle(.primary).frame(maxWidth: .infinity, alignment: .leading)
                    if time == chosen { Image(systemName: "checkmark").accessibilityHidden(true) }
                }
            }
            .accessibilityAddTraits(time == chosen ? .isSelected : [])
        }
    }
}

/// Which language and which size; both are the phone's to say.
private struct LanguageView: View {
    @Environment(\.texts) private var texts

    var body: some View {
        List {
            Section { Text(texts(.languageHow)) }
            Section { Text(texts(.textSizeHow)) }
            PhoneSettingsButton()
        }
        .navigationTitle(texts(.languageTitle))
    }
}

/// Which messages there are, and what they say.
struct NoticesView: View {
    let model: NoticesModel
    @Environment(\.texts) private var texts

    var body: some View {
        List {
            Section {
                Text(texts(.noticesBody))
                if !model.state.namesClinics { Text(texts(.noticesPrivate)) }
            }
            Section {
                Toggle(texts(.noticesEnds), isOn: reminds)
                Toggle(texts(.noticesReads), isOn: tells)
                Text(texts(.noticesWhenOpen)).font(.subheadline).foregroundStyle(.secondary)
            }
            if model.state.wantsAny {
                Section {
                    Toggle(texts(.noticesNames), isOn: names)
                    Text(texts(.noticesNamesHow)).font(.subheadline).foregroundStyle(.secondary)
                }
            }
            if model.state.wantsAny, !model.state.areAllowed {
                Section { Label(texts(.noticesRefused), systemImage: "exclamationmark.triangle") }
            }
            PhoneSettingsButton()
        }
        .navigationTitle(texts(.noticesTitle))
        .task { await model.load() }
    }

    private var reminds: Binding<Bool> {
        Binding {
            model.state.remindsOfEnds
        } set: { isWanted in
            Task { await model.remind(isWanted) }
        }
    }

    private var tells: Binding<Bool> {
        Binding {
            model.state.tellsOfReads
        } set: { isWanted in
            Task { await model.tellOfReads(isWanted) }
        }
    }

    private var names: Binding<Bool> {
        Binding {
            model.state.namesClinics
        } set: { isWanted in
            Task { await model.nameClinics(isWanted) }
        }
    }
}

/// Leads to what the phone's own settings have of this app.
struct PhoneSettingsButton: View {
    @Environment(\.openURL) private var openURL
    @Environment(\.texts) private var texts

    var body: some View {
        #if canImport(UIKit)
            if let settings = URL(string: UIApplication.openSettingsURLString) {
                Section { Button(texts(.noticesOpen)) { openURL(settings) }.buttonStyle(.bordered) }
            }
        #endif
    }
}
