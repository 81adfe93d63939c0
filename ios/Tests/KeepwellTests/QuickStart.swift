import Foundation
import Keepwell

func quickStart(folder: String, deviceKey: any DeviceKey, servers: Servers, file: String) async throws -> GrantView {
    var digits = Data("271828".utf8)
    let pin = try Pin(digits: digits)
    digits.resetBytes(in: digits.startIndex..<digits.endIndex)
    let config = WalletConfig(home: folder, deviceKey: deviceKey, acceptDemonstrationLedger: true)
    let words = try RecoveryWords.generate()  // show them once: they bring everything back
    let opened = try await Wallet.create(config: config, words: words, pin: pin)
    defer { try? opened.authentication.void() }  // it holds the seed

    let wallet = opened.wallet
    _ = try await wallet.connect(opened.authentication, to: servers)
    _ = try await wallet.importRecords(from: .file(path: file))
    for try await page in wallet.pages(of: RecordQuery(category: .allergies)) {
        for record in page { print(record.date ?? "undated", record.display ?? record.resourceType) }
    }
    let scope = Scope(categories: [.allergies, .medications])
    let granted = try await wallet.grant(
        opened.authentication, GrantRequest(to: .byName(name: "Bern Allergy Clinic"), scope, for: .days(30)))
    _ = try await wallet.sync(wait: .seconds(60))
    print("Both screens show \(granted.matchCode).")

    _ = try await wallet.revoke(id: granted.grant)
    _ = try await wallet.sync(wait: .seconds(60))
    return try await wallet.grantById(id: granted.grant)
}
