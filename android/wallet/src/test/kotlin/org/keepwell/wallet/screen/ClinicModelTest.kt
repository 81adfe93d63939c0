package org.keepwell.wallet.screen

import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.ExperimentalCoroutinesApi
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.Clinic
import org.keepwell.wallet.model.ClinicStanding
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.GrantTerms
import org.keepwell.wallet.model.LogEvent
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.Purpose
import org.keepwell.wallet.navigation.Route

@OptIn(ExperimentalCoroutinesApi::class)
class ClinicModelTest {
    private fun Bench.model(clinic: Clinic = FakeData.northside) = ClinicModel(clinic.id, wallet, navigator, revoking, scope).also { settle() }

    private fun Bench.granted(state: GrantState, clinic: Clinic = FakeData.northside) =
        wallet.granted(clinic, state, GrantTerms(clinic.id, setOf(Category.RESULTS), Purpose.TREATMENT, 30.days))

    @Test
    fun `shows what this clinic has and did, and nothing of another`() = onBench {
        granted(GrantState.ACTIVE)
        granted(GrantState.ACTIVE, FakeData.lakeside)
        granted(GrantState.REVOKED)
        val (first, other, ended) = wallet.grantList.toList()
        wallet.read(first, 3)
        wallet.read(other, 50)
        wallet.read(ended, 12)
        wallet.read(ended, 5, newRecords = 2)
        val state = model().state.value
        assertEquals(listOf(first.id), state.open.map { it.id })
        assertEquals(listOf(ended.id), state.ended.map { it.id })
        assertEquals(FakeData.northside to true, state.clinic to state.isProved)
        assertEquals(listOf(5L, 12L, 3L), state.entries.orEmpty().mapNotNull { it.records })
        assertEquals(mapOf(ended.id to 14L, first.id to 3L), state.recordsRead.toMap(), "what was read twice counts once")
        assertFalse(state.isLoading)
    }

    @Test
    fun `offline it says what it knew, and claims neither a proof nor what was read`() = onBench {
        granted(GrantState.REVOKED)
        wallet.read(wallet.grantList.single(), 12)
        wallet.isOnline = false
        val model = model()
        val state = model.state.value
        assertEquals(FakeData.northside.name to null, state.clinic?.run { name to place })
        assertEquals(false to true, state.isProved to state.isOffline)
        assertNull(state.recordsRead.getValue(wallet.grantList.single().id), "what the host noted is not known")
        assertEquals(listOf(LogEvent.GRANTED), state.entries.orEmpty().map { it.event })
        assertNull(state.problem)
        wallet.isOnline = true
        model.on(ClinicEvent.Retry)
        settle()
        assertEquals(12L, model.state.value.recordsRead[wallet.grantList.single().id])
        assertTrue(model.state.value.isProved)
        assertFalse(model.state.value.isOffline)
    }

    @Test
    fun `one that can't prove who it is or is suspended is given nothing`() = onBench {
        for ((clinic, problem) in listOf(FakeData.changed to Problem.ClinicKeyChanged, FakeData.suspended to Problem.ClinicSuspended)) {
            val model = model(clinic)
            assertEquals(problem, model.state.value.blocked)
            assertFalse(model.state.value.isProved)
            model.on(ClinicEvent.GiveAccess)
            assertEquals(Route.Records, navigator.routes.value.last())
        }
        model(FakeData.lakeside).on(ClinicEvent.GiveAccess)
        assertEquals(Route.Grant(FakeData.lakeside.id), navigator.routes.value.last())
    }

    @Test
    fun `a key that changes under an open page takes the proof back`() = onBench {
        granted(GrantState.ACTIVE)
        val model = model()
        assertTrue(model.state.value.isProved)
        wallet.changedKey(FakeData.lakeside)
        settle()
        assertTrue(model.state.value.isProved, "another clinic's")
        wallet.changedKey(FakeData.northside)
        settle()
        assertFalse(model.state.value.isProved)
        assertEquals(Problem.ClinicKeyChanged, model.state.value.blocked)
        model.on(ClinicEvent.GiveAccess)
        model.on(ClinicEvent.Extend(wallet.grantList.single().id))
        assertEquals(listOf<Route>(Route.Records), navigator.routes.value)
        model.on(ClinicEvent.AskRevoke(wallet.grantList.single().id))
        assertEquals(1, model.state.value.asking.size, "what it has can be ended")
    }

    @Test
    fun `ending asks first, and ends the one that was asked about`() = onBench {
        repeat(2) { granted(GrantState.ACTIVE) }
        val model = model()
        val (first, second) = wallet.grantList.toList()
        model.on(ClinicEvent.ConfirmRevoke)
        settle()
        assertEquals(2, model.state.value.inForce.size, "nothing was asked")
        model.on(ClinicEvent.AskRevoke(second.id))
        assertEquals(listOf(second.id), model.state.value.asking.map { it.id })
        model.on(ClinicEvent.KeepAccess)
        model.on(ClinicEvent.ConfirmRevoke)
        settle()
        assertEquals(2, model.state.value.inForce.size)
        model.on(ClinicEvent.AskRevoke(second.id))
        model.on(ClinicEvent.ConfirmRevoke)
        settle()
        assertEquals(listOf(first.id), model.state.value.inForce.map { it.id })
        assertEquals(listOf(second.id), model.state.value.ended.map { it.id })
    }

    @Test
    fun `all of them end at once, but not those of another clinic`() = onBench {
        repeat(2) { granted(GrantState.ACTIVE) }
        granted(GrantState.ACTIVE, FakeData.lakeside)
        wallet.isOnline = false
        val model = model()
        model.on(ClinicEvent.AskRevokeAll)
        assertEquals(2, model.state.value.asking.size)
        model.on(ClinicEvent.ConfirmRevoke)
        settle()
        assertEquals(2, model.state.value.open.count { it.isStillOpen })
        assertEquals(2 to true, model.state.value.run { unsent to isOffline })
        wallet.isOnline = true
        test.testScheduler.advanceTimeBy(5.seconds)
        settle()
        assertTrue(model.state.value.open.isEmpty())
        assertEquals(listOf(FakeData.lakeside.id), wallet.grantList.filter { it.state.isInForce }.map { it.clinic })
    }

    @Test
    fun `a wallet that locked itself says so`() = onBench {
        scope.launchNow { wallet.lock.lock() }
        settle()
        assertEquals(Problem.Locked, model().state.value.problem)
    }

    @Test
    fun `a long history is shown in part until all of it is asked for`() = onBench {
        granted(GrantState.ACTIVE)
        repeat(20) { wallet.read(wallet.grantList.single(), 1) }
        val model = model()
        assertTrue(model.state.value.shownEntries.size < 20)
        model.on(ClinicEvent.ShowAllEntries)
        assertEquals(21, model.state.value.shownEntries.size)
    }
}
