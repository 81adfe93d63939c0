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

/// Gives the wallet, locked.
public typealias OpenWallet = @Sendable () async throws(Problem) -> any WalletServices

/// Opens the wallet, and says why where it can't.
struct OpeningView: View {
    let phone: Phone
    let open: OpenWallet
    @State private var model: AppModel?
    @State private var problem: Problem?
    @State private var attempts = 0
    @Environment(\.texts) private var texts

    var body: some View {
        Group {
            if let model {
                AppView(model: model)
            } else if let problem {
                ProblemView(problem: problem) { attempts += 1 }
                    .padding()
            } else {
                ProgressView().accessibilityLabel(texts(.loading))
            }
        }
        .task(id: attempts) {
            problem = nil
            do throws(Problem) {
                model = AppModel(services: try await open(), phone: phone)
            } catch {
                problem = error
            }
        }
    }
}

/// The unlock screen or the tabs, and a cover while another app is in front.
struct AppView: View {
    let model: AppModel
    @Environment(\.scenePhase) private var phase
    @Environment(\.texts) private var texts

    var body: some View {
        VStack(spacing: 0) {
            if let problem = model.state.problem { ProblemView(problem: problem).padding() }
            if model.state.isUnlocked {
                TabsView(model: model)
            } else {
                UnlockView(model: model.unlock)
            }
        }
        .overlay {
            if phase != .active { PrivacyCover() }
        }
        .task { await model.observe() }
        .onChange(of: phase) { _, phase in
            Task { await model.setInBackground(phase == .background) }
        }
        .alert(texts(.keyChangedTitle, changedNames), isPresented: isTellingOfChangedKeys) {
            Button(texts(.close)) { model.acknowledgeChangedKeys() }
        } message: {
            Text(texts(.problemClinicKeyChanged))
        }
    }

    private var changedNames: String { model.state.changedKeys.map(\.name).joined(separator: ", ") }

    private var isTellingOfChangedKeys: Binding<Bool> {
        Binding {
            !model.state.changedKeys.isEmpty
        } set: { isShown in
            if !isShown { model.acknowledgeChangedKeys() }
        }
    }
}

/// The screens of an open wallet.
struct TabsView: View {
    let model: AppModel
    @Environment(\.texts) private var texts

    var body: some View {
        TabView {
            RecordsView(services: model.services) { await model.lock() }
                .tabItem { Label(texts(.tabRecords), systemImage: "list.bullet.clipboard") }
            ClinicsView(services: model.services)
                .tabItem { Label(texts(.tabClinics), systemImage: "cross.case") }
            AccessView(services: model.services, sending: model.sending)
                .tabItem { Label(texts(.tabAccess), systemImage: "person.badge.key") }
            ShareView(model: ShareModel(service: model.services, screen: model.phone.screen), sending: model.sending)
                .tabItem { Label(texts(.tabShare), systemImage: "qrcode") }
            LogView(services: model.services)
                .tabItem { Label(texts(.tabLog), systemImage: "clock") }
        }
    }
}

/// Covers health data in the app switcher.
struct PrivacyCover: View {
    @Environment(\.texts) private var texts

    var body: some View {
        ZStack {
            Rectangle().fill(.background).ignoresSafeArea()
            Image(systemName: "lock.fill").font(.largeTitle).accessibilityLabel(texts(.appHidden))
        }
    }
}
