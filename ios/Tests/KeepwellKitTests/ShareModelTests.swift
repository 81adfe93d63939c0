import Foundation
import KeepwellFake
import KeepwellKit
import Testing

@MainActor @Suite struct ShareModelTests {
    private let wallet = FakeWallet.sample()
    private let clock = SettableClock()
    private let phone = FakePhone()
    private let model: ShareModel

    init() {
        model = ShareModel(service: wallet, screen: phone, now: clock.now)
    }

    private func share() async {
        await model.review()
        await model.share()
    }

    @Test func showsWhatWouldLeaveBeforeAnythingDoes() async {
        await model.share()
        #expect(wallet.change { $0.uploads } == 0, "nothing was reviewed")
        await model.review()
        #expect(model.state.step == .review)
        #expect(model.state.preview?.leaving.map(\.category) == [.allergies, .medications, .immunizations, .results])
        #expect(model.state.preview?.withdrawn.map(\.title) == ["Pollen allergy"])
        #expect(model.state.preview?.hasPDF == true)
        #expect(wallet.change { $0.uploads } == 0)
        model.leaveReview()
        #expect(model.state.step == .choose)
        await model.share()
        #expect(wallet.change { $0.uploads } == 0, "the review was left")
        await share()
        #expect(wallet.change { $0.uploads } == 1)
        #expect(model.state.step == .shown)
    }

    @Test func sharesWhatWasReviewedAndNotWhatWasChosenSince() async {
        model.request.life = 3600
        await model.review()
        model.request.life = 86_400
        await model.share()
        #expect(model.state.secondsLeft == 3600)
    }

    @Test(arguments: [("12345", PasscodeReason.length), ("blåotter", .character), ("111111", .guessable)])
    func aPasscodeThatIsNoneIsRefusedBeforeTheReview(typed: String, reason: PasscodeReason) async {
        model.type(passcode: typed)
        await model.review()
        #expect(model.state.problem == .passcodeUnsuitable(reason))
        #expect(model.state.step == .choose)
        model.type(passcode: "blue-otter")
        #expect(model.state.problem == nil)
    }

    @Test func aPasscodeGoesWithItsCodeAndIsForgotten() async {
        model.type(passcode: " blue-otter ")
        #expect(!String(reflecting: Mirror(reflecting: model)).contains("blue-otter"))
        await model.review()
        model.type(passcode: "green-otter")
        await model.share()
        #expect(wallet.change { $0.sharePasscode } == "blue-otter", "what was reviewed is what leaves")
        #expect(model.state.shown?.needsPasscode == true)
        #expect(model.state.shown?.followsRecord == false)
        #expect(model.passcode == "")
        model.hide()
        await share()
        #expect(model.state.shown?.needsPasscode == false, "the next code has none")
    }

    @Test func aBlankPasscodeIsNoneAndACodeFollowsTheRecordWhereThatIsWished() async {
        model.type(passcode: "   ")
        model.request.followsRecord = true
        await share()
        #expect(model.state.shown?.needsPasscode == false)
        #expect(model.state.shown?.followsRecord == true)
    }

    @Test func whatThePatientTellsGoesAlongWithOneCodeAndWhatIsTooLongIsKeptForItsWriter() async {
        model.write(story: String(repeating: "ä", count: 30_001))
        await share()
        #expect(model.state.problem == .storyTooLong)
        #expect(model.state.step == .review)
        model.leaveReview()
        #expect(model.request.story.count == 30_001)
        model.write(story: "I live alone.")
        #expect(model.state.problem == nil)
        await model.review()
        model.write(story: "I live elsewhere.")
        await model.share()
        #expect(wallet.change { $0.shareStory } == "I live alone.", "what was reviewed is what leaves")
        #expect(model.request.story == "", "the next code tells nothing of itself")
    }

    @Test func nothingLeavesWithoutAPasscodeThatWasToHaveOne() async {
        wallet.change { $0.isOnline = false }
        model.type(passcode: "blue-otter")
        await share()
        #expect(model.state.problem == .offline)
        #expect(model.state.step == .review, "it can be tried again")
        model.forget()
        #expect(model.state.step == .choose)
        #expect(model.passcode == "")
        wallet.change { $0.isOnline = true }
        await model.share()
        #expect(wallet.change { $0.uploads } == 0)
        await model.review()
        model.forget()
        #expect(model.state.step == .review, "there is nothing to forget")
    }

