// The steps of the first launch at which words are on the screen: shown, asked for, typed.

import KeepwellKit
import SwiftUI

/// The words in their order. They can be read and not copied.
struct ShowWordsStep: View {
    let model: StartModel
    @Environment(\.texts) private var texts

    var body: some View {
        Section {
            Text(texts(.showWordsBody))
            Text(texts(.showWordsOnlyThese))
        }
        WordsSection(words: model.words)
        NextButton(title: texts(.showWordsDone), model: model)
    }
}

struct QuizStep: View {
    let model: StartModel
    @Environment(\.texts) private var texts

    var body: some View {
        Section { Text(texts(.quizBody)) }
        QuizSection(quiz: model.quiz)
        NextButton(title: texts(.next), model: model)
        Section {
            Button(texts(.quizLookAgain)) { _ = model.back() }.buttonStyle(.bordered)
            Button(texts(.quizLater)) { model.checkLater() }.buttonStyle(.bordered)
        }
        .disabled(model.state.isBusy)
    }
}

/// The words, to be written down or compared.
struct WordsSection: View {
    let words: [String]
    @Environment(\.texts) private var texts

    var body: some View {
        Section {
            WordRows(words: NumberedWord.all(words))
        }
        .privacySensitive()
        Section { Text(texts(.wordsSecret)).foregroundStyle(.secondary) }
    }
}

extension View {
    /// Keeps the screen awake while words are on it: nobody writes 24 words down before it goes dark. It belongs to the list: what is
    /// put on a section goes to each row, and the screen would go dark once one of them is scrolled out of sight.
    func staysAwake(_ isAwake: Bool, on screen: any PhoneScreen) -> some View {
        task(id: isAwake) { screen.staysAwake = isAwake }
            .onDisappear { screen.staysAwake = false }
    }
}

/// Words with their numbers, to be read and written down.
struct WordRows: View {
    let words: [NumberedWord]
    @Environment(\.texts) private var texts

    var body: some View {
        ForEach(words) { word in
            HStack(spacing: 16) {
                Text(String(word.place)).monospacedDigit().foregroundStyle(.secondary)
                Text(word.word).font(.title2)
            }
            .accessibilityElement(children: .ignore)
            .accessibilityLabel(texts(.wordNumbered, word.place, word.word))
        }
    }
}

/// A field for each place that is asked for.
struct QuizSection: View {
    let quiz: QuizModel
    @Environment(\.texts) private var texts

    var body: some View {
        Section {
            ForEach(quiz.places, id: \.self) { place in
                TextField(texts(.wordField, place), text: answer(at: place)).asSecret()
            }
        }
    }

    private func answer(at place: Int) -> Binding<String> {
        Binding {
            quiz.answer(at: place)
        } set: {
            quiz.type($0, at: place)
        }
    }
}

/// A field for each word; a blank, or Return, goes on to the next.
struct TypeWordsStep: View {
    let model: StartModel
    @FocusState private var focused: Int?
    @Environment(\.texts) private var texts

    var body: some View {
        Section {
            Text(texts(.typeWordsBody))
            Text(texts(.typeWordsFewer)).foregroundStyle(.secondary)
        }
        Section {
            ForEach(model.fields.fields.indices, id: \.self) { index in
                HStack(spacing: 16) {
                    Text(String(index + 1)).monospacedDigit().foregroundStyle(.secondary).accessibilityHidden(true)
                    TextField(texts(.wordField, index + 1), text: word(at: index))
                        .asSecret()
                        .focused($focused, equals: index)
                        .onSubmit { model.fields.go(to: index + 1) }
                    if model.fields.isWrong(at: index) {
                        Image(systemName: "exclamationmark.triangle").accessibilityLabel(texts(.wordUnknown))
                    }
                }
                if index == model.fields.current {
                    ForEach(model.fields.suggestions, id: \.self) { suggestion in
                        Button(suggestion) { model.fields.take(suggestion) }.buttonStyle(.bordered)
                    }
                }
            }
            Text(texts(.wordsCount, model.fields.typed)).foregroundStyle(.secondary)
        }
        .privacySensitive()
        .onChange(of: model.fields.current) { _, current in focused = current }
        .onChange(of: focused) { _, focused in
            if let focused, focused != model.fields.current { model.fields.go(to: focused) }
        }
        .task(id: model.fields.fields) { await model.fields.look() }
        Section { Text(texts(.wordsSecret)).foregroundStyle(.secondary) }
        NextButton(title: texts(.next), model: model)
    }

    private func word(at index: Int) -> Binding<String> {
        Binding {
            model.fields.fields[index]
        } set: {
            model.fields.type($0, at: index)
        }
    }
}
