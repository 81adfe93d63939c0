package org.keepwell.wallet.screen

import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.minutes
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancel
import kotlinx.coroutines.job
import kotlinx.coroutines.plus
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.model.AtRisk
import org.keepwell.wallet.model.AutoLock
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.GrantTerms
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.Purpose
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.navigation.SettingsPage

class SafetyModelsTest {
    private var left = 0

    private fun Bench.changing() = ChangePinModel(wallet.safety, { change -> change() }, { left++ }, scope)

    private fun Bench.enterNew(model: ChangePinModel, pin: String) {
        enter(pin) { model.newPin?.on(NewPinEvent.Key(it)) }
        settle()
    }

    @Test
    fun `another PIN takes the place of the old one, which opens nothing any more`() = onBench {
        val model = changing()
        enter(FakeWallet.PIN) { model.on(ChangePinEvent.Old(it)) }
        settle()
        assertEquals(ChangePinStep.NEW, model.state.value.step)
        repeat(2) { enterNew(model, "593817") }
        assertEquals(ChangePinStep.DONE, model.state.value.step)
        assertEquals(0, wallet.safety.changesHeld)
        wallet.pins.forEach { assertContentEquals(ByteArray(6), it) }
        assertEquals(Problem.WrongPin(9), (wallet.check(FakeWallet.PIN.encodeToByteArray()) as Outcome.Failed).problem)
        model.on(ChangePinEvent.Back)
        assertEquals(1, left)
    }

    @Test
    fun `a wrong old PIN counts as a try and goes no further`() = onBench {
        val model = changing()
        enter("000000") { model.on(ChangePinEvent.Old(it)) }
        settle()
        assertEquals(Problem.WrongPin(9), model.state.value.old.problem)
        assertEquals(ChangePinStep.OLD, model.state.value.step)
        assertNull(model.newPin)
    }

    @Test
    fun `two new PINs that differ, or one that anybody guesses, are chosen again and leave the old one`() = onBench {
        val model = changing()
        enter(FakeWallet.PIN) { model.on(ChangePinEvent.Old(it)) }
        settle()
        enterNew(model, "593817")
        enterNew(model, "593818")
        assertEquals(Problem.PinsDiffer, model.newPin?.state?.value?.pad?.problem)
        repeat(2) { enterNew(model, "111111") }
        assertEquals(Problem.PinUnsuitable("PinGuessable"), model.newPin?.state?.value?.pad?.problem)
        assertEquals(ChangePinStep.NEW, model.state.value.step)
        assertEquals(Outcome.Done(Unit), wallet.check(FakeWallet.PIN.encodeToByteArray()))
        repeat(2) { enterNew(model, "593817") }
        assertEquals(ChangePinStep.DONE, model.state.value.step)
    }

    @Test
    fun `a change that is left midway lets go of what proved the owner`() = onBench {
        val model = changing()
        enter(FakeWallet.PIN) { model.on(ChangePinEvent.Old(it)) }
        settle()
        assertEquals(1, wallet.safety.changesHeld)
        model.on(ChangePinEvent.Back)
        assertEquals(1, left)
        model.close()
        assertEquals(0, wallet.safety.changesHeld)
        assertEquals(ChangePinState(), model.state.value)
    }

    @Test
    fun `an old PIN that was still being checked when nobody looked any more begins no change`() = onBench {
        val model = changing()
        val slow = CompletableDeferred<Unit>()
        wallet.gate = slow
        enter(FakeWallet.PIN) { model.on(ChangePinEvent.Old(it)) }
        settle()
        assertEquals(1, wallet.safety.changesHeld)
        model.hide()
        slow.complete(Unit)
        settle()
        assertEquals(0, wallet.safety.changesHeld)
        assertEquals(ChangePinState(), model.state.value)
        assertNull(model.newPin)
        enter(FakeWallet.PIN) { model.on(ChangePinEvent.Old(it)) }
        settle()
        assertEquals(ChangePinStep.NEW, model.state.value.step)
    }

