package org.keepwell.wallet.screen

import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.GrantTerms
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.Purpose
import org.keepwell.wallet.model.ShareAction
import org.keepwell.wallet.model.ShareRequest
import org.keepwell.wallet.model.StoppedBy
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.navigation.Route

class AccessModelTest {
    private fun Bench.model() = AccessModel(wallet.consent, wallet.shares, clock, navigator, revoking, scope).also { settle() }

    private fun Bench.granted(state: GrantState) =
        wallet.granted(FakeData.northside, state, GrantTerms(FakeData.northside.id, setOf(Category.RESULTS), Purpose.TREATMENT, 30.days))

    @Test
    fun `lists who has access apart from who had`() = onBench {
        GrantState.entries.forEach { granted(it) }
        val state = model().state.value
        // What was on its way is proved by the first sync.
        assertEquals(listOf(GrantState.ACTIVE, GrantState.ACTIVE), state.open.map { it.state })
        assertEquals(setOf(GrantState.EXPIRED, GrantState.REVOKED), state.ended.map { it.state }.toSet())
    }

    @Test
    fun `asks before it revokes, and then revokes`() = onBench {
        granted(GrantState.ACTIVE)
        val model = model()
        val grant = model.state.value.open.single()
        model.on(AccessEvent.AskRevoke(grant.id))
        assertEquals(grant, model.state.value.asking)
        assertEquals(GrantState.ACTIVE, model.state.value.grants.single().state)
        model.on(AccessEvent.ConfirmRevoke)
        settle()
        assertNull(model.state.value.asking)
        assertEquals(GrantState.REVOKED, model.state.value.ended.single().state)
        assertEquals(0, model.state.value.unsent)
        assertTrue(model.state.value.hasNobody)
    }

    @Test
    fun `keeping access changes nothing`() = onBench {
        granted(GrantState.ACTIVE)
        val model = model()
        model.on(AccessEvent.AskRevoke(model.state.value.open.single().id))
        model.on(AccessEvent.KeepAccess)
        model.on(AccessEvent.ConfirmRevoke)
        settle()
        assertEquals(GrantState.ACTIVE, model.state.value.open.single().state)
    }

    @Test
    fun `what is ended offline stays among those who have access until a server has stopped it`() = onBench {
        granted(GrantState.ACTIVE)
        wallet.isOnline = false
        val model = model()
        val grant = model.state.value.open.single()
        model.on(AccessEvent.AskRevoke(grant.id))
        model.on(AccessEvent.ConfirmRevoke)
        settle()
        val open = model.state.value.open.single()
        assertEquals(GrantState.REVOKING to null, open.state to open.stoppedBy)
        assertTrue(model.state.value.ended.isEmpty())
        assertFalse(model.state.value.hasNobody)
        assertEquals(1 to true, model.state.value.run { unsent to isOffline })
        assertNull(model.state.value.problem)
        model.on(AccessEvent.AskRevoke(grant.id))
        assertNull(model.state.value.asking, "it is ended once")
        wallet.isOnline = true
        test.testScheduler.advanceTimeBy(5.seconds)
        settle()
        assertEquals(GrantState.REVOKED, model.state.value.ended.single().state)
        assertTrue(model.state.value.hasNobody)
        assertEquals(0 to false, model.state.value.run { unsent to isOffline })
    }

    @Test
    fun `nobody is said to have access only when that is known`() = onBench {
        val model = AccessModel(wallet.consent, wallet.shares, clock, navigator, revoking, scope)
        assertFalse(model.state.value.hasNobody, "nothing was read yet")
        settle()
        assertTrue(model.state.value.hasNobody)
        scope.launchNow { wallet.lock.lock() }
        settle()
        model.on(AccessEvent.Retry)
        settle()
        assertFalse(model.state.value.hasNobody, "a locked wallet says nothing")
    }

    @Test
    fun `a code that opens is access too, until the host has ended it`() = onBench {
        scope.launchNow { wallet.shares.share(ShareRequest(emptySet(), 10.minutes)) }
        settle()
        val model = model()
        assertEquals(1 to false, model.state.value.run { openCodes to hasNobody })
        wallet.isOnline = false
        scope.launchNow { wallet.shares.change(wallet.shares.list().orElse {}.orEmpty().single().id, ShareAction.REVOKE) }
        settle()
        assertEquals(1 to false, model().state.value.run { openCodes to hasNobody })
        wallet.isOnline = true
        model().on(AccessEvent.Retry)
        settle()
        assertEquals(0 to true, model().state.value.run { openCodes to hasNobody })
        model.on(AccessEvent.OpenCodes)
        assertEquals(listOf<Route>(Route.Share), navigator.routes.value)
    }

    @Test
    fun `what the host has stopped is not open any more while the ledger follows`() = onBench {
        granted(GrantState.ACTIVE)
        wallet.isLedgerReached = false
        val model = model()
        model.on(AccessEvent.AskRevoke(model.state.value.open.single().id))
        model.on(AccessEvent.ConfirmRevoke)
        settle()
        val stopped = model.state.value.ended.single()
        assertEquals(GrantState.REVOKING to StoppedBy.HOST, stopped.state to stopped.stoppedBy)
        assertTrue(model.state.value.hasNobody)
        assertTrue(model.state.value.isOnItsWay)
        wallet.isLedgerReached = true
        test.testScheduler.advanceTimeBy(5.seconds)
        settle()
        val revoked = model.state.value.ended.single()
        assertEquals(GrantState.REVOKED to StoppedBy.LEDGER, revoked.state to revoked.stoppedBy)
    }

    @Test
    fun `what has ended cannot be revoked`() = onBench {
        granted(GrantState.EXPIRED)
        val model = model()
        model.on(AccessEvent.AskRevoke(model.state.value.ended.single().id))
        assertNull(model.state.value.asking)
    }

    @Test
    fun `a locked wallet lists nobody`() = onBench(unlocked = false) {
        granted(GrantState.ACTIVE)
        val state = model().state.value
        assertTrue(state.grants.isEmpty())
        assertEquals(Problem.Locked, state.problem)
    }

    @Test
    fun `shows a grant that another screen has made, and syncs until it is proved`() = onBench {
        val model = model()
        test.testScheduler.advanceTimeBy(60.seconds)
        scope.launchNow {
            wallet.consent.grant(FakeWallet.PIN.encodeToByteArray(), GrantTerms(FakeData.lakeside.id, setOf(Category.VITALS), Purpose.TREATMENT, 1.days))
        }
        settle()
        val grant = model.state.value.open.single()
        assertEquals("Lakeside Heart Centre", grant.clinicName)
        assertEquals(GrantState.ACTIVE, grant.state)
        assertTrue(grant.delivered)
    }

    @Test
    fun `what has ended of a clinic that has another access is told apart from what a clinic has no more`() = onBench {
        granted(GrantState.REVOKED)
        wallet.granted(FakeData.lakeside, GrantState.REVOKED, GrantTerms(FakeData.lakeside.id, setOf(Category.RESULTS), Purpose.TREATMENT, 30.days))
        granted(GrantState.ACTIVE)
        val state = model().state.value
        assertEquals(listOf(FakeData.northside.id), state.ended.filter { state.hasAnother(it) }.map { it.clinic })
        assertEquals(2, state.ended.size)
    }

    @Test
    fun `leads to the clinics`() = onBench {
        model().on(AccessEvent.New)
        assertEquals(Route.Clinics, navigator.routes.value.last())
    }
}
