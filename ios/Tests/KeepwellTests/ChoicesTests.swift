// What screens offer is what the library offers.

import Keepwell
import KeepwellKit
import KeepwellService
import XCTest

final class ChoicesTests: XCTestCase {
    func testScreensOfferWhatTheLibraryOffers() async throws {
        let (offered, library) = (RustWallet(try await newWallet(.new())).choices, choices())
        XCTAssertEqual(offered.shareLives, [600, 3_600, 86_400])
        XCTAssertEqual(offered.shareLivesOnLedger, [604_800, 2_592_000, 31_536_000])
        XCTAssertEqual(offered.shareLife, library.shareLife)
        XCTAssertEqual(offered.grantDays.map { TimeInterval($0) * 86_400 }, library.grantDurations)
        XCTAssertTrue(offered.grantDays.contains(offered.days))
        XCTAssertEqual(offered.purposes, KeepwellKit.Purpose.allCases)
        XCTAssertTrue(offered.purposes.contains(offered.purpose))
        XCTAssertEqual(offered.autoLockInFront, [60, 300, 900, 1_800])
        XCTAssertEqual(offered.autoLockInBackground, [0, 60, 300])
        XCTAssertEqual(PINEntry.lengths, Int(library.shortestPin)...Int(library.longestPin))
    }
}
