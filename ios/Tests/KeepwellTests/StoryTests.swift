// What the README promises and what the screens do, against real servers.

import Foundation
import Keepwell
import KeepwellFake
import KeepwellKit
import KeepwellService
import Testing

/// The patient of the demonstration, 1005 records.
private let patient = repository.appendingPathComponent(
    "fixtures/patients/Vivien121_Nolan344_38643f4d-9729-e16e-8b44-c532e8ae09d4.json.gz"
).path

@Suite struct QuickStartTests {
    @Test func theReadmeShowsWhatIsRun() throws {
        let readme = try String(contentsOf: repository.appendingPathComponent("ios/README.md"), encoding: .utf8)
        let source = try String(
            contentsOf: repository.appendingPathComponent("ios/Tests/KeepwellTests/QuickStart.swift"), encoding: .utf8)
        #expect(readme.contains("```swift\n\(source)```"))
        #expect(source.split(separator: "\n", omittingEmptySubsequences: false).count - 1 <= 30)
    }
}

/// One after the other: they share a clinic.
@Suite(.serialized, .timeLimit(.minutes(5)), .enabled(if: RealServers.areThere, "no KEEPWELL_SERVERS"))
struct StoryTests {
    @Test func theQuickStartGrantsAndRevokes() async throws {
        let real = try RealServers()
        let grant = try await quickStart(
            folder: newFolder() + "/wallet", deviceKey: MemoryDeviceKey(), servers: real.servers(), file: patient)
        #expect(grant.state == .revoked)
        #expect(grant.name == real.clinicName)
    }

