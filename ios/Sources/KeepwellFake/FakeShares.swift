// Shares of the fake.

import Foundation
import KeepwellKit

extension FakeWallet {
    public func preview(_ request: ShareRequest) async throws(Problem) -> SharePreview {
        try await act { world throws(Problem) in try Self.preview(request, world) }
    }

    public func checkPasscode(_ passcode: SecretBytes) throws(Problem) {
        let typed = passcode.read { String(decoding: $0, as: UTF8.self) }
        guard (6...64).contains(typed.count) else { throw .passcodeUnsuitable(.length) }
        guard typed.allSatisfy({ (" "..."~").contains($0) }) else { throw .passcodeUnsuitable(.character) }
        guard Set(typed).count > 1 else { throw .passcodeUnsuitable(.guessable) }
    }

    public func share(_ request: ShareRequest, passcode: SecretBytes? = nil) async throws(Problem) -> Share {
        guard request.life <= 86_400 else { throw .refused(code: "ShareTooLong") }
        return try await share(request, passcode, isOnLedger: false)
    }

    func share(_ request: ShareRequest, _ passcode: SecretBytes?, isOnLedger: Bool) async throws(Problem) -> Share {
        let typed = passcode?.read { String(decoding: $0, as: UTF8.self) }
        let share = try await act(needsNetwork: true) { world throws(Problem) in
            guard world.isConnected else { throw .notConnected }
            _ = try Self.preview(request, world)
            guard request.story.count <= 30_000 else { throw .storyTooLong }
            let share = Share(
                id: String(format: "%032x", world.shares.count + 1), label: request.label, created: world.now,
                expires: world.now.addingTimeInterval(request.life), opens: request.opens, state: .active,
                isTold: true, followsRecord: request.followsRecord, needsPasscode: typed != nil,
                ledger: isOnLedger ? world.isLedgerReached ? .active : .pending : nil)
            world.sharePasscode = typed
            world.shareStory = request.story
            world.shares.insert(share, at: 0)
            world.uploads += 1
            world.log.append(LogEntry(time: world.now, event: .shareMade, about: share.label))
            return share
        }
        announce(.other)
        return share
    }

    public func code(of id: Share.ID) async throws(Problem) -> ShareCode {
        try await act { world throws(Problem) in
            guard let share = world.shares.first(where: { $0.id == id }) else { throw .notFound }
            guard share.state != .revoked, world.now < share.expires else { throw .shareEnded }
            // A pattern of the smallest QR code's size; it leads nowhere.
            let modules = (0..<21 * 21).map { ($0 / 21 + $0 % 21).isMultiple(of: 2) }
            guard let code = QRCode(size: 21, modules: modules) else { throw .internalError }
            return ShareCode(link: "shlink:/fake/\(id)", code: code)
        }
    }

    public func shares() async throws(Problem) -> [Share] {
        try await act { world in
            world.shares.map {
                $0.expires <= world.now && $0.state != .revoked ? $0.with(state: .expired, isTold: $0.isTold) : $0
            }
        }
    }

    public func change(_ id: Share.ID, _ action: Share.Action) async throws(Problem) -> Share {
        // What closes is decided here, what opens only with the host's word.
        let changed: Share = try await act(needsNetwork: action == .resume) { world throws(Problem) in
            guard let index = world.shares.firstIndex(where: { $0.id == id }) else { throw .notFound }
            let share = world.shares[index]
            if share.state == .revoked || share.expires <= world.now, action != .revoke { throw .shareEnded }
            let states: [Share.Action: Share.State] = [.pause: .paused, .resume: .active, .revoke: .revoked]
            let stands = share.with(state: states[action] ?? share.state, isTold: world.isOnline)
            let ended = action == .revoke && share.ledger != nil && share.ledger != .revoked
            let changed = ended ? stands.with(ledger: world.isOnline && world.isLedgerReached ? .revoked : .revoking) : stands
            world.shares[index] = changed
            return changed
        }
        announce(.other)
        return changed
    }

    public func openings(of id: Share.ID) async throws(Problem) -> [ShareOpening] {
        try await act(needsNetwork: true) { world in world.openings[id] ?? [] }
    }

    /// What its source calls an error stays, unless the person chose what leaves.
    private static func preview(_ request: ShareRequest, _ world: World) throws(Problem) -> SharePreview {
        let isUsual = request.categories.isEmpty
        let asked = world.records.filter { isUsual || request.categories.contains($0.category) }
        let withdrawn = asked.filter { isUsual && $0.validities.contains(.enteredInError) }
        let leaving = asked.filter { !withdrawn.contains($0) }
        guard !leaving.isEmpty else { throw .nothingToShare }
        return SharePreview(leaving: PreviewedCategory.grouping(leaving), withdrawn: withdrawn, hasPDF: true)
    }
}

extension Share {
    /// The same share in another state, which the host knows or not.
    public func with(state: State, isTold: Bool) -> Share {
        Share(
            id: id, label: label, created: created, expires: expires, opens: opens, state: state, isTold: isTold,
            followsRecord: followsRecord, needsPasscode: needsPasscode, ledger: ledger)
    }

    /// The same share, whose grant on the ledger stands so.
    public func with(ledger: Grant.State?) -> Share {
        Share(
            id: id, label: label, created: created, expires: expires, opens: opens, state: state, isTold: isTold,
            followsRecord: followsRecord, needsPasscode: needsPasscode, ledger: ledger)
    }

    /// The same share after a sync.
    func synced(in world: FakeWallet.World) -> Share {
        let told = with(state: state, isTold: true)
        switch ledger {
        case .pending where world.isLedgerReached: return told.with(ledger: .active)
        case .revoking where world.isLedgerReached: return told.with(ledger: .revoked)
        default: return told
        }
    }
}
