import Foundation
import KeepwellFake
import Testing

@testable import KeepwellKit

@MainActor @Suite struct HealthModelTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("health-\(UUID().uuidString)")
    private static let time = Date(timeIntervalSince1970: 1_800_000_000)

    private static func sample(
        _ measure: HealthMeasure, _ values: [Double], id: UUID = UUID(), after seconds: TimeInterval = 0
    ) -> HealthSample {
        HealthSample(
            id: id, measure: measure, values: values, time: time + seconds, zone: .gmt, device: "Apple Watch", isTyped: false)
    }

    private static func document(_ json: String, address: String? = nil, version: String = "4.0.1") -> HealthDocument {
        HealthDocument(json: Data(json.utf8), address: address.flatMap { URL(string: $0) }, version: version)
    }

    private static func objects(_ file: HealthFile) throws -> [[String: Any]] {
        try file.content.split(separator: 0x0A).map {
            try #require(try JSONSerialization.jsonObject(with: Data($0)) as? [String: Any])
        }
    }

    // MARK: As FHIR

    @Test func aMeasureIsAnObservationWithItsUnitAndNoFalsePrecision() throws {
        let id = UUID()
        let data = HealthData(samples: [Self.sample(.weight, [71.23456], id: id)])
        #expect(data.sampleFiles.map(\.name) == ["health-measurements.ndjson"])
        let text = String(decoding: data.sampleFiles[0].content, as: UTF8.self)
        #expect(text.contains(#""value":71.23,"#) || text.contains(#""value":71.23}"#), "\(text)")
        let observation = try #require(try Self.objects(data.sampleFiles[0]).first)
        #expect(observation["id"] as? String == id.uuidString.lowercased())
        #expect(observation["status"] as? String == "final")
        #expect(observation["effectiveDateTime"] as? String == "2027-01-15T08:00:00Z")
        let quantity = try #require(observation["valueQuantity"] as? [String: Any])
        #expect(quantity["code"] as? String == "kg")
        #expect(((observation["device"] as? [String: Any])?["display"] as? String) == "Apple Watch")
        #expect(observation["subject"] == nil)
    }

    @Test(arguments: ["Watch6,1": "Apple Watch", "iPhone15,2": "iPhone", "Anna's Watch": nil, "": nil] as [String: String?])
    func aDeviceIsNamedByItsKindAndNeverByItsOwner(model: String, name: String?) {
        #expect(HealthSample.device(ofModel: model) == name)
        #expect(HealthSample.device(ofModel: nil) == nil)
    }

    @Test func theDayIsThatOfThePersonsCalendarAndWhatWasTypedIsSaidToBe() throws {
        let zone = try #require(TimeZone(secondsFromGMT: -8 * 3_600))
        // Eight in the morning in London is midnight there.
        let typed = HealthSample(
            id: UUID(), measure: .weight, values: [71], time: Self.time - 60, zone: zone, device: nil, isTyped: true)
        let observation = try #require(try Self.objects(HealthData(samples: [typed]).sampleFiles[0]).first)
        #expect(observation["effectiveDateTime"] as? String == "2027-01-14T23:59:00-08:00")
        #expect(observation["device"] == nil)
        #expect((observation["note"] as? [[String: Any]])?.first?["text"] as? String == "Entered by hand")
    }

    @Test func aBloodPressureIsOneObservationOfTwoParts() throws {
        let data = HealthData(samples: [Self.sample(.bloodPressure, [128.4, 81.6])])
        let observation = try #require(try Self.objects(data.sampleFiles[0]).first)
        let parts = try #require(observation["component"] as? [[String: Any]])
        let values = parts.compactMap { ($0["valueQuantity"] as? [String: Any])?["value"] as? NSNumber }.map(\.intValue)
        #expect(values == [128, 82])
        #expect(observation["valueQuantity"] == nil)
    }

    @Test(arguments: HealthMeasure.allCases) func everyMeasureHasACodeAndRefusesOtherThanItsValues(measure: HealthMeasure) throws
    {
        let right = measure == .bloodPressure ? [120.0, 80] : [36.5]
        let observation = try #require(try Self.objects(HealthData(samples: [Self.sample(measure, right)]).sampleFiles[0]).first)
        let code = (observation["code"] as? [String: Any])?["coding"] as? [[String: Any]]
        #expect(code?.first?["system"] as? String == "http://loinc.org")
        #expect(HealthData(samples: [Self.sample(measure, right + [1])]).sampleFiles == [])
        #expect(HealthData(samples: [Self.sample(measure, right.map { _ in .nan })]).sampleFiles == [])
        #expect(HealthData(samples: [Self.sample(measure, [])]).sampleFiles == [])
    }

    @Test func theSameSamplesAreTheSameBytesInWhateverOrderTheyCome() {
        let samples = [Self.sample(.height, [170]), Self.sample(.weight, [71], after: -60), Self.sample(.oxygen, [97.4])]
        let files = HealthData(samples: samples).sampleFiles
        #expect(files.count == 1)
        #expect(files == HealthData(samples: samples.reversed()).sampleFiles)
    }

    @Test func clinicsRecordsStayByteForByteWithTheirAddressesAndVersionsApart() throws {
        let json = "{ \"resourceType\" : \"Condition\",\n \"id\":\"1\" }"
        let data = HealthData(documents: [
            Self.document(json, address: "https://clinic.example/fhir/Condition/1"),
            Self.document(#"{"resourceType":"Condition","id":"2"}"#),
            Self.document(#"{"resourceType":"Condition","id":"3"}"#, version: "1.0.2"),
        ])
        let files = data.documentFiles
        #expect(files.map(\.name) == ["health-records-1.0.2.json", "health-records-4.0.1.json"])
        let text = String(decoding: files[1].content, as: UTF8.self)
        #expect(text.contains(json))
        let bundle = try #require(try JSONSerialization.jsonObject(with: files[1].content) as? [String: Any])
        let entries = try #require(bundle["entry"] as? [[String: Any]])
        #expect(entries.map { $0["fullUrl"] as? String } == ["https://clinic.example/fhir/Condition/1", nil])
    }

    @Test(arguments: ["", "{", "[]", #"{"id":"1"}"#, #"{"resourceType":1}"#, "\u{0}"])
    func whatIsNoResourceBreaksNoOtherAndIsNotLost(json: String) throws {
        let data = HealthData(documents: [Self.document(#"{"resourceType":"Condition"}"#), Self.document(json)])
        #expect(data.documentFiles.map(\.name) == ["health-records-4.0.1.json", "health-record-1.json"])
        #expect(data.documentFiles[1].content == Data(json.utf8))
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: data.documentFiles[0].content) }
    }

    @Test func aVersionIsNoPath() {
        let data = HealthData(documents: [Self.document(#"{"resourceType":"Condition"}"#, version: "../../x")])
        #expect(data.documentFiles.map(\.name) == ["health-records-....x.json"])
    }

    // MARK: The screen

    private func model(_ health: FakeHealth, _ taken: @escaping @MainActor (IncomingItem) -> Void) -> HealthModel {
        HealthModel(source: health, folder: folder, handOver: taken)
    }

    @Test func whatIsReadIsHandedOverAndItsFilesGoOnceTheyWereAskedAbout() async throws {
        let health = FakeHealth(
            HealthData(
                documents: [Self.document(#"{"resourceType":"Condition"}"#)], samples: [Self.sample(.weight, [71])]))
        var handed: [[any OfferedFile]] = []
        let model = model(health) { if case .files(let files) = $0 { handed.append(files) } }
        #expect(health.timesAsked == 0, "nobody is asked before they ask for it")
        model.read()
        await model.finish()
        #expect(health.timesAsked == 1)
        #expect(handed.map { $0.map(\.source) } == [[nil], ["Apple Health"]])
        #expect(model.state == HealthState())
        let file = try #require(handed[1].first)
        let content = try await file.read { path throws(Problem) in FileManager.default.contents(atPath: path) }
        #expect(content?.isEmpty == false)
        for file in handed.flatMap({ $0 }) { file.discard() }
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(left == [])
    }

    @Test(arguments: [false, true]) func lockingTakesAwayWhatWasReadAndLeavesThePersonsOwnFiles(isAsked: Bool) async throws {
        let app = AppModel(services: FakeWallet.sample(), phone: FakePhone().phone)
        let own = FileManager.default.temporaryDirectory.appendingPathComponent("own-\(UUID().uuidString).json")
        try Data("{}".utf8).write(to: own)
        if !isAsked { app.take(.files([LocalFile(own)])) }
        let model = model(FakeHealth(HealthData(samples: [Self.sample(.weight, [71])]))) { app.take($0) }
        model.read()
        await model.finish()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
        await app.lock()
        let folder = folder
        #expect(await eventually { (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) == [] })
        #expect(FileManager.default.fileExists(atPath: own.path))
        #expect(app.importing == nil)
    }

    @Test func nothingIsSaidToBeNothingAndNotAnError() async {
        let model = model(FakeHealth()) { _ in #expect(Bool(false), "there is nothing to take") }
        model.read()
        await model.finish()
        #expect(model.state.isNothing)
        #expect(model.state.problem == nil)
    }

    @Test func aRefusalIsSaidAndTheNextTryForgetsIt() async {
        let health = FakeHealth()
        health.set(HealthData(), problem: .healthRefused)
        var count = 0
        let model = model(health) { _ in count += 1 }
        model.read()
        await model.finish()
        #expect(model.state.problem == .healthRefused)
        #expect(!model.state.isNothing)
        #expect(count == 0)
        health.set(HealthData(samples: [Self.sample(.weight, [71])]))
        model.read()
        await model.finish()
        #expect(model.state.problem == nil)
        #expect(count == 1)
    }

    @Test func whoLeavesMeanwhileIsHandedNothing() async {
        var count = 0
        let model = model(FakeHealth(HealthData(samples: [Self.sample(.weight, [71])]))) { _ in count += 1 }
        model.read()
        model.close()
        await model.finish()
        #expect(count == 0)
        #expect(model.state.problem == nil)
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }
}
