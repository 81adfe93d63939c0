package org.keepwell.wallet.screen

import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.hours
import kotlin.time.Duration.Companion.seconds
import kotlin.time.toJavaDuration
import kotlinx.coroutines.CompletableDeferred
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.ShareState

/** Codes that live for longer than a day, which the ledger shows. */
class LongShareModelTest {
    private fun Bench.reviewed(life: Duration = 30.days, prepare: (ShareModel) -> Unit = {}): ShareModel =
        ShareModel(wallet, clock, {}, revoking, scope).also {
            settle()
            it.on(ShareScreenEvent.ChooseLife(life))
            prepare(it)
            it.on(ShareScreenEvent.Review)
            settle()
        }

    private fun Bench.asked(prepare: (ShareModel) -> Unit = {}): ShareModel = reviewed(prepare = prepare).also {
        it.on(ShareScreenEvent.Create)
        settle()
    }

    private fun Bench.type(model: ShareModel, pin: String = FakeWallet.PIN) {
        enter(pin) { model.on(ShareScreenEvent.Pin(it)) }
        settle()
    }

    private fun Bench.wait(time: Duration) {
        test.testScheduler.advanceTimeBy(time)
        settle()
    }

    private val ShareModel.step get() = state.value.step
    private val ShareModel.ledger get() = state.value.share?.ledger

    @Test
    fun `one of more than a day is reviewed with its end, and made after the PIN and not before`() = onBench {
        val model = reviewed()
        assertEquals(ShareStep.REVIEW to clock.instant() + 30.days.toJavaDuration(), model.state.value.run { step to until })
        model.on(ShareScreenEvent.Create)
        settle()
        assertEquals(ShareStep.PIN to 0, model.step to wallet.uploads)
        type(model, "000000")
        assertEquals(ShareStep.PIN to Problem.WrongPin(9), model.state.value.run { step to pin.problem })
        assertEquals(0, wallet.uploads)
        type(model)
        assertEquals(ShareStep.SHOWN to 1, model.step to wallet.uploads)
        assertEquals(GrantState.ACTIVE to 30.days, model.ledger to model.state.value.remaining)
        assertNotNull(model.state.value.visibleCode)
        assertTrue(wallet.pins.all { pin -> pin.all { it == 0.toByte() } })
    }

    @Test
    fun `a day takes no PIN, and what is not offered is not chosen`() = onBench {
        val model = reviewed(24.hours)
        assertNull(model.state.value.until)
        model.on(ShareScreenEvent.Create)
        settle()
        assertEquals(ShareStep.SHOWN to null, model.step to model.ledger)
        assertTrue(wallet.pins.isEmpty())
        assertEquals(wallet.choices.shareLife, reviewed(366.days).state.value.life)
    }

    @Test
    fun `what is written, follows and asks for a passcode goes along`() = onBench {
        val model = asked {
            it.on(ShareScreenEvent.Follow(true))
            it.on(ShareScreenEvent.WriteStory("I live alone."))
            it.on(ShareScreenEvent.TypePasscode("blue-otter"))
        }
        type(model)
        assertEquals(true to true, model.state.value.share?.run { followsRecord to needsPasscode })
        assertEquals("blue-otter" to "I live alone.", wallet.sharePasscode to wallet.shareStory)
        assertEquals("" to "", model.state.value.run { passcode to story })
        assertTrue(wallet.passcodes.all { passcode -> passcode.all { it == 0.toByte() } })
    }

    @Test
    fun `what is not about the PIN is said at the review, and tried again from there`() = onBench {
        wallet.start.isConnected = false
        val model = asked()
        type(model)
        assertEquals(ShareStep.REVIEW to Problem.NotConnected, model.state.value.run { step to problem })
        wallet.start.isConnected = true
        wallet.isOnline = false
        model.on(ShareScreenEvent.Create)
        assertNull(model.state.value.problem)
        type(model)
        assertEquals(ShareStep.REVIEW to Problem.Offline, model.state.value.run { step to problem })
        assertEquals(0, wallet.uploads)
        wallet.isOnline = true
        model.on(ShareScreenEvent.Create)
        type(model)
        assertEquals(ShareStep.SHOWN to 1, model.step to wallet.uploads)
    }

