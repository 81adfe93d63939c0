import Foundation
import KeepwellFake
import KeepwellKit
import Testing

@MainActor @Suite struct HomeModelTests {
    private func home(_ change: (inout FakeWallet.World) -> Void = { _ in }) async -> (HomeModel, FakeWallet) {
        let wallet = FakeWallet.sample(change)
        let model = HomeModel(service: wallet)
        await model.load()
        return (model, wallet)
    }

    private func more(_ count: Int, in wallet: FakeWallet) {
        wallet.change { world in
            for _ in 0..<count {
                let id = String(format: "%064x", 1_000 + world.records.count)
                world.records.append(
                    RecordSummary(
                        id: id, category: .conditions, resourceType: "Condition", title: "Asthma \(id)", date: nil, source: ""))
            }
        }
    }

    @Test func showsWhoseRecordsTheseAreAndWhatHolds() async {
        let (model, _) = await home()
        let overview = model.state.overview
        #expect(overview?.owner?.name == "Zoë Müller")
        #expect(overview?.allergies.records.map(\.title) == ["Peanut allergy"], "not what was entered in error")
        #expect(overview?.problems == CurrentRecords())
        #expect(overview?.medicines.records.map(\.title) == ["Ibuprofen 400 mg"])
        #expect(overview?.results.map(\.trend) == [.up])
        #expect(overview?.results.map(\.record.flag) == [.high])
        #expect(model.state.counts.map(\.category) == [.allergies, .medications, .immunizations, .results])
        #expect(model.state.counts.map(\.count) == [2, 1, 1, 1])
        #expect(model.state.toDo == [])
        #expect(model.state.problem == nil)
        #expect(!model.state.isLoading)
    }

    @Test func nothingIsNewAtTheFirstLookAndWhatCameSinceIs() async {
        let (model, wallet) = await home()
        #expect(model.state.new == [])
        #expect(wallet.change { $0.seen } == 5)
        more(2, in: wallet)
        await model.load()
        #expect(model.state.new == [CategoryCount(category: .conditions, count: 2)])
        #expect(wallet.change { $0.seen } == 5, "nobody has seen it yet")
        await model.load()
        #expect(model.state.new == [CategoryCount(category: .conditions, count: 2)], "looking twice makes no more of it")
        await model.markSeen()
        #expect(wallet.change { $0.seen } == 7)
        await model.load()
        #expect(model.state.new == [CategoryCount(category: .conditions, count: 2)], "it stays on the screen")
        more(1, in: wallet)
        await model.load()
        #expect(model.state.new == [CategoryCount(category: .conditions, count: 3)])
        let next = HomeModel(service: wallet)
        await next.load()
        #expect(next.state.new == [CategoryCount(category: .conditions, count: 1)])
    }

    @Test func whatIsNotedAsSeenWhileItLoadsIsCountedOnce() async {
        let (model, wallet) = await home()
        more(2, in: wallet)
        await model.load()
        let before = wallet.change { world in
            world.isCountingSlow = true
            return world.countings
        }
        // Its overview is there, and says of two that they are new.
        let loads = [Task { await model.load() }, Task { await model.load() }]
        #expect(await eventually { wallet.change { $0.countings } > before })
        let noting = Task { await model.markSeen() }
        // Long enough to note it, where nothing kept it back.
        try? await Task.sleep(nanoseconds: 50_000_000)
        wallet.change { $0.isCountingSlow = false }
        for task in loads + [noting] { await task.value }
        let two = [CategoryCount(category: .conditions, count: 2)]
        #expect(model.state.new == two)
        #expect(wallet.change { $0.seen } == 7)
        await model.load()
        #expect(model.state.new == two && !model.state.isLoading)
    }

    @Test func whatCameMeanwhileIsNotNotedAsSeen() async {
        let (model, wallet) = await home()
        more(2, in: wallet)
        await model.load()
        more(1, in: wallet)
        wallet.change { $0.isCountingSlow = true }
        let loading = Task { await model.load() }
        #expect(await eventually { model.state.isLoading })
        let noting = Task { await model.markSeen() }
        try? await Task.sleep(nanoseconds: 50_000_000)
        wallet.change { $0.isCountingSlow = false }
        await loading.value
        await noting.value
        let three = [CategoryCount(category: .conditions, count: 3)]
        #expect(model.state.new == three)
        #expect(wallet.change { $0.seen } == 7, "the third was not on the screen")
        await model.load()
        #expect(model.state.new == three)
        await model.markSeen()
        #expect(wallet.change { $0.seen } == 8)
    }

    @Test func whatCouldNotBeNotedAsSeenIsShownAgain() async {
        let (model, wallet) = await home()
        more(1, in: wallet)
        await model.load()
        wallet.change { $0.nextProblem = .diskFull }
        await model.markSeen()
        #expect(wallet.change { $0.seen } == 5)
        await model.load()
        #expect(model.state.new == [CategoryCount(category: .conditions, count: 1)])
        await model.markSeen()
        #expect(wallet.change { $0.seen } == 6)
    }

