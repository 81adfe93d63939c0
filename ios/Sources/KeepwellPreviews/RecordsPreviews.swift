// Records and one record in their states.

import KeepwellFake
import KeepwellKit
import SwiftUI

@testable import KeepwellApp

struct RecordsPreviews: PreviewProvider {
    static var previews: some View {
        records().previewDisplayName("records")
        records { $0.records = [] }.previewDisplayName("none")
        records { $0.isUnlocked = false }.previewDisplayName("locked")
        records { $0.leaveMuchToDo() }.previewDisplayName("something to do")
        records { $0.isTakenOver = true }.previewDisplayName("taken over")
        records { $0.seen = 2 }.previewDisplayName("something new")
        records {
            $0.records = []
            $0.isConnected = false
            $0.areWordsVerified = false
            $0.owner = nil
        }.previewDisplayName("just begun")
        records { $0.records.removeAll { $0.category != .results } }.previewDisplayName("nothing noted")
        records { $0.nextProblem = .storage(code: "StorageCorrupt") }.previewDisplayName("error")
        records().environment(\.texts, Texts(language: "es")).previewDisplayName("Spanish")
        records().preferredColorScheme(.dark).previewDisplayName("night")
        records().environment(\.layoutDirection, .rightToLeft).previewDisplayName("right to left")
    }

    private static func records(_ change: (inout FakeWallet.World) -> Void = { _ in }) -> RecordsView {
        RecordsView(app: AppModel(services: FakeWallet.preview(change), phone: FakePhone().phone)) { _ in }
    }
}

struct RecordPreviews: PreviewProvider {
    static var previews: some View {
        ForEach(FakeWallet.World.sample.records) { record in
            RecordView(record: record, service: FakeWallet.preview()).previewDisplayName(record.title)
        }
        record(FakeWallet.preview { $0.pictures = [:] }).previewDisplayName("not found")
        record(FakeWallet.preview { $0.addLetter() }).previewDisplayName("letter")
        record(FakeWallet.preview { $0.addVersions() }).previewDisplayName("versions")
        record(FakeWallet.preview()).environment(\.texts, Texts(language: "es")).previewDisplayName("Spanish")
        record(FakeWallet.preview()).environment(\.layoutDirection, .rightToLeft).previewDisplayName("right to left")
    }

    /// The page of the sample's result.
    private static func record(_ wallet: FakeWallet) -> some View {
        ForEach(FakeWallet.World.sample.records.filter { $0.category == .results }) { record in
            RecordView(record: record, service: wallet)
        }
    }
}

extension FakeWallet.World {
    /// Much that the owner should do.
    fileprivate mutating func leaveMuchToDo() {
        isOnline = false
        areWordsVerified = false
        hasHostLost = true
        unsentRecords = 3
        grant(.revoking)
        setAside = [
            SetAsideItem(id: String(repeating: "1", count: 64), file: "scan.tif", kind: .picture, bytes: 1_200_000, received: now)
        ]
    }

    /// Gives the results a long note, a PDF and a file that is elsewhere.
    fileprivate mutating func addLetter() {
        for record in records where record.category == .results {
            let text = String(repeating: "She may go home today and takes the tablets for five more days. ", count: 40)
            pictures[record.id] = RecordPicture(
                row: PictureRow(kind: .document, resourceType: "DocumentReference", title: "Discharge letter"),
                passages: [PicturePassage(label: .content, title: "Letter", text: text)],
                attachments: [
                    PictureAttachment(title: "Letter", contentType: "application/pdf", bytes: 12_000, isHere: true),
                    PictureAttachment(title: nil, contentType: "application/dicom", bytes: 4_000_000, isHere: true),
                    PictureAttachment(title: "Scan", contentType: nil, address: "https://example.org/scan"),
                ], source: record.source, received: now)
        }
    }

    /// Gives the results a version that was replaced.
    fileprivate mutating func addVersions() {
        for record in records where record.category == .results {
            histories[record.id] = [
                RecordVersion(id: 1, standing: .superseded, source: record.source, received: now),
                RecordVersion(id: 2, standing: .present, source: record.source, received: now),
            ]
        }
    }
}
