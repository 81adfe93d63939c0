import Foundation
import Keepwell

/// Arguments: a folder for two phones, the file that says where to connect, a file of records, and a clinic's name.
@main struct HealthDiary {
    static func main() async throws {
        let arguments = CommandLine.arguments
        let (folder, connection, file, clinic) = (arguments[1], arguments[2], arguments[3], arguments[4])
        let words = try RecoveryWords.generate()
        let wallet = try await begin(home: folder + "/phone", words: words)
        try await connect(wallet, connection: connection)
        try await takeIn(wallet, file: file)
        try await look(wallet)
        let granted = try await grant(wallet, clinic: clinic)
        try await share(wallet)
        try await end(wallet, granted)
        try await lock(wallet)
        try await wallet.release()
        try await restore(home: folder + "/new-phone", words: words, connection: connection)
    }
}

/// The PIN as a pad of your own gives it: bytes, because a string can't be overwritten.
func typedPin() throws -> Pin {
    var digits = Data("271828".utf8)
    defer { digits.resetBytes(in: digits.startIndex..<digits.endIndex) }
    return try Pin(digits: digits)
}

func config(home: String) -> WalletConfig {
    WalletConfig(
        home: home,
        deviceKey: TrialDeviceKey(),  // on an iPhone: SecureEnclaveDeviceKey()
        acceptDemonstrationLedger: true)  // only while you try things out
}

func begin(home: String, words: RecoveryWords) async throws -> Wallet {
    let pin = try typedPin()
    try pin.checkChoice()  // refuses 123456 and birthdays
    let opened = try await Wallet.create(config: config(home: home), words: words, pin: pin)
    defer { try? opened.authentication.void() }
    let answers = try opened.authentication.quiz().map { position in
        QuizAnswer(position: position, word: try wordThatWasWrittenDown(words, position))
    }
    try await opened.wallet.confirmWords(authentication: opened.authentication, answers: answers)
    print("The words were written down: \(try await opened.wallet.status().wordsVerified)")
    return opened.wallet
}

/// Stands for the person who types the word at this `position`.
func wordThatWasWrittenDown(_ words: RecoveryWords, _ position: UInt32) throws -> Data {
    var text = try words.text()
    defer { text.resetBytes(in: text.startIndex..<text.endIndex) }
    return Data(text.split(separator: UInt8(ascii: " "))[Int(position) - 1])
}

func connect(_ wallet: Wallet, connection: String) async throws {
    let offer = try readConnection(text: Data(contentsOf: URL(fileURLWithPath: connection)))
    print("Connect to \(offer.hostName), with the ledger \(offer.anchorFingerprint)?")  // ask, and only then:
    _ = try await wallet.withAuthentication(pin: try typedPin()) { authentication in
        try await wallet.connect(authentication, to: offer.servers, invite: offer.invite)
    }
}

func takeIn(_ wallet: Wallet, file: String) async throws {
    switch try await wallet.importRecords(from: .file(path: file)) {
    case .imported(let report): print("\(report.added) records came in, \(report.quarantined.count) were set aside")
    case .otherPatients(let patients): print("Which of these \(patients.count) are you?")  // then ImportOptions(patient: "@2")
    }
    _ = try await wallet.sync(wait: .seconds(30))
}

func look(_ wallet: Wallet) async throws {
    for counted in try await wallet.recordCounts() { print("\(counted.category): \(counted.count)") }
    for try await page in wallet.pages(of: RecordQuery(category: .allergies)) {
        for record in page {
            let view = try await wallet.recordView(id: record.id).view
            print("\(record.date ?? "undated") \(view.row.title ?? record.resourceType), \(view.facts.count) facts")
        }
    }
}

func grant(_ wallet: Wallet, clinic: String) async throws -> GrantView {
    let found = try await find(wallet, clinic: clinic)
    let scope = Scope(categories: [.allergies, .medications])
    let preview = try await wallet.previewGrant(scope: scope)
    let seen = preview.categories.reduce(0) { $0 + $1.seen.count }
    print("\(found.name) would see \(seen) records")  // show them, and only then:
    let granted = try await wallet.withAuthentication(pin: try typedPin()) { authentication in
        try await wallet.grant(
            authentication, GrantRequest(to: .byId(provider: found.provider), scope, for: .days(30), purpose: .treat))
    }
    _ = try await wallet.sync(wait: .seconds(60))
    print("Both screens show \(granted.matchCode); \(try await wallet.grantById(id: granted.grant).state)")
    return granted
}

/// A clinic that was admitted a moment ago is in the ledger's next block.
func find(_ wallet: Wallet, clinic: String) async throws -> ProviderSummary {
    while true {
        if let found = try findProviders(providers: await wallet.providers(), text: clinic).first { return found }
        try await Task.sleep(for: .seconds(1))
    }
}

func share(_ wallet: Wallet) async throws {
    let shared = try await wallet.share(ShareRequest(for: .hours(1), label: "Check-in", opens: 1))
    let code = try qrCode(text: shared.link)
    print("A code of \(code.size) by \(code.size) squares holds \(shared.types.reduce(0) { $0 + $1.count }) records")
    _ = try await wallet.changeShare(shared.share.id, .revoke)
    for share in try await wallet.shares() { print("The code opens nothing any more: \(share.state)") }
}

func end(_ wallet: Wallet, _ granted: GrantView) async throws {
    _ = try await wallet.revoke(id: granted.grant)  // decided on the phone at once, with or without a network
    _ = try await wallet.sync(wait: .seconds(60))
    print("Proved by the ledger: \(try await wallet.grantById(id: granted.grant).state)")
}

func lock(_ wallet: Wallet) async throws {
    try await wallet.setAutoLock(inFront: .seconds(300), inBackground: .seconds(60))
    try await wallet.lock()
    do {
        _ = try await wallet.records(query: RecordQuery())
    } catch let error as WalletError where error == .Locked {
        print("Locked: \(try error.code())")
    }
    do {
        _ = try await wallet.unlock(pin: Pin(digits: Data("000111".utf8)))
    } catch WalletError.WrongPin(let left) {
        print("Wrong, \(left) tries are left")
    }
    try await wallet.unlock(pin: try typedPin()).void()
}

func restore(home: String, words: RecoveryWords, connection: String) async throws {
    let servers = try readConnection(text: Data(contentsOf: URL(fileURLWithPath: connection))).servers
    let restored = try await Wallet.restore(config: config(home: home), words: words, pin: try typedPin(), servers: servers)
    try restored.authentication.void()
    var count = 0
    for try await page in restored.wallet.pages() { count += page.count }
    for grant in try await restored.wallet.grants() { print("\(count) records are back; \(grant.state)") }
    try await restored.wallet.release()
}