    @MainActor @Test func theScreensGrantShareAndRevoke() async throws {
        let real = try RealServers()
        let wallet = try await newWallet(.new())
        _ = try await wallet.importRecords(from: .file(path: patient))
        let servers = try real.servers()
        _ = try await wallet.withAuthentication(pin: rightPIN) { try await wallet.connect($0, to: servers) }
        try await wallet.lock()

        // Unlock, first with a wrong PIN.
        let phone = FakePhone()
        let app = AppModel(services: RustWallet(wallet), phone: phone.phone)
        let following = Task { await app.observe() }
        defer { following.cancel() }
        app.unlock.pin.type("314159")
        await app.unlock.unlock()
        #expect(app.unlock.state.problem == .wrongPIN(left: 9))
        app.unlock.pin.type("271828")
        await app.unlock.unlock()
        #expect(app.unlock.state.isOpen)

        // Records, and the page of one.
        let records = RecordsModel(service: app.services)
        #expect(try await app.services.counts().reduce(0) { $0 + $1.count } == 1005)
        await records.show(KeepwellKit.RecordQuery(category: .allergies))
        let record = try #require(records.state.records.first)
        let page = RecordModel(record: record, service: app.services)
        await page.load()
        #expect(page.state.picture?.row.title == record.title)

        // A grant in three steps.
        let clinics = ClinicsModel(service: app.services)
        await clinics.load()
        clinics.search("nowhere")
        #expect(clinics.state.found == [])
        clinics.search(" ALLERG bern")
        let clinic = try #require(clinics.state.found.first { $0.id == real.clinicID.text })
        let granting = GrantModel(clinic: clinic, consent: app.services, records: app.services)
        await granting.load()
        #expect(granting.state.clinic.standing == .active)
        granting.toggle(.allergies)
        await granting.next()
        await granting.next()
        let preview = try #require(granting.state.preview)
        #expect(preview.seen.map(\.category) == [.allergies])
        #expect(preview.seen[0].records.contains { $0.title == record.title }, "titles, not counts")
        granting.pin.type("271828")
        await granting.confirm()
        #expect(granting.state.problem == nil)
        // Access is given once the ledger has it and the clinic was told.
        await granting.follow(pause: { try await Task.sleep(for: .seconds(1)) })
        let granted = try #require(granting.state.granted)
        #expect(granted.isGiven)

        // The clinic sees the same code, and reads.
        let grants = AccessModel(service: app.services)
        await grants.load()
        #expect(grants.state.open == [granted])
        let synced = try #require(JSONText(await real.clinic(["sync"])))
        guard case .array(let known)? = synced["grants"] else { throw RealServers.Failed(status: 0, output: "\(synced)") }
        let mine = known.first { $0["grant"] == .string(granted.id) }
        #expect(mine?["patient"]?["match"] == .string(granted.matchCode))
        let read = try #require(JSONText(await real.clinic(["read", granted.id])))
        guard case .array(let seen)? = read["records"] else { throw RealServers.Failed(status: 0, output: "\(read)") }
        #expect(!seen.isEmpty)

        // A share that anybody opens, until it is ended.
        let sharing = ShareModel(service: app.services, screen: phone)
        sharing.request.label = "Check-in"
        await sharing.review()
        let leaving = try #require(sharing.state.preview?.leaving, "\(String(describing: sharing.state.problem))")
        #expect(leaving.contains { $0.category == .patient } && leaving.contains { $0.category == .allergies })
        #expect(try await wallet.shares() == [], "nothing has left")
        await sharing.share()
        let shown = try #require(sharing.state.shown, "\(String(describing: sharing.state.problem))")
        let code = try #require(sharing.state.code)
        #expect(phone.brightness == 1)
        let file = try #require(try await wallet.openShare(code.link, as: "City Hospital").first)
        #expect(file.contentType == "application/fhir+json")
        let watching = Task { await sharing.observe() }
        defer { watching.cancel() }
        await untilTrue {
            _ = try? await app.services.sync()
            return sharing.state.openings[shown.id]?.map(\.recipient) == ["City Hospital"]
        }

        // Locked and opened again, the code is listed and shown again, until it is ended.
        sharing.hide()
        await app.lock()
        await untilTrue { !app.unlock.state.isOpen }
        app.unlock.pin.type("271828")
        await app.unlock.unlock()
        let again = ShareModel(service: app.services, screen: phone)
        await again.load()
        await again.show(shown.id)
        #expect(again.state.code == code)
        await again.change(shown.id, .revoke)
        #expect(again.state.shown == nil)
        #expect(phone.brightness == 0.4)
        await #expect(throws: WalletError.self) { try await wallet.openShare(code.link, as: "City Hospital") }

        // Revoked: the clinic is refused.
        await grants.revoke(granted.id)
        await untilTrue {
            await grants.refresh()
            return grants.state.ended.first?.state == .revoked
        }
        await #expect {
            _ = try await real.clinic(["read", granted.id])
        } throws: { error in
            (error as? RealServers.Failed)?.code == "GrantRevoked"
        }

        // The log has it all.
        let log = LogModel(service: app.services)
        await log.load()
        let happened = Set(log.state.entries.map(\.event))
        #expect(happened.isSuperset(of: [.granted, .revoked, .shareMade, .shareOpened, .recordsRead]), "\(happened)")

