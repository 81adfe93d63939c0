package org.keepwell.wallet.screen

import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNotSame
import kotlin.test.assertNull
import kotlin.test.assertSame
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancel
import kotlinx.coroutines.job
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeConnection
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.fake.FakeFile
import org.keepwell.wallet.fake.FakeStart
import org.keepwell.wallet.fake.FakeHealth
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.fake.FakeWishes
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.Grant
import org.keepwell.wallet.model.GrantId
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.GrantTerms
import org.keepwell.wallet.model.Incoming
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.Purpose
import org.keepwell.wallet.model.RecordId
import org.keepwell.wallet.model.Share
import org.keepwell.wallet.model.ShareState
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.navigation.SavedRoutes
import org.keepwell.wallet.navigation.SettingsPage
import org.keepwell.wallet.navigation.draft

class AppModelTest {
    private val terms = GrantTerms(FakeData.northside.id, setOf(Category.RESULTS), Purpose.TREATMENT, 30.days)

    private fun Bench.app() = AppModel(wallet, navigator, clock, {}, { true }, FakeWishes(), FakeHealth(), scope).also { settle() }

    @Test
    fun `a place keeps its model until it is left`() = onBench {
        val app = app()
        val records = app.of(Route.Records)
        navigator.open(Route.InCategory(Category.VITALS))
        settle()
        val category = app.of(Route.InCategory(Category.VITALS))
        assertSame(records, app.of(Route.Records))
        navigator.back()
        settle()
        assertSame(records, app.of(Route.Records))
        assertNotSame(category, app.of(Route.InCategory(Category.VITALS)))
    }

    @Test
    fun `a draft that changes does not make a new model`() = onBench {
        val app = app()
        val route = Route.Grant(FakeData.northside.id)
        navigator.open(route)
        val model = app.of(route) as GrantModel
        settle()
        model.on(GrantScreenEvent.Toggle(Category.VITALS))
        settle()
        assertSame(model, app.of(navigator.routes.value.last()))
    }

    @Test
    fun `locking drops what was on the screens and keeps the place`() = onBench {
        val app = app()
        navigator.open(Route.InCategory(Category.VITALS))
        settle()
        val before = app.of(Route.InCategory(Category.VITALS)) as RecordsModel
        settle()
        assertTrue(before.state.value.records.isNotEmpty())
        app.lock()
        settle()
        assertFalse(app.isUnlocked.value)
        enter(FakeWallet.PIN) { app.unlock().on(UnlockEvent.Pin(it)) }
        settle()
        assertEquals(Route.InCategory(Category.VITALS), navigator.routes.value.last())
        assertNotSame(before, app.of(Route.InCategory(Category.VITALS)))
    }

    @Test
    fun `who comes back sees nothing before it is known that the wallet need not lock`() = onBench {
        wallet.staysOpen = true
        val app = app()
        app.setInBackground(true)
        assertTrue(app.isCovered.value, "at once")
        settle()
        wallet.looking = CompletableDeferred()
        wallet.isLockDue = true
        app.setInBackground(false)
        settle()
        assertTrue(app.isCovered.value)
        assertTrue(app.isUnlocked.value, "the wallet has not looked yet")
        wallet.looking?.complete(Unit)
        settle()
        assertFalse(app.isUnlocked.value)
        assertFalse(app.isCovered.value)
    }

    @Test
    fun `who comes back sees nothing before the wallet has heard that they were gone`() = onBench {
        val app = app()
        val busy = CompletableDeferred<Unit>()
        wallet.hearing = busy
        app.setInBackground(true)
        settle()
        app.setInBackground(false)
        settle()
        assertTrue(app.isCovered.value, "the wallet is at something else")
        wallet.hearing = null
        busy.complete(Unit)
        settle()
        assertFalse(app.isCovered.value || app.isUnlocked.value)
    }

