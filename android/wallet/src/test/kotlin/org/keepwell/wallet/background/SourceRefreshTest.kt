package org.keepwell.wallet.background

import kotlin.test.assertEquals
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.seconds
import kotlin.time.toJavaDuration
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.flow.MutableStateFlow
import org.junit.jupiter.api.Test
import org.keepwell.wallet.model.Source
import org.keepwell.wallet.model.SourceId
import org.keepwell.wallet.screen.Bench
import org.keepwell.wallet.screen.launchNow
import org.keepwell.wallet.screen.onBench

class SourceRefreshTest {
    private val isInFront = MutableStateFlow(true)
    private var scheduled: Int? = null

    private val schedule = object : SendingSchedule {
        override fun send(waiting: Int, after: Duration) {
            scheduled = waiting
        }

        override fun cancel() {
            scheduled = null
        }
    }

    private fun Bench.refresh() = SourceRefresh(wallet, schedule, isInFront, clock).also { refresh ->
        scope.launchNow { refresh.follow() }
        settle()
    }

    private fun Bench.connected(number: Int, age: Duration?, needsSignIn: Boolean = false) {
        val last = age?.let { clock.instant() - it.toJavaDuration() }
        wallet.sources.connected += Source(SourceId("$number"), "clinic", "https://clinic.example", emptyList(), emptyList(), clock.instant(), last, null, needsSignIn)
    }

    private fun Bench.wait(time: Duration) {
        test.testScheduler.advanceTimeBy(time)
        settle()
    }

    private fun Bench.leave() {
        isInFront.value = false
        wait(5.seconds)
    }

    private fun Bench.run(refresh: SourceRefresh): Boolean {
        var hasEnded = false
        scope.launchNow {
            refresh.refresh()
            hasEnded = true
        }
        wait(1.seconds)
        return hasEnded
    }

    private val Bench.asked get() = wallet.sources.asked.map { it.text }

    @Test
    fun `what was not fetched for a day is fetched when the app is out of sight`() = onBench {
        connected(1, null)
        connected(2, 2.days)
        connected(3, 23.seconds)
        connected(4, 2.days, needsSignIn = true)
        val refresh = refresh()
        assertNull(scheduled, "the app is looked at")
        leave()
        assertEquals(2, scheduled)
        assertTrue(run(refresh))
        assertEquals(listOf("1", "2"), asked)
        isInFront.value = true
        settle()
        leave()
        assertNull(scheduled, "all was fetched today")
    }

    @Test
    fun `who looks at the app again is not kept waiting`() = onBench {
        connected(1, null)
        val refresh = refresh()
        leave()
        wallet.gate = CompletableDeferred()
        assertTrue(!run(refresh))
        isInFront.value = true
        wait(1.seconds)
        assertNull(scheduled)
        assertNull(wallet.sources.connected.single().last, "it is broken off")
    }

    @Test
    fun `a turn of the phone begins nothing`() = onBench {
        connected(1, null)
        refresh()
        isInFront.value = false
        wait(1.seconds)
        isInFront.value = true
        wait(5.seconds)
        assertNull(scheduled)
    }

    @Test
    fun `a wallet that is locked fetches nothing`() = onBench {
        connected(1, null)
        val refresh = refresh()
        leave()
        assertEquals(1, scheduled)
        scope.launchNow { wallet.lock.lock() }
        settle()
        assertNull(scheduled)
        assertTrue(run(refresh))
        assertTrue(asked.isEmpty())
    }

    @Test
    fun `a clinic that does not answer holds it up for no longer than a piece of work may take`() = onBench {
        connected(1, null)
        val refresh = refresh()
        leave()
        wallet.gate = CompletableDeferred()
        var hasEnded = false
        scope.launchNow {
            refresh.refresh()
            hasEnded = true
        }
        wait(46.seconds)
        assertTrue(hasEnded)
    }
}
