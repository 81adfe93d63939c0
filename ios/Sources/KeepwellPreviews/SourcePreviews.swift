// Clinics whose records come from their own servers, in their states.

import Foundation
import KeepwellFake
import KeepwellKit
import SwiftUI

@testable import KeepwellApp

struct SourcePreviews: PreviewProvider {
    static var previews: some View {
        sources { $0.sources = [clinic(), clinic(needsSignIn: true)] }.previewDisplayName("clinics")
        sources { _ in }.previewDisplayName("no clinic")
        SourceView(source: clinic(), app: app()).previewDisplayName("a clinic")
        SourceView(source: clinic(needsSignIn: true), app: app()).previewDisplayName("sign in again")
        signedIn { $0.begun = ["1": "https://records.springfield.example/r4"] }.previewDisplayName("connected")
        signedIn {
            $0.begun = ["1": "https://records.springfield.example/r4"]
            $0.otherPerson = OtherPerson(id: "p2", name: "Ana L. Ortega", birthDate: "1974-03-09")
        }.previewDisplayName("another name")
        signedIn { _ in }.previewDisplayName("used before")
        signedIn { _ in }.environment(\.texts, Texts(language: "es")).previewDisplayName("Spanish")
    }

    private static func app(_ change: @escaping (inout FakeWallet.World) -> Void = { _ in }) -> AppModel {
        AppModel(services: FakeWallet.preview { change(&$0) }, phone: FakePhone().phone)
    }

    private static func sources(_ change: @escaping (inout FakeWallet.World) -> Void) -> some View {
        SourcesView(app: app(change))
    }

    private static func signedIn(_ change: @escaping (inout FakeWallet.World) -> Void) -> some View {
        SignedInView(
            model: SignedInModel(
                redirect: "\(Source.redirect)?state=1", address: "https://records.springfield.example/r4", person: nil,
                service: FakeWallet.preview { change(&$0) }, browser: FakePhone())
        ) {}
    }

    private static func clinic(needsSignIn: Bool = false) -> Source {
        let day = Date(timeIntervalSince1970: 1_800_000_000)
        return Source(
            id: needsSignIn ? "2" : "1", name: "records.springfield.example", address: "https://records.springfield.example/r4",
            given: ["Patient", "AllergyIntolerance", "Observation", "CareTeam"], withheld: ["DocumentReference"], added: day,
            last: day, needsSignIn: needsSignIn)
    }
}