    @Test
    fun `all access that was to be ended is ended, though the page is left and the wallet locks`() = onBench {
        val app = app()
        repeat(3) { wallet.granted(FakeData.northside, GrantState.ACTIVE, terms) }
        val busy = CompletableDeferred<Unit>()
        wallet.deciding = busy
        navigator.open(Route.Clinic(FakeData.northside.id))
        settle()
        val clinic = app.of(Route.Clinic(FakeData.northside.id))
        settle()
        (clinic as ClinicModel).on(ClinicEvent.AskRevokeAll)
        clinic.on(ClinicEvent.ConfirmRevoke)
        settle()
        navigator.back()
        settle()
        wallet.deciding = null
        busy.complete(Unit)
        settle()
        assertTrue(wallet.grantList.none { it.state.isInForce }, "the page was left")

        repeat(3) { wallet.granted(FakeData.northside, GrantState.ACTIVE, terms) }
        val again = CompletableDeferred<Unit>()
        wallet.deciding = again
        navigator.open(Route.Clinic(FakeData.northside.id))
        settle()
        val other = app.of(Route.Clinic(FakeData.northside.id)) as ClinicModel
        settle()
        other.on(ClinicEvent.AskRevokeAll)
        other.on(ClinicEvent.ConfirmRevoke)
        settle()
        app.lock()
        settle()
        wallet.deciding = null
        again.complete(Unit)
        settle()
        assertEquals(3, wallet.grantList.count { it.state.isInForce }, "it had locked")
        assertEquals(Problem.AccessNotEnded, app.unlock().state.value.problem)
        enter(FakeWallet.PIN) { app.unlock().on(UnlockEvent.Pin(it)) }
        settle()
        assertTrue(wallet.grantList.none { it.state.isInForce })
    }

    @Test
    fun `a code that was to be ended is ended, though the screen is left and the wallet locks`() = onBench {
        val app = app()
        shareShown(app)
        val left = shareShown(app)
        val leaving = CompletableDeferred<Unit>()
        wallet.deciding = leaving
        end(left)
        navigator.select(Route.Records)
        settle()
        assertNotSame(left, app.of(Route.Share), "its model has ended")
        wallet.deciding = null
        leaving.complete(Unit)
        settle()
        assertEquals(listOf(ShareState.ACTIVE, ShareState.REVOKED), shares().map { it.state }, "the screen was left")

        val again = shareOpened(app)
        val locking = CompletableDeferred<Unit>()
        wallet.deciding = locking
        end(again)
        app.lock()
        settle()
        wallet.deciding = null
        locking.complete(Unit)
        settle()
        assertEquals(Problem.AccessNotEnded, app.unlock().state.value.problem)
        enter(FakeWallet.PIN) { app.unlock().on(UnlockEvent.Pin(it)) }
        settle()
        assertEquals(listOf(ShareState.REVOKED, ShareState.REVOKED), shares().map { it.state })
    }

    @Test
    fun `a code that was to open again stays paused where the wallet locks before`() = onBench {
        val app = app()
        val model = shareShown(app)
        model.on(ShareScreenEvent.Pause)
        settle()
        val busy = CompletableDeferred<Unit>()
        wallet.deciding = busy
        model.on(ShareScreenEvent.Resume)
        settle()
        app.lock()
        settle()
        wallet.deciding = null
        busy.complete(Unit)
        settle()
        assertNull(app.unlock().state.value.problem)
        enter(FakeWallet.PIN) { app.unlock().on(UnlockEvent.Pin(it)) }
        settle()
        assertEquals(listOf(ShareState.PAUSED), shares().map { it.state })
    }

    private fun Bench.shareShown(app: AppModel): ShareModel {
        navigator.select(Route.Share)
        settle()
        return (app.of(Route.Share) as ShareModel).also {
            settle()
            it.on(ShareScreenEvent.Back)
            it.on(ShareScreenEvent.Review)
            settle()
            it.on(ShareScreenEvent.Create)
            settle()
        }
    }

    private fun Bench.shareOpened(app: AppModel): ShareModel {
        navigator.select(Route.Share)
        settle()
        return (app.of(Route.Share) as ShareModel).also {
            settle()
            it.on(ShareScreenEvent.Open(it.state.value.live.single().id))
            settle()
        }
    }

    private fun Bench.end(model: ShareModel) {
        model.on(ShareScreenEvent.AskStop)
        model.on(ShareScreenEvent.ConfirmStop)
    }

