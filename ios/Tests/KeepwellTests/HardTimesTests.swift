// What goes wrong around a wallet, met through the screens' models over the real library.

import Foundation
import Keepwell
import KeepwellFake
import KeepwellKit
import Testing

@testable import KeepwellService

/// A phone's key that opens what the key of a frozen store has wrapped; for everything else it is one of its own.
private actor FrozenDeviceKey: DeviceKey {
    private let own = MemoryDeviceKey()
    private let unwrapped: Data

    init(_ unwrapped: Data) { self.unwrapped = unwrapped }

    func unwrap(purpose: DeviceKeyPurpose, context: Data, wrapped: Data) async throws -> Data {
        do {
            return try await own.unwrap(purpose: purpose, context: context, wrapped: wrapped)
        } catch {
            return unwrapped
        }
    }

    func wrap(purpose: DeviceKeyPurpose, context: Data, secret: Data) async throws -> Data {
        try await own.wrap(purpose: purpose, context: context, secret: secret)
    }

    func delete(purpose: DeviceKeyPurpose) async throws { try await own.delete(purpose: purpose) }
    func counter() async throws -> UInt64 { try await own.counter() }
    func setCounter(value: UInt64) async throws { try await own.setCounter(value: value) }
    func level() async throws -> DeviceKeyLevel { .software }
}

/// A phone's key that says how it is kept.
private actor LevelledDeviceKey: DeviceKey {
    private let working = MemoryDeviceKey()
    private let kept: DeviceKeyLevel

    init(_ kept: DeviceKeyLevel) { self.kept = kept }

    func wrap(purpose: DeviceKeyPurpose, context: Data, secret: Data) async throws -> Data {
        try await working.wrap(purpose: purpose, context: context, secret: secret)
    }

    func unwrap(purpose: DeviceKeyPurpose, context: Data, wrapped: Data) async throws -> Data {
        try await working.unwrap(purpose: purpose, context: context, wrapped: wrapped)
    }

    func delete(purpose: DeviceKeyPurpose) async throws { try await working.delete(purpose: purpose) }
    func counter() async throws -> UInt64 { try await working.counter() }
    func setCounter(value: UInt64) async throws { try await working.setCounter(value: value) }
    func level() async throws -> DeviceKeyLevel { kept }
}

