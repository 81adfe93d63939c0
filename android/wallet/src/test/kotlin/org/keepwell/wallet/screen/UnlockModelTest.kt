package org.keepwell.wallet.screen

import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.seconds
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.model.Problem

class UnlockModelTest {
    private var lost = 0

    private fun UnlockModel.enter(pin: String) = enter(pin) { on(UnlockEvent.Pin(it)) }

    private fun Bench.model() = UnlockModel(wallet.lock, wallet.safety, { lost++ }, scope).also { settle() }

    @Test
    fun `the right PIN opens the wallet`() = onBench(unlocked = false) {
        val model = model()
        model.enter(FakeWallet.PIN)
        assertTrue(model.state.value.pin.isChecking)
        settle()
        assertTrue(wallet.lock.isUnlocked.value)
        assertEquals(UnlockState(), model.state.value)
    }

    @Test
    fun `a wrong PIN says how many tries are left and takes another`() = onBench(unlocked = false) {
        val model = model()
        model.enter("000000")
        settle()
        assertFalse(wallet.lock.isUnlocked.value)
        assertEquals(Problem.WrongPin(9), model.state.value.pin.problem)
        assertEquals(0, model.state.value.pin.entered)
        model.enter(FakeWallet.PIN)
        settle()
        assertTrue(wallet.lock.isUnlocked.value)
    }

    @Test
    fun `five digits are too few to try`() = onBench(unlocked = false) {
        val model = model()
        model.enter("27091")
        settle()
        assertEquals(5, model.state.value.pin.entered)
        assertTrue(wallet.pins.isEmpty())
        model.on(UnlockEvent.Pin(PinEvent.Digit('4')))
        assertTrue(model.state.value.pin.canSubmit)
        model.on(UnlockEvent.Pin(PinEvent.Erase))
        assertFalse(model.state.value.pin.canSubmit)
    }

    @Test
    fun `after a delay the pad counts down and opens again`() = onBench(unlocked = false) {
        val model = model()
        repeat(4) {
            model.enter("000000")
            settle()
        }
        model.enter("000000")
        settle()
        assertEquals(Problem.PinDelayed(30), model.state.value.pin.problem)
        assertEquals(30, model.state.value.pin.wait)
        model.on(UnlockEvent.Pin(PinEvent.Digit('1')))
        assertEquals(0, model.state.value.pin.entered)
        test.testScheduler.advanceTimeBy(29.seconds)
        settle()
        assertEquals(1, model.state.value.pin.wait)
        assertFalse(model.state.value.pin.isOpen)
        test.testScheduler.advanceTimeBy(1.seconds)
        settle()
        assertTrue(model.state.value.pin.isOpen)
        model.enter(FakeWallet.PIN)
        settle()
        assertTrue(wallet.lock.isUnlocked.value)
    }

    @Test
    fun `a destroyed PIN slot closes the pad and points to the words`() = onBench(unlocked = false) {
        val model = model()
        repeat(10) {
            model.enter("000000")
            settle()
            test.testScheduler.advanceTimeBy(31.seconds)
            settle()
        }
        model.enter(FakeWallet.PIN)
        settle()
        assertEquals(Problem.PinSlotDestroyed, model.state.value.pin.problem)
        assertFalse(model.state.value.pin.isOpen)
        assertFalse(wallet.lock.isUnlocked.value)
    }

    @Test
    fun `a phone that lost its key closes the pad and points to the words`() = onBench(unlocked = false) {
        wallet.hasDeviceKey = false
        val model = model()
        model.enter(FakeWallet.PIN)
        settle()
        assertEquals(Problem.DeviceKeyLost, model.state.value.pin.problem)
        assertFalse(model.state.value.pin.isOpen)
    }

    @Test
    fun `the digits are overwritten after use, right or wrong`() = onBench(unlocked = false) {
        val model = model()
        model.enter("000001")
        settle()
        model.enter(FakeWallet.PIN)
        settle()
        assertEquals(2, wallet.pins.size)
        wallet.pins.forEach { assertContentEquals(ByteArray(6), it) }
    }

    @Test
    fun `no digit shows in what is printed`() = onBench(unlocked = false) {
        val model = model()
        "86420975".forEach { model.on(UnlockEvent.Pin(PinEvent.Digit(it))) }
        assertFalse("8" in PinEvent.Digit('8').toString())
        assertEquals("PinState(entered=8, isChecking=false, problem=null, wait=0)", model.state.value.pin.toString())
        assertEquals("Pin(..)", Pin().apply { append('7') }.toString())
    }

    @Test
    fun `a finger opens the wallet where that is switched on, and no key of the pad is lost by it`() = onBench(unlocked = false) {
        wallet.safety.isOn = true
        val model = model()
        assertTrue(model.state.value.hasBiometrics)
        model.on(UnlockEvent.UseBiometrics)
        assertTrue(model.state.value.isAsking)
        settle()
        assertTrue(wallet.lock.isUnlocked.value)
        assertEquals(UnlockState(hasBiometrics = true), model.state.value)
    }

    @Test
    fun `without biometrics a finger opens nothing`() = onBench(unlocked = false) {
        val model = model()
        assertFalse(model.state.value.hasBiometrics)
        model.on(UnlockEvent.UseBiometrics)
        settle()
        assertFalse(wallet.lock.isUnlocked.value)
        assertFalse(model.state.value.isAsking)
    }

    @Test
    fun `a finger that is refused leaves both ways open, and a key of the pad takes the words about it away`() = onBench(unlocked = false) {
        wallet.safety.isOn = true
        wallet.safety.hasFinger = false
        val model = model()
        model.on(UnlockEvent.UseBiometrics)
        settle()
        assertFalse(wallet.lock.isUnlocked.value)
        assertEquals(UnlockState(hasBiometrics = true, problem = Problem.DeviceKeyRefused), model.state.value)
        assertEquals(0, lost)
        model.on(UnlockEvent.Pin(PinEvent.Digit('1')))
        assertEquals(null, model.state.value.problem)
    }

    @Test
    fun `another finger on the phone leaves the PIN alone, and that stays said while it is typed`() = onBench(unlocked = false) {
        wallet.safety.isOn = true
        wallet.safety.knowsAnother = true
        val model = model()
        model.on(UnlockEvent.UseBiometrics)
        settle()
        assertEquals(UnlockState(hasBiometrics = false, problem = Problem.BiometricsLost), model.state.value)
        assertEquals(1, lost)
        model.enter(FakeWallet.PIN)
        assertEquals(Problem.BiometricsLost, model.state.value.problem)
        settle()
        assertTrue(wallet.lock.isUnlocked.value)
    }
}