    @Test
    fun `who goes back comes to the review, without digits, and then to what to share`() = onBench {
        val model = asked()
        model.on(ShareScreenEvent.Pin(PinEvent.Digit('2')))
        model.on(ShareScreenEvent.Back)
        assertEquals(ShareStep.REVIEW to 0, model.state.value.run { step to pin.entered })
        assertNotNull(model.state.value.preview)
        model.on(ShareScreenEvent.Pin(PinEvent.Digit('2')))
        assertEquals(0, model.state.value.pin.entered, "there is no pad")
        model.on(ShareScreenEvent.Back)
        assertEquals(ShareStep.CHOOSE to 30.days, model.state.value.run { step to life })
        assertEquals(0, wallet.uploads)
    }

    @Test
    fun `it is made once, and nobody leaves while it is`() = onBench {
        val model = asked()
        val slow = CompletableDeferred<Unit>()
        wallet.gate = slow
        type(model)
        type(model)
        model.on(ShareScreenEvent.Back)
        model.on(ShareScreenEvent.Create)
        assertEquals(ShareStep.PIN to true, model.state.value.run { step to isBusy })
        slow.complete(Unit)
        settle()
        assertEquals(ShareStep.SHOWN to 1, model.step to wallet.uploads)
        assertFalse(model.state.value.isBusy)
    }

    @Test
    fun `out of sight digits are forgotten, and what is being made is only listed`() = onBench {
        val model = asked()
        model.on(ShareScreenEvent.Pin(PinEvent.Digit('2')))
        model.hide()
        assertEquals(ShareStep.PIN to 0, model.state.value.run { step to pin.entered })
        val slow = CompletableDeferred<Unit>()
        wallet.gate = slow
        type(model)
        model.hide()
        slow.complete(Unit)
        settle()
        assertEquals(ShareStep.CHOOSE to null, model.step to model.state.value.qrCode)
        assertEquals(GrantState.ACTIVE, model.state.value.live.single().ledger)
    }

    @Test
    fun `nothing is made without a passcode that was to have one`() = onBench {
        val model = asked { it.on(ShareScreenEvent.TypePasscode("blue-otter")) }
        model.hide()
        assertEquals(ShareStep.CHOOSE to "", model.state.value.run { step to passcode })
        type(model)
        assertEquals(0, wallet.uploads)

        val other = asked { it.on(ShareScreenEvent.TypePasscode("blue-otter")) }
        enter(FakeWallet.PIN) { other.on(ShareScreenEvent.Pin(it)) }
        other.hide()
        settle()
        assertEquals(0, wallet.uploads, "hidden before it began")

        val wrong = asked { it.on(ShareScreenEvent.TypePasscode("blue-otter")) }
        val slow = CompletableDeferred<Unit>()
        wallet.gate = slow
        type(wrong)
        wallet.isOnline = false
        wrong.hide()
        slow.complete(Unit)
        settle()
        assertEquals(ShareStep.CHOOSE to Problem.Offline, wrong.state.value.run { step to problem })
        wrong.on(ShareScreenEvent.Create)
        settle()
        assertEquals(ShareStep.CHOOSE to 0, wrong.step to wallet.uploads)
    }

    @Test
    fun `what the ledger does not show yet is pending until it does`() = onBench {
        wallet.isLedgerReached = false
        val model = asked()
        type(model)
        assertEquals(true, model.state.value.share?.isPending)
        model.on(ShareScreenEvent.Back)
        settle()
        wallet.isLedgerReached = true
        wait(6.seconds)
        assertEquals(GrantState.ACTIVE, model.state.value.live.single().ledger)
    }

    @Test
    fun `one that was ended is looked after until the ledger shows it`() = onBench {
        val model = asked()
        type(model)
        wallet.isLedgerReached = false
        model.on(ShareScreenEvent.AskStop)
        model.on(ShareScreenEvent.ConfirmStop)
        settle()
        assertEquals(ShareState.REVOKED to GrantState.REVOKING, model.state.value.share?.run { state to ledger })
        wait(6.seconds)
        assertEquals(GrantState.REVOKING, model.ledger)
        wallet.isLedgerReached = true
        wait(6.seconds)
        assertEquals(GrantState.REVOKED, model.ledger)
    }
}
