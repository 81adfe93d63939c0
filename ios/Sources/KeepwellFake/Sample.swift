// A small wallet for previews and tests.

import Foundation
import KeepwellKit

extension FakeWallet.World {
    /// An unlocked wallet with a few records and three clinics, one of which has a changed key.
    public static var sample: Self {
        var world = Self()
        world.isUnlocked = true
        let rows: [(RecordCategory, String, String, String?)] = [
            (.allergies, "AllergyIntolerance", "Peanut allergy", "2009-04"),
            (.allergies, "AllergyIntolerance", "Pollen allergy", nil),
            (.medications, "MedicationRequest", "Ibuprofen 400 mg", "2021-11-03"),
            (.results, "Observation", "Haemoglobin A1c", "2024-02-29"),
            (.immunizations, "Immunization", "Tetanus", "2019-07-15"),
        ]
        world.records = rows.enumerated().map { number, row in
            RecordSummary(
                id: String(format: "%064x", number), category: row.0, resourceType: row.1, title: row.2, date: row.3,
                source: "Bern Clinic", value: row.0 == .results ? .text("6.9 %") : nil,
                flag: row.0 == .results ? .high : nil, validities: [row.2 == "Pollen allergy" ? .enteredInError : .valid])
        }
        world.owner = Owner(name: "Zoë Müller", birthDate: "1954-05-01")
        world.trends = Dictionary(uniqueKeysWithValues: world.records.filter { $0.value != nil }.map { ($0.id, .up) })
        world.contents = Dictionary(
            uniqueKeysWithValues: world.records.map { row in
                (row.id, Data(#"{"resourceType":"\#(row.resourceType)","code":{"text":"\#(row.title)"}}"#.utf8))
            })
        world.pictures = Dictionary(
            uniqueKeysWithValues: world.records.map { row in
                let kinds: [RecordCategory: RecordKind] = [
                    .allergies: .allergy, .medications: .prescription, .results: .observation, .immunizations: .vaccination,
                ]
                let isError = row.title == "Pollen allergy"
                let picture = PictureRow(
                    kind: kinds[row.category] ?? .other, resourceType: row.resourceType, title: row.title,
                    time: row.date.map { PictureTime(start: $0) }, value: row.value,
                    measure: row.value.map { _ in PictureMeasure(number: 6.9, unit: "%", low: 4, high: 6) }, flag: row.flag,
                    referenceRange: row.value.map { _ in "4–6 %" }, validities: [isError ? .enteredInError : .valid])
                return (row.id, RecordPicture(row: picture, source: row.source, received: world.now))
            })
        world.clinics = [
            Clinic(id: String(repeating: "a", count: 64), name: "Bern Allergy Clinic", place: "Bern", standing: .listed),
            Clinic(id: String(repeating: "b", count: 64), name: "Hôpital de Genève", place: "Genève", standing: .listed),
            Clinic(id: String(repeating: "c", count: 64), name: "Clínica Ñandú", place: nil, standing: .listed),
        ]
        world.proved[String(repeating: "c", count: 64)] = .keyChanged
        return world
    }
}
