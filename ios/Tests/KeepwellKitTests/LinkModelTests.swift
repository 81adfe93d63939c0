// A link to records: pasted, scanned or handed over, asked about, opened.

import Foundation
import KeepwellFake
import Testing

@testable import KeepwellKit

@MainActor @Suite struct LinkModelTests {
    private static let link = "shlink:/fine"
    private let wallet = FakeWallet.sample()
    private let now = Date(timeIntervalSince1970: 1_800_000_000)

    /// Puts a link there; of its content one record is of each of the people.
    private func put(_ people: [String] = ["Ana"], passcode: String? = nil, expires: TimeInterval? = 600, opens: Int = 1) {
        let entries = people.map { name in
            #"{"resource":{"resourceType":"Patient","id":"\#(name)","name":[{"given":["\#(name)"]}]}},"#
                + #"{"resource":{"resourceType":"Observation","subject":{"reference":"Patient/\#(name)"},"#
                + #""code":{"text":"Result of \#(name)"}}}"#
        }
        let content = Data(#"{"resourceType":"Bundle","entry":[\#(entries.joined(separator: ","))]}"#.utf8)
        let preview = LinkPreview(
            server: "records.example.org", label: "Check-in", expires: expires.map { now + $0 }, needsPasscode: passcode != nil)
        var link = FakeLink(preview, files: [FetchedFile(name: "Check-in", content: content)], passcode: passcode)
        link.opens = opens
        wallet.change { $0.links[Self.link] = link }
    }

    private func model(_ text: String = link) -> ImportModel { ImportModel(link: text, service: wallet, now: { [now] in now }) }

    private func opened(_ model: ImportModel) async {
        model.accept()
        await model.finishReading()
    }

    // MARK: Asking

    @Test func itIsOnlyAskedAboutAndSaysFromWhere() async throws {
        put()
        let model = model()
        #expect(model.isOfLink && model.canAccept)
        #expect(model.state.step == .ask)
        #expect(model.state.link?.server == "records.example.org")
        await model.finishReading()
        #expect(wallet.change { $0.openedAs } == [], "whoever made it knows nothing yet")
        let texts = Texts(language: "en")
        let facts = texts.facts(try #require(model.state.link), isOver: model.state.isLinkOver)
        #expect(facts.map { $0.label } == [texts(.linkFrom), texts(.linkNamed), texts(.linkUntil)])
        #expect(facts.map { $0.text }.prefix(2) == ["records.example.org", "Check-in"])
        model.close()
        await model.finishReading()
        #expect(wallet.change { $0.openedAs } == [])
    }

    @Test func thatItsTimeIsOverIsSaidAndItMayBeTriedAllTheSame() async throws {
        put(expires: -1)
        let model = model()
        #expect(model.state.isLinkOver && model.canAccept, "the phone's clock may be wrong")
        let texts = Texts(language: "en")
        let facts = texts.facts(try #require(model.state.link), isOver: true)
        #expect(facts.map { $0.label } == [texts(.linkFrom), texts(.linkNamed)], "not that it is meant to open until then")
        put(expires: nil)
        #expect(!self.model().state.isLinkOver)
    }

    @Test func whatIsNoLinkLeadsNowhere() async {
        let model = model("shlink:/")
        #expect(model.state.problem == .noLink)
        #expect(!model.canAccept)
        await opened(model)
        #expect(model.state.step == .ask)
        #expect(wallet.change { $0.openedAs } == [])
    }

    // MARK: Opening

    @Test func whatIsBehindItComesInAndIsTakenBack() async throws {
        put()
        let model = model()
        await opened(model)
        #expect(model.state.report?.added == 1, "\(String(describing: model.state.problem))")
        #expect(wallet.change { $0.openedAs } == ["Keepwell"])
        #expect(wallet.change { $0.imports.first?.source } == "Check-in")
        let undoing = try #require(model.undoing)
        await undoing.ask()
        await undoing.undo()
        #expect(undoing.state.undone?.removed == 1)
    }

    @Test func aLinkThatOpensOnceIsFetchedOnceThoughItIsAskedWhoItIs() async throws {
        put(["Ana", "Bea"])
        let model = model()
        await opened(model)
        #expect(model.state.step == .whoIsIt)
        model.choose(try #require(model.state.people.last))
        await model.finishReading()
        #expect(model.state.report?.added == 1 && model.state.report?.keptOut == 1)
        #expect(wallet.change { $0.openedAs.count } == 1)
    }

    @Test func whatWasFetchedIsTriedAgainWithoutAskingForItAgain() async {
        put()
        let model = model()
        // The fetching goes well, and what comes after it does not.
        wallet.change { $0.problemOfImports = .diskFull }
        await opened(model)
        #expect(model.state.problem == .diskFull && model.state.step == .ask)
        wallet.change { $0.problemOfImports = nil }
        await opened(model)
        #expect(model.state.report?.added == 1)
        #expect(wallet.change { $0.openedAs.count } == 1)
    }

    @Test func whatComesAfterItWasStoppedIsKeptForAnotherTry() async {
        put()
        wallet.change { $0.problemOfImports = .cancelled }
        let model = model()
        model.accept()
        model.cancel()
        await model.finishReading()
        #expect(model.state.step == .ask && model.state.problem == nil)
        #expect(wallet.change { $0.openedAs.count } == 1)
        wallet.change { $0.problemOfImports = nil }
        await opened(model)
        #expect(model.state.report?.added == 1)
        #expect(wallet.change { $0.openedAs.count } == 1)
    }

    @Test func anEndedLinkAndNoNetworkAreSaidAndNothingComesIn() async {
        put(opens: 0)
        let ended = model()
        await opened(ended)
        #expect(ended.state.problem == .linkEnded && ended.state.step == .ask)
        put()
        wallet.change { $0.isOnline = false }
        let offline = model()
        await opened(offline)
        #expect(offline.state.problem == .linkUnreachable)
        wallet.change { $0.isOnline = true }
        await opened(offline)
        #expect(offline.state.report?.added == 1)
    }

    // MARK: The passcode

    @Test func aPasscodeIsAskedForTriesAreCountedAndItIsForgotten() async {
        put(passcode: "4711")
        let model = model()
        #expect(!model.canAccept)
        model.type(passcode: "  ")
        #expect(!model.canAccept)
        for left in [2, 1, 0] {
            model.type(passcode: "0000")
            await opened(model)
            #expect(model.state.problem == .wrongPasscode(left: left))
            #expect(model.passcode == "", "it is typed anew")
            #expect(!model.canAccept)
        }
        model.type(passcode: "4711")
        #expect(model.state.problem == nil)
        await opened(model)
        #expect(model.state.problem == .linkEnded)
        #expect(wallet.change { $0.records.count } == 5)
    }

    @Test(arguments: [" 4711 ", "4711\n"]) func theRightPasscodeOpensAlsoWithABlankAround(typed: String) async {
        put(passcode: "4711")
        let model = model()
        model.type(passcode: typed)
        await opened(model)
        #expect(model.state.report?.added == 1)
    }

    @Test func whatWasFetchedIsTriedAgainWithoutAskingForThePasscodeAgain() async {
        put(passcode: "4711")
        let model = model()
        #expect(model.needsPasscode)
        model.type(passcode: "4711")
        wallet.change { $0.problemOfImports = .diskFull }
        await opened(model)
        #expect(model.state.problem == .diskFull && model.state.step == .ask)
        #expect(!model.needsPasscode && model.canAccept)
        wallet.change { $0.problemOfImports = nil }
        await opened(model)
        #expect(model.state.report?.added == 1)
    }

    @Test func aPasscodeIsForgottenOutOfSightAndPrintedNowhere() async {
        put(passcode: "4711")
        wallet.change { $0.isUnlocked = true }
        let app = AppModel(services: wallet, phone: FakePhone().phone)
        app.take(IncomingItem(text: Self.link))
        let importing = app.importing
        importing?.type(passcode: "sesame")
        var printed = ""
        if let importing {
            dump(importing, to: &printed)
            dump(importing.state, to: &printed)
            printed += "\(importing) \(importing.state)"
        }
        #expect(!printed.contains("sesame") && !printed.contains("records.example.org"))
        await app.setInBackground(true)
        #expect(importing?.passcode == "")
        importing?.type(passcode: String(repeating: "7", count: 100_000))
        #expect(importing?.passcode.count == 200)
    }

    @Test func aPINForAConnectionIsForgottenOutOfSight() async {
        wallet.change {
            $0.isUnlocked = true
            $0.autoLock.inBackground = nil
        }
        let app = AppModel(services: wallet, phone: FakePhone().phone)
        app.take(.code("keepwell:c/records.example.org"))
        let connecting = app.connecting
        await connecting?.load()
        connecting?.pin.type("271828")
        #expect(connecting?.canConnect == true)
        await app.setInBackground(true)
        #expect(connecting?.pin.count == 0)
        #expect(app.connecting != nil, "the question stays")
    }

    // MARK: The ways in

    @Test func aTextIsALinkToRecordsOrACode() {
        for text in ["shlink:/abc", "https://viewer.example.org/#shlink:/abc", " take this: shlink:/abc"] {
            guard case .link(text) = IncomingItem(text: text) else {
                Issue.record("\(text)")
                continue
            }
        }
        if case .link = IncomingItem(text: "keepwell:c/abc") { Issue.record("a code is no link") }
    }

    @Test func aLinkWaitsForTheWalletAndIsAskedAboutAgainAfterALock() async throws {
        put()
        wallet.change { $0.isUnlocked = false }
        let app = AppModel(services: wallet, phone: FakePhone().phone)
        let following = Task { await app.observe() }
        defer { following.cancel() }
        #expect(await eventually { wallet.listenerCount == 1 })
        app.take(.link(Self.link))
        #expect(app.importing == nil)
        for _ in 0..<2 {
            app.unlock.pin.type("271828")
            await app.unlock.unlock()
            #expect(await eventually { app.importing?.isOfLink == true })
            await app.lock()
            #expect(app.importing == nil)
        }
        #expect(wallet.change { $0.openedAs } == [])
    }

    @Test func aLinkIsAskedAboutAgainAlsoWhereItsReadingWasBrokenOffAndNotOnceItIsIn() async throws {
        put(["Ana", "Bea"], opens: 2)
        wallet.change { $0.isUnlocked = true }
        let app = AppModel(services: wallet, phone: FakePhone().phone)
        let following = Task { await app.observe() }
        defer { following.cancel() }
        #expect(await eventually { wallet.listenerCount == 1 })
        app.take(.link(Self.link))
        await opened(try #require(app.importing))
        #expect(app.importing?.state.step == .whoIsIt)
        try await lockAndUnlock(app)
        let again = try #require(app.importing)
        #expect(again.state.step == .ask && again.isOfLink)
        await opened(again)
        again.choose(try #require(again.state.people.first))
        await again.finishReading()
        #expect(again.state.step == .report)
        try await lockAndUnlock(app)
        #expect(app.importing == nil)
    }

    private func lockAndUnlock(_ app: AppModel) async throws {
        await app.lock()
        #expect(app.importing == nil)
        app.unlock.pin.type("271828")
        await app.unlock.unlock()
        try #require(await eventually { app.state.isUnlocked })
    }

    @Test func onlyALinkIsTakenFromThePasteboardAndTheCamera() async {
        put()
        var taken: [IncomingItem] = []
        let pasting = PasteLinkModel(service: wallet) { taken.append($0) }
        #expect(!pasting.canContinue)
        pasting.type(" not a link ")
        pasting.next()
        #expect(pasting.problem == .noLink && taken.isEmpty)
        #expect(pasting.text == " not a link ", "it can be mended")
        pasting.type(Self.link)
        #expect(pasting.problem == nil)
        pasting.next()
        #expect(pasting.text == "" && taken.count == 1)
        pasting.type(String(repeating: "A", count: 1_000_000))
        #expect(pasting.text.count == 10_000)
        let scanning = ScanModel(phone: FakePhone()) { taken.append($0) }
        await scanning.load()
        scanning.read("keepwell:p/abc")
        #expect(scanning.state.isOtherCode && taken.count == 1)
        scanning.read(Self.link)
        scanning.read(Self.link)
        #expect(scanning.state.isDone && taken.count == 2)
        #expect(wallet.change { $0.openedAs } == [])
    }

    @Test(arguments: Texts.languages) func everythingThatCanBeWrongWithALinkHasItsWords(language: String) {
        let texts = Texts(language: language)
        let problems: [Problem] = [
            .linkEnded, .linkLater, .linkUnsafe(code: "LinkAddress"), .linkNewer, .linkTooLarge,
            .linkDamaged(code: "JweMalformed"),
            .linkUnreachable, .wrongPasscode(left: nil), .wrongPasscode(left: 0), .wrongPasscode(left: 3), .noLink,
            .linkUnreadable(code: "LinkAnswer"),
        ]
        #expect(Set(problems.map(texts.message)).count == problems.count)
        #expect(texts.message(.wrongPasscode(left: 3)).contains("3"))
        #expect(texts.message(.wrongPasscode(left: 1)) != texts.message(.wrongPasscode(left: 2)))
    }
}
