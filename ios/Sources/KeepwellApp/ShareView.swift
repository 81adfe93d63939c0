// Sharing by QR code.

import KeepwellKit
import SwiftUI

struct ShareView: View {
    let sending: SendingModel
    @State private var model: ShareModel
    @Environment(\.texts) private var texts
    @Environment(\.scenePhase) private var phase

    init(model: ShareModel, sending: SendingModel) {
        self.sending = sending
        _model = State(initialValue: model)
    }

    var body: some View {
        NavigationStack {
            List {
                if let problem = model.state.problem { ProblemView(problem: problem) }
                UnsentSection(sending: sending, isOffline: false)
                switch model.state.step {
                case .choose: RequestSection(model: model)
                case .review: ReviewSections(model: model)
                case .shown: CodeSection(model: model)
                }
                if model.state.step != .review { liveCodes }
            }
            .navigationTitle(texts(.tabShare))
            .task { await model.observe() }
            .task(id: model.state.shown?.id) { await model.countDown() }
            .task(id: model.state.isFollowed) { await model.follow() }
            .onChange(of: phase) { _, phase in model.setInFront(phase == .active) }
            .onAppear { model.setOnScreen(true) }
            .onDisappear { model.setOnScreen(false) }
            .confirmationDialog(
                texts(.shareStopTitle), isPresented: isAsking, titleVisibility: .visible, presenting: model.state.asking
            ) { share in
                Button(texts(.shareStop), role: .destructive) { Task { await model.change(share.id, .revoke) } }
                Button(texts(.shareKeep), role: .cancel) { model.keep() }
            } message: { _ in
                Text(texts(.shareStopBody))
            }
        }
    }

    private var liveCodes: some View {
        Section(texts(.sharesLive)) {
            if model.state.isLoaded, model.state.live.isEmpty { EmptyLine(text: texts(.sharesNone)) }
            ForEach(model.state.live) { share in ShareRow(share: share, model: model) }
        }
    }

    private var isAsking: Binding<Bool> {
        Binding {
            model.state.asking != nil
        } set: { isShown in
            if !isShown { model.keep() }
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
            Picker(texts(.shareLife), selection: $model.request.life) {
                ForEach(model.lives, id: \.self) { life in Text(texts.life(life)).tag(life) }
            }
            Button(texts(.shareCreate)) { Task { await model.review() } }
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

/// What would leave: nothing has left yet.
private struct ReviewSections: View {
    let model: ShareModel
    @Environment(\.texts) private var texts

    var body: some View {
        if let preview = model.state.preview {
            Section(texts(.shareReviewTitle)) {
                if model.request.categories.isEmpty { Text(texts(.shareCheckIn)) }
                if !preview.withdrawn.isEmpty { Text(texts(.shareWithdrawn, preview.withdrawn.count)) }
                if preview.hasPDF { Text(texts(.sharePdf)) }
            }
            PreviewedSections(groups: preview.leaving, along: preview.along.count)
            Section {
                Button(texts(.shareShow)) { Task { await model.share() } }.disabled(model.state.isBusy)
                if model.state.isBusy { ProgressView() }
                Button(texts(.shareCancel), role: .cancel) { model.leaveReview() }.disabled(model.state.isBusy)
            }
        }
    }
}

private struct CodeSection: View {
    let model: ShareModel
    @Environment(\.texts) private var texts

    var body: some View {
        if let share = model.state.shown, let code = model.state.code {
            Section(share.label) {
                QRCodeView(code: code.code)
                    .accessibilityLabel(texts(.shareQr))
                    .privacySensitive()
                Text(texts(.shareLeft, texts.time(seconds: model.state.secondsLeft))).monospacedDigit()
                OpeningRows(openings: model.state.openings[share.id])
                ShareLink(texts(.shareSend), item: code.link)
                Button(texts(.close)) { model.hide() }
            }
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
            detail: "\(texts.label(share.state, isStillOpen: isStillOpen)) · \(texts(.accessUntil, texts.moment(share.expires)))")
        if share.state == .active, model.state.shown?.id != share.id {
            Button(texts(.shareShow)) { Task { await model.show(share.id) } }
                .disabled(model.state.isBusy)
        }
        if share.state != .revoked {
            Button(texts(share.state == .paused ? .shareResume : .sharePause)) {
                Task { await model.change(share.id, share.state == .paused ? .resume : .pause) }
            }
            .disabled(model.state.isBusy)
            Button(texts(.shareStop), role: .destructive) { model.ask(share.id) }
                .disabled(model.state.isBusy)
        }
        Button(texts(.shareOpenings)) { Task { await model.loadOpenings(of: share.id) } }
        if model.state.shown?.id != share.id { OpeningRows(openings: model.state.openings[share.id]) }
    }
}

/// Who opened a code, as far as was asked.
private struct OpeningRows: View {
    let openings: [ShareOpening]?
    @Environment(\.texts) private var texts

    var body: some View {
        if let openings {
            if openings.isEmpty { EmptyLine(text: texts(.shareNotOpened)) }
            ForEach(openings, id: \.self) { opening in
                TwoLines(title: texts.label(opening), detail: texts.moment(opening.time))
            }
        }
    }
}
