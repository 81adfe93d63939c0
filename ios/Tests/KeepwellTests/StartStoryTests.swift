// The first launch and the way in of records, over the real library.

import Foundation
import Keepwell
import KeepwellFake
import KeepwellKit
import Testing

@testable import KeepwellService

/// A phone: a folder, a device's key, and the file that its app was built with.
@MainActor private final class TestPhone {
    let home: String
    private let key = MemoryDeviceKey()
    private let connectionFile: Data?
    /// What the first launch handed over.
    private(set) var services: (any WalletServices)?

    init(connectionFile: Data? = nil) throws {
        home = try newFolder() + "/wallet"
        self.connectionFile = connectionFile
    }

    func find() async throws -> FoundWallet {
        let config = WalletConfig(home: home, deviceKey: key, acceptDemonstrationLedger: true)
        return try await RustWallet.find(config, connectionFile: connectionFile)
    }

    /// The first launch.
    func start() async throws -> StartModel {
        guard case .none(let start) = try await find() else { throw Unknown(what: "there is a wallet") }
        return StartModel(service: start) { self.services = $0 }
    }

    /// The wallet that a process leaves when it ends.
    func endProcess(_ services: (any WalletServices)?) async throws {
        guard let library = services as? RustWallet else { throw Unknown(what: "no wallet of the library's") }
        kept(library.wallet)
        try await library.wallet.release()
    }
}

extension StartModel {
    /// Goes from the welcome to the PIN of a new wallet, and gives its words.
    fileprivate func drawWords(answering isAnswering: Bool = true) async throws -> [String] {
        await next()
        await startNew()
        let drawn = words
        await next()
        if isAnswering {
            for place in quiz.places { quiz.type(" \(drawn[place - 1].uppercased())", at: place) }
            await next()
        } else {
            checkLater()
        }
        try #require(state.step == .newPIN, "\(String(describing: state.problem))")
        return drawn
    }

    fileprivate func choosePIN(_ digits: String) async {
        for _ in 0..<2 {
            pin.entry.type(digits)
            await next()
        }
    }

    /// Goes from the welcome to the connection with words that the person has.
    fileprivate func bring(_ words: [String], passphrase: String = "") async {
        await next()
        haveWords()
        fields.type(words.joined(separator: "\n"), at: 0)
        await next()
        type(passphrase: passphrase)
        await next()
        await choosePIN("314159")
    }
}

