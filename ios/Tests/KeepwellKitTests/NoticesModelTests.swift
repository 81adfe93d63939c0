import Foundation
import KeepwellFake
import KeepwellKit
import Testing

@MainActor @Suite struct NoticesModelTests {
    private let wallet = FakeWallet.sample { world in
        world.isUnlocked = true
        world.grants = [grant(0, days: 30, world), grant(1, days: 7, world), grant(2, days: 0.5, world)]
    }
    private let phone = FakePhone(wasAsked: false)
    private let clock = SettableClock()
    private let model: NoticesModel

    init() {
        model = NoticesModel(service: wallet, phone: phone.phone, now: clock.now)
    }

    private static func grant(_ number: Int, days: Double, _ world: FakeWallet.World) -> Grant {
        Grant(
            id: String(format: "%064x", number), clinic: world.clinics[number].id, clinicName: world.clinics[number].name,
            categories: [.allergies], purpose: .treatment, notBefore: world.now,
            notAfter: world.now.addingTimeInterval(days * 86_400), state: .active, stoppedBy: nil, delivered: true,
            matchCode: "042917")
    }

    private func after(days: Double) -> Date { clock.now().addingTimeInterval(days * 86_400) }

    @Test func nobodyIsToldOrAskedWhoDoesNotWishIt() async {
        await model.load()
        await model.note(.unlocked)
        #expect(phone.reminders.isEmpty)
        #expect(!phone.wasAsked)
        #expect(model.state.areAllowed, "nobody was asked yet")
    }

    @Test func anEndIsToldADayBeforeAndNamesNobody() async {
        await model.remind(true)
        #expect(phone.wasAsked)
        let expected = [6, 29].map { EndReminder(time: after(days: $0), clinicName: nil) }
        #expect(phone.reminders == expected, "the soonest first; what ends within a day is on the home already")
        #expect(phone.remindsOfEnds, "it is remembered")
        await model.remind(false)
        #expect(phone.reminders.isEmpty)
    }

    @Test func aClinicIsNamedOnlyIfThatIsWished() async {
        await model.remind(true)
        await model.nameClinics(true)
        #expect(phone.reminders.map(\.clinicName) == ["Hôpital de Genève", "Bern Allergy Clinic"])
        await model.nameClinics(false)
        #expect(phone.reminders.allSatisfy { $0.clinicName == nil })
    }

    @Test func whatWasEndedIsNotToldAndALockedWalletLeavesWhatIsPlanned() async {
        await model.remind(true)
        wallet.change { $0.grants[1] = $0.grants[1].with(state: .revoking) }
        await model.note(.grantChanged(wallet.change { $0.grants[1].id }, .revoking))
        #expect(phone.reminders.map(\.time) == [after(days: 29)])
        wallet.change { $0.isUnlocked = false }
        await model.note(.locked)
        await model.note(.other)
        #expect(phone.reminders.count == 1)
    }

    private let read = RecordsRead(grant: "", clinicName: "Bern Clinic", records: 12, isProved: true)

    @Test func aReadIsToldOnlyIfThatIsWishedAndNamesNobody() async {
        await model.note(.recordsRead(read))
        #expect(phone.notices == [])
        #expect(!phone.wasAsked)
        await model.tellOfReads(true)
        #expect(phone.wasAsked && phone.tellsOfReads)
        await model.note(.recordsRead(read))
        #expect(phone.notices == [ReadNotice(records: 12, clinicName: nil, isProved: true)])
        #expect(phone.reminders.isEmpty, "each kind is wished for itself")
        await model.nameClinics(true)
        await model.note(.recordsRead(read))
        #expect(phone.notices.last?.clinicName == "Bern Clinic")
        await model.tellOfReads(false)
        await model.note(.recordsRead(read))
        #expect(phone.notices.count == 2)
    }

    @Test func whoeverIsNotKnownIsNotNamed() async {
        await model.tellOfReads(true)
        await model.nameClinics(true)
        await model.note(.recordsRead(RecordsRead(grant: "", clinicName: "", records: 1, isProved: false)))
        #expect(phone.notices == [ReadNotice(records: 1, clinicName: nil, isProved: false)])
    }

    @Test func onTheScreenAReadIsSaidOnceAndWhetherItIsProved() async {
        let app = AppModel(services: wallet, phone: phone.phone)
        let following = Task { await app.observe() }
        defer { following.cancel() }
        _ = await eventually { wallet.listenerCount == 1 }
        wallet.announce(.recordsRead(read))
        #expect(await eventually { app.state.reads == [read] })
        let texts = Texts(language: "en")
        #expect(texts.label(read) == texts(.messageReadOf, 12, "Bern Clinic"))
        let said = RecordsRead(grant: "", clinicName: "Bern Clinic", records: 1, isProved: false)
        #expect(texts.label(said).hasSuffix(texts(.readUnsigned)), "the server alone says so")
        #expect(!texts.label(read).contains(texts(.readUnsigned)))
        await app.lock()
        #expect(app.state.reads == [read], "it is not told again")
        app.acknowledgeReads()
        #expect(app.state.reads == [])
    }

    @Test func aPhoneThatRefusesIsSaidTo() async {
        phone.isAllowing = false
        await model.remind(true)
        #expect(!model.state.areAllowed)
        phone.isAllowing = true
        await model.load()
        #expect(model.state.areAllowed)
    }

    @Test(arguments: Texts.languages) func aReminderNamesAClinicOnlyWhereItHasOne(language: String) {
        let texts = Texts(language: language)
        let unnamed = texts.label(EndReminder(time: Date(), clinicName: nil))
        let named = texts.label(EndReminder(time: Date(), clinicName: "Bern Clinic"))
        #expect(named.contains("Bern Clinic") && !unnamed.contains("Bern Clinic"))
        #expect(named != unnamed)
    }

    @Test func anErasedWalletLeavesNoReminderBehind() async {
        let start = FakeStart()
        start.change { $0.wallet = wallet }
        await model.remind(true)
        #expect(!phone.reminders.isEmpty)
        wallet.change { $0.isUnlocked = false }
        let opening = OpeningModel(open: { () async throws(Problem) in try await start.find() }, phone: phone.phone)
        await opening.open()
        guard case .app(let app) = opening.screen else { return #expect(Bool(false), "there is a wallet") }
        app.unlock.askToErase()
        await app.unlock.erasing?.load()
        await app.unlock.erasing?.erase()
        #expect(phone.reminders.isEmpty)
        #expect(!phone.remindsOfEnds && !phone.tellsOfReads)
        #expect(phone.health.timesForgotten == 1)
    }
}
