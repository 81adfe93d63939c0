// The settings and what keeps the owner safe, in their states.

import Foundation
import KeepwellFake
import KeepwellKit
import SwiftUI

@testable import KeepwellApp

struct SettingsPreviews: PreviewProvider {
    static var previews: some View {
        settings(FakeWallet.preview()).previewDisplayName("settings")
        settings(FakeWallet.preview { $0.isUnlocked = false }).previewDisplayName("settings: locked")
        settings(FakeWallet.preview()).environment(\.texts, Texts(language: "es")).previewDisplayName("Spanish")
        settings(FakeWallet.preview()).environment(\.layoutDirection, .rightToLeft).previewDisplayName("right to left")
        settings(FakeWallet.preview()).preferredColorScheme(.dark).previewDisplayName("night")
        NavigationStack { autoLock(FakeWallet.preview()) }.previewDisplayName("auto-lock")
        NavigationStack { autoLock(FakeWallet.preview { $0.autoLock = AutoLock(inFront: 30, inBackground: nil) }) }
            .previewDisplayName("auto-lock: set elsewhere")
    }

    private static func autoLock(_ wallet: FakeWallet) -> some View {
        AutoLockView(service: wallet, choices: wallet.choices)
    }

    private static func settings(_ wallet: FakeWallet) -> some View {
        NavigationStack {
            SettingsView(app: AppModel(services: wallet, phone: FakePhone().phone))
        }
    }
}

struct SafetyPreviews: PreviewProvider {
    static var previews: some View {
        NavigationStack { ChangePINView(service: FakeWallet.preview()) }.previewDisplayName("change the PIN")
        NavigationStack { BiometricsView(service: FakeWallet.preview()) }.previewDisplayName("biometrics: off")
        NavigationStack { BiometricsView(service: FakeWallet.preview { $0.hasBiometrics = true }) }
            .previewDisplayName("biometrics: on")
        NavigationStack { BiometricsView(service: FakeWallet.preview { $0.nextProblem = .busy }) }
            .previewDisplayName("biometrics: a problem")
        UnlockView(model: UnlockModel(service: FakeWallet.preview { $0.hasBiometrics = true }))
            .previewDisplayName("unlock: with a face or a finger")
        NavigationStack { ShownWordsView(service: FakeWallet.preview(), screen: FakePhone()) }.previewDisplayName(
            "words: the PIN")
        NavigationStack { NoticesView(model: NoticesModel(service: FakeWallet.preview(), phone: FakePhone().phone)) }
            .previewDisplayName("notifications")
        NavigationStack { NoticesView(model: NoticesModel(service: FakeWallet.preview(), phone: wishing())) }
            .previewDisplayName("notifications: with names, refused")
        NavigationStack { SupportView(service: FakeWallet.preview()) }.previewDisplayName("for whoever helps")
        NavigationStack { ExportView(service: FakeWallet.preview(), folder: ExportModel.folder) }.previewDisplayName("export")
        printing { _ in }.previewDisplayName("print")
        printing { await ready($0) }.previewDisplayName("print: ready")
        printing(canPrint: false) { _ in }.previewDisplayName("print: no printing")
        erase { _ in }.previewDisplayName("erase")
        erase { $0.areWordsVerified = false }.previewDisplayName("erase: words not checked")
        erase { $0.isConnected = false }.previewDisplayName("erase: only here")
        erase { $0.nextProblem = .busy }.previewDisplayName("erase: a problem")
        erase(isPINNeeded: false) { $0.isUnlocked = false }.previewDisplayName("erase: without the PIN")
        erase(isPINNeeded: false) {
            $0.isUnlocked = false
            $0.hasBiometrics = true
        }
        .previewDisplayName("erase: a face or a finger still opens")
        erase { $0.isConnected = false }.environment(\.texts, Texts(language: "es")).previewDisplayName("Spanish")
    }

    private static func printing(
        canPrint: Bool = true, _ drive: @escaping @MainActor (PrintModel) async -> Void
    ) -> some View {
        let phone = FakePhone()
        phone.canPrint = canPrint
        let model = PrintModel(service: FakeWallet.preview(), printer: phone)
        return NavigationStack { PrintView(model: model) }.task { await drive(model) }
    }

    private static func ready(_ model: PrintModel) async {
        for digit in [2, 7, 1, 8, 2, 8] { model.pin.type(digit) }
        await model.make()
    }

    private static func wishing() -> Phone {
        let phone = FakePhone()
        (phone.remindsOfEnds, phone.namesClinics, phone.isAllowing) = (true, true, false)
        return phone.phone
    }

    private static func erase(isPINNeeded: Bool = true, _ change: (inout FakeWallet.World) -> Void) -> some View {
        NavigationStack {
            EraseView(model: EraseModel(service: FakeWallet.preview(change), isPINNeeded: isPINNeeded) { _ in })
        }
    }
}
