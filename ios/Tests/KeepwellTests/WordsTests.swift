import Foundation
import Keepwell
import XCTest

/// The official vectors of BIP-39, through the library's boundary.
final class WordsTests: XCTestCase {
    private func mnemonics(_ file: String, in key: String?) throws -> [String] {
        let data = try Data(contentsOf: repository.appendingPathComponent("fixtures/vectors/\(file)"))
        let document = try JSONSerialization.jsonObject(with: data)
        if let key { return try XCTUnwrap((document as? [String: [[String]]])?[key]).compactMap { $0.count > 1 ? $0[1] : nil } }
        return try XCTUnwrap(document as? [[String: Any]]).compactMap { $0["mnemonic"] as? String }
    }

    func testEveryPublishedMnemonicIsReadAndRefusedAsPublished() throws {
        let english = try mnemonics("bip39.json", in: "english")
        let japanese = try mnemonics("bip39-japanese.json", in: nil)
        XCTAssertEqual(english.count, 24)
        XCTAssertEqual(japanese.count, 24)
        for mnemonic in english + japanese {
            XCTAssertThrowsError(try RecoveryWords.parse(text: Data(mnemonic.utf8))) { error in
                XCTAssertEqual(error as? WalletError, .WordsUnreadable(reason: .testSeed, position: nil), mnemonic)
            }
        }
    }

    func testOneOtherWordIsRefused() throws {
        for mnemonic in try mnemonics("bip39.json", in: "english") {
            var words = mnemonic.split(separator: " ").map(String.init)
            words[0] = words[0] == "zebra" ? "zero" : "zebra"
            XCTAssertThrowsError(try RecoveryWords.parse(text: Data(words.joined(separator: " ").utf8))) { error in
                XCTAssertEqual(error as? WalletError, .WordsUnreadable(reason: .mnemonicChecksum, position: nil), mnemonic)
            }
            words[2] = "keepwell"
            XCTAssertThrowsError(try RecoveryWords.parse(text: Data(words.joined(separator: " ").utf8))) { error in
                XCTAssertEqual(error as? WalletError, .WordsUnreadable(reason: .unknownWord, position: 3))
            }
        }
    }

    func testReadsWordsAsPeopleWriteThem() throws {
        let drawn = try RecoveryWords.generate().text()
        let words = String(decoding: drawn, as: UTF8.self).split(separator: " ")
        XCTAssertEqual(words.count, 24)
        let numbered = words.enumerated().map { "\($0 + 1). \($1.uppercased())" }.joined(separator: "\n")
        XCTAssertEqual(try RecoveryWords.parse(text: Data(numbered.utf8)).text(), drawn)
        XCTAssertThrowsError(try RecoveryWords.parse(text: Data([0xFF, 0xFE]))) { error in
            XCTAssertEqual(error as? WalletError, .InvalidArgument(reason: .invalidText))
        }
    }
}
