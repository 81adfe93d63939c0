import KeepwellFake
import KeepwellKit
import Testing

@MainActor @Suite struct WordFieldsTests {
    private let fields = WordFields { text in (try? await FakeStart().judgeWords(text)) ?? [:] }

    @Test func aBlankGoesOnToTheNextField() {
        fields.type("legal ", at: 0)
        #expect(fields.fields[0] == "legal")
        #expect(fields.current == 1)
        fields.type("winner", at: 1)
        #expect(fields.current == 1)
        #expect(fields.typed == 2)
        #expect(fields.isContinuous)
        fields.type(" ", at: 5)
        #expect(fields.fields[5] == "")
    }

    @Test func whatIsPastedFillsTheFieldsAfterIt() {
        fields.type("1. legal\n2) winner, 3. thank", at: 4)
        #expect(fields.fields[4...6] == ["legal", "winner", "thank"])
        #expect(fields.current == 7)
        #expect(!fields.isContinuous, "the first are missing")
        fields.type(String(repeating: "year ", count: 1_000), at: 20)
        #expect(fields.fields[20...] == ["year", "year", "year", "year"])
        #expect(fields.current == 23)
        fields.type(String(repeating: "a", count: 10_000), at: 0)
        #expect(fields.fields[0].count == 32)
        fields.type("legal", at: 24)
        fields.type("legal", at: -1)
        #expect(fields.typed == 8)
    }

    @Test func theBeginningOfAWordIsCompletedAndTakenInItsField() async {
        fields.type("l", at: 2)
        await fields.look()
        #expect(fields.suggestions == [], "one letter is too little")
        fields.type("le", at: 2)
        await fields.look()
        #expect(fields.suggestions == ["legal", "letter", "lemon"])
        fields.take("letter")
        #expect(fields.fields[2] == "letter")
        #expect(fields.current == 3)
        #expect(fields.suggestions == [])
    }

    @Test func aWordThatIsNoneIsMarkedAndOneThatIsBeingTypedIsNot() async {
        fields.type("legal winter lem", at: 0)
        fields.go(to: 2)
        await fields.look()
        #expect([0, 1, 2, 3].map { fields.isWrong(at: $0) } == [false, true, false, false])
        fields.go(to: 1)
        #expect(fields.suggestions == ["winner", "wave", "worth", "window"])
        #expect(fields.isWrong(at: 2), "nobody types on there")
        fields.take("winner")
        #expect(!fields.isWrong(at: 1))
    }

    @Test func whatIsFoundTooLateIsNotShown() async {
        let (asked, ask) = AsyncStream.makeStream(of: Void.self)
        let (answers, answer) = AsyncStream.makeStream(of: Void.self)
        let slow = WordFields { _ in
            ask.yield()
            for await _ in answers { break }
            return [1: .begun(["legal"])]
        }
        slow.type("le", at: 0)
        let looking = Task { await slow.look() }
        for await _ in asked { break }
        slow.type("win", at: 0)
        answer.yield()
        await looking.value
        #expect(slow.suggestions == [])
        answer.yield()
        await slow.look()
        #expect(slow.suggestions == ["legal"])
    }
}
