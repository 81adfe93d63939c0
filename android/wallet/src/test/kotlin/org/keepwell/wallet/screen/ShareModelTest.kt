package org.keepwell.wallet.screen

import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CompletableDeferred
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.PasscodeReason
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.ShareLink
import org.keepwell.wallet.model.ShareState

class ShareModelTest {
    private val sent = ArrayList<ShareLink>()

    private fun Bench.model() = ShareModel(wallet, clock, sent::add, revoking, scope).also { settle() }

    private fun Bench.wait(time: kotlin.time.Duration) {
        test.testScheduler.advanceTimeBy(time)
        settle()
    }

    private fun Bench.reviewed(): ShareModel = model().also {
        it.on(ShareScreenEvent.Review)
        settle()
    }

    private fun Bench.shown(): ShareModel = reviewed().also {
        it.on(ShareScreenEvent.Create)
        settle()
    }

    private fun Bench.end(model: ShareModel) {
        model.on(ShareScreenEvent.AskStop)
        model.on(ShareScreenEvent.ConfirmStop)
        settle()
    }

    private val ShareModel.shown get() = state.value.share?.state

    @Test
    fun `says what would leave before anything does, then makes the code and counts down`() = onBench {
        val model = model()
        model.on(ShareScreenEvent.Toggle(Category.VITALS))
        model.on(ShareScreenEvent.Create)
        settle()
        assertEquals(ShareStep.CHOOSE, model.state.value.step, "nothing is made that was not reviewed")
        model.on(ShareScreenEvent.Review)
        settle()
        assertEquals(ShareStep.REVIEW, model.state.value.step)
        val leaving = assertNotNull(model.state.value.preview).leaving.single()
        assertEquals(Category.VITALS to listOf("Blood pressure"), leaving.category to leaving.records.map { it.title })
        assertEquals(0, wallet.uploads)
        model.on(ShareScreenEvent.Toggle(Category.RESULTS))
        assertEquals(setOf(Category.VITALS), model.state.value.categories, "what was reviewed is what leaves")
        model.on(ShareScreenEvent.Create)
        settle()
        assertEquals(1, wallet.uploads)
        assertEquals(ShareStep.SHOWN, model.state.value.step)
        assertNotNull(model.state.value.visibleCode)
        assertEquals(10.minutes, model.state.value.remaining)
        wait(61.seconds)
        assertEquals(10.minutes - 61.seconds, model.state.value.remaining)
    }

    @Test
    fun `a passcode is refused where it is typed, goes with its code, and is overwritten`() = onBench {
        val model = model()
        for ((typed, reason) in listOf("12345" to PasscodeReason.LENGTH, "blåotter" to PasscodeReason.CHARACTER, "111111" to PasscodeReason.GUESSABLE)) {
            model.on(ShareScreenEvent.TypePasscode(typed))
            model.on(ShareScreenEvent.Review)
            settle()
            assertEquals(ShareStep.CHOOSE to Problem.PasscodeUnsuitable(reason), model.state.value.run { step to problem })
        }
        model.on(ShareScreenEvent.TypePasscode(" blue-otter "))
        assertNull(model.state.value.problem)
        assertFalse("blue-otter" in "${model.state.value} ${ShareScreenEvent.TypePasscode("blue-otter")}")
        model.on(ShareScreenEvent.Review)
        settle()
        model.on(ShareScreenEvent.Create)
        settle()
        assertEquals(ShareStep.SHOWN, model.state.value.step)
        assertEquals(true to false, model.state.value.share?.run { needsPasscode to followsRecord })
        assertEquals("blue-otter", wallet.sharePasscode)
        assertEquals("", model.state.value.passcode)
        assertTrue(wallet.passcodes.all { passcode -> passcode.all { it == 0.toByte() } })
        model.on(ShareScreenEvent.Back)
        settle()
        model.on(ShareScreenEvent.Review)
        settle()
        model.on(ShareScreenEvent.Create)
        settle()
        assertEquals(false, model.state.value.share?.needsPasscode, "the next code has none")
        assertNull(wallet.sharePasscode)
    }

