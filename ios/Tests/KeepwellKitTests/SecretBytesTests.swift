import Foundation
import KeepwellKit
import XCTest

final class SecretBytesTests: XCTestCase {
    func testShowsNothingOfItselfInTextNorToAMirror() {
        let secret = SecretBytes("271828")
        XCTAssertEqual("\(secret)", "SecretBytes(..)")
        XCTAssertEqual(String(reflecting: secret), "SecretBytes(..)")
        XCTAssertTrue(Mirror(reflecting: secret).children.isEmpty)
        var dumped = ""
        dump(secret, to: &dumped)
        XCTAssertFalse(dumped.contains("271828"))
    }

    func testLendsItsOwnMemoryAndOverwritesIt() async throws {
        let secret = SecretBytes("legal winner thank year wave sausage")
        let lent = try await secret.withData { data throws(Problem) in
            XCTAssertEqual(data, Data("legal winner thank year wave sausage".utf8))
            return data
        }
        secret.erase()
        XCTAssertEqual(secret.count, 0)
        // What was lent is the same memory: it reads zeros now.
        XCTAssertEqual([UInt8](lent), [UInt8](repeating: 0, count: 36))
        withExtendedLifetime(secret) {}
    }

    func testHoldsNoMoreThanItsCapacity() {
        let secret = SecretBytes(capacity: 2)
        for byte in UInt8(1)...3 { secret.append(byte) }
        XCTAssertEqual(secret.read { Array($0) }, [1, 2])
        secret.removeLast()
        secret.removeLast()
        secret.removeLast()
        XCTAssertEqual(secret.count, 0)
    }
}
