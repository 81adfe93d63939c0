// Safety of the fake: what asks for the PIN, what a face or a finger opens, and what is left after erasing.

import Foundation
import KeepwellKit

extension FakeWallet {
    public func hasBiometrics() async throws(Problem) -> Bool {
        try await act(needsUnlocked: false) { $0.hasBiometrics }
    }

    public func unlockWithBiometrics() async throws(Problem) {
        try await act(needsUnlocked: false) { world throws(Problem) in
            guard world.hasBiometrics else { throw .biometricsOff }
            guard !world.isFingerNew else {
                world.hasBiometrics = false
                throw .biometricsLost
            }
            world.isUnlocked = true
        }
        announce(.unlocked)
    }

    public func disableBiometrics() async throws(Problem) {
        try await act(needsUnlocked: false) { $0.hasBiometrics = false }
    }

    public func panicLock() async throws(Problem) {
        try await wait { $0.isBusy }
        // It is locked even if the phone does not let go of its key.
        change { $0.isUnlocked = false }
        announce(.locked)
        try await act(needsUnlocked: false) { $0.hasBiometrics = false }
    }

    public func autoLock() async throws(Problem) -> AutoLock { try await act { $0.autoLock } }

    public func setAutoLock(_ autoLock: AutoLock) async throws(Problem) {
        try await act { world throws(Problem) in
            guard autoLock != world.refusesAutoLock else { throw .diskFull }
            world.autoLock = autoLock
        }
    }

    public func noteUse() async { change { $0.uses += 1 } }

    public func checkNewPIN(_ pin: SecretBytes) async throws(Problem) {
        try await act(needsUnlocked: false) { _ throws(Problem) in
            guard pin.isSuitable else { throw .pinUnsuitable }
        }
    }

    public func authenticate(pin: SecretBytes) async throws(Problem) -> any OwnerProof {
        try await wait { $0.isCheckingSlow }
        return try await act(needsUnlocked: false) { world throws(Problem) in
            guard world.wrongPINs < Self.tries else { throw .wordsNeeded }
            try Self.check(pin, &world)
            return FakeOwnerProof(wallet: self)
        }
    }

    public func eraseWithoutPIN() async throws(Problem) { try await erase() }

    /// Removes everything; also where the phone does not do its part, the services have ended.
    fileprivate func erase() async throws(Problem) {
        change { $0.isUnlocked = false }
        try await act(needsUnlocked: false) { $0.isErased = true }
    }
}

private struct FakeOwnerProof: OwnerProof {
    let wallet: FakeWallet

    func changePIN(to pin: SecretBytes) async throws(Problem) {
        try await wallet.act { world throws(Problem) in
            guard pin.isSuitable else { throw .pinUnsuitable }
            world.pin = pin.text
        }
    }

    func enableBiometrics() async throws(Problem) {
        try await wallet.act { world throws(Problem) in
            guard world.knowsFinger else { throw .deviceKeyUnavailable }
            world.hasBiometrics = true
            world.isFingerNew = false
        }
    }

    func words() throws(Problem) -> [String] {
        guard wallet.isUnlocked else { throw .locked }
        return wallet.change { $0.words }
    }

    func quiz() throws(Problem) -> [Int] { [1, 2, try words().count] }

    func check(_ answers: [Int: SecretBytes]) async throws(Problem) {
        try await wallet.act { world throws(Problem) in
            let isRight = answers.allSatisfy { place, word in word.words == [world.words[place - 1]] }
            guard answers.count >= 3, isRight else { throw .quizFailed }
            world.areWordsVerified = true
        }
    }

    func export(to path: String) async throws(Problem) -> Int {
        // The file is there before it is written to its end.
        let records = try await wallet.act { world throws(Problem) in
            let lines = world.records.map(\.title).joined(separator: "\n")
            guard (try? Data(lines.utf8).write(to: URL(fileURLWithPath: path), options: .withoutOverwriting)) != nil else {
                throw .fileUnwritable
            }
            return world.records.count
        }
        try await wallet.wait { $0.isExportingSlow }
        return records
    }

    func pages(of categories: [RecordCategory]) async throws(Problem) -> Data {
        try await wallet.wait { $0.isExportingSlow }
        return try await wallet.act { world throws(Problem) in
            let leaving = world.records.filter { categories.isEmpty || categories.contains($0.category) }
            guard !leaving.isEmpty else { throw .nothingToShare }
            return Data(leaving.map(\.title).joined(separator: "\n").utf8)
        }
    }

    func share(_ request: ShareRequest, passcode: SecretBytes?) async throws(Problem) -> Share {
        try await wallet.wait { $0.isSharingSlow }
        return try await wallet.share(request, passcode, isOnLedger: true)
    }

    func erase() async throws(Problem) { try await wallet.erase() }
}