    private fun Bench.shares(): List<Share> {
        var found = emptyList<Share>()
        scope.launchNow { found = wallet.shares.list().orElse {}.orEmpty().reversed() }
        settle()
        return found
    }

    @Test
    fun `an access that was made longer when the wallet locked is shown after that`() = onBench {
        val app = app()
        wallet.granted(FakeData.northside, GrantState.ACTIVE, terms)
        val before = wallet.grantList.single().id
        val route = Route.Extend(before)
        navigator.open(route)
        settle()
        val extend = app.of(route) as ExtendModel
        settle()
        extend.on(ExtendEvent.Review)
        settle()
        extend.on(ExtendEvent.Confirm)
        val busy = CompletableDeferred<Unit>()
        wallet.deciding = busy
        enter(FakeWallet.PIN) { extend.on(ExtendEvent.Pin(it)) }
        settle()
        app.lock()
        settle()
        assertEquals(listOf<Route>(Route.Records), navigator.routes.value, "nobody stands before the old one again")
        wallet.deciding = null
        busy.complete(Unit)
        settle()
        assertTrue(wallet.pins.all { pin -> pin.all { it == 0.toByte() } })
        wallet.openByFinger()
        settle()
        assertEquals(listOf(Route.Access, Route.Granted(wallet.grantList.last().id, before)), navigator.routes.value)
        assertEquals(2, wallet.grantList.size)
    }

    @Test
    fun `who leaves again meanwhile stays covered`() = onBench {
        wallet.staysOpen = true
        val app = app()
        app.setInBackground(true)
        val first = CompletableDeferred<Unit>()
        wallet.looking = first
        app.setInBackground(false)
        settle()
        app.setInBackground(true)
        first.complete(Unit)
        settle()
        assertTrue(app.isCovered.value)
        wallet.looking = null
        app.setInBackground(false)
        settle()
        assertFalse(app.isCovered.value)
    }

    @Test
    fun `locking hides at once, also in distress, whatever the wallet is at`() = onBench {
        val app = app()
        for (lock in listOf({ app.lock() }, { (app.of(Route.Settings) as SettingsModel).on(SettingsEvent.PanicLock) })) {
            val busy = CompletableDeferred<Unit>()
            wallet.gate = busy
            lock()
            settle()
            assertTrue(app.isLocking.value)
            assertTrue(app.isUnlocked.value, "the wallet is busy")
            wallet.gate = null
            busy.complete(Unit)
            settle()
            assertFalse(app.isLocking.value || app.isUnlocked.value)
            wallet.openByFinger()
            settle()
        }
    }

    @Test
    fun `who unlocks does not stand before erasing or changing the PIN again, but where they were before`() = onBench {
        val app = app()
        for (page in listOf(SettingsPage.ERASE, SettingsPage.CHANGE_PIN)) {
            navigator.select(Route.Records)
            navigator.open(Route.Settings)
            navigator.open(Route.Setting(page))
            app.lock()
            settle()
            assertEquals(listOf(Route.Records, Route.Settings), navigator.routes.value)
            wallet.openByFinger()
            settle()
        }
        navigator.open(Route.Setting(SettingsPage.AUTO_LOCK))
        app.lock()
        settle()
        assertEquals(Route.Setting(SettingsPage.AUTO_LOCK), navigator.routes.value.last())
    }

    @Test
    fun `what was erased is said to be gone until something new begins`() = onBench {
        val app = app()
        val erasing = app.of(Route.Setting(SettingsPage.ERASE)) as EraseModel
        settle()
        erasing.on(EraseEvent.Next)
        enter("000000") { erasing.on(EraseEvent.Pin(it)) }
        settle()
        assertFalse(app.isErased.value || app.isEnding.value)
        enter(FakeWallet.PIN) { erasing.on(EraseEvent.Pin(it)) }
        settle()
        assertTrue(app.isErased.value)
        assertFalse(app.isEnding.value)
        assertEquals(true, app.isStarting.value)
        wallet.make(FakeWallet.PIN.encodeToByteArray())
        settle()
        assertFalse(app.isErased.value)
    }

