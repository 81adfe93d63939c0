// What the phone's health app gives, taken in by the real wallet.

import Foundation
import Keepwell
import KeepwellFake
import KeepwellKit
import KeepwellService
import Testing

@MainActor @Suite struct HealthStoryTests {
    /// Not where other tests lock their wallets.
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("health-\(UUID().uuidString)")

    private func take(_ data: HealthData, into app: AppModel) async throws -> [KeepwellKit.ImportReport] {
        let health = HealthModel(source: FakeHealth(data), folder: folder, handOver: { app.take($0) })
        health.read()
        await health.finish()
        health.accept()
        var reports: [KeepwellKit.ImportReport] = []
        while let importing = app.importing {
            importing.accept()
            await importing.finishReading()
            reports.append(try #require(importing.state.report, "\(importing.state)"))
            app.closeQuestion()
        }
        return reports
    }

    @Test func measurementsAreRecordsOfTheOwnerAndComeInOnce() async throws {
        let wallet = try await newWallet(.new())
        _ = try await wallet.importRecords(from: .bytes(bytes: bundle(observations: 1)))
        let app = AppModel(services: RustWallet(wallet), phone: FakePhone().phone)
        let now = Date(timeIntervalSince1970: 1_800_000_000)
        let samples = [
            HealthSample(
                id: UUID(), measure: .bloodPressure, values: [128, 82], time: now, zone: .gmt, device: "Apple Watch",
                isTyped: false),
            HealthSample(id: UUID(), measure: .weight, values: [71.2], time: now, zone: .gmt, device: nil, isTyped: true),
        ]
        let first = try await take(HealthData(samples: samples), into: app)
        #expect(first.map(\.added) == [2])
        #expect(first.flatMap(\.setAside) == [])
        let found = try await app.services.page(KeepwellKit.RecordQuery(text: "weight"), after: nil).records
        #expect(found.map(\.category) == [.vitals])
        #expect(found.map(\.source) == ["Apple Health"])
        #expect(found.first?.value == .text("71.2 kg"))
        let pressure = try await app.services.page(KeepwellKit.RecordQuery(text: "pressure"), after: nil).records
        let page = RecordModel(record: try #require(pressure.first), service: app.services)
        await page.load()
        #expect(page.state.picture?.parts.map(\.value) == [.text("128 mmHg"), .text("82 mmHg")])
        let more = HealthSample(
            id: UUID(), measure: .weight, values: [70.9], time: now + 86_400, zone: .gmt, device: nil, isTyped: true)
        let second = try await take(HealthData(samples: samples + [more]), into: app)
        #expect(second.map(\.added) == [1])
        #expect(second.map(\.unchanged) == [2])
    }

    @Test func clinicsRecordsOfSomebodyElseAreAskedAbout() async throws {
        let wallet = try await newWallet(.new())
        _ = try await wallet.importRecords(from: .bytes(bytes: bundle(observations: 1)))
        let app = AppModel(services: RustWallet(wallet), phone: FakePhone().phone)
        let stranger =
            #"{"resourceType":"Patient","id":"x","name":[{"family":"Else","given":["Somebody"]}],"birthDate":"1971-02-03"}"#
        let condition =
            #"{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/x"},"code":{"text":"Asthma"}}"#
        let documents = [("Patient/x", stranger), ("Condition/c", condition)].map { path, json in
            HealthDocument(
                json: Data(json.utf8), address: URL(string: "https://clinic.example.com/fhir/\(path)"), version: "4.0.1")
        }
        let health = HealthModel(
            source: FakeHealth(HealthData(documents: documents)), folder: folder, handOver: { app.take($0) })
        health.read()
        await health.finish()
        health.accept()
        let importing = try #require(app.importing)
        importing.accept()
        await importing.finishReading()
        #expect(importing.state.step == .whoIsIt)
        #expect(importing.state.people.contains { $0.name?.contains("Else") == true })
        app.closeQuestion()
        #expect(try await app.services.counts().reduce(0) { $0 + $1.count } == 2, "nothing was taken")
    }

    @Test func aRecordThatIsNoneIsSetAsideAndTheOthersGoIn() async throws {
        let wallet = try await newWallet(.new())
        _ = try await wallet.importRecords(from: .bytes(bytes: bundle(observations: 1)))
        let app = AppModel(services: RustWallet(wallet), phone: FakePhone().phone)
        let good = #"{"resourceType":"Condition","id":"c","code":{"text":"Asthma"}}"#
        let documents = [good, "{"].map { HealthDocument(json: Data($0.utf8), address: nil, version: "4.0.1") }
        let reports = try await take(HealthData(documents: documents), into: app)
        #expect(reports.map(\.added) == [1])
        #expect(reports.flatMap(\.setAside).count == 1)
    }
}