    @Test
    fun `a blank passcode is none, and a code follows the record where that is wished`() = onBench {
        val model = model()
        model.on(ShareScreenEvent.TypePasscode("   "))
        model.on(ShareScreenEvent.Follow(true))
        model.on(ShareScreenEvent.Review)
        settle()
        model.on(ShareScreenEvent.Follow(false))
        assertTrue(model.state.value.followsRecord, "what was reviewed is what leaves")
        model.on(ShareScreenEvent.Create)
        settle()
        assertEquals(false to true, model.state.value.share?.run { needsPasscode to followsRecord })
    }

    @Test
    fun `a passcode is forgotten out of sight, and nothing leaves without one that was to have one`() = onBench {
        val model = model()
        model.on(ShareScreenEvent.TypePasscode("blue-otter"))
        model.on(ShareScreenEvent.Review)
        settle()
        wallet.isOnline = false
        model.on(ShareScreenEvent.Create)
        settle()
        assertEquals(ShareStep.REVIEW to Problem.Offline, model.state.value.run { step to problem })
        model.hide()
        assertEquals(ShareStep.CHOOSE to "", model.state.value.run { step to passcode })
        wallet.isOnline = true
        model.on(ShareScreenEvent.Create)
        settle()
        assertEquals(0, wallet.uploads)

        val plain = reviewed()
        plain.hide()
        assertEquals(ShareStep.REVIEW, plain.state.value.step, "it has nothing to forget")
    }

    @Test
    fun `what the patient tells goes along with one code, and what is too long is kept for its writer`() = onBench {
        val model = model()
        model.on(ShareScreenEvent.WriteStory("ä".repeat(30_001)))
        model.on(ShareScreenEvent.Review)
        settle()
        model.on(ShareScreenEvent.Create)
        settle()
        assertEquals(ShareStep.REVIEW to Problem.StoryTooLong, model.state.value.run { step to problem })
        model.on(ShareScreenEvent.Back)
        settle()
        assertEquals(30_001, model.state.value.story.length)
        model.on(ShareScreenEvent.WriteStory("I live alone."))
        assertFalse("alone" in "${model.state.value} ${ShareScreenEvent.WriteStory("I live alone.")}")
        model.on(ShareScreenEvent.Review)
        settle()
        model.on(ShareScreenEvent.WriteStory("I live elsewhere."))
        model.on(ShareScreenEvent.Create)
        settle()
        assertEquals(ShareStep.SHOWN to "I live alone.", model.state.value.step to wallet.shareStory)
        model.on(ShareScreenEvent.Back)
        assertEquals("", model.state.value.story, "the next code tells nothing of itself")
    }

    @Test
    fun `a review that is left lets nothing out`() = onBench {
        val model = reviewed()
        model.on(ShareScreenEvent.Back)
        settle()
        assertEquals(ShareStep.CHOOSE, model.state.value.step)
        assertNull(model.state.value.preview)
        assertEquals(0, wallet.uploads)
        assertTrue(model.state.value.live.isEmpty())
    }

    @Test
    fun `codes that live are listed for whoever comes back, and shown again`() = onBench {
        val first = shown()
        val code = first.state.value.share?.id
        first.on(ShareScreenEvent.SendLink)
        first.on(ShareScreenEvent.Back)
        settle()
        assertEquals(listOf(code), first.state.value.live.map { it.id })
        assertNull(first.state.value.qrCode)
        first.close()

        val again = model()
        assertEquals(listOf(code), again.state.value.live.map { it.id })
        again.on(ShareScreenEvent.Open(assertNotNull(code)))
        settle()
        assertEquals(ShareStep.SHOWN, again.state.value.step)
        assertNotNull(again.state.value.visibleCode)
        again.on(ShareScreenEvent.SendLink)
        assertEquals(2, sent.size)
        assertEquals(sent[0].expose(), sent[1].expose())
        end(again)
        assertEquals(ShareState.REVOKED, again.shown)
        again.on(ShareScreenEvent.Back)
        settle()
        assertTrue(again.state.value.live.isEmpty())
    }