    @Test
    fun `a PIN that was changed just when the wallet locked itself is spoken of`() = onBench {
        val app = app()
        val changing = app.of(Route.Setting(SettingsPage.CHANGE_PIN)) as ChangePinModel
        enter(FakeWallet.PIN) { changing.on(ChangePinEvent.Old(it)) }
        settle()
        val busy = CompletableDeferred<Unit>()
        wallet.gate = busy
        repeat(2) {
            enter("593817") { key -> checkNotNull(changing.newPin).on(NewPinEvent.Key(key)) }
            settle()
        }
        wallet.locksAfterChange = true
        wallet.gate = null
        busy.complete(Unit)
        settle()
        assertFalse(app.isUnlocked.value)
        assertEquals(Problem.PinChanged, app.unlock().state.value.problem)
        app.unlock().on(UnlockEvent.Pin(PinEvent.Digit('5')))
        assertEquals(Problem.PinChanged, app.unlock().state.value.problem, "it stays until it is open")
    }

    @Test
    fun `help can be read before a locked wallet, and leads nowhere else`() = onBench(unlocked = false) {
        val app = app()
        app.showHelp(true)
        assertTrue(app.isHelping.value)
        assertFalse(app.help().state.value.leadsOn)
        app.help().on(InfoEvent(SettingsPage.SUPPORT))
        assertEquals(listOf<Route>(Route.Records), navigator.routes.value)
        wallet.openByFinger()
        settle()
        assertFalse(app.isHelping.value)
    }

    @Test
    fun `out of sight the wallet locks as it is told to`() = onBench {
        val app = app()
        app.setInBackground(true)
        settle()
        assertFalse(app.isUnlocked.value)
    }

    @Test
    fun `what locks is done though the activity ends while the wallet is busy`() {
        for (leave in listOf<(AppModel) -> Unit>({ it.lock() }, { it.setInBackground(true) })) onBench {
            val activity = CoroutineScope(scope.coroutineContext + Job(scope.coroutineContext.job))
            val app = AppModel(wallet, navigator, clock, {}, { true }, FakeWishes(), FakeHealth(), activity)
            settle()
            val busy = CompletableDeferred<Unit>()
            wallet.gate = busy
            leave(app)
            settle()
            activity.cancel()
            settle()
            assertTrue(wallet.lock.isUnlocked.value)
            busy.complete(Unit)
            settle()
            assertFalse(wallet.lock.isUnlocked.value)
        }
    }

    private fun Bench.granted(): List<Grant> {
        var grants: Outcome<List<Grant>>? = null
        scope.launchNow { grants = wallet.consent.grants() }
        settle()
        return (grants as Outcome.Done).value
    }

    private fun Bench.recovered(app: AppModel) {
        val recovery = app.recovery()
        recovery.on(RecoveryEvent.TypeWords(FakeWallet.WORDS.joinToString(" ")))
        recovery.on(RecoveryEvent.Next)
        settle()
        recovery.on(RecoveryEvent.Next)
        repeat(2) {
            enter("593817") { recovery.on(RecoveryEvent.Pin(it)) }
            settle()
        }
    }

    @Test
    fun `the words lead to the records, wherever the person was before`() = onBench {
        val app = app()
        navigator.open(Route.Grant(FakeData.northside.id))
        app.recover()
        settle()
        assertFalse(app.isUnlocked.value)
        assertTrue(app.isRecovering.value)
        recovered(app)
        assertTrue(app.isUnlocked.value)
        assertFalse(app.isRecovering.value)
        assertEquals(listOf<Route>(Route.Records), navigator.routes.value)
        assertEquals(0, wallet.wordsHeld)
    }

    @Test
    fun `recovery that is left keeps nothing and asks for the PIN`() = onBench(unlocked = false) {
        val app = app()
        app.recover()
        val recovery = app.recovery()
        recovery.on(RecoveryEvent.TypeWords("orbit velvet"))
        recovery.on(RecoveryEvent.Back)
        assertFalse(app.isRecovering.value)
        assertEquals("", recovery.state.value.words)
        app.recover()
        assertEquals("", app.recovery().state.value.words)
    }

