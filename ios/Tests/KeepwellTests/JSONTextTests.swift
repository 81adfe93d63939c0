import Foundation
import Testing

@Suite struct JSONTextTests {
    private func read(_ text: String) -> JSONText? { JSONText(Data(text.utf8)) }

    @Test(arguments: ["5.10", "0", "-0", "1e400", "-1.5E-07", "12345678901234567890.1"])
    func keepsTheDigitsOfANumber(digits: String) {
        #expect(read(digits) == .number(digits))
    }

    @Test(arguments: ["01", "5.", ".5", "+1", "1e", "-", "NaN", "0x1", "1 2"])
    func refusesWhatIsNoNumber(text: String) {
        #expect(read(text) == nil)
    }

    @Test func keepsTheOrderOfMembersAndReadsEscapes() {
        let json = read(#" { "b" : [ true , false , null ] , "a" : "\"\\\u00fc\ud83d\ude00\n" } "#)
        #expect(
            json
                == .object([
                    .init(name: "b", value: .array([.boolean(true), .boolean(false), .null])),
                    .init(name: "a", value: .string("\"\\ü😀\n")),
                ]))
        #expect(json?["a"] == .string("\"\\ü😀\n"))
        #expect(json?["c"] == nil)
    }

    @Test(arguments: [
        "", " ", "{", "}", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "[1 2]", "\"", "\"\\", "\"\\x\"", "\"\\ud83d\"",
        "\"a\nb\"",
        "tru", "nul", "[]]", "{}{}",
    ])
    func refusesWhatIsNoJSON(text: String) {
        #expect(read(text) == nil)
    }

    @Test func refusesBytesThatAreNotUTF8() {
        #expect(JSONText(Data([0x22, 0xFF, 0x22])) == nil)
        #expect(JSONText(Data([0x22, 0xC3, 0xBC, 0x22])) == .string("ü"))
    }

    @Test func isNestedOnlySoDeep() {
        let deep = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(read(deep(JSONText.deepest + 1)) != nil)
        #expect(read(deep(JSONText.deepest + 2)) == nil)
        #expect(read(deep(100_000)) == nil)
    }
}