    @Test func reviewsWithoutNetworkAndSharesNothing() async {
        wallet.change { $0.isOnline = false }
        await model.review()
        #expect(model.state.step == .review)
        await model.share()
        #expect(model.state.problem == .offline)
        #expect(model.state.step == .review, "it can be tried again")
        #expect(wallet.change { $0.shares.count } == 0)
        model.leaveReview()
        model.request.categories = [.genomics]
        await model.review()
        #expect(model.state.problem == .nothingToShare)
        #expect(model.state.step == .choose)
    }

    @Test func showsACodeAndCountsDownToItsEnd() async {
        model.request.life = 3
        await share()
        #expect(model.state.secondsLeft == 3)
        var seen: [Int] = []
        await model.countDown { @MainActor [clock, model] in
            seen.append(model.state.secondsLeft)
            clock.advance(1)
        }
        #expect(seen == [3, 2, 1])
        #expect(model.state.shown == nil, "an ended code is not shown")
        #expect(model.state.code == nil)
    }

    @Test func theCountDownStopsWithItsTaskAndTheCodeStays() async {
        await share()
        await model.countDown { throw CancellationError() }
        #expect(model.state.shown != nil)
        #expect(model.state.secondsLeft == 600)
        model.hide()
        #expect(model.state.shown == nil)
        #expect(model.state.live.count == 1, "hiding the code does not end the share")
    }

    @Test func theScreenIsAwakeAndBrightWhileACodeIsOnItAndAsBeforeAfterwards() async throws {
        await share()
        #expect(phone.staysAwake)
        #expect(phone.brightness == 1)
        let id = try #require(model.state.shown?.id)
        let asBefore = { phone.staysAwake == false && phone.brightness == 0.4 }
        model.setInFront(false)
        #expect(asBefore(), "out of sight")
        model.setInFront(true)
        #expect(phone.brightness == 1)
        model.hide()
        #expect(asBefore(), "hidden")
        await model.show(id)
        await model.change(id, .pause)
        #expect(asBefore(), "paused")
        model.setInFront(true)
        #expect(asBefore(), "in front without a code")
        await model.change(id, .resume)
        await model.show(id)
        #expect(phone.staysAwake)
        clock.advance(600)
        await model.countDown {}
        #expect(asBefore(), "ended by time")
    }

