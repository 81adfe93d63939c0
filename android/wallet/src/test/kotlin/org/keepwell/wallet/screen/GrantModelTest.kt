package org.keepwell.wallet.screen

import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.days
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.model.AccessRequest
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.Clinic
import org.keepwell.wallet.model.ClinicStanding
import org.keepwell.wallet.model.Grant
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.Purpose
import org.keepwell.wallet.model.RequestId
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.navigation.GrantDraft
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.navigation.draft

class GrantModelTest {
    private fun Bench.model(clinic: Clinic = FakeData.northside, draft: GrantDraft? = null): GrantModel {
        val route = Route.Grant(clinic.id, draft)
        navigator.select(Route.Access)
        navigator.open(route)
        return GrantModel(route, wallet, navigator, scope).also { settle() }
    }

    private fun Bench.review(model: GrantModel) {
        model.on(GrantScreenEvent.Toggle(Category.ALLERGIES))
        model.on(GrantScreenEvent.Toggle(Category.MEDICATIONS))
        model.on(GrantScreenEvent.Review)
        settle()
    }

    private fun Bench.grants(): List<Grant> {
        var found = emptyList<Grant>()
        scope.launchNow { found = wallet.consent.grants().orElse {}.orEmpty() }
        settle()
        return found
    }

    @Test
    fun `three steps and the PIN make a grant with a match code`() = onBench {
        val model = model()
        model.on(GrantScreenEvent.ChooseDuration(7.days))
        model.on(GrantScreenEvent.ChoosePurpose(Purpose.PATIENT_REQUEST))
        review(model)
        assertEquals(GrantStep.REVIEW, model.state.value.step)
        val preview = assertNotNull(model.state.value.preview)
        assertEquals(
            mapOf(
                Category.ALLERGIES to listOf("Penicillin"),
                Category.MEDICATIONS to listOf("Metformin 500 mg tablet", "Lisinopril 10 mg tablet"),
            ),
            preview.seen.associate { (category, records) -> category to records.map { it.title } },
        )
        assertEquals(wallet.recordList.size - 3L to 2L, preview.hidden to preview.along)
        model.on(GrantScreenEvent.Confirm)
        enter(FakeWallet.PIN) { model.on(GrantScreenEvent.Pin(it)) }
        settle()
        val grant = grants().single()
        assertEquals(listOf(Route.Access, Route.Granted(grant.id)), navigator.routes.value)
        assertEquals(listOf(Category.ALLERGIES, Category.MEDICATIONS), grant.categories)
        assertEquals(Purpose.PATIENT_REQUEST, grant.purpose)
        assertEquals(Bench.START.plusSeconds(7 * 86_400), grant.notAfter)
    }

    @Test
    fun `a wrong PIN grants nothing and says how many tries are left`() = onBench {
        val model = model()
        review(model)
        model.on(GrantScreenEvent.Confirm)
        enter("000000") { model.on(GrantScreenEvent.Pin(it)) }
        settle()
        assertEquals(GrantStep.CONFIRM, model.state.value.step)
        assertEquals(Problem.WrongPin(9), model.state.value.pin.problem)
        assertTrue(grants().isEmpty())
        assertContentEquals(ByteArray(6), wallet.pins.single())
    }

    @Test
    fun `nothing is reviewed without a category, and nothing confirmed without a preview`() = onBench {
        val model = model()
        model.on(GrantScreenEvent.Review)
        settle()
        assertEquals(GrantStep.TERMS, model.state.value.step)
        model.on(GrantScreenEvent.Toggle(Category.VITALS))
        model.on(GrantScreenEvent.Toggle(Category.VITALS))
        assertFalse(model.state.value.canReview)
        model.on(GrantScreenEvent.Confirm)
        enter(FakeWallet.PIN) { model.on(GrantScreenEvent.Pin(it)) }
        settle()
        assertTrue(wallet.pins.isEmpty())
    }

