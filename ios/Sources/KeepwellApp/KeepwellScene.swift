// The app: opens the wallet, then shows the unlock screen or the tabs. An Xcode target needs only this around it:
//
//     @main struct Main: App {
//         var body: some Scene { KeepwellScene(phone: .apple) { () async throws(Problem) in try await PhoneWallet.open() } }
//     }

import KeepwellKit
import SwiftUI

/// Everything that the app shows.
public struct KeepwellScene: Scene {
    private let phone: Phone
    private let open: OpenWallet

    /// `open` gives the wallet of this phone; it is asked again when the person tries again.
    public init(phone: Phone, open: @escaping OpenWallet) {
        self.phone = phone
        self.open = open
    }

    public var body: some Scene {
        WindowGroup {
            OpeningView(phone: phone, open: open)
        }
        .backgroundTask(.appRefresh(Phone.wakingName)) { [phone] in await phone.wake() }
    }
}

/// The wallet of this phone, or the first launch where there is none, and why where neither can be shown.
struct OpeningView: View {
    @State private var model: OpeningModel
    @Environment(\.scenePhase) private var phase
    @Environment(\.texts) private var texts

    init(phone: Phone, open: @escaping OpenWallet) {
        _model = State(initialValue: OpeningModel(open: open, phone: phone, sweep: ScopedFile.emptyInbox))
    }

    var body: some View {
        Covered {
            switch model.screen {
            case .opening: ProgressView().accessibilityLabel(texts(.loading))
            case .failed(let problem):
                ProblemView(problem: problem) { Task { await model.open() } }
                    .padding()
            case .start(let start): StartView(model: start, screen: model.phone.screen)
            case .app(let app): AppView(model: app)
            }
        }
        .task {
            ExportModel.removeLeftovers()
            HealthModel.removeLeftovers()
            await model.open()
        }
        // Sheets inherit it.
        .environment(\.isCovered, model.isCovered)
        .onChange(of: phase) { _, phase in
            switch phase {
            case .background: model.setInBackground(true)
            case .active: model.setInBackground(false)
            // On its way from one to the other, or below something of the phone's own; then only the cover is there.
            default: break
            }
        }
        // It is only asked about.
        .onOpenURL { url in Task { await model.take(IncomingItem(opened: url)) } }
    }
}

/// The unlock screen or the tabs, and over them what is asked about.
struct AppView: View {
    let model: AppModel
    @Environment(\.texts) private var texts

    var body: some View {
        VStack(spacing: 0) {
            if let problem = model.state.problem {
                ProblemView(problem: problem, retry: retry) { model.acknowledgeProblem() }.padding()
            }
            if model.state.isUnlocked {
                TabsView(model: model)
                    .environment(\.recover) { Task { await model.lockToRecover() } }
            } else {
                UnlockView(model: model.unlock)
            }
        }
        .task { await model.observe() }
        .sheet(item: importing) { importing in
            Covered { ImportView(model: importing) { model.closeQuestion() } }
        }
        .sheet(item: connecting) { connecting in
            Covered { ConnectView(model: connecting) { model.closeQuestion() } }
        }
        .sheet(item: signedIn) { signedIn in
            Covered { SignedInView(model: signedIn) { model.closeQuestion() } }
        }
        .sheet(item: checkingWords) { checking in
            Covered { CheckWordsView(model: checking, screen: model.phone.screen) { model.closeQuestion() } }
        }
        .alert(texts(.keyChangedTitle, changedNames), isPresented: isTellingOfChangedKeys) {
            Button(texts(.close)) { model.acknowledgeChangedKeys() }
        } message: {
            Text(texts(.problemClinicKeyChanged))
        }
    }

    private var retry: (@MainActor () -> Void)? {
        guard model.state.problem == .fingerMayStillOpen else { return nil }
        return { Task { await model.disableBiometrics() } }
    }

    private var changedNames: String { model.state.changedKeys.map(\.name).joined(separator: ", ") }

    private var importing: Binding<ImportModel?> {
        Binding {
            model.importing
        } set: { shown in
            if shown == nil { model.closeQuestion() }
        }
    }

    private var connecting: Binding<ConnectModel?> {
        Binding {
            model.connecting
        } set: { shown in
            if shown == nil { model.closeQuestion() }
        }
    }

    private var signedIn: Binding<SignedInModel?> {
        Binding {
            model.signedIn
        } set: { shown in
            if shown == nil { model.closeQuestion() }
        }
    }

    private var checkingWords: Binding<CheckWordsModel?> {
        Binding {
            model.checkingWords
        } set: { shown in
            if shown == nil { model.closeQuestion() }
        }
    }

    private var isTellingOfChangedKeys: Binding<Bool> {
        Binding {
            !model.state.changedKeys.isEmpty
        } set: { isShown in
            if !isShown { model.acknowledgeChangedKeys() }
        }
    }
}

/// The tabs of an open wallet.
enum AppTab: Hashable {
    case records, clinics, access, share, log
}

/// The screens of an open wallet.
struct TabsView: View {
    let model: AppModel
    @State private var tab = AppTab.records
    @Environment(\.texts) private var texts

    var body: some View {
        TabView(selection: $tab) {
            RecordsView(app: model) { tab = $0 }
                .tabItem { Label(texts(.tabRecords), systemImage: "list.bullet.clipboard") }
                .tag(AppTab.records)
            ClinicsView(services: model.services, phone: model.phone)
                .tabItem { Label(texts(.tabClinics), systemImage: "cross.case") }
                .tag(AppTab.clinics)
            AccessView(services: model.services, sending: model.sending)
                .tabItem { Label(texts(.tabAccess), systemImage: "person.badge.key") }
                .tag(AppTab.access)
            ShareView(model: ShareModel(service: model.services, screen: model.phone.screen), sending: model.sending)
                .tabItem { Label(texts(.tabShare), systemImage: "qrcode") }
                .tag(AppTab.share)
            LogView(services: model.services)
                .tabItem { Label(texts(.tabLog), systemImage: "clock") }
                .tag(AppTab.log)
        }
    }
}

extension EnvironmentValues {
    /// Whether nothing is to be seen yet, though the app is in front.
    var isCovered: Bool {
        get { self[IsCoveredKey.self] }
        set { self[IsCoveredKey.self] = newValue }
    }
}

private struct IsCoveredKey: EnvironmentKey {
    static let defaultValue = false
}

/// Content with a cover while another app is in front, and until it is known that this one needs not lock. A sheet lies over the cover of what is below it and needs its own.
struct Covered<Content: View>: View {
    @ViewBuilder let content: Content
    @Environment(\.scenePhase) private var phase
    @Environment(\.isCovered) private var isCovered

    var body: some View {
        content.overlay {
            if phase != .active || isCovered { PrivacyCover() }
        }
    }
}

/// Covers health data and words in the app switcher.
struct PrivacyCover: View {
    @Environment(\.texts) private var texts

    var body: some View {
        ZStack {
            Rectangle().fill(.background).ignoresSafeArea()
            Image(systemName: "lock.fill").font(.largeTitle).accessibilityLabel(texts(.appHidden))
        }
    }
}