    @Test
    fun `a code whose time is over leaves the list`() = onBench {
        val model = shown()
        model.on(ShareScreenEvent.Back)
        settle()
        assertEquals(1, model.state.value.live.size)
        wait(10.minutes)
        assertTrue(model.state.value.live.isEmpty())
    }

    @Test
    fun `an expired share shows no code and nothing that could be sent`() = onBench {
        val model = shown()
        wait(10.minutes - 1.seconds)
        assertEquals(ShareState.ACTIVE, model.shown)
        wait(1.seconds)
        assertEquals(ShareState.EXPIRED, model.shown)
        assertNull(model.state.value.qrCode)
        model.on(ShareScreenEvent.SendLink)
        assertTrue(sent.isEmpty())
        model.on(ShareScreenEvent.Back)
        assertEquals(ShareStep.CHOOSE, model.state.value.step)
    }

    @Test
    fun `a paused share hides the code until it is resumed`() = onBench {
        val model = shown()
        model.on(ShareScreenEvent.Pause)
        settle()
        assertEquals(ShareState.PAUSED, model.shown)
        assertNull(model.state.value.visibleCode)
        assertFalse(model.state.value.isStillOpen)
        model.on(ShareScreenEvent.Resume)
        settle()
        assertNotNull(model.state.value.visibleCode)
    }

    @Test
    fun `ending a share is asked first, and is for ever`() = onBench {
        val model = shown()
        model.on(ShareScreenEvent.ConfirmStop)
        settle()
        assertEquals(ShareState.ACTIVE, model.shown, "nobody was asked")
        model.on(ShareScreenEvent.AskStop)
        assertTrue(model.state.value.isAsking)
        model.on(ShareScreenEvent.KeepOpen)
        settle()
        assertEquals(ShareState.ACTIVE to false, model.shown to model.state.value.isAsking)
        end(model)
        assertEquals(ShareState.REVOKED, model.shown)
        assertNull(model.state.value.qrCode)
        model.on(ShareScreenEvent.Resume)
        settle()
        assertEquals(ShareState.REVOKED, model.shown)
        assertNull(model.state.value.qrCode)
    }

    @Test
    fun `what is decided about a code while something else is done is done after it`() = onBench {
        val model = shown()
        val busy = CompletableDeferred<Unit>()
        wallet.deciding = busy
        model.on(ShareScreenEvent.AskStop)
        model.on(ShareScreenEvent.Pause)
        settle()
        model.on(ShareScreenEvent.ConfirmStop)
        settle()
        assertEquals(ShareState.ACTIVE to true, model.shown to model.state.value.isBusy)
        wallet.deciding = null
        busy.complete(Unit)
        settle()
        assertEquals(ShareState.REVOKED to false, model.shown to model.state.value.isBusy)
        assertNull(model.state.value.problem)
    }

    @Test
    fun `what a second press would begin anew is done once`() = onBench {
        val model = reviewed()
        val busy = CompletableDeferred<Unit>()
        wallet.gate = busy
        model.on(ShareScreenEvent.Create)
        settle()
        model.on(ShareScreenEvent.Create)
        busy.complete(Unit)
        settle()
        assertEquals(ShareStep.SHOWN, model.state.value.step)
        assertEquals(1, wallet.uploads)
    }

    @Test
    fun `who goes back while a code is made finds it among those that live`() = onBench {
        val model = reviewed()
        val busy = CompletableDeferred<Unit>()
        wallet.gate = busy
        model.on(ShareScreenEvent.Create)
        settle()
        model.on(ShareScreenEvent.Back)
        assertEquals(ShareStep.CHOOSE to true, model.state.value.step to model.state.value.isBusy)
        model.on(ShareScreenEvent.Review)
        settle()
        assertEquals(ShareStep.CHOOSE, model.state.value.step, "its button is off")
        busy.complete(Unit)
        settle()
        assertEquals(ShareStep.CHOOSE to false, model.state.value.step to model.state.value.isBusy)
        assertEquals(1, model.state.value.live.size)
        assertNull(model.state.value.qrCode)
    }