    @Test
    fun `a clinic whose key changed blocks granting`() = onBench {
        val model = model(FakeData.changed)
        assertEquals(Problem.ClinicKeyChanged, model.state.value.blocked)
        review(model)
        assertEquals(GrantStep.TERMS, model.state.value.step)
        assertFalse(model.state.value.canReview)
    }

    @Test
    fun `a clinic whose key changes during the review blocks it`() = onBench {
        val model = model()
        review(model)
        model.on(GrantScreenEvent.Confirm)
        wallet.clinicList.replaceAll { if (it.id == FakeData.northside.id) it.copy(standing = ClinicStanding.KEY_CHANGED) else it }
        enter(FakeWallet.PIN) { model.on(GrantScreenEvent.Pin(it)) }
        settle()
        assertEquals(GrantStep.REVIEW, model.state.value.step)
        assertEquals(Problem.ClinicKeyChanged, model.state.value.blocked)
        assertFalse(model.state.value.canConfirm)
        assertTrue(grants().isEmpty())
    }

    @Test
    fun `offline the clinic cannot be proved, and the choices stay`() = onBench {
        wallet.isOnline = false
        val model = model(draft = FakeData.CHOICES.draft(setOf(Category.RESULTS)))
        assertEquals(Problem.Offline, model.state.value.problem)
        assertFalse(model.state.value.canReview)
        wallet.isOnline = true
        model.on(GrantScreenEvent.Retry)
        settle()
        assertTrue(model.state.value.canReview)
        assertEquals(setOf(Category.RESULTS), model.state.value.draft.categories)
    }

    @Test
    fun `back goes one step and forgets the digits`() = onBench {
        val model = model()
        review(model)
        model.on(GrantScreenEvent.Confirm)
        model.on(GrantScreenEvent.Pin(PinEvent.Digit('1')))
        assertEquals(1, model.state.value.pin.entered)
        model.on(GrantScreenEvent.Back)
        assertEquals(GrantStep.REVIEW, model.state.value.step)
        assertEquals(0, model.state.value.pin.entered)
        model.on(GrantScreenEvent.Back)
        assertEquals(GrantStep.TERMS, model.state.value.step)
        model.on(GrantScreenEvent.Back)
        assertEquals(listOf<Route>(Route.Access), navigator.routes.value)
    }

    @Test
    fun `nothing leads back while the PIN is checked, for it grants`() = onBench {
        val model = model()
        review(model)
        model.on(GrantScreenEvent.Confirm)
        enter(FakeWallet.PIN) { model.on(GrantScreenEvent.Pin(it)) }
        assertTrue(model.state.value.pin.isChecking)
        model.on(GrantScreenEvent.Back)
        assertEquals(GrantStep.CONFIRM, model.state.value.step)
        settle()
        assertEquals(1, grants().size)
    }

    @Test
    fun `what a clinic asks for is given, or less, and not more`() = onBench {
        val asked = AccessRequest(
            RequestId("0e".repeat(16)), FakeData.northside.id, setOf(Category.ALLERGIES, Category.MEDICATIONS, Category.GENOMICS), Purpose.PAYMENT, 8.days,
        )
        val model = model(draft = asked.draft())
        with(model.state.value) {
            assertEquals(asked.categories.toList(), categories.map { it.category })
            assertEquals(0, categories.last().count)
            assertEquals(8.days, durations.last())
            assertTrue(durations.all { it <= 8.days })
            assertEquals(listOf(Purpose.PAYMENT), purposes)
        }
        model.on(GrantScreenEvent.Toggle(Category.DOCUMENTS))
        model.on(GrantScreenEvent.ChooseDuration(90.days))
        model.on(GrantScreenEvent.ChoosePurpose(Purpose.RESEARCH))
        assertEquals(asked.draft(), model.state.value.draft)
        model.on(GrantScreenEvent.Toggle(Category.MEDICATIONS))
        model.on(GrantScreenEvent.ChooseDuration(7.days))
        model.on(GrantScreenEvent.Review)
        settle()
        // The bounds outlive the process with the choices.
        assertEquals(navigator.routes.value, Navigator(navigator.saved()).routes.value)
        model.on(GrantScreenEvent.Confirm)
        enter(FakeWallet.PIN) { model.on(GrantScreenEvent.Pin(it)) }
        settle()
        assertEquals(listOf(asked.id), wallet.answered)
        assertEquals(listOf(Category.ALLERGIES, Category.GENOMICS), grants().single().categories)
    }

