// The home and the check of the words over the real wallet.

import Foundation
import Keepwell
import KeepwellFake
import KeepwellKit
import KeepwellService
import Testing

@MainActor @Suite struct HomeTests {
    @Test func saysWhoseRecordsTheseAreWhatHoldsAndHowResultsMoved() async throws {
        let wallet = try await newWallet(.new())
        let services = RustWallet(wallet)
        let home = HomeModel(service: services)
        await home.load()
        #expect(home.state.toDo == [.checkWords, .connect, .addRecords])
        #expect(home.state.overview?.owner == nil)

        try await take(Self.records, into: wallet)
        await home.load()
        let overview = try #require(home.state.overview)
        #expect(overview.owner == Owner(name: "Zoë Müller", birthDate: "1954-05-01"))
        #expect(overview.allergies.records.map(\.title) == ["Peanut"])
        #expect(overview.problems == CurrentRecords(), "one that is over does not hold")
        #expect(overview.medicines.records.map(\.title) == ["Ibuprofen 400 mg"])
        #expect(overview.results.map(\.record.title) == ["Potassium"])
        #expect(overview.results.map(\.record.flag) == [.high])
        #expect(overview.results.map(\.record.value) == [.text("6.1 mmol/L")])
        #expect(overview.results.map(\.trend) == [.up])
        #expect(home.state.counts.first { $0.category == .results }?.count == 2)
        #expect(home.state.toDo == [.checkWords, .connect])
        #expect(home.state.new.reduce(0) { $0 + $1.count } == 6, "an empty wallet was looked at")

        await home.markSeen()
        let next = HomeModel(service: services)
        await next.load()
        #expect(next.state.new == [])
        try await take(
            [
                Self.records[0],
                #"{"resourceType":"Condition","id":"c2","subject":{"reference":"Patient/p"},"code":{"text":"Asthma"}}"#,
            ],
            into: wallet)
        await next.load()
        #expect(next.state.new == [CategoryCount(category: .conditions, count: 1)])
        #expect(next.state.overview?.problems.records.map(\.title) == ["Asthma"])
    }

    @Test func wordsThatWereNeverCheckedAreCheckedAgainstThePIN() async throws {
        let words = try RecoveryWords.generate()
        let wallet = kept(try await Wallet.create(config: .new(), words: words, pin: rightPIN).wallet)
        let app = AppModel(services: RustWallet(wallet), phone: FakePhone().phone)
        #expect(try await app.services.overview().toDo.contains(.checkWords))
        app.checkWords()
        let checking = try #require(app.checkingWords)
        checking.pin.type("314159")
        await checking.next()
        #expect(checking.state.problem == .wrongPIN(left: 9))
        checking.pin.type("271828")
        await checking.next()
        let written = String(decoding: try words.text(), as: UTF8.self).split(separator: " ").map(String.init)
        var seen = checking.shown
        while checking.hasNext {
            await checking.next()
            seen += checking.shown
        }
        #expect(seen.map(\.word) == written)
        await checking.next()
        #expect(checking.quiz.places.count == 3)
        for place in checking.quiz.places { checking.quiz.type("zoo", at: place) }
        await checking.next()
        #expect(checking.state.problem == .quizFailed)
        #expect(try await app.services.overview().toDo.contains(.checkWords))
        for place in checking.quiz.places { checking.quiz.type(written[place - 1].uppercased(), at: place) }
        await checking.next()
        #expect(checking.state.step == .done)
        app.closeQuestion()
        #expect(try await !app.services.overview().toDo.contains(.checkWords))
    }

    private func take(_ resources: [String], into wallet: Wallet) async throws {
        let lines = Data(resources.joined(separator: "\n").utf8)
        let outcome = try await wallet.importRecords(from: .bytes(bytes: lines))
        guard case .imported = outcome else { throw Unknown(what: "\(outcome)") }
    }

    private static let records = [
        #"{"resourceType":"Patient","id":"p","name":[{"family":"Müller","given":["Zoë"]}],"birthDate":"1954-05-01"}"#,
        #"{"resourceType":"AllergyIntolerance","id":"a","patient":{"reference":"Patient/p"},"code":{"text":"Peanut"}}"#,
        #"{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/p"},"clinicalStatus":{"coding":[{"code":"resolved"}]},"#
            + #""code":{"text":"Sinusitis"}}"#,
        #"{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order","subject":{"reference":"Patient/p"},"#
            + #""medicationCodeableConcept":{"text":"Ibuprofen 400 mg"}}"#,
        potassium("1", on: "2026-03-01", 4.2, flag: "N"),
        potassium("2", on: "2026-09-01", 6.1, flag: "H"),
    ]

    private static func potassium(_ id: String, on day: String, _ value: Double, flag: String) -> String {
        #"{"resourceType":"Observation","id":"\#(id)","status":"final","subject":{"reference":"Patient/p"},"#
            + #""category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"#
            + #""code":{"coding":[{"system":"http://loinc.org","code":"2823-3"}],"text":"Potassium"},"effectiveDateTime":"\#(day)","#
            + #""valueQuantity":{"value":\#(value),"unit":"mmol/L"},"referenceRange":[{"low":{"value":3.5,"unit":"mmol/L"},"#
            + #""high":{"value":5.1,"unit":"mmol/L"}}],"interpretation":[{"coding":[{"code":"\#(flag)"}]}]}"#
    }
}
