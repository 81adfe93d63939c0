// Codes that live for longer than a day, which the ledger shows.

import Foundation
import KeepwellFake
import KeepwellKit
import Testing

@MainActor @Suite struct LongShareModelTests {
    private static let month: TimeInterval = 30 * 86_400
    private let wallet = FakeWallet.sample { $0.isUnlocked = true }
    private let clock = SettableClock()
    private let phone = FakePhone()
    private let model: ShareModel

    init() {
        model = ShareModel(service: wallet, screen: phone, now: clock.now)
        model.request.life = Self.month
    }

    private func share(_ pin: String = "271828") async {
        model.pin.type(pin)
        await model.share()
    }

    private var uploads: Int { wallet.change { $0.uploads } }

    @Test func isReviewedWithItsEndAndMadeByThePINAndNotBefore() async {
        #expect(Array(model.lives.suffix(3)) == wallet.choices.shareLivesOnLedger)
        await model.review()
        #expect(model.state.until == clock.now().addingTimeInterval(Self.month))
        #expect(!model.canShare, "nobody typed the PIN")
        await model.share()
        #expect(uploads == 0)
        await share("271829")
        #expect(model.state.problem == .wrongPIN(left: 9) && model.state.step == .review)
        #expect(uploads == 0 && model.pin.count == 0)
        await share()
        #expect(model.state.step == .shown && model.state.shown?.ledger == .active)
        #expect(model.state.secondsLeft == Int(Self.month))
        #expect(uploads == 1 && model.pin.count == 0)
    }

    @Test func aDayTakesNoPINAndOnlyTheNextReviewSaysUntilWhen() async {
        await model.review()
        model.leaveReview()
        model.request.life = 86_400
        await model.review()
        #expect(model.state.until == nil && model.canShare)
        await model.share()
        #expect(model.state.step == .shown && model.state.shown?.ledger == nil)
    }

    @Test func whatIsWrittenFollowsAndAsksForAPasscodeGoesAlong() async {
        model.request.followsRecord = true
        model.write(story: "I live alone.")
        model.type(passcode: "blue-otter")
        await model.review()
        await share()
        #expect(model.state.shown?.followsRecord == true && model.state.shown?.needsPasscode == true)
        #expect(wallet.change { $0.sharePasscode } == "blue-otter")
        #expect(wallet.change { $0.shareStory } == "I live alone.")
        #expect(model.passcode == "" && model.request.story == "")
    }

    @Test(arguments: [Problem.notConnected, .offline]) func whatCantBeMadeIsSaidAndTriedAgain(problem: Problem) async {
        wallet.change {
            $0.isConnected = problem != .notConnected
            $0.isOnline = problem != .offline
        }
        await model.review()
        await share()
        #expect(model.state.problem == problem && model.state.step == .review)
        #expect(uploads == 0)
        wallet.change {
            $0.isConnected = true
            $0.isOnline = true
        }
        await model.share()
        #expect(uploads == 0, "it takes the PIN again")
        await share()
        #expect(model.state.step == .shown && uploads == 1)
    }

    @Test func whoGoesBackLeavesNoDigits() async {
        await model.review()
        model.pin.type("271828")
        model.leaveReview()
        #expect(model.pin.count == 0 && model.state.step == .choose && model.state.until == nil)
        await share()
        #expect(uploads == 0)
    }

    @Test func aSecondPressMakesNoSecondOne() async {
        await model.review()
        wallet.change { $0.isSharingSlow = true }
        model.pin.type("271828")
        let making = Task { await model.share() }
        #expect(await eventually { wallet.heldCalls == 1 })
        await share()
        model.leaveReview()
        #expect(model.state.step == .review)
        wallet.change { $0.isSharingSlow = false }
        await making.value
        #expect(model.state.step == .shown && uploads == 1)
    }

    @Test func outOfSightDigitsAreForgottenAndWhatIsBeingMadeIsOnlyListed() async {
        await model.review()
        model.pin.type("2718")
        model.forget()
        #expect(model.pin.count == 0 && model.state.step == .review)
        wallet.change { $0.isSharingSlow = true }
        model.pin.type("271828")
        let making = Task { await model.share() }
        #expect(await eventually { wallet.heldCalls == 1 })
        model.forget()
        wallet.change { $0.isSharingSlow = false }
        await making.value
        #expect(model.state.step == .choose && model.state.code == nil)
        #expect(model.state.live.count { $0.ledger == .active } == 1)
    }

    @Test func whatIsForgottenWhileThePINIsCheckedIsNotMade() async {
        model.type(passcode: "blue-otter")
        await model.review()
        wallet.change { $0.isCheckingSlow = true }
        model.pin.type("271828")
        let making = Task { await model.share() }
        #expect(await eventually { wallet.heldCalls == 1 })
        model.forget()
        wallet.change { $0.isCheckingSlow = false }
        await making.value
        #expect(model.state.step == .choose && !model.state.isBusy)
        await share()
        #expect(uploads == 0, "nothing leaves without a passcode that was to have one")
    }

    @Test func whatTheLedgerDoesNotShowYetIsFollowedUntilItDoes() async throws {
        wallet.change { $0.isLedgerReached = false }
        await model.review()
        await share()
        let id = try #require(model.state.shown?.id)
        #expect(model.state.shown?.isPending == true)
        model.hide()
        #expect(model.state.isFollowed)
        wallet.change { $0.isLedgerReached = true }
        await model.follow(pause: {})
        #expect(model.state.live.first { $0.id == id }?.ledger == .active)

        wallet.change { $0.isLedgerReached = false }
        await model.change(id, .revoke)
        #expect(model.state.isFollowed, "the ledger does not show its end")
        wallet.change { $0.isLedgerReached = true }
        await model.follow(pause: {})
        #expect(model.state.shares.first { $0.id == id }?.ledger == .revoked)
        #expect(!model.state.isFollowed)
    }

    @Test(arguments: Texts.languages) func howItStandsIsSaid(language: String) async throws {
        let texts = Texts(language: language)
        await model.review()
        await share()
        let share = try #require(model.state.shown)
        let states: [Grant.State] = [.pending, .active, .revoking, .revoked]
        #expect(Set(states.map { texts.ledgerLabel(share.with(ledger: $0)) }).count == states.count)
        #expect(texts.ledgerLabel(share.with(ledger: nil)) == nil)
        #expect(texts.label(share.with(ledger: .pending), isStillOpen: false) == texts(.grantPending))
        #expect(texts.label(share, isStillOpen: false) == texts(.shareActive))
        #expect(texts.life(7 * 86_400) == texts(.days, 7) && texts.life(86_400) == texts(.hours, 24))
        #expect(texts.remaining(share, seconds: 86_401) == texts(.shareUntil, texts.day(share.expires)))
        #expect(texts.remaining(share, seconds: 86_400) == texts(.shareLeft, "24:00:00"))
    }
}