@Suite(.serialized, .timeLimit(.minutes(5))) @MainActor struct StartOfflineTests {
    @Test func aProcessThatEndsAtAnyStepLeavesNothingOrAWholeWallet() async throws {
        let phone = try TestPhone()
        // The steps are done one more each time, and then the process ends.
        let ways: [@MainActor (StartModel) async throws -> Void] = [
            { _ in },
            { await $0.next() },
            { start in
                await start.next()
                await start.startNew()
            },
            { _ = try await $0.drawWords() },
            { start in
                _ = try await start.drawWords()
                start.pin.entry.type("314159")
                await start.next()
            },
        ]
        for way in ways {
            let start = try await phone.start()
            try await way(start)
            #expect(start.services == nil)
            #expect(!FileManager.default.fileExists(atPath: phone.home + "/wallet/store.db"))
        }
        let start = try await phone.start()
        _ = try await start.drawWords(answering: false)
        start.pin.entry.type("111111")
        await start.next()
        #expect(start.state.problem == .pinUnsuitable)
        guard case .none = try await phone.find() else { throw Unknown(what: "half a wallet") }
        await start.choosePIN("314159")
        #expect(start.state.problem == nil)
        // It ends before anything was answered or connected: the wallet asks for its PIN, and says what is to be done.
        try await phone.endProcess(start.services)
        guard case .wallet(let found) = try await phone.find() else { throw Unknown(what: "no wallet") }
        let app = AppModel(services: found, phone: FakePhone().phone)
        #expect(!app.state.isUnlocked)
        app.unlock.pin.type("314159")
        await app.unlock.unlock()
        #expect(app.unlock.state.isOpen)
        #expect(try await found.overview().toDo == [.checkWords, .connect])
        try await phone.endProcess(found)
    }

    @Test func wrongAnswersOfTheQuizAreRefusedAndTheWordsCanBeTypedInAgain() async throws {
        let phone = try TestPhone()
        let start = try await phone.start()
        await start.next()
        await start.startNew()
        let words = start.words
        #expect(words.count == 24)
        await start.next()
        for place in start.quiz.places { start.quiz.type("zzzz", at: place) }
        await start.next()
        #expect(start.state.problem == .quizFailed)
        for place in start.quiz.places { start.quiz.type(words[place - 1], at: place) }
        await start.next()
        await start.choosePIN("314159")
        #expect(start.state.step == .done)
        #expect(try await start.services?.status().areWordsVerified == true)
        await start.enableBiometrics()
        #expect(start.state.hasBiometrics)
        try await start.services?.lock()
        try await start.services?.unlockWithBiometrics()
        #expect(start.services?.isUnlocked == true)
        try await phone.endProcess(start.services)
    }

    @Test func misspeltWordsAreNamedWithWhatMayBeMeant() async throws {
        let start = try await TestPhone().start()
        let words = String(decoding: try RecoveryWords.generate().text(), as: UTF8.self).split(separator: " ").map(String.init)
        await start.next()
        start.haveWords()
        start.fields.type((["\(words[0])x"] + words.dropFirst()).joined(separator: " "), at: 0)
        await start.next()
        #expect(start.state.problem == .wordsUnreadable(.unknownWord, position: 1))
        start.fields.type("\(words[0])x", at: 23)
        start.fields.type("\(words[0])x", at: 0)
        start.fields.go(to: 0)
        await start.fields.look()
        #expect(start.fields.suggestions.contains(words[0]))
        start.fields.type(words[23], at: 23)
        start.fields.go(to: 0)
        start.fields.take(words[0])
        await start.next()
        #expect(start.state.step == .passphrase)
        await start.next()
        await start.choosePIN("314159")
        #expect(start.state.step == .connection)
        #expect(!start.canContinue, "nobody to ask")
    }

    @Test func codesThatNameNoServersAndAFileThatIsNoneAreRefusedAndLoseNothing() async throws {
        let phone = try TestPhone(connectionFile: Data("{}".utf8))
        let start = try await phone.start()
        let long = String(repeating: "A", count: 1_000_000)
        for code in ["keepwell:c/", "keepwell:c/e30", "https://example.org", long] {
            await start.offer(code: code)
            #expect(start.state.problem == .connectionUnreadable)
            #expect(start.state.offer == nil)
        }
        await start.offer(code: "keepwell:p/abc")
        #expect(start.state.problem == .clinicCode)
        _ = try await start.drawWords()
        await start.choosePIN("314159")
        #expect(start.state.step == .done)
        try await phone.endProcess(start.services)
        guard case .wallet(let found) = try await phone.find() else { throw Unknown(what: "no wallet") }
        try await phone.endProcess(found)
    }
}