        // Locked, nothing is shown any more.
        await app.lock()
        await records.show(KeepwellKit.RecordQuery())
        #expect(records.state.problem == .locked)
    }

    /// Without a network a revocation counts here; the ledger has it once there is one again. The HTTP is the app's own.
    @MainActor @Test func revokingWithoutANetworkIsSaidAndFollows() async throws {
        let real = try RealServers()
        let client = SwitchableClient()
        let wallet = try await newWallet(.new(httpClient: client))
        _ = try await wallet.importRecords(from: .bytes(bytes: bundle(observations: 3)))
        let servers = try real.servers()
        let granted = try await wallet.withAuthentication(pin: rightPIN) { authentication in
            _ = try await wallet.connect(authentication, to: servers)
            let request = GrantRequest(to: .byId(provider: real.clinicID), Scope(categories: [.results]), for: .days(1))
            return try await wallet.grant(authentication, request)
        }
        _ = try await wallet.sync(wait: .seconds(60))
        let services = RustWallet(wallet)
        let sharing = ShareModel(service: services, screen: FakePhone())
        sharing.request.categories = [.results]
        await sharing.review()
        await sharing.share()
        let shown = try #require(sharing.state.shown, "\(String(describing: sharing.state.problem))")
        let link = try #require(sharing.state.code?.link)
        client.isOnline = false
        await sharing.change(shown.id, .revoke)
        #expect(sharing.state.problem == nil)
        #expect(sharing.state.shown == nil)
        #expect(sharing.state.stillOpen == [shown.id])
        let grants = AccessModel(service: services)
        await grants.load()
        await grants.revoke(granted.grant.text)
        #expect(grants.state.isOffline)
        #expect(grants.state.open.map(\.isStillOpen) == [true])
        #expect(grants.state.openCodes == 1)
        #expect(!grants.state.hasNobody)
        #expect(try await services.unsent() == 2)
        let home = HomeModel(service: services)
        await home.load()
        #expect(home.state.toDo.first == .sendDecisions(2))
        await home.send()
        #expect(home.state.problem == .offline)
        #expect(home.state.toDo.first == .sendDecisions(2))
        #expect(home.state.toDo.contains(.endSoon(1)) == false, "what was ended ends no more")
        #expect(try await wallet.sync().offline == .Offline(reason: .offline))
        let log = LogModel(service: RustWallet(wallet))
        await log.load()
        #expect(log.state.isOwnOnly)
        #expect(log.state.entries.map(\.event) == [.revoked, .shareMade, .granted])
        let queued = try await wallet.queued()
        #expect(queued > 0)
        client.isOnline = true
        // What the screen says is true: the link opens until the host is told.
        _ = try await wallet.openShare(link, as: "City Hospital")
        // The app goes out of sight: what was decided is sent, and the person is told.
        let phone = FakePhone()
        let sending = SendingModel(service: services, phone: phone.phone)
        try await services.setInBackground(true)
        await sending.setInBackground(true)
        #expect(sending.unsent == 0)
        #expect(phone.message?.0 == .closed)
        await sending.setInBackground(false)
        try await services.setInBackground(false)
        await sharing.load()
        #expect(sharing.state.stillOpen == [])
        await #expect(throws: WalletError.self) { try await wallet.openShare(link, as: "City Hospital") }
        await grants.refresh()
        #expect(grants.state.hasNobody)
        await grants.follow(pause: { try await Task.sleep(for: .seconds(1)) })
        #expect(grants.state.ended.map(\.state) == [.revoked])
        let left = try await wallet.queued()
        #expect(left == 0)
        await home.send()
        #expect(home.state.problem == nil)
        #expect(home.state.toDo == [.checkWords])
    }

    /// A phone loses its key: its recovery screen opens it, and what was granted before can be revoked.
    @MainActor @Test func theWordsOpenAPhoneThatLostItsKey() async throws {
        let real = try RealServers()
        let servers = try real.servers()
        let words = try RecoveryWords.generate()
        let key = MemoryDeviceKey()
        let wallet = kept(try await Wallet.create(config: .new(deviceKey: key), words: words, pin: rightPIN).wallet)
        _ = try await wallet.importRecords(from: .bytes(bytes: bundle(observations: 3)))
        let granted = try await wallet.withAuthentication(pin: rightPIN) { authentication in
            _ = try await wallet.connect(authentication, to: servers)
            let request = GrantRequest(to: .byId(provider: real.clinicID), Scope(categories: [.results]), for: .days(1))
            return try await wallet.grant(authentication, request)
        }
        _ = try await wallet.sync(wait: .seconds(60))
        try await wallet.lock()
        try await key.delete(purpose: .pin)

        let app = AppModel(services: RustWallet(wallet), phone: FakePhone().phone)
        let following = Task { await app.observe() }
        defer { following.cancel() }
        app.unlock.pin.type("271828")
        await app.unlock.unlock()
        #expect(app.unlock.state.needsWords)
        app.unlock.recover()
        let recovery = try #require(app.unlock.recovery)
        let written = String(decoding: try words.text(), as: UTF8.self).split(separator: " ")
        recovery.type(words: written.dropLast().joined(separator: " "))
        await recovery.next()
        #expect(recovery.state.problem == .wordsUnreadable(.wordCount, position: nil))
        let misspelt = ["\(written[0])x"] + written.dropFirst().map(String.init)
        recovery.type(words: misspelt.joined(separator: "\n"))
        await recovery.next()
        #expect(recovery.state.problem == .wordsUnreadable(.unknownWord, position: 1))
        #expect(recovery.suggestions.contains(String(written[0])))
        recovery.take(String(written[0]))
        await recovery.next()
        recovery.type(passphrase: "sesame")
        await recovery.next()
        await choose("314159", in: recovery)
        #expect(recovery.state.problem == .wrongWords)
        recovery.type(passphrase: "")
        await recovery.next()
        await choose("121212", in: recovery)
        #expect(recovery.state.problem == .pinUnsuitable)
        await choose("314159", in: recovery)
        #expect(recovery.state.problem == nil)
        await untilTrue { app.state.isUnlocked && app.unlock.recovery == nil }

        #expect(try await app.services.counts().reduce(0) { $0 + $1.count } == 4)
        let grants = AccessModel(service: app.services)
        await grants.load()
        await grants.revoke(granted.grant.text)
        await untilTrue {
            await grants.refresh()
            return grants.state.ended.first?.state == .revoked
        }
        await app.lock()
        await untilTrue { !app.state.isUnlocked }
        app.unlock.pin.type("271828")
        await app.unlock.unlock()
        #expect(app.unlock.state.problem == .wrongPIN(left: 9))
    }

    @MainActor private func choose(_ pin: String, in recovery: RecoveryModel) async {
        for _ in 0..<2 {
            recovery.pin.type(pin)
            await recovery.next()
        }
    }

    /// A phone is lost: the words bring records, grants and shares back, and what another wallet's words bring is refused.
    @Test func theWordsBringEverythingBack() async throws {
        let real = try RealServers()
        let servers = try real.servers()
        let words = try RecoveryWords.generate()
        let lost = try await Wallet.create(config: .new(), words: words, pin: rightPIN).wallet
        _ = try await lost.importRecords(from: .bytes(bytes: bundle(observations: 5)))
        let granted = try await lost.withAuthentication(pin: rightPIN) { authentication in
            _ = try await lost.connect(authentication, to: servers)
            let request = GrantRequest(to: .byId(provider: real.clinicID), Scope(categories: [.results]), for: .days(1))
            return try await lost.grant(authentication, request)
        }
        _ = try await lost.sync(wait: .seconds(60))
        try await lost.release()

        let read = try RecoveryWords.parse(text: try words.text())
        let restored = try await Wallet.restore(config: .new(), words: read, pin: wrongPIN, servers: servers)
        kept(restored.wallet)
        #expect(restored.report.records == 6)
        #expect(restored.report.grants == 1)
        let grants = try await restored.wallet.grants()
        #expect(grants.map(\.grant) == [granted.grant])
        #expect(grants.first?.matchCode == granted.matchCode)
        await expectError(.ConnectionRefused(reason: .spaceMissing)) {
            try await Wallet.restore(config: .new(), words: .generate(), pin: rightPIN, servers: servers)
        }
    }
}

extension PINEntry {
    /// Types each digit.
    func type(_ digits: String) {
        for digit in digits { type(digit.wholeNumberValue ?? -1) }
    }
}

/// Tries until it is true, for at most a minute.
@MainActor func untilTrue(
    sourceLocation: SourceLocation = #_sourceLocation, _ condition: @MainActor () async -> Bool
) async {
    for _ in 0..<60 {
        if await condition() { return }
        try? await Task.sleep(nanoseconds: 1_000_000_000)
    }
    Issue.record("it did not come to be in a minute", sourceLocation: sourceLocation)
}
