// The operations of `fixtures/scenarios/README.md`.

import Foundation
import Keepwell
import KeepwellKit

extension Stage {
    /// Does one operation on a phone.
    func perform(_ operation: String, on name: String, _ with: JSONText) async throws -> JSONText {
        switch operation {
        case "choices": return JSONText(result: choices())
        case "findProviders":
            let providers = try (with["providers"]?.elements ?? []).map {
                ProviderSummary(
                    provider: try $0.id("provider"), name: try $0.required("name"), place: try $0.required("place"),
                    state: .listed)
            }
            return JSONText(result: try findProviders(providers: providers, text: try with.required("text")))
        case "readTypedWords": return JSONText(result: try readTypedWords(text: with.bytes("text")))
        case "generateWords": return try told(RecoveryWords.generate())
        case "parseWords": return try told(RecoveryWords.parse(text: with.bytes("text")))
        case "suggestWords": return JSONText(result: try suggestWords(text: with.bytes("text")))
        case "checkQuiz":
            try RecoveryWords.parse(text: with.bytes("words")).checkQuiz(answers: answers(with))
            return .null
        case "readAnchorFingerprint": return .string(try readAnchorFingerprint(anchor: with.bytes("anchor")).text)
        case "readConnection":
            let offer = try readConnection(text: with.bytes("text"))
            return .members([
                "ledgerUrl": .string(offer.servers.ledgerUrl), "hostUrl": .string(offer.servers.hostUrl),
                "hostName": .string(offer.hostName), "invite": offer.invite.map { .string($0) } ?? .null,
                "ledgerName": .string(offer.ledgerName), "anchorFingerprint": .string(offer.anchorFingerprint.text),
                "isFromCode": .boolean(offer.isFromCode), "isDemonstration": .boolean(offer.isDemonstration),
            ])
        case "startSmartServer", "openInBrowser":
            let path = operation == "openInBrowser" ? "/agree" : "/start"
            guard let servers, case .object(let members) = with else { throw Unknown(what: "the servers") }
            let query = members.map { ($0.name, $0.value.text ?? "") }
            return .string(try await servers.smart(path, Dictionary(query) { $1 }))
        case "clinic":
            let arguments = with["arguments"]?.elements.compactMap(\.text) ?? []
            guard let servers, let document = JSONText(try await servers.clinic(arguments))
            else { throw Unknown(what: "the clinic's answer") }
            return document
        default: break
        }
        let phone = try phones[name] ?? Phone()
        phones[name] = phone
        switch operation {
        case "create":
            let words = try RecoveryWords.parse(text: with.bytes("words"))
            let made = try await Wallet.create(
                config: phone.config, words: words, pin: try with.pin(), passphrase: try with.passphrase())
            (phone.wallet, phone.authentication) = (made.wallet, made.authentication)
        case "open": phone.wallet = try await Wallet.open(config: phone.config)
        case "restore":
            let words = try RecoveryWords.parse(text: with.bytes("words"))
            let made = try await Wallet.restore(
                config: phone.config, words: words, pin: try with.pin(), servers: try connection(with),
                passphrase: try with.passphrase())
            (phone.wallet, phone.authentication) = (made.wallet, made.authentication)
            return JSONText(result: made.report)
        case "wipeDeviceKey": phone.key = MemoryDeviceKey()
        case "enrollFinger": await phone.key.enrollFinger()
        case "copyWallet":
            guard let from = phones[try with.required("from")] else { throw Unknown(what: "from") }
            try FileManager.default.copyItem(atPath: from.home, toPath: phone.home)
        default:
            guard let wallet = phone.wallet else { throw Unknown(what: "no wallet for \(operation)") }
            return try await perform(operation, phone, wallet, with)
        }
        return .null
    }