    @Test
    fun `a change that waits for the new PIN asks for the old one again where nobody looked`() = onBench {
        val model = changing()
        enter(FakeWallet.PIN) { model.on(ChangePinEvent.Old(it)) }
        settle()
        enterNew(model, "593817")
        val before = model.newPin
        model.hide()
        assertEquals(0, wallet.safety.changesHeld)
        assertEquals(ChangePinState(), model.state.value)
        assertEquals(NewPinState(), before?.state?.value)
    }

    @Test
    fun `a change that runs while nobody looks is done, or lets go of its proof`() = onBench {
        val model = changing()
        enter(FakeWallet.PIN) { model.on(ChangePinEvent.Old(it)) }
        settle()
        fun changeUnseen(pin: String) {
            val slow = CompletableDeferred<Unit>()
            enterNew(model, pin)
            wallet.gate = slow
            enterNew(model, pin)
            model.hide()
            assertEquals(1, wallet.safety.changesHeld)
            slow.complete(Unit)
            settle()
            assertEquals(0, wallet.safety.changesHeld)
        }
        changeUnseen("111111")
        assertEquals(ChangePinState(), model.state.value)
        enter(FakeWallet.PIN) { model.on(ChangePinEvent.Old(it)) }
        settle()
        changeUnseen("593817")
        assertEquals(ChangePinStep.DONE, model.state.value.step)
        model.hide()
        assertEquals(ChangePinStep.DONE, model.state.value.step)
        assertEquals(Outcome.Done(Unit), wallet.check("593817".encodeToByteArray()))
    }

    @Test
    fun `a PIN that was still being checked when nobody looked any more shows no words`() = onBench {
        val model = CheckWordsModel(wallet.words, true, { left++ }, scope)
        val slow = CompletableDeferred<Unit>()
        wallet.gate = slow
        enter(FakeWallet.PIN) { model.on(CheckWordsEvent.Pin(it)) }
        settle()
        assertEquals(1, wallet.wordsHeld)
        model.hide()
        slow.complete(Unit)
        settle()
        assertEquals(0, wallet.wordsHeld)
        assertEquals(CheckWordsState(), model.state.value)
    }

    @Test
    fun `words go while nobody looks, and the PIN brings back the page that was shown`() = onBench {
        val model = CheckWordsModel(wallet.words, true, { left++ }, scope)
        fun show() {
            enter(FakeWallet.PIN) { model.on(CheckWordsEvent.Pin(it)) }
            settle()
        }
        show()
        repeat(2) { model.shownWords?.on(ShownWordsEvent.NEXT) }
        repeat(2) { model.hide() }
        assertEquals(0, wallet.wordsHeld)
        assertEquals(CheckWordsState(), model.state.value)
        assertEquals(emptyList(), model.shownWords?.state?.value?.words)
        show()
        assertEquals(2, model.shownWords?.state?.value?.page)
        repeat(2) { model.shownWords?.on(ShownWordsEvent.NEXT) }
        settle()
        model.quiz?.on(QuizEvent.Type(0, "orbit"))
        model.hide()
        assertEquals(CheckWordsState(), model.state.value)
        assertEquals(QuizState(), model.quiz?.state?.value)
        assertEquals(0, wallet.wordsHeld)
    }

    @Test
    fun `digits that were not tried go while nobody looks, and a wait goes on`() = onBench(unlocked = false) {
        val model = UnlockModel(wallet.lock, wallet.safety, {}, scope)
        FakeWallet.PIN.forEach { model.on(UnlockEvent.Pin(PinEvent.Digit(it))) }
        model.hide()
        assertEquals(PinState(), model.state.value.pin)
        model.on(UnlockEvent.Pin(PinEvent.Submit))
        settle()
        assertTrue(wallet.pins.isEmpty())
        repeat(5) {
            enter("000000") { model.on(UnlockEvent.Pin(it)) }
            settle()
        }
        val waiting = model.state.value.pin
        assertTrue(waiting.wait > 0)
        model.hide()
        assertEquals(waiting, model.state.value.pin)
    }