    @Test func aCodeThatIsMadeWhileAnotherScreenIsShownIsListedAndLightsNothing() async throws {
        await model.review()
        model.setOnScreen(false)
        await model.share()
        #expect(model.state.live.count == 1)
        #expect(model.state.shown == nil)
        #expect(!phone.staysAwake)
        #expect(phone.brightness == 0.4)
        model.setOnScreen(true)
        await model.show(try #require(model.state.live.first?.id))
        #expect(phone.staysAwake)
        model.setOnScreen(false)
        #expect(!phone.staysAwake, "left")
    }

    @Test func aScreenThatNobodyTurnsOffIsBrightForTenMinutes() async {
        model.request.life = 86_400
        await share()
        var rounds = 0
        await model.countDown { @MainActor [clock, phone] in
            rounds += 1
            guard rounds <= 2 else { throw CancellationError() }
            #expect(phone.staysAwake)
            clock.advance(rounds == 1 ? 599 : 1)
        }
        #expect(!phone.staysAwake)
        #expect(phone.brightness == 0.4)
        #expect(model.state.shown != nil, "the code stays")
        model.setInFront(true)
        #expect(phone.staysAwake, "somebody is here again")
    }

    @Test func whoDimsTheScreenWhileACodeIsOnItKeepsItSo() async {
        await share()
        #expect(phone.brightness == 1)
        phone.brightness = 0.2
        model.hide()
        #expect(phone.brightness == 0.2)
        #expect(!phone.staysAwake)
    }

    @Test func codesAreListedAndShownAgainAfterALock() async throws {
        await share()
        let (shown, code) = try (#require(model.state.shown), #require(model.state.code))
        try await wallet.lock()
        let later = ShareModel(service: wallet, screen: phone, now: clock.now)
        await later.load()
        #expect(later.state.problem == .locked)
        #expect(!later.state.isLoaded, "that there are none is not known")
        try await wallet.unlock(pin: SecretBytes("271828"))
        await later.load()
        #expect(later.state.live == [shown])
        wallet.change { $0.isOnline = false }
        await later.show(shown.id)
        #expect(later.state.code == code)
        await later.show("another")
        #expect(later.state.shown == shown)
        await later.change(shown.id, .pause)
        await later.show(shown.id)
        #expect(later.state.shown == nil, "a paused code is resumed before it is shown")
    }

    @Test func pausesResumesAndEnds() async throws {
        await share()
        let id = try #require(model.state.shown?.id)
        await model.change(id, .pause)
        #expect(model.state.shown == nil, "a paused code opens nothing, so it is not shown")
        #expect(model.state.live.map(\.state) == [.paused])
        #expect(model.state.stillOpen == [], "the host was told")
        await model.change(id, .resume)
        #expect(model.state.live.map(\.state) == [.active])
        model.ask(id)
        #expect(model.state.asking?.id == id)
        model.keep()
        #expect(model.state.live.map(\.state) == [.active], "asking ends nothing")
        await model.change(id, .revoke)
        #expect(model.state.live == [])
        model.ask(id)
        #expect(model.state.asking == nil)
        await model.change(id, .resume)
        #expect(model.state.problem == .shareEnded)
    }

    @Test func whatIsDecidedAboutACodeWhileSomethingElseIsDoneIsDoneAfterIt() async throws {
        await share()
        let id = try #require(model.state.shown?.id)
        wallet.change { $0.isBusy = true }
        let pausing = Task { await model.change(id, .pause) }
        _ = await eventually { wallet.heldCalls == 1 }
        let ending = Task { await model.change(id, .revoke) }
        _ = await eventually { model.state.asking == nil && wallet.heldCalls == 1 }
        #expect(wallet.change { $0.shares.map(\.state) } == [.active])
        wallet.change { $0.isBusy = false }
        await pausing.value
        await ending.value
        #expect(wallet.change { $0.shares.map(\.state) } == [.revoked])
        #expect(model.state.problem == nil)
        #expect(!model.state.isBusy)
    }

    @Test func whatASecondPressWouldBeginAnewIsDoneOnce() async {
        await model.review()
        wallet.change { $0.isBusy = true }
        let sharing = Task { await model.share() }
        _ = await eventually { wallet.heldCalls == 1 }
        await model.share()
        wallet.change { $0.isBusy = false }
        await sharing.value
        #expect(wallet.change { $0.uploads } == 1)
    }

    @Test func whatIsEndedWithoutNetworkIsStillOpenUntilTheHostIsTold() async throws {
        await share()
        let id = try #require(model.state.shown?.id)
        wallet.change { $0.isOnline = false }
        await model.change(id, .revoke)
        #expect(model.state.problem == nil)
        #expect(model.state.shown == nil)
        #expect(model.state.live.map(\.state) == [.revoked], "it is listed while it opens")
        #expect(model.state.stillOpen == [id])
        var rounds = 0
        await model.follow { @MainActor [wallet] in
            rounds += 1
            if rounds == 3 { wallet.change { $0.isOnline = true } }
        }
        #expect(rounds == 3)
        #expect(model.state.stillOpen == [])
        #expect(model.state.live == [])
    }

    @Test func whatIsPausedWithoutNetworkIsStillOpenAndResumedOnlyWithTheHostsWord() async throws {
        await share()
        let id = try #require(model.state.shown?.id)
        wallet.change { $0.isOnline = false }
        await model.change(id, .pause)
        #expect(model.state.live.map(\.state) == [.paused])
        #expect(model.state.stillOpen == [id])
        await model.change(id, .resume)
        #expect(model.state.problem == .offline)
        #expect(model.state.live.map(\.state) == [.paused])
        #expect(model.state.stillOpen == [id])
        await model.follow { throw CancellationError() }
        #expect(model.state.stillOpen == [id], "it stops with its task")
        wallet.change { $0.isOnline = true }
        await model.change(id, .resume)
        #expect(model.state.live.map(\.state) == [.active])
        #expect(model.state.stillOpen == [])
    }

    @Test func whatTheHostWasNeverToldIsNotOpenWhenItsTimeIsOver() async throws {
        model.request.life = 60
        await share()
        let id = try #require(model.state.shown?.id)
        wallet.change { $0.isOnline = false }
        await model.change(id, .revoke)
        clock.advance(59)
        await model.load()
        #expect(model.state.stillOpen == [id])
        await model.follow { @MainActor [clock] in clock.advance(1) }
        #expect(model.state.stillOpen == [])
        #expect(model.state.live == [])
    }

    @Test func anExpiredShareCanNotBeResumed() async throws {
        model.request.life = 60
        await share()
        let id = try #require(model.state.shown?.id)
        await model.change(id, .pause)
        wallet.change { $0.now.addTimeInterval(60) }
        await model.load()
        #expect(model.state.live == [])
        #expect(model.state.shares.map(\.state) == [.expired])
        await model.change(id, .resume)
        #expect(model.state.problem == .shareEnded)
    }

    @Test func showsWhoOpenedACodeWhenItHappens() async throws {
        await share()
        let id = try #require(model.state.shown?.id)
        let following = Task { await model.observe() }
        defer { following.cancel() }
        _ = await eventually { wallet.listenerCount == 1 }
        let opening = ShareOpening(time: clock.now(), recipient: "City Hospital", opened: true)
        wallet.change { $0.openings[id] = [opening] }
        wallet.announce(.shareTried(id))
        let told = await eventually { model.state.openings[id] == [opening] }
        #expect(told)
    }

    @Test func aLinkIsNowhereInText() async throws {
        await share()
        let code = try #require(model.state.code)
        var dumped = "\(code) \(String(reflecting: model.state))"
        dump(model.state, to: &dumped)
        #expect(!dumped.contains(code.link))
        #expect(!dumped.contains("true, false"), "nor as the squares of its code")
    }

    @Test func aCodeIsSquareAndNotLargerThanTheLargest() {
        #expect(QRCode(size: 21, modules: []) == nil)
        #expect(QRCode(size: 0, modules: []) == nil)
        #expect(QRCode(size: 178, modules: [Bool](repeating: true, count: 178 * 178)) == nil)
        let code = QRCode(size: 2, modules: [true, false, false, true])
        #expect(code?.isDark(row: 0, column: 0) == true)
        #expect(code?.isDark(row: 0, column: 1) == false)
        #expect(code?.isDark(row: 1, column: 1) == true)
        #expect(code?.isDark(row: 2, column: 0) == false)
    }
}

@MainActor @Suite struct LogModelTests {
    @Test func showsWhatWasDoneNewestFirst() async throws {
        let wallet = FakeWallet.sample()
        let request = GrantTerms(
            clinic: wallet.change { $0.clinics[0].id }, categories: [.results], purpose: .treatment, days: 1)
        let grant = try await wallet.grant(request, pin: SecretBytes("271828"))
        wallet.change { $0.now.addTimeInterval(60) }
        _ = try await wallet.revoke(grant.id)
        let model = LogModel(service: wallet)
        await model.load()
        #expect(model.state.entries.map(\.event) == [.revoked, .granted])
        #expect(model.state.entries.map(\.about) == ["Bern Allergy Clinic", "Bern Allergy Clinic"])
    }

    @Test func withoutAConnectionTheOwnersOwnDoingsStandAndItIsSaidWhatIsMissing() async {
        let wallet = FakeWallet.sample {
            $0.log = [
                LogEntry(time: $0.now, event: .granted, about: "Bern Allergy Clinic"),
                LogEntry(time: $0.now.addingTimeInterval(1), event: .recordsRead, about: "Bern Allergy Clinic"),
            ]
            $0.isOnline = false
        }
        let model = LogModel(service: wallet)
        await model.load()
        #expect(model.state.entries.map(\.event) == [.granted])
        #expect(model.state.isOwnOnly)
        #expect(model.state.problem == nil)
        wallet.change { $0.isOnline = true }
        await model.load()
        #expect(model.state.entries.map(\.event) == [.recordsRead, .granted])
        #expect(!model.state.isOwnOnly)
    }
}