    private func perform(
        _ operation: String, _ phone: Phone, _ wallet: Wallet, _ with: JSONText
    ) async throws -> JSONText {
        switch operation {
        case "unlock": phone.authentication = try await wallet.unlock(pin: with.pin())
        case "unlockWithWords":
            let words = try RecoveryWords.parse(text: with.bytes("words"))
            phone.authentication = try await wallet.unlockWithWords(
                words: words, newPin: try with.pin(), passphrase: try with.passphrase())
        case "isUnlocked": return .boolean(try wallet.isUnlocked())
        case "lock": try await wallet.lock()
        case "release": try await wallet.release()
        case "erase": try await wallet.erase(authentication: phone.fresh())
        case "status": return JSONText(result: try await wallet.status())
        case "answerQuiz": try await wallet.confirmWords(authentication: phone.fresh(), answers: try answers(with))
        case "connect": return JSONText(result: try await wallet.connect(phone.fresh(), to: try connection(with)))
        case "changePin": try await wallet.changePin(authentication: phone.fresh(), newPin: with.pin())
        case "enableBiometrics": try await wallet.enableBiometrics(authentication: phone.fresh())
        case "shownWords": return .string(String(decoding: try phone.fresh().words(), as: UTF8.self))
        case "export", "exportHistory":
            let path = try with["to"]?.text.map { folder + "/" + $0 } ?? newFolder() + "/export"
            let fresh = try phone.fresh()
            let report: ExportReport
            if let takes = with["takes"]?.integer {
                let sink = try Pieces(path: path, left: takes)
                report =
                    operation == "export"
                    ? try await wallet.exportRecords(fresh, to: sink) : try await wallet.exportHistory(fresh, to: sink)
            } else {
                report =
                    operation == "export"
                    ? try await wallet.exportRecords(authentication: fresh, path: path)
                    : try await wallet.exportHistory(authentication: fresh, path: path)
            }
            return .members(["records": .number("\(report.records)")])
        case "renderedPdf":
            let pdf = try await wallet.renderedPdf(
                phone.fresh(), of: try scopes(with), leaveOut: try leaveOut(with),
                withNumbers: with["withNumbers"] == .boolean(true))
            guard let pdf else { throw Unknown(what: "pages") }
            return .members(["begins": .string(String(decoding: pdf.prefix(5), as: UTF8.self))])
        case "exportAudit":
            let sink = try Pieces(path: newFolder() + "/audit", left: with["takes"]?.integer ?? .max)
            return JSONText(result: try await wallet.exportAudit(phone.fresh(), to: sink))
        case "renewTrust":
            let renewal = LedgerRenewal(
                anchor: with.bytes("anchor"), ledgerUrl: with["ledgerUrl"]?.text, fingerprint: with.idOrNil("fingerprint"))
            return JSONText(result: try await wallet.renewTrust(phone.fresh(), renewal))
        case "grant": return JSONText(result: try await wallet.grant(phone.fresh(), try grantRequest(with)))
        case "approveAccessRequest":
            let answer = AccessRequestAnswer(
                scope: try scope(with), leaveOut: try leaveOut(with),
                duration: with["duration"]?.integer.map { TimeInterval($0) }, isAnonymous: with["anonymous"] == .boolean(true))
            return JSONText(result: try await wallet.approveAccessRequest(phone.fresh(), with.id("request"), answer))
        case "shareOnLedger":
            return JSONText(result: try await wallet.shareOnLedger(phone.fresh(), try shareRequest(with)))
        case "extendGrant":
            let duration = Duration.seconds(with["duration"]?.integer ?? 0)
            return JSONText(result: try await wallet.extendGrant(phone.fresh(), with.id("grant"), for: duration))
        case "import": return told(try await wallet.importRecords(from: try source(with), options: options(with)))
        case "importFiles":
            let files = try (with["files"]?.elements ?? []).map(source)
            return told(try await wallet.importFiles(from: files, options: options(with)))
        case "records": return JSONText(result: try await wallet.records(query: try query(with)))
        case "recordCounts": return JSONText(result: try await wallet.recordCounts())
        case "record": return JSONText(try await wallet.record(id: with.id("id"))) ?? .null
        case "recordView": return JSONText(result: try await wallet.recordView(id: with.id("id")))
        case "attachment":
            let index = UInt32(with["index"]?.integer ?? 0)
            let file = try await wallet.attachment(record: with.id("record"), index: index)
            return .members([
                "contentType": file.contentType.map(JSONText.string) ?? .null,
                "title": file.title.map(JSONText.string) ?? .null,
                "text": .string(String(decoding: file.bytes, as: UTF8.self)),
            ])
        case "recordSeries": return JSONText(result: try await wallet.recordSeries(id: with.id("id")))
        default: return try await performForSafety(operation, wallet, with)
        }
        return .null
    }

