// A link that somebody else shares, taken in: over a real host, and over links that are not to be followed.

import Foundation
import Keepwell
import KeepwellFake
import KeepwellKit
import KeepwellService
import Testing

extension StoryTests {
    @MainActor @Test func whatIsBehindALinkIsAskedAboutTakenInAndTakenBack() async throws {
        let real = try RealServers()
        let servers = try real.servers()
        // A relative shares what they have.
        let theirs = try await newWallet(.new())
        _ = try await theirs.importRecords(from: .bytes(bytes: bundle(observations: 3)))
        _ = try await theirs.withAuthentication(pin: rightPIN) { try await theirs.connect($0, to: servers) }
        let sharing = ShareModel(service: RustWallet(theirs), screen: FakePhone())
        sharing.request.categories = [.results]
        sharing.request.label = "For Zoë"
        await sharing.review()
        await sharing.share()
        let shown = try #require(sharing.state.shown, "\(String(describing: sharing.state.problem))")
        let link = try #require(sharing.state.code?.link)

        // Handed over while there is no network: it says from where, and asks nobody.
        let client = SwitchableClient()
        client.isOnline = false
        let wallet = try await newWallet(.new(httpClient: client))
        let app = AppModel(services: RustWallet(wallet), phone: FakePhone().phone)
        app.take(IncomingItem(text: "https://viewer.example.org/#\(link)"))
        let importing = try #require(app.importing)
        #expect(importing.state.link?.server.hasPrefix("127.0.0.1") == true)
        #expect(importing.state.link?.label == "For Zoë")
        #expect(importing.state.link?.needsPasscode == false)
        #expect(importing.state.link?.expires != nil && !importing.state.isLinkOver)
        importing.accept()
        await importing.finishReading()
        #expect(importing.state.problem == .linkUnreachable && importing.state.step == .ask)
        #expect(try await wallet.status().records == 0)
        #expect(try await theirs.shareLog(LinkId(shown.id)).isEmpty)

        client.isOnline = true
        importing.accept()
        await importing.finishReading()
        let report = try #require(importing.state.report, "\(String(describing: importing.state.problem))")
        // With the PDF that lists them.
        #expect(report.added == 5)
        #expect(try await theirs.shareLog(LinkId(shown.id)).map(\.recipient) == ["Keepwell"])
        let list = ImportsModel(service: app.services)
        await list.load()
        #expect(list.state.imports.map(\.added) == [5])
        let undoing = try #require(importing.undoing)
        await undoing.ask()
        await undoing.undo()
        #expect(undoing.state.undone?.removed == 5)

        // Somebody else's, in a wallet that has an owner: nothing comes in unasked.
        let other = try await newWallet(.new())
        let owner =
            #"{"resourceType":"Patient","id":"o","name":[{"family":"Else","given":["Somebody"]}],"birthDate":"1971-02-03"}"#
        _ = try await other.importRecords(from: .bytes(bytes: Data(owner.utf8)))
        let asked = ImportModel(link: link, service: RustWallet(other))
        asked.accept()
        await asked.finishReading()
        #expect(asked.state.step == .whoIsIt, "\(String(describing: asked.state.problem))")
        #expect(asked.state.people.contains { $0.name?.contains("Müller") == true })
        #expect(try await other.status().records == 1)

        // Ended, it opens no more.
        await sharing.change(shown.id, .revoke)
        let late = ImportModel(link: link, service: app.services)
        late.accept()
        await late.finishReading()
        #expect(late.state.problem == .linkEnded && late.state.step == .ask)
        #expect(try await wallet.status().records == 0)
    }
}

@MainActor @Suite struct HostileLinkTests {
    /// A link as somebody may write it.
    private nonisolated static func link(
        url: String = "https://shares.example/l/abc", flag: String = "U", key: String = String(repeating: "A", count: 43),
        more: String = ""
    ) -> String {
        let file = #"{"url":"\#(url)","flag":"\#(flag)","key":"\#(key)"\#(more)}"#
        let base64 = Data(file.utf8).base64EncodedString()
        return "shlink:/"
            + base64.replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_").filter { $0 != "=" }
    }

