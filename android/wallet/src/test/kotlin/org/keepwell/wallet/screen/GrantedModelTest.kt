package org.keepwell.wallet.screen

import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.seconds
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.GrantId
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.GrantTerms
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.Purpose
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.navigation.Route

class GrantedModelTest {
    private fun Bench.granted(): GrantId {
        val terms = GrantTerms(FakeData.northside.id, setOf(Category.RESULTS), Purpose.TREATMENT, 30.days)
        var id: GrantId? = null
        scope.launchNow { id = wallet.consent.grant(FakeWallet.PIN.encodeToByteArray(), terms).orElse {}?.id }
        settle()
        return assertNotNull(id)
    }

    private fun Bench.model(id: GrantId = granted()) = GrantedModel(id, null, wallet.consent, navigator, revoking, scope).also { settle() }

    private fun Bench.wait() {
        test.testScheduler.advanceTimeBy(5.seconds)
        settle()
    }

    @Test
    fun `access is given once the ledger proves it and the clinic was told`() = onBench {
        wallet.isLedgerReached = false
        wallet.isClinicReached = false
        val model = model()
        assertEquals(GrantState.PENDING to false, model.state.value.grant?.run { state to isGiven })
        wallet.isLedgerReached = true
        wait()
        assertEquals(GrantState.ACTIVE to false, model.state.value.grant?.run { state to isGiven })
        wallet.isClinicReached = true
        wait()
        assertTrue(model.state.value.grant?.isGiven == true)
    }

    @Test
    fun `without a network it says so, and goes on by itself when there is one`() = onBench {
        wallet.isOnline = false
        val id = grantedBefore()
        val model = model(id)
        assertTrue(model.state.value.isOffline)
        assertFalse(model.state.value.grant?.isGiven == true)
        assertNull(model.state.value.problem)
        wallet.isOnline = true
        wait()
        assertFalse(model.state.value.isOffline)
        assertTrue(model.state.value.grant?.isGiven == true)
    }

    @Test
    fun `what is ended elsewhere is not said to be given`() = onBench {
        val id = granted()
        val model = model(id)
        assertTrue(model.state.value.grant?.isGiven == true)
        scope.launchNow { wallet.consent.revoke(id) }
        settle()
        assertEquals(GrantState.REVOKING, model.state.value.grant?.state)
        assertFalse(model.state.value.grant?.isGiven == true)
    }

    @Test
    fun `a grant that is not there is a problem`() = onBench {
        assertEquals(Problem.NotFound("NoSuchGrant"), model(GrantId("00")).state.value.problem)
    }

    @Test
    fun `leads back to who has access`() = onBench {
        model().on(GrantedEvent.Finish)
        assertEquals(listOf<Route>(Route.Access), navigator.routes.value)
    }

    private fun Bench.grantedBefore(): GrantId {
        wallet.granted(FakeData.northside, GrantState.PENDING, GrantTerms(FakeData.northside.id, setOf(Category.RESULTS), Purpose.TREATMENT, 30.days))
        var id: GrantId? = null
        scope.launchNow { id = wallet.consent.grants().orElse {}?.single()?.id }
        settle()
        return assertNotNull(id)
    }
}
