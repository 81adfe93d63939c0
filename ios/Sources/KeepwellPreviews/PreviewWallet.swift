// The wallet behind the previews of the screens. Nothing of this folder ships.

import Foundation
import KeepwellFake
import KeepwellKit

extension FakeWallet {
    /// The sample wallet, open, after `change`.
    static func preview(_ change: (inout World) -> Void = { _ in }) -> FakeWallet {
        var world = World.sample
        change(&world)
        return FakeWallet(world)
    }
}

extension FakeWallet.World {
    /// Gives access to the first clinic, as it stands in `state`.
    mutating func grant(_ state: Grant.State, stoppedBy: Grant.StoppedBy? = nil) {
        let grant = Grant(
            id: String(format: "%064x", grants.count + 1), clinic: clinics[0].id, clinicName: clinics[0].name,
            categories: [.allergies, .results], purpose: .treatment, notBefore: now,
            notAfter: now.addingTimeInterval(30 * 86_400),
            state: state, stoppedBy: stoppedBy, delivered: state != .pending, matchCode: "042917")
        grants.append(grant)
        log.append(LogEntry(time: now, event: .granted, about: grant.clinicName))
    }

    /// Shares what a clinic asks for at check-in.
    mutating func share(_ state: Share.State, isTold: Bool = true, ledger: Grant.State? = nil) {
        shares.append(
            Share(
                id: String(format: "%032x", shares.count + 1), label: "Check-in", created: now,
                expires: now.addingTimeInterval(ledger == nil ? 3_600 : 30 * 86_400), opens: nil, state: state, isTold: isTold,
                ledger: ledger))
        log.append(LogEntry(time: now, event: .shareMade, about: "Check-in"))
    }
}
