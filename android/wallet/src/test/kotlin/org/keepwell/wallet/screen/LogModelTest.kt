package org.keepwell.wallet.screen

import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.days
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.GrantTerms
import org.keepwell.wallet.model.LogEvent
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.Purpose

class LogModelTest {
    private val terms = GrantTerms(FakeData.northside.id, setOf(Category.RESULTS), Purpose.TREATMENT, 30.days)

    @Test
    fun `lists what was done, newest first, day by day`() = onBench {
        wallet.granted(FakeData.northside, GrantState.ACTIVE, terms, Bench.START.minusSeconds(86_400 * 3))
        wallet.granted(FakeData.lakeside, GrantState.ACTIVE, terms, Bench.START.minusSeconds(60))
        wallet.granted(FakeData.northside, GrantState.ACTIVE, terms)
        val state = LogModel(wallet.log, scope).also { settle() }.state.value
        assertEquals(listOf(2, 1), state.days.map { it.second.size })
        assertEquals("Northside Family Clinic", state.entries.first().about)
        assertEquals(LogEvent.GRANTED, state.entries.first().event)
    }

    @Test
    fun `without a connection the owner's own doings stand and it is said what is missing`() = onBench {
        wallet.granted(FakeData.northside, GrantState.ACTIVE, terms)
        wallet.opened("Front desk")
        wallet.isOnline = false
        val model = LogModel(wallet.log, scope).also { settle() }
        assertEquals(listOf(LogEvent.GRANTED), model.state.value.entries.map { it.event })
        assertTrue(model.state.value.isOwnOnly)
        assertEquals(null, model.state.value.problem)
        wallet.isOnline = true
        model.on(LogScreenEvent.Retry)
        settle()
        assertEquals(listOf(LogEvent.SHARE_OPENED, LogEvent.GRANTED), model.state.value.entries.map { it.event })
        assertFalse(model.state.value.isOwnOnly)
    }

    @Test
    fun `an empty log is said to be empty, a locked one is not`() = onBench(unlocked = false) {
        val model = LogModel(wallet.log, scope).also { settle() }
        assertEquals(Problem.Locked, model.state.value.problem)
        assertTrue(!model.state.value.isEmpty)
        scope.launchNow { wallet.lock.unlock("270914".encodeToByteArray()) }
        settle()
        model.on(LogScreenEvent.Retry)
        settle()
        assertTrue(model.state.value.isEmpty)
    }
}
