import Foundation
import Keepwell

func quickStart(folder: String, deviceKey: any DeviceKey, servers: Servers, file: String) async throws -> GrantView {
    var pin = Data("271828".utf8)
    defer { pin.resetBytes(in: pin.startIndex..<pin.endIndex) }
    let words = try RecoveryWords.generate()  // show them once: they bring everything back
    let config = WalletConfig(home: folder, deviceKey: deviceKey, acceptDemonstrationLedger: true)
    let wallet = try await Wallet.create(config: config, words: words, pin: pin).wallet

    _ = try await wallet.importRecords(from: .file(path: file))
    for try await page in wallet.pages(of: RecordQuery(category: .allergies)) {
        for record in page { print(record.date ?? "undated", record.display ?? record.resourceType) }
    }

    let granted = try await wallet.withAuthentication(pin: pin) { authentication in
        _ = try await wallet.connect(authentication, to: servers)
        let scope = Scope(categories: [.allergies, .medications])
        return try await wallet.grant(
            authentication, GrantRequest(to: .byName(name: "Bern Allergy Clinic"), scope, for: .days(30)))
    }
    _ = try await wallet.sync(wait: .seconds(60))
    print("Both screens show \(granted.matchCode).")

    _ = try await wallet.revoke(id: granted.grant)
    _ = try await wallet.sync(wait: .seconds(60))
    return try await wallet.grantById(id: granted.grant)
}
