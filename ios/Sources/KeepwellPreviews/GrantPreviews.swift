// A grant in its steps.

import KeepwellFake
import KeepwellKit
import SwiftUI

@testable import KeepwellApp

struct GrantPreviews: PreviewProvider {
    static var previews: some View {
        ForEach(FakeWallet.World.sample.clinics) { clinic in
            GrantView(clinic: clinic, services: FakeWallet.preview()).previewDisplayName(clinic.name)
        }
        ForEach(FakeWallet.World.sample.clinics) { clinic in
            GrantView(clinic: clinic, services: FakeWallet.preview { $0.isOnline = false }).previewDisplayName("offline")
        }
        asked(isRefused: false).previewDisplayName("asked for")
        asked(isRefused: true).previewDisplayName("refused")
        grant(FakeWallet.preview(), until: .terms).previewDisplayName("what for")
        grant(FakeWallet.preview(), until: .review).previewDisplayName("what would be seen")
        grant(FakeWallet.preview(), until: .granted).previewDisplayName("given")
        grant(FakeWallet.preview { $0.isClinicReached = false }, until: .granted).previewDisplayName("not told yet")
        grant(FakeWallet.preview { $0.isLedgerReached = false }, until: .granted).previewDisplayName("not confirmed yet")
    }

    /// What the first clinic asks for, or that it was refused.
    private static func asked(isRefused: Bool) -> some View {
        let wallet = FakeWallet.preview()
        let asked = AccessRequest(
            id: String(repeating: "0e", count: 16), clinic: FakeWallet.World.sample.clinics[0],
            categories: [.allergies, .medications, .genomics], purpose: .treatment, lasts: 8 * 86_400)
        let model = GrantModel(asked: asked, consent: wallet, records: wallet)
        return GrantView(model: model, services: wallet).task {
            await model.load()
            if isRefused { await model.refuse() }
        }
    }

    /// The screens of a grant to the first clinic, at a step.
    private static func grant(_ wallet: FakeWallet, until step: GrantScreenState.Step) -> some View {
        let clinic = FakeWallet.World.sample.clinics[0]
        let model = GrantModel(clinic: clinic, consent: wallet, records: wallet)
        return GrantView(model: model, services: wallet).task {
            await model.load()
            model.toggle(.allergies)
            while model.state.step < min(step, .review) { await model.next() }
            guard step == .granted else { return }
            for digit in [2, 7, 1, 8, 2, 8] { model.pin.type(digit) }
            await model.confirm()
        }
    }
}