    @Test
    fun `out of sight words stay for two minutes and no longer, also on a phone that slept`() = onBench(unlocked = false) {
        val app = app()
        app.recover()
        app.recovery().on(RecoveryEvent.TypeWords("orbit velvet"))
        app.setInBackground(true)
        test.testScheduler.advanceTimeBy(119.seconds)
        settle()
        app.setInBackground(false)
        test.testScheduler.advanceTimeBy(10.minutes)
        settle()
        assertEquals("orbit velvet", app.recovery().state.value.words)
        app.setInBackground(true)
        test.testScheduler.advanceTimeBy(2.minutes)
        settle()
        assertFalse(app.isRecovering.value)

        var slept = java.time.Duration.ZERO
        val other = AppModel(wallet, navigator, { clock.instant() + slept }, {}, { true }, FakeWishes(), FakeHealth(), scope)
        other.recover()
        other.setInBackground(true)
        settle()
        slept = java.time.Duration.ofMinutes(2)
        other.setInBackground(false)
        assertFalse(other.isRecovering.value)
    }

    @Test
    fun `what is saved holds places and choices, and nothing typed, shown or secret`() = onBench {
        val app = app()
        val records = app.of(Route.Records) as RecordsModel
        records.on(RecordsEvent.Search("hypertension"))
        test.testScheduler.advanceTimeBy(300.milliseconds)
        settle()
        navigator.open(Route.Record(records.state.value.records.single().id))
        assertEquals(listOf("records", "record " + records.state.value.records.single().id.hex), navigator.saved())
        navigator.select(Route.Share)
        settle()
        val share = app.of(Route.Share) as ShareModel
        settle()
        share.on(ShareScreenEvent.Review)
        settle()
        share.on(ShareScreenEvent.Create)
        settle()
        assertEquals(listOf("share"), navigator.saved())
    }

    @Test
    fun `every place comes back, and what cannot be read starts anew`() {
        val all = listOf(
            Route.Records, Route.Timeline, Route.InCategory(Category.FAMILY_HISTORY), Route.Record(RecordId("ab".repeat(32))), Route.Attachment(RecordId("ab".repeat(32)), 2), Route.Access, Route.Clinics, Route.Scan,
            Route.Clinic(FakeData.northside.id), Route.Granted(GrantId("cd".repeat(32)), GrantId("ef".repeat(32))),
            Route.Grant(FakeData.northside.id, FakeData.CHOICES.draft(setOf(Category.VITALS, Category.OTHER)).copy(isNamed = false, isReviewing = true)),
            Route.Grant(FakeData.northside.id), Route.Granted(GrantId("cd".repeat(32))), Route.Share, Route.Log, Route.Add, Route.ScanLink,
        )
        assertEquals(all, SavedRoutes.read(SavedRoutes.write(all)))
        assertEquals(listOf("access"), SavedRoutes.write(listOf(Route.Access, Route.Extend(GrantId("ef".repeat(32))))), "it may have been made longer since")
        for (bad in listOf("", "nowhere", "category nothing", "attachment", "attachment ab", "attachment ab x", "grant zz", "clinic", "clinic zz", "grant zz TREAT 1 true true ", "grant ${"0a".repeat(32)} TREAT x true true ", "clinics")) {
            assertEquals(listOf<Route>(Route.Records), Navigator(listOf(bad)).routes.value, bad)
        }
    }

    @Test
    fun `a phone without a wallet begins at the welcome, and the journey ends when the person has seen its end`() = onEmptyBench {
        val app = app()
        assertEquals(true, app.isStarting.value)
        val start = app.start()
        start.on(StartEvent.Next)
        start.on(StartEvent.New)
        settle()
        repeat(4) { checkNotNull(start.shownWords).on(ShownWordsEvent.NEXT) }
        start.on(StartEvent.CheckLater)
        repeat(2) {
            enter("593817") { checkNotNull(start.newPin).on(NewPinEvent.Key(it)) }
            settle()
        }
        assertEquals(StartStep.DONE, start.state.value.step)
        assertTrue(app.isUnlocked.value)
        assertEquals(true, app.isStarting.value)
        start.on(StartEvent.Next)
        assertEquals(false, app.isStarting.value)
        assertEquals(listOf("records"), navigator.saved())
    }

