// The scenarios of `fixtures/scenarios`, which Rust and Kotlin run, too.

import Foundation
import Keepwell
import KeepwellKit
import Testing

/// One after the other: they share a clinic.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ScenarioTests {
    static let folder = repository.appendingPathComponent("fixtures/scenarios")
    static let files: [String] = {
        let all = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        return (all ?? []).filter { $0.hasSuffix(".json") }.sorted()
    }()

    @Test func thereAreScenarios() {
        #expect(Self.files.contains("story.json"))
        #expect(Self.files.count >= 8)
    }

    @Test(arguments: files) func everyStepComesOutAsItSays(file: String) async throws {
        let scenario = try #require(JSONText(Data(contentsOf: Self.folder.appendingPathComponent(file))))
        let servers = scenario["servers"] == .boolean(true)
        if servers, !RealServers.areThere {
            print("SKIPPED: \(file) needs KEEPWELL_SERVERS")
            return
        }
        let stage = try Stage(servers: servers ? RealServers() : nil)
        for (index, step) in (scenario["steps"]?.elements ?? []).enumerated() {
            guard let why = try await stage.fault(in: step) else { continue }
            Issue.record("\(file), step \(index + 1), \(step["do"]?.text ?? "?"): \(why)")
            return
        }
    }

    @Test(arguments: [
        (#"{}"#, true), (#"{"e": true}"#, true), (#"{"e": false}"#, false), (#"{"f": null}"#, false),
        (#"{"a": [1, {"b": "c"}]}"#, true), (#"{"a": [1]}"#, false),
        (#"{"a": {"count": 2, "first": 1, "has": {"d": null}, "lacks": {"b": "d"}}}"#, true),
        (#"{"a": {"count": 1}}"#, false), (#"{"a": {"first": 2}}"#, false), (#"{"a": {"has": {"b": "d"}}}"#, false),
        (#"{"a": {"lacks": {"b": "c"}}}"#, false), (#"{"a": {"other": 1}}"#, false),
    ]) func aResultFitsOrDoesNot(expected: String, fits: Bool) throws {
        let actual = try #require(JSONText(Data(#"{"a": [1, {"b": "c", "d": null}], "e": true}"#.utf8)))
        #expect(try #require(JSONText(Data(expected.utf8))).fits(actual) == fits)
    }
}

/// What the steps of one scenario share.
final class Stage {
    let servers: RealServers?
    var phones: [String: Phone] = [:]
    /// Where exports lie.
    let folder: String
    private var names: [String: JSONText] = [:]

    init(servers: RealServers?) throws {
        folder = try newFolder()
        self.servers = servers
        guard let servers else { return }
        let known = try servers.servers()
        names = [
            "ledger": .string(known.ledgerUrl), "host": .string(known.hostUrl),
            "anchor": .string(String(decoding: known.anchor, as: UTF8.self)), "clinic": .string(servers.clinicName),
            "provider": .string(servers.clinicID.text),
        ]
    }

    /// Why a step does not come out as it says.
    func fault(in step: JSONText) async throws -> String? {
        let began = ContinuousClock.now
        while true {
            let fault = try await attempt(step)
            guard fault != nil, step["until"] == .boolean(true), ContinuousClock.now - began < .seconds(60) else { return fault }
            try await Task.sleep(nanoseconds: 200_000_000)
        }
    }

    private func attempt(_ step: JSONText) async throws -> String? {
        let with = try filled(step["with"] ?? .object([]))
        let result: JSONText
        do {
            result = try await perform(try step.required("do"), on: step["on"]?.text ?? "phone", with)
        } catch let error where error is WalletError || (error as? RealServers.Failed)?.code != nil {
            let told = told(error)
            guard let throwing = step["throws"] else { return "threw \(told)" }
            return try filled(throwing).fits(told) ? nil : "threw \(told)"
        }
        if step["throws"] != nil { return "gave \(result) and threw nothing" }
        if let gives = step["gives"], try !filled(gives).fits(result) { return "gave \(result)" }
        guard case .object(let keep)? = step["keep"] else { return nil }
        for name in keep {
            guard case .string(let path) = name.value, let part = result.part(at: path) else { return "no part \(name.value)" }
            names[name.name] = part
        }
        return nil
    }

    /// The value with what its `$names` stand for.
    private func filled(_ value: JSONText) throws -> JSONText {
        switch value {
        case .string(let text) where text.hasPrefix("$"):
            guard let named = names[String(text.dropFirst())] else { throw Unknown(what: text) }
            return named
        case .array(let values): return .array(try values.map(filled))
        case .object(let members): return .object(try members.map { .init(name: $0.name, value: try filled($0.value)) })
        default: return value
        }
    }

    /// An error as scenarios write it.
    private func told(_ error: any Error) -> JSONText {
        guard let error = error as? WalletError else {
            return .members(["error": .string("Command"), "code": .string((error as? RealServers.Failed)?.code ?? "")])
        }
        var members: [String: JSONText] = [
            "error": .string(String("\(error)".prefix { $0.isLetter })),
            "code": .string((try? error.code()) ?? ""),
        ]
        switch error {
        case .WrongPin(let left): members["left"] = .number("\(left)")
        case .PinDelayed(let seconds): members["seconds"] = .number("\(seconds)")
        case .WordsUnreadable(_, let position): members["position"] = position.map { .number("\($0)") } ?? .null
        default: break
        }
        return .members(members)
    }
}

/// Something that a scenario names and nobody knows.
struct Unknown: Error {
    let what: String
}

/// A folder, a device's key and at most one open wallet with its last authentication.
final class Phone {
    let home: String
    var key = MemoryDeviceKey()
    var wallet: Wallet? {
        didSet { if let wallet { kept(wallet) } }
    }
    var authentication: Authentication?

    init() throws {
        home = try newFolder() + "/home"
    }

    var config: WalletConfig { WalletConfig(home: home, deviceKey: key, acceptDemonstrationLedger: true) }
}
