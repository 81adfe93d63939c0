import KeepwellFake
import KeepwellKit
import Testing

@Suite struct PreviewedCategoryTests {
    @Test func recordsAreGroupedInTheCategoriesOrderAndStayInTheirOwn() {
        let groups = PreviewedCategory.grouping(FakeWallet.World.sample.records.reversed())
        #expect(groups.map(\.category) == [.allergies, .medications, .immunizations, .results])
        #expect(groups[0].records.map(\.title) == ["Pollen allergy", "Peanut allergy"])
        #expect(PreviewedCategory.grouping([]) == [])
    }

    @Test func ofALongCategoryTheFirstAreShownAndTheOthersCounted() {
        let record = FakeWallet.World.sample.records[0]
        let long = PreviewedCategory(category: .allergies, records: [RecordSummary](repeating: record, count: 7))
        #expect(long.first.count == 5)
        #expect(long.more == 2)
        let short = PreviewedCategory(category: .allergies, records: [record])
        #expect(short.first == [record])
        #expect(short.more == 0)
    }
}