    @Test
    fun `out of sight the words of a journey go after two minutes, and a wallet that was made stays`() = onEmptyBench {
        val app = app()
        app.start().on(StartEvent.New)
        settle()
        assertEquals(1, wallet.wordsHeld)
        app.setInBackground(true)
        test.testScheduler.advanceTimeBy(2.minutes)
        settle()
        assertEquals(0, wallet.wordsHeld)
        assertEquals(listOf(StartStep.WELCOME), app.start().state.value.path)
        app.setInBackground(false)
        wallet.start.hasWallet.value = true
        app.setInBackground(true)
        test.testScheduler.advanceTimeBy(2.minutes)
        settle()
        assertEquals(false, app.isStarting.value)
    }

    @Test
    fun `out of sight what came back stays to be read, and its end is the person's`() = onEmptyBench {
        wallet.start.builtInConnection = FakeConnection("host.example.org")
        wallet.start.pace = 0.seconds
        val app = app()
        val start = app.start()
        listOf(StartEvent.Next, StartEvent.HaveWords).forEach(start::on)
        val typed = checkNotNull(start.typedWords)
        typed.on(TypedWordsEvent.Type(0, FakeWallet.WORDS.joinToString(" ")))
        typed.on(TypedWordsEvent.Next)
        settle()
        start.on(StartEvent.Next)
        repeat(2) {
            enter("593817") { checkNotNull(start.newPin).on(NewPinEvent.Key(it)) }
            settle()
        }
        checkNotNull(start.connection).on(ConnectionEvent.Accept)
        settle()
        app.setInBackground(true)
        test.testScheduler.advanceTimeBy(10.minutes)
        settle()
        app.setInBackground(false)
        assertEquals(true to StartStep.REPORT, app.isStarting.value to app.start().state.value.step)
        app.start().on(StartEvent.Next)
        assertEquals(false, app.isStarting.value)
    }

    @Test
    fun `what comes from outside waits for the wallet to be open, and is only asked about`() = onBench(unlocked = false) {
        val app = app()
        val file = FakeFile("lab.json", "record Zinc")
        app.receive(Incoming.File(file))
        enter(FakeWallet.PIN) { app.unlock().on(UnlockEvent.Pin(it)) }
        settle()
        val model = app.of(navigator.routes.value.last()) as ImportModel
        assertEquals(ImportStep.ASK, model.state.value.step)
        assertEquals(0, file.opened)
        assertEquals(listOf("records"), navigator.saved())
        app.receive(Incoming.Connection(FakeStart.CODE + "host.example.org"))
        settle()
        val connect = app.of(navigator.routes.value.last()) as ConnectModel
        settle()
        assertEquals("host.example.org", connect.connection.state.value.names?.host)
        assertEquals(listOf("records"), navigator.saved())
        assertFalse("host.example.org" in navigator.routes.value.toString())
    }

    @Test
    fun `another file does not break off the one that is being read, and is asked about after it`() = onBench {
        val app = app()
        app.receive(Incoming.File(FakeFile("long.json", "record Zinc\n".repeat(1_000))))
        settle()
        val model = app.of(navigator.routes.value.last()) as ImportModel
        model.on(ImportEvent.Accept)
        settle()
        app.receive(Incoming.File(FakeFile("other.json", "record Iron")))
        settle()
        assertSame(model, app.of(navigator.routes.value.last()))
        model.on(ImportEvent.Cancel)
        settle()
        assertSame(model, app.of(navigator.routes.value.last()))
        model.on(ImportEvent.Cancel)
        settle()
        val other = app.of(navigator.routes.value.last()) as ImportModel
        assertEquals("other.json" to ImportStep.ASK, other.state.value.run { fileName to step })
        other.on(ImportEvent.Cancel)
        settle()
        assertEquals(listOf<Route>(Route.Records), navigator.routes.value)
    }