@Suite(.serialized, .timeLimit(.minutes(5))) @MainActor struct HardTimesTests {
    private func unlocked(_ services: RustWallet, _ digits: String) async -> UnlockModel {
        let unlock = UnlockModel(service: services)
        unlock.pin.type(digits)
        await unlock.unlock()
        return unlock
    }

    /// Opens it by its words, with another PIN.
    private func recover(_ unlock: UnlockModel, by words: RecoveryWords) async throws {
        unlock.recover()
        let recovery = try #require(unlock.recovery)
        recovery.type(words: String(decoding: try words.text(), as: UTF8.self))
        await recovery.next()
        await recovery.next()
        for _ in 0..<2 {
            recovery.pin.type("314159")
            await recovery.next()
        }
        #expect(recovery.state.problem == nil)
    }

    private func find(_ config: WalletConfig) async throws -> RustWallet {
        guard case .wallet(let found) = try await RustWallet.find(config), let found = found as? RustWallet else {
            throw Unknown(what: "no wallet")
        }
        kept(found.wallet)
        return found
    }

    // MARK: What an older version left

    /// The wallet that 0.1.0 wrote (`fixtures/stores/README.md`).
    @Test func aWalletOf010OpensWithEverythingAndGoesOn() async throws {
        let home = try newFolder() + "/home"
        let frozen = repository.appendingPathComponent("fixtures/stores/0.1.0")
        try FileManager.default.copyItem(atPath: frozen.path, toPath: home)
        let unwrapped =
            "8112e42811a955348568fb2992e020a249fa54eea41234fb7011abd7e8ec3c2f22d43ca579df83962581ef2722214de5708c7c435f6cf1b38b24097c7d47c289"
        let key = FrozenDeviceKey(try #require(Data(hex: unwrapped)))
        let config = WalletConfig(home: home, deviceKey: key, acceptDemonstrationLedger: true)
        let services = try await find(config)
        #expect(await unlocked(services, "739175").state.problem == .wrongPIN(left: 9))
        let app = AppModel(services: services, phone: FakePhone().phone)
        #expect(!app.state.isUnlocked)
        #expect(await unlocked(services, "739174").state.isOpen)

        let records = RecordsModel(service: services)
        await records.show(KeepwellKit.RecordQuery())
        #expect(records.state.records.count == 4)
        let screen = HomeModel(service: services)
        await screen.load()
        #expect(screen.state.problem == nil)
        #expect(screen.state.counts.contains(CategoryCount(category: .allergies, count: 2)))
        let access = AccessModel(service: services)
        await access.load()
        #expect(access.state.open.map(\.clinicName) == ["Bern Allergy Clinic"])
        #expect(try await services.shares().map(\.label) == ["Check-in"])
        // It goes on: records come in, an access is ended though its servers are gone, and all of it is there after the next start.
        _ = try await services.wallet.importRecords(
            from: .bytes(bytes: Data(#"{"resourceType":"Condition","id":"new","code":{"text":"Asthma"}}"#.utf8)))
        await access.revoke(try #require(access.state.open.first).id)
        #expect(access.state.isOffline && access.state.open.map(\.isInForce) == [false])
        try await services.wallet.release()
        let again = try await find(config)
        #expect(await unlocked(again, "739174").state.isOpen)
        #expect(try await again.status().records == 5)
        #expect(try await again.unsent() >= 1, "nobody was told yet")
        try await again.wallet.release()
    }

    // MARK: The phone's key

    @Test func aCopyOfTheWalletOnAnotherPhoneOpensOnlyByTheWords() async throws {
        let first = try WalletConfig.new()
        let words = try RecoveryWords.generate()
        try await Wallet.create(config: first, words: words, pin: rightPIN).wallet.release()
        let home = try newFolder() + "/wallet"
        try FileManager.default.copyItem(atPath: first.home, toPath: home)
        let services = try await find(WalletConfig(home: home, deviceKey: MemoryDeviceKey()))
        let unlock = await unlocked(services, "271828")
        #expect(unlock.state.needsWords && !unlock.state.isOpen)
        try await recover(unlock, by: words)
        #expect(services.isUnlocked)
        try await services.lock()
        #expect(await unlocked(services, "314159").state.isOpen)
    }

    /// Files that were put back do not give tries back, with the phone's counter or without.
    @Test func filesOfBeforeGiveNoTriesBack() async throws {
        let config = try WalletConfig.new()
        let services = RustWallet(try await newWallet(config))
        try await services.lock()
        let home = try newFolder() + "/wallet"
        try FileManager.default.copyItem(atPath: config.home, toPath: home)
        for left in [9, 8, 7] { #expect(await unlocked(services, "314159").state.problem == .wrongPIN(left: left)) }
        let older = try await find(WalletConfig(home: home, deviceKey: config.deviceKey))
        let problem = await unlocked(older, "314159").state.problem
        if case .wrongPIN(let left) = problem { #expect(left < 7) } else { #expect(problem == .wordsNeeded) }
        #expect(!older.isUnlocked)
    }

    /// All tries are spent, as where the phone counted more than the wallet did: the words open it, and nothing is lost.
    @Test func whereThePINIsSpentTheWordsOpenAndNothingIsLost() async throws {
        let key = MemoryDeviceKey()
        let words = try RecoveryWords.generate()
        let wallet = kept(try await Wallet.create(config: .new(deviceKey: key), words: words, pin: rightPIN).wallet)
        _ = try await wallet.importRecords(from: .bytes(bytes: bundle(observations: 3)))
        let services = RustWallet(wallet)
        try await services.lock()
        try await key.setCounter(value: await key.counter() + 1)
        let unlock = await unlocked(services, "271828")
        #expect(unlock.state.needsWords && !unlock.state.isOpen)
        let again = await unlocked(services, "271828")
        #expect(again.state.needsWords && !again.state.isOpen, "and stays so")
        try await recover(again, by: words)
        #expect(try await services.status().records == 4)
        try await services.lock()
        #expect(await unlocked(services, "271828").state.problem == .wrongPIN(left: 9))
        #expect(await unlocked(services, "314159").state.isOpen)
    }

    /// A phone without a chip for it, or one that its owner has opened up: how its key is kept is told, and hinders nothing.
    @Test(arguments: [DeviceKeyLevel.software, .trustedEnvironment, .secureElement])
    func howWellThePhoneKeepsItsKeyIsToldAndHindersNothing(level: DeviceKeyLevel) async throws {
        let wallet = try await newWallet(.new(deviceKey: LevelledDeviceKey(level)))
        #expect(try await wallet.status().deviceKey == level)
        _ = try await wallet.importRecords(from: .bytes(bytes: bundle(observations: 3)))
        let services = RustWallet(wallet)
        let biometrics = BiometricsModel(service: services)
        await biometrics.load()
        biometrics.pin.type("271828")
        await biometrics.turnOn()
        #expect(biometrics.state.isOn == true)
        try await services.lock()
        #expect(await unlocked(services, "271828").state.isOpen)
        let home = HomeModel(service: services)
        await home.load()
        #expect(home.state.problem == nil && home.state.counts.reduce(0) { $0 + $1.count } == 4)
    }

    /// The phone gave up the key of fingers, or every key: what is left opens the wallet.
    @Test func aKeyThatThePhoneGaveUpIsSaidAndTheOtherWaysOpen() async throws {
        let key = MemoryDeviceKey()
        let wallet = try await newWallet(.new(deviceKey: key))
        try await wallet.withAuthentication(pin: rightPIN) { try await wallet.enableBiometrics(authentication: $0) }
        let services = RustWallet(wallet)
        try await services.lock()
        let unlock = UnlockModel(service: services)
        await unlock.load()
        #expect(unlock.state.hasBiometrics)
        await key.enrollFinger()
        await unlock.unlockWithBiometrics()
        #expect(unlock.state.wereBiometricsLost && !unlock.state.isOpen)
        unlock.pin.type("271828")
        await unlock.unlock()
        #expect(unlock.state.isOpen)
        try await services.lock()
        try await key.delete(purpose: .pin)
        let keyless = await unlocked(services, "271828")
        #expect(keyless.state.needsWords && !keyless.state.isOpen)
    }

    /// A key store that throws what is no error of its own, and one that never answers: after its time the wallet is as before.
    @Test func aKeyThatThrowsOrHangsCostsNoTryAndIsLeftAtItsDeadline() async throws {
        let key = FailingDeviceKey()
        let services = RustWallet(try await newWallet(.new(deviceKey: key, deadline: .seconds(10))))
        try await services.lock()
        key.fail(.throwing(Unknown(what: "of the key store")))
        let thrown = await unlocked(services, "271828")
        #expect(thrown.state.problem == .deviceKeyUnavailable && !thrown.state.isOpen)
        key.fail(.hanging)
        let left = await unlocked(services, "271828")
        #expect(left.state.problem == .deviceKeyUnavailable && !left.state.isOpen)
        await untilTrue { key.cancelledCount == 1 }
        key.fail(nil)
        #expect(await unlocked(services, "314159").state.problem == .wrongPIN(left: 9))
        #expect(await unlocked(services, "271828").state.isOpen)
    }

    @Test func aKeyThatHangsIsLeftWithItsTaskAndCostsNoTry() async throws {
        let key = FailingDeviceKey()
        let services = RustWallet(try await newWallet(.new(deviceKey: key, deadline: .seconds(600))))
        try await services.lock()
        key.fail(.hanging)
        let hanging = Task { await unlocked(services, "271828") }
        await untilTrue { key.hangingCount == 1 }
        hanging.cancel()
        let left = await hanging.value
        #expect(left.state.problem == nil && !left.state.isOpen)
        await untilTrue { key.cancelledCount == 1 }
        key.fail(nil)
        #expect(await unlocked(services, "314159").state.problem == .wrongPIN(left: 9))
        #expect(await unlocked(services, "271828").state.isOpen)
    }

    @Test func aKeyThatAnswersWrongIsCalledThatAndCostsNoTry() async throws {
        let key = FailingDeviceKey()
        let services = RustWallet(try await newWallet(.new(deviceKey: key)))
        try await services.lock()
        for bytes in [Data(), Data([0]), Data(repeating: 7, count: 64), Data(repeating: 7, count: 100_000)] {
            key.fail(.answering(bytes))
            let unlock = await unlocked(services, "271828")
            #expect(!unlock.state.isOpen)
            #expect(unlock.state.problem == .deviceKeyUnavailable, "\(bytes.count) bytes")
        }
        key.fail(nil)
        #expect(await unlocked(services, "314159").state.problem == .wrongPIN(left: 9))
        #expect(await unlocked(services, "271828").state.isOpen)
    }

    @Test func twoUnlocksAtOnceAreOneOpenWallet() async throws {
        let services = RustWallet(try await newWallet(.new()))
        try await services.lock()
        async let one = unlocked(services, "271828")
        async let other = unlocked(services, "271828")
        let models = await [one, other]
        #expect(models.allSatisfy { $0.state.isOpen && $0.state.problem == nil })
        #expect(services.isUnlocked)
        try await services.lock()
        #expect(await unlocked(services, "314159").state.problem == .wrongPIN(left: 9), "neither counted as a wrong one")
    }

    // MARK: A fault

    @Test func afterAFaultOfTheLibraryTheWalletIsLockedAndOpensAgain() async throws {
        let wallet = try await newWallet(.new())
        let services = RustWallet(wallet)
        let app = AppModel(services: services, phone: FakePhone().phone)
        let following = Task { await app.observe() }
        defer { following.cancel() }
        #expect(app.state.isUnlocked)
        await #expect(throws: WalletError.Internal) { try await triggerPanic(wallet: wallet) }
        await untilTrue { !app.state.isUnlocked }
        #expect(await unlocked(services, "271828").state.isOpen)
        await untilTrue { app.state.isUnlocked }
        for language in Texts.languages {
            #expect(!Texts(language: language).message(.internalError).contains("panic"))
        }
    }

    @Test func whatIsAskedOfAWalletThatIsGoneSaysItIsLocked() async throws {
        let services = RustWallet(try await newWallet(.new()))
        try await services.wallet.release()
        let records = RecordsModel(service: services)
        await records.show(KeepwellKit.RecordQuery())
        #expect(records.state.problem == .locked)
        #expect(!services.isUnlocked)
        let sharing = ShareModel(service: services, screen: FakePhone())
        await sharing.review()
        #expect(sharing.state.problem == .locked)
        let erase = EraseModel(service: services, isPINNeeded: true) { _ in }
        await erase.load()
        #expect(erase.state.problem == .locked)
    }

    // MARK: What is typed

    /// Digits of other scripts, and what is no text at all: refused with words, and no try is lost.
    @Test func whatIsNoPINAndNoWordIsRefusedAndNoTryIsLost() async throws {
        let services = RustWallet(try await newWallet(.new()))
        for text in ["123456", "000000", "111111", "121212", "654321"] {
            await #expect(throws: Problem.pinUnsuitable, "\(text)") {
                try await services.checkNewPIN(SecretBytes(text))
            }
        }
        try await services.lock()
        let half = SecretBytes(capacity: 8)
        for byte: UInt8 in [0xED, 0xA0, 0x80, 0x31, 0x32, 0x33] { half.append(byte) }
        await #expect(throws: Problem.refused(code: "InvalidText")) { try await services.unlock(pin: half) }
        await #expect(throws: Problem.self) { _ = try await services.readWords(half) }
        #expect(await unlocked(services, "314159").state.problem == .wrongPIN(left: 9))
    }

    /// Digits are digits in every script, and words are words however they are shouted.
    @Test func digitsOfAnyScriptAndShoutedWordsOpen() async throws {
        let words = try RecoveryWords.generate()
        let services = RustWallet(kept(try await Wallet.create(config: .new(), words: words, pin: rightPIN).wallet))
        try await services.lock()
        try await services.unlock(pin: SecretBytes("\u{0662}\u{0667}\u{0661}\u{0668}\u{0662}\u{0668}"))
        #expect(services.isUnlocked)
        try await services.lock()
        await #expect(throws: Problem.wrongPIN(left: 9)) {
            try await services.unlock(pin: SecretBytes("\u{0662}\u{0667}\u{0661}\u{0668}\u{0662}\u{0669}"))
        }
        let shouted = String(decoding: try words.text(), as: UTF8.self).uppercased()
        _ = try await services.readWords(SecretBytes(shouted))
        await #expect(throws: Problem.self) { _ = try await services.readWords(SecretBytes(shouted + " ABOUT")) }
    }

    // MARK: What is stopped

    /// Files that are read and stopped leave nothing, and the same files come in afterwards.
    @Test func anImportThatIsStoppedLeavesTheWalletAsBefore() async throws {
        let services = RustWallet(try await newWallet(.new()))
        let path = URL(fileURLWithPath: try newFolder() + "/many.ndjson")
        let line = #"{"resourceType":"Observation","id":"NUMBER","status":"final","code":{"text":"Haemoglobin"}}"#
        let lines = (0..<100_000).map { line.replacingOccurrences(of: "NUMBER", with: "o\($0)") }
        try Data(lines.joined(separator: "\n").utf8).write(to: path)
        let model = ImportModel(files: [LocalFile(path)], service: services)
        model.accept()
        while model.state.step == .reading, model.state.bytesRead == 0 { try await Task.sleep(for: .milliseconds(2)) }
        #expect(model.state.bytesRead > 0)
        model.cancel()
        await model.finishReading()
        #expect(model.state.step == .ask && model.state.problem == nil)
        #expect(try await services.status().records == 0)
        #expect(try await services.imports() == [])
        #expect(services.isUnlocked)
    }

    // MARK: No room

    #if os(Linux)
        /// A disk of 48 MB on which not a byte is left.
        @Test func onAFullPhoneItIsSaidAndNothingIsLost() async throws {
            let disk = try newFolder()
            guard mount("none", disk, "tmpfs", 0, "size=48m") == 0 else {
                print("SKIPPED: no disk can be mounted here")
                return
            }
            // Also where something has a file there open.
            defer { _ = umount2(disk, CInt(MNT_DETACH)) }
            try await isSaidAndNothingIsLost(on: disk)
        }

        private func isSaidAndNothingIsLost(on disk: String) async throws {
            let config = WalletConfig(home: disk + "/wallet", deviceKey: MemoryDeviceKey(), acceptDemonstrationLedger: true)
            let services = RustWallet(try await newWallet(config))
            let long = String(repeating: "text that fills a disk ", count: 40)
            _ = try await services.wallet.importRecords(from: .bytes(bytes: bundle(observations: 2_000, text: long)))
            let many = URL(fileURLWithPath: try newFolder() + "/many.json")
            try bundle(observations: 4_000, text: long).write(to: many)
            let filler = disk + "/filler"
            fill(filler)

            // Nothing comes in, and that is said.
            let model = ImportModel(files: [LocalFile(many)], service: services)
            model.accept()
            await model.finishReading()
            #expect(model.state.problem == .diskFull && model.state.report == nil)
            #expect(try await services.status().records == 2_001)
            #expect(try await services.imports().count == 1)

            // Nothing goes out, and nothing of it is left.
            let folder = disk + "/export"
            let export = ExportModel(service: services, folder: URL(fileURLWithPath: folder))
            export.pin.type("271828")
            await export.export()
            #expect(export.state.problem == .diskFull && export.file == nil)
            #expect(!FileManager.default.fileExists(atPath: folder))

            // What is there opens and is read, and with room again everything goes on.
            try await services.lock()
            #expect(await unlocked(services, "271828").state.isOpen)
            #expect(try await services.counts().reduce(0) { $0 + $1.count } == 2_001)
            try FileManager.default.removeItem(atPath: filler)
            model.accept()
            await model.finishReading()
            #expect(model.state.report?.added == 2_000, "\(String(describing: model.state.problem))")
            export.pin.type("271828")
            await export.export()
            #expect(export.state.records == 4_001)
            try await services.wallet.release()
        }

        /// Takes what is left of the disk, to the last byte.
        private func fill(_ path: String) {
            let file = open(path, O_WRONLY | O_CREAT, 0o600)
            defer { close(file) }
            for size in [1 << 20, 4_096, 1] {
                let bytes = [UInt8](repeating: 0, count: size)
                while write(file, bytes, size) > 0 {}
            }
        }
    #endif

    /// A place that takes nothing: what was begun is gone, and the wallet is as before.
    @Test func anExportThatFindsNoPlaceLeavesNothingBehind() async throws {
        let services = RustWallet(try await newWallet(.new()))
        _ = try await services.wallet.importRecords(from: .bytes(bytes: bundle(observations: 3)))
        let folder = URL(fileURLWithPath: try newFolder() + "/file")
        try Data("in the way".utf8).write(to: folder)
        let export = ExportModel(service: services, folder: folder.appendingPathComponent("export"))
        export.pin.type("271828")
        await export.export()
        #expect(export.state.problem != nil)
        #expect(export.file == nil)
        #expect(try Data(contentsOf: folder) == Data("in the way".utf8))
        #expect(services.isUnlocked)
        #expect(try await services.status().records == 4)
    }
}

extension Data {
    /// The bytes that hexadecimal digits stand for.
    fileprivate init?(hex: String) {
        guard hex.utf8.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        var rest = hex[...]
        while !rest.isEmpty {
            guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        self.init(bytes)
    }
}
