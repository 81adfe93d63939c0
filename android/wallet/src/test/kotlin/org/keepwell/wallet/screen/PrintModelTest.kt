package org.keepwell.wallet.screen

import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlinx.coroutines.CompletableDeferred
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.Printout
import org.keepwell.wallet.model.Problem

class PrintModelTest {
    private var left = 0

    private fun Bench.model() = PrintModel(wallet.safety, wallet.records, { left++ }, scope).also { settle() }

    private fun Bench.type(model: PrintModel, pin: String = FakeWallet.PIN) {
        enter(pin) { model.on(PrintEvent.Pin(it)) }
        settle()
    }

    private fun Bench.ready(): PrintModel = model().also {
        it.on(PrintEvent.Next)
        type(it)
    }

    private val Printout.text get() = expose().decodeToString()
    private val Printout.isErased get() = expose().all { it == 0.toByte() }

    @Test
    fun `what is chosen is made into pages, after the PIN and not before`() = onBench {
        val model = model()
        assertTrue(model.state.value.counts.isNotEmpty())
        model.on(PrintEvent.Toggle(Category.VITALS))
        model.on(PrintEvent.Next)
        assertEquals(PrintStep.PIN, model.state.value.step)
        model.on(PrintEvent.Toggle(Category.RESULTS))
        assertEquals(setOf(Category.VITALS), model.state.value.categories, "it was decided before the PIN")
        type(model, "000000")
        assertEquals(Problem.WrongPin(9), model.state.value.pin.problem)
        assertTrue(wallet.safety.printouts.isEmpty())
        type(model)
        assertEquals(PrintStep.READY, model.state.value.step)
        assertEquals("Blood pressure", assertNotNull(model.state.value.printout).text)
        wallet.pins.forEach { assertTrue(it.all { byte -> byte == 0.toByte() }) }
        assertFalse("Blood" in model.state.value.toString())
    }

    @Test
    fun `unless something is chosen it is what a clinic asks for`() = onBench {
        val model = model()
        model.on(PrintEvent.Toggle(Category.VITALS))
        model.on(PrintEvent.CheckInSet)
        model.on(PrintEvent.Next)
        type(model)
        assertEquals(wallet.recordList.size, assertNotNull(model.state.value.printout).text.lines().size)
    }

    @Test
    fun `what can't be made is said where it is chosen`() = onBench {
        val model = model()
        model.on(PrintEvent.Toggle(Category.GENOMICS))
        model.on(PrintEvent.Next)
        type(model)
        assertEquals(PrintStep.CHOOSE, model.state.value.step)
        assertEquals(Problem.NothingToShare, model.state.value.problem)
        model.on(PrintEvent.Toggle(Category.GENOMICS))
        assertNull(model.state.value.problem)
    }

    @Test
    fun `who goes back or leaves has no pages any more`() = onBench {
        val model = ready()
        val first = wallet.safety.printouts.single()
        model.on(PrintEvent.Back)
        assertEquals(PrintStep.CHOOSE, model.state.value.step)
        assertNull(model.state.value.printout)
        assertTrue(first.isErased)
        model.on(PrintEvent.Next)
        type(model)
        model.close()
        assertTrue(wallet.safety.printouts.last().isErased)
        assertEquals(0, left)
        val other = model()
        other.on(PrintEvent.Back)
        assertEquals(1, left)
    }

    @Test
    fun `pages stay while the phone prints them, and what is being made out of sight is forgotten`() = onBench {
        val model = ready()
        model.hide()
        assertEquals(PrintStep.READY, model.state.value.step)
        assertFalse(wallet.safety.printouts.single().isErased, "the phone's own printing is in front")

        val slow = model()
        slow.on(PrintEvent.Next)
        wallet.gate = CompletableDeferred()
        type(slow)
        assertTrue(slow.state.value.pin.isChecking)
        slow.on(PrintEvent.Back)
        assertEquals(PrintStep.PIN, slow.state.value.step)
        slow.hide()
        wallet.gate?.complete(Unit)
        settle()
        assertEquals(PrintStep.PIN, slow.state.value.step)
        assertNull(slow.state.value.printout)
        assertTrue(wallet.safety.printouts.last().isErased)
    }
}
