package org.keepwell.wallet.screen

import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlinx.coroutines.test.advanceTimeBy
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakePlace
import org.keepwell.wallet.fake.FakeHealth
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.fake.FakeWishes
import org.keepwell.wallet.model.ChosenPlace
import org.keepwell.wallet.model.ExportKind
import org.keepwell.wallet.model.Leftover
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.navigation.SettingsPage

@OptIn(kotlinx.coroutines.ExperimentalCoroutinesApi::class)
class ExportModelTest {
    private var left = 0
    private val brokenOff = ArrayList<Leftover>()

    private fun Bench.model() = ExportModel(wallet.safety, clock, null, null, { brokenOff += it }, { left++ }, scope).also { settle() }

    private fun Bench.place(model: ExportModel, place: FakePlace, kind: ExportKind = ExportKind.HISTORY) {
        model.on(ExportEvent.Place(ChosenPlace(kind, place)))
        settle()
    }

    private fun Bench.begin(model: ExportModel, pin: String = FakeWallet.PIN) {
        enter(pin) { model.on(ExportEvent.Pin(it)) }
        settle()
    }

    private fun Bench.finish() {
        test.advanceTimeBy(10_000)
        settle()
    }

    @Test
    fun `all records go where the person chose, after the PIN and not before`() = onBench {
        val model = model()
        assertEquals("keepwell-2026-11-21.json", model.state.value.fileName)
        val place = FakePlace()
        place(model, place)
        assertEquals(ExportStep.PIN, model.state.value.step)
        begin(model, "000000")
        assertEquals(Problem.WrongPin(9), model.state.value.pin.problem)
        assertNull(place.content)
        begin(model)
        assertEquals(ExportStep.WRITING, model.state.value.step)
        test.advanceTimeBy(15)
        assertTrue(model.state.value.written > 0)
        finish()
        assertEquals(ExportStep.DONE, model.state.value.step)
        assertEquals(wallet.recordList.size.toLong(), model.state.value.report?.versions)
        assertEquals(wallet.recordList.size, assertNotNull(place.content).lines().count { it.startsWith("HISTORY") })
        assertEquals(0, wallet.safety.exportsHeld, "the PIN's proof is let go of")
        wallet.pins.forEach { assertTrue(it.all { byte -> byte == 0.toByte() }) }
        model.on(ExportEvent.Back)
        assertEquals(1, left)
        assertEquals(0, place.removals)
    }

    @Test
    fun `the file for another program has another name, and is what was chosen`() = onBench {
        val model = model()
        model.on(ExportEvent.Choose(ExportKind.RECORDS))
        assertEquals("keepwell-2026-11-21.ndjson", model.state.value.fileName)
        val place = FakePlace()
        place(model, place, ExportKind.RECORDS)
        begin(model)
        finish()
        assertTrue(assertNotNull(place.content).startsWith("RECORDS"))
    }

    @Test
    fun `what is stopped is removed, and begins anew`() = onBench {
        val model = model()
        val place = FakePlace()
        place(model, place)
        begin(model)
        test.advanceTimeBy(15)
        model.on(ExportEvent.Back)
        settle()
        assertEquals(ExportStep.EXPLAIN, model.state.value.step)
        assertEquals(Leftover.NOTHING, model.state.value.leftover)
        assertNull(model.state.value.problem)
        assertNull(place.content)
        assertEquals(0, wallet.safety.exportsHeld)
        assertEquals(emptyList(), brokenOff)
        place(model, FakePlace())
        assertNull(model.state.value.leftover)
    }

    @Test
    fun `a place without room, or one that is gone, is said, and what stayed there too`() = onBench {
        val model = model()
        for ((place, problem, leftover) in listOf(
            Triple(FakePlace(holds = 5), Problem.PlaceFull, Leftover.NOTHING),
            Triple(FakePlace(holds = 5, removes = false), Problem.PlaceFull, Leftover.MAYBE_A_PART),
            Triple(FakePlace(isGone = true), Problem.FileUnwritable, Leftover.NOTHING),
        )) {
            place(model, place)
            begin(model)
            finish()
            assertEquals(ExportStep.EXPLAIN, model.state.value.step)
            assertEquals(problem, model.state.value.problem)
            assertEquals(leftover, model.state.value.leftover)
        }
    }