    private func performForSafety(_ operation: String, _ wallet: Wallet, _ with: JSONText) async throws -> JSONText {
        switch operation {
        case "setAutoLock":
            let after = { (name: String) in with[name]?.integer.map { Duration.seconds($0) } }
            try await wallet.setAutoLock(inFront: after("inFront"), inBackground: after("inBackground"))
        case "autoLock": return JSONText(result: try await wallet.autoLock())
        case "hasBiometrics": return .boolean(try await wallet.hasBiometrics())
        case "unlockWithBiometrics": try await wallet.unlockWithBiometrics()
        case "disableBiometrics": try await wallet.disableBiometrics()
        case "panicLock": try await wallet.panicLock()
        case "eraseUnauthenticated": try await wallet.eraseUnauthenticated()
        default: return try await performOnImports(operation, wallet, with)
        }
        return .null
    }

    private func performOnImports(_ operation: String, _ wallet: Wallet, _ with: JSONText) async throws -> JSONText {
        switch operation {
        case "imports": return JSONText(result: try await wallet.imports())
        case "importReach": return JSONText(result: try await wallet.importReach(import: with.id("import")))
        case "undoImport": return JSONText(result: try await wallet.undoImport(import: with.id("import")))
        case "recordHistory": return JSONText(result: try await wallet.recordHistory(record: with.id("id")))
        case "people": return JSONText(result: try await wallet.people())
        case "forgetPerson": try await wallet.forgetPerson(number: UInt64(with["number"]?.integer ?? 0))
        case "quarantine": return JSONText(result: try await wallet.quarantine())
        case "quarantinedText":
            return .string(String(decoding: try await wallet.quarantinedBytes(id: with.id("item")), as: UTF8.self))
        case "retryQuarantined":
            let report = try await wallet.retryQuarantined(id: with.idOrNil("item"), patient: with["patient"]?.text)
            return JSONText(result: report)
        case "dropQuarantined": try await wallet.dropQuarantined(id: with.id("item"))
        case "quarantineRecord": return .string(try await wallet.quarantineRecord(record: with.id("id")).text)
        default: return try await performOnline(operation, wallet, with)
        }
        return .null
    }