/// What comes in, over a wallet of the library's.
@Suite(.serialized, .timeLimit(.minutes(5))) @MainActor struct ImportStoryTests {
    private func file(_ content: Data, _ name: String = "bundle.json") throws -> LocalFile {
        let url = URL(fileURLWithPath: try newFolder()).appendingPathComponent(name)
        try content.write(to: url)
        return LocalFile(url)
    }

    private func read(_ files: [LocalFile], into wallet: Wallet) async -> ImportModel {
        let model = ImportModel(files: files, service: RustWallet(wallet))
        model.accept()
        await model.finishReading()
        return model
    }

    private func person(_ id: String, _ given: String, _ family: String, born: String, results: Int) -> String {
        let results = (0..<results).map { number in
            #"{"resource":{"resourceType":"Observation","id":"\#(id)\#(number)","status":"final","#
                + #""subject":{"reference":"Patient/\#(id)"},"#
                + #""effectiveDateTime":"2024-02-29","code":{"text":"\#(given) \#(number)"}}}"#
        }
        let patient =
            #"{"resource":{"resourceType":"Patient","id":"\#(id)","name":[{"family":"\#(family)","given":["\#(given)"]}],"#
            + #""birthDate":"\#(born)"}}"#
        return ([patient] + results).joined(separator: ",")
    }

    @Test func severalPeopleAreAskedAboutAndAnImportIsTakenBack() async throws {
        let wallet = try await newWallet(.new())
        let mother = person("m", "Zoë", "Müller", born: "1955-05-01", results: 3)
        let child = person("c", "Leo", "Müller", born: "1990-02-02", results: 2)
        let both = Data(#"{"resourceType":"Bundle","type":"collection","entry":[\#(mother),\#(child)]}"#.utf8)
        let model = try await read([file(both)], into: wallet)
        #expect(model.state.step == .whoIsIt)
        #expect(model.state.people.map(\.birthDate) == ["1955-05-01", "1990-02-02"])
        #expect(try await wallet.status().records == 0, "nothing was taken")
        model.choose(try #require(model.state.people.first))
        await model.finishReading()
        #expect(model.state.report?.added == 4)
        #expect(model.state.report?.keptOut == 3)
        #expect(model.state.bytesRead <= both.count)
        let undoing = try #require(model.undoing)
        await undoing.ask()
        #expect(undoing.state.reach?.records == 4)
        await undoing.undo()
        #expect(undoing.state.undone?.removed == 4)
        let list = ImportsModel(service: RustWallet(wallet))
        await list.load()
        #expect(list.state.imports.map { $0.undone == nil } == [false])
    }

    @Test func whatIsNoRecordIsSetAsideNamedAndDropped() async throws {
        let wallet = try await newWallet(.new())
        let model = try await read([file(Data("%PDF-1.7\n".utf8), "letter.pdf"), file(bundle(observations: 2))], into: wallet)
        #expect(model.state.report?.added == 3, "\(String(describing: model.state.problem))")
        #expect(model.state.report?.setAside == [.document])
        let list = ImportsModel(service: RustWallet(wallet))
        await list.load()
        let item = try #require(list.state.setAside.first)
        #expect(item.kind == .document)
        #expect(item.file == "letter.pdf")
        await list.drop(item.id)
        #expect(list.state.setAside == [])
    }

    @Test func hostileFilesAreRefusedAndNothingComesIn() async throws {
        let wallet = try await newWallet(.new())
        let gone = URL(fileURLWithPath: try newFolder()).appendingPathComponent("gone.json")
        let folder = URL(fileURLWithPath: try newFolder())
        for refused in [LocalFile(gone), LocalFile(folder)] {
            let model = await read([refused], into: wallet)
            guard case .fileUnreadable = model.state.problem else {
                Issue.record("\(String(describing: model.state.problem))")
                continue
            }
            #expect(model.state.step == .ask)
        }
        let cut = try await read([file(bundle(observations: 50).dropLast(10))], into: wallet)
        #expect(cut.state.problem == .fileUnreadable(code: "InvalidJson"), "\(cut.state)")
        let nested = Data((String(repeating: "[", count: 1_000_000)).utf8)
        _ = try await read([file(nested)], into: wallet)
        #expect(try await wallet.status().records == 0)
    }

    /// 2 GB of nothing: reading is stopped, and the wallet goes on.
    @Test func aHugeFileIsStopped() async throws {
        let wallet = try await newWallet(.new())
        let url = URL(fileURLWithPath: try newFolder()).appendingPathComponent("huge.json")
        try Data(#"{"resourceType":"Bundle","entry":[""#.utf8).write(to: url)
        let handle = try FileHandle(forWritingTo: url)
        try handle.truncate(atOffset: 2_000_000_000)
        try handle.close()
        let model = ImportModel(files: [LocalFile(url)], service: RustWallet(wallet))
        #expect(model.state.size == 2_000_000_000)
        model.accept()
        model.cancel()
        await model.finishReading()
        #expect(model.state.step == .ask)
        #expect(model.state.report == nil)
        #expect(try await wallet.status().records == 0)
        try FileManager.default.removeItem(at: url)
    }

    @Test func lockingInTheMiddleStopsAnImport() async throws {
        let wallet = try await newWallet(.new())
        let services = RustWallet(wallet)
        let app = AppModel(services: services, phone: FakePhone().phone)
        #expect(app.state.isUnlocked)
        let following = Task { await app.observe() }
        defer { following.cancel() }
        app.take(.files([try file(bundle(observations: 2_000, text: String(repeating: "long ", count: 500)))]))
        let importing = try #require(app.importing)
        importing.accept()
        await app.lock()
        await importing.finishReading()
        #expect(importing.state.report == nil)
        await untilTrue { app.importing == nil && !app.state.isUnlocked }
    }
}

/// One after the other: they share a clinic.
@Suite(.serialized, .timeLimit(.minutes(5)), .enabled(if: RealServers.areThere, "no KEEPWELL_SERVERS")) @MainActor
struct StartStoryTests {
    /// A new phone, its words, and everything back on the next one by them.
    @Test func aNewWalletIsConnectedFilledLostAndBroughtBack() async throws {
        let real = try RealServers()
        let connectionFile = try real.connectionFile()
        let phone = try TestPhone(connectionFile: connectionFile)
        let start = try await phone.start()
        let words = try await start.drawWords()
        await start.choosePIN("271828")
        #expect(start.state.step == .connection)
        #expect(start.state.offer?.hostName == "127.0.0.1")
        #expect(start.state.offer?.isDemonstration == true)
        await start.next()
        #expect(start.state.isConnected, "\(String(describing: start.state.problem))")
        await start.next()
        let services = try #require(phone.services)
        let app = AppModel(services: services, phone: FakePhone().phone)
        #expect(app.state.isUnlocked)
        let home = HomeModel(service: services)
        await home.load()
        #expect(home.state.toDo == [.addRecords])

        let url = URL(fileURLWithPath: try newFolder()).appendingPathComponent("bundle.json")
        try bundle(observations: 5).write(to: url)
        app.take(.files([LocalFile(url)]))
        app.importing?.accept()
        await app.importing?.finishReading()
        #expect(app.importing?.state.report?.added == 6)
        app.closeQuestion()
        await home.load()
        #expect(home.state.counts.reduce(0) { $0 + $1.count } == 6)
        #expect(home.state.new.reduce(0) { $0 + $1.count } == 6)
        #expect(home.state.overview?.owner == Owner(name: "Zoë Müller", birthDate: "1990-05-01"))
        #expect(home.state.toDo == [.sendRecords(6)])
        await home.send()
        #expect(home.state.toDo == [])
        #expect(home.state.problem == nil)
        try await phone.endProcess(services)

        // The next phone's app was built without servers: a code says where, and only asks.
        let next = try TestPhone()
        let back = try await next.start()
        await back.bring(words, passphrase: "sesame")
        #expect(back.state.offer == nil)
        let code = connectionFile.base64EncodedString().replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
        await back.offer(code: ConnectionOffer.codePrefix + code)
        #expect(back.state.isOfferFromCode)
        await back.next()
        await back.finishRestoring()
        #expect(back.state.problem == .nothingToRestore)
        #expect(back.state.step == .passphrase)
        back.type(passphrase: "")
        await back.next()
        await back.choosePIN("314159")
        await back.next()
        await back.finishRestoring()
        #expect(back.state.problem == nil)
        #expect(back.state.report?.records == 6)
        #expect(back.state.progress?.fraction == 1)
        await back.next()
        let restored = try #require(next.services)
        #expect(restored.isUnlocked)
        #expect(try await restored.overview().toDo == [])
        try await restored.lock()
        let pin = SecretBytes("314159")
        try await restored.unlock(pin: pin)
        try await next.endProcess(restored)
    }

    /// Erased by the PIN, and back on the same phone by the words.
    @Test func whatWasErasedComesBackByTheWords() async throws {
        let phone = try TestPhone(connectionFile: try RealServers().connectionFile())
        let start = try await phone.start()
        let words = try await start.drawWords()
        await start.choosePIN("271828")
        await start.next()
        #expect(start.state.isConnected, "\(String(describing: start.state.problem))")
        await start.next()
        let services = try #require(phone.services)
        let file = URL(fileURLWithPath: try newFolder()).appendingPathComponent("bundle.json")
        try bundle(observations: 3).write(to: file)
        _ = try await services.importFiles(at: [file.path], of: nil, source: nil) { _ in }
        let ended = Guarded(0)
        let erase = EraseModel(service: services, isPINNeeded: true) { problem in
            if problem == nil { ended.withLock { $0 += 1 } }
        }
        await erase.load()
        #expect(erase.state.comesBack == .byWords)
        #expect(erase.state.recordsOnlyHere == 4, "nobody has them yet, and that is said")
        _ = try await services.sync()
        await erase.load()
        #expect(erase.state.recordsOnlyHere == 0)
        erase.pin.type("271828")
        await erase.erase()
        #expect(ended.withLock { $0 } == 1)
        #expect(!FileManager.default.fileExists(atPath: phone.home + "/wallet/store.db"))

        let back = try await phone.start()
        await back.bring(words)
        await back.next()
        await back.finishRestoring()
        #expect(back.state.problem == nil)
        #expect(back.state.report?.records == 4)
        await back.next()
        try await phone.endProcess(phone.services)
    }

    /// A wallet that works on its own is connected later, by a code and its PIN.
    @Test func aWalletOnItsOwnIsConnectedByACode() async throws {
        let real = try RealServers()
        let wallet = try await newWallet(.new())
        let app = AppModel(services: RustWallet(wallet), phone: FakePhone().phone)
        app.take(.code(String(decoding: try real.connectionFile(), as: UTF8.self)))
        let connecting = try #require(app.connecting)
        await connecting.load()
        #expect(connecting.state.offer?.hostName == "127.0.0.1")
        #expect(connecting.state.offer?.ledgerName == "127.0.0.1")
        #expect(connecting.state.offer?.anchorFingerprint.count == 24)
        #expect(connecting.isFromCode, "a file's text that came as a code is compared, too")
        #expect(try await app.services.status().isConnected == false)
        connecting.pin.type("314159")
        await connecting.connect()
        #expect(connecting.state.problem == .wrongPIN(left: 9))
        connecting.pin.type("271828")
        await connecting.connect()
        #expect(connecting.state.isConnected, "\(String(describing: connecting.state.problem))")
        #expect(try await app.services.status().isConnected)
    }
}