    @Test
    fun `who goes back while a code is ended goes at once, and it ends`() = onBench {
        val model = shown()
        val busy = CompletableDeferred<Unit>()
        wallet.deciding = busy
        end(model)
        model.on(ShareScreenEvent.Back)
        assertEquals(ShareStep.CHOOSE, model.state.value.step)
        settle()
        assertEquals(1, model.state.value.live.size, "not yet")
        wallet.deciding = null
        busy.complete(Unit)
        settle()
        assertTrue(model.state.value.live.isEmpty())
        assertNull(model.state.value.share)
    }

    @Test
    fun `offline nothing is made`() = onBench {
        wallet.isOnline = false
        val model = reviewed()
        model.on(ShareScreenEvent.Create)
        settle()
        assertEquals(ShareStep.REVIEW, model.state.value.step)
        assertEquals(Problem.Offline, model.state.value.problem)
    }

    @Test
    fun `what is ended offline is ended here, and still open until the host is told`() = onBench {
        val model = shown()
        wallet.isOnline = false
        end(model)
        assertEquals(ShareState.REVOKED, model.shown)
        assertNull(model.state.value.qrCode)
        assertNull(model.state.value.problem)
        assertTrue(model.state.value.isStillOpen)
        wait(11.seconds)
        assertTrue(model.state.value.isStillOpen, "nobody was reached yet")
        wallet.isOnline = true
        wait(5.seconds)
        assertFalse(model.state.value.isStillOpen)
        assertEquals(ShareState.REVOKED, model.shown)
    }

    @Test
    fun `what is paused offline is still open, and is resumed only with the host's word`() = onBench {
        val model = shown()
        wallet.isOnline = false
        model.on(ShareScreenEvent.Pause)
        settle()
        assertEquals(ShareState.PAUSED, model.shown)
        assertNull(model.state.value.visibleCode)
        assertTrue(model.state.value.isStillOpen)
        model.on(ShareScreenEvent.Resume)
        settle()
        assertEquals(ShareState.PAUSED, model.shown)
        assertEquals(Problem.Offline, model.state.value.problem)
        assertTrue(model.state.value.isStillOpen)
        wallet.isOnline = true
        wait(5.seconds)
        assertFalse(model.state.value.isStillOpen)
        assertEquals(ShareState.PAUSED, model.shown)
    }

    @Test
    fun `what the host was never told is not open any more when its time is over`() = onBench {
        val model = shown()
        wallet.isOnline = false
        end(model)
        wait(10.minutes - 6.seconds)
        assertTrue(model.state.value.isStillOpen)
        wait(6.seconds)
        assertFalse(model.state.value.isStillOpen)
        assertEquals(ShareState.REVOKED, model.shown)
    }

    @Test
    fun `says who opened it`() = onBench {
        val model = shown()
        assertEquals(emptyList(), model.state.value.openings)
        wallet.opened("Northside front desk")
        wait(6.seconds)
        assertEquals(listOf("Northside front desk"), model.state.value.openings?.map { it.recipient })
        wallet.isOnline = false
        wait(6.seconds)
        assertEquals(1, model.state.value.openings?.size, "what the host has said stands")
    }

    @Test
    fun `nobody is said to have opened it only while the host says so`() = onBench {
        val model = shown()
        val code = assertNotNull(model.state.value.share).id
        assertEquals(emptyList(), model.state.value.openings)
        wallet.isOnline = false
        wait(6.seconds)
        assertNull(model.state.value.openings)
        model.on(ShareScreenEvent.Back)
        model.on(ShareScreenEvent.Open(code))
        settle()
        assertNotNull(model.state.value.visibleCode)
        assertNull(model.state.value.openings, "nobody was asked")
        wallet.isOnline = true
        wait(6.seconds)
        assertEquals(emptyList(), model.state.value.openings)
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
