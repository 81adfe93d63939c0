// A real ledger, host and clinic beside the tests: `dev.d/servers` starts them and says in KEEPWELL_SERVERS where they are.

import Foundation
import Keepwell
import KeepwellKit

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The servers, and the clinic's command line.
struct RealServers: Sendable {
    /// Why the clinic's command did not do what was asked.
    struct Failed: Error {
        let status: Int32
        let output: String

        /// The stable code, which the last line has for programs.
        var code: String? {
            guard let line = output.split(separator: "\n").last,
                case .string(let code)? = JSONText(Data(line.utf8))?["error"]?["code"]
            else { return nil }
            return code
        }
    }

    private struct Place: Decodable {
        struct Clinic: Decodable {
            let home: String
            let pin: String
            let name: String
            let provider: ProviderId
        }
        let ledgerUrl: String
        let hostUrl: String
        let anchor: String
        let connection: String
        let keepwell: String
        let smartUrl: String
        let clinic: Clinic
    }

    /// Whether there are servers. Continuous integration skips nothing: there the tests run, and fail without them.
    static var areThere: Bool {
        let environment = ProcessInfo.processInfo.environment
        return environment["KEEPWELL_SERVERS"] != nil || environment["CI"] == "true"
    }

    private let place: Place
    private let folder: URL

    init() throws {
        guard let path = ProcessInfo.processInfo.environment["KEEPWELL_SERVERS"] else {
            throw Failed(status: -1, output: "KEEPWELL_SERVERS is not set")
        }
        let file = URL(fileURLWithPath: path)
        folder = file.deletingLastPathComponent()
        place = try JSONDecoder().decode(Place.self, from: Data(contentsOf: file))
    }

    var clinicName: String { place.clinic.name }
    var clinicID: ProviderId { place.clinic.provider }

    /// Where a wallet connects.
    func servers() throws -> Servers {
        let anchor = try Data(contentsOf: folder.appendingPathComponent(place.anchor))
        return Servers(ledgerUrl: place.ledgerUrl, hostUrl: place.hostUrl, anchor: anchor)
    }

    /// The file that an app is built with to connect there.
    func connectionFile() throws -> Data { try Data(contentsOf: folder.appendingPathComponent(place.connection)) }

    /// Asks the process that plays clinics' servers and a patient's browser.
    func smart(_ path: String, _ query: [String: String]) async throws -> String {
        guard var url = URLComponents(string: place.smartUrl + path) else { throw Unknown(what: place.smartUrl) }
        let allowed = CharacterSet.alphanumerics
        let pairs = query.map { "\($0.key)=\($0.value.addingPercentEncoding(withAllowedCharacters: allowed) ?? "")" }
        url.percentEncodedQuery = pairs.joined(separator: "&")
        guard let address = url.url else { throw Unknown(what: path) }
        let (body, _) = try await URLSession(configuration: .ephemeral).data(from: address)
        return String(decoding: body, as: UTF8.self)
    }

    /// Runs a command of the clinic's when those before it have ended, and gives its one JSON document.
    ///
    /// Suites run beside each other and share the clinic, whose home is for one writer at a time.
    func clinic(_ arguments: [String]) async throws -> Data {
        try await Self.turns.take { try await run(arguments) }
    }

    private static let turns = Turns()

    private func run(_ arguments: [String]) async throws -> Data {
        let process = Process()
        process.executableURL = folder.appendingPathComponent(place.keepwell).standardizedFileURL
        process.arguments = ["--json", "clinic"] + arguments
        process.environment = [
            "KEEPWELL_HOME": folder.appendingPathComponent(place.clinic.home).path, "KEEPWELL_PIN": place.clinic.pin,
        ]
        process.standardInput = FileHandle.nullDevice
        let output = try newFolder() + "/out"
        process.standardOutput = try emptyFile(output)
        process.standardError = try emptyFile(output + ".err")
        // Waiting here would keep a thread, of which the other tests have as many as there are cores.
        let status = try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Int32, any Error>) in
            process.terminationHandler = { ended.resume(returning: $0.terminationStatus) }
            do {
                try process.run()
            } catch {
                ended.resume(throwing: error)
            }
        }
        guard status == 0 else {
            let said = try String(contentsOf: URL(fileURLWithPath: output + ".err"), encoding: .utf8)
            throw Failed(status: status, output: said)
        }
        return try Data(contentsOf: URL(fileURLWithPath: output))
    }

    private func emptyFile(_ path: String) throws -> FileHandle {
        try Data().write(to: URL(fileURLWithPath: path))
        return try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    }
}

/// One after the other, in the order in which they come.
private actor Turns {
    private var last: Task<Void, Never>?

    func take<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
        let before = last
        let turn = Task {
            await before?.value
            return try await body()
        }
        last = Task { _ = await turn.result }
        return try await turn.value
    }
}

/// An app's own HTTP, which can lose its network.
final class SwitchableClient: HttpClient, @unchecked Sendable {
    private let lock = NSLock()
    private var online = true

    var isOnline: Bool {
        get { lock.withLock { online } }
        set { lock.withLock { online = newValue } }
    }

    func send(request: HttpRequest, alone: Bool) async throws -> HttpResponse {
        guard isOnline, let url = URL(string: request.url) else { throw HttpTransportError.Offline }
        var asked = URLRequest(url: url)
        asked.httpMethod = request.method
        if !request.body.isEmpty { asked.httpBody = request.body }
        for header in request.headers { asked.setValue(header.value, forHTTPHeaderField: header.name) }
        let (body, answer) = try await URLSession(configuration: .ephemeral).data(for: asked)
        guard let answer = answer as? HTTPURLResponse else { throw HttpTransportError.Broken }
        let headers = answer.allHeaderFields.map { HttpHeader(name: "\($0.key)".lowercased(), value: "\($0.value)") }
        return HttpResponse(status: UInt16(answer.statusCode), headers: headers, body: body)
    }
}