    @Test
    fun `who goes back before the PIN leaves no file behind`() = onBench {
        val model = model()
        val place = FakePlace()
        place(model, place)
        model.on(ExportEvent.Back)
        settle()
        assertEquals(1, place.removals)
        assertEquals(ExportStep.EXPLAIN, model.state.value.step)
        assertNull(model.state.value.leftover)
        model.on(ExportEvent.Back)
        assertEquals(1, left)
    }

    @Test
    fun `out of sight digits go, and what is being written goes on`() = onBench {
        val model = model()
        place(model, FakePlace())
        "123".forEach { model.on(ExportEvent.Pin(PinEvent.Digit(it))) }
        model.hide()
        assertEquals(0, model.state.value.pin.entered)
        begin(model)
        model.hide()
        finish()
        assertEquals(ExportStep.DONE, model.state.value.step)
    }

    @Test
    fun `a wallet that locks while the place is chosen asks for the PIN once it is open`() = onBench {
        val app = AppModel(wallet, navigator, clock, { }, { true }, FakeWishes(), FakeHealth(), scope).also { settle() }
        val route = Route.Setting(SettingsPage.EXPORT)
        navigator.open(route)
        app.of(route)
        test.launchNow { wallet.lock.lock() }
        settle()
        val place = FakePlace()
        app.receive(ChosenPlace(ExportKind.RECORDS, place))
        settle()
        assertEquals(0, place.removals)
        test.launchNow { wallet.lock.unlock(FakeWallet.PIN.encodeToByteArray()) }
        settle()
        val model = app.of(route) as ExportModel
        assertEquals(ExportStep.PIN, model.state.value.step)
        assertEquals(ExportKind.RECORDS, model.state.value.kind)
        begin(model)
        finish()
        assertTrue(assertNotNull(place.content).startsWith("RECORDS"))
    }

    @Test
    fun `a wallet that locks while it writes leaves nothing, and says so once it is open`() = onBench {
        val app = AppModel(wallet, navigator, clock, { }, { true }, FakeWishes(), FakeHealth(), scope).also { settle() }
        val route = Route.Setting(SettingsPage.EXPORT)
        navigator.open(route)
        val place = FakePlace(removes = false)
        place(app.of(route) as ExportModel, place)
        begin(app.of(route) as ExportModel)
        test.advanceTimeBy(15)
        test.launchNow { wallet.lock.lock() }
        settle()
        assertEquals(1, place.removals)
        test.launchNow { wallet.lock.unlock(FakeWallet.PIN.encodeToByteArray()) }
        settle()
        val again = app.of(route) as ExportModel
        assertEquals(ExportStep.EXPLAIN, again.state.value.step)
        assertEquals(Leftover.MAYBE_A_PART, again.state.value.leftover)
        assertEquals(0, wallet.safety.exportsHeld)
    }

    @Test
    fun `a place that nobody asks for any more is given back`() = onBench {
        val app = AppModel(wallet, navigator, clock, { }, { true }, FakeWishes(), FakeHealth(), scope).also { settle() }
        val place = FakePlace()
        app.receive(ChosenPlace(ExportKind.HISTORY, place))
        settle()
        assertEquals(1, place.removals)

        val late = FakePlace()
        val route = Route.Setting(SettingsPage.EXPORT)
        navigator.open(route)
        app.of(route)
        test.launchNow { wallet.lock.lock() }
        settle()
        app.receive(ChosenPlace(ExportKind.HISTORY, late))
        navigator.select(Route.Records)
        test.launchNow { wallet.lock.unlock(FakeWallet.PIN.encodeToByteArray()) }
        settle()
        assertEquals(1, late.removals)
        assertFalse(route in navigator.routes.value)
    }

    @Test
    fun `prints nothing of the PIN`() {
        assertEquals("Pin(..)", ExportEvent.Pin(PinEvent.Digit('1')).toString())
    }
}