    @Test
    fun `a PIN that is being checked is checked to its end while nobody looks`() = onBench(unlocked = false) {
        val model = UnlockModel(wallet.lock, wallet.safety, {}, scope)
        enter(FakeWallet.PIN) { model.on(UnlockEvent.Pin(it)) }
        model.hide()
        settle()
        assertTrue(wallet.lock.isUnlocked.value)
    }

    @Test
    fun `the times to lock hold at once, and what fails stays as it was`() = onBench {
        val model = AutoLockModel(wallet.safety, wallet.choices, scope)
        settle()
        assertEquals(wallet.choices.autoLockInFront, model.state.value.choicesInFront)
        model.on(AutoLockEvent.InFront(1.minutes))
        settle()
        model.on(AutoLockEvent.InBackground(Duration.ZERO))
        settle()
        assertEquals(AutoLock(1.minutes, Duration.ZERO), wallet.safety.after)
        wallet.safety.setProblem = Problem.DiskFull
        model.on(AutoLockEvent.InFront(30.minutes))
        settle()
        assertEquals(AutoLockState(wallet.choices, AutoLock(1.minutes, Duration.ZERO), isBusy = false, problem = Problem.DiskFull), model.state.value)
    }

    @Test
    fun `a time that is chosen while another is being set is set after it, also for whoever leaves`() = onBench {
        val own = scope + Job(scope.coroutineContext.job)
        val model = AutoLockModel(wallet.safety, wallet.choices, own)
        settle()
        val first = gate()
        model.on(AutoLockEvent.InFront(15.minutes))
        settle()
        model.on(AutoLockEvent.InFront(30.minutes))
        model.on(AutoLockEvent.InBackground(Duration.ZERO))
        assertEquals(AutoLock(30.minutes, Duration.ZERO), model.state.value.set, "what is chosen is shown")
        assertTrue(model.state.value.isBusy)
        own.cancel()
        first.complete(Unit)
        settle()
        assertEquals(AutoLockState(wallet.choices, AutoLock(30.minutes, Duration.ZERO), isBusy = false), model.state.value)
        assertEquals(AutoLock(30.minutes, Duration.ZERO), wallet.safety.after)
    }

    @Test
    fun `where the newest time can't be set, the one that was set before it is shown`() = onBench {
        val model = AutoLockModel(wallet.safety, wallet.choices, scope)
        settle()
        val first = gate()
        model.on(AutoLockEvent.InFront(15.minutes))
        settle()
        val second = gate()
        model.on(AutoLockEvent.InFront(30.minutes))
        first.complete(Unit)
        settle()
        assertEquals(30.minutes, model.state.value.set?.inFront)
        wallet.safety.setProblem = Problem.DiskFull
        second.complete(Unit)
        settle()
        assertEquals(AutoLockState(wallet.choices, AutoLock(15.minutes, 1.minutes), isBusy = false, problem = Problem.DiskFull), model.state.value)
        assertEquals(AutoLock(15.minutes, 1.minutes), wallet.safety.after)
    }

    private fun Bench.gate() = CompletableDeferred<Unit>().also { wallet.gate = it }

    @Test
    fun `a time that is none of the choices is among them, in its place`() = onBench {
        wallet.safety.after = AutoLock(10.minutes, null)
        val model = AutoLockModel(wallet.safety, wallet.choices, scope)
        settle()
        assertEquals(listOf(1, 5, 10, 15, 30).map { it.minutes }, model.state.value.choicesInFront)
        assertNull(model.state.value.choicesInBackground.last())
        assertEquals(wallet.choices.autoLockInBackground, model.state.value.choicesInBackground.dropLast(1))
    }