    @Test
    fun `after another finger the PIN leads to switching biometrics on again, once`() = onBench(unlocked = false) {
        wallet.safety.isOn = true
        wallet.safety.knowsAnother = true
        val app = app()
        app.unlock()
        settle()
        app.unlock().on(UnlockEvent.UseBiometrics)
        settle()
        enter(FakeWallet.PIN) { app.unlock().on(UnlockEvent.Pin(it)) }
        settle()
        val place = Route.Setting(SettingsPage.BIOMETRICS)
        assertEquals(listOf(Route.Records, place), navigator.routes.value)
        assertTrue((app.of(place) as BiometricsModel).state.value.wasLost)
        app.lock()
        settle()
        enter(FakeWallet.PIN) { app.unlock().on(UnlockEvent.Pin(it)) }
        settle()
        assertEquals(listOf(Route.Records, place), navigator.routes.value)
        assertFalse((app.of(place) as BiometricsModel).state.value.wasLost)
    }

    @Test
    fun `what a finger has opened still asks for the PIN before consent`() = onBench(unlocked = false) {
        wallet.safety.isOn = true
        val app = app()
        app.unlock()
        settle()
        app.unlock().on(UnlockEvent.UseBiometrics)
        settle()
        assertTrue(app.isUnlocked.value)
        val route = Route.Grant(FakeData.northside.id, FakeData.CHOICES.draft(setOf(Category.ALLERGIES)).copy(isReviewing = true))
        navigator.open(route)
        val model = app.of(route) as GrantModel
        settle()
        model.on(GrantScreenEvent.Confirm)
        settle()
        assertEquals(0, wallet.pins.size)
        enter("000000") { model.on(GrantScreenEvent.Pin(it)) }
        settle()
        assertEquals(1, wallet.pins.size)
        assertTrue(granted().isEmpty())
        enter(FakeWallet.PIN) { model.on(GrantScreenEvent.Pin(it)) }
        settle()
        assertEquals(1, granted().size)
    }

    @Test
    fun `panic locks, and only the PIN opens then`() = onBench {
        wallet.safety.isOn = true
        val app = app()
        navigator.open(Route.Settings)
        settle()
        val model = app.of(Route.Settings) as SettingsModel
        settle()
        assertEquals(true, model.state.value.hasBiometrics)
        model.on(SettingsEvent.PanicLock)
        settle()
        assertFalse(app.isUnlocked.value)
        assertFalse(app.unlock().also { settle() }.state.value.hasBiometrics)
        assertEquals(null, app.unlock().state.value.problem)
    }

    @Test
    fun `panic that could not switch off the finger has locked all the same, and says so`() = onBench {
        wallet.safety.isOn = true
        wallet.safety.offProblem = Problem.Other("DeviceKeyUnavailable")
        val app = app()
        navigator.open(Route.Settings)
        (app.of(Route.Settings) as SettingsModel).on(SettingsEvent.PanicLock)
        settle()
        assertFalse(app.isUnlocked.value)
        assertTrue(app.unlock().state.value.hasBiometrics)
        assertEquals(Problem.Other("DeviceKeyUnavailable"), app.unlock().state.value.problem)
    }

    @Test
    fun `panic that failed where no finger opens is not called failed`() = onBench {
        wallet.safety.offProblem = Problem.Other("DeviceKeyUnavailable")
        val app = app()
        navigator.open(Route.Settings)
        (app.of(Route.Settings) as SettingsModel).on(SettingsEvent.PanicLock)
        settle()
        assertFalse(app.isUnlocked.value)
        assertEquals(null, app.unlock().state.value.problem)
    }

    @Test
    fun `erasing leads to the welcome and leaves no place of before`() = onBench {
        val app = app()
        val place = Route.Setting(SettingsPage.ERASE)
        navigator.open(Route.Settings)
        navigator.open(place)
        val model = app.of(place) as EraseModel
        settle()
        assertEquals(true, model.state.value.atRisk?.isConnected)
        model.on(EraseEvent.Next)
        enter("000000") { model.on(EraseEvent.Pin(it)) }
        settle()
        assertEquals(Problem.WrongPin(9), model.state.value.pin.problem)
        assertEquals(false, app.isStarting.value)
        enter(FakeWallet.PIN) { model.on(EraseEvent.Pin(it)) }
        settle()
        assertEquals(true, app.isStarting.value)
        assertEquals(listOf<Route>(Route.Records), navigator.routes.value)
        wallet.pins.forEach { pin -> assertTrue(pin.all { it == 0.toByte() }) }
    }