    private func performOnline(_ operation: String, _ wallet: Wallet, _ with: JSONText) async throws -> JSONText {
        switch operation {
        case "ledgerStatus": return JSONText(result: try await wallet.ledgerStatus() as Any)
        case "ledgerQuestions": return JSONText(result: try await wallet.ledgerQuestions() as Any)
        case "sync":
            let wait = Duration.seconds(with["wait"]?.integer ?? 0)
            return JSONText(result: try await wallet.sync(wait: wait, anchor: with["anchor"] == .boolean(true)))
        case "anchorFingerprint": return try await wallet.anchorFingerprint().map { .string($0.text) } ?? .null
        case "queued": return .number("\(try await wallet.queued())")
        case "activity": return JSONText(result: try await wallet.activity().entries)
        case "ownActivity": return JSONText(result: try await wallet.ownActivity())
        case "providers": return JSONText(result: try await wallet.providers())
        case "provider": return JSONText(result: try await wallet.provider(try selection(with)))
        case "beginSource":
            let url = try await wallet.beginSource(
                with.required("address"), clientId: "keepwell", redirectUri: "keepwell://authorized")
            return .string(url)
        case "finishSource":
            return told(try await wallet.finishSource(with.required("redirect"), patient: with["patient"]?.text))
        case "sources": return JSONText(result: try await wallet.sources())
        case "syncSource": return try await sync(wallet, with.id("source"))
        case "removeSource": return .boolean(try await wallet.removeSource(with.id("source")))
        case "grants": return JSONText(result: try await wallet.grants())
        case "grantById": return JSONText(result: try await wallet.grantById(id: with.id("grant")))
        case "revoke": return JSONText(result: try await wallet.revoke(id: with.id("grant")))
        case "preview": return JSONText(result: try await wallet.preview(provider: with.id("provider")))
        case "previewGrant":
            let scope = try await wallet.scopeLeavingOut(scope: try scope(with), kinds: try leaveOut(with))
            return JSONText(result: try await wallet.previewGrant(scope: scope))
        case "noteAccessRequest": return JSONText(result: try await wallet.noteAccessRequest(try with.required("text")))
        case "accessRequests": return JSONText(result: try await wallet.accessRequests())
        case "refuseAccessRequest":
            try await wallet.refuseAccessRequest(id: with.id("request"))
            return .null
        case "previewOfGrant": return JSONText(result: try await wallet.previewOfGrant(id: with.id("grant")))
        case "extensionDurations":
            return JSONText(result: try await wallet.extensionDurations(id: with.id("grant")))
        case "grantActivity": return JSONText(result: try await wallet.grantActivity(id: with.id("grant")))
        case "audit": return JSONText(result: try await wallet.audit())
        case "exposure": return JSONText(result: try await wallet.exposure(with.id("provider")))
        case "grantReceipt":
            let decision = try named(RecordedDecision.allCases, with.required("decision"))
            let kept = try await wallet.grantReceipt(with.id("grant"), of: decision)
            return kept.map { told($0.receipt) } ?? .null
        case "ledgerEquivocation": return try await wallet.ledgerEquivocation().map(told) ?? .null
        case "stampRecords":
            let records = (with["records"]?.elements ?? []).compactMap(\.text).map { RecordId($0) }
            return .number("\(try await wallet.stampRecords(records: records))")
        case "stampAllRecords": return .number("\(try await wallet.stampAllRecords())")
        case "exchangeTimeStamps": return JSONText(result: try await wallet.exchangeTimeStamps())
        case "timeStamps": return JSONText(result: try await wallet.timeStamps())
        case "recordTimeStamp": return told(try await wallet.recordTimeStamp(record: with.id("id")).proof)
        case "verifyGrant": return JSONText(result: try await wallet.verifyGrant(with.id("grant")))
        case "share": return JSONText(result: try await wallet.share(try shareRequest(with)))
        case "verifyShare": return JSONText(result: try await wallet.verifyShare(with.id("share")))
        case "previewShare":
            let preview = try await wallet.previewShare(
                scopes: try scopes(with), leaveOut: try leaveOut(with),
                withNumbers: with["withNumbers"] == .boolean(true),
                format: try with["format"]?.text.map { try named(ShareFormat.allCases, $0) })
            return JSONText(result: preview)
        case "shareLink": return .string(try await wallet.shareLink(id: with.id("share")))
        case "shares": return JSONText(result: try await wallet.shares())
        case "changeShare":
            let action = try named(LinkAction.allCases, with.required("action"))
            return JSONText(result: try await wallet.changeShare(with.id("share"), action))
        case "shareLog": return JSONText(result: try await wallet.shareLog(with.id("share")))
        case "openShare":
            let files = try await wallet.openShare(
                with.required("link"), as: with.required("recipient"), passcode: with["passcode"]?.text)
            return JSONText(result: files[0])
        default: throw Unknown(what: operation)
        }
    }

    private func told(_ words: RecoveryWords) throws -> JSONText {
        let text = String(decoding: try words.text(), as: UTF8.self)
        return .members(["words": .string(text), "count": .number("\(try words.count())")])
    }

