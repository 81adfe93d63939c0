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
        ForEach(FakeWallet.World.sample.records) { record in
            RecordView(record: record, service: FakeWallet.preview { $0.pictures = [:] }).previewDisplayName("not found")
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
}