    @Test
    fun `erasing that failed is told where the wallet is locked now`() = onBench {
        wallet.safety.eraseProblem = Problem.EraseFailed("StorageIo")
        val app = app()
        val place = Route.Setting(SettingsPage.ERASE)
        navigator.open(place)
        val model = app.of(place) as EraseModel
        settle()
        model.on(EraseEvent.Next)
        enter(FakeWallet.PIN) { model.on(EraseEvent.Pin(it)) }
        settle()
        assertEquals(false, app.isStarting.value)
        assertFalse(app.isUnlocked.value)
        assertEquals(Problem.EraseFailed("StorageIo"), app.unlock().state.value.problem)
    }

    @Test
    fun `whoever knows neither PIN nor words can erase, after one question more`() = onBench(unlocked = false) {
        val app = app()
        app.recover()
        app.recovery().on(RecoveryEvent.TypeWords("orbit"))
        app.giveUp()
        assertFalse(app.isRecovering.value)
        assertTrue(app.isErasing.value)
        val model = app.erase()
        model.on(EraseEvent.Confirm)
        settle()
        assertEquals(false, app.isStarting.value)
        model.on(EraseEvent.Next)
        model.on(EraseEvent.Keep)
        model.on(EraseEvent.Back)
        assertFalse(app.isErasing.value)
        app.giveUp()
        app.erase().on(EraseEvent.Next)
        app.erase().on(EraseEvent.Confirm)
        settle()
        assertEquals(true, app.isStarting.value)
        assertFalse(app.isErasing.value)
        assertTrue(wallet.pins.isEmpty())
    }

    @Test
    fun `words that are shown and a PIN that is being changed go as soon as nobody looks`() = onBench {
        val app = app()
        // A wallet that its owner lets stay open in the background.
        wallet.staysOpen = true
        val words = Route.Setting(SettingsPage.WORDS)
        navigator.open(words)
        val shown = app.of(words) as CheckWordsModel
        enter(FakeWallet.PIN) { shown.on(CheckWordsEvent.Pin(it)) }
        settle()
        assertEquals(CheckWordsStep.SHOW, shown.state.value.step)
        app.setInBackground(true)
        settle()
        assertEquals(0, wallet.wordsHeld)
        assertEquals(CheckWordsStep.PIN, shown.state.value.step)
        app.setInBackground(false)
        val change = Route.Setting(SettingsPage.CHANGE_PIN)
        navigator.open(change)
        val changing = app.of(change) as ChangePinModel
        enter(FakeWallet.PIN) { changing.on(ChangePinEvent.Old(it)) }
        settle()
        assertEquals(1, wallet.safety.changesHeld)
        app.setInBackground(true)
        settle()
        assertEquals(0, wallet.safety.changesHeld)
        assertEquals(ChangePinStep.OLD, changing.state.value.step)
        assertTrue(app.isUnlocked.value)
    }

    @Test
    fun `what proves the owner goes with the activity`() = onBench {
        val app = app()
        val place = Route.Setting(SettingsPage.CHANGE_PIN)
        navigator.open(place)
        val model = app.of(place) as ChangePinModel
        enter(FakeWallet.PIN) { model.on(ChangePinEvent.Old(it)) }
        settle()
        assertEquals(1, wallet.safety.changesHeld)
        app.close()
        assertEquals(0, wallet.safety.changesHeld)
    }

    @Test
    fun `every place of the settings is saved by its name`() {
        val questions = setOf(SettingsPage.CHANGE_PIN, SettingsPage.WORDS, SettingsPage.ERASE)
        val places = listOf(Route.Records, Route.Settings) + (SettingsPage.entries - questions).map(Route::Setting)
        assertEquals(places, SavedRoutes.read(SavedRoutes.write(places)))
        for (page in questions) {
            assertEquals(listOf("records"), SavedRoutes.write(listOf(Route.Records, Route.Setting(page))), "nobody stands before it who opens the app")
            assertEquals(listOf<Route>(Route.Records), SavedRoutes.read(listOf("records", "setting $page")))
        }
        assertEquals(listOf<Route>(Route.Records), SavedRoutes.read(listOf("records", "setting NOTHING", "settings")))
    }
}
