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

    /// LOINC's codes, those of a blood pressure's parts after its own; and UCUM's.
    private static let expected: [HealthMeasure: ([String], [String])] = [
        .bloodPressure: (["85354-9", "8480-6", "8462-4"], ["mm[Hg]", "mm[Hg]"]),
        .restingHeartRate: (["40443-4", "8867-4"], ["/min"]),
        .weight: (["29463-7"], ["kg"]),
        .height: (["8302-2"], ["cm"]),
        .glucose: (["2339-0"], ["mg/dL"]),
        .oxygen: (["59408-5", "2708-6"], ["%"]),
        .temperature: (["8310-5"], ["Cel"]),
    ]

    /// Every code of LOINC and every unit of UCUM in an Observation and its parts, in their order.
    private static func coded(_ observation: [String: Any]) throws -> (codes: [String], units: [String]) {
        var (codes, units): ([String], [String]) = ([], [])
        for part in [observation] + (observation["component"] as? [[String: Any]] ?? []) {
            let concept = try #require(part["code"] as? [String: Any])
            for coding in concept["coding"] as? [[String: Any]] ?? [] {
                #expect(coding["system"] as? String == "http://loinc.org")
                codes.append(try #require(coding["code"] as? String))
            }
            guard let quantity = part["valueQuantity"] as? [String: Any] else { continue }
            #expect(quantity["system"] as? String == "http://unitsofmeasure.org")
            units.append(try #require(quantity["code"] as? String))
        }
        return (codes, units)
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

    @Test func aGlucoseIsInTheUnitThatThePersonReadsItIn() throws {
        func written(_ value: Double, isMolar: Bool) throws -> (value: Double?, codes: [String], units: [String]) {
            let sample = HealthSample(
                id: UUID(), measure: .glucose, values: [value], isMolar: isMolar, time: Self.time, zone: .gmt, device: nil,
                isTyped: false)
            let observation = try #require(try Self.objects(HealthData(samples: [sample]).sampleFiles[0]).first)
            let coded = try Self.coded(observation)
            return ((observation["valueQuantity"] as? [String: Any])?["value"] as? Double, coded.codes, coded.units)
        }
        let molar = try written(5.42, isMolar: true)
        #expect(molar.value == 5.4 && molar.codes == ["15074-8"] && molar.units == ["mmol/L"])
        let mass = try written(97.6, isMolar: false)
        #expect(mass.value == 97.6 && mass.codes == ["2339-0"] && mass.units == ["mg/dL"])
    }

    @Test(arguments: ["Watch6,1": "Apple Watch", "iPhone15,2": nil, "Anna's Watch": nil, "": nil] as [String: String?])
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

    @Test func aJourneyChangesNothingOfWhatWasReadBefore() throws {
        let (home, away) = (
            try #require(TimeZone(identifier: "America/Los_Angeles")), try #require(TimeZone(identifier: "Asia/Tokyo"))
        )
        var zones = HealthZones()
        zones.note(home, at: Self.time)
        let before = [Self.time - 365 * 86_400, Self.time - 1, Self.time]
        #expect(before.map { zones.zone(at: $0) } == [home, home, home])
        zones.note(away, at: Self.time + 86_400)
        let kept = try JSONDecoder().decode(HealthZones.self, from: JSONEncoder().encode(zones))
        #expect(before.map { kept.zone(at: $0) } == [home, home, home])
        #expect(kept.zone(at: Self.time + 60) == away)
        zones.note(home, at: Self.time + 2 * 86_400)
        #expect(zones.zone(at: Self.time + 60) == away)
        #expect(zones.zone(at: Self.time + 2 * 86_400 - 1) == home)
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
        let said = try Self.coded(observation)
        let (codes, units) = Self.expected[measure] ?? ([], [])
        #expect(!codes.isEmpty && said.codes == codes)
        #expect(!units.isEmpty && said.units == units)
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
        #expect(handed.isEmpty, "what came is shown first")
        #expect(model.state.found.map(\.part) == HealthPart.all)
        #expect(model.state.found.map(\.count) == [1, 0, 0, 1, 0, 0, 0, 0])
        #expect(model.state.isPartial)
        model.accept()
        model.accept()
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
        let app = AppModel(services: FakeWallet.sample(), phone: FakePhone().phone, healthFiles: folder)
        let own = FileManager.default.temporaryDirectory.appendingPathComponent("own-\(UUID().uuidString).json")
        try Data("{}".utf8).write(to: own)
        if !isAsked { app.take(.files([LocalFile(own)])) }
        let model = model(FakeHealth(HealthData(samples: [Self.sample(.weight, [71])]))) { app.take($0) }
        model.read()
        await model.finish()
        model.accept()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
        await app.lock()
        let folder = folder
        #expect(await eventually { !FileManager.default.fileExists(atPath: folder.path) })
        #expect(FileManager.default.fileExists(atPath: own.path))
        #expect(app.importing == nil)
    }

    @Test func whatIsHandedOverLateOrNotAtAllDoesNotOutliveTheLock() async throws {
        let app = AppModel(services: FakeWallet.sample(), phone: FakePhone().phone, healthFiles: folder)
        var late: [IncomingItem] = []
        let model = model(FakeHealth(HealthData(samples: [Self.sample(.weight, [71])]))) { late.append($0) }
        for isAtAll in [false, true] {
            model.read()
            await model.finish()
            if !isAtAll { model.accept() }
            await app.lock()
            if isAtAll { model.accept() }
            late.forEach { app.take($0) }
            late = []
            let left = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
            #expect(!left.contains { $0.hasSuffix("json") })
        }
    }

    @Test func whatCannotBeReadKeepsNothingElseAwayAndIsSaid() async throws {
        let refused: [HealthPart: Problem] = [.clinics: .healthRefused, .measure(.oxygen): .healthUnavailable]
        let health = FakeHealth(HealthData(samples: [Self.sample(.weight, [71]), Self.sample(.weight, [72])], unread: refused))
        var count = 0
        let model = model(health) { _ in count += 1 }
        model.read()
        await model.finish()
        #expect(model.state.problem == nil)
        let texts = Texts(language: "en")
        let said = Dictionary(uniqueKeysWithValues: model.state.found.map { (texts.label($0.part), texts.detail($0)) })
        #expect(said["Weight"] == texts(.healthFoundCount, 2))
        #expect(said["Blood pressure"] == texts(.healthNoneFound))
        #expect(said["Oxygen in the blood"] == texts(.healthUnread) && said["Records from clinics"] == texts(.healthUnread))
        model.accept()
        #expect(count == 1)
        #expect(model.state.found == [])
        // Where nothing came at all, why is said.
        health.set(HealthData(unread: refused))
        model.read()
        await model.finish()
        #expect(model.state.problem == .healthUnavailable)
        health.set(HealthData(unread: [.clinics: .healthRefused]))
        model.read()
        await model.finish()
        #expect(model.state.problem == .healthRefused)
        #expect(!model.state.isNothing)
    }

    @Test func whatIsNoNumberIsSaidToBeNothing() async {
        let model = model(FakeHealth(HealthData(samples: [Self.sample(.weight, [.nan])]))) { _ in #expect(Bool(false), "none") }
        model.read()
        await model.finish()
        model.accept()
        #expect(model.state.isNothing)
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
        model.accept()
        #expect(model.state.problem == nil)
        #expect(count == 1)
    }

    @Test func whoLeavesMeanwhileIsHandedNothing() async {
        var count = 0
        let model = model(FakeHealth(HealthData(samples: [Self.sample(.weight, [71])]))) { _ in count += 1 }
        model.read()
        model.close()
        await model.finish()
        model.accept()
        #expect(count == 0)
        model.read()
        await model.finish()
        model.close()
        model.accept()
        #expect(count == 0 && model.state.found == [])
        #expect(model.state.problem == nil)
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }
}
