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
    private fun Bench.model() = UnlockModel(wallet.lock, scope)

    @Test
    fun `the right PIN opens the wallet`() = onBench(unlocked = false) {
        val model = model()
        enter(FakeWallet.PIN, model::on)
        assertTrue(model.state.value.isChecking)
        settle()
        assertTrue(wallet.lock.isUnlocked.value)
        assertEquals(PinState(), model.state.value)
    }

    @Test
    fun `a wrong PIN says how many tries are left and takes another`() = onBench(unlocked = false) {
        val model = model()
        enter("000000", model::on)
        settle()
        assertFalse(wallet.lock.isUnlocked.value)
        assertEquals(Problem.WrongPin(9), model.state.value.problem)
        assertEquals(0, model.state.value.entered)
        enter(FakeWallet.PIN, model::on)
        settle()
        assertTrue(wallet.lock.isUnlocked.value)
    }

    @Test
    fun `five digits are too few to try`() = onBench(unlocked = false) {
        val model = model()
        enter("27091", model::on)
        settle()
        assertEquals(5, model.state.value.entered)
        assertTrue(wallet.pins.isEmpty())
        model.on(PinEvent.Digit('4'))
        assertTrue(model.state.value.canSubmit)
        model.on(PinEvent.Erase)
        assertFalse(model.state.value.canSubmit)
    }

    @Test
    fun `after a delay the pad counts down and opens again`() = onBench(unlocked = false) {
        val model = model()
        repeat(4) {
            enter("000000", model::on)
            settle()
        }
        enter("000000", model::on)
        settle()
        assertEquals(Problem.PinDelayed(30), model.state.value.problem)
        assertEquals(30, model.state.value.wait)
        model.on(PinEvent.Digit('1'))
        assertEquals(0, model.state.value.entered)
        test.testScheduler.advanceTimeBy(29.seconds)
        settle()
        assertEquals(1, model.state.value.wait)
        assertFalse(model.state.value.isOpen)
        test.testScheduler.advanceTimeBy(1.seconds)
        settle()
        assertTrue(model.state.value.isOpen)
        enter(FakeWallet.PIN, model::on)
        settle()
        assertTrue(wallet.lock.isUnlocked.value)
    }

    @Test
    fun `a destroyed PIN slot closes the pad and points to the words`() = onBench(unlocked = false) {
        val model = model()
        repeat(10) {
            enter("000000", model::on)
            settle()
            test.testScheduler.advanceTimeBy(31.seconds)
            settle()
        }
        enter(FakeWallet.PIN, model::on)
        settle()
        assertEquals(Problem.PinSlotDestroyed, model.state.value.problem)
        assertFalse(model.state.value.isOpen)
        assertFalse(wallet.lock.isUnlocked.value)
    }

    @Test
    fun `a phone that lost its key closes the pad and points to the words`() = onBench(unlocked = false) {
        wallet.hasDeviceKey = false
        val model = model()
        enter(FakeWallet.PIN, model::on)
        settle()
        assertEquals(Problem.DeviceKeyLost, model.state.value.problem)
        assertFalse(model.state.value.isOpen)
    }

    @Test
    fun `the digits are overwritten after use, right or wrong`() = onBench(unlocked = false) {
        val model = model()
        enter("000001", model::on)
        settle()
        enter(FakeWallet.PIN, model::on)
        settle()
        assertEquals(2, wallet.pins.size)
        wallet.pins.forEach { assertContentEquals(ByteArray(6), it) }
    }

    @Test
    fun `no digit shows in what is printed`() = onBench(unlocked = false) {
        val model = model()
        "86420975".forEach { model.on(PinEvent.Digit(it)) }
        assertFalse("8" in PinEvent.Digit('8').toString())
        assertEquals("PinState(entered=8, isChecking=false, problem=null, wait=0)", model.state.value.toString())
        assertEquals("Pin(..)", Pin().apply { append('7') }.toString())
    }
}
