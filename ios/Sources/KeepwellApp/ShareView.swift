// Sharing by QR code.

import KeepwellKit
import SwiftUI

struct ShareView: View {
    @State private var model: ShareModel
    @Environment(\.texts) private var texts

    init(services: any WalletServices) {
        _model = State(initialValue: ShareModel(service: services))
    }

    var body: some View {
        NavigationStack {
            List {
                if let problem = model.state.problem { ProblemView(problem: problem) }
                if let shown = model.state.shown {
                    CodeSection(shown: shown, secondsLeft: model.state.secondsLeft) { model.hide() }
                } else {
                    RequestSection(model: model)
                }
                Section(texts(.sharesLive)) {
                    if model.state.live.isEmpty { EmptyLine(text: texts(.sharesNone)) }
                    ForEach(model.state.live) { share in ShareRow(share: share, model: model) }
                }
            }
            .navigationTitle(texts(.tabShare))
            .task { await model.load() }
            .task(id: model.state.shown?.share.id) { await model.countDown() }
            .task(id: model.state.stillOpen) { await model.tell() }
            .onDisappear { model.hide() }
        }
    }
}

private struct RequestSection: View {
    @Bindable var model: ShareModel
    @Environment(\.texts) private var texts

    var body: some View {
        Section {
            Text(texts(.shareUnlessChosen))
            ForEach(RecordCategory.allCases, id: \.self) { category in
                Toggle(texts.label(category), isOn: isChosen(category))
            }
            TextField(texts(.shareName), text: $model.request.label)
            Picker(texts(.tabShare), selection: $model.request.life) {
                ForEach(model.lives, id: \.self) { life in Text(texts.life(life)).tag(life) }
            }
            Button(texts(.shareCreate)) { Task { await model.share() } }
                .disabled(model.state.isBusy)
            if model.state.isBusy { ProgressView() }
        }
    }

    private func isChosen(_ category: RecordCategory) -> Binding<Bool> {
        Binding {
            model.request.categories.contains(category)
        } set: { isChosen in
            model.request.categories.removeAll { $0 == category }
            if isChosen { model.request.categories.append(category) }
        }
    }
}

private struct CodeSection: View {
    let shown: NewShare
    let secondsLeft: Int
    let hide: @MainActor () -> Void
    @Environment(\.texts) private var texts

    var body: some View {
        Section(shown.share.label) {
            QRCodeView(code: shown.code)
                .accessibilityLabel(texts(.shareQr))
                .privacySensitive()
            Text(texts(.shareLeft, texts.time(seconds: secondsLeft))).monospacedDigit()
            Text(texts(.recordsCount, shown.records))
            if shown.withdrawn > 0 { Text(texts(.shareWithdrawn, shown.withdrawn)) }
            Button(texts(.close), action: hide)
        }
    }
}

/// A QR code, black on white in every appearance, with the four squares of quiet that scanners ask for.
struct QRCodeView: View {
    let code: QRCode

    var body: some View {
        Canvas { context, size in
            let squares = Double(code.size + 8)
            let side = min(size.width, size.height) / squares
            context.fill(Path(CGRect(x: 0, y: 0, width: side * squares, height: side * squares)), with: .color(.white))
            for row in 0..<code.size {
                for column in 0..<code.size where code.isDark(row: row, column: column) {
                    let square = CGRect(x: Double(column + 4) * side, y: Double(row + 4) * side, width: side, height: side)
                    context.fill(Path(square), with: .color(.black))
                }
            }
        }
        .aspectRatio(1, contentMode: .fit)
        .accessibilityElement(children: .ignore)
    }
}

private struct ShareRow: View {
    let share: Share
    let model: ShareModel
    @Environment(\.texts) private var texts

    private var isStillOpen: Bool { model.state.stillOpen.contains(share.id) }

    var body: some View {
        TwoLines(
            title: share.label.isEmpty ? texts(.tabShare) : share.label,
            detail: "\(texts.label(share.state, isStillOpen: isStillOpen)) · \(texts.moment(share.expires))")
        if share.state != .revoked {
            Button(texts(share.state == .paused ? .shareResume : .sharePause)) {
                Task { await model.change(share.id, share.state == .paused ? .resume : .pause) }
            }
            .disabled(model.state.isBusy)
            Button(texts(.shareStop), role: .destructive) { Task { await model.change(share.id, .revoke) } }
                .disabled(model.state.isBusy)
        }
        Button(texts(.shareOpenings)) { Task { await model.loadOpenings(of: share.id) } }
        ForEach(model.state.openings[share.id] ?? [], id: \.self) { opening in
            TwoLines(title: texts.label(opening), detail: texts.moment(opening.time))
        }
    }
}
