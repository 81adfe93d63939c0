package org.keepwell.wallet.screen

import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration
import kotlin.time.Duration.Companion.days
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.Clinic
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.GrantTerms
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.Purpose
import org.keepwell.wallet.navigation.Route

class ExtendModelTest {
    private fun Bench.model(lasts: Duration = 7.days, clinic: Clinic = FakeData.northside): ExtendModel {
        wallet.granted(clinic, GrantState.ACTIVE, GrantTerms(clinic.id, setOf(Category.RESULTS), Purpose.TREATMENT, lasts))
        return ExtendModel(wallet.grantList.single().id, wallet, clock, navigator, extending, scope).also { settle() }
    }

    private fun Bench.comeToThePin(model: ExtendModel) {
        model.on(ExtendEvent.Review)
        settle()
        model.on(ExtendEvent.Confirm)
    }

    private fun Bench.confirm(model: ExtendModel, pin: String = FakeWallet.PIN) {
        enter(pin) { model.on(ExtendEvent.Pin(it)) }
        settle()
    }

    @Test
    fun `offers only what ends later than it does`() = onBench {
        val model = model(lasts = 30.days)
        assertEquals(listOf(90.days, 365.days), model.state.value.durations)
        model.on(ExtendEvent.ChooseDuration(7.days))
        assertEquals(90.days, model.state.value.duration)
        model.on(ExtendEvent.ChooseDuration(365.days))
        assertEquals(365.days, model.state.value.duration)
        assertFalse(model.state.value.isLongest)
    }

    @Test
    fun `what lasts longest can't be made longer`() = onBench {
        val model = model(lasts = 365.days)
        assertTrue(model.state.value.isLongest)
        model.on(ExtendEvent.Review)
        assertEquals(ExtendStep.CHOOSE, model.state.value.step)
    }

    @Test
    fun `is reviewed with the same categories, consented to with the PIN, and ends the one of before`() = onBench {
        val model = model()
        val before = wallet.grantList.single()
        model.on(ExtendEvent.ChooseDuration(90.days))
        model.on(ExtendEvent.Confirm)
        assertEquals(ExtendStep.CHOOSE, model.state.value.step, "nothing was reviewed")
        comeToThePin(model)
        assertEquals(setOf(Category.RESULTS), model.state.value.preview?.seen?.map { it.category }?.toSet())
        confirm(model, "000000")
        assertEquals(Problem.WrongPin(9), model.state.value.pin.problem)
        assertEquals(1, wallet.grantList.size)
        confirm(model)
        val after = wallet.grantList.last()
        assertEquals(listOf(Route.Access, Route.Granted(after.id, before.id)), navigator.routes.value)
        assertEquals(before.run { Triple(clinic, categories, purpose) }, after.run { Triple(clinic, categories, purpose) })
        assertEquals(model.state.value.until, after.notAfter)
        assertEquals(listOf(GrantState.REVOKED, GrantState.ACTIVE), wallet.grantList.map { it.state })
        assertTrue(wallet.pins.all { pin -> pin.all { it == 0.toByte() } })
    }

    @Test
    fun `what the network does not take leaves the one of before, which can be ended once the other stands`() = onBench {
        wallet.isLedgerReached = false
        val model = model()
        val before = wallet.grantList.single().id
        comeToThePin(model)
        confirm(model)
        val made = wallet.grantList.last().id
        assertEquals(listOf(GrantState.ACTIVE, GrantState.PENDING), wallet.grantList.map { it.state })
        val granted = GrantedModel(made, before, wallet.consent, navigator, revoking, scope).also { settle() }
        assertFalse(granted.state.value.hasBoth)
        granted.on(GrantedEvent.EndFormer)
        settle()
        assertEquals(GrantState.ACTIVE, wallet.grantList.first().state, "nothing else stands yet")
        wallet.isLedgerReached = true
        granted.on(GrantedEvent.Retry)
        settle()
        assertTrue(granted.state.value.hasBoth)
        granted.on(GrantedEvent.EndFormer)
        settle()
        assertFalse(granted.state.value.hasBoth)
        assertEquals(listOf(GrantState.REVOKED, GrantState.ACTIVE), wallet.grantList.map { it.state })
    }