    @Test
    fun `what a clinic asks for is refused also without network, and not given afterwards`() = onBench {
        val asked = AccessRequest(RequestId("0e".repeat(16)), FakeData.northside.id, setOf(Category.ALLERGIES), Purpose.TREATMENT, 8.days)
        wallet.isOnline = false
        val model = model(draft = asked.draft())
        assertEquals(Problem.Offline, model.state.value.problem)
        model.on(GrantScreenEvent.Refuse)
        model.on(GrantScreenEvent.Refuse)
        settle()
        assertEquals(GrantStep.REFUSED, model.state.value.step)
        assertNull(model.state.value.problem)
        assertEquals(listOf(asked.id), wallet.answered)
        assertTrue(grants().isEmpty())
        model.on(GrantScreenEvent.Back)
        assertEquals(listOf<Route>(Route.Access), navigator.routes.value, "it is left")

        // The same code once more, as after the end of the process.
        wallet.isOnline = true
        val again = model(draft = asked.draft())
        again.on(GrantScreenEvent.Refuse)
        settle()
        assertEquals(GrantStep.TERMS, again.state.value.step)
        assertEquals(Problem.RequestOver("RequestAnswered"), again.state.value.problem)
        again.on(GrantScreenEvent.Review)
        settle()
        again.on(GrantScreenEvent.Confirm)
        enter(FakeWallet.PIN) { again.on(GrantScreenEvent.Pin(it)) }
        settle()
        assertEquals(Problem.RequestOver("RequestAnswered"), again.state.value.problem)
        assertTrue(grants().isEmpty())
    }

    @Test
    fun `where a clinic asks for nothing there is nothing to refuse`() = onBench {
        val model = model()
        model.on(GrantScreenEvent.Refuse)
        settle()
        assertEquals(GrantStep.TERMS, model.state.value.step)
        assertTrue(wallet.answered.isEmpty())
    }

    @Test
    fun `after the end of the process the review comes back with its choices and without a PIN`() = onBench {
        val model = model()
        model.on(GrantScreenEvent.ChooseDuration(90.days))
        model.on(GrantScreenEvent.TellName(false))
        review(model)
        model.on(GrantScreenEvent.Confirm)
        "27091".forEach { model.on(GrantScreenEvent.Pin(PinEvent.Digit(it))) }

        val again = Navigator(navigator.saved())
        assertEquals(navigator.routes.value, again.routes.value)
        val restored = GrantModel(again.routes.value.last() as Route.Grant, wallet, again, scope).also { settle() }
        with(restored.state.value) {
            assertEquals(GrantStep.REVIEW, step)
            assertEquals(GrantDraft(setOf(Category.ALLERGIES, Category.MEDICATIONS), Purpose.TREATMENT, 90.days, isNamed = false, isReviewing = true), draft)
            assertEquals(PinState(), pin)
            assertTrue(canConfirm)
        }
    }

    @Test
    fun `a grant that fails for another reason is said on the review`() = onBench {
        val model = model()
        review(model)
        model.on(GrantScreenEvent.Confirm)
        wallet.isOnline = false
        enter(FakeWallet.PIN) { model.on(GrantScreenEvent.Pin(it)) }
        settle()
        assertEquals(GrantStep.REVIEW, model.state.value.step)
        assertEquals(Problem.Offline, model.state.value.problem)
        assertTrue(grants().isEmpty())
    }
}
