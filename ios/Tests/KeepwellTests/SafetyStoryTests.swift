// What keeps the owner safe, by the screens' models over the real library.

import Foundation
import Keepwell
import KeepwellFake
import KeepwellKit
import Testing

@testable import KeepwellService

/// A device's keys that can't be removed for a while.
private actor StubbornDeviceKey: DeviceKey {
    private let working = MemoryDeviceKey()
    private var isStubborn = true

    func yield() { isStubborn = false }

    func delete(purpose: DeviceKeyPurpose) async throws {
        guard !isStubborn else { throw DeviceKeyError.Unavailable }
        try await working.delete(purpose: purpose)
    }

    func wrap(purpose: DeviceKeyPurpose, context: Data, secret: Data) async throws -> Data {
        try await working.wrap(purpose: purpose, context: context, secret: secret)
    }

    func unwrap(purpose: DeviceKeyPurpose, context: Data, wrapped: Data) async throws -> Data {
        try await working.unwrap(purpose: purpose, context: context, wrapped: wrapped)
    }

    func counter() async throws -> UInt64 { try await working.counter() }
    func setCounter(value: UInt64) async throws { try await working.setCounter(value: value) }
    func level() async throws -> DeviceKeyLevel { .software }
}

/// A phone with a wallet of new words.
@MainActor private final class SafePhone {
    let home: String
    let key = MemoryDeviceKey()
    let words: [String]
    private(set) var services: RustWallet

    init() async throws {
        home = try newFolder() + "/wallet"
        let config = WalletConfig(home: home, deviceKey: key, acceptDemonstrationLedger: true)
        let drawn = try RecoveryWords.generate()
        words = String(decoding: try drawn.text(), as: UTF8.self).split(separator: " ").map(String.init)
        let made = try await Wallet.create(config: config, words: drawn, pin: rightPIN)
        try made.authentication.void()
        services = RustWallet(kept(made.wallet))
    }

    func find() async throws(Problem) -> FoundWallet {
        try await RustWallet.find(WalletConfig(home: home, deviceKey: key, acceptDemonstrationLedger: true))
    }

    /// The process ends, and the app starts again.
    func startAgain() async throws {
        try await services.wallet.release()
        guard case .wallet(let found) = try await find(), let found = found as? RustWallet else {
            throw Unknown(what: "no wallet")
        }
        kept(found.wallet)
        services = found
    }

    func unlock(_ digits: String = "271828") async -> Problem? {
        let unlock = UnlockModel(service: services)
        unlock.pin.type(digits)
        await unlock.unlock()
        return unlock.state.problem
    }
}