    private func told(_ file: Data) -> JSONText { .members(["bytes": .number("\(file.count)")]) }

    private func connection(_ with: JSONText) throws -> Servers {
        guard let known = try servers?.servers() else { throw Unknown(what: "the servers") }
        return Servers(
            ledgerUrl: with["ledgerUrl"]?.text ?? known.ledgerUrl, hostUrl: with["hostUrl"]?.text ?? known.hostUrl,
            anchor: with["anchor"]?.text.map { Data($0.utf8) } ?? known.anchor)
    }

    private func source(_ with: JSONText) throws -> ImportSource {
        if let resources = with["resources"] {
            return .bytes(bytes: Data(resources.elements.map { $0.line + "\n" }.joined().utf8))
        }
        if let text = with["text"]?.text { return .bytes(bytes: Data(text.utf8)) }
        if let text = with["stream"]?.text { return .stream(name: "stream", stream: TextStream(text)) }
        if let name = with["exported"]?.text { return .file(path: folder + "/" + name) }
        return .file(path: repository.appendingPathComponent(try with.required("file")).path)
    }

    private func options(_ with: JSONText) -> ImportOptions {
        ImportOptions(source: with["source"]?.text, patient: with["patient"]?.text)
    }

    private func told(_ outcome: KeepwellCore.ImportOutcome) -> JSONText {
        switch outcome {
        case .imported(let report): .members(["outcome": .string("imported"), "report": JSONText(result: report)])
        case .otherPatients(let patients):
            .members(["outcome": .string("otherPatients"), "patients": JSONText(result: patients)])
        }
    }

    private func told(_ outcome: KeepwellCore.SourceOutcome) -> JSONText {
        switch outcome {
        case .connected(let source): .members(["outcome": .string("connected"), "source": JSONText(result: source)])
        case .otherPatients(let patients):
            .members(["outcome": .string("otherPatients"), "patients": JSONText(result: patients)])
        }
    }

    private func sync(_ wallet: Wallet, _ source: SourceId) async throws -> JSONText {
        let events = try wallet.events()
        let synced = try await wallet.syncSource(source)
        var asked: [String] = []
        // Observers are told on a thread of their own; whose record it is is no step of it.
        if let last = synced.files.last, last != "Patient" {
            for await event in events {
                guard case .sourceProgress(source, let resourceType) = event else { continue }
                asked.append(resourceType)
                if resourceType == last { break }
            }
        }
        guard case .object(let members) = JSONText(result: synced) else { throw Unknown(what: "a sync") }
        return .object(members + [.init(name: "asked", value: JSONText(result: asked))])
    }

    private func query(_ with: JSONText) throws -> KeepwellCore.RecordQuery {
        KeepwellCore.RecordQuery(
            category: try with["category"]?.text.map { try named(KeepwellCore.RecordCategory.allCases, $0) },
            text: with["text"]?.text, since: with.time("since"), until: with.time("until"),
            limit: UInt32(with["limit"]?.integer ?? 50), after: with.idOrNil("after"),
            order: try with["order"]?.text.map { try named(KeepwellCore.RecordOrder.allCases, $0) })
    }

    private func shareRequest(_ with: JSONText) throws -> KeepwellCore.ShareRequest {
        KeepwellCore.ShareRequest(
            try scopes(with), for: .seconds(with["life"]?.integer ?? 0),
            label: with["label"]?.text, opens: with["opens"]?.integer.map(UInt32.init),
            format: try with["format"]?.text.map { try named(ShareFormat.allCases, $0) },
            leaveOut: try leaveOut(with), withNumbers: with["withNumbers"] == .boolean(true),
            manifest: with["manifest"].map {
                ManifestRequest(isLongTerm: $0["isLongTerm"] == .boolean(true), passcode: $0["passcode"]?.text)
            })
    }