    @Test
    fun `biometrics go on against the PIN, and off without it`() = onBench {
        val model = BiometricsModel(wallet.safety, wasLost = true, { left++ }, scope)
        settle()
        assertEquals(false, model.state.value.isOn)
        model.on(BiometricsEvent.SwitchOn)
        enter("000000") { model.on(BiometricsEvent.Pin(it)) }
        settle()
        assertEquals(Problem.WrongPin(9), model.state.value.pin.problem)
        assertFalse(wallet.safety.isOn)
        enter(FakeWallet.PIN) { model.on(BiometricsEvent.Pin(it)) }
        settle()
        assertEquals(BiometricsState(isOn = true, isBusy = false), model.state.value)
        assertTrue(wallet.safety.isOn)
        model.on(BiometricsEvent.SwitchOff)
        settle()
        assertFalse(wallet.safety.isOn)
        assertEquals(false, model.state.value.isOn)
        wallet.pins.forEach { assertContentEquals(ByteArray(6), it) }
    }

    @Test
    fun `a phone without a finger says so, and a finger that is refused can be tried again`() = onBench {
        val model = BiometricsModel(wallet.safety, wasLost = false, { left++ }, scope)
        settle()
        wallet.safety.canAsk = false
        model.on(BiometricsEvent.SwitchOn)
        enter(FakeWallet.PIN) { model.on(BiometricsEvent.Pin(it)) }
        settle()
        assertEquals(Problem.BiometricsUnavailable, model.state.value.pin.problem)
        wallet.safety.canAsk = true
        wallet.safety.hasFinger = false
        enter(FakeWallet.PIN) { model.on(BiometricsEvent.Pin(it)) }
        settle()
        assertEquals(Problem.DeviceKeyRefused, model.state.value.pin.problem)
        assertEquals(false, model.state.value.isOn)
        model.on(BiometricsEvent.Back)
        assertFalse(model.state.value.isConfirming)
        assertEquals(0, left)
        model.on(BiometricsEvent.Back)
        assertEquals(1, left)
    }

    @Test
    fun `switching off that failed does not say that it is off`() = onBench {
        wallet.safety.isOn = true
        wallet.safety.offProblem = Problem.Other("StorageIo")
        val model = BiometricsModel(wallet.safety, wasLost = false, { left++ }, scope)
        settle()
        model.on(BiometricsEvent.SwitchOff)
        settle()
        assertEquals(true, model.state.value.isOn)
        assertEquals(Problem.Other("StorageIo"), model.state.value.problem)
    }

    @Test
    fun `the list shows what is set, also after it was changed`() = onBench {
        navigator.open(Route.Settings)
        val model = SettingsModel(wallet.safety, navigator, {}, scope)
        settle()
        assertEquals(SettingsState(hasBiometrics = false, autoLock = AutoLock(5.minutes, 1.minutes)), model.state.value)
        model.on(SettingsEvent.Open(SettingsPage.BIOMETRICS))
        settle()
        assertEquals(Route.Setting(SettingsPage.BIOMETRICS), navigator.routes.value.last())
        wallet.safety.isOn = true
        navigator.back()
        settle()
        assertEquals(true, model.state.value.hasBiometrics)
    }

    @Test
    fun `the words are shown against the PIN, and turning the last page leaves them`() = onBench {
        val model = CheckWordsModel(wallet.words, false, { left++ }, scope)
        enter(FakeWallet.PIN) { model.on(CheckWordsEvent.Pin(it)) }
        settle()
        assertEquals(0, wallet.start.uses)
        repeat(4) { model.shownWords?.on(ShownWordsEvent.NEXT) }
        settle()
        assertEquals(4, wallet.start.uses)
        assertEquals(1, left)
        assertNull(model.quiz)
        model.close()
        assertEquals(0, wallet.wordsHeld)
    }

    private fun Bench.erasing(isForgotten: Boolean = false) =
        EraseModel(isForgotten, wallet, { wallet.safety.eraseWithoutPin() }, { left++ }, scope)

    @Test
    fun `what is nowhere else is said to be lost`() = onBench {
        wallet.start.isConnected = false
        val model = erasing()
        settle()
        assertEquals(AtRisk(wallet.recordList.size.toLong(), 0, isConnected = false, areWordsChecked = true), model.state.value.atRisk)
        model.on(EraseEvent.Next)
        assertEquals(EraseStep.PIN, model.state.value.step)
        model.on(EraseEvent.Back)
        assertEquals(EraseStep.EXPLAIN, model.state.value.step)
        model.on(EraseEvent.Back)
        assertEquals(1, left)
    }

