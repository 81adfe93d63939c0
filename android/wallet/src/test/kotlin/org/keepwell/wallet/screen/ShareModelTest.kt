package org.keepwell.wallet.screen

import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.ShareLink
import org.keepwell.wallet.model.ShareState

class ShareModelTest {
    private val sent = ArrayList<ShareLink>()

    private fun Bench.model() = ShareModel(wallet, clock, sent::add, scope).also { settle() }

    private fun Bench.wait(time: kotlin.time.Duration) {
        test.testScheduler.advanceTimeBy(time)
        settle()
    }

    private fun Bench.shown(): ShareModel = model().also {
        it.on(ShareScreenEvent.Create)
        settle()
        it.on(ShareScreenEvent.Show)
        settle()
    }

    @Test
    fun `says what leaves before there is a code, then shows it and counts down`() = onBench {
        val model = model()
        model.on(ShareScreenEvent.Toggle(Category.RESULTS))
        model.on(ShareScreenEvent.Create)
        settle()
        assertEquals(ShareStep.REVIEW, model.state.value.step)
        assertEquals(mapOf("Observation" to 71L), model.state.value.types)
        assertNull(model.state.value.qrCode)
        model.on(ShareScreenEvent.Show)
        settle()
        assertEquals(ShareStep.SHOWN, model.state.value.step)
        assertNotNull(model.state.value.visibleCode)
        assertEquals(10.minutes, model.state.value.remaining)
        wait(61.seconds)
        assertEquals(10.minutes - 61.seconds, model.state.value.remaining)
    }

    @Test
    fun `an expired share shows no code and nothing that could be sent`() = onBench {
        val model = shown()
        wait(10.minutes - 1.seconds)
        assertEquals(ShareState.ACTIVE, model.state.value.state)
        wait(1.seconds)
        assertEquals(ShareState.EXPIRED, model.state.value.state)
        assertNull(model.state.value.qrCode)
        model.on(ShareScreenEvent.SendLink)
        assertTrue(sent.isEmpty())
        model.on(ShareScreenEvent.Again)
        assertEquals(ShareStep.CHOOSE, model.state.value.step)
    }

    @Test
    fun `a paused share hides the code until it is resumed`() = onBench {
        val model = shown()
        model.on(ShareScreenEvent.Pause)
        settle()
        assertEquals(ShareState.PAUSED, model.state.value.state)
        assertNull(model.state.value.visibleCode)
        assertFalse(model.state.value.isStillOpen)
        model.on(ShareScreenEvent.Resume)
        settle()
        assertNotNull(model.state.value.visibleCode)
    }

    @Test
    fun `ending a share is for ever`() = onBench {
        val model = shown()
        model.on(ShareScreenEvent.Stop)
        settle()
        assertEquals(ShareState.REVOKED, model.state.value.state)
        assertNull(model.state.value.qrCode)
        model.on(ShareScreenEvent.Resume)
        model.on(ShareScreenEvent.Show)
        settle()
        assertEquals(ShareState.REVOKED, model.state.value.state)
        assertNull(model.state.value.qrCode)
    }

    @Test
    fun `offline nothing is made`() = onBench {
        wallet.isOnline = false
        val model = model()
        model.on(ShareScreenEvent.Create)
        settle()
        assertEquals(ShareStep.CHOOSE, model.state.value.step)
        assertEquals(Problem.Offline, model.state.value.problem)
    }

    @Test
    fun `what is ended offline is ended here, and still open until the host is told`() = onBench {
        val model = shown()
        wallet.isOnline = false
        model.on(ShareScreenEvent.Stop)
        settle()
        assertEquals(ShareState.REVOKED, model.state.value.state)
        assertNull(model.state.value.qrCode)
        assertNull(model.state.value.problem)
        assertTrue(model.state.value.isStillOpen)
        wait(11.seconds)
        assertTrue(model.state.value.isStillOpen, "nobody was reached yet")
        wallet.isOnline = true
        wait(5.seconds)
        assertFalse(model.state.value.isStillOpen)
        assertEquals(ShareState.REVOKED, model.state.value.state)
    }

    @Test
    fun `what is paused offline is still open, and is resumed only with the host's word`() = onBench {
        val model = shown()
        wallet.isOnline = false
        model.on(ShareScreenEvent.Pause)
        settle()
        assertEquals(ShareState.PAUSED, model.state.value.state)
        assertNull(model.state.value.visibleCode)
        assertTrue(model.state.value.isStillOpen)
        model.on(ShareScreenEvent.Resume)
        settle()
        assertEquals(ShareState.PAUSED, model.state.value.state)
        assertEquals(Problem.Offline, model.state.value.problem)
        assertTrue(model.state.value.isStillOpen)
        wallet.isOnline = true
        wait(5.seconds)
        assertFalse(model.state.value.isStillOpen)
        assertEquals(ShareState.PAUSED, model.state.value.state)
    }

    @Test
    fun `what the host was never told is not open any more when its time is over`() = onBench {
        val model = shown()
        wallet.isOnline = false
        model.on(ShareScreenEvent.Stop)
        settle()
        wait(10.minutes - 6.seconds)
        assertTrue(model.state.value.isStillOpen)
        wait(6.seconds)
        assertFalse(model.state.value.isStillOpen)
        assertEquals(ShareState.REVOKED, model.state.value.state)
    }

    @Test
    fun `says who opened it`() = onBench {
        val model = shown()
        assertTrue(model.state.value.openings.isEmpty())
        wallet.opened("Northside front desk")
        wait(6.seconds)
        assertEquals(listOf("Northside front desk"), model.state.value.openings.map { it.recipient })
    }

    @Test
    fun `sends the link only while the share works`() = onBench {
        val model = shown()
        model.on(ShareScreenEvent.SendLink)
        assertEquals(1, sent.size)
        model.on(ShareScreenEvent.Pause)
        settle()
        model.on(ShareScreenEvent.SendLink)
        assertEquals(1, sent.size)
    }

    @Test
    fun `the link is in no text`() = onBench {
        val model = shown()
        model.on(ShareScreenEvent.SendLink)
        val key = FakeWallet.LINK.substringAfter("shlink:/")
        assertTrue(key in sent.single().expose())
        assertFalse(key in sent.single().toString())
        assertFalse(key in model.state.value.toString())
    }
}
