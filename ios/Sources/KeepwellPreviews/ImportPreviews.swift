// Records that come in, and the question about a connection, in their states.

import Foundation
import KeepwellFake
import KeepwellKit
import SwiftUI

@testable import KeepwellApp

struct ImportPreviews: PreviewProvider {
    static var previews: some View {
        Importing(people: ["Ana"], isAccepted: false).previewDisplayName("question")
        Importing(people: ["Ana"], isAccepted: true, isSlow: true).previewDisplayName("reading")
        Importing(people: ["Ana", "Bea"], isAccepted: true).previewDisplayName("several people")
        Importing(people: ["Ana"], isAccepted: true).previewDisplayName("report")
        Importing(people: nil, isAccepted: true).previewDisplayName("damaged")
        Importing(people: ["Ana"], isAccepted: true).environment(\.texts, Texts(language: "es")).previewDisplayName("Spanish")
        ImportView(model: ImportModel(link: "shlink:/fine", service: FakeWallet.preview { $0.addLink() })) {}
            .previewDisplayName("link with a passcode")
        ImportView(model: ImportModel(link: "shlink:/", service: FakeWallet.preview())) {}.previewDisplayName("no link")
        PasteLinkView(model: PasteLinkModel(service: FakeWallet.preview()) { _ in }).previewDisplayName("paste a link")
        ImportsView(service: FakeWallet.preview { $0.importSomething() }) {}.previewDisplayName("what came in")
        ImportsView(service: FakeWallet.preview()) {}.previewDisplayName("nothing came in")
        ConnectView(model: ConnectModel(code: "keepwell:c/records.example.org", service: FakeWallet.preview())) {}
            .previewDisplayName("connect by a code")
        ConnectView(model: ConnectModel(code: "keepwell:x/", service: FakeWallet.preview())) {}
            .previewDisplayName("another code")
        ConnectView(model: ConnectModel(code: nil, service: FakeWallet.preview { $0.builtIn = FakeStart.demonstration })) {}
            .previewDisplayName("connect, built in")
    }
}

/// One import of a file that is written for it.
private struct Importing: View {
    @State private var model: ImportModel
    let isAccepted: Bool

    /// `people`: about whom it is; none: it is damaged.
    init(people: [String]?, isAccepted: Bool, isSlow: Bool = false) {
        let entries = (people ?? []).map { name in
            #"{"resource":{"resourceType":"Patient","id":"\#(name)","name":[{"given":["\#(name)"]}]}}"#
        }
        let content = people == nil ? "{" : #"{"resourceType":"Bundle","entry":[\#(entries.joined(separator: ","))]}"#
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("bundle.json")
        try? Data(content.utf8).write(to: url)
        let wallet = FakeWallet.preview { $0.isReadingSlow = isSlow }
        _model = State(initialValue: ImportModel(files: [LocalFile(url)], service: wallet))
        self.isAccepted = isAccepted
    }

    var body: some View {
        ImportView(model: model) {}.task { if isAccepted { model.accept() } }
    }
}

extension FakeWallet.World {
    /// An import that stands, one that was taken back, and something that can't be read.
    fileprivate mutating func importSomething() {
        imports = [
            Import(id: "1", source: "bern-clinic.example", time: now, added: 12, updated: 1),
            Import(id: "2", source: "file", time: now, added: 3, updated: 0, undone: now),
        ]
        carried = ["1": []]
        setAside = [SetAsideItem(id: "3", file: "letter.pdf", kind: .document, bytes: 210_000, received: now)]
    }

    fileprivate mutating func addLink() {
        let preview = LinkPreview(
            server: "records.example.org", label: "Check-in", expires: now.addingTimeInterval(600), needsPasscode: true)
        links["shlink:/fine"] = FakeLink(preview, files: [], passcode: "4711")
    }
}

struct HealthPreviews: PreviewProvider {
    static var previews: some View {
        health(FakeHealth()).previewDisplayName("nothing there")
        health(refusing).previewDisplayName("refused")
        health(partly).previewDisplayName("some of it")
        HealthView(model: HealthModel(source: FakeHealth()) { _ in }).previewDisplayName("before")
        health(FakeHealth()).environment(\.texts, Texts(language: "es")).previewDisplayName("Spanish")
    }

    private static func health(_ source: FakeHealth) -> some View {
        let model = HealthModel(source: source) { _ in }
        return HealthView(model: model).task { model.read() }
    }

    private static var partly: FakeHealth {
        let weights = [71.2, 70.9].enumerated().map { number, weight in
            HealthSample(
                id: UUID(), measure: .weight, values: [weight],
                time: Date(timeIntervalSince1970: 1_800_000_000 + TimeInterval(number) * 86_400), zone: .gmt, device: nil,
                isTyped: true)
        }
        return FakeHealth(HealthData(samples: weights, unread: [.measure(.oxygen): .healthUnavailable]))
    }

    private static var refusing: FakeHealth {
        let health = FakeHealth()
        health.set(HealthData(), problem: .healthRefused)
        return health
    }
}
