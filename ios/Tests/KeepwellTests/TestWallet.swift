// A wallet in a folder of its own, for one test.

import Foundation
import Keepwell
import XCTest

/// A PIN as it was typed; only digits make one.
func pin(_ digits: String) -> Pin {
    do { return try Pin(digits: Data(digits.utf8)) } catch { preconditionFailure("\(error)") }
}

let rightPIN = pin("271828")
let wrongPIN = pin("314159")

/// The repository.
let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

/// A new folder that is removed with the test's process.
func newFolder() throws -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("keepwell-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder.path
}

extension WalletConfig {
    /// A wallet in a new folder.
    static func new(
        deviceKey: any DeviceKey = MemoryDeviceKey(), deadline: Duration? = nil, httpClient: (any HttpClient)? = nil
    ) throws -> WalletConfig {
        WalletConfig(
            home: try newFolder() + "/wallet", deviceKey: deviceKey,
            deviceKeyDeadline: deadline.map { TimeInterval($0.components.seconds) }, httpClient: httpClient,
            acceptDemonstrationLedger: true)
    }
}

/// An unlocked wallet of new words.
func newWallet(_ config: WalletConfig) async throws -> Wallet {
    kept(try await Wallet.create(config: config, words: RecoveryWords.generate(), pin: rightPIN).wallet)
}

/// Keeps a wallet until the process ends. One that is let go closes its database on its own thread, and SQLCipher crashes if the
/// process exits in that moment: what it shuts down at exit is what closing uses.
@discardableResult func kept(_ wallet: Wallet) -> Wallet {
    everyWallet.withLock { $0.append(wallet) }
    return wallet
}

private let everyWallet = Guarded<[Wallet]>([])

/// A value behind a lock.
final class Guarded<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    init(_ value: Value) { self.value = value }

    func withLock<Result>(_ body: (inout Value) -> Result) -> Result { lock.withLock { body(&value) } }
}

/// A Bundle with a patient and so many observations, each with some text.
func bundle(observations: Int, text: String = "Haemoglobin") -> Data {
    let entries = (0..<observations).map { number in
        #"{"resource":{"resourceType":"Observation","id":"o\#(number)","status":"final","subject":{"reference":"Patient/p"},"#
            + #""effectiveDateTime":"2024-02-29","code":{"text":"\#(text) \#(number)"}}}"#
    }
    let patient =
        #"{"resource":{"resourceType":"Patient","id":"p","name":[{"family":"Müller","given":["Zoë"]}],"birthDate":"1990-05-01"}}"#
    return Data(#"{"resourceType":"Bundle","type":"collection","entry":[\#(([patient] + entries).joined(separator: ","))]}"#.utf8)
}

/// Expects an error of the library.
func expect<Result>(
    _ expected: WalletError, file: StaticString = #filePath, line: UInt = #line, _ body: () async throws -> Result
) async {
    do {
        _ = try await body()
        XCTFail("nothing was thrown", file: file, line: line)
    } catch {
        XCTAssertEqual(error as? WalletError, expected, "\(error)", file: file, line: line)
    }
}