    @Test func saysWhatThereIsToDoTheMostUrgentFirst() async {
        let (model, wallet) = await home {
            $0.records = []
            $0.areWordsVerified = false
            $0.isConnected = false
        }
        #expect(model.state.toDo == [.checkWords, .connect, .addRecords])
        wallet.change { $0.isTakenOver = true }
        await model.load()
        #expect(model.state.toDo == [.takenOver], "nothing else can be done here")
    }

    @Test func sendsWhatIsUnsentAndSaysWhenItCouldNot() async {
        let (model, wallet) = await home {
            $0.unsentRecords = 3
            $0.isOnline = false
        }
        #expect(model.state.toDo == [.sendRecords(3)])
        await model.send()
        #expect(model.state.problem == .offline)
        #expect(model.state.toDo == [.sendRecords(3)])
        wallet.change { $0.isOnline = true }
        await model.send()
        #expect(model.state.problem == nil)
        #expect(model.state.toDo == [])
        #expect(!model.state.isSending)
    }

    @Test func lookingAgainAsksTheServersWhereThereAreAny() async {
        let (model, wallet) = await home {
            $0.unsentRecords = 3
            $0.isOnline = false
        }
        await model.refresh()
        #expect(model.state.problem == .offline)
        wallet.change { $0.isConnected = false }
        await model.load()
        await model.refresh()
        #expect(model.state.problem == nil, "there is nobody to be reached")
        wallet.change {
            $0.isConnected = true
            $0.isOnline = true
        }
        await model.load()
        await model.refresh()
        #expect(wallet.change { $0.unsentRecords } == 0)
    }

    @Test func whatAHostLostIsSentAgainOnlyWhenThePersonAgreed() async {
        let (model, wallet) = await home { $0.hasHostLost = true }
        #expect(model.state.toDo == [.agreeToSendAgain])
        await model.send()
        #expect(wallet.change { $0.hasHostLost })
        await model.send(again: true)
        #expect(!wallet.change { $0.hasHostLost })
        #expect(model.state.toDo == [])
    }

    @Test func followsWhatHappens() async throws {
        let (model, wallet) = await home { $0.isOnline = false }
        let following = Task { await model.observe() }
        defer { following.cancel() }
        #expect(await eventually { wallet.listenerCount == 1 })
        let grant = Grant(
            id: "g", clinic: "c", clinicName: "Bern", categories: [], purpose: .treatment, notBefore: Date(),
            notAfter: .distantFuture,
            state: .active, stoppedBy: nil, delivered: true, matchCode: "000000")
        wallet.change { $0.grants = [grant] }
        _ = try await wallet.revoke("g")
        #expect(await eventually { model.state.toDo == [.sendDecisions(1)] })
    }

    @Test func aLockedWalletSaysSo() async {
        let (model, _) = await home { $0.isUnlocked = false }
        #expect(model.state.problem == .locked)
        #expect(model.state.overview == nil)
        #expect(model.state.toDo == [])
    }

    @Test(arguments: Texts.languages) func everythingToDoHasWordsAndAllButOneAWay(language: String) {
        let texts = Texts(language: language)
        let all: [ToDo] = [
            .takenOver, .sendDecisions(7), .checkClinics(7), .checkWords, .connect, .agreeToSendAgain, .sendRecords(7),
            .endSoon(7),
            .lookThrough(7), .addRecords,
        ]
        let words = all.map { texts.label($0) }
        #expect(Set(words).count == all.count)
        for at in [1, 2, 6, 7, 8] { #expect(words[at].contains("7")) }
        #expect(all.allSatisfy { !texts.action($0).isEmpty })
        #expect(Set(Trend.allCases.map { texts.label($0) }).count == Trend.allCases.count)
        // That nothing is noted never stands alone: a second sentence says what it does not mean.
        for none in [texts(.homeAllergiesNone), texts(.homeProblemsNone), texts(.homeMedicinesNone)] {
            #expect(none.split(separator: ". ").count == 2, "\(none)")
        }
    }

    @Test func ageIsSaidWhereTheBirthDateIsKnownToTheDay() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let day = try #require(calendar.date(from: DateComponents(year: 2026, month: 11, day: 30)))
        func age(_ born: String) -> Int? { Owner(name: "", birthDate: born).age(at: day, in: .gmt) }
        #expect(age("1954-11-30") == 72)
        #expect(age("1954-12-01") == 71)
        #expect(age("2026-11-30") == 0)
        for unknown in ["1954", "1954-11", "", "2030-01-01", "1954-11-3"] { #expect(age(unknown) == nil) }
    }
}
