// The directory of clinics.

import KeepwellKit
import SwiftUI

struct ClinicsView: View {
    let services: any WalletServices
    let phone: Phone
    @State private var model: ClinicsModel
    @State private var text = ""
    @State private var scanning: ScanModel?
    @State private var isTyping = false
    @State private var path = NavigationPath()
    @Environment(\.texts) private var texts

    init(services: any WalletServices, phone: Phone) {
        self.services = services
        self.phone = phone
        _model = State(initialValue: ClinicsModel(service: services))
    }

    private var asked: Binding<AccessRequest?> {
        Binding {
            model.state.asked
        } set: {
            if $0 == nil { model.shown() }
        }
    }

    var body: some View {
        NavigationStack(path: $path) {
            List {
                Section {
                    Button(texts(.clinicsScan)) { scanning = ScanModel(phone: phone.camera) { model.take(code: $0) } }
                        .buttonStyle(.borderedProminent)
                        .controlSize(.large)
                }
                if let problem = model.state.problem {
                    ProblemView(problem: problem) { Task { await model.load() } }
                }
                if model.state.isLoading { ProgressView().accessibilityLabel(texts(.loading)) }
                if model.state.found.isEmpty, model.state.problem == nil, !model.state.isLoading {
                    EmptyLine(text: texts(.clinicsNone))
                }
                ForEach(model.state.found) { clinic in
                    NavigationLink(value: clinic) {
                        TwoLines(title: clinic.name, detail: clinic.place ?? texts.label(clinic.standing))
                    }
                }
            }
            .navigationTitle(texts(.tabClinics))
            .navigationDestination(for: Clinic.self) { clinic in ClinicView(clinic: clinic, services: services) }
            .searchable(text: $text, isPresented: $isTyping, prompt: texts(.searchClinics))
            .onChange(of: text) { _, text in model.search(text) }
            .refreshable { await model.load() }
            .task { await model.load() }
            .task(id: model.state.scanned) {
                if model.state.scanned != nil { scanning = nil }
                await model.openScanned()
            }
            .task(id: model.state.requestCode) {
                if model.state.requestCode != nil { scanning = nil }
                await model.openRequest()
            }
            .sheet(item: asked) { asked in Covered { GrantView(asked: asked, services: services) } }
            .onChange(of: model.state.opened) { _, opened in
                guard let opened else { return }
                path.append(opened)
                model.shown()
            }
            .sheet(item: $scanning) { scanning in
                Covered {
                    ScanView(model: scanning, words: .clinic) {
                        self.scanning = nil
                        isTyping = true
                    }
                }
            }
        }
    }
}