    private func grantRequest(_ with: JSONText) throws -> GrantRequest {
        GrantRequest(
            to: try selection(with), try scope(with), for: .seconds(with["duration"]?.integer ?? 0),
            purpose: try with["purpose"]?.text.map { try named(KeepwellCore.Purpose.allCases, $0) },
            anonymous: with["anonymous"] == .boolean(true))
    }

    private func selection(_ with: JSONText) throws -> ProviderSelection {
        if let name = with["name"]?.text { return .byName(name: name) }
        return .byId(provider: try with.id("id"))
    }

    private func scopes(_ with: JSONText) throws -> [Scope] { try (with["scopes"]?.elements ?? []).map(scope) }

    private func leaveOut(_ with: JSONText) throws -> [Sensitivity] {
        try (with["leaveOut"]?.elements.compactMap(\.text) ?? []).map { try named(Sensitivity.allCases, $0) }
    }

    private func scope(_ with: JSONText) throws -> Scope {
        let texts = { (name: String) in with[name]?.elements.compactMap(\.text) ?? [] }
        return Scope(
            categories: try texts("categories").map { try named(KeepwellCore.RecordCategory.allCases, $0) },
            types: texts("types"),
            codes: try (with["codes"]?.elements ?? []).map {
                CodeFilter(system: try $0.required("system"), code: try $0.required("code"))
            }, since: with.time("since"), until: with.time("until"), records: texts("records").map { RecordId($0) })
    }

    private func answers(_ with: JSONText) throws -> [QuizAnswer] {
        if let all = with["answers"] {
            return try all.elements.map { answer in
                QuizAnswer(position: UInt32(answer["position"]?.integer ?? 0), word: Data(try answer.required("word").utf8))
            }
        }
        let words = try with.required("words").split(separator: " ")
        return try RecoveryWords.parse(text: with.bytes("words")).quiz().map { position in
            QuizAnswer(position: position, word: Data(words[Int(position) - 1].utf8))
        }
    }

    /// The value that a scenario calls by this name.
    private func named<Value>(_ all: [Value], _ name: String) throws -> Value {
        guard let value = all.first(where: { "\($0)" == name }) else { throw Unknown(what: name) }
        return value
    }
}

extension Phone {
    /// The last authentication, which may be void.
    fileprivate func fresh() throws -> Authentication {
        guard let authentication else { throw Unknown(what: "there was no unlock before") }
        return authentication
    }
}

extension JSONText {
    /// A text as the library takes words and PINs; none is empty.
    fileprivate func pin() throws -> Pin { try Pin(digits: bytes("pin")) }
    fileprivate func passphrase() throws -> Passphrase { try Passphrase(text: bytes("passphrase")) }
    /// An identifier of the kind that is asked for.
    fileprivate func id<Kind: KeepwellCore.Identifier>(_ name: String) throws -> Kind { Kind(try required(name)) }
    fileprivate func idOrNil<Kind: KeepwellCore.Identifier>(_ name: String) -> Kind? { self[name]?.text.map { Kind($0) } }
    fileprivate func bytes(_ name: String) -> Data { Data((self[name]?.text ?? "").utf8) }

    fileprivate func time(_ name: String) -> Date? {
        self[name]?.integer.map { Date(timeIntervalSince1970: TimeInterval($0)) }
    }
}

/// Passes so many pieces on to a file, and then refuses.
private actor Pieces: ExportSink {
    private let sink: FileSink
    private var left: Int

    init(path: String, left: Int) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path) else {
            throw Unknown(what: "no file at \(path)")
        }
        (sink, self.left) = (FileSink(file), left)
    }

    func write(bytes: Data) async throws {
        left -= 1
        guard left >= 0 else { throw ExportSinkError.Unwritable }
        try await sink.write(bytes: bytes)
    }
}

/// A text that is given once, from its beginning to its end.
private actor TextStream: ImportStream {
    private var rest: Data

    init(_ text: String) { rest = Data(text.utf8) }

    func read(most: UInt32) async throws -> Data {
        let next = rest.prefix(Int(most))
        rest = rest.dropFirst(next.count)
        return Data(next)
    }
}