@Suite(.serialized, .timeLimit(.minutes(5))) @MainActor struct SafetyStoryTests {
    @Test func anotherPINOpensAndTheOldOneDoesNot() async throws {
        let phone = try await SafePhone()
        let change = ChangePINModel(service: phone.services)
        func enter(_ digits: String) async {
            change.entry.type(digits)
            await change.next()
        }
        await enter("314159")
        #expect(change.state.problem == .wrongPIN(left: 9), "a wrong one counts, on an open wallet, too")
        await enter("271828")
        await enter("123456")
        #expect(change.state.problem == .pinUnsuitable)
        for _ in 0..<2 { await enter("161803") }
        #expect(change.state.step == .done)
        try await phone.startAgain()
        #expect(await phone.unlock() == .wrongPIN(left: 9))
        #expect(await phone.unlock("161803") == nil)
    }

    @Test func aFingerOpensAndConsentsToNothing() async throws {
        let phone = try await SafePhone()
        let biometrics = BiometricsModel(service: phone.services)
        await biometrics.load()
        biometrics.pin.type("271828")
        await biometrics.turnOn()
        #expect(biometrics.state.isOn == true)
        try await phone.startAgain()
        let unlock = UnlockModel(service: phone.services)
        await unlock.load()
        #expect(unlock.canTryBiometrics, "it is known of a locked wallet")
        await unlock.unlockWithBiometrics()
        #expect(unlock.state.isOpen)
        #expect(phone.services.isUnlocked)
        #expect(try await phone.services.counts().isEmpty, "what there is can be read")
        // Whatever the seed is needed for asks for the PIN all the same.
        let words = CheckWordsModel(service: phone.services, isQuiz: false)
        await words.next()
        #expect(words.shown.isEmpty && words.state.step == .pin, "not because a finger opened it")
        words.pin.type("314159")
        #expect(words.canContinue)
        await words.next()
        #expect(words.state.problem == .wrongPIN(left: 9))
        #expect(words.shown.isEmpty)
        let terms = GrantTerms(
            clinic: String(repeating: "a", count: 64), categories: [.allergies], purpose: .treatment, days: 1, isNamed: false)
        await #expect(throws: Problem.wrongPIN(left: 8)) { try await phone.services.grant(terms, pin: SecretBytes("314159")) }
        words.pin.type("271828")
        await words.next()
        #expect(words.count == 24)
    }

    @Test func afterAnotherFingerThePINOpensAndBiometricsCanBeTurnedOnAgain() async throws {
        let phone = try await SafePhone()
        let biometrics = BiometricsModel(service: phone.services)
        func turnOn() async {
            await biometrics.load()
            biometrics.pin.type("271828")
            await biometrics.turnOn()
        }
        await turnOn()
        await phone.key.enrollFinger()
        try await phone.services.lock()
        let unlock = UnlockModel(service: phone.services)
        await unlock.load()
        await unlock.unlockWithBiometrics()
        #expect(unlock.state.problem == .biometricsLost)
        #expect(!unlock.canTryBiometrics && !phone.services.isUnlocked)
        #expect(await phone.unlock() == nil)
        await turnOn()
        #expect(biometrics.state.isOn == true)
        try await phone.services.lock()
        await unlock.load()
        await unlock.unlockWithBiometrics()
        #expect(phone.services.isUnlocked)
        await biometrics.turnOff()
        #expect(biometrics.state.isOn == false)
    }

    @Test func lockedInDistressNoFingerOpens() async throws {
        let phone = try await SafePhone()
        let biometrics = BiometricsModel(service: phone.services)
        await biometrics.load()
        biometrics.pin.type("271828")
        await biometrics.turnOn()
        let app = AppModel(services: phone.services, phone: FakePhone().phone)
        await app.panicLock()
        #expect(app.state.problem == nil)
        #expect(!app.state.isUnlocked && !phone.services.isUnlocked)
        await app.unlock.load()
        #expect(!app.unlock.canTryBiometrics)
        await #expect(throws: Problem.biometricsOff) { try await phone.services.unlockWithBiometrics() }
        #expect(await phone.unlock() == nil)
    }

    @Test func whyNoFingerOpenedItIsSaidAndThePINOpens() async throws {
        let key = FailingDeviceKey()
        let config = WalletConfig(home: try newFolder() + "/wallet", deviceKey: key, acceptDemonstrationLedger: true)
        let services = RustWallet(try await newWallet(config))
        let biometrics = BiometricsModel(service: services)
        await biometrics.load()
        biometrics.pin.type("271828")
        await biometrics.turnOn()
        #expect(biometrics.state.isOn == true)
        try await services.lock()
        let unlock = UnlockModel(service: services)
        await unlock.load()
        let said: [(DeviceKeyError, Problem)] = [
            (.Refused, .deviceKeyRefused), (.Unavailable, .biometricsUnavailable), (.LockedOut, .biometricsUnavailable),
        ]
        for (failure, problem) in said {
            key.fail(.throwing(failure))
            await unlock.unlockWithBiometrics()
            #expect(unlock.state.problem == problem)
        }
        key.fail(nil)
        unlock.pin.type("271828")
        await unlock.unlock()
        #expect(unlock.state.isOpen)
    }

    @Test func whileTheWordsAreWrittenDownTheWalletStaysOpen() async throws {
        let phone = try await SafePhone()
        let model = CheckWordsModel(service: phone.services, isQuiz: false)
        model.pin.type("271828")
        await model.next()
        // It locks itself by the time that passes, which a machine that is busy spends elsewhere: a page that was turned too late
        // shows nothing, and is turned again with more time.
        var seconds = 2
        while try await !staysOpen(phone, whileTurning: model, lockingAfter: seconds) {
            try #require(seconds < 60, "no page was turned in time")
            seconds *= 2
            #expect(await phone.unlock() == nil)
        }
        while phone.services.isUnlocked { try await Task.sleep(for: .milliseconds(20)) }
    }

    /// Turns pages for longer than an unused wallet stays open, and expects it to be. False where a page came too late.
    private func staysOpen(
        _ phone: SafePhone, whileTurning model: CheckWordsModel, lockingAfter seconds: Int
    ) async throws -> Bool {
        let limit = Duration.seconds(seconds)
        let began = ContinuousClock.now
        var turned = began
        try await phone.services.setAutoLock(KeepwellKit.AutoLock(inFront: TimeInterval(seconds), inBackground: 60))
        var isOnNext = false
        while turned - began < limit * 1.5 {
            try await Task.sleep(for: limit / 4)
            let last = turned
            turned = ContinuousClock.now
            if isOnNext { await model.previous() } else { await model.next() }
            isOnNext.toggle()
            let isOpen = phone.services.isUnlocked
            // Used between `last` and now.
            guard ContinuousClock.now - last < limit else { return false }
            try #require(isOpen, "\(ContinuousClock.now - last) after a page was turned")
        }
        return true
    }

    @Test func howItLocksItselfIsRemembered() async throws {
        let phone = try await SafePhone()
        let settings = SettingsModel(service: phone.services, choices: phone.services.choices)
        await settings.load()
        #expect(settings.state.autoLock == KeepwellKit.AutoLock(inFront: 300, inBackground: 60))
        await settings.lock(inFrontAfter: 900)
        await settings.lock(inBackgroundAfter: 0)
        try await phone.startAgain()
        let again = SettingsModel(service: phone.services, choices: phone.services.choices)
        await again.load()
        #expect(again.state.problem == .locked)
        #expect(await phone.unlock() == nil)
        await again.load()
        #expect(again.state.autoLock == KeepwellKit.AutoLock(inFront: 900, inBackground: 0))
        try await phone.services.setInBackground(true)
        // At once: the suite's time would not be enough for another setting.
        while phone.services.isUnlocked { try await Task.sleep(for: .milliseconds(20)) }
    }

    @Test func theWordsAreThoseThatWereDrawn() async throws {
        let phone = try await SafePhone()
        let model = CheckWordsModel(service: phone.services, isQuiz: false)
        model.pin.type("271828")
        await model.next()
        var seen = model.shown
        while model.hasNext {
            await model.next()
            seen += model.shown
        }
        #expect(seen.map(\.word) == phone.words)
    }

    @Test func whatIsSavedInAFileComesBackIntoAnEmptyWallet() async throws {
        let phone = try await SafePhone()
        let file = try newFolder() + "/records.json"
        try bundle(observations: 3).write(to: URL(fileURLWithPath: file))
        guard
            case .imported(let taken) = try await phone.services.importFiles(at: [file], of: nil, source: nil, progress: { _ in })
        else {
            throw Unknown(what: "it asks whose records these are")
        }
        let export = ExportModel(service: phone.services, folder: URL(fileURLWithPath: try newFolder() + "/export"))
        export.pin.type("271828")
        await export.export()
        #expect(export.state.problem == nil)
        #expect(export.state.records == taken.added)
        let written = try #require(export.file)
        let other = try await SafePhone()
        guard
            case .imported(let back) = try await other.services.importFiles(
                at: [written.path], of: nil, source: nil, progress: { _ in })
        else { throw Unknown(what: "it asks whose records these are") }
        #expect(back.added == taken.added)
        export.clear()
        #expect(!FileManager.default.fileExists(atPath: written.path))
    }

    @Test func erasedByThePINThePhoneBeginsAnew() async throws {
        let phone = try await SafePhone()
        let ended = Guarded<[Problem?]>([])
        let erase = EraseModel(service: phone.services, isPINNeeded: true) { problem in ended.withLock { $0.append(problem) } }
        await erase.load()
        #expect(erase.state.comesBack == .never, "it was never connected")
        erase.pin.type("314159")
        await erase.erase()
        #expect(erase.state.problem == .wrongPIN(left: 9))
        #expect(ended.withLock { $0 }.isEmpty)
        erase.pin.type("271828")
        await erase.erase()
        #expect(ended.withLock { $0 } == [nil])
        #expect(!FileManager.default.fileExists(atPath: phone.home + "/wallet/store.db"))
        guard case .none = try await phone.find() else { throw Unknown(what: "there is a wallet still") }
    }

    @Test func anErasingThatBreaksOffIsCalledThatAndIsFinishedByWhoLooksNext() async throws {
        let key = StubbornDeviceKey()
        let config = WalletConfig(home: try newFolder() + "/wallet", deviceKey: key, acceptDemonstrationLedger: true)
        let services = RustWallet(try await newWallet(config))
        let ended = Guarded<[Problem?]>([])
        let erase = EraseModel(service: services, isPINNeeded: true) { problem in ended.withLock { $0.append(problem) } }
        await erase.load()
        erase.pin.type("271828")
        await erase.erase()
        let told = ended.withLock { $0 }
        #expect(told == [.eraseFailed(code: "DeviceKeyUnavailable")])
        await key.yield()
        guard case .none = try await RustWallet.find(config) else { throw Unknown(what: "there is a wallet still") }
        #expect(!FileManager.default.fileExists(atPath: config.home + "/wallet/store.db"))
    }

    @Test func whoKnowsNoPINCanEraseAndBeginAnew() async throws {
        let phone = try await SafePhone()
        try await phone.services.wallet.release()
        let opening = OpeningModel(open: { () async throws(Problem) in try await phone.find() }, phone: FakePhone().phone)
        await opening.open()
        guard case .app(let app) = opening.screen else { throw Unknown(what: "no wallet") }
        app.unlock.askToErase()
        let erase = try #require(app.unlock.erasing)
        await erase.load()
        await erase.erase()
        guard case .start = opening.screen else { throw Unknown(what: "no first launch") }
        #expect(!FileManager.default.fileExists(atPath: phone.home + "/wallet/store.db"))
    }
}
