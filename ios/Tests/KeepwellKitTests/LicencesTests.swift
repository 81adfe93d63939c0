import Foundation
import KeepwellKit
import Testing

@Suite struct LicencesTests {
    private let licences = Licences.builtIn()

    /// The repository.
    private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// After `Cargo.lock` has changed, `./dev licences` is to be run again.
    @Test func theyAreOfWhatIsBuilt() throws {
        let lock = try String(contentsOf: Self.repository.appendingPathComponent("Cargo.lock"), encoding: .utf8)
        let locked = Set(
            lock.matches(of: #/name = "([^"]+)"\nversion = "([^"]+)"/#).map { "\($0.output.1) \($0.output.2)" })
        let named = licences.parts.filter { !$0.version.isEmpty }.map(\.title)
        #expect(named.count > 150)
        #expect(named.filter { !locked.contains($0) } == [])
        let names = Set(licences.parts.map(\.name))
        #expect(names.isSuperset(of: ["rusqlite", "ring", "uniffi", "rustls"]))
    }

    @Test func eachSaysItsTermsAndWhoAsksForANoticeHasOne() {
        for part in licences.parts {
            #expect(!part.licence.isEmpty && part.source.hasPrefix("https://"), "\(part.title)")
            // BSD and ISC ask for their notice, whatever else may be chosen.
            if part.licence.hasPrefix("BSD") || part.licence == "ISC" {
                #expect(!licences.texts(of: part).isEmpty, "\(part.title)")
            }
        }
        let cipher = licences.parts.first { $0.name == "SQLCipher" }
        #expect(cipher.map { licences.texts(of: $0).first?.contains("ZETETIC") } == true)
    }
}
