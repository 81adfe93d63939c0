// The directory of clinics.

import KeepwellKit
import SwiftUI

struct ClinicsView: View {
    let services: any WalletServices
    @State private var model: ClinicsModel
    @State private var text = ""
    @State private var chosen: Clinic?
    @Environment(\.texts) private var texts

    init(services: any WalletServices) {
        self.services = services
        _model = State(initialValue: ClinicsModel(service: services))
    }

    var body: some View {
        NavigationStack {
            List {
                if let problem = model.state.problem {
                    ProblemView(problem: problem) { Task { await model.load() } }
                }
                if model.state.found.isEmpty, model.state.problem == nil, !model.state.isLoading {
                    EmptyLine(text: texts(.clinicsNone))
                }
                ForEach(model.state.found) { clinic in
                    Button {
                        chosen = clinic
                    } label: {
                        TwoLines(title: clinic.name, detail: clinic.place ?? texts.label(clinic.standing))
                    }
                    .accessibilityHint(texts(.grantTo, clinic.name))
                }
            }
            .navigationTitle(texts(.tabClinics))
            .searchable(text: $text, prompt: texts(.searchClinics))
            .onChange(of: text) { _, text in model.search(text) }
            .refreshable { await model.load() }
            .task { await model.load() }
            .sheet(item: $chosen) { clinic in
                Covered { GrantView(clinic: clinic, services: services) }
            }
        }
    }
}