    private nonisolated static let refused: [(String, Problem)] = [
        ("", .noLink), ("shlink:/", .noLink), ("shlink:/%%%", .noLink), ("https://example.org/", .noLink),
        ("keepwell:c/abc", .noLink), (String(repeating: "shlink:/", count: 100_000), .noLink),
        (link(url: "http://shares.example/l/abc"), .linkUnsafe(code: "LinkAddress")),
        (link(url: "https://user:secret@shares.example/"), .linkUnsafe(code: "LinkAddress")),
        (link(url: "file:///etc/passwd"), .linkUnsafe(code: "LinkAddress")),
        (link(url: "https://shares.example/" + String(repeating: "a", count: 200)), .linkUnsafe(code: "LinkAddress")),
        (link(key: "short"), .linkUnsafe(code: "LinkKey")), (link(flag: "UP"), .linkUnsafe(code: "LinkFlags")),
        (link(more: #","v":2"#), .linkNewer),
    ]

    @Test(arguments: refused.indices) func whatIsNotToBeFollowedIsSaidAndNobodyIsAsked(index: Int) async throws {
        let (text, problem) = Self.refused[index]
        let client = SilentClient()
        let wallet = try await newWallet(.new(httpClient: client))
        let model = ImportModel(link: text, service: RustWallet(wallet))
        #expect(model.state.problem == problem)
        #expect(!model.canAccept)
        model.accept()
        await model.finishReading()
        #expect(!client.isAsked)
    }

    @Test func whyALinkOfACodeIsNotToBeFollowedIsSaidWhereItIsAskedAbout() async throws {
        let app = AppModel(services: RustWallet(try await newWallet(.new())), phone: FakePhone().phone)
        for (text, problem) in Self.refused where problem != .noLink {
            let scanning = ScanModel(phone: FakePhone()) { app.take($0) }
            scanning.read(text)
            #expect(scanning.state.isDone && !scanning.state.isOtherCode)
            #expect(app.importing?.state.problem == problem)
            app.closeQuestion()
        }
    }

    /// A code with a passcode that follows the record, as a relative opens it.
    @MainActor @Test func aCodeWithAPasscodeOpensOnlyWithIt() async throws {
        let servers = try RealServers().servers()
        let theirs = try await newWallet(.new())
        _ = try await theirs.importRecords(from: .bytes(bytes: bundle(observations: 3)))
        _ = try await theirs.withAuthentication(pin: rightPIN) { try await theirs.connect($0, to: servers) }
        let sharing = ShareModel(service: RustWallet(theirs), screen: FakePhone())
        sharing.request.followsRecord = true
        sharing.request.categories = [.results]
        sharing.type(passcode: "123456")
        await sharing.review()
        #expect(sharing.state.problem == .passcodeUnsuitable(.guessable))
        sharing.type(passcode: "blåotter")
        await sharing.review()
        #expect(sharing.state.problem == .passcodeUnsuitable(.character))
        sharing.type(passcode: "otter")
        await sharing.review()
        #expect(sharing.state.problem == .passcodeUnsuitable(.length))
        sharing.type(passcode: "blue-otter")
        sharing.write(story: String(repeating: "ä", count: 30_001))
        await sharing.review()
        await sharing.share()
        #expect(sharing.state.problem == .storyTooLong)
        sharing.leaveReview()
        sharing.write(story: "Vivo sola, en el tercer piso.")
        await sharing.review()
        await sharing.share()
        let shown = try #require(sharing.state.shown, "\(String(describing: sharing.state.problem))")
        #expect(shown.needsPasscode && shown.followsRecord)
        let link = try #require(sharing.state.code?.link)
        let services = RustWallet(try await newWallet(.new()))
        let importing = ImportModel(link: link, service: services)
        #expect(importing.needsPasscode)
        importing.type(passcode: "red-otter")
        importing.accept()
        await importing.finishReading()
        #expect(importing.state.problem == .wrongPasscode(left: 9))
        importing.type(passcode: "blue-otter")
        importing.accept()
        await importing.finishReading()
        // With the PDF that lists them, and that of what they tell.
        #expect(importing.state.report?.added == 6, "\(String(describing: importing.state.problem))")
    }

    /// A code for a year, which the host opens while the ledger shows it.
    @MainActor @Test func aCodeThatLivesForAYearIsOnTheLedger() async throws {
        let servers = try RealServers().servers()
        let theirs = try await newWallet(.new())
        _ = try await theirs.importRecords(from: .bytes(bytes: bundle(observations: 3)))
        _ = try await theirs.withAuthentication(pin: rightPIN) { try await theirs.connect($0, to: servers) }
        let sharing = ShareModel(service: RustWallet(theirs), screen: FakePhone())
        sharing.request.categories = [.results]
        sharing.request.life = try #require(sharing.lives.last)
        await sharing.review()
        #expect(sharing.state.until != nil && !sharing.canShare)
        sharing.pin.type("999999")
        await sharing.share()
        #expect(sharing.state.problem == .wrongPIN(left: 9) && sharing.state.shares.isEmpty)
        sharing.pin.type("271828")
        await sharing.share()
        let shown = try #require(sharing.state.shown, "\(String(describing: sharing.state.problem))")
        #expect(shown.ledger == .active)
        let link = try #require(sharing.state.code?.link)
        let importing = ImportModel(link: link, service: RustWallet(try await newWallet(.new())))
        importing.accept()
        await importing.finishReading()
        // With the PDF that lists them.
        #expect(importing.state.report?.added == 5, "\(String(describing: importing.state.problem))")

        await sharing.change(shown.id, .revoke)
        #expect(sharing.state.shares.map(\.ledger) == [.revoked])
        let late = ImportModel(link: link, service: RustWallet(try await newWallet(.new())))
        late.accept()
        await late.finishReading()
        #expect(late.state.problem == .linkEnded)
    }

    @Test func aLabelThatPretendsIsShownAsWhatItsMakerCallsIt() async throws {
        let services = RustWallet(try await newWallet(.new()))
        let label = "\\u202eKeepwell\\n\\u0000 type your PIN" + String(repeating: "x", count: 1_000)
        let model = ImportModel(link: Self.link(more: #","label":"\#(label)","exp":1"#), service: services)
        let shown = try #require(model.state.link?.label)
        #expect(shown.count <= 80 && !shown.contains("\n") && !shown.contains("\0"))
        #expect(model.state.isLinkOver)
        #expect(model.state.link?.server == "shares.example")
        let facts = Texts(language: "en").facts(try #require(model.state.link), isOver: true)
        #expect(facts[1].label == "Whoever made it calls it", "never alone")
    }

    @Test func aPasscodeIsAskedForAndWithoutOneNobodyIs() async throws {
        let client = SilentClient()
        let services = RustWallet(try await newWallet(.new(httpClient: client)))
        let model = ImportModel(link: Self.link(flag: "P"), service: services)
        #expect(model.state.link?.needsPasscode == true)
        #expect(!model.canAccept)
        model.accept()
        await model.finishReading()
        #expect(!client.isAsked)
        // It is on its way, and the person stops it.
        model.type(passcode: "4711")
        model.accept()
        await client.waitUntilAsked()
        #expect(model.state.isFetching)
        model.cancel()
        await model.finishReading()
        #expect(model.state.step == .ask && model.state.problem == nil && !model.state.isFetching)
    }

    /// Lists of files that come from another server, with a passcode.
    @Test func theWrongPasscodeIsCountedByTheServerAndARightOneIsNotSentToAnotherKindOfLink() async throws {
        let client = AnsweringClient(status: 401, body: #"{"remainingAttempts":1}"#)
        let wallet = try await newWallet(.new(httpClient: client))
        let model = ImportModel(link: Self.link(flag: "LP"), service: RustWallet(wallet))
        model.type(passcode: "0000")
        model.accept()
        await model.finishReading()
        #expect(model.state.problem == .wrongPasscode(left: 1))
        #expect(client.asked.map { String(decoding: $0.body, as: UTF8.self) }.allSatisfy { $0.contains("0000") })
        client.answer(status: 401, body: #"{"remainingAttempts":0}"#)
        model.type(passcode: "0001")
        model.accept()
        await model.finishReading()
        #expect(model.state.problem == .wrongPasscode(left: 0))
        client.answer(status: 404, body: "")
        model.type(passcode: "0002")
        model.accept()
        await model.finishReading()
        #expect(model.state.problem == .linkEnded)
        client.answer(status: 200, body: #"{"files":[]}"#)
        model.type(passcode: "0003")
        model.accept()
        await model.finishReading()
        #expect(model.state.problem == .linkDamaged(code: "LinkManifest"))
        client.answer(status: 200, body: "not the file")
        let direct = ImportModel(link: Self.link(), service: RustWallet(wallet))
        direct.accept()
        await direct.finishReading()
        #expect(direct.state.problem == .linkDamaged(code: "JweMalformed"))
        #expect(client.asked.last?.body.isEmpty == true)
        #expect(try await wallet.status().records == 0)
    }
}

/// An app's HTTP that answers everything alike.
private final class AnsweringClient: HttpClient, @unchecked Sendable {
    private let lock = NSLock()
    private var answer: (UInt16, String)
    private var requests: [HttpRequest] = []

    init(status: UInt16, body: String) { answer = (status, body) }

    var asked: [HttpRequest] { lock.withLock { requests } }
    func answer(status: UInt16, body: String) { lock.withLock { answer = (status, body) } }

    func send(request: HttpRequest, alone: Bool) async throws -> HttpResponse {
        lock.withLock {
            requests.append(request)
            return HttpResponse(status: answer.0, headers: [], body: Data(answer.1.utf8))
        }
    }
}