    @Test
    fun `a clinic that can't prove who it is gets nothing longer`() = onBench {
        val model = model(clinic = FakeData.changed)
        assertEquals(Problem.ClinicKeyChanged, model.state.value.blocked)
        model.on(ExtendEvent.Review)
        assertEquals(ExtendStep.CHOOSE, model.state.value.step)
    }

    @Test
    fun `one that is suspended meanwhile is said at the review`() = onBench {
        val model = model()
        comeToThePin(model)
        wallet.clinicList[0] = FakeData.northside.copy(standing = FakeData.suspended.standing)
        confirm(model)
        assertEquals(ExtendStep.REVIEW to Problem.ClinicSuspended, model.state.value.run { step to blocked })
        assertEquals(1, wallet.grantList.size)
    }

    @Test
    fun `what has ended can't be made longer, and offline it says so`() = onBench {
        wallet.isOnline = false
        val offline = model()
        assertEquals(Problem.Offline, offline.state.value.problem)
        assertNotNull(offline.state.value.grant)
        wallet.isOnline = true
        offline.on(ExtendEvent.Retry)
        settle()
        assertNull(offline.state.value.problem)
        scope.launchNow { wallet.consent.revoke(wallet.grantList.single().id) }
        settle()
        val ended = ExtendModel(wallet.grantList.single().id, wallet, clock, navigator, extending, scope).also { settle() }
        assertTrue(ended.state.value.hasEnded)
        assertEquals(GrantState.REVOKING to null, ended.state.value.run { grant?.state to problem })
        ended.on(ExtendEvent.Review)
        assertEquals(ExtendStep.CHOOSE, ended.state.value.step)
        navigator.open(Route.Extend(wallet.grantList.single().id))
        ended.on(ExtendEvent.OpenClinic)
        assertEquals(listOf(Route.Records, Route.Clinic(FakeData.northside.id)), navigator.routes.value)
    }

    @Test
    fun `what ends while it is reviewed is said to have ended`() = onBench {
        val model = model()
        comeToThePin(model)
        scope.launchNow { wallet.consent.revoke(wallet.grantList.single().id) }
        settle()
        confirm(model)
        assertTrue(model.state.value.hasEnded)
        assertEquals(ExtendStep.CHOOSE to null, model.state.value.run { step to problem })
        assertEquals(1, wallet.grantList.size)
    }

    @Test
    fun `what was made before it failed is shown, and not made again`() = onBench {
        val model = model()
        val before = wallet.grantList.single().id
        comeToThePin(model)
        wallet.extendProblem = Problem.Other("HostDown")
        confirm(model)
        val made = wallet.grantList.last().id
        assertEquals(listOf(Route.Access, Route.Granted(made, before)), navigator.routes.value)
    }

    @Test
    fun `where the longer one is over, the earlier one is told of and can be ended`() = onBench {
        wallet.isLedgerReached = false
        val model = model()
        val before = wallet.grantList.single().id
        comeToThePin(model)
        confirm(model)
        val made = wallet.grantList.last().id
        val granted = GrantedModel(made, before, wallet.consent, navigator, revoking, scope).also { settle() }
        assertFalse(granted.state.value.hasOnlyFormer)
        scope.launchNow { wallet.consent.revoke(made) }
        settle()
        assertTrue(granted.state.value.hasOnlyFormer)
        granted.on(GrantedEvent.EndFormer)
        settle()
        assertFalse(granted.state.value.hasOnlyFormer)
        assertTrue(wallet.grantList.none { it.state.isInForce })
    }

    @Test
    fun `goes back step by step, and the digits go with it`() = onBench {
        navigator.open(Route.Access)
        val model = model()
        comeToThePin(model)
        model.on(ExtendEvent.Pin(PinEvent.Digit('1')))
        model.on(ExtendEvent.Back)
        assertEquals(ExtendStep.REVIEW to 0, model.state.value.run { step to pin.entered })
        model.on(ExtendEvent.Back)
        assertEquals(ExtendStep.CHOOSE, model.state.value.step)
        model.on(ExtendEvent.Back)
        assertEquals(listOf<Route>(Route.Records), navigator.routes.value)
    }
}