    @Test
    fun `decisions and records that no server has are told first, and can be sent`() = onBench {
        wallet.granted(FakeData.northside, GrantState.ACTIVE, GrantTerms(FakeData.northside.id, setOf(Category.RESULTS), Purpose.TREATMENT, 30.days))
        scope.launchNow { wallet.consent.revoke(wallet.grantList.single().id) }
        wallet.overviews.unsentRecords = 3
        wallet.start.areWordsChecked = false
        wallet.isOnline = false
        settle()
        val model = erasing()
        settle()
        val before = AtRisk(records = 3, decisions = 1, isConnected = true, areWordsChecked = false)
        assertEquals(EraseState(atRisk = before), model.state.value)
        model.on(EraseEvent.Send)
        assertTrue(model.state.value.isSending)
        assertFalse(model.state.value.canGoOn)
        settle()
        assertEquals(EraseState(atRisk = before, problem = Problem.Offline), model.state.value)
        wallet.isOnline = true
        model.on(EraseEvent.Send)
        settle()
        assertEquals(EraseState(atRisk = before.copy(records = 0, decisions = 0)), model.state.value)
    }

    @Test
    fun `nothing is said of what comes back until it is known, and nothing goes on`() = onBench {
        wallet.safety.riskProblem = Problem.Other("StorageIo")
        val model = erasing()
        assertTrue(model.state.value.isLoading)
        model.on(EraseEvent.Next)
        assertEquals(EraseStep.EXPLAIN, model.state.value.step)
        settle()
        assertEquals(EraseState(problem = Problem.Other("StorageIo")), model.state.value)
        // Whoever wants it gone can have it gone, too, where that can't be read.
        assertTrue(model.state.value.canGoOn)
        wallet.safety.riskProblem = null
        model.on(EraseEvent.Retry)
        settle()
        assertEquals(EraseState(atRisk = AtRisk(0, 0, isConnected = true, areWordsChecked = true)), model.state.value)
    }

    @Test
    fun `whoever erases without a PIN is told whether a finger still opens`() = onBench(unlocked = false) {
        for (isOn in listOf(true, false)) {
            wallet.safety.isOn = isOn
            val model = erasing(isForgotten = true)
            settle()
            assertEquals(EraseState(isForgotten = true, opensWithBiometrics = isOn), model.state.value)
        }
    }

    @Test
    fun `erasing without a PIN that failed is told and can be tried again`() = onBench(unlocked = false) {
        wallet.safety.eraseProblem = Problem.EraseFailed("StorageIo")
        val model = erasing(isForgotten = true)
        model.on(EraseEvent.Next)
        model.on(EraseEvent.Confirm)
        assertTrue(model.state.value.isErasing)
        settle()
        assertEquals(EraseState(isForgotten = true, problem = Problem.EraseFailed("StorageIo")), model.state.value)
        wallet.safety.eraseProblem = null
        model.on(EraseEvent.Next)
        model.on(EraseEvent.Confirm)
        settle()
        assertEquals(false, wallet.start.hasWallet.value)
    }

    @Test
    fun `a helper learns how the wallet is set, and what is not known is left out`() = onBench {
        wallet.safety.isOn = true
        val model = SupportModel(wallet, scope)
        assertTrue(model.state.value.isLoading)
        settle()
        val known = SupportState(isConnected = true, unsent = null, hasBiometrics = true, autoLock = AutoLock(5.minutes, 1.minutes), isLoading = false)
        assertEquals(known, model.state.value)
        scope.launchNow { wallet.lock.lock() }
        settle()
        val locked = SupportModel(wallet, scope)
        settle()
        assertEquals(SupportState(hasBiometrics = true, isLoading = false), locked.state.value)
    }
}
